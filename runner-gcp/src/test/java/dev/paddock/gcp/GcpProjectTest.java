package dev.paddock.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
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
    @DisplayName("closing twice is closing once")
    void closeTwice() {
        var project = GcpProject.builder("acme-ci").build();
        project.close();
        project.close();
        assertThat(project.toString()).contains("application default");
    }
}
