package dev.paddock.testkit.multirunner;

import static dev.paddock.testkit.multirunner.PoolFixture.runner;
import static dev.paddock.testkit.multirunner.PoolFixture.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.paddock.capacity.CapacityPreset;
import dev.paddock.error.MultiRunnerException;
import dev.paddock.multirunner.MultiRunner;
import dev.paddock.multirunner.PoolRunner.Status;
import dev.paddock.multirunner.TaskEnd;
import dev.paddock.multirunner.TaskPlace;
import dev.paddock.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What time does to a pool: timeouts, processes that are stopped, recovery. */
class MultiRunnerTimeTest {
    @TempDir
    private Path folder;

    private PoolFixture fixture;
    private MultiRunner pool;

    @BeforeEach
    void describe() throws IOException {
        fixture = new PoolFixture(folder);
        pool = fixture.written(runner(1, "light", "null"), "");
    }

    private Status status() {
        return pool.status().runners().get(0).status();
    }

    @Test
    void aTaskThatHasHadThirtyMinutesFailsAndItsRunnerIsBackSoon() {
        pool.assign(task("slow"));
        pool.assign(task("next"));
        fixture.pass(Duration.ofMinutes(30).minusMillis(1));
        assertThat(pool.expire().failed()).isEmpty();
        fixture.pass(Duration.ofMillis(1));
        assertThat(status()).isEqualTo(Status.RUNNING);
        assertThat(pool.expire().failed()).containsExactly(new TaskEnd("slow", "runner-001", true, List.of()));
        assertThat(status()).isEqualTo(Status.ERROR);
        fixture.pass(Duration.ofSeconds(10));
        assertThat(pool.expire().failed()).isEmpty();
        assertThat(pool.status().runners().get(0).task()).hasValue("next");
        assertThat(pool.status().runners().get(0).tasksCompleted()).isZero();
    }

    @Test
    void eachVerbThatChangesThePoolFirstFailsWhatIsOverdue() throws IOException {
        pool = fixture.written(runner(1, "light", "null") + "," + runner(2, "light", "null"), "");
        pool.assign(task("slow"));
        fixture.pass(Duration.ofHours(1));
        assertThat(pool.assign(task("t")).runner().id()).isEqualTo("runner-002");
        assertThat(status()).isEqualTo(Status.ERROR);
    }

    @Test
    void theTimeoutIsThatOfTheTaskOfTheCallerOrOfTheFile() throws IOException {
        pool = fixture.written(
                runner(1, "light", "null") + "," + runner(2, "light", "null"), "\"task_timeout_minutes\": 5");
        pool.assign(task("file's"));
        pool.assign(Task.builder("own").maxRunTime(Duration.ofSeconds(10)).build());
        fixture.pass(Duration.ofSeconds(10));
        assertThat(pool.expire().failed()).extracting(TaskEnd::task).containsExactly("own");
        fixture.pass(Duration.ofMinutes(3));
        assertThat(pool.expire().failed()).isEmpty();
        MultiRunner impatient = MultiRunner.builder(fixture.file)
                .taskTimeout(Duration.ofMinutes(2))
                .time(fixture.time())
                .build();
        assertThat(impatient.expire().failed()).extracting(TaskEnd::task).containsExactly("file's");
    }

    @Test
    void aTaskWithoutAStartIsGivenItsTimeFromNowOn() throws IOException {
        pool = fixture.written(
                "{\"id\": \"a\", \"name\": \"a\", \"profile\": \"light\", \"status\": \"running\", \"current_task\": \"t\"}",
                "");
        assertThat(pool.expire().failed()).isEmpty();
        fixture.pass(Duration.ofMinutes(29));
        assertThat(pool.expire().failed()).isEmpty();
        fixture.pass(Duration.ofMinutes(1));
        assertThat(pool.expire().failed()).hasSize(1);
    }

    @Test
    void aTaskThatIsSaidToStartLaterIsGivenItsTimeFromNowOn() throws IOException {
        pool = fixture.written(
                "{\"id\": \"a\", \"name\": \"a\", \"profile\": \"light\", \"status\": \"running\","
                        + " \"started_at\": \"2999-01-01T00:00:00Z\"}",
                "");
        assertThat(pool.expire().failed()).isEmpty();
        fixture.pass(Duration.ofMinutes(30));
        assertThat(pool.expire().failed()).hasSize(1);
    }

    @Test
    void aVerbThatIsRefusedStillFailsWhatIsOverdue() throws Exception {
        for (MultiRunner each : List.of(pool, fixture.memory())) {
            each.initialise(CapacityPreset.MINIMAL, fixture.oneGpu(), PoolFixture.OVERCOMMITTED, true);
            Process process = new ProcessBuilder("sleep", "1000").start();
            try {
                each.assign(task("slow"), process.toHandle());
                fixture.pass(Duration.ofMinutes(30));
                assertThatThrownBy(() -> each.complete("runner-002", false)).hasMessageContaining("it is error");
                assertThat(each.status().runners().get(1).status()).isEqualTo(Status.ERROR);
                assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            } finally {
                process.destroyForcibly();
            }
        }
    }

    @Test
    void aTaskThatIsThisVeryProcessFailsAndIsLeftToEndItself() {
        pool.assign(task("self"), ProcessHandle.current());
        fixture.pass(Duration.ofMinutes(30));
        assertThat(pool.expire().failed()).hasSize(1);
        fixture.pass(Duration.ofSeconds(10));
        pool.expire();
        assertThat(status()).isEqualTo(Status.IDLE);
    }

    @Test
    @DisplayName("SLATE-45: a failure puts the runner into error, and it is idle again within 30 s")
    void aFailedRunnerRecovers() {
        pool.assign(task("t"));
        TaskEnd end = pool.complete("runner-001", true);
        assertThat(end.failed()).isTrue();
        assertThat(status()).isEqualTo(Status.ERROR);
        assertThat(pool.assign(task("next")).isAssigned()).isFalse();
        fixture.pass(Duration.ofSeconds(9));
        assertThat(pool.expire().failed()).isEmpty();
        assertThat(status()).isEqualTo(Status.ERROR);
        fixture.pass(Duration.ofSeconds(1));
        TaskPlace third = pool.assign(task("third"));
        assertThat(pool.status().runners().get(0).task()).hasValue("next");
        assertThat(third.position()).hasValue(1);
        assertThat(pool.status().runners().get(0).tasksCompleted()).isZero();
    }

    /** The runner takes what waits once it has recovered, 40 minutes on. */
    private void recovering() {
        pool.assign(task("slow"));
        pool.assign(task("next"));
        fixture.pass(Duration.ofMinutes(30));
        pool.expire();
        fixture.pass(Duration.ofMinutes(10));
    }

    @Test
    void whatStartsOnARunnerThatHasRecoveredIsToldByTheVerbThatLetItStart() throws IOException {
        for (Function<MultiRunner, List<TaskPlace>> verb : List.<Function<MultiRunner, List<TaskPlace>>>of(
                one -> one.expire().started(),
                one -> one.assign(task("more")).started(),
                one -> one.assign(task("more"), ProcessHandle.current()).started(),
                one -> one.complete("runner-002", false).started(),
                one -> one.complete("runner-002", "own", false).started(),
                one -> one.scale(2, fixture.oneGpu(), PoolFixture.OVERCOMMITTED).started(),
                one -> one.scale(1, fixture.oneGpu(), PoolFixture.OVERCOMMITTED).started(),
                one -> one.scale(3, fixture.oneGpu(), PoolFixture.OVERCOMMITTED).started(),
                one -> catchThrowableOfType(MultiRunnerException.class, () -> one.complete("runner-9", false))
                        .started())) {
            pool = fixture.written(runner(1, "light", "null") + "," + runner(2, "standard", "null"), "");
            pool.assign(Task.builder("own")
                    .profile("standard")
                    .maxRunTime(Duration.ofDays(1))
                    .build());
            recovering();
            assertThat(verb.apply(pool)).hasToString("[next runs on runner-001]");
        }
    }

    @Test
    void whatStartsOnARunnerThatIsAddedIsToldToo() {
        recovering();
        pool.assign(task("other"));
        assertThat(pool.scale(2, fixture.oneGpu(), PoolFixture.OVERCOMMITTED).started())
                .hasToString("[other runs on runner-002]");
    }

    @Test
    void whatStartedFirstIsToldFirst() {
        recovering();
        pool.assign(Task.builder("other").maxRunTime(Duration.ofMinutes(1)).build());
        pool.assign(task("last"));
        fixture.pass(Duration.ofMinutes(30));
        pool.expire();
        fixture.pass(Duration.ofMinutes(1));
        assertThat(pool.complete("runner-001", false).started())
                .hasToString("[other runs on runner-001, last runs on runner-001]");
    }

    /** The process whose number is written there. */
    private static ProcessHandle written(Path number) throws IOException {
        while (!Files.exists(number) || Files.size(number) == 0) {
            Thread.onSpinWait();
        }
        return ProcessHandle.of(Long.parseLong(Files.readString(number).strip()))
                .orElseThrow();
    }

    @Test
    void theProcessOfAnOverdueTaskIsAskedToEndAndThenEndedWithWhatItBeganMeanwhile() throws Exception {
        Process stubborn = new ProcessBuilder(
                        "sh",
                        "-c",
                        "sleep 1000 & trap '' TERM; echo $! > child; while [ -e child ]; do sleep 0.05; done;"
                                + " sleep 1000 & echo $! > late; while :; do sleep 1; done")
                .directory(folder.toFile())
                .start();
        try {
            Path child = folder.resolve("child");
            ProcessHandle sleeping = written(child);
            pool.assign(task("slow"), stubborn.toHandle());
            fixture.pass(Duration.ofMinutes(30));
            assertThat(pool.expire().failed()).hasSize(1);
            assertThat(sleeping.onExit().get().isAlive()).isFalse();
            assertThat(stubborn.isAlive()).isTrue();
            Files.delete(child);
            ProcessHandle late = written(folder.resolve("late"));
            fixture.pass(Duration.ofSeconds(10));
            pool.expire();
            stubborn.waitFor();
            late.onExit().get(10, TimeUnit.SECONDS);
            assertThat(status()).isEqualTo(Status.IDLE);
        } finally {
            stubborn.destroyForcibly();
        }
    }

    @Test
    void aChildThatDoesNotHeedTheRequestIsEndedThoughItsParentIsGone() throws Exception {
        for (MultiRunner each : List.of(pool, fixture.memory())) {
            each.initialise(CapacityPreset.MINIMAL, fixture.oneGpu(), PoolFixture.OVERCOMMITTED, true);
            Path number = Files.createTempFile(folder, "child", "");
            Process parent = new ProcessBuilder(
                            "sh", "-c", "sh -c \"trap '' TERM; echo \\$\\$ > " + number + "; exec sleep 1000\" & wait")
                    .start();
            ProcessHandle child = written(number);
            try {
                each.assign(task("slow"), parent.toHandle());
                fixture.pass(Duration.ofMinutes(30));
                each.expire();
                assertThat(parent.waitFor(10, TimeUnit.SECONDS)).isTrue();
                assertThat(child.isAlive()).isTrue();
                fixture.pass(Duration.ofSeconds(10));
                (each == pool ? fixture.pool() : each).expire();
                child.onExit().get(10, TimeUnit.SECONDS);
                assertThat(each.status().runners().get(1).status()).isEqualTo(Status.IDLE);
            } finally {
                parent.destroyForcibly();
                child.destroyForcibly();
            }
        }
        assertThat(Files.readString(fixture.file)).doesNotContain("descendants");
    }

    @Test
    void aProcessThatOnlyHasTheSameNumberIsLeftAlone() throws Exception {
        Process other = new ProcessBuilder("sleep", "1000").start();
        try {
            pool.assign(task("slow"), other.toHandle());
            String content = Files.readString(fixture.file);
            String start = other.info().startInstant().orElseThrow().toString();
            assertThat(content).contains("\"pid\" : " + other.pid(), "\"process_started_at\" : \"" + start);
            Files.writeString(
                    fixture.file,
                    content.replaceAll(
                            "\"process_started_at\" : \"[^\"]*\"",
                            "\"process_started_at\" : \"2020-01-01T00:00:00Z\""));
            fixture.pass(Duration.ofMinutes(30));
            assertThat(pool.expire().failed()).hasSize(1);
            fixture.pass(Duration.ofSeconds(10));
            pool.expire();
            assertThat(other.isAlive()).isTrue();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void aProcessThatHasEndedIsNoTask() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        assertThatThrownBy(() -> pool.assign(task("t"), ended.toHandle()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has ended");
        assertThat(status()).isEqualTo(Status.IDLE);
    }

    @Test
    void theProcessOfATaskThatWasCompletedIsLeftAlone() throws Exception {
        Process process = new ProcessBuilder("sleep", "1000").start();
        try {
            pool.assign(task("t"), process.toHandle());
            pool.complete("runner-001", true);
            fixture.pass(Duration.ofHours(1));
            pool.expire();
            assertThat(process.isAlive()).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }
}
