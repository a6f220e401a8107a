package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a fleet's JVM as a power cut would, again and again, while its runners work. */
@Tag("ci")
class KillTest {
    private static final int JOBS = 6;
    private static final int KILLS = 3;

    @TempDir
    private Path folder;

    private final Programs programs = new Programs(() -> folder);

    @Test
    void runnersOutliveTheirFleetAndTheNextOneTakesThemUp() throws Exception {
        long seed = System.nanoTime();
        System.out.println("KillTest seed " + seed);
        var dice = new SplittableRandom(seed);
        try (var github = ActionsServiceSimulator.builder()
                .longPoll(Duration.ofMillis(500))
                .sessionTtl(Duration.ofSeconds(1))
                .start()) {
            queue(github);
            for (int kill = 0; kill < KILLS; kill++) {
                Process fleet = fleet(github);
                long lines = 1 + dice.nextInt(30);
                try (BufferedReader log = fleet.inputReader()) {
                    for (long line = 0; line < lines && !allDone(github) && log.readLine() != null; line++) {
                        continue; // the log is the clock, as long as there is work: the kill falls at any point of it
                    }
                } finally {
                    fleet.destroyForcibly().waitFor();
                }
            }
            Process last = fleet(github);
            try (BufferedReader log = last.inputReader()) {
                // A registration made just before a kill has no runner; two looks at the list prove it, and it goes.
                while (!(allDone(github) && github.registrations().isEmpty()) && log.readLine() != null) {
                    continue; // each line is a sign of life
                }
                last.toHandle().destroy(); // unlike Process.destroy, it leaves our end of the pipe open
                log.lines().forEach(line -> {});
            } finally {
                last.destroyForcibly().waitFor();
            }
            assertThat(github.jobs())
                    .as("seed %d", seed)
                    .hasSize(JOBS)
                    .allMatch(job -> job.result().orElse("").equals("succeeded"));
            assertThat(github.registrations()).as("seed %d", seed).isEmpty();
            assertThat(github.sessions()).as("seed %d", seed).isEmpty();
            assertThat(folder.resolve("runners")).as("seed %d", seed).isEmptyDirectory();
        }
    }

    private static void queue(ActionsServiceSimulator github) {
        var workflow = Workflow.builder("ci").repository("acme/engine");
        for (int job = 1; job <= JOBS; job++) {
            workflow.add(WorkflowJob.builder("job-" + job)
                    .labels("gpu")
                    .step(Step.run("work", "sleep 2"))
                    .build());
        }
        github.submit(workflow.build());
    }

    private static boolean allDone(ActionsServiceSimulator github) {
        List<JobRecord> jobs = github.jobs();
        return jobs.stream().allMatch(job -> job.state() == JobRecord.State.DONE);
    }

    private Process fleet(ActionsServiceSimulator github) throws Exception {
        return programs.java(
                List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=debug"),
                "dev.paddock.examples.LocalFleet",
                github.configUrl("acme"),
                programs.standIn().toString());
    }
}
