package dev.paddock.internal.journal;

import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** Waits in real time, by looking again and again. */
final class RealWait {
    private RealWait() {}

    static boolean until(Scheduler time, BooleanSupplier condition, Duration limit) {
        var answer = new CompletableFuture<Boolean>();
        look(time, condition, time.nanoTime() + limit.toNanos(), answer);
        return answer.join();
    }

    private static void look(Scheduler time, BooleanSupplier condition, long end, CompletableFuture<Boolean> answer) {
        if (condition.getAsBoolean()) {
            answer.complete(true);
        } else if (time.nanoTime() - end > 0) {
            answer.complete(false);
        } else {
            time.schedule(Duration.ofMillis(1), () -> look(time, condition, end, answer));
        }
    }
}
