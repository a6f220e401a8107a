package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.ShutdownMode;
import dev.paddock.error.JournalException;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.event.FleetEvent;
import dev.paddock.scaling.Target;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What others implement may do what its interface forbids: the fleet reports it and goes on, or ends in order. */
class ForeignCodeTest {
    private final FleetFixture f = new FleetFixture();

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable failure) throws T {
        throw (T) failure;
    }

    // ---- exceptions nobody declared ------------------------------------------------------------------------

    @Test
    void aPolicyThatThrowsACheckedExceptionLeavesTheFleetAlive() {
        f.start(fleet -> fleet.policy((pool, now) -> {
            sneak(new IOException("undeclared"));
            return new Target(0, "");
        }));
        f.source.assigned(1);
        f.advance(ofMinutes(1));
        assertThat(f.snapshot().state()).isEqualTo(CoordinatorState.RUNNING);
        f.await(f.fleet().closeAsync(), ofMinutes(5));
    }

    @Test
    void aProviderWhoseRoomThrowsACheckedExceptionLeavesTheFleetAlive() {
        f.start();
        f.machines.roomFails(new IllegalStateException("first"));
        f.source.assigned(1);
        f.advance(ofMinutes(1));
        f.machines.heal();
        f.untilIdle(1);
    }

    @Test
    void aSubscriberThatThrowsACheckedExceptionHearsTheNextEvent() {
        var heard = new AtomicInteger();
        f.start(fleet -> fleet.onEvent(event -> {
            heard.incrementAndGet();
            sneak(new IOException("undeclared"));
        }));
        f.source.assigned(1);
        f.untilIdle(1);
        assertThat(heard.get()).isGreaterThan(3);
    }

    @Test
    void aSourceThatCannotBeLinkedFailsTheStartAndLeavesNothingOpen() {
        JobSource broken = source("broken", () -> {
            throw new NoClassDefFoundError("com/example/Missing");
        });
        assertThatThrownBy(() -> RunnerCoordinator.builder(broken, f.machines)
                        .scheduler(f.host)
                        .start())
                .isInstanceOf(NoClassDefFoundError.class);
        f.settle();
        assertThat(f.machines.count(FakeRunnerProvider.Call.CLOSE)).isEqualTo(1);
    }

    @Test
    void aSourceThatCannotBeClosedAfterAFailedStartKeepsNothingElseOpen() {
        JobSource.Attachment stubborn = (JobSource.Attachment) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {JobSource.Attachment.class},
                (proxy, method, arguments) -> {
                    throw new IllegalStateException("cannot " + method.getName());
                });
        JobSource broken = source("broken", () -> {
            throw new NoClassDefFoundError("com/example/Missing");
        });
        assertThatThrownBy(() -> RunnerCoordinator.builder(source("stubborn", () -> stubborn), f.machines)
                        .addPool(
                                RunnerPool.builder("second", broken, f.machines).build())
                        .scheduler(f.host)
                        .start())
                .isInstanceOf(NoClassDefFoundError.class)
                .satisfies(failure -> assertThat(failure.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("cannot close"));
        f.settle();
        assertThat(f.machines.count(FakeRunnerProvider.Call.CLOSE)).isEqualTo(1);
    }

    @Test
    void aSourceThatCannotBeOpenedOrClosedForOneReasonFailsTheStart() throws Exception {
        var gone = new IllegalStateException("the client is closed"); // as one that remembers why
        JobSource.Attachment stubborn = (JobSource.Attachment) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {JobSource.Attachment.class},
                (proxy, method, arguments) -> {
                    throw gone;
                });
        JobSource broken = source("broken", () -> {
            throw gone;
        });
        var ended = new CompletableFuture<Throwable>();
        var thread = new Thread(() -> {
            try {
                RunnerCoordinator.builder(source("stubborn", () -> stubborn), f.machines)
                        .addPool(
                                RunnerPool.builder("second", broken, f.machines).build())
                        .scheduler(f.host)
                        .start();
            } catch (Throwable failure) {
                ended.complete(failure);
            }
        });
        thread.setDaemon(true); // a start that hangs must not keep the tests from ending
        thread.start();
        assertThat(ended.get(10, TimeUnit.SECONDS)).isSameAs(gone);
    }

    private static JobSource source(String id, Supplier<JobSource.Attachment> opened) {
        return new JobSource() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public Attachment open(JobSink sink, SourceContext context) {
                return opened.get();
            }
        };
    }

    @Test
    void aProviderThatCannotTellItsLimitsIsClosed() {
        var closed = new AtomicInteger();
        RunnerProvider broken = context -> new Wrapped(f.machines.open(context), closed);
        assertThatThrownBy(() -> RunnerCoordinator.builder(f.source, broken)
                        .scheduler(f.host)
                        .start())
                .isInstanceOf(NoClassDefFoundError.class);
        assertThat(closed).hasValue(1);
    }

    private static final class Wrapped extends PassedOn {
        private final AtomicInteger closed;

        Wrapped(RunnerProvider.Session inner, AtomicInteger closed) {
            super(inner);
            this.closed = closed;
        }

        @Override
        public dev.paddock.spi.ProviderLimits limits() {
            throw new NoClassDefFoundError("com/example/Missing");
        }

        @Override
        public CompletionStage<Void> close() {
            closed.incrementAndGet();
            return inner.close();
        }
    }

    // ---- journals ------------------------------------------------------------------------------------------

    private enum BadAppend {
        THROWS,
        ANSWERS_NULL,
        NEVER_ANSWERS
    }

    @ParameterizedTest
    @EnumSource(BadAppend.class)
    void aJournalThatDoesNotWriteIsLostAndNoRunnerIsTouched(BadAppend how) {
        var bad = new AtomicInteger();
        FleetJournal journal = (fleet, scheduler) -> new BadJournal(f.journal.open(fleet, scheduler), entries -> {
            if (bad.get() == 0) {
                return null;
            }
            return switch (how) {
                case THROWS -> throw new IllegalStateException("the disk is gone");
                case ANSWERS_NULL -> CompletableFuture.completedFuture(null);
                case NEVER_ANSWERS -> new CompletableFuture<>();
            };
        });
        f.start(fleet -> fleet.journal(journal));
        f.source.assigned(1);
        f.untilIdle(1);
        bad.set(1);
        f.source.assigned(3);
        if (how == BadAppend.ANSWERS_NULL) {
            f.untilIdle(3);
            return;
        }
        f.until(() -> f.fleet().termination().toCompletableFuture().isDone(), ofMinutes(2));
        assertThatThrownBy(f.fleet()::awaitTermination).isInstanceOf(JournalException.class);
        assertThat(f.machines.machines()).hasSize(1);
    }

    private record BadJournal(
            FleetJournal.Session session,
            Function<List<JournalEntry>, @org.jspecify.annotations.Nullable CompletionStage<Void>> bad)
            implements FleetJournal.Session {
        @Override
        public long epoch() {
            return session.epoch();
        }

        @Override
        public List<JournalEntry> recovered() {
            return session.recovered();
        }

        @Override
        public CompletionStage<Void> append(List<JournalEntry> entries) {
            CompletionStage<Void> instead = bad.apply(entries);
            return instead != null ? instead : session.append(entries);
        }

        @Override
        public CompletionStage<Void> close() {
            return session.close();
        }
    }

    // ---- settings that mean never --------------------------------------------------------------------------

    @Test
    void anIdleTimeoutOfForEverStopsNoOtherTimeout() {
        f.start(fleet -> fleet.idleTimeout(Duration.ofNanos(Long.MAX_VALUE))
                .drainTimeout(java.time.temporal.ChronoUnit.FOREVER.getDuration())
                .shutdownMode(ShutdownMode.TERMINATE_IDLE));
        f.source.assigned(2);
        f.untilIdle(2);
        f.source.assigned(0);
        f.advance(Duration.ofDays(2));
        f.await(f.fleet().closeAsync(), ofMinutes(5));
        assertThat(f.machines.machines()).isEmpty();
    }

    @Test
    void whyARunnerEndedAtOnceIsToldThoughItsEndOvertakesItsProvidersAnswer() {
        f.machines(machines -> machines.bootTime(Duration.ZERO).program(machine -> machine.exit(3)));
        f.machines.always(FakeRunnerProvider.Call.PROVISION, CallFault.delayReply(Duration.ofSeconds(2)));
        f.start();
        f.source.assigned(1);
        f.until(() -> !f.events(dev.paddock.event.ProvisioningFailed.class).isEmpty());
        assertThat(f.events(dev.paddock.event.ProvisioningFailed.class).get(0).reason())
                .contains("exit code 3");
    }

    // ---- the last events -----------------------------------------------------------------------------------

    private record Ping(Instant at, int number) implements ExtensionEvent {}

    @Test
    void aSubscriberBehindAtTheCloseHearsAllToTheLastState() throws Exception {
        try (var time = Scheduler.system("fakes")) {
            var context = new ProviderContext[1];
            var machines = FakeRunnerProvider.builder(time).build();
            RunnerProvider spied = opened -> {
                context[0] = opened;
                return machines.open(opened);
            };
            var gate = new CountDownLatch(1);
            var pings = new AtomicInteger();
            var stopped = new CountDownLatch(1);
            var fleet = RunnerCoordinator.builder(FakeJobSource.of("jobs", time), spied)
                    .onEvent(event -> {
                        awaitQuietly(gate);
                        if (event instanceof Ping) {
                            pings.incrementAndGet();
                        } else if (isStopped(event)) {
                            stopped.countDown();
                        }
                    })
                    .start();
            for (int i = 0; i < 5000; i++) {
                context[0].publish(new Ping(time.instant(), i));
            }
            fleet.close();
            gate.countDown();
            stopped.await();
            assertThat(pings).hasValue(5000);
            assertThat(fleet.snapshot().state()).isEqualTo(CoordinatorState.STOPPED);
            assertThat(fleet.snapshot().count(RunnerState.IDLE)).isZero();
        }
    }

    private static boolean isStopped(FleetEvent event) {
        return event instanceof CoordinatorStateChanged changed && changed.to() == CoordinatorState.STOPPED;
    }

    private static void awaitQuietly(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
