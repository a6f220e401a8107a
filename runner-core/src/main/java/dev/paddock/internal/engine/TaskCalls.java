package dev.paddock.internal.engine;

import dev.paddock.error.JournalException;
import dev.paddock.error.TaskException;
import dev.paddock.error.TaskException.Reason;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Calls of the host about tasks, from any thread, as messages to the {@link TaskDesk}. */
final class TaskCalls {
    private static final int SPINS = 64;
    private static final int YIELDS = 36;

    private final FleetLoop loop;

    TaskCalls(FleetLoop loop) {
        this.loop = loop;
    }

    Optional<Assignment> tryAssign(Task task) {
        Objects.requireNonNull(task, "task");
        checkOpen(task.id());
        var call = new Call<Optional<Assignment>>() {
            @Override
            Optional<Assignment> answer() {
                return Optional.ofNullable(loop.tasks.tryAssign(task));
            }
        };
        return call.make(loop, task.id());
    }

    Completion complete(Assignment assignment, Outcome outcome) {
        Objects.requireNonNull(assignment, "assignment");
        Objects.requireNonNull(outcome, "outcome");
        var call = new Call<Completion>() {
            @Override
            Completion answer() {
                checkNotEnded(assignment);
                return loop.tasks.complete(assignment, outcome);
            }
        };
        return call.make(loop, assignment.task().id());
    }

    CompletionStage<Completion> completeAsync(Assignment assignment, Outcome outcome) {
        Objects.requireNonNull(assignment, "assignment");
        Objects.requireNonNull(outcome, "outcome");
        var stage = new CompletableFuture<Completion>();
        post(assignment.task().id(), stage, () -> {
            checkNotEnded(assignment);
            Completion completion = loop.tasks.complete(assignment, outcome);
            loop.records.whenDurable(() -> stage.complete(completion), stage);
        });
        return stage.minimalCompletionStage();
    }

    CompletionStage<Assignment> assign(Task task) {
        Objects.requireNonNull(task, "task");
        checkOpen(task.id());
        var stage = new CompletableFuture<Assignment>();
        post(task.id(), stage, () -> loop.tasks.assign(task, stage));
        // A view that cannot be completed or cancelled: a runner must not be given to a stage that is over.
        return stage.minimalCompletionStage();
    }

    CompletionStage<Boolean> cancel(String task) {
        Objects.requireNonNull(task, "task");
        var stage = new CompletableFuture<Boolean>();
        post(task, stage, () -> {
            boolean cancelled = loop.tasks.queue().cancel(task);
            loop.section.afterwards(() -> stage.complete(cancelled));
        });
        return stage.minimalCompletionStage();
    }

    List<Assignment> assignments() {
        return loop.section.ask(loop.tasks::assignments);
    }

    private void checkOpen(String task) {
        if (!loop.tasks.isOpen()) {
            throw new TaskException(
                    task,
                    Reason.NO_POOL,
                    "no pool of this fleet takes the host's tasks: add one whose source is JobSource.hostTasks()");
        }
    }

    private void checkNotEnded(Assignment assignment) {
        if (loop.hasEnded()) {
            throw new TaskException(
                    assignment.task().id(),
                    Reason.NOT_RUNNING,
                    "the fleet has ended; complete it at the coordinator that opens its journal next");
        }
    }

    private void post(String task, CompletableFuture<?> stage, Runnable message) {
        boolean taken = loop.section.offer(() -> {
            try {
                message.run();
            } catch (RuntimeException failure) {
                refused(loop, failure);
                loop.section.afterwards(() -> stage.completeExceptionally(failure));
            }
        });
        if (!taken) {
            stage.completeExceptionally(full(task));
        }
    }

    private static void refused(FleetLoop loop, RuntimeException failure) {
        if (failure instanceof TaskException refusal) {
            loop.tasks.refused(refusal.reason());
        }
    }

    private static TaskException full(String task) {
        return new TaskException(
                task,
                Reason.QUEUE_FULL,
                "the fleet's inbox is full (" + SerialSection.CAPACITY + " messages); try again later");
    }

    /** A call whose answer the caller waits for; nearly always its own thread finds it. */
    @SuppressWarnings({"ReferenceEquality", "ThreadPriorityCheck"}) // a thread is itself; a yield is only patience
    private abstract static class Call<T> implements Runnable {
        private final Thread caller = Thread.currentThread();
        private final CompletableFuture<Call<T>> elsewhere = new CompletableFuture<>();
        private @Nullable FleetLoop loop;
        /** The caller reads its own thread here only if it wrote it. */
        private @Nullable Thread ranOn;

        private @Nullable T value;
        private @Nullable Throwable failure;
        private @Nullable CompletableFuture<Void> durable;

        abstract T answer();

        @Override
        public final void run() {
            try {
                value = answer();
                durable = Objects.requireNonNull(loop).records.notYetDurable();
            } catch (RuntimeException thrown) {
                refused(Objects.requireNonNull(loop), thrown);
                failure = thrown;
            }
            Thread me = Thread.currentThread();
            if (me == caller) {
                ranOn = me;
            } else {
                elsewhere.complete(this);
            }
        }

        @SuppressWarnings("NullAway") // the answer is there, or there is a failure
        final T make(FleetLoop fleet, String task) {
            loop = fleet;
            if (fleet.section.isInside()) {
                throw new IllegalStateException(
                        "tasks are not assigned or completed from a policy or provider's call: use another thread");
            }
            if (!fleet.section.offer(this)) {
                throw full(task);
            }
            if (ranOn != caller) {
                await();
            }
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure instanceof RuntimeException exception) {
                throw exception;
            }
            if (durable != null) {
                awaitDurable(durable);
            }
            return value;
        }

        private void await() {
            for (int i = 0; i < SPINS + YIELDS && !elsewhere.isDone(); i++) {
                if (i < SPINS) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            elsewhere.join();
        }

        private static void awaitDurable(CompletableFuture<Void> written) {
            try {
                written.join();
            } catch (CompletionException lost) {
                Throwable cause = lost.getCause() == null ? lost : lost.getCause();
                throw new JournalException("the journal cannot be written: " + cause.getMessage(), cause);
            }
        }
    }
}
