package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.event.CreationsFailing;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import dev.paddock.testkit.FakeRunnerProvider.Call;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pools that give up while other runners of theirs live, and calls from threads of the coordinator. */
class GivingUpTest {
    private final FleetFixture f = new FleetFixture();

    @Test
    void aCompletionFromAStageThatATimerEndedIsAnswered(@TempDir Path folder) throws Exception {
        var answered = new CompletableFuture<Completion>();
        try (SystemScheduler scheduler = Scheduler.system("tasks");
                SystemScheduler network = Scheduler.system("network");
                RunnerCoordinator fleet = RunnerCoordinator.builder(
                                JobSource.hostTasks(),
                                FakeRunnerProvider.builder(network).build())
                        .fleet("tasks")
                        .scheduler(scheduler)
                        .journal(FleetJournal.file(folder.resolve("journal")))
                        .maxRunners(1)
                        .minIdle(1)
                        .drainTimeout(Duration.ZERO)
                        .start()) {
            Assignment first =
                    fleet.assign(Task.of("first")).toCompletableFuture().get(20, TimeUnit.SECONDS);
            fleet.assign(Task.builder("second").timeout(ofSeconds(1)).build()).whenComplete((got, late) -> {
                answered.complete(fleet.complete(first, Outcome.cancelled("x")));
            });
            assertThat(answered.get(40, TimeUnit.SECONDS)).isEqualTo(Completion.COMPLETED);
        }
    }

    @Test
    void aPoolGivesUpThoughItsLivingRunnersHoldTasks() {
        RunnerPool pool = RunnerPool.builder("gpu", JobSource.hostTasks(), f.machines)
                .maxRunners(3)
                .minIdle(1)
                .build();
        f.fleet = RunnerCoordinator.builder()
                .addPool(pool)
                .fleet("tasks")
                .scheduler(f.host)
                .journal(f.journal)
                .onEvent(f.events::add)
                .start();
        f.untilIdle(1);
        f.machines.always(Call.PROVISION, CallFault.fail(noImage()));
        int before = f.machines.count(Call.PROVISION);
        for (int i = 0; i < 600; i++) { // ten minutes of tasks of one second on the runner that lives
            Assignment held = f.fleet().tryAssign(Task.of("t" + i)).orElseThrow();
            f.advance(Duration.ofMillis(900));
            f.fleet().complete(held, Outcome.succeeded());
            f.advance(Duration.ofMillis(100));
        }
        assertThat(f.events(CreationsFailing.class)).isNotEmpty();
        assertThat(f.machines.count(Call.PROVISION) - before).isLessThanOrEqualTo(5 + 2);
    }

    @Test
    void anOldRunnerThatReconnectsEndsNoRest() {
        List<MachineProgram.Machine> machines = new ArrayList<>();
        f.machines(provider -> provider.program(machine -> {
            machines.add(machine);
            machine.observe(RunnerObservation.Kind.LISTENING);
        }));
        RunnerPool pool = RunnerPool.builder("gpu", f.source, f.machines)
                .maxRunners(3)
                .minIdle(1)
                .build();
        f.fleet = RunnerCoordinator.builder()
                .addPool(pool)
                .scheduler(f.host)
                .journal(f.journal)
                .onEvent(f.events::add)
                .start();
        f.source.assigned(0);
        f.untilIdle(1);
        f.machines.always(Call.PROVISION, CallFault.fail(noImage()));
        f.source.assigned(2);
        f.until(() -> !f.events(CreationsFailing.class).isEmpty(), ofMinutes(30));
        int made = f.machines.count(Call.PROVISION);
        machines.get(0).observe(RunnerObservation.Kind.RECONNECTING);
        f.settle();
        machines.get(0).observe(RunnerObservation.Kind.LISTENING);
        f.advance(ofMinutes(2));
        assertThat(f.machines.count(Call.PROVISION)).isEqualTo(made);
    }

    @Test
    void aRunnerLostWhileOneIsTriedDoesNotSpareTheRest() {
        List<MachineProgram.Machine> machines = new ArrayList<>();
        f.machines(provider -> provider.deadlines(ofSeconds(60), ofMinutes(3), ofMinutes(1))
                .program(machine -> {
                    machines.add(machine);
                    machine.observe(RunnerObservation.Kind.LISTENING);
                }));
        RunnerPool pool = RunnerPool.builder("gpu", f.source, f.machines)
                .maxRunners(50)
                .minIdle(2)
                .build();
        f.fleet = RunnerCoordinator.builder()
                .addPool(pool)
                .scheduler(f.host)
                .journal(f.journal)
                .onEvent(f.events::add)
                .start();
        f.source.assigned(0);
        f.untilIdle(2);
        f.machines.always(Call.PROVISION, CallFault.fail(noImage()));
        f.await(f.fleet().pool("gpu").change(now -> now.withMinIdle(3)), ofSeconds(1));
        f.until(() -> !f.events(CreationsFailing.class).isEmpty(), ofMinutes(6));
        int made = f.machines.count(Call.PROVISION);
        f.machines.heal();
        f.machines.always(Call.PROVISION, CallFault.delay(ofMinutes(30))); // never answers: its deadline fails it
        f.until(() -> f.count(RunnerState.PROVISIONING) == 1, ofMinutes(6));
        int told = f.events(CreationsFailing.class).size();
        f.settle();
        int killed = 0;
        f.advance(Duration.ofMillis(59_000));
        while (f.count(RunnerState.PROVISIONING) == 1) {
            f.advance(Duration.ofMillis(50));
            if (++waited % 8 == 0 && killed < 2 && f.count(RunnerState.PROVISIONING) == 1) {
                f.machines.kill(f.snapshot().runners().stream()
                        .filter(runner -> runner.state() == RunnerState.IDLE)
                        .findFirst()
                        .orElseThrow()
                        .id());
                killed++;
            }
        }
        int then = f.machines.count(Call.PROVISION);
        f.advance(ofMinutes(1));
        assertThat(f.machines.count(Call.PROVISION)).isEqualTo(then);
    }

    private int waited;

    private static RuntimeException noImage() {
        return new dev.paddock.error.ProvisioningException(new RunnerId("any"), "no such image", true, null);
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
        thread.setDaemon(true);
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
}
