package dev.paddock.testkit;

import dev.paddock.Job;
import dev.paddock.JobResult;
import dev.paddock.RunnerId;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.RunnerObservation;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A service that assigns jobs within the capacity a {@link FakeJobSource} was told, and runners that take them. Its
 * messages may be lost, doubled and late; its counters are told again every 20 s.
 */
final class JobWorld {
    private static final Duration LEASE = Duration.ofMinutes(2);

    private record Work(Job job, Duration length) {}

    private final VirtualTime time;
    private final FakeJobSource source;
    private final Deque<Work> queued = new ArrayDeque<>();
    private final Deque<Work> assigned = new ArrayDeque<>();
    private final Map<RunnerId, Work> running = new LinkedHashMap<>();
    private final Set<MachineProgram.Machine> waiting = new LinkedHashSet<>();
    private final Set<RunnerId> killed = new HashSet<>();
    private final List<String> violations = new ArrayList<>();
    private boolean chaos = true;
    private int submitted;
    private int done;
    private int abandoned;

    JobWorld(VirtualTime time, FakeJobSource source) {
        this.time = time;
        this.source = source;
        repeatCounters();
    }

    private void repeatCounters() {
        time.network().schedule(Duration.ofSeconds(20), () -> {
            tell();
            work();
            repeatCounters();
        });
    }

    void submit(Duration length) {
        submitted++;
        queued.add(new Work(FleetFixture.job("job-" + submitted), length));
        work();
    }

    /** From now on no message is lost. */
    void calm() {
        chaos = false;
    }

    /** The machine of this runner is about to be ended by the test; with a job on it or not. */
    void expectTheEndOf(RunnerId runner) {
        killed.add(runner);
    }

    boolean isOver() {
        return done + abandoned == submitted;
    }

    List<String> violations() {
        return violations;
    }

    @Override
    public String toString() {
        return "submitted " + submitted + ", done " + done + ", abandoned " + abandoned + ", queued " + queued.size()
                + ", assigned " + assigned.size() + ", running " + running.keySet();
    }

    // ---- runners -------------------------------------------------------------------------------------------

    MachineProgram program() {
        return machine -> {
            if (!isRegistered(machine.runner())) {
                machine.exit(1);
                return;
            }
            source.presence(machine.runner(), Presence.ONLINE, false);
            machine.onEnd(() -> ended(machine));
            machine.observe(RunnerObservation.Kind.LISTENING);
            waiting.add(machine);
            work();
        };
    }

    private boolean isRegistered(RunnerId runner) {
        return source.registrations().stream().anyMatch(entry -> entry.runner().equals(runner.value()));
    }

    private void ended(MachineProgram.Machine machine) {
        RunnerId id = machine.runner();
        waiting.remove(machine);
        Work lost = running.remove(id);
        if (lost == null) {
            source.presence(id, Presence.OFFLINE, false);
            return;
        }
        if (!killed.contains(id)) {
            violations.add(id + " was removed while it ran " + lost.job().name());
        }
        source.presence(id, Presence.OFFLINE, true);
        time.network().schedule(LEASE, () -> {
            source.presence(id, Presence.OFFLINE, false);
            abandoned++;
            tell(new JobEvent.Completed(lost.job(), Optional.of(id.value()), JobResult.of("abandoned")));
        });
    }

    // ---- jobs ----------------------------------------------------------------------------------------------

    private void work() {
        while (!queued.isEmpty() && assigned.size() + running.size() < source.capacity()) {
            Work next = queued.remove();
            assigned.add(next);
            tell(new JobEvent.Assigned(next.job()));
        }
        for (MachineProgram.Machine machine : List.copyOf(waiting)) {
            if (!isRegistered(machine.runner())) {
                waiting.remove(machine);
                machine.exit(1);
            } else if (!assigned.isEmpty()) {
                waiting.remove(machine);
                begin(machine, assigned.remove());
            }
        }
    }

    private void begin(MachineProgram.Machine machine, Work work) {
        running.put(machine.runner(), work);
        source.presence(machine.runner(), Presence.ONLINE, true);
        machine.observe(RunnerObservation.Kind.WORKING);
        tell(new JobEvent.Started(work.job(), machine.runner().value()));
        machine.scheduler().schedule(work.length(), () -> finish(machine, work));
    }

    private void finish(MachineProgram.Machine machine, Work work) {
        running.remove(machine.runner());
        done++;
        source.forget(machine.runner());
        machine.observe(RunnerObservation.Kind.JOB_DONE);
        tell(new JobEvent.Completed(work.job(), Optional.of(machine.runner().value()), JobResult.of("succeeded")));
        machine.scheduler().schedule(Duration.ofSeconds(1), () -> machine.exit(0));
        work();
    }

    private void tell(JobEvent... events) {
        if (!source.isOpen()) {
            return;
        }
        var counters = new JobStatistics(
                assigned.size() + running.size(),
                running.size(),
                source.registrations().size(),
                running.size(),
                waiting.size());
        int fate = chaos && events.length > 0 ? time.random().nextInt(10) : 9;
        if (fate == 0) {
            return;
        }
        if (fate == 1) {
            source.message(counters, events);
        }
        if (fate == 2) {
            time.network().schedule(Duration.ofSeconds(time.random().nextInt(60)), () -> {
                if (source.isOpen()) {
                    source.message(counters, events);
                }
            });
            return;
        }
        source.message(counters, events);
    }
}
