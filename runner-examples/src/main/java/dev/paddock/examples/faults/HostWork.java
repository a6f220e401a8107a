package dev.paddock.examples.faults;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.error.TaskException;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.TaskAssigned;
import dev.paddock.event.TaskCompleted;
import dev.paddock.event.TaskLost;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import dev.paddock.testkit.MachineProgram;
import dev.paddock.testkit.VirtualTime;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The program that uses the coordinator and gives it tasks of its own. It dies with the coordinator, and remembers what
 * it was told; it completes tasks, some of them twice, late or never.
 */
final class HostWork {
    private enum Phase {
        WAITS,
        HELD,
        OVER
    }

    private static final Duration SEEN_AGAIN = Duration.ofSeconds(20);

    private final VirtualTime.Host host;
    private final RandomGenerator dice;
    private final CrashingJournal journal;
    private final Consumer<String> violated;
    private final Map<String, Phase> tasks = new LinkedHashMap<>();
    /** Acknowledged, and neither completed nor lost as far as anybody told. */
    private final Map<Long, Assignment> held = new LinkedHashMap<>();

    /** Completions asked for and not answered, by lease. */
    private final Map<Long, Integer> asked = new LinkedHashMap<>();

    private final Set<Long> completed = new HashSet<>();
    private final Set<Long> lost = new HashSet<>();
    private final Set<String> told = new HashSet<>();
    private @Nullable RunnerCoordinator fleet;
    private int given;

    HostWork(VirtualTime.Host host, RandomGenerator dice, CrashingJournal journal, Consumer<String> violated) {
        this.host = host;
        this.dice = dice;
        this.journal = journal;
        this.violated = violated;
    }

    /** What a runner for tasks does: it waits for them until it is removed, and who watches it anew sees that. */
    static MachineProgram runner(RandomGenerator dice) {
        return machine -> listens(machine, Duration.ofMillis(dice.nextInt(8_000)));
    }

    private static void listens(MachineProgram.Machine machine, Duration in) {
        machine.scheduler().schedule(in, () -> {
            machine.observe(RunnerObservation.Kind.LISTENING);
            listens(machine, SEEN_AGAIN);
        });
    }

    private Duration between(int least, int most) {
        return Duration.ofSeconds(least + dice.nextInt(most - least));
    }

    // ---- lives ---------------------------------------------------------------------------------------------

    /** A new life: what was acknowledged must be there, or have been released. */
    void begins(RunnerCoordinator coordinator) {
        fleet = coordinator;
        asked.clear();
        Map<Long, Assignment> there = new LinkedHashMap<>();
        coordinator.assignments().forEach(one -> there.put(one.lease(), one));
        for (Assignment one : List.copyOf(held.values())) {
            if (!there.containsKey(one.lease())) {
                if (!journal.isReleased(one)) {
                    violated.accept("the assignment of " + one.task().id() + " to " + one.runner()
                            + " was acknowledged, and the next life does not know it");
                }
                held.remove(one.lease());
            }
        }
        told.clear();
        for (Assignment one : there.values()) {
            if (journal.isReleased(one)) {
                violated.accept("the end of " + one.task().id() + " was written, and the next life does not know it");
            }
            lost.remove(one.lease()); // told by a life that ended because it could not write it
        }
        tasks.replaceAll((task, phase) -> Phase.OVER);
        there.values().forEach(this::holds);
    }

    void ends() {
        fleet = null;
    }

    /** With its journal the coordinator has forgotten every lease, and numbers begin anew. */
    void forgets() {
        held.clear();
        completed.clear();
        lost.clear();
        told.clear();
    }

    boolean allDone() {
        return tasks.values().stream().allMatch(phase -> phase == Phase.OVER);
    }

    String open() {
        return tasks.entrySet().stream()
                .filter(entry -> entry.getValue() != Phase.OVER)
                .toList()
                .toString();
    }

    int given() {
        return given;
    }

    // ---- giving --------------------------------------------------------------------------------------------

    void give() {
        RunnerCoordinator coordinator = fleet;
        if (coordinator == null) {
            return;
        }
        var task = Task.builder("task-" + ++given).priority(dice.nextInt(4));
        if (dice.nextInt(3) == 0) {
            task.timeout(between(20, 600));
        }
        if (dice.nextInt(3) == 0) {
            task.maxRunTime(between(30, 200));
        }
        give(coordinator, task.build());
    }

    private void give(RunnerCoordinator coordinator, Task task) {
        tasks.put(task.id(), Phase.WAITS);
        coordinator.assign(task).whenComplete((assignment, failure) -> {
            if (!coordinator.equals(fleet)) {
                return; // this program has died with its coordinator
            }
            if (assignment != null) {
                holds(assignment);
            } else if (failure != null) {
                refused(coordinator, task, failure);
            }
        });
        if (dice.nextInt(10) == 0) {
            host.schedule(between(1, 60), () -> coordinator.cancel(task.id()));
        }
    }

    private void refused(RunnerCoordinator coordinator, Task task, Throwable thrown) {
        Throwable failure =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        tasks.put(task.id(), Phase.OVER);
        if (failure instanceof TaskException known) {
            switch (known.reason()) {
                case CANCELLED -> {}
                case TIMEOUT -> {
                    if (task.timeout().isEmpty()) {
                        violated.accept(task.id() + " has no timeout and timed out");
                    }
                }
                case NOT_RUNNING ->
                    host.schedule(between(10, 60), () -> {
                        if (coordinator.equals(fleet)) {
                            give();
                        }
                    });
                default -> violated.accept(task.id() + " was refused: " + known.getMessage());
            }
        }
    }

    // ---- holding and completing ----------------------------------------------------------------------------

    private void holds(Assignment assignment) {
        if (lost.contains(assignment.lease())) {
            return; // it was lost before its stage was run
        }
        held.put(assignment.lease(), assignment);
        tasks.put(assignment.task().id(), Phase.HELD);
        if (assignment.task().maxRunTime().isPresent() && dice.nextInt(4) == 0) {
            return; // its longest run time ends it
        }
        host.schedule(between(1, 120), () -> complete(assignment));
        if (dice.nextInt(6) == 0) {
            host.schedule(between(1, 400), () -> complete(assignment));
        }
    }

    private void complete(Assignment assignment) {
        RunnerCoordinator coordinator = fleet;
        if (coordinator == null) {
            return;
        }
        long lease = assignment.lease();
        asked.merge(lease, 1, Integer::sum);
        Outcome outcome = dice.nextInt(4) > 0 ? Outcome.succeeded() : Outcome.failed("by chance");
        coordinator
                .completeAsync(assignment, dice.nextInt(8) > 0 ? outcome : outcome.withoutReuse())
                .whenComplete((completion, failure) -> {
                    if (coordinator.equals(fleet)) {
                        boolean alone = asked.merge(lease, -1, Integer::sum) == 0;
                        if (completion != null) {
                            answered(assignment, completion, alone);
                        }
                    }
                });
    }

    /** Of two that were asked at the same time, the later may be answered first. */
    private void answered(Assignment assignment, Completion completion, boolean alone) {
        long lease = assignment.lease();
        String task = assignment.task().id();
        if (completion == Completion.COMPLETED) {
            if (!completed.add(lease)) {
                violated.accept(task + " was completed twice under lease " + lease);
            }
            if (lost.contains(lease)) {
                violated.accept(task + " was lost, and completed after that");
            }
            over(assignment);
        } else if (completion == Completion.LEASE_LOST) {
            lost.add(lease);
            over(assignment);
        } else if (alone && held.containsKey(lease)) {
            violated.accept("the lease of " + task + " holds, and its completion is answered " + completion);
        }
    }

    private void over(Assignment assignment) {
        held.remove(assignment.lease());
        tasks.put(assignment.task().id(), Phase.OVER);
    }

    // ---- judging -------------------------------------------------------------------------------------------

    void on(FleetEvent event) {
        if (event instanceof TaskAssigned assigned) {
            once("assigned", assigned.assignment());
        } else if (event instanceof TaskCompleted done) {
            once("over", done.assignment());
        } else if (event instanceof TaskLost gone) {
            once("over", gone.assignment());
            lost.add(gone.assignment().lease());
            if (completed.contains(gone.assignment().lease())) {
                violated.accept(gone.assignment().task().id() + " was completed, and lost after that");
            }
            over(gone.assignment());
        }
    }

    private void once(String what, Assignment assignment) {
        if (!told.add(what + " " + assignment.lease())) {
            violated.accept(assignment.task().id() + " was told to be " + what + " twice");
        }
    }

    /** No runner holds two tasks, and no task is held twice or after its end. */
    void audit() {
        RunnerCoordinator coordinator = fleet;
        if (coordinator == null) {
            return;
        }
        Set<RunnerId> runners = new HashSet<>();
        Set<String> ids = new HashSet<>();
        for (Assignment one : coordinator.assignments()) {
            if (!runners.add(one.runner()) || !ids.add(one.task().id())) {
                violated.accept(one.task().id() + " and another task share " + one.runner() + ", or it is held twice");
            }
            if (journal.isRetired(one.runner())) {
                violated.accept(one.task().id() + " is held by " + one.runner() + ", which was not to be used again");
            }
            if (completed.contains(one.lease()) || lost.contains(one.lease())) {
                violated.accept(one.task().id() + " is over, and still held by " + one.runner());
            }
        }
    }
}
