package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.paddock.github.GitHubConnection;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server with a certificate of our own making, which refuses whoever gets through to it. */
class TlsTest {
    private static Certificates certificates;

    private CannedGitHub server;

    @BeforeAll
    static void makeCertificates(@TempDir Path folder) {
        certificates = Certificates.make(folder);
    }

    private void serve(String alias) {
        server = CannedGitHub.refusing(certificates.server(alias));
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private GitHubException failure(GitHubConnection.Builder connection) {
        return RunnersAsked.by(connection.build(), server.url()).orElseThrow();
    }

    private static GitHubConnection.Builder trusting(String alias) {
        return GitHubConnection.builder().certificateAuthorities(certificates.pem(alias));
    }

    private void assertHeard(GitHubException failure) {
        assertThat(failure.reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(failure.status()).isEqualTo(401);
        assertThat(failure).hasMessageContaining("Bad credentials");
        assertThat(server.requests()).hasSize(1);
    }

    private void assertDistrusted(GitHubException failure) {
        assertThat(failure.reason()).isEqualTo(Reason.TLS);
        assertThat(failure.isRetryable()).isFalse();
        assertThat(server.connections()).isEqualTo(1);
        assertThat(server.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.ALONE, Certificates.SERVER})
    @DisplayName("GHS-T1 a server nobody vouches for is tried once, and the failure says what to do")
    void aServerNobodyVouchesForIsTriedOnce(String alias) {
        serve(alias);
        GitHubException failure = failure(GitHubConnection.builder());
        assertDistrusted(failure);
        assertThat(failure).hasMessageContaining("GitHubConnection.certificateAuthorities");
    }

    @Test
    @DisplayName("GHS-T2 GHS-T4 with its authority known the server is heard: status 401 without a challenge")
    void withItsAuthorityKnownTheServerIsHeard() throws Exception {
        serve(Certificates.ALONE);
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(certificates.trusting(Certificates.ALONE));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        HttpClient http = HttpClient.newBuilder().sslContext(context).build();
        assertHeard(RunnersAsked.by(http, server.url()).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.ROOT, Certificates.INTERMEDIATE, Certificates.SERVER})
    @DisplayName("GHS-T2 a chain is believed if its root, or only what is below it, is among the authorities")
    void aChainIsBelievedFromWhereItIsKnown(String known) {
        serve(Certificates.SERVER);
        assertHeard(failure(trusting(known)));
    }

    @Test
    @DisplayName("GHS-T2 several authorities in one file are all believed")
    void severalAuthoritiesInOneFile(@TempDir Path folder) throws Exception {
        serve(Certificates.SERVER);
        Path bundle = Files.writeString(
                folder.resolve("bundle.pem"),
                certificates.pem(Certificates.ALONE) + certificates.pem(Certificates.ROOT));
        assertHeard(failure(GitHubConnection.builder().certificateAuthorities(bundle)));
    }

    @Test
    @DisplayName("GHS-T2 another authority does not help")
    void anotherAuthorityDoesNotHelp() {
        serve(Certificates.SERVER);
        assertDistrusted(failure(trusting(Certificates.ALONE)));
    }

    @Test
    @DisplayName("GHS-T2 a certificate for another name is refused, though its authority is known")
    void aCertificateForAnotherNameIsRefused() {
        serve(Certificates.STRANGER);
        GitHubException failure = failure(trusting(Certificates.ROOT));
        assertDistrusted(failure);
        assertThat(failure).hasMessageContaining("No subject alternative names matching IP address 127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.ALONE, Certificates.SERVER, Certificates.STRANGER})
    @DisplayName("GHS-T2 with verification off every server is heard, also under another name")
    void withVerificationOffEveryServerIsHeard(String alias) {
        serve(alias);
        assertHeard(failure(GitHubConnection.builder().insecureTls()));
    }

    @Test
    @DisplayName("GHS-T2 authorities are added to those that Java believes")
    void authoritiesAreAddedToJavasOwn(@TempDir Path folder) throws Exception {
        serve(Certificates.SERVER);
        Path system = folder.resolve("system.p12");
        try (OutputStream out = Files.newOutputStream(system)) {
            certificates.trusting(Certificates.ALONE).store(out, "changeit".toCharArray());
        }
        Path own = Files.writeString(folder.resolve("own.pem"), certificates.pem(Certificates.ROOT));
        try (var other = CannedGitHub.refusing(certificates.server(Certificates.ALONE));
                var unnamed = CannedGitHub.refusing(certificates.server(Certificates.STRANGER))) {
            var properties = List.of(
                    "-Djavax.net.ssl.trustStore=" + system,
                    "-Djavax.net.ssl.trustStorePassword=changeit",
                    "-Djavax.net.ssl.trustStoreType=PKCS12");
            List<String> told =
                    RunnersAsked.inAProcess(properties, "", "", own, server.url(), other.url(), unnamed.url());
            assertThat(told).hasSize(3);
            assertThat(told.get(0)).startsWith("UNAUTHORIZED ");
            assertThat(told.get(1)).startsWith("UNAUTHORIZED ");
            assertThat(told.get(2)).startsWith("TLS ");
        }
    }

    @Test
    void authoritiesThatNobodyAsksAreAContradiction() {
        serve(Certificates.ALONE);
        var builder = trusting(Certificates.ROOT).insecureTls().noProxy("a.com");
        assertThatIllegalStateException()
                .isThrownBy(builder::build)
                .withMessageContaining("noProxy [a.com]")
                .withMessageContaining("insecureTls")
                .withMessageContaining("certificateAuthorities");
        assertThat(trusting(Certificates.ROOT).build()).asString().contains("1 more certificate authorities");
    }
}
