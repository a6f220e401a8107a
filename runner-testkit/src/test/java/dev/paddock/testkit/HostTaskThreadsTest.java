package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.event.EventsMissed;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.event.TaskAssigned;
import dev.paddock.event.TaskCompleted;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.Scheduler;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Tasks on real threads. */
class HostTaskThreadsTest {
    private static final int THREADS = 8;
    private static final int EACH = 12_500;
    private static final int RUNNERS = 5;

    private final AtomicLong changes = new AtomicLong();
    private final AtomicLong taskEvents = new AtomicLong();
    private final AtomicLong missed = new AtomicLong();
    private final CountDownLatch idle = new CountDownLatch(RUNNERS);
    private final Set<String> holding = ConcurrentHashMap.newKeySet();
    private final Set<Long> leases = ConcurrentHashMap.newKeySet();
    private final AtomicInteger wrong = new AtomicInteger();

    private void seen(FleetEvent event) {
        if (event instanceof EventsMissed gap) {
            missed.addAndGet(gap.to() - gap.from() + 1);
        } else if (event instanceof RunnerStateChanged change) {
            changes.incrementAndGet();
            if (change.to() == RunnerState.IDLE) {
                idle.countDown();
            }
        } else if (event instanceof TaskAssigned || event instanceof TaskCompleted) {
            taskEvents.incrementAndGet();
        }
    }

    @Test
    @DisplayName("SLATE-43: 8 threads give and take 100 000 tasks, no runner holds two, and each change is told")
    void noRunnerHoldsTwoTasks() throws Exception {
        try (var network = Scheduler.system("network")) {
            FakeRunnerProvider machines = FakeRunnerProvider.builder(network)
                    .provisionTime(Duration.ofMillis(1))
                    .bootTime(Duration.ofMillis(1))
                    .build();
            try (RunnerCoordinator fleet = RunnerCoordinator.builder(JobSource.hostTasks(), machines)
                    .fleet("threads")
                    .maxRunners(RUNNERS)
                    .policy((pool, now) -> new dev.paddock.scaling.Target(RUNNERS, "all"))
                    .drainTimeout(Duration.ZERO)
                    .onEvent(this::seen)
                    .start()) {
                idle.await();
                long before = changes.get();
                run(fleet);
                assertThat(wrong).hasValue(0);
                assertThat(leases).hasSize(THREADS * EACH);
                assertThat(fleet.assignments()).isEmpty();
                long expected = 4L * THREADS * EACH;
                while (changes.get() - before + taskEvents.get() + missed.get() < expected) {
                    Thread.onSpinWait();
                }
                assertThat(changes.get() - before + taskEvents.get() + missed.get())
                        .isEqualTo(expected);
            }
        }
    }

    private void run(RunnerCoordinator fleet) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            boolean waits = t % 2 == 0;
            var thread = new Thread(() -> {
                for (int i = 0; i < EACH; i++) {
                    pair(fleet, Task.of("task-" + Thread.currentThread().getId()), waits);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void pair(RunnerCoordinator fleet, Task task, boolean waits) {
        Optional<Assignment> held =
                waits ? Optional.of(fleet.assign(task).toCompletableFuture().join()) : fleet.tryAssign(task);
        while (held.isEmpty()) {
            Thread.yield();
            held = fleet.tryAssign(task);
        }
        Assignment assignment = held.get();
        boolean alone = holding.add(assignment.runner().value());
        boolean fresh = leases.add(assignment.lease());
        boolean let = holding.remove(assignment.runner().value());
        Completion completion = fleet.complete(assignment, Outcome.succeeded());
        if (!alone || !fresh || !let || completion != Completion.COMPLETED) {
            wrong.incrementAndGet();
        }
    }
}
