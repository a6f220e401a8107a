package dev.paddock.testkit.internal.compute;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How the simulated service behaves; the builder of the simulator says what each means. */
public record ComputeSettings(
        String project,
        List<ZoneSpec> zones,
        List<TemplateSpec> templates,
        Map<String, Map<String, Double>> limits,
        Map<String, Map<String, Double>> usedByOthers,
        Timing timing,
        Rules rules) {
    /** How long things take. */
    public record Timing(
            Duration insert, Duration stockOut, Duration boot, Duration delete, Duration change, Duration shutdown) {}

    /** What differs from time to time. */
    public record Rules(
            boolean usageShownWhenDone,
            boolean quotaRefusedByOperation,
            boolean stockOutDetails,
            boolean stockOutVisible,
            boolean shortLivedTakeEitherQuota,
            String jitConfigKey,
            Optional<String> acceptedToken) {}
}
