package dev.paddock.testkit;

import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes the calls of a fake, each with the fault it is due. Thread-safe. */
final class FakeCalls<C extends Enum<C>> {
    private final Map<C, Deque<CallFault>> next;
    private final Map<C, CallFault> always;
    private final Map<C, Integer> counts;

    FakeCalls(Class<C> calls) {
        next = new EnumMap<>(calls);
        always = new EnumMap<>(calls);
        counts = new EnumMap<>(calls);
    }

    synchronized void next(C call, CallFault... faults) {
        next.computeIfAbsent(call, key -> new ArrayDeque<>()).addAll(Arrays.asList(faults));
    }

    synchronized void always(C call, CallFault fault) {
        always.put(call, fault);
    }

    synchronized void clear() {
        next.clear();
        always.clear();
    }

    synchronized int count(C call) {
        return counts.getOrDefault(call, 0);
    }

    private synchronized CallFault take(C call) {
        counts.merge(call, 1, Integer::sum);
        Deque<CallFault> queue = next.get(call);
        CallFault fault = queue == null ? null : queue.poll();
        return fault != null ? fault : always.getOrDefault(call, CallFault.NONE);
    }

    /** Runs {@code effect} on {@code world} after {@code duration}, and answers at {@code home}. */
    <T> CompletionStage<T> run(C call, Scheduler world, Outlet home, Duration duration, Supplier<T> effect) {
        return run(call, world, home, duration, effect, () -> {});
    }

    /** As above; {@code over} runs where the effect does, whether or not there is one. */
    <T> CompletionStage<T> run(
            C call, Scheduler world, Outlet home, Duration duration, Supplier<T> effect, Runnable over) {
        CallFault fault = take(call);
        if (fault.answer == CallFault.Answer.THROWN) {
            throw fault.failure;
        }
        var answer = new CompletableFuture<T>();
        later(world, duration.plus(fault.beforeEffect), () -> {
            T value = null;
            RuntimeException failure = null;
            try {
                value = fault.effect ? effect.get() : null;
            } catch (RuntimeException refused) {
                failure = refused;
            }
            over.run();
            if (fault.answer != CallFault.Answer.NEVER) {
                answer(
                        answer,
                        value,
                        fault.answer == CallFault.Answer.FAILURE ? fault.failure : failure,
                        fault,
                        world,
                        home);
            }
        });
        return answer;
    }

    private static <T> void answer(
            CompletableFuture<T> answer,
            @Nullable T value,
            @Nullable RuntimeException failure,
            CallFault fault,
            Scheduler world,
            Outlet home) {
        later(
                world,
                fault.beforeAnswer,
                () -> home.execute(() -> {
                    if (failure != null) {
                        answer.completeExceptionally(failure);
                    } else {
                        answer.complete(value);
                    }
                }));
    }

    private static void later(Scheduler world, Duration delay, Runnable task) {
        if (delay.isZero()) {
            task.run();
        } else {
            world.schedule(delay, task);
        }
    }
}
