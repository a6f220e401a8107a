package dev.paddock.examples;

import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import org.junit.jupiter.api.Test;

/** How a host application tests its own fleet: its settings, a simulated GitHub, machines that are imagined. */
class TestMyFleet {
    private final VirtualTime time = VirtualTime.seeded(42);
    private final ActionsServiceSimulator github =
            ActionsServiceSimulator.builder().inMemory(time);
    private final FakeRunnerProvider machines = FakeRunnerProvider.builder(time.network())
            .program(github.runnerProgram())
            .build();

    @Test
    void aTrainingJobOfTwoHoursRunsToItsEndAndLeavesNothing() {
        var host = time.host("mine");
        var jobs = ScaleSetListener.builder(github.configUrl("acme"), "gpu")
                .credentials(GitHubCredentials.token("ghp_any"))
                .httpClient(github.httpClient(host))
                .build();
        var fleet = RunnerCoordinator.builder(jobs, machines).scheduler(host).start();
        github.submit(Workflow.of("acme/engine", WorkflowJob.taking("train", ofMinutes(120), "gpu")));
        time.advance(ofMinutes(150));
        assertThat(github.jobs()).allMatch(job -> job.result().orElse("").equals("succeeded"));
        time.await(fleet.closeAsync(), ofMinutes(5));
        assertThat(github.registrations()).isEmpty();
        assertThat(machines.machines()).isEmpty();
    }
}
