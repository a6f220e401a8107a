package dev.paddock.testkit.multirunner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityPreset;
import dev.paddock.multirunner.MultiRunner;
import dev.paddock.multirunner.PoolRunner;
import dev.paddock.multirunner.PoolRunner.Status;
import dev.paddock.task.Task;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Many change one pool at a time, and none undoes what another did. */
class MultiRunnerRaceTest {
    private static final int REQUESTS = 40;

    @TempDir
    private Path folder;

    private record Racer(Process process, BufferedReader output) {
        void go() throws IOException {
            Writer go = process.outputWriter();
            go.write('\n');
            go.flush();
        }

        List<String> lines() throws IOException {
            List<String> lines = new ArrayList<>();
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
            }
            return lines;
        }
    }

    private void initialise(MultiRunner pool) {
        var fixture = new PoolFixture(folder);
        var request = CapacityPreset.DUAL_GPU_SCALED.request(fixture.twoGpus()).settings(PoolFixture.OVERCOMMITTED);
        pool.initialise(CapacityPlanner.exact().plan(fixture.twoGpus(), request.build()), 50, true);
    }

    private static Racer racer(Path file, int number, int requests, boolean logged) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RacingProcess.class.getName(),
                        file.toString(),
                        "p" + number,
                        String.valueOf(requests),
                        logged ? "logged" : "")
                .redirectErrorStream(true)
                .start();
        return new Racer(process, process.inputReader());
    }

    @ParameterizedTest
    @CsvSource({"2, whole", "4, mixed", "8, whole", "8, logged"})
    @DisplayName("SLATE-W6: processes that race for 50 runners never share one, and lose nothing")
    void processesNeverShareARunner(int processes, String mode) throws Exception {
        race(processes, mode);
    }

    @Tag("ci")
    @ParameterizedTest
    @CsvSource({"2, mixed", "4, logged", "8, whole"})
    @DisplayName("SLATE-W6: the same, ten times")
    void processesNeverShareARunnerInTenTrials(int processes, String mode) throws Exception {
        for (int trial = 0; trial < 10; trial++) {
            race(processes, mode);
        }
    }

    private void race(int processes, String mode) throws Exception {
        Path file = folder.resolve(".slate_runners.json");
        MultiRunner pool = MultiRunner.builder(file).unforced().build();
        initialise(pool);
        List<Racer> racers = new ArrayList<>();
        for (int i = 0; i < processes; i++) {
            racers.add(racer(
                    file, i, REQUESTS / processes, mode.equals("logged") || (mode.equals("mixed") && i % 2 == 0)));
        }
        for (Racer racer : racers) {
            assertThat(racer.output().readLine()).isEqualTo("ready");
        }
        for (Racer racer : racers) {
            racer.go();
        }
        var assigned = new TreeMap<String, String>();
        for (Racer racer : racers) {
            for (String line : racer.lines()) {
                assertThat(line).matches("p\\d-\\d+ runner-\\d{3}");
                String[] parts = line.split(" ");
                assertThat(assigned.put(parts[1], parts[0])).isNull();
            }
            assertThat(racer.process().waitFor()).isZero();
        }
        assertThat(assigned).hasSize(REQUESTS);
        var written = new TreeMap<String, String>();
        for (PoolRunner runner : pool.status().runners()) {
            runner.task().ifPresent(task -> written.put(runner.id(), task));
        }
        assertThat(written).isEqualTo(assigned);
        assertThat(pool.status().count(Status.RUNNING)).isEqualTo(REQUESTS);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 23})
    void aProcessThatIsKilledHasLostNothingThatItAnswered(int answers) throws Exception {
        Path file = folder.resolve(".slate_runners.json");
        initialise(MultiRunner.builder(file).unforced().build());
        Racer racer = racer(file, 0, REQUESTS, true);
        assertThat(racer.output().readLine()).isEqualTo("ready");
        racer.go();
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < answers; i++) {
            lines.add(racer.output().readLine());
        }
        racer.process().toHandle().destroyForcibly(); // which leaves the output to be read
        lines.addAll(racer.lines());
        racer.process().waitFor();
        MultiRunner pool = MultiRunner.builder(file).unforced().build();
        for (boolean changed : new boolean[] {false, true}) {
            if (changed) {
                pool.assign(Task.of("last"));
            }
            assertThat(pool.status().runners().stream()
                            .flatMap(runner -> runner.task().stream().map(task -> task + " " + runner.id())))
                    .containsAll(lines.stream()
                            .filter(line -> line.matches("p\\d-\\d+ runner-\\d{3}"))
                            .toList());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("SLATE-43: threads that assign and complete never share a runner, and lose no count")
    void threadsNeverShareARunner(boolean inMemory) throws Exception {
        Path file = folder.resolve(".slate_runners.json");
        MultiRunner shared = inMemory ? MultiRunner.inMemory().build() : null;
        MultiRunner first =
                shared == null ? MultiRunner.builder(file).unforced().build() : shared;
        initialise(first);
        int tasks = inMemory ? 2000 : 50;
        var failures = new ConcurrentLinkedQueue<Throwable>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String name = "t" + i;
            MultiRunner own =
                    shared == null ? MultiRunner.builder(file).unforced().build() : shared;
            threads.add(new Thread(() -> {
                try {
                    for (int task = 0; task < tasks; task++) {
                        var place = own.assign(Task.of(name));
                        var end = own.complete(place.runner().id(), false);
                        assertThat(end.task()).isEqualTo(name);
                    }
                } catch (Throwable failure) {
                    failures.add(failure);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(first.status().runners().stream()
                        .mapToLong(PoolRunner::tasksCompleted)
                        .sum())
                .isEqualTo(4L * tasks);
    }

    @Test
    void whoeverReadsWhileOthersWriteSeesAWholePool() throws Exception {
        Path file = folder.resolve(".slate_runners.json");
        MultiRunner pool = MultiRunner.builder(file).unforced().build();
        initialise(pool);
        Racer racer = racer(file, 0, REQUESTS, false);
        assertThat(racer.output().readLine()).isEqualTo("ready");
        racer.go();
        while (racer.process().isAlive()) {
            assertThat(pool.status().runners()).hasSize(50);
        }
        assertThat(pool.status().count(Status.RUNNING)).isEqualTo(REQUESTS);
    }
}
