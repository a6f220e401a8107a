package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.testkit.conformance.Transport.Hasty;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with a certificate of its own making, which refuses whoever gets through to it. */
class TlsTest {
    private static final char[] PASSWORD = "conformance".toCharArray();

    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    private final SystemScheduler scheduler = Scheduler.system("tls");
    private KeyStore keys;
    private HttpsServer server;

    @BeforeEach
    void startServer(@TempDir Path folder) throws Exception {
        keys = selfSigned(folder.resolve("keys.p12"));
        var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                connections.incrementAndGet();
                parameters.setSSLParameters(getSSLContext().getDefaultSSLParameters());
            }
        });
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            byte[] body = "{\"message\":\"Bad credentials\"}".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(401, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
        scheduler.close();
    }

    private static KeyStore selfSigned(Path file) throws IOException, InterruptedException, GeneralSecurityException {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=127.0.0.1",
                        "-ext",
                        "SAN=ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        return keys;
    }

    private GitHubException failure(HttpClient http) {
        ScaleSetClient client = ScaleSetClient.builder(
                        "https://127.0.0.1:" + server.getAddress().getPort() + "/my-org",
                        GitHubCredentials.token("ghp_conformance0001"))
                .httpClient(http)
                .scheduler(new Hasty(scheduler))
                .build();
        try {
            throw new AssertionError("succeeded with "
                    + client.runners()
                            .toCompletableFuture()
                            .orTimeout(20, TimeUnit.SECONDS)
                            .join());
        } catch (CompletionException failed) {
            return (GitHubException) failed.getCause();
        }
    }

    @Test
    @DisplayName("GHS-T1 a server nobody vouches for is tried once, and the failure says what to do")
    void aServerNobodyVouchesForIsTriedOnce() {
        GitHubException failure = failure(HttpClient.newHttpClient());
        assertThat(failure.reason()).isEqualTo(Reason.TLS);
        assertThat(failure.isRetryable()).isFalse();
        assertThat(failure).hasMessageContaining("certificate");
        assertThat(connections).hasValue(1);
        assertThat(requests).hasValue(0);
    }

    @Test
    @DisplayName("GHS-T2 GHS-T4 with its authority known the server is heard: status 401 without a challenge")
    void withItsAuthorityKnownTheServerIsHeard() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", keys.getCertificate("server"));
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);

        GitHubException failure =
                failure(HttpClient.newBuilder().sslContext(context).build());
        assertThat(failure.reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(failure.status()).isEqualTo(401);
        assertThat(failure).hasMessageContaining("Bad credentials");
        assertThat(requests).hasValue(1);
    }
}
