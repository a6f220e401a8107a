package dev.paddock.testkit;

import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;

/** The contract on both faces of time. */
class FakeRunnerProviderContractTest {
    @Nested
    class InVirtualTime extends RunnerProviderContract {
        private final VirtualTime time = VirtualTime.seeded(1);
        private final FakeRunnerProvider provider =
                FakeRunnerProvider.builder(time.network()).slots(4).build();

        @Override
        protected RunnerProvider provider() {
            return provider;
        }

        @Override
        protected Scheduler scheduler() {
            return time.host("a");
        }

        @Override
        protected boolean passUntil(BooleanSupplier condition, Duration limit) {
            return time.advanceUntil(condition, limit);
        }

        @Override
        protected void kill(RunnerHandle handle) {
            provider.kill(handle.runner());
        }
    }

    @Nested
    class InRealTime extends RunnerProviderContract {
        @AutoClose
        private final SystemScheduler time = Scheduler.system("contract");

        private final FakeRunnerProvider provider = FakeRunnerProvider.builder(time)
                .slots(4)
                .provisionTime(Duration.ofMillis(2))
                .bootTime(Duration.ofMillis(2))
                .build();

        @Override
        protected RunnerProvider provider() {
            return provider;
        }

        @Override
        protected Scheduler scheduler() {
            return time;
        }

        @Override
        protected boolean passUntil(BooleanSupplier condition, Duration limit) {
            var answer = new CompletableFuture<Boolean>();
            look(condition, time.nanoTime() + limit.toNanos(), answer);
            return answer.join();
        }

        private void look(BooleanSupplier condition, long end, CompletableFuture<Boolean> answer) {
            if (condition.getAsBoolean()) {
                answer.complete(true);
            } else if (time.nanoTime() - end > 0) {
                answer.complete(false);
            } else {
                time.schedule(Duration.ofMillis(1), () -> look(condition, end, answer));
            }
        }

        @Override
        protected void kill(RunnerHandle handle) {
            provider.kill(handle.runner());
        }
    }
}
