package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.runner.InstallationException;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPackage;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class InstallerInMemoryTest extends InstallerConformance {
    private final VirtualTransport virtual = Transport.inMemory(11);

    @Override
    Transport open() {
        return virtual;
    }

    @Test
    void aDownloadThatBreaksAgainAndAgainIsGivenUp() throws IOException {
        for (int i = 0; i < 3; i++) {
            faults().next(Route.PACKAGE_FILE, Fault.status(503));
        }
        InstallationException refused = refusal(installer().fetch());
        assertThat(refused).hasMessageContaining("was answered with 503");
        assertThat(refused.isRetryable()).isTrue();
        assertThat(requests(Route.PACKAGE_FILE)).hasSize(3);
        assertNothingIsLeft();
    }

    @Test
    void aDownloadInWhichNothingComesAnyMoreIsBegunAgain() {
        faults().next(Route.PACKAGE_FILE, new Fault.EndlessBody());
        CompletionStage<RunnerPackage> wanted = installer().fetch();
        virtual.time().advance(Duration.ofSeconds(59));
        assertThat(requests(Route.PACKAGE_FILE)).hasSize(1);
        await(wanted);
        assertThat(requests(Route.PACKAGE_FILE)).hasSize(2);
    }

    @Test
    @DisplayName("RL-R29: a pinned runner that GitHub gives no jobs is not installed")
    void aPinnedRunnerThatGitHubGivesNoJobsIsNotInstalled() {
        RunnerPackage there = await(installer().fetch());
        RunnerInstaller pinned = installer(builder -> builder.pinned(VERSION, there.sha256()));
        String next = "{\"tag_name\":\"v2.337.0\",\"published_at\":\""
                + virtual.scheduler().instant().minus(Duration.ofDays(29)) + "\",\"assets\":[]}";
        faults().next(Route.LATEST_RELEASE, new Fault.ReplaceBody(next));
        await(pinned.install(folder.resolve("a")));
        virtual.time().advance(Duration.ofDays(1));
        faults().next(Route.LATEST_RELEASE, new Fault.ReplaceBody(next));
        assertThat(refusal(pinned.install(folder.resolve("b"))))
                .hasMessage("runner 2.336.0; 2.337.0 came out 30 days ago, and GitHub gives no jobs to runners that are"
                        + " 30 days behind; pin a newer one, or none");
        assertThat(folder.resolve("b")).doesNotExist();
    }

    @Test
    void aVersionThatNobodyUsesLeavesTheCache() throws IOException {
        RunnerPackage old = await(installer().install(folder.resolve("runner")));
        virtual.time().advance(Duration.ofDays(59));
        await(installer().fetch());
        virtual.time().advance(Duration.ofDays(59));
        faults().next(Route.RUNNER_DOWNLOADS, 9, Fault.status(404));
        assertThat(await(installer().fetch())).isEqualTo(old);
        virtual.time().advance(Duration.ofDays(61));
        faults().next(Route.RUNNER_DOWNLOADS, 9, Fault.status(404));
        failure(installer().fetch());
        try (Stream<Path> left = Files.list(old.archive().getParent())) {
            assertThat(left).isEmpty();
        }
    }
}
