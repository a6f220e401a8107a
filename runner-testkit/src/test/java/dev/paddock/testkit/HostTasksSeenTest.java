package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paddock.Explanation;
import dev.paddock.FleetSnapshot;
import dev.paddock.JobKey;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.spi.JobSource;
import dev.paddock.task.Assignment;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What metrics, status and explanations say of tasks of the host's. */
class HostTasksSeenTest {
    private final FleetFixture f = new FleetFixture();

    @BeforeEach
    void start() {
        f.fleet = RunnerCoordinator.builder()
                .addPool(RunnerPool.builder("gpu", JobSource.hostTasks(), f.machines)
                        .maxRunners(1)
                        .minIdle(1)
                        .build())
                .scheduler(f.host)
                .journal(f.journal)
                .onEvent(f.events::add)
                .start();
        f.untilIdle(1);
        f.settle();
    }

    private double value(String name, String... labels) {
        return f.fleet().metrics().value(name, labels).orElseThrow(() -> new AssertionError("no " + name));
    }

    private Explanation.OfJob explain(String task) {
        return f.fleet().explain(new JobKey(task, 0));
    }

    @Test
    void tasksThatAreHeldAndWaitAreInTheStatusByPool() {
        f.await(f.fleet().assign(Task.of("a")), ofSeconds(1));
        f.advance(ofSeconds(10));
        Instant asked = f.time.now();
        f.fleet().assign(Task.of("b"));
        f.advance(ofSeconds(5));
        f.fleet().assign(Task.of("c"));
        f.settle();
        FleetSnapshot.Tasks tasks = f.pool().tasks();
        assertThat(tasks.held()).isOne();
        assertThat(tasks.waiting()).isEqualTo(2);
        assertThat(tasks.oldest()).contains(asked);
        assertThat(f.snapshot().toText()).contains("gpu: 1 task held, 2 waiting, the oldest since 2026-01-01T00:00:1");
        assertThat(f.snapshot().toJson())
                .contains("\"tasksHeld\" : 1", "\"tasksWaiting\" : 2", "\"oldestTask\" : \"" + asked + "\"");
        assertThat(f.fleet().explain("gpu").text())
                .contains("Of the host's tasks it has 1 task held, 2 waiting, the oldest since ");
    }

    @Test
    void aWaitingTaskIsExplainedByItsPoolsAndTheDecision() {
        f.await(f.fleet().assign(Task.of("a")), ofSeconds(1));
        f.fleet().assign(Task.of("b"));
        f.advance(ofMinutes(1));
        Explanation.OfJob of = explain("b");
        assertThat(of.whereabouts()).isEqualTo(Explanation.OfJob.Whereabouts.WAITING);
        assertThat(of.taskPools()).containsExactly("gpu");
        assertThat(of.now()).isPresent();
        assertThat(of.text())
                .startsWith("Task b waits for a runner of pool gpu since ")
                .contains("No runner is made for it yet, for POOL_MAX: maxRunners is 1");
    }

    @Test
    void aHeldTaskIsExplainedByItsRunnerAndTheRunnerByItsTask() {
        Assignment held = f.await(f.fleet().assign(Task.of("a")), ofSeconds(1));
        f.advance(ofMinutes(2));
        Explanation.OfJob of = explain("a");
        assertThat(of.whereabouts()).isEqualTo(Explanation.OfJob.Whereabouts.RUNNING);
        assertThat(of.runner()).contains(held.runner().value());
        assertThat(of.startedAt()).contains(held.at());
        assertThat(of.text()).startsWith("Task a is held by " + held.runner() + " of pool gpu since ");
        assertThat(f.fleet().explain(held.runner()).text()).contains(" is BUSY since ", ": holds task a.");
    }

    @Test
    void aTaskThatIsOverIsNotKnownAnyMore() {
        Assignment held = f.await(f.fleet().assign(Task.of("a")), ofSeconds(1));
        f.fleet().complete(held, Outcome.succeeded());
        assertThat(explain("a").whereabouts()).isEqualTo(Explanation.OfJob.Whereabouts.UNKNOWN);
    }

    @Test
    void waitsTimesAndEndsOfTasksAreMeasured() {
        Assignment a = f.await(f.fleet().assign(Task.of("a")), ofSeconds(1));
        CompletionStage<Assignment> waits = f.fleet().assign(Task.of("b"));
        f.advance(ofSeconds(40));
        assertThat(value("paddock_tasks_held", "pool", "gpu")).isEqualTo(1);
        assertThat(value("paddock_tasks_waiting", "pool", "gpu")).isEqualTo(1);
        assertThat(value("paddock_task_queue_age_seconds", "pool", "gpu")).isCloseTo(40, within(0.1));
        f.fleet().complete(a, Outcome.failed("no"));
        Assignment b = f.await(waits, ofSeconds(1));
        f.advance(ofSeconds(20));
        f.fleet().complete(b, Outcome.succeeded());
        assertThat(value("paddock_task_wait_seconds_count", "pool", "gpu")).isEqualTo(2);
        assertThat(value("paddock_task_wait_seconds_sum", "pool", "gpu")).isCloseTo(40, within(0.1));
        assertThat(value("paddock_task_wait_seconds_bucket", "pool", "gpu", "le", "0.1"))
                .isEqualTo(1);
        assertThat(value("paddock_task_duration_seconds_sum", "pool", "gpu")).isCloseTo(60, within(0.1));
        assertThat(value("paddock_tasks_completed_total", "pool", "gpu", "outcome", "failed"))
                .isEqualTo(1);
        assertThat(value("paddock_tasks_completed_total", "pool", "gpu", "outcome", "succeeded"))
                .isEqualTo(1);
        assertThat(value("paddock_tasks_held", "pool", "gpu")).isZero();
    }

    @Test
    void tasksThatAreLostOrRefusedAreCounted() {
        Assignment a = f.await(f.fleet().assign(Task.of("a")), ofSeconds(1));
        f.fleet().assign(Task.of("b"));
        f.fleet().assign(Task.of("b"));
        f.await(f.fleet().cancel("b"), ofSeconds(1));
        f.machines.kill(a.runner());
        f.until(() -> value("paddock_tasks_lost_total", "pool", "gpu") == 1);
        assertThat(value("paddock_tasks_refused_total", "reason", "duplicate")).isEqualTo(1);
        assertThat(value("paddock_tasks_refused_total", "reason", "cancelled")).isEqualTo(1);
        assertThat(value("paddock_tasks_refused_total", "reason", "timeout")).isZero();
    }
}
