package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.runner.RunnerFolder;
import dev.paddock.github.runner.RunnerFolders;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The official runner's folders of this host, joined with what GitHub lists. */
abstract class RunnerFolderConformance extends RestCase {
    @TempDir
    Path workspace;

    private void folder(int number, String name) throws IOException {
        Path folder = Files.createDirectory(workspace.resolve("actions-runner-" + number));
        Files.writeString(folder.resolve(".runner"), "\uFEFF{\"agentId\": 1, \"agentName\": \"" + name + "\"}");
    }

    @Test
    @DisplayName("SLATE-47 fifty runners are all found, on whichever page GitHub lists them")
    void allPagesAreLookedAt() throws IOException {
        registerMany(130);
        for (int i = 81; i <= 130; i++) {
            folder(i, numbered(i).value());
        }
        RunnerFolders.Report report = await(RunnerFolders.in(workspace).look(rest()));
        assertThat(requests(Route.REST_LIST_RUNNERS)).hasSize(2);
        assertThat(report.registered()).hasValue(130);
        assertThat(report.problems()).isEmpty();
        assertThat(report.runners())
                .hasSize(50)
                .allMatch(runner -> runner.status().equals("offline"))
                .allMatch(runner -> runner.labels().contains(LABEL));
    }

    @Test
    void aRunnerThatIsConnectedIsOnline() throws IOException {
        folder(1, R1.value());
        folder(2, "stranger");
        submit("build");
        busy(R1);
        RunnerFolders.Report report = await(RunnerFolders.in(workspace).look(rest()));
        assertThat(report.runners())
                .extracting(runner -> runner.name() + " " + runner.status() + " " + runner.busy())
                .containsExactly(R1.value() + " online true", "stranger not_registered false");
        assertThat(report.allOnline()).isFalse();
    }

    @Test
    @DisplayName("SLATE-24 without an answer of GitHub's the folders are told all the same")
    void withoutGitHubTheFoldersAreTold() throws IOException {
        folder(1, "one");
        faults().next(Route.REST_LIST_RUNNERS, Fault.restError(404, "Not Found"));
        RunnerFolders.Report report = await(RunnerFolders.in(workspace).look(rest()));
        assertThat(report.registered()).isEmpty();
        assertThat(report.problems()).singleElement().asString().contains("could not list the self-hosted runners");
        assertThat(report.runners()).extracting(RunnerFolder::status).containsExactly("unknown");
        assertThat(report.allOnline()).isFalse();
    }

    @Test
    @DisplayName("SLATE-19 nothing is asked before it is needed: no token, no list, no folder")
    void nothingIsAskedBeforeItIsNeeded() {
        var asked = new AtomicInteger();
        var client = rest(REPOSITORY, GitHubCredentials.tokens(() -> {
            asked.incrementAndGet();
            return CompletableFuture.completedStage(TOKEN);
        }));
        var folders = RunnerFolders.in(workspace);
        assertThat(folders.workspace()).isEqualTo(workspace);
        assertThat(asked).hasValue(0);
        assertThat(sim().requests()).isEmpty();
        await(folders.look(client));
        assertThat(asked).hasValue(1);
        assertThat(request(Route.REST_LIST_RUNNERS).path()).contains("/repos/" + REPOSITORY + "/");
    }
}
