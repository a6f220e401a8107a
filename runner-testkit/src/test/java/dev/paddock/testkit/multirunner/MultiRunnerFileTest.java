package dev.paddock.testkit.multirunner;

import static dev.paddock.testkit.multirunner.PoolFixture.runner;
import static dev.paddock.testkit.multirunner.PoolFixture.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityPreset;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.error.MultiRunnerException;
import dev.paddock.error.StateFileException;
import dev.paddock.error.StateFileException.Reason;
import dev.paddock.internal.multirunner.LockedJson;
import dev.paddock.multirunner.MultiRunner;
import dev.paddock.multirunner.PoolRunner;
import dev.paddock.multirunner.PoolRunner.Status;
import dev.paddock.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The file of a pool: what others wrote is read and kept, what cannot be read is left. */
class MultiRunnerFileTest {
    private static final String BY_HAND = """
            {
              "runners": [
                {"id": "runner-001", "name": "first", "profile": "gpu_heavy", "gpu_id": 0, "status": "idle"},
                {"id": "runner-002", "name": "second", "profile": "gpu_light", "gpu_id": 1, "status": "idle",
                 "theirs": {"deep": [1, 2.50]}},
                {"id": "runner-003", "name": "third", "profile": "standard", "gpu_id": null, "status": "idle"}
              ],
              "max_parallel_workflows": 4,
              "gpu_reservation": {"0": ["runner-001"], "1": ["runner-002"]},
              "dashboard": {"colour": "blue"}
            }
            """;

    @TempDir
    private Path folder;

    private PoolFixture fixture;
    private MultiRunner pool;

    @BeforeEach
    void describe() {
        fixture = new PoolFixture(folder);
        pool = fixture.pool();
    }

    private JsonNode file() throws IOException {
        return new ObjectMapper().readTree(Files.readString(fixture.file));
    }

    @Test
    @DisplayName("SLATE-32: a file written by hand is read, and its unknown keys survive a change")
    void aFileByHandIsRead() throws IOException {
        Files.writeString(fixture.file, BY_HAND);
        assertThat(pool.status().count(Status.IDLE)).isEqualTo(3);
        assertThat(pool.status().maxParallel()).isEqualTo(4);
        assertThat(pool.status().gpuDistribution()).isEqualTo(Map.of(0, 1, 1, 1));
        assertThat(pool.assign(task("t", "gpu_light")).runner().id()).isEqualTo("runner-002");
        assertThat(file().at("/dashboard/colour").textValue()).isEqualTo("blue");
        assertThat(file().at("/runners/1/theirs")).hasToString("{\"deep\":[1,2.5]}");
        assertThat(Files.readString(fixture.file)).contains("2.50");
        assertThat(file().at("/runners/1/status").textValue()).isEqualTo("running");
        assertThat(file().at("/gpu_reservation")).hasToString("{\"0\":[\"runner-001\"],\"1\":[\"runner-002\"]}");
        assertThat(file().at("/max_parallel_workflows").intValue()).isEqualTo(4);
        pool.complete("runner-002", false);
        assertThat(file().at("/runners/1/theirs/deep/0").intValue()).isEqualTo(1);
    }

    @Test
    @DisplayName("SLATE-33: a file that tells no limit runs four tasks at a time")
    void withoutALimitFourRun() throws IOException {
        pool = fixture.written(
                IntStream.rangeClosed(1, 5)
                        .mapToObj(number -> runner(number, "light", "null"))
                        .collect(Collectors.joining(",")),
                "");
        assertThat(pool.status().maxParallel()).isEqualTo(4);
        for (int i = 0; i < 5; i++) {
            assertThat(pool.assign(task("t" + i)).isAssigned()).isEqualTo(i < 4);
        }
    }

    @Test
    void theFileHasTheKeysThatOthersRead() throws IOException {
        fixture.fifty(pool);
        pool.assign(task("t", "gpu_heavy"));
        JsonNode first = file().at("/runners/0");
        assertThat(first.fieldNames())
                .toIterable()
                .startsWith("id", "name", "profile", "gpu_id", "status", "current_task", "tasks_completed")
                .contains("started_at", "devices");
        assertThat(first.at("/gpu_id").isInt()).isTrue();
        assertThat(file().at("/runners/49/gpu_id").isNull()).isTrue();
        assertThat(file().at("/runners/49/current_task").isNull()).isTrue();
        assertThat(file().fieldNames())
                .toIterable()
                .contains("runners", "max_parallel_workflows", "gpu_reservation", "updated_at", "version", "queue");
        assertThat(file().at("/gpu_reservation").fieldNames()).toIterable().containsExactly("0", "1");
        assertThat(file().at("/updated_at").textValue()).isEqualTo("2026-01-31T10:15:30Z");
        assertThat(file().at("/task_timeout_minutes").intValue()).isEqualTo(30);
    }

    @Test
    @DisplayName("SLATE-35: what was assigned before a restart is completed after it, and the queue is there")
    void aRestartLosesNothing() throws IOException {
        pool = fixture.written(runner(1, "light", "null"), "");
        pool.assign(task("t"));
        Task waiting = Task.builder("w")
                .profile("light")
                .cores(1)
                .memory(ByteSize.ofMiB(100))
                .priority(3)
                .maxRunTime(Duration.ofSeconds(90))
                .build();
        pool.assign(waiting);
        MultiRunner restarted = fixture.pool();
        assertThat(restarted.queue()).singleElement().satisfies(queued -> {
            assertThat(queued.task().id()).isEqualTo("w");
            assertThat(queued.task().needs()).isEqualTo(waiting.needs());
            assertThat(queued.task().priority()).isEqualTo(3);
            assertThat(queued.task().maxRunTime()).hasValue(Duration.ofSeconds(90));
            assertThat(queued.since()).isEqualTo(PoolFixture.START);
        });
        assertThat(restarted.complete("runner-001", false).task()).isEqualTo("t");
        assertThat(fixture.pool().status().runners().get(0).task()).hasValue("w");
    }

    @Test
    void aProfileOfOnesOwnIsThereAfterARestart() throws IOException {
        RunnerProfile own = RunnerProfile.builder("big")
                .cores(3)
                .memory(ByteSize.ofGiB(3))
                .timeout(Duration.ofMinutes(2))
                .build();
        pool.initialise(
                CapacityPlanner.exact()
                        .plan(
                                fixture.oneGpu(),
                                CapacityRequest.demand(Map.of(own, 1)).build()),
                1,
                false);
        Task large = Task.builder("t").memory(ByteSize.ofGiB(3)).build();
        assertThat(fixture.pool().assign(large).isAssigned()).isTrue();
        fixture.pass(Duration.ofMinutes(2));
        assertThat(pool.expire().failed()).hasSize(1);
        pool.initialise(CapacityPreset.MINIMAL, fixture.oneGpu(), PoolFixture.OVERCOMMITTED, true);
        assertThat(pool.status().runners()).extracting(PoolRunner::profile).doesNotContain("big");
    }

    @Test
    void aProfileOfOnesOwnIsForgottenOnceRunnersHaveTheStandardOneOfThatName() throws IOException {
        RunnerProfile own = RunnerProfile.builder("light")
                .cores(3)
                .memory(ByteSize.ofGiB(3))
                .build();
        CapacityRequest one = CapacityRequest.demand(Map.of(own, 1)).build();
        pool.initialise(CapacityPlanner.exact().plan(fixture.oneGpu(), one), 1, false);
        assertThat(file().at("/profiles/light/cores").intValue()).isEqualTo(3);
        pool.initialise(CapacityPreset.MINIMAL, fixture.oneGpu(), PoolFixture.OVERCOMMITTED, false);
        Task large = Task.builder("t").memory(ByteSize.ofGiB(3)).build();
        assertThatThrownBy(() -> pool.assign(large)).hasMessageContaining("light lacks");
    }

    @Test
    void aPoolIsNotScaledBelowWhatATaskInItsQueueNeeds() throws IOException {
        pool = fixture.written(
                runner(1, "light", "null") + "," + runner(2, "gpu_light", "0"), "\"max_parallel_workflows\": 1");
        pool.assign(task("a", "light"));
        pool.assign(task("b", "gpu_light"));
        String before = Files.readString(fixture.file);
        assertThatThrownBy(() -> pool.scale(1, fixture.oneGpu(), PoolFixture.OVERCOMMITTED))
                .isInstanceOf(MultiRunnerException.class)
                .hasMessageContainingAll("not scaled to 1", "task b waits", "profile gpu_light");
        assertThat(Files.readString(fixture.file)).isEqualTo(before);
        pool.complete("runner-001", false);
        assertThat(pool.scale(1, fixture.oneGpu(), PoolFixture.OVERCOMMITTED).removed())
                .containsExactly("runner-001");
    }

    @Test
    void readingWritesNothing() throws IOException {
        Files.writeString(fixture.file, BY_HAND);
        pool.status();
        pool.queue();
        pool.isInitialised();
        assertThat(fixture.file).hasContent(BY_HAND);
        assertThat(folder).isDirectoryNotContaining(path -> !path.equals(fixture.file));
        pool.expire();
        assertThat(Files.readString(fixture.file)).isEqualTo(BY_HAND);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                                                         | DAMAGED | it is empty
            {"runners": [{"id": "runner-001", "na                      | DAMAGED | it is no whole JSON
            []                                                         | FOREIGN | it holds no JSON object
            {}                                                         | FOREIGN | runners is missing
            {"runners": 4}                                             | FOREIGN | runners is 4
            {"version": 2, "runners": []}                              | NEWER   | is of version 2
            {"runners": [4]}                                           | FOREIGN | runners[0] is 4 and must be an object
            {"runners": [{"name": "n", "profile": "light"}]}           | FOREIGN | runners[0].id is missing
            {"runners": [{"id": 1, "name": "n", "profile": "light"}]}  | FOREIGN | runners[0].id is 1 and must be a text
            {"runners": [{"id": "a", "name": "n", "profile": "light"}, {"id": "a", "name": "n", "profile": "light"}]} | FOREIGN | runners[1].id is "a"
            {"runners": [{"id": "a", "name": "n", "profile": "light", "status": "lost"}]} | FOREIGN | "lost" and must be idle, running or error
            {"runners": [{"id": "a", "name": "n", "profile": "light", "gpu_id": "0"}]}    | FOREIGN | runners[0].gpu_id is "0"
            {"runners": [{"id": "a", "name": "n", "profile": "light", "gpu_id": -1}]}     | FOREIGN | runners[0].gpu_id is -1
            {"runners": [{"id": "a", "name": "n", "profile": "light", "tasks_completed": -1}]} | FOREIGN | tasks_completed is -1
            {"runners": [{"id": "a", "name": "n", "profile": "light", "started_at": "noon", "status": "running"}]} | FOREIGN | started_at is "noon"
            {"runners": [], "max_parallel_workflows": 0}               | FOREIGN | max_parallel_workflows is 0
            {"runners": [], "task_timeout_minutes": "x"}               | FOREIGN | task_timeout_minutes is "x"
            {"runners": [], "gpu_reservation": {"first": []}}          | FOREIGN | the key "first"
            {"runners": [], "gpu_reservation": []}                     | FOREIGN | gpu_reservation is []
            {"runners": [], "queue": [{"task": ""}]}                   | FOREIGN | queue[0].task is ""
            {"runners": [], "queue": [{"task": "t", "priority": 5000}]} | FOREIGN | queue[0]: priority must be from -1000
            {"runners": [], "profiles": {"p": {"processes": 2}}}       | FOREIGN | profiles.p: profile p: processes 2 without
            """)
    @DisplayName("SLATE-34: a file that cannot be used is an error, and is left as it is")
    void aFileThatCannotBeUsedIsLeft(String content, Reason reason, String message) throws IOException {
        Files.writeString(fixture.file, content);
        for (ThrowingCallable verb : List.<ThrowingCallable>of(
                pool::status,
                pool::expire,
                () -> pool.assign(task("t")),
                () -> pool.complete("runner-001", true),
                () -> pool.scale(3, fixture.oneGpu(), PoolFixture.OVERCOMMITTED),
                () -> pool.initialise(CapacityPreset.MINIMAL, fixture.oneGpu(), PoolFixture.OVERCOMMITTED, true))) {
            assertThatThrownBy(verb)
                    .isInstanceOf(StateFileException.class)
                    .hasMessageContaining(message)
                    .satisfies(failure ->
                            assertThat(((StateFileException) failure).reason()).isEqualTo(reason));
        }
        assertThat(Files.readString(fixture.file)).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void aPoolThatIsKeptInMindIsTheOneInTheFile(long seed) throws IOException {
        Random random = new Random(seed);
        MultiRunner.Builder builder = MultiRunner.builder(fixture.file).time(fixture.time());
        List<MultiRunner> pools = List.of(
                fixture.memory(),
                builder.build(),
                builder.logged().build(),
                builder.unforced().build());
        List<MultiRunner> used = List.of(pools.get(0), pools.get((int) seed % 3 + 1));
        used.forEach(one -> fixture.fifty(one));
        for (int step = 0; step < 120; step++) {
            int what = random.nextInt(10);
            int which = random.nextInt(50);
            fixture.pass(Duration.ofSeconds(random.nextInt(200)));
            String answer = answer(used.get(0), step, what, which);
            String where = "seed " + seed + ", step " + step;
            assertThat(answer(used.get(1), step, what, which)).as(where).isEqualTo(answer);
            assertThat(pools.get(random.nextInt(3) + 1).status())
                    .as(where)
                    .hasToString(used.get(0).status().toString());
            String text = Files.readString(fixture.file);
            assertThat(text).as(where).isEqualTo(LockedJson.text((ObjectNode) file()));
        }
    }

    private String answer(MultiRunner one, int step, int what, int which) {
        one.expire(); // a refusal leaves what is due to the next change
        try {
            if (what < 6) {
                return one.assign(task(
                                "t" + step,
                                List.of("light", "standard", "gpu_light", "gpu_heavy")
                                        .get(which % 4)))
                        .toString();
            }
            if (what < 9) {
                return one.complete(String.format("runner-%03d", which + 1), what == 8)
                        .toString();
            }
            return one.scale(20 + which % 30, fixture.twoGpus(), PoolFixture.OVERCOMMITTED)
                    .toString();
        } catch (MultiRunnerException refused) {
            return refused.reason().toString();
        }
    }

    @Test
    @DisplayName("SLATE-W8: of 1 000 tasks on 50 runners each is served exactly once")
    void allTasksAreServedOnce() {
        serve(fixture.memory(), 1000);
    }

    @Test
    @DisplayName("SLATE-W8: the same with 100 tasks in a file, each call as another process would make it")
    void allTasksInAFileAreServedOnce() {
        serve(pool, 100);
    }

    private void serve(MultiRunner from, int tasks) {
        fixture.fifty(from);
        List<String> served = new ArrayList<>();
        List<String> busy = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
            var place = from.assign(task("t" + i));
            if (place.isAssigned()) {
                busy.add(place.runner().id());
            }
        }
        while (!busy.isEmpty()) {
            var end = from.complete(busy.remove(0), false);
            served.add(end.task());
            end.started().forEach(next -> busy.add(next.runner().id()));
        }
        assertThat(served).hasSize(tasks).doesNotHaveDuplicates();
        assertThat(from.status().runners().stream()
                        .mapToLong(PoolRunner::tasksCompleted)
                        .sum())
                .isEqualTo(tasks);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unforced", "forced", "logged"})
    void aPoolThatWasInitialisedAgainIsNotUndoneByTheNextVerb(String mode) {
        var builder = MultiRunner.builder(fixture.file).time(fixture.time());
        MultiRunner pool = switch (mode) {
            case "logged" -> builder.logged().build();
            case "unforced" -> builder.unforced().build();
            default -> builder.build();
        };
        fixture.fifty(pool);
        String id = pool.assign(task("a")).runner().id();
        pool.complete(id, false);
        pool.initialise(CapacityPreset.MINIMAL, fixture.twoGpus(), PoolFixture.OVERCOMMITTED, false);
        pool.assign(task("b"));
        assertThat(pool.status().runners()).hasSize(2);
    }
}
