package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** A case about a GitHub App that is registered at the simulator with the public half of its key. */
abstract class AppCase extends Conformance {
    static final String CLIENT_ID = "Iv23liConformance";
    static final long INSTALLATION = 4_200_001;
    static final KeyPair KEYS = keys();
    /** RFC 5208, with a key of 2048 bits: what stands before the key of RFC 8017. */
    private static final int WRAPPING = 26;

    static final String PKCS8 = pem("PRIVATE KEY", KEYS.getPrivate().getEncoded());
    static final String PKCS1 = pem(
            "RSA PRIVATE KEY",
            Arrays.copyOfRange(
                    KEYS.getPrivate().getEncoded(), WRAPPING, KEYS.getPrivate().getEncoded().length));

    static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException(missing);
        }
    }

    static String pem(String label, byte[] content) {
        String lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(content);
        return "-----BEGIN " + label + "-----\n" + lines + "\n-----END " + label + "-----\n";
    }

    /** With the App of the case, and no other. */
    @Override
    ActionsServiceSimulator.Builder settings() {
        return super.settings().rest(options -> options.app(CLIENT_ID, INSTALLATION, KEYS.getPublic()));
    }

    static GitHubCredentials app() {
        return GitHubCredentials.app(CLIENT_ID, INSTALLATION, PKCS1);
    }

    final GitHubClient rest(GitHubCredentials credentials) {
        return GitHubClient.builder(sim().configUrl(ORGANIZATION), credentials)
                .httpClient(transport().httpClient(sim()))
                .scheduler(transport().scheduler())
                .build();
    }

    static String bearer(RecordedRequest request) {
        String header = request.header("Authorization").orElseThrow();
        assertThat(header).startsWith("Bearer ");
        return header.substring("Bearer ".length());
    }

    final void assertTokensFetched(int times) {
        assertThat(requests(Route.INSTALLATION_TOKEN)).hasSize(times);
    }

    final List<Integer> statuses(Route route) {
        return requests(route).stream()
                .map(request -> request.status().orElseThrow())
                .toList();
    }

    /** Nothing a message shows may help to sign. */
    static void assertNoKeyMaterial(String text) {
        PKCS1.lines()
                .filter(line -> !line.startsWith("-"))
                .forEach(line -> assertThat(text).doesNotContain(line));
        PKCS8.lines()
                .filter(line -> !line.startsWith("-"))
                .forEach(line -> assertThat(text).doesNotContain(line));
    }
}
