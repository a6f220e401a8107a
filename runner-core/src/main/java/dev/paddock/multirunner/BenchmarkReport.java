package dev.paddock.multirunner;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityPreset;
import dev.paddock.capacity.CapacityReport;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.HostInventory;
import dev.paddock.internal.multirunner.BenchmarkSheet;
import java.util.Objects;

/**
 * What a host holds of each standard profile alone, and the pool to initialise on it.
 *
 * @param capacities of each standard profile alone
 * @param strategy the preset's key, or {@link #MOST_VALUE}
 * @param plan the pool
 * @param parallel how many tasks run at a time
 */
public record BenchmarkReport(CapacityReport capacities, String strategy, CapacityPlan plan, int parallel) {
    /** The strategy that is no preset: the standard profiles' runners of most value. */
    public static final String MOST_VALUE = "most_value";

    /** Checks for nulls. */
    public BenchmarkReport {
        Objects.requireNonNull(capacities, "capacities");
        Objects.requireNonNull(strategy, "strategy");
        Objects.requireNonNull(plan, "plan");
    }

    /**
     * Reports on a host, with the pool of most value.
     *
     * @param host as measured or described
     * @param settings how its capacity is counted
     * @param maxRunners the most runners, at least 1
     * @return the report
     */
    public static BenchmarkReport of(HostInventory host, CapacitySettings settings, int maxRunners) {
        return of(
                MOST_VALUE,
                CapacityRequest.mostValue(RunnerProfile.standardProfiles()),
                MultiRunner.USUAL_PARALLEL,
                host,
                settings,
                maxRunners);
    }

    /**
     * Reports on a host, with a preset's pool, as much of it as fits.
     *
     * @param preset the mix
     * @param host as measured or described
     * @param settings how its capacity is counted
     * @param maxRunners the most runners, at least 1
     * @return the report
     */
    public static BenchmarkReport of(
            CapacityPreset preset, HostInventory host, CapacitySettings settings, int maxRunners) {
        return of(preset.key(), preset.request(host), preset.parallelTasks(), host, settings, maxRunners);
    }

    private static BenchmarkReport of(
            String strategy,
            CapacityRequest.Builder request,
            int parallel,
            HostInventory host,
            CapacitySettings settings,
            int maxRunners) {
        return new BenchmarkReport(
                CapacityReport.of(host, RunnerProfile.standardProfiles(), settings, maxRunners),
                strategy,
                CapacityPlanner.exact()
                        .plan(
                                host,
                                request.settings(settings)
                                        .maxRunners(maxRunners)
                                        .build()),
                parallel);
    }

    /**
     * The report that people read.
     *
     * @return lines that end with a line feed
     */
    public String text() {
        return BenchmarkSheet.text(this);
    }

    /**
     * The pool alone: its strategy, how many runners and tasks at a time, and what is on each GPU and beside them.
     *
     * @return lines that end with a line feed
     */
    public String configurationText() {
        return BenchmarkSheet.configuration(this);
    }

    /**
     * One JSON object with {@code system}, {@code capacities} and {@code optimal}, whose keys are those of the SLATE
     * multi-runner. Sizes are MiB; what is not known is null.
     *
     * @return a document of several lines
     */
    public String json() {
        return BenchmarkSheet.json(this);
    }

    /**
     * One profile in one line.
     *
     * @param profile the name of a standard profile
     * @return the line, without a line feed
     * @throws IllegalArgumentException if there is none of that name
     */
    public String profileText(String profile) {
        return BenchmarkSheet.profileText(capacities.entry(profile));
    }

    /**
     * One profile as a JSON object with {@code profile}, {@code max_runners}, {@code per_gpu} and {@code
     * limiting_factor}.
     *
     * @param profile the name of a standard profile
     * @return a document of several lines
     * @throws IllegalArgumentException if there is none of that name
     */
    public String profileJson(String profile) {
        return BenchmarkSheet.profileJson(capacities.entry(profile));
    }
}
