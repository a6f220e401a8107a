package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.event.EventsMissed;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.event.FleetEvent;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SerialSectionTest {
    private static final int POSTERS = 8;
    private static final int EACH = 20_000;

    @Test
    void messagesOfManyThreadsRunOneAtATimeAndEachThreadsInItsOrder() throws Exception {
        try (var time = Scheduler.system("test")) {
            var failures = new AtomicInteger();
            var section = new SerialSection(time, () -> {}, failure -> failures.incrementAndGet());
            var inside = new AtomicInteger();
            int[] last = new int[POSTERS];
            var done = new CountDownLatch(POSTERS * EACH);
            List<Thread> threads = new ArrayList<>();
            for (int p = 0; p < POSTERS; p++) {
                int poster = p;
                threads.add(new Thread(() -> {
                    for (int i = 1; i <= EACH; i++) {
                        int number = i;
                        section.post(() -> {
                            if (inside.incrementAndGet() != 1 || last[poster] != number - 1) {
                                failures.incrementAndGet();
                            }
                            last[poster] = number;
                            inside.decrementAndGet();
                            done.countDown();
                        });
                    }
                }));
            }
            threads.forEach(Thread::start);
            done.await();
            assertThat(failures).hasValue(0);
            assertThat(IntStream.of(last)).containsOnly(EACH);
        }
    }

    @Test
    void aMessageThatThrowsIsFollowedByTheStepAndLeavesTheSectionFree() {
        try (var time = Scheduler.system("test")) {
            List<Throwable> failures = new ArrayList<>();
            var steps = new AtomicInteger();
            var section = new SerialSection(time, steps::incrementAndGet, failures::add);
            section.post(() -> {
                throw new IllegalStateException("made up");
            });
            section.post(() -> {
                throw new StackOverflowError("made up");
            });
            assertThat(failures).hasSize(2);
            assertThat(steps).hasValue(2);
            assertThat(section.isInside()).isFalse();
        }
    }

    @Test
    void whatMessagesWantDoneOutsideRunsOnceEachHoweverManyThreadsPost() throws Exception {
        try (var time = Scheduler.system("test")) {
            var failures = new AtomicInteger();
            var section = new SerialSection(time, () -> {}, failure -> failures.incrementAndGet());
            var outside = new AtomicInteger();
            var done = new CountDownLatch(POSTERS * EACH);
            List<Thread> threads = new ArrayList<>();
            for (int p = 0; p < POSTERS; p++) {
                threads.add(new Thread(() -> {
                    for (int i = 0; i < EACH; i++) {
                        boolean wants = i % 3 == 0; // an empty outbox between full ones
                        section.post(() -> {
                            if (wants) {
                                section.afterwards(outside::incrementAndGet);
                            }
                            section.afterwards(done::countDown);
                        });
                    }
                }));
            }
            threads.forEach(Thread::start);
            done.await();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failures).hasValue(0);
            assertThat(outside).hasValue(POSTERS * ((EACH + 2) / 3));
        }
    }

    @Test
    void anExceptionThatNobodyDeclaredLeavesTheSectionFree() {
        try (var time = Scheduler.system("test")) {
            List<Throwable> failures = new ArrayList<>();
            var section = new SerialSection(time, () -> {}, failures::add);
            section.post(() -> sneak(new java.io.IOException("undeclared")));
            assertThat(failures).singleElement().isInstanceOf(java.io.IOException.class);
            assertThat(section.isInside()).isFalse();
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable failure) throws T {
        throw (T) failure;
    }

    @Test
    void whoIsInsideRunsAFewHundredMessagesOfOthersAndHandsTheRestOver() {
        var time = new HandTime();
        var section = new SerialSection(time, () -> {}, failure -> {});
        var ran = new AtomicInteger();
        section.post(() -> {
            for (int i = 0; i < 1000; i++) {
                section.post(ran::incrementAndGet);
            }
        });
        assertThat(ran).hasValue(256);
        time.passes(Duration.ZERO);
        assertThat(ran).hasValue(1000);
    }

    @Test
    void whoIsInsideHandsOverAfterATenthOfAMillisecond() {
        var time = new HandTime();
        var section = new SerialSection(time, () -> {}, failure -> {});
        var ran = new AtomicInteger();
        section.post(() -> {
            for (int i = 0; i < 10; i++) {
                section.post(() -> {
                    ran.incrementAndGet();
                    time.passes(Duration.ofNanos(60_000));
                });
            }
        });
        assertThat(ran.get()).isLessThan(10);
        time.passes(Duration.ofSeconds(1));
        assertThat(ran).hasValue(10);
    }

    @Test
    void onceEndedTheInboxIsEmptiedWithoutTheScheduler() {
        var time = Scheduler.system("test");
        time.close();
        var section = new SerialSection(time, () -> {}, failure -> {});
        section.end();
        var ran = new AtomicInteger();
        section.post(() -> {
            for (int i = 0; i < 1000; i++) {
                section.post(ran::incrementAndGet);
            }
        });
        assertThat(ran).hasValue(1000);
    }

    @Test
    void whatAMessageWantsDoneOutsideRunsOnlyOnceTheSectionIsLeft() {
        try (var time = Scheduler.system("test")) {
            var section = new SerialSection(time, () -> {}, failure -> {});
            List<String> order = new ArrayList<>();
            section.post(() -> {
                section.afterwards(() -> order.add("outside, inside=" + section.isInside()));
                section.post(() -> order.add("second"));
                order.add("first");
            });
            assertThat(order).containsExactly("first", "second", "outside, inside=false");
        }
    }

    @Test
    void aMessageThatThrowsIsReportedAndTheNextOneRuns() {
        try (var time = Scheduler.system("test")) {
            List<Throwable> failures = new ArrayList<>();
            var section = new SerialSection(time, () -> {}, failures::add);
            section.post(() -> {
                throw new IllegalStateException("boom");
            });
            var ran = new CompletableFuture<Boolean>();
            section.post(() -> ran.complete(true));
            assertThat(ran.join()).isTrue();
            assertThat(failures).singleElement().hasToString("java.lang.IllegalStateException: boom");
        }
    }

    @Test
    void aFullInboxRefusesInsteadOfGrowing() {
        try (var time = Scheduler.system("test")) {
            var section = new SerialSection(time, () -> {}, failure -> {});
            var refused = new AtomicInteger();
            var ran = new AtomicInteger();
            section.post(() -> {
                for (int i = 0; i < SerialSection.CAPACITY + 10; i++) {
                    if (!section.offer(ran::incrementAndGet)) {
                        refused.incrementAndGet();
                    }
                }
            });
            assertThat(refused).hasValue(10);
            var all = new CompletableFuture<Void>();
            section.post(() -> all.complete(null));
            all.join();
            assertThat(ran).hasValue(SerialSection.CAPACITY);
        }
    }

    private record Numbered(Instant at, int number) implements ExtensionEvent {}

    @Test
    void aSubscriberThatIsTooSlowIsToldOnceHowMuchItMissedAndThenGoesOn() throws Exception {
        try (var time = Scheduler.system("test")) {
            var hub = new EventHub("f", time);
            var started = new CountDownLatch(1);
            var go = new CountDownLatch(1);
            var end = new CompletableFuture<Void>();
            List<FleetEvent> seen = new ArrayList<>();
            hub.subscribe(event -> {
                if (seen.isEmpty()) {
                    started.countDown();
                    awaitQuietly(go);
                }
                seen.add(event);
                if (event instanceof EventsMissed) {
                    hub.publish(new Numbered(Instant.EPOCH, -1));
                    hub.wake();
                }
                if (event instanceof Numbered last && last.number == -1) {
                    end.complete(null);
                }
            });
            hub.publish(new Numbered(Instant.EPOCH, 0));
            hub.wake();
            started.await();
            int published = EventHub.RING + 100;
            for (int i = 1; i <= published; i++) {
                hub.publish(new Numbered(Instant.EPOCH, i));
            }
            hub.wake();
            go.countDown();
            end.join();
            assertThat(seen)
                    .filteredOn(EventsMissed.class::isInstance)
                    .singleElement()
                    .isInstanceOfSatisfying(
                            EventsMissed.class,
                            gap -> assertThat(gap.to() - gap.from() + 1 + seen.size() - 2)
                                    .isEqualTo(published + 1));
            assertThat(seen.get(seen.size() - 2)).isInstanceOf(EventsMissed.class);
        }
    }

    @Test
    void aSubscriberThatThrowsStillGetsTheNextEvent() {
        try (var time = Scheduler.system("test")) {
            var hub = new EventHub("f", time);
            var second = new CompletableFuture<Void>();
            hub.subscribe(event -> {
                if (event instanceof Numbered numbered && numbered.number == 1) {
                    throw new IllegalStateException("boom");
                }
                second.complete(null);
            });
            hub.publish(new Numbered(Instant.EPOCH, 1));
            hub.publish(new Numbered(Instant.EPOCH, 2));
            hub.wake();
            second.join();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
