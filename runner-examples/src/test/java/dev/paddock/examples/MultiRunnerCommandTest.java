package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.capacity.CapacityPreset;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command of the multi-runner: what it prints, and its exit codes. */
class MultiRunnerCommandTest {
    static final String TWO_GPUS = """
            {"cores": 24, "memory": "64 GiB", "gpus": [
              {"id": "GPU-a", "memory": "16384 MiB"}, {"id": "GPU-b", "memory": "16384 MiB"}]}
            """;

    @TempDir
    private Path folder;

    private Path state;
    private Path host;

    private record Ended(int code, String output) {}

    @BeforeEach
    void describe() throws Exception {
        state = folder.resolve(".slate_runners.json");
        host = Files.writeString(folder.resolve("host.json"), TWO_GPUS);
    }

    /** In this process; standard error comes with standard output. */
    private Ended multiRunner(String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of("multi-runner", "--workspace", folder.toString()));
        all.addAll(List.of(args));
        PrintStream out = System.out;
        PrintStream err = System.err;
        var bytes = new ByteArrayOutputStream();
        try (var both = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(both);
            System.setErr(both);
            int code = Main.run(all.toArray(String[]::new));
            return new Ended(code, bytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private Ended initialised() throws Exception {
        return multiRunner(
                "--init",
                "--preset",
                "dual_gpu_scaled",
                "--host",
                host.toString(),
                "--overcommit",
                "4",
                "--no-headroom");
    }

    @Test
    void aPoolIsMadeAndItsRowsArePrinted() throws Exception {
        Ended init = initialised();
        assertThat(init.code()).isZero();
        assertThat(init.output().lines())
                .contains(
                        "Initialized 50 runners",
                        "  Strategy: dual_gpu_scaled",
                        "  Total Runners: 50",
                        "  Parallel Workflows: 8",
                        "    GPU 0: 1x gpu_heavy",
                        "    GPU 0: 4x gpu_light",
                        "    GPU 1: 6x gpu_light",
                        "    GPU 1: 4x standard",
                        "    CPU:  10x standard",
                        "    CPU:  25x light");
        assertThat(multiRunner().output()).contains("Total Runners: 50", "GPU 0: 5 runners", "GPU 1: 10 runners");
        assertThat(new ObjectMapper()
                        .readTree(multiRunner("--json").output())
                        .path("total_runners")
                        .intValue())
                .isEqualTo(50);
    }

    @Test
    void aTaskIsAssignedQueuedAndCompleted() throws Exception {
        multiRunner("--init", "--minimal", "--host", host.toString());
        assertThat(multiRunner("--assign", "lint").output()).contains("Assigned task 'lint' to slate-light-02");
        assertThat(multiRunner("--assign", "tests", "--profile", "standard").output())
                .contains("Assigned task 'tests' to slate-standard-01 (runner-001)");
        Ended queued = multiRunner("--assign", "more", "--memory", "512MiB");
        assertThat(queued.code()).isZero();
        assertThat(queued.output()).contains("Queued task 'more' at position 1");
        assertThat(multiRunner("--queue").output()).contains("1 tasks wait", "more");
        Ended completed = multiRunner("--complete", "runner-001");
        assertThat(completed.code()).isZero();
        assertThat(completed.output())
                .contains("Completed task for runner runner-001", "Assigned task 'more' to slate-standard-01");
        assertThat(multiRunner("--complete", "runner-001", "--failed").output())
                .contains("Failed task for runner runner-001");
        assertThat(multiRunner().output()).containsPattern("Error: +1");
    }

    @Test
    void whateverATaskIsCalledItHasOneLine() throws Exception {
        multiRunner("--init", "--minimal", "--host", host.toString());
        String name = "a\nAssigned \u001b[31m漢";
        assertThat(multiRunner("--assign", name).output())
                .isEqualTo("Assigned task 'a?Assigned ?[31m漢' to slate-light-02 (runner-002)\n");
        multiRunner("--assign", "tests");
        assertThat(multiRunner("--assign", name).output()).isEqualTo("Queued task 'a?Assigned ?[31m漢' at position 1\n");
        assertThat(multiRunner("--queue").output()).startsWith("1 tasks wait\n   1  a?Assigned ?[31m漢  since ");
        Ended refused = multiRunner("--assign", name, "--gpu-memory", "80GiB");
        assertThat(refused.output()).startsWith("task a?Assigned ?[31m漢 asks for");
    }

    @Test
    void jsonIsUtf8WhateverTheTerminalIs() throws Exception {
        multiRunner("--init", "--minimal", "--host", host.toString());
        multiRunner("--assign", "é漢");
        PrintStream out = System.out;
        var bytes = new ByteArrayOutputStream();
        try (var ascii = new PrintStream(bytes, true, StandardCharsets.US_ASCII)) {
            System.setOut(ascii);
            Main.run("multi-runner", "--workspace", folder.toString(), "--json");
        } finally {
            System.setOut(out);
        }
        assertThat(new ObjectMapper()
                        .readTree(bytes.toByteArray())
                        .at("/runners/1/task")
                        .textValue())
                .isEqualTo("é漢");
    }

    private JsonNode json(String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of(args));
        all.add("--json");
        return new ObjectMapper()
                .readTree(multiRunner(all.toArray(String[]::new)).output());
    }

    @Test
    void eachVerbThatChangesThePoolPrintsJsonIfAsked() throws Exception {
        multiRunner("--init", "--minimal", "--host", host.toString());
        assertThat(json("--assign", "a\nb", "--profile", "light"))
                .hasToString("{\"task\":\"a\\nb\",\"runner\":{\"id\":\"runner-002\",\"name\":\"slate-light-02\","
                        + "\"profile\":\"light\",\"gpu\":1},\"position\":null,\"started\":[]}");
        json("--assign", "b");
        assertThat(json("--assign", "c")).hasToString("{\"task\":\"c\",\"runner\":null,\"position\":1,\"started\":[]}");
        JsonNode end = json("--complete", "runner-002", "--failed");
        assertThat(end).hasToString("{\"task\":\"a\\nb\",\"runner\":\"runner-002\",\"failed\":true,\"started\":[]}");
        end = json("--complete", "runner-001");
        assertThat(end.at("/started/0/task").textValue()).isEqualTo("c");
        assertThat(end.at("/started/0/runner/id").textValue()).isEqualTo("runner-001");
        assertThat(json("--scale", "1", "--host", host.toString()))
                .hasToString("{\"before\":2,\"after\":1,\"added\":[],\"removed\":[\"runner-002\"],\"draining\":[],"
                        + "\"started\":[]}");
        multiRunner("--assign", "d");
        JsonNode scaled = json("--scale", "2", "--host", host.toString());
        assertThat(scaled.at("/added/0").textValue()).isEqualTo("runner-002");
        assertThat(scaled.at("/started/0/task").textValue()).isEqualTo("d");
    }

    /** A runner that has failed long ago, one that is busy, and a task that waits. */
    private void recovered() throws Exception {
        Files.writeString(state, """
                {"runners": [
                  {"id": "r-1", "name": "n-1", "profile": "light", "status": "error", "failed_at": "2020-01-01T00:00:00Z"},
                  {"id": "r-2", "name": "n-2", "profile": "light", "status": "running", "current_task": "t"}],
                 "queue": [{"task": "waits", "queued_at": "2020-01-01T00:00:00Z"}]}
                """);
    }

    @Test
    void whatATaskThatWaitedWasGivenIsPrintedByWhicheverVerb() throws Exception {
        for (String[] verb : new String[][] {
            {"--assign", "t"},
            {"--complete", "r-2"},
            {"--complete", "nobody"},
            {"--scale", "2", "--host", host.toString()},
            {"--watch", "1"}
        }) {
            recovered();
            assertThat(multiRunner(verb).output()).contains("Assigned task 'waits' to n-1 (r-1)\n");
        }
        recovered();
        assertThat(json("--watch", "1").at("/started/0/runner/name").textValue())
                .isEqualTo("n-1");
        assertThat(multiRunner("--watch", "1", "--json").output()).isEmpty();
    }

    @Test
    void aReservationForNobodyIsWarnedOf() throws Exception {
        Files.writeString(
                state,
                "{\"runners\": [{\"id\": \"a\", \"name\": \"a\", \"profile\": \"gpu_light\", \"gpu_id\": 0}],"
                        + " \"gpu_reservation\": {\"0\": [\"gone\"]}}");
        Ended ended = multiRunner("--assign", "t", "--profile", "gpu_light");
        assertThat(ended.code()).isZero();
        assertThat(ended.output()).contains("GPU 0 names no runner of the pool", "[gone]", "Assigned task 't' to a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--status --failed",
                "--assign t --failed",
                "--assign t --task u",
                "--status --force",
                "--benchmark --force",
                "--queue --preset cpu_only",
                "--status --minimal",
                "--queue --host none.json",
                "--status --overcommit 2",
                "--assign t --no-headroom",
                "--queue --profile light",
                "--complete runner-001 --gpu-memory 1GiB",
                "--init --cores 2",
                "--status --memory 1GiB",
                "--queue --priority 3",
                "--complete runner-001 --pid 1",
                "--status --github https://github.com/acme/engine",
                "--queue --token-file none",
                "--status --github-timeout 3",
                "--active-runs --json",
                "--failed"
            })
    void anOptionThatMeansNothingThereEndsWithTwo(String line) throws Exception {
        multiRunner("--init", "--minimal", "--host", host.toString());
        String before = Files.readString(state);
        Ended ended = multiRunner(line.split(" "));
        assertThat(ended.code()).isEqualTo(2);
        String option = line.replaceAll("^--(assign t|complete runner-001|[a-z-]+)( (?=--)|$)", "");
        assertThat(ended.output()).startsWith(option.isEmpty() ? line : option.replaceAll(" .*", ""));
        assertThat(ended.output()).contains(" belongs to ");
        assertThat(Files.readString(state)).isEqualTo(before);
    }

    @Test
    void theHelpNamesAllPresets() throws Exception {
        String help = multiRunner("--help").output().replace("--minimal", "");
        for (CapacityPreset preset : CapacityPreset.values()) {
            assertThat(help).contains(preset.name().toLowerCase(Locale.ROOT));
        }
    }

    @Test
    void whatIsNotPossibleNowEndsWithOne() throws Exception {
        assertThat(multiRunner().code()).isEqualTo(1);
        assertThat(multiRunner("--status").output()).contains("there is no pool of runners in " + state, "--init");
        assertThat(state).doesNotExist();
        initialised();
        assertThat(multiRunner("--complete", "runner-001").code()).isEqualTo(1);
        assertThat(multiRunner("--assign", "t", "--gpu-memory", "80GiB").code()).isEqualTo(1);
        multiRunner("--assign", "t");
        Ended again = initialised();
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.output()).contains("1 tasks run", "force");
        assertThat(multiRunner("--init", "--minimal", "--host", host.toString(), "--force")
                        .code())
                .isZero();
    }

    @Test
    void thePoolIsScaledWithinItsBounds() throws Exception {
        initialised();
        assertThat(multiRunner("--scale", "12", "--host", host.toString()).output())
                .contains("Scaled to 12 runners");
        Ended tooMany = multiRunner("--scale", "51", "--host", host.toString());
        assertThat(tooMany.code()).isEqualTo(2);
        assertThat(tooMany.output()).contains("bound of 50", "SLATE_MAX_RUNNERS");
        assertThat(multiRunner("--scale", "0", "--host", host.toString()).code())
                .isEqualTo(2);
        Ended infeasible = multiRunner("--scale", "49", "--host", host.toString());
        assertThat(infeasible.code()).isEqualTo(1);
        assertThat(infeasible.output()).contains("not scaled to 49", "by cpu");
    }

    @Test
    void wrongUsageEndsWithTwo() throws Exception {
        initialised();
        for (String[] args : new String[][] {
            {"--assign", ""},
            {"--complete", "runner-999"},
            {"--scale", "many"},
            {"--init", "--scale", "3"},
            {"--init", "--preset", "huge", "--host", host.toString()},
            {"--benchmark", "--host", host.toString(), "--profile", "huge"},
            {"--benchmark", "--host", folder.resolve("none.json").toString()},
            {"--benchmark", "--host", host.toString(), "--overcommit", "0"},
            {"--assign", "t", "--gpu-memory", "lots"},
            {"--assign", "t", "--pid", "999999999"},
            {"--watch", "0"},
            {"--nonsense"}
        }) {
            assertThat(multiRunner(args).code()).as(String.join(" ", args)).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{\"runners\": [{\"id", "[]", "{}", "{\"version\": 99, \"runners\": []}"})
    void aStateFileThatCannotBeUsedEndsWithTwoAndIsLeft(String content) throws Exception {
        Files.writeString(state, content);
        for (String[] args : new String[][] {
            {}, {"--json"}, {"--queue"}, {"--assign", "t"}, {"--init", "--minimal", "--host", host.toString()}
        }) {
            Ended ended = multiRunner(args);
            assertThat(ended.code()).isEqualTo(2);
            assertThat(ended.output()).contains(state.toString(), "left as it").doesNotContain("\tat ");
        }
        assertThat(Files.readString(state)).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"cores\": 4, \"memory\": -1}",
                "{\"cores\": 0, \"memory\": 1}",
                "{\"cores\": NaN, \"memory\": 1}",
                "{\"cores\": 4, \"memory\": 1000000000000000000}",
                "{\"cores\": 4, \"memory\": 1, \"gpus\": [{\"id\": \"G\", \"memory\": 1}, {\"id\": \"G\", \"memory\": 1}]}"
            })
    void aHostFileThatIsNonsenseEndsWithTwoAndIsLeft(String content) throws Exception {
        Files.writeString(host, content);
        Ended ended = multiRunner("--benchmark", "--host", host.toString());
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.output()).contains(host.toString(), "cannot be used").doesNotContain("\tat ");
        assertThat(Files.readString(host)).isEqualTo(content);
    }

    @Test
    void theBenchmarkIsPrintedForADescribedHostAndForThisOne() throws Exception {
        assertThat(multiRunner("--benchmark", "--host", host.toString()).output())
                .contains("Strategy: most_value", "GPU 1: 16,384 / 16,384 MB free");
        assertThat(multiRunner("--benchmark", "--host", host.toString(), "--profile", "light")
                        .output())
                .isEqualTo("light: 24 runners (limited by cpu)\n");
        Ended here = multiRunner("--benchmark", "--json");
        assertThat(here.code()).isZero();
        assertThat(here.output()).contains("\"cpu_cores\"");
        assertThat(state).doesNotExist();
    }

    @Test
    void theInventoryThatIsPrintedIsAHostFile() throws Exception {
        PrintStream out = System.out;
        var bytes = new ByteArrayOutputStream();
        try (var stream = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(stream);
            Main.run("host", "inventory", "--json");
        } finally {
            System.setOut(out);
        }
        Files.write(host, bytes.toByteArray());
        Ended ended = multiRunner("--benchmark", "--host", host.toString());
        assertThat(ended.output()).contains("Runner Capacity by Profile");
        assertThat(ended.code()).isZero();
    }

    @Test
    void theEnvironmentBoundsThePool() throws Exception {
        assertThat(bounded("SLATE_MAX_RUNNERS", "3", "--scale", "4")).isEqualTo(2);
        assertThat(bounded("SLATE_MAX_RUNNERS", "many", "--status")).isEqualTo(2);
        assertThat(bounded("SLATE_RUNNER_TIMEOUT", "0", "--status")).isEqualTo(2);
        assertThat(bounded("SLATE_RUNNER_TIMEOUT", "5", "--init", "--minimal")).isZero();
        assertThat(Files.readString(state)).contains("\"task_timeout_minutes\" : 5");
    }

    private int bounded(String variable, String value, String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "multi-runner",
                "--workspace",
                folder.toString(),
                "--host",
                host.toString()));
        command.addAll(List.of(args));
        var process = new ProcessBuilder(command).redirectErrorStream(true);
        process.environment().put(variable, value);
        Process started = process.start();
        Programs.output(started);
        return started.waitFor();
    }
}
