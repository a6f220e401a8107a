package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.RunnerId;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Credentials of a GitHub App: signatures, installation tokens, and what goes wrong with them. */
abstract class AppConformance extends AppCase {

    // ---- signing -------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-A10 the App's JWT is backdated a minute, good for nine, names its issuer and is signed by RS256")
    void theAppSignsAsGitHubWants() throws GeneralSecurityException {
        await(rest(app()).runners());
        RecordedRequest request = request(Route.INSTALLATION_TOKEN);
        String[] parts = bearer(request).split("\\.", -1);
        assertThat(parts).hasSize(3);
        assertThat(decoded(parts[0])).isEqualTo(json("{\"alg\":\"RS256\",\"typ\":\"JWT\"}"));
        JsonNode claims = decoded(parts[1]);
        assertThat(claims.properties())
                .extracting(claim -> claim.getKey())
                .containsExactlyInAnyOrder("iat", "exp", "iss");
        assertThat(claims.get("iss")).isEqualTo(json("\"" + CLIENT_ID + "\""));
        long issued = claims.get("iat").longValue();
        assertThat(issued)
                .isBetween(request.at().getEpochSecond() - 62, request.at().getEpochSecond() - 58);
        assertThat(claims.get("exp").longValue() - issued).isEqualTo(540);

        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(KEYS.getPublic());
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        assertThat(signature.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
    }

    private static JsonNode decoded(String part) {
        return json(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8));
    }

    static Stream<String> keyTexts() {
        return Stream.of(PKCS1, PKCS8, PKCS1.replace("\n", "\\n"), PKCS8.replace("\n", "\r\n"));
    }

    @ParameterizedTest
    @MethodSource("keyTexts")
    @DisplayName("GHS-A11 a key works as PKCS#1 and as PKCS#8, with escaped line ends and with those of Windows")
    void aKeyWorksInEveryForm(String key) {
        await(client(GitHubCredentials.app(CLIENT_ID, INSTALLATION, key)).runners());
        assertThat(statuses(Route.INSTALLATION_TOKEN)).containsExactly(201);
    }

    @Test
    @DisplayName("GHS-A11 a key works from its file, and what is no key is refused without showing it")
    void aKeyWorksFromItsFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("app.pem"), PKCS1);
        await(client(GitHubCredentials.app(CLIENT_ID, INSTALLATION, file)).runners());
        String broken = PKCS1.substring(0, 200) + PKCS1.substring(300);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubCredentials.app(CLIENT_ID, INSTALLATION, broken))
                .satisfies(refused -> assertNoKeyMaterial(refused.toString()));
    }

    // ---- installation tokens -------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-A12 a scale set's client works with an App: JWT, installation token, registration, admin token")
    void aScaleSetClientWorks() {
        await(client(app()).runners());
        assertThat(sim().requests())
                .extracting(RecordedRequest::route)
                .containsExactly(
                        Route.INSTALLATION_TOKEN,
                        Route.REGISTRATION_TOKEN,
                        Route.RUNNER_REGISTRATION,
                        Route.LIST_RUNNERS);
        RecordedRequest installation = request(Route.INSTALLATION_TOKEN);
        assertThat(installation.path()).isEqualTo("/api/v3/app/installations/" + INSTALLATION + "/access_tokens");
        assertThat(installation.body()).isEmpty();
        assertThat(bearer(installation)).startsWith("ey");
        assertThat(bearer(request(Route.REGISTRATION_TOKEN))).startsWith("ghs_");
    }

    @Test
    @DisplayName("GHS-A12 a listener works with an App, also when its tokens end")
    void aListenerWorks() {
        ListenerProbe probe = newProbe();
        JobSource.Attachment attachment = ScaleSetListener.builder(sim().configUrl(ORGANIZATION), SET)
                .credentials(app())
                .httpClient(transport().httpClient(sim()))
                .build()
                .open(probe, probe);
        attachment.advertise(1);
        until(() -> probe.states.contains(SourceState.CONNECTED), "a listener that is connected");
        faults().expireInstallationTokens();
        faults().expireAdminTokens();
        Jobs.submit(sim(), "build");
        until(() -> !probe.jobEvents().isEmpty(), "the job");
        await(attachment.register(new RunnerId("r1")));
        assertTokensFetched(2);
        assertThat(statuses(Route.REGISTRATION_TOKEN)).containsExactly(201, 401, 201);
        await(attachment.close());
    }

    @Test
    @DisplayName("GHS-A12 one installation token serves many calls of many clients, also those at once")
    void oneTokenServesManyCalls() {
        GitHubCredentials credentials = app();
        GitHubClient first = rest(credentials);
        await(CompletableFuture.allOf(
                first.runners().toCompletableFuture(),
                first.downloads().toCompletableFuture(),
                first.runnerGroups().toCompletableFuture(),
                rest(credentials).removeToken().toCompletableFuture(),
                client(credentials).runners().toCompletableFuture()));
        await(first.runners());
        assertTokensFetched(1);
        String token = bearer(request(Route.RUNNER_DOWNLOADS));
        assertThat(sim().requests())
                .filteredOn(request -> request.path().startsWith("/api/v3/orgs/"))
                .hasSize(6)
                .allSatisfy(request -> assertThat(bearer(request)).isEqualTo(token));
    }

    @Test
    @DisplayName("GHS-A12 an installation token that is refused is fetched anew, once for all calls")
    void aRefusedTokenIsFetchedAnew() {
        GitHubClient client = rest(app());
        await(client.downloads());
        faults().expireInstallationTokens();
        await(CompletableFuture.allOf(
                client.downloads().toCompletableFuture(),
                client.downloads().toCompletableFuture(),
                client.downloads().toCompletableFuture()));
        assertTokensFetched(2);
        assertThat(statuses(Route.RUNNER_DOWNLOADS).stream().filter(status -> status == 200))
                .hasSize(4);
        assertThat(statuses(Route.RUNNER_DOWNLOADS)).contains(401);
    }

    @Test
    @DisplayName("GHS-A12 a call refused with a fresh token too fails, and fetches no third")
    void aCallRefusedTwiceFails() {
        faults().next(Route.RUNNER_DOWNLOADS, 2, Fault.restError(401, "Bad credentials"));
        GitHubException failure = failure(rest(app()).downloads());
        assertThat(failure.reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(failure).hasMessageContaining("the App may have been uninstalled or suspended");
        assertTokensFetched(2);
        assertThat(requests(Route.RUNNER_DOWNLOADS)).hasSize(2);
    }

    @Test
    @DisplayName("GHS-A12 an installation token that comes with 200 is refused, with its status, and not shown")
    void anInstallationTokenComesWith201() {
        faults().next(Route.INSTALLATION_TOKEN, Fault.status(200, "{\"token\":\"ghs_neverShown0001\"}"));
        GitHubException failure = failure(rest(app()).downloads());
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(failure.status()).isEqualTo(200);
        assertThat(failure).hasMessageContaining("200").hasMessageNotContaining("ghs_never");
        assertThat(requests(Route.RUNNER_DOWNLOADS)).isEmpty();
    }

    @Test
    @DisplayName("GHS-A12 an installation token is asked for again while GitHub is in trouble")
    void anInstallationTokenIsAskedForAgain() {
        faults().next(Route.INSTALLATION_TOKEN, Fault.page(502));
        faults().next(Route.INSTALLATION_TOKEN, Fault.loseReply());
        await(rest(app()).downloads());
        assertTokensFetched(3);
        assertThat(requests(Route.RUNNER_DOWNLOADS)).hasSize(1);
    }

    // ---- what is set wrong ---------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-A12 a key of another App is told as such, without the key")
    void aWrongKeyIsTold() {
        String wrong = pem("PRIVATE KEY", keys().getPrivate().getEncoded());
        GitHubCredentials credentials = GitHubCredentials.app(CLIENT_ID, INSTALLATION, wrong);
        for (GitHubException failure : List.of(
                failure(rest(credentials).runners()),
                failure(client(credentials).runners()))) {
            assertThat(failure.reason()).isEqualTo(Reason.UNAUTHORIZED);
            assertThat(failure.status()).isEqualTo(401);
            assertThat(failure)
                    .hasMessageContaining("the private key is another App's or was deleted")
                    .hasMessageContaining(CLIENT_ID);
            assertThat(failure.getMessage())
                    .doesNotContain(wrong.lines().skip(1).limit(1).toList());
            assertNoSignature(failure);
        }
        assertThat(requests(Route.REGISTRATION_TOKEN)).isEmpty();
    }

    private void assertNoSignature(GitHubException failure) {
        requests(Route.INSTALLATION_TOKEN)
                .forEach(request -> assertThat(failure.getMessage())
                        .doesNotContain(bearer(request).split("\\.", -1)[2]));
    }

    @Test
    @DisplayName("GHS-A12 an installation, or an App, that GitHub does not know is told as such")
    void anUnknownInstallationIsTold() {
        for (GitHubCredentials unknown : List.of(
                GitHubCredentials.app(CLIENT_ID, 999, PKCS8),
                GitHubCredentials.app("Iv23liOther", INSTALLATION, PKCS8))) {
            GitHubException failure = failure(rest(unknown).runners());
            assertThat(failure.reason()).isEqualTo(Reason.NOT_FOUND);
            assertThat(failure.status()).isEqualTo(404);
            assertThat(failure)
                    .hasMessageContaining("the App has no such installation")
                    .hasMessageContaining("check the installation id, the client id and configUrl");
            assertNoKeyMaterial(failure.getMessage());
            assertNoSignature(failure);
        }
        assertTokensFetched(2);
    }

    final ScaleSetClient client(GitHubCredentials credentials) {
        return ScaleSetClient.builder(sim().configUrl(ORGANIZATION), credentials)
                .httpClient(transport().httpClient(sim()))
                .scheduler(transport().scheduler())
                .build();
    }
}
