package dev.paddock.internal.engine;

import dev.paddock.RunnerPool;
import dev.paddock.ShutdownMode;
import dev.paddock.event.FleetEvent;
import dev.paddock.scaling.FleetSharing;
import dev.paddock.spi.PriceCatalog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Everything a builder set, checked as a whole. */
public record FleetSettings(
        String fleet,
        List<RunnerPool> pools,
        int maxRunnersTotal,
        Pace pace,
        Duration drainTimeout,
        ShutdownMode shutdownMode,
        List<Consumer<? super FleetEvent>> subscribers,
        Optional<FleetSharing> sharing,
        PriceCatalog prices) {
    /**
     * How many creations may be under way at once, the least time between two registrations, and how often all that is
     * there is listed.
     */
    public record Pace(int maxCreating, Duration stagger, Duration lookInterval) {}

    /** Checks all of it; {@code found} are the contradictions known already. */
    public static FleetSettings of(
            List<String> found,
            @Nullable String fleet,
            List<RunnerPool> pools,
            int maxRunnersTotal,
            Pace pace,
            Duration drainTimeout,
            ShutdownMode shutdownMode,
            List<Consumer<? super FleetEvent>> subscribers,
            @Nullable FleetSharing sharing,
            PriceCatalog prices) {
        List<String> problems = new ArrayList<>(found);
        if (pools.isEmpty()) {
            problems.add("no pool: add one with addPool, or begin with builder(jobs, machines)");
        }
        Set<String> names = new LinkedHashSet<>();
        Set<String> sources = new TreeSet<>();
        long minIdle = 0;
        long minTotal = 0;
        for (RunnerPool pool : pools) {
            if (!names.add(pool.name())) {
                problems.add("two pools are named " + pool.name());
            }
            if (!sources.add(pool.jobs().id()) && !(pool.jobs() instanceof HostTaskSource)) {
                problems.add("two pools listen to " + pool.jobs().id());
            }
            minIdle += pool.minIdle();
            minTotal += pool.minTotal();
        }
        if (minIdle > maxRunnersTotal) {
            problems.add("the pools' minIdle add up to " + minIdle + ", more than maxRunnersTotal " + maxRunnersTotal);
        }
        if (minTotal > maxRunnersTotal) {
            problems.add(
                    "the pools' minTotal add up to " + minTotal + ", more than maxRunnersTotal " + maxRunnersTotal);
        }
        if (!problems.isEmpty()) {
            throw new IllegalStateException("the fleet cannot start: " + String.join("; ", problems));
        }
        String id = fleet != null ? fleet : String.join("|", sources);
        return new FleetSettings(
                id,
                List.copyOf(pools),
                maxRunnersTotal,
                pace,
                drainTimeout,
                shutdownMode,
                List.copyOf(subscribers),
                Optional.ofNullable(sharing),
                prices);
    }
}
