package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.HostSlots;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From the host to a fleet. */
@Timeout(180)
class PlanHostTest {
    private static final int MOST = 20;

    @TempDir
    private Path folder;

    private final Programs programs = new Programs(() -> folder);

    @Test
    void fromTheHostToTheFleetItTakesAtMostTwentyLines() throws IOException {
        List<String> code = CompiledLines.of(PlanHost.class).stream()
                .dropWhile(line -> !line.contains("GpuProbe.builder()"))
                .toList();
        assertThat(code).hasSizeLessThanOrEqualTo(MOST);
        assertThat(code.toString())
                .contains("HostProbe", "CapacityPlanner", "LocalRunnerProvider", "RunnerCoordinator");
    }

    @Test
    void eachProfileOfThePlanHasAPoolAndAGpuThatFailsGetsNoMoreJobs() throws Exception {
        var wanted = CapacityRequest.mostValue(RunnerProfile.standardProfiles()).build();
        var slots = HostSlots.of(CapacityPlanner.exact(), TwoGpuHost.inventory(), wanted);
        List<String> plan = slots.plan().explain().lines().toList();
        BlockingQueue<String> deliveries = new LinkedBlockingQueue<>();
        try (var github = ActionsServiceSimulator.builder()
                .longPoll(Duration.ofMillis(500))
                .start()) {
            github.webhook((headers, body) -> deliveries.add(new String(body, StandardCharsets.UTF_8)), "secret");
            Process fleet = programs.java(
                    "dev.paddock.examples.PlanHostProgram",
                    github.configUrl("acme"),
                    programs.standIn().toString());
            try {
                BlockingQueue<String> output = lines(fleet.inputReader());
                expect(output, plan.get(plan.size() - 1));
                for (RunnerProfile profile : slots.profiles()) {
                    submit(github, profile.name(), "self-hosted", profile.name().replace('_', '-'));
                }
                awaitDone(github, deliveries);
                for (RunnerProfile profile : slots.profiles()) {
                    assertThat(devicesSeen(profile.name()))
                            .as("%s", profile)
                            .matches(profile.gpus() > 0 ? "GPU-[01]" : "-1");
                }
                awaitNoRunners(github); // what they held would be planned round, and leave no place for another profile
                fleet.outputWriter().append("GPU-0\n").flush();
                expect(output, plan.get(0).replaceFirst("\\d+", ""));
                submit(github, "after", "self-hosted", "cuda");
                awaitDone(github, deliveries);
                assertThat(devicesSeen("after")).isEqualTo("GPU-1");
                assertThat(slots.profiles())
                        .as("a profile of the next plan alone")
                        .doesNotContain(RunnerProfile.standardProfile("light"));
                submit(github, "later", "light");
                awaitDone(github, deliveries);
                assertThat(devicesSeen("later")).isEqualTo("-1");
                fleet.destroy();
                fleet.waitFor();
            } finally {
                fleet.destroyForcibly().waitFor();
            }
            assertThat(github.registrations()).isEmpty();
            assertThat(folder.resolve("runners")).isEmptyDirectory();
        }
    }

    /** What a program prints, so that nobody waits for ever for its next line. */
    private static BlockingQueue<String> lines(BufferedReader output) {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        var reader = new Thread(() -> output.lines().forEach(lines::add));
        reader.setDaemon(true);
        reader.start();
        return lines;
    }

    private static void expect(BlockingQueue<String> output, String end) throws InterruptedException {
        String line = "";
        while (!line.endsWith(end)) {
            line = output.poll(60, TimeUnit.SECONDS);
            assertThat(line).as("a line that ends with %s", end).isNotNull();
        }
    }

    private void submit(ActionsServiceSimulator github, String name, String... labels) {
        String command = "printf %s \"$CUDA_VISIBLE_DEVICES\" > '" + folder.resolve(name) + "'";
        github.submit(Workflow.builder(name)
                .repository("acme/engine")
                .add(WorkflowJob.builder(name)
                        .labels(labels)
                        .step(Step.run("look", command))
                        .build())
                .build());
    }

    private String devicesSeen(String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    private void awaitNoRunners(ActionsServiceSimulator github) throws IOException, InterruptedException {
        try (var watch = folder.getFileSystem().newWatchService()) {
            folder.resolve("runners").register(watch, StandardWatchEventKinds.ENTRY_DELETE);
            while (!github.registrations().isEmpty() || hasRunners()) {
                WatchKey key = watch.poll(60, TimeUnit.SECONDS);
                assertThat(key).as("%s", github.registrations()).isNotNull();
                key.reset();
            }
        }
    }

    private boolean hasRunners() throws IOException {
        try (var left = Files.list(folder.resolve("runners"))) {
            return left.findAny().isPresent();
        }
    }

    private static void awaitDone(ActionsServiceSimulator github, BlockingQueue<String> deliveries) throws Exception {
        while (!github.jobs().stream().allMatch(job -> job.state() == JobRecord.State.DONE)) {
            assertThat(deliveries.poll(60, TimeUnit.SECONDS))
                    .as("%s", github.jobs())
                    .isNotNull();
        }
        assertThat(github.jobs()).allMatch(job -> job.result().orElse("").equals("succeeded"));
    }
}
