package dev.paddock.github;

import static dev.paddock.github.JobSourceBench.organization;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkflowJobListenerTest {
    @Test
    void itsIdIsTheScopeAndTheLabelsInOrder() {
        assertThat(organization().repositories("acme/engine").build().id())
                .isEqualTo("https://github.com/acme#gpu,linux,self-hosted");
        assertThat(WorkflowJobListener.builder("https://github.com/acme/", "GPU", "gpu")
                        .credentials(GitHubCredentials.token("x"))
                        .repositories("acme/engine")
                        .build())
                .hasToString("https://github.com/acme#gpu");
    }

    @Test
    void aRepositorysRunnersServeThatRepository() {
        var engine = WorkflowJobListener.builder("https://github.com/acme/engine", "gpu")
                .credentials(GitHubCredentials.token("x"));
        assertThat(engine.build().id()).isEqualTo("https://github.com/acme/engine#gpu");
        assertThat(engine.repositories("Acme/Engine").build()).isNotNull();
        assertThatThrownBy(() -> engine.repositories("acme/other").build()).hasMessageContaining("acme/other");
    }

    @Test
    void allThatIsWrongIsToldAtOnce() {
        assertThatThrownBy(() -> WorkflowJobListener.builder("https://github.com/acme/engine", "gpu")
                        .runnerGroup("gpus")
                        .repositories("acme/other", "umbrella/engine")
                        .httpClient(HttpClient.newHttpClient())
                        .connection(GitHubConnection.PLAIN)
                        .build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("needs credentials")
                .hasMessageContaining("httpClient and connection")
                .hasMessageContaining("no group but default: gpus")
                .hasMessageContaining("cannot serve acme/other")
                .hasMessageContaining("cannot serve umbrella/engine");
    }

    @Test
    void somethingMustTellOfJobs() {
        assertThatThrownBy(() -> organization().build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("repositories(…)")
                .hasMessageContaining("webhookSecrets(…)");
        assertThat(organization().webhookSecrets("s").build()).isNotNull();
    }

    @Test
    void anEnterprisesRunnersServeAnyOwner() {
        assertThat(WorkflowJobListener.builder("https://github.com/enterprises/big", "gpu")
                        .credentials(GitHubCredentials.token("x"))
                        .repositories("acme/engine", "umbrella/lab")
                        .build())
                .isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"engine", "acme/", "/engine", "acme/engine/x", "acme/..", "./engine", "acme/en gine", ""})
    void aRepositoryIsNamedByItsOwnerToo(String repository) {
        assertThatThrownBy(() -> organization().repositories(repository))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("owner/name")
                .hasMessageContaining("\"" + repository + "\"");
    }

    @Test
    void labelsAreBounded() {
        assertThatThrownBy(() -> WorkflowJobListener.builder("https://github.com/acme"))
                .hasMessageContaining("1 to 100 labels, not 0");
        String[] many = IntStream.range(0, 101).mapToObj(i -> "l" + i).toArray(String[]::new);
        assertThatThrownBy(() -> WorkflowJobListener.builder("https://github.com/acme", many))
                .hasMessageContaining("not 101");
        assertThatThrownBy(() -> WorkflowJobListener.builder("https://github.com/acme", "gpu", " "))
                .hasMessageContaining("blank");
        assertThatThrownBy(() -> WorkflowJobListener.builder("https://github.com/acme", "x".repeat(257)))
                .hasMessageContaining("256");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0.999S", "PT0S", "PT-1S", "PT1H0.001S"})
    void pollingIsBounded(String interval) {
        assertThatThrownBy(() -> organization().pollInterval(Duration.parse(interval)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 second to 1 hour: " + interval);
    }

    @Test
    void theBoundsOfPollingAreAllowed() {
        organization().pollInterval(Duration.ofSeconds(1)).pollInterval(Duration.ofHours(1));
    }

    @Test
    void blankSettingsAreRefused() {
        assertThatThrownBy(() -> organization().webhookSecrets("good", "")).hasMessageContaining("blank");
        assertThatThrownBy(() -> organization().runnerGroup(" ")).hasMessageContaining("blank");
        assertThatThrownBy(() -> organization().workFolder("")).hasMessageContaining("blank");
    }

    @Test
    void aClientThatFollowsRedirectsIsRefused() {
        HttpClient following = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        assertThatThrownBy(() -> organization().httpClient(following)).hasMessageContaining("redirects");
    }
}
