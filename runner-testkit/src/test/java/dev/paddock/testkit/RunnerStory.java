package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.paddock.JobResult;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.RunnerException;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.RunnerObservation.Kind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Brings runners of a fleet into each state, and tells through which transitions they went. */
final class RunnerStory {
    /** How a machine's program may begin. */
    enum Boot {
        CONNECTS,
        WORKS,
        IS_SILENT
    }

    static final Duration LONG = ofMinutes(30);
    static final RunnerException REFUSED = new RunnerException("no", true, null);

    final FleetFixture f = new FleetFixture();
    final SlowJournal journal = new SlowJournal(FleetJournal.inMemory());
    private final List<MachineProgram.Machine> booted = new ArrayList<>();
    /** How the next machines begin; all further ones connect. */
    final Deque<Boot> boots = new ArrayDeque<>();

    RunnerStory() {
        machines(settings -> settings.deadlines(ofMinutes(2), ofMinutes(20), ofMinutes(1)));
    }

    void machines(UnaryOperator<FakeRunnerProvider.Builder> settings) {
        f.machines(machines -> settings.apply(machines.program(this::boot)));
    }

    private void boot(MachineProgram.Machine machine) {
        booted.add(machine);
        Boot how = boots.isEmpty() ? Boot.CONNECTS : boots.remove();
        if (how != Boot.IS_SILENT) {
            f.source.presence(machine.runner(), Presence.ONLINE, how == Boot.WORKS);
            machine.observe(how == Boot.WORKS ? Kind.WORKING : Kind.LISTENING);
        }
    }

    RunnerStory begins(Boot... next) {
        boots.addAll(List.of(next));
        return this;
    }

    RunnerStory start(UnaryOperator<RunnerCoordinator.Builder> settings) {
        f.start(fleet -> settings.apply(fleet.journal(journal).idleTimeout(Duration.ofDays(30))));
        f.settle();
        return this;
    }

    RunnerStory start() {
        return start(fleet -> fleet);
    }

    RunnerStory startForTasks() {
        f.fleet = RunnerCoordinator.builder(JobSource.hostTasks(), f.machines)
                .fleet("tasks")
                .scheduler(f.host)
                .journal(journal)
                .maxRunners(1)
                .minIdle(1)
                .onEvent(f.events::add)
                .start();
        return until(RunnerState.IDLE);
    }

    /** Asks for one runner, and waits until it is so far. */
    RunnerStory one(RunnerState state) {
        f.source.assigned(1);
        return until(state);
    }

    RunnerStory until(RunnerState state) {
        f.until(() -> f.count(state) > 0, ofMinutes(5));
        return this;
    }

    RunnerStory busy() {
        one(RunnerState.IDLE);
        return starts("a");
    }

    RunnerStory starts(String job) {
        f.source.presence(id(), Presence.ONLINE, true);
        f.source.started(FleetFixture.job(job), id().value());
        f.settle();
        return this;
    }

    RunnerStory completes(String job) {
        f.source.presence(id(), Presence.ONLINE, false);
        f.source.message(
                new JobStatistics(1, 1, 1, 1, 0),
                new JobEvent.Completed(FleetFixture.job(job), Optional.of(id().value()), JobResult.of("succeeded")));
        f.settle();
        return this;
    }

    RunnerStory sees(Kind kind) {
        machine().observe(kind);
        f.settle();
        return this;
    }

    RunnerStory exits(int code) {
        machine().exit(code);
        f.settle();
        return this;
    }

    /** Nobody wants it any more. */
    RunnerStory unwanted() {
        f.fleet().pool("default").change(settings -> settings.withIdleTimeout(Duration.ZERO));
        f.source.assigned(0);
        f.settle();
        return this;
    }

    RunnerStory restart() {
        f.crash();
        return start();
    }

    RunnerStory waits(Duration time) {
        f.advance(time);
        return this;
    }

    RunnerStory soon() {
        return waits(ofSeconds(30));
    }

    RunnerId id() {
        return booted.isEmpty() ? f.only() : machine().runner();
    }

    MachineProgram.Machine machine() {
        return booted.get(booted.size() - 1);
    }

    // ---- what has happened -----------------------------------------------------------------------------------

    List<RunnerStateChanged> changes() {
        return f.events(RunnerStateChanged.class);
    }

    boolean wentThrough(RunnerState from, RunnerState to) {
        return changes().stream().anyMatch(change -> change.from() == from && change.to() == to);
    }

    /** How long the first runner that went from one to the other was in the first; null if none did. */
    @Nullable
    Duration lasted(RunnerState from, RunnerState to) {
        List<RunnerStateChanged> changes = changes();
        for (int i = 0; i < changes.size(); i++) {
            RunnerStateChanged left = changes.get(i);
            if (left.from() == from && left.to() == to) {
                return changes.subList(0, i).stream()
                        .filter(change -> change.runner().equals(left.runner()) && change.to() == from)
                        .reduce((earlier, later) -> later)
                        .map(entered -> Duration.between(entered.at(), left.at()))
                        .orElse(Duration.ZERO);
            }
        }
        return null;
    }
}
