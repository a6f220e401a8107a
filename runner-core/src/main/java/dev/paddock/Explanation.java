package dev.paddock;

import dev.paddock.event.ProvisioningFailed;
import dev.paddock.internal.report.ExplanationText;
import dev.paddock.scaling.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Why something is as it is, as fields and as one paragraph. Immutable; the text is made when it is asked for.
 *
 * <p>New kinds may come in minor versions; keep an {@code else}.
 */
public sealed interface Explanation {
    /**
     * When it was explained.
     *
     * @return by the fleet's clock
     */
    Instant at();

    /**
     * The explanation in one paragraph.
     *
     * @return for a person
     */
    String text();

    /**
     * Why a pool has the runners it has.
     *
     * @param at when
     * @param fleet what the fleet does
     * @param pool the pool's counters
     * @param settings the settings that hold
     * @param now what would be decided now; its number is 0
     * @param last the last decision that changed or bounded something; empty if there was none
     * @param oldestJob since when the job waits that has waited longest; empty if none is known to wait
     * @param readyTime the median of the last times from the intent to a runner that waits for jobs; empty before the
     *     first
     * @param lastFailure the last creation that failed; empty if none did
     * @param roomReason what bounds what its provider can make, in the provider's words; empty if it could not tell
     */
    record OfPool(
            Instant at,
            CoordinatorState fleet,
            FleetSnapshot.Pool pool,
            PoolSettings settings,
            Decision now,
            Optional<Decision> last,
            Optional<Instant> oldestJob,
            Optional<Duration> readyTime,
            Optional<ProvisioningFailed> lastFailure,
            String roomReason)
            implements Explanation {
        /** Checks for nulls. */
        public OfPool {
            Objects.requireNonNull(at, "at");
            Objects.requireNonNull(fleet, "fleet");
            Objects.requireNonNull(pool, "pool");
            Objects.requireNonNull(settings, "settings");
            Objects.requireNonNull(now, "now");
            Objects.requireNonNull(last, "last");
            Objects.requireNonNull(oldestJob, "oldestJob");
            Objects.requireNonNull(readyTime, "readyTime");
            Objects.requireNonNull(lastFailure, "lastFailure");
            Objects.requireNonNull(roomReason, "roomReason");
        }

        @Override
        public String text() {
            return ExplanationText.of(this);
        }
    }

    /**
     * Where a job is, and why it does not run yet.
     *
     * @param at when
     * @param key the job asked for
     * @param whereabouts where it is
     * @param job the job as last heard of; empty if it is not known
     * @param pool the pool it was given to; empty if it is not known
     * @param assignedAt when it was heard to be assigned; empty if that was not heard
     * @param startedAt when it was heard to start; empty if it was not
     * @param endedAt when it was heard to end; empty if it was not
     * @param runner the runner's name; empty if it had none
     * @param result how it ended; empty if it has not
     * @param now while it waits: what would be decided about its pool now; its number is 0
     * @param taskPools if it is a task of the host's: the pools that fit it, the best first, or the one whose runner
     *     holds it; empty for a job of a source
     */
    record OfJob(
            Instant at,
            JobKey key,
            Whereabouts whereabouts,
            Optional<Job> job,
            Optional<String> pool,
            Optional<Instant> assignedAt,
            Optional<Instant> startedAt,
            Optional<Instant> endedAt,
            Optional<String> runner,
            Optional<JobResult> result,
            Optional<Decision> now,
            List<String> taskPools)
            implements Explanation {
        /** Where a job is. */
        public enum Whereabouts {
            /** It waits for a runner. */
            WAITING,
            /** A runner runs it. */
            RUNNING,
            /** It has ended. */
            ENDED,
            /** This fleet never heard of it, or has forgotten it. */
            UNKNOWN
        }

        /** Copies the list and checks for nulls. */
        public OfJob {
            Objects.requireNonNull(at, "at");
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(whereabouts, "whereabouts");
            Objects.requireNonNull(job, "job");
            Objects.requireNonNull(pool, "pool");
            Objects.requireNonNull(assignedAt, "assignedAt");
            Objects.requireNonNull(startedAt, "startedAt");
            Objects.requireNonNull(endedAt, "endedAt");
            Objects.requireNonNull(runner, "runner");
            Objects.requireNonNull(result, "result");
            Objects.requireNonNull(now, "now");
            taskPools = List.copyOf(taskPools);
        }

        @Override
        public String text() {
            return ExplanationText.of(this);
        }
    }

    /**
     * What a runner does, since when and why.
     *
     * @param at when
     * @param id the runner asked for
     * @param runner the runner, as it was last if it is gone; empty if it is not known
     * @param decision the decision that made it; empty for one of an earlier life, or if it is forgotten
     * @param failures what failed about it, the latest last, at most 5
     */
    record OfRunner(
            Instant at, RunnerId id, Optional<Runner> runner, Optional<Decision> decision, List<Failure> failures)
            implements Explanation {
        /**
         * Something that failed.
         *
         * @param at when
         * @param state what the runner was in
         * @param reason what happened
         */
        public record Failure(Instant at, RunnerState state, String reason) {
            /** Checks for nulls. */
            public Failure {
                Objects.requireNonNull(at, "at");
                Objects.requireNonNull(state, "state");
                Objects.requireNonNull(reason, "reason");
            }
        }

        /** Copies the list and checks for nulls. */
        public OfRunner {
            Objects.requireNonNull(at, "at");
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(runner, "runner");
            Objects.requireNonNull(decision, "decision");
            failures = List.copyOf(failures);
        }

        @Override
        public String text() {
            return ExplanationText.of(this);
        }
    }
}
