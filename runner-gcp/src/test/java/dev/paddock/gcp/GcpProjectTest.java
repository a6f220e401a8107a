package dev.paddock.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.event.ExtensionEvent;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What can be said of a project. */
class GcpProjectTest {
    @Test
    @DisplayName("all that contradicts itself is named at once")
    void contradictions() {
        HttpClient follows = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.ALWAYS)
                .build();
        assertThatThrownBy(() -> GcpProject.builder("Acme CI")
                        .endpoint(URI.create("ftp://x/path"))
                        .parallelCalls(0)
                        .proxy(InetSocketAddress.createUnresolved("proxy", 3128))
                        .httpClient(follows)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                        "'Acme CI'", "ftp://x/path", "1 to 1000: 0", "follows redirects", "proxy proxy");
    }

    @Test
    @DisplayName("a token does not travel in the clear, but a simulator on loopback is asked without one")
    void clear() {
        var far = GcpProject.builder("acme-ci").endpoint(URI.create("http://10.0.0.1:80"));
        assertThatThrownBy(far::build).hasMessageContaining("in the clear");
        try (var project = far.credentials(GcpCredentials.none()).build()) {
            assertThat(project.id()).isEqualTo("acme-ci");
        }
        for (String near : new String[] {"http://127.0.0.1:1", "http://localhost", "http://[::1]:1/"}) {
            try (var project =
                    GcpProject.builder("acme-ci").endpoint(URI.create(near)).build()) {
                assertThat(project).hasToString("GcpProject[acme-ci at " + near + ", GcpCredentials[none]]");
            }
        }
    }

    @Test
    @DisplayName("GCE-64: a project shows where its credentials are, and nothing of them; building it asks nothing")
    void shown() {
        try (var project = GcpProject.builder("example.com:acme")
                .credentials(GcpCredentials.keyFile(Path.of("/nowhere/key.json")))
                .build()) {
            assertThat(project)
                    .hasToString("GcpProject[example.com:acme at https://compute.googleapis.com,"
                            + " GcpCredentials[key file /nowhere/key.json]]");
        }
    }

    @Test
    @DisplayName("a provider with a project of its own is opened again after its session was closed")
    void openedAgain() throws Exception {
        try (RecordingScheduler time = new RecordingScheduler()) {
            GcpRunnerProvider provider = GcpRunnerProvider.builder("acme-ci", "t")
                    .zones("us-east1-c")
                    .build();
            closed(provider.open(context(time)));
            RunnerProvider.Session second = provider.open(context(time));
            String failure = second.list()
                    .handle((list, problem) -> problem == null ? "" : Failures.text(problem))
                    .toCompletableFuture()
                    .get(100, TimeUnit.SECONDS);
            assertThat(failure).doesNotContain("closed").doesNotContain("Rejected");
            closed(second);
        }
    }

    @Test
    @DisplayName("a project forgets a session once it is closed")
    void letGo() throws Exception {
        try (RecordingScheduler time = new RecordingScheduler();
                GcpProject project = GcpProject.builder("acme-ci")
                        .endpoint(URI.create("http://127.0.0.1:1"))
                        .build()) {
            GcpRunnerProvider provider =
                    GcpRunnerProvider.builder(project, "t").zones("us-east1-c").build();
            RunnerProvider.Session one = provider.open(context(time));
            RunnerProvider.Session other = provider.open(context(time));
            assertThat(project.users()).isEqualTo(2);
            closed(one);
            assertThat(project.users()).isEqualTo(1);
            closed(other);
            assertThat(project.users()).isZero();
        }
    }

    private static void closed(RunnerProvider.Session session) throws Exception {
        session.close().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static ProviderContext context(Scheduler scheduler) {
        return new ProviderContext() {
            @Override
            public String fleet() {
                return "f";
            }

            @Override
            public long epoch() {
                return 1;
            }

            @Override
            public Scheduler scheduler() {
                return scheduler;
            }

            @Override
            public void observe(RunnerObservation observation) {}

            @Override
            public void publish(ExtensionEvent event) {}
        };
    }

    @Test
    @DisplayName("closing twice is closing once")
    void closeTwice() {
        var project = GcpProject.builder("acme-ci").build();
        project.close();
        project.close();
        assertThat(project.toString()).contains("application default");
    }
}
