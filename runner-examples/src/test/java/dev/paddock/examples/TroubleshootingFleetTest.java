package dev.paddock.examples;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.event.SourceStateChanged;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.WorkflowJobListener;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.FakeJobSource;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.VirtualTime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** What docs/troubleshooting.md quotes of fleets that are short of runners, in virtual time. */
class TroubleshootingFleetTest {
    private final VirtualTime time = VirtualTime.seeded(11);
    private final VirtualTime.Host host = time.host("fleet");
    private final FakeJobSource source = FakeJobSource.of("jobs", time.network());
    private final List<FleetEvent> events = new ArrayList<>();
    private TestInfo test;

    @TempDir
    private Path folder;

    @BeforeEach
    void remember(TestInfo info) {
        test = info;
    }

    private RunnerCoordinator start(
            UnaryOperator<FakeRunnerProvider.Builder> machines, UnaryOperator<RunnerCoordinator.Builder> settings) {
        var provider =
                machines.apply(FakeRunnerProvider.builder(time.network())).build();
        return settings.apply(RunnerCoordinator.builder(source, provider)
                        .fleet("trouble")
                        .scheduler(host)
                        .onEvent(events::add))
                .start();
    }

    private <E extends FleetEvent> E last(Class<E> type) {
        return events.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .reduce((one, next) -> next)
                .orElseThrow();
    }

    @Test
    @DisplayName("jobs that wait for a maximum or for room are explained with what binds them")
    void noMoreRunnersAreMade() throws Exception {
        var fleet = start(machines -> machines.slots(2), settings -> settings.maxRunners(4));
        source.assigned(6);
        time.advance(ofMinutes(2));
        String full = fleet.explain("default").text();
        fleet.pool("default").pause();
        time.advance(ofSeconds(1));
        TroubleshootingPage.quotes(
                test,
                TroubleshootingPage.sentences(full),
                TroubleshootingPage.sentences(fleet.explain("default").text()));
    }

    @Test
    @DisplayName("machines whose runners never connect are told by event and by explanation")
    void runnersNeverConnect() throws Exception {
        var fleet = start(machines -> machines.program(machine -> {}), settings -> settings.maxRunners(1));
        source.assigned(1);
        assertThat(time.advanceUntil(
                        () -> events.stream().anyMatch(ProvisioningFailed.class::isInstance), ofMinutes(30)))
                .isTrue();
        ProvisioningFailed failed = last(ProvisioningFailed.class);
        TroubleshootingPage.quotes(
                test,
                failed.kind() + " in " + failed.stage() + ": " + failed.reason(),
                TroubleshootingPage.sentences(fleet.explain("default").text()));
    }

    @Test
    @DisplayName("a token that GitHub no longer knows is told by the source, with what to do")
    void theTokenHasExpired() throws Exception {
        var github = ActionsServiceSimulator.builder().acceptToken("ghp_new").inMemory(time);
        var jobs = ScaleSetListener.builder(github.configUrl("acme"), "gpu")
                .credentials(GitHubCredentials.token("ghp_expired"))
                .httpClient(github.httpClient(host))
                .build();
        RunnerCoordinator fleet = RunnerCoordinator.builder(
                        jobs, FakeRunnerProvider.builder(time.network()).build())
                .scheduler(host)
                .on(SourceStateChanged.class, events::add)
                .start();
        time.advance(ofMinutes(1));
        SourceStateChanged changed = last(SourceStateChanged.class);
        assertThat(changed.detail()).doesNotContain("ghp_expired");
        TroubleshootingPage.quotes(
                test,
                changed.state() + ": " + changed.detail(),
                TroubleshootingPage.sentences(fleet.explain("default").text()));
    }

    @Test
    @DisplayName("RL-R4 labels of another architecture are refused before a job can be sent there")
    void labelsOfAnotherArchitecture() throws Exception {
        var github = ActionsServiceSimulator.builder().inMemory(time);
        var client = GitHubClient.builder(github.configUrl("acme/engine"), GitHubCredentials.token("ghp_any"))
                .httpClient(github.httpClient(host))
                .scheduler(host)
                .build();
        var installer = RunnerInstaller.builder(client, folder.resolve("cache"))
                .httpClient(github.httpClient(host))
                .scheduler(host)
                .platform(new RunnerPlatform("linux", "x64"))
                .build();
        var machines = LocalRunnerProvider.builder(folder.resolve("runners"), installer)
                .build();
        var jobs = WorkflowJobListener.builder(github.configUrl("acme/engine"), "self-hosted", "linux", "ARM64")
                .credentials(GitHubCredentials.token("ghp_any"))
                .build();
        Throwable refused =
                catchThrowable(() -> RunnerPool.builder("cpu", jobs, machines).build());
        assertThat(refused).isInstanceOf(IllegalStateException.class);
        TroubleshootingPage.quotes(test, refused.getMessage());
    }
}
