package dev.paddock.spi;

import dev.paddock.RunnerId;
import dev.paddock.error.RefusedException;
import dev.paddock.internal.engine.HostTaskSource;
import dev.paddock.metrics.Metric;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Where jobs come from. An inert description until {@link #open} is called; what {@code open} returns is owned and
 * closed by the coordinator.
 *
 * <p>Implementations keep no thread and block nobody: every call returns at once and completes later.
 */
public interface JobSource {
    /**
     * A stable name of this source, part of the fleet's default identity. For GitHub: the config URL and scale-set
     * name.
     *
     * @return not empty, without secrets
     */
    String id();

    /**
     * The labels that its runners are known by, as far as they are known before it is opened. A pool compares those that
     * name a system with its provider's ({@link RunnerProvider#systemLabels}).
     *
     * @return the labels in any case; none, the default, if they are not known
     */
    default List<String> runnerLabels() {
        return List.of();
    }

    /**
     * Starts listening. Must not block; failures are reported through the context.
     *
     * @param sink where demand goes
     * @param context the fleet, its time and where to report
     * @return the open source
     */
    Attachment open(JobSink sink, SourceContext context);

    /** An open source. All methods are thread-safe and return at once. */
    interface Attachment {
        /**
         * Tells the source how many runners the pool is able to have, those it has included.
         *
         * @param capacity at least 0; takes effect at once when it drops
         */
        void advertise(int capacity);

        /**
         * Makes the registration of one new runner. The coordinator calls it at most once a name.
         *
         * @param runner the runner's name
         * @return the registration, a secret; fails with a {@link dev.paddock.error.RunnerException}
         */
        CompletionStage<Registration> register(RunnerId runner);

        /**
         * Deletes the registration of a runner, unless it is running a job. The only safe question whether a runner
         * is busy.
         *
         * @param runner the runner's name
         * @return what came of it; a failed stage means the same as {@link Deregistration#UNKNOWN}
         */
        CompletionStage<Deregistration> deregister(RunnerId runner);

        /**
         * Lists the registrations of this source.
         *
         * @return the list, which says if it is incomplete
         */
        CompletionStage<RegistrationList> list();

        /**
         * Changes the labels that decide which jobs the source is given. Sources that have none, or cannot change them
         * while they listen, need not implement it.
         *
         * @param labels all labels, at least one, none blank
         * @return the labels that hold from now on; fails with a {@link RefusedException}
         */
        default CompletionStage<List<String>> relabel(List<String> labels) {
            return CompletableFuture.failedFuture(new RefusedException("this source's labels cannot change while it"
                    + " listens; close the fleet and start one whose source has " + labels));
        }

        /**
         * What the source counts by itself: calls, what is left of a rate limit. Each name begins with the name of the
         * module; the coordinator adds the label {@code pool}. Asked on the thread of whoever asks the fleet.
         *
         * @return the metrics, always the same names
         */
        default List<Metric> metrics() {
            return List.of();
        }

        /**
         * Stops listening: finishes the message in hand, ends the session. Idempotent.
         *
         * @return completes when nothing is left open; never fails
         */
        CompletionStage<Void> close();
    }

    /**
     * Work that the host program gives itself, by {@link dev.paddock.RunnerCoordinator#assign}. Its pool's runners are
     * used for one task after another; they become IDLE when their provider observes
     * {@link RunnerObservation.Kind#LISTENING}, and their registration is a secret of no use.
     *
     * <p>Several pools of a fleet may have such a source. All have the same id, so name the fleet, by
     * {@link dev.paddock.RunnerCoordinator.Builder#fleet}, where another may run beside it.
     *
     * @param labels what tasks may ask of this pool by {@link dev.paddock.task.Task.Builder#labels}
     * @return the source; works only in a coordinator
     */
    static JobSource hostTasks(String... labels) {
        return new HostTaskSource(List.of(labels));
    }
}
