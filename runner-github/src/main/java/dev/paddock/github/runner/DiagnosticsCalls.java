package dev.paddock.github.runner;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.DiagnosticsSink;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerDiagnostics;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a sink without being held up by it: a few calls at a time, each with a deadline, its wait for a place included.
 * A failure is told, and changes nothing. Thread-safe.
 */
final class DiagnosticsCalls {
    private static final Logger LOG = LoggerFactory.getLogger(DiagnosticsCalls.class);
    /** Calls at a time; those that never return keep as many threads. */
    static final int WIDTH = 4;

    private enum Stage {
        WAITING,
        RUNNING,
        /** Its deadline is over, and it has not returned. */
        LATE,
        OVER
    }

    private final Optional<DiagnosticsSink> sink;
    private final ProviderContext context;
    private final Duration deadline;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger late = new AtomicInteger();
    private final Queue<Call> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean failing = new AtomicBoolean();

    DiagnosticsCalls(Optional<DiagnosticsSink> sink, ProviderContext context, Duration deadline) {
        this.sink = sink;
        this.context = context;
        this.deadline = deadline;
    }

    /** Completes when the sink has it, has failed, or has had its time; never fails. */
    CompletionStage<?> keep(RunnerDiagnostics diagnostics) {
        if (sink.isEmpty()) {
            return CompletableFuture.completedFuture(true);
        }
        var call = new Call(sink.get(), diagnostics);
        if (late.get() >= WIDTH) {
            call.over("none of its last " + WIDTH + " calls has returned");
        } else {
            call.bound();
            waiting.add(call);
            advance();
        }
        return call.result;
    }

    private void advance() {
        while (!waiting.isEmpty() && take()) {
            Call next = waiting.poll();
            if (next == null) {
                running.decrementAndGet();
            } else {
                context.scheduler().effects().execute(next::run);
            }
        }
    }

    private boolean take() {
        int before = running.getAndUpdate(now -> now < WIDTH ? now + 1 : now);
        return before < WIDTH;
    }

    private final class Call {
        private final DiagnosticsSink target;
        private final RunnerDiagnostics diagnostics;
        private final CompletableFuture<Boolean> result = new CompletableFuture<>();
        private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.WAITING);
        private @Nullable Cancellable timer;

        Call(DiagnosticsSink target, RunnerDiagnostics diagnostics) {
            this.target = target;
            this.diagnostics = diagnostics;
        }

        void bound() {
            timer = context.scheduler().schedule(deadline, this::timeOut);
        }

        void run() {
            if (!stage.compareAndSet(Stage.WAITING, Stage.RUNNING)) {
                running.decrementAndGet();
                advance();
                return;
            }
            CompletionStage<Void> answer;
            try {
                answer = target.keep(diagnostics);
            } catch (Throwable failure) {
                answer = CompletableFuture.failedFuture(failure);
            }
            var unused = answer.handle((nothing, failure) -> {
                returned(failure);
                return true;
            });
        }

        private void returned(@Nullable Throwable failure) {
            running.decrementAndGet();
            if (!stage.compareAndSet(Stage.RUNNING, Stage.OVER)) {
                late.decrementAndGet();
            }
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (cause != null) {
                over(cause.toString());
            } else if (result.complete(true)) {
                failing.set(false);
            }
            if (timer != null) {
                timer.cancel();
            }
            advance();
        }

        private void timeOut() {
            if (stage.compareAndSet(Stage.RUNNING, Stage.LATE)) {
                late.incrementAndGet();
                over("it did not return within " + deadline);
            } else if (stage.compareAndSet(Stage.WAITING, Stage.OVER)) {
                over("it was busy with others for " + deadline);
            }
        }

        void over(String reason) {
            if (!result.complete(false) || failing.getAndSet(true)) {
                return;
            }
            LOG.warn(
                    "{}: the diagnostics of {} are lost: {}; what follows of this kind is not told until one is kept",
                    context.fleet(),
                    diagnostics.runner(),
                    reason);
            context.publish(new DiagnosticsLost(
                    context.scheduler().instant(), diagnostics.pool(), diagnostics.runner(), reason));
        }
    }
}
