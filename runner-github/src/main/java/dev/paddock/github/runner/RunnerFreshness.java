package dev.paddock.github.runner;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.rest.RunnerRelease;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * How long a version of the runner has had a successor. GitHub gives no jobs to runners that have not been updated
 * within 30 days of a newer release. Immutable.
 *
 * @param version such as {@code 2.336.0}
 * @param newest the newest release; empty if it is not known
 * @param behind since that release came out; zero if {@code version} is the newest, empty if that is not known
 */
public record RunnerFreshness(String version, Optional<String> newest, Optional<Duration> behind) {
    /** From here on it is to be replaced soon. */
    public static final Duration WARN = Duration.ofDays(20);
    /** From here on GitHub may give it no jobs: its documentation of self-hosted runners says so. */
    public static final Duration LIMIT = Duration.ofDays(30);

    /** What follows. */
    public enum Verdict {
        /** Nothing. */
        CURRENT,
        /** It should be replaced within days. */
        AGING,
        /** It gets no jobs. */
        EXPIRED,
        /** The newest release could not be looked up. */
        UNKNOWN
    }

    /** Checks for nulls. */
    public RunnerFreshness {
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(newest, "newest");
        Objects.requireNonNull(behind, "behind");
    }

    /** Compares with a release. */
    static RunnerFreshness of(String version, RunnerRelease newest, Instant now) {
        boolean current = compare(version, newest.version()) >= 0;
        return new RunnerFreshness(
                version,
                Optional.of(newest.version()),
                current
                        ? Optional.of(Duration.ZERO)
                        : newest.publishedAt().map(published -> Duration.between(published, now)));
    }

    /** Looks the newest release up; never fails. */
    static CompletionStage<RunnerFreshness> of(String version, GitHubClient github, InstantSource time) {
        return github.latestRunnerRelease()
                .handle((release, failure) ->
                        release == null ? unknown(version) : of(version, release, time.instant()));
    }

    static RunnerFreshness unknown(String version) {
        return new RunnerFreshness(version, Optional.empty(), Optional.empty());
    }

    /** By numbers: 2.9.0 is older than 2.10.0. */
    static int compare(String one, String other) {
        return Arrays.compare(numbers(one), numbers(other));
    }

    private static int[] numbers(String version) {
        return PackageCatalog.VERSION.matcher(version).matches()
                ? Arrays.stream(version.split("\\.", -1))
                        .mapToInt(Integer::parseInt)
                        .toArray()
                : new int[0];
    }

    /**
     * What follows.
     *
     * @return at 20 days and more {@code AGING}, at 30 days and more {@code EXPIRED}
     */
    public Verdict verdict() {
        return behind.map(time -> time.compareTo(LIMIT) >= 0
                        ? Verdict.EXPIRED
                        : time.compareTo(WARN) >= 0 ? Verdict.AGING : Verdict.CURRENT)
                .orElse(Verdict.UNKNOWN);
    }

    /** {@return a sentence for a person} */
    @Override
    public String toString() {
        if (newest.isEmpty() || behind.isEmpty()) {
            return "runner " + version + "; the newest release could not be looked up";
        }
        return behind.get().isZero()
                ? "runner " + version + ", the newest"
                : "runner " + version + "; " + newest.get() + " came out "
                        + behind.get().toDays() + " days ago";
    }
}
