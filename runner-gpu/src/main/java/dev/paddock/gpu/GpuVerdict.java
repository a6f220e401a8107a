package dev.paddock.gpu;

import dev.paddock.Health;
import dev.paddock.capacity.GpuDevice;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * How one GPU is. Immutable.
 *
 * @param gpu its id
 * @param level the worst of the findings; {@link Level#OK} if there is none
 * @param findings what is wrong, worst first
 * @param at when the GPU last answered
 */
public record GpuVerdict(String gpu, Level level, List<GpuFinding> findings, Instant at) {
    /** How bad, the worse the later. */
    public enum Level {
        /** Nothing is wrong. */
        OK,
        /** Nothing is wrong, but a person may want to know. */
        INFO,
        /** Something is amiss; it can be used. */
        WARN,
        /** Nobody can tell. No new runner goes there. */
        UNKNOWN,
        /** It is not to be used. */
        FAIL;

        /**
         * The same as a runner's health.
         *
         * @param evidence what was seen
         * @return the health
         */
        Health health(String evidence) {
            return switch (this) {
                case OK, INFO -> Health.healthy();
                case WARN -> Health.degraded(evidence);
                case UNKNOWN -> Health.unknown(evidence);
                case FAIL -> Health.failed(evidence);
            };
        }
    }

    /**
     * How a GPU is by one look alone, with the verdicts of {@link GpuHealthPolicy#standard}. What takes several looks to
     * be certain is a warning at most.
     *
     * @param device the GPU
     * @param sample what it does; {@link GpuSample#unknown} if it cannot be asked
     * @param at when it was asked
     * @return the verdict
     */
    public static GpuVerdict of(GpuDevice device, GpuSample sample, Instant at) {
        GpuHealthPolicy policy = GpuHealthPolicy.standard();
        boolean margin = sample.activity().margin().orElse(0) > 0;
        var around = new GpuJudge.Surroundings(
                policy.heldMemory().bytes(), false, margin, process -> GpuJudge.ProcessState.UNKNOWN);
        List<GpuFinding> findings = new ArrayList<>();
        GpuJudge.look(device, sample, around).shown().forEach((rule, evidence) -> {
            Level level = policy.level(rule);
            Level now = rule.samples() > 1 && level.compareTo(Level.WARN) > 0 ? Level.WARN : level;
            findings.add(new GpuFinding(rule, now, evidence, rule.remedy().replace("ID", device.id())));
        });
        findings.sort(Comparator.comparing(GpuFinding::level).reversed());
        return new GpuVerdict(
                device.id(), findings.isEmpty() ? Level.OK : findings.get(0).level(), findings, at);
    }

    /** Checks for nulls and copies. */
    public GpuVerdict {
        Objects.requireNonNull(gpu, "gpu");
        Objects.requireNonNull(level, "level");
        Objects.requireNonNull(at, "at");
        findings = List.copyOf(findings);
    }

    /**
     * Whether new runners may use the GPU.
     *
     * @return false if it failed or nobody can tell
     */
    public boolean isSchedulable() {
        return level.compareTo(Level.UNKNOWN) < 0;
    }

    /**
     * What is wrong, in one line.
     *
     * @return empty if nothing is
     */
    public String evidence() {
        return findings.stream().map(finding -> gpu + ": " + finding.evidence()).collect(Collectors.joining("; "));
    }
}
