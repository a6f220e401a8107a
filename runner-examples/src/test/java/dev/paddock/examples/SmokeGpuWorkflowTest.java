package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubRepository;
import dev.paddock.github.RunWatch;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.rest.RunOutcome;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.StandInRunner;
import dev.paddock.testkit.VirtualTime;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The workflow beside the examples, as its file has it, on real processes. */
@Timeout(120)
class SmokeGpuWorkflowTest {
    private static final Path FILE = Path.of("../examples/workflows/smoke-gpu.yml");

    @TempDir
    private Path folder;

    private final AtomicInteger changes = new AtomicInteger();

    /** A host whose driver answers; its Python has no onnxruntime. */
    private Path tools() throws Exception {
        Path tools = Files.createDirectories(folder.resolve("tools"));
        program(tools, "nvidia-smi", "[ \"$1\" != --list-gpus ] || echo 'GPU 0: H200 (UUID: GPU-1)'");
        program(tools, "python3", "exit 1");
        return tools;
    }

    private static void program(Path tools, String name, String body) throws Exception {
        Path file = Files.writeString(tools.resolve(name), "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private RunnerCoordinator fleet(ActionsServiceSimulator github) throws Exception {
        var jobs = ScaleSetListener.builder(github.configUrl("acme"), "smoke")
                .credentials(GitHubCredentials.token("any"))
                .labels("self-hosted", "linux", "gpu")
                .build();
        var machines = LocalRunnerProvider.builder(folder.resolve("runners"), StandInRunner.command())
                .slots(2)
                .environment("PATH", tools() + ":" + System.getenv("PATH"))
                .build();
        return RunnerCoordinator.builder(jobs, machines)
                .maxRunners(2)
                .drainTimeout(Duration.ZERO)
                .on(RunnerStateChanged.class, event -> changes.incrementAndGet())
                .start();
    }

    private static RunOutcome run(GitHubRepository repository) throws Exception {
        long run = repository
                .dispatch("smoke-gpu.yml", "main", Map.of())
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS)
                .runId()
                .orElseThrow();
        return repository
                .watch(run, RunWatch.every(Duration.ofSeconds(1)).withDeadline(Duration.ofSeconds(60)))
                .toCompletableFuture()
                .get(70, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("RL-R43 with ENABLE_GPU_SMOKE false the GPU job is skipped and no runner starts; with true it runs")
    void theVariableIsTheGate() throws Exception {
        try (var github = ActionsServiceSimulator.builder()
                        .longPoll(Duration.ofMillis(200))
                        .start();
                var threads = Scheduler.system("smoke");
                RunnerCoordinator fleet = fleet(github)) {
            github.dispatchable(WorkflowYaml.read(FILE));
            GitHubRepository repository = GitHubClient.builder(
                            github.configUrl("acme/engine"), GitHubCredentials.token("any"))
                    .httpClient(HttpClient.newHttpClient())
                    .scheduler(threads)
                    .build()
                    .repository();

            RunOutcome unset = run(repository);
            repository
                    .variables()
                    .set("ENABLE_GPU_SMOKE", "false")
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
            RunOutcome no = run(repository);
            assertThat(List.of(unset, no)).allSatisfy(outcome -> {
                assertThat(outcome.run().conclusion()).contains("skipped");
                assertThat(outcome.jobs()).singleElement().satisfies(job -> {
                    assertThat(job.conclusion()).isEqualTo("skipped");
                    assertThat(job.runner()).isEmpty();
                });
            });
            assertThat(changes).as("steps of runners").hasValue(0);
            assertThat(fleet.snapshot().runners()).isEmpty();

            repository
                    .variables()
                    .set("ENABLE_GPU_SMOKE", "true")
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
            RunOutcome yes = run(repository);
            assertThat(yes.isSuccess()).as("%s", yes).isTrue();
            assertThat(yes.jobs())
                    .singleElement()
                    .extracting(RunOutcome.Job::name)
                    .isEqualTo("smoke-gpu");
            assertThat(github.jobs().get(2).labels()).contains("gpu");
            assertThat(changes).hasPositiveValue();
        }
    }

    @Test
    @DisplayName("RL-R43 the smoke test runs every night by its schedule, and while the variable says so")
    void itRunsEveryNight() throws Exception {
        VirtualTime time = VirtualTime.seeded(7);
        var github = ActionsServiceSimulator.builder().inMemory(time);
        github.dispatchable(WorkflowYaml.read(FILE));
        VirtualTime.Host host = time.host("client");
        GitHubRepository repository = GitHubClient.builder(
                        github.configUrl("acme/engine"), GitHubCredentials.token("any"))
                .httpClient(github.httpClient(host))
                .scheduler(host)
                .build()
                .repository();
        time.advance(Duration.ofDays(2));
        assertThat(github.jobs()).hasSize(2).allSatisfy(job -> {
            assertThat(job.result()).contains("skipped");
            assertThat(job.finishedAt().orElseThrow().atZone(ZoneOffset.UTC).toLocalTime())
                    .hasToString("03:17");
        });
        var set = repository.variables().set("ENABLE_GPU_SMOKE", "True").toCompletableFuture();
        time.advance(Duration.ofDays(1));
        assertThat(set).isCompleted();
        assertThat(github.jobs().get(2)).extracting(JobRecord::state).isEqualTo(JobRecord.State.QUEUED);
    }
}
