package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The capacity a source is told last is the one that holds, whichever threads tell it. */
class AdvertiseOrderTest {
    private final AtomicInteger heard = new AtomicInteger(-1);
    private final CountDownLatch slow = new CountDownLatch(1);
    private final CountDownLatch within = new CountDownLatch(1);

    private final class Source implements JobSource {
        @Override
        public String id() {
            return "slow";
        }

        @Override
        public Attachment open(JobSink sink, SourceContext context) {
            context.state(SourceState.CONNECTED, "there");
            return new PlainAttachment() {
                @Override
                public void advertise(int capacity) {
                    if (capacity == 4) {
                        within.countDown();
                        awaitQuietly();
                    }
                    heard.set(capacity);
                }
            };
        }
    }

    private void awaitQuietly() {
        try {
            slow.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void untilHeard(int capacity) {
        long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (heard.get() != capacity && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(heard).hasValue(capacity);
    }

    @Test
    void aThreadThatIsLateWithAnOlderCapacityDoesNotHaveTheLastWord() throws Exception {
        try (var network = Scheduler.system("network");
                RunnerCoordinator fleet = RunnerCoordinator.builder(
                                new Source(),
                                FakeRunnerProvider.builder(network).build())
                        .fleet("order")
                        .maxRunners(5)
                        .drainTimeout(Duration.ZERO)
                        .start()) {
            untilHeard(5);
            var first = new Thread(() -> fleet.pool("default").change(settings -> settings.withMaxRunners(4)));
            first.start();
            assertThat(within.await(5, TimeUnit.SECONDS)).isTrue();
            fleet.pool("default")
                    .change(settings -> settings.withMaxRunners(3))
                    .toCompletableFuture()
                    .get(5, TimeUnit.SECONDS);
            slow.countDown();
            first.join();
            untilHeard(3);
        }
    }
}
