package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.error.SourceFailedException;
import dev.paddock.github.GitHubConnection;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.conformance.BadInputFleet.End;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody gets who sets something wrong: an error that names the setting and the way out, and no secret. */
class BadInputTest {
    private static final String SECRET = BadInputFleet.SECRET;
    private static final String URL = "https://github.com/acme";

    // ---- the address ---------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "acme",
                "github.com/acme",
                "ftp://github.com/acme",
                "file:///acme",
                "https://",
                "https:///acme",
                "https://github.com",
                "https://github.com/",
                "https://github.com/a/b/c",
                "https://github.com/enterprises/e/x",
                "https://github.com/acme//engine",
                "https://github.com/../acme",
                "https://github.com/a b",
                "https://github.com/acme/eng%2Fine",
                "https://git hub.com/acme",
                "git@github.com:acme/engine.git",
                "${GITHUB_URL}"
            })
    @DisplayName("an address of an unknown shape is refused, with the shapes there are")
    void unknownAddresses(String url) {
        assertThatThrownBy(() -> ScaleSetListener.builder(url, "gpu"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("configUrl")
                .hasMessageContaining("https://github.com/ORG")
                .hasMessageContaining("https://github.com/OWNER/REPO");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://x-access-token:" + SECRET + "@github.com/acme",
                "https://" + SECRET + "@github.com/acme/engine",
                "https://github.com/a/b/c?token=" + SECRET,
                "https://github.com?access_token=" + SECRET,
                SECRET,
                SECRET + "@github.com",
                "https://git hub.com/" + SECRET
            })
    @DisplayName("an address that holds a secret is refused without repeating it")
    void addressesWithSecrets(String url) {
        assertThatThrownBy(() -> ScaleSetListener.builder(url, "gpu"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("configUrl")
                .satisfies(BadInputTest::tellsNoSecret);
    }

    // ---- settings ------------------------------------------------------------------------------------------

    private static ScaleSetListener.Builder listener() {
        return ScaleSetListener.builder(URL, "gpu").credentials(GitHubCredentials.token(SECRET));
    }

    @Test
    @DisplayName("missing credentials are named, with the ways to give them")
    void missingCredentials() {
        assertThatThrownBy(() -> ScaleSetListener.builder(URL, "gpu").build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("gpu")
                .hasMessageContaining("credentials")
                .hasMessageContaining("GitHubCredentials.fromEnvironment()");
    }

    @Test
    @DisplayName("blank settings and settings out of bounds are named")
    void settingsOutOfBounds() {
        refused("scale set's name", () -> ScaleSetListener.builder(URL, " "));
        refused("label", () -> listener().labels("linux", ""));
        refused("runner group", () -> listener().runnerGroup(" "));
        refused("work folder", () -> listener().workFolder(""));
        refused("sessionMaxAge", () -> listener().sessionMaxAge(Duration.ofSeconds(59)));
        refused("sessionMaxAge", () -> listener().sessionMaxAge(Duration.ofDays(-1)));
        refused("private key", () -> GitHubCredentials.app("Iv1", 1, SECRET));
        refused("installationId", () -> GitHubCredentials.app("Iv1", 0, SECRET));
        refused("proxy", () -> GitHubConnection.builder().proxy("ftp://u:" + SECRET + "@proxy:1"));
        refused("connectTimeout", () -> GitHubConnection.builder().connectTimeout(Duration.ZERO));
        refused("idleTimeout", () -> fleet().idleTimeout(Duration.ofSeconds(-1)));
        refused("drainTimeout", () -> fleet().drainTimeout(Duration.ofSeconds(-1)));
        refused("maxRunners", () -> fleet().maxRunners(-1));
        refused("minIdle", () -> fleet().minIdle(-1));
        refused("maxRunnersTotal", () -> fleet().maxRunnersTotal(0));
        refused("fleet", () -> fleet().fleet(" "));
        refused("name", () -> RunnerPool.builder("Not A Name", listener().build(), machines()));
    }

    private static void refused(String setting, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(setting)
                .satisfies(BadInputTest::tellsNoSecret);
    }

    @Test
    @DisplayName("what must not be null is named")
    void nulls() {
        isNull("configUrl", () -> ScaleSetListener.builder(BadInputTest.<String>nothing(), "gpu"));
        isNull("scaleSetName", () -> ScaleSetListener.builder(URL, nothing()));
        isNull("credentials", () -> listener().credentials(nothing()));
        isNull("label", () -> listener().labels("a", nothing()));
        isNull("runnerGroup", () -> listener().runnerGroup(nothing()));
        isNull("workFolder", () -> listener().workFolder(nothing()));
        isNull("httpClient", () -> listener().httpClient(nothing()));
        isNull("connection", () -> listener().connection(nothing()));
        isNull("sessionMaxAge", () -> listener().sessionMaxAge(nothing()));
        isNull("clientId", () -> GitHubCredentials.app(nothing(), 1, SECRET));
        isNull("privateKey", () -> GitHubCredentials.app("Iv1", 1, BadInputTest.<String>nothing()));
        isNull("privateKeyFile", () -> GitHubCredentials.app("Iv1", 1, BadInputTest.<Path>nothing()));
        isNull("proxy", () -> GitHubConnection.builder().proxy(BadInputTest.<String>nothing()));
        isNull("noProxy", () -> GitHubConnection.builder().noProxy("a", nothing()));
        isNull(
                "certificateAuthorities",
                () -> GitHubConnection.builder().certificateAuthorities(BadInputTest.<Path>nothing()));
        isNull("connectTimeout", () -> GitHubConnection.builder().connectTimeout(nothing()));
        isNull("executor", () -> GitHubConnection.builder().build().newHttpClient(nothing()));
        isNull("token", () -> GitHubCredentials.token(nothing()));
        isNull("tokens", () -> GitHubCredentials.tokens(nothing()));
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals", "DataFlowIssue"})
    private static <T> T nothing() {
        return null;
    }

    private static void isNull(String setting, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(NullPointerException.class).hasMessage(setting);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "\n", SECRET + "\nX-Evil: 1", "two words " + SECRET, SECRET + "é"})
    @DisplayName("a token that no header can carry is refused without repeating it")
    void unusableTokens(String token) {
        assertThatThrownBy(() -> GitHubCredentials.token(token))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("GitHubCredentials.token")
                .satisfies(BadInputTest::tellsNoSecret);
    }

    @Test
    @DisplayName("nothing that is printed of a listener tells its token")
    void printedThingsTellNoSecret() {
        ScaleSetListener listener = listener().build();
        assertThat(listener.toString() + listener.id() + GitHubCredentials.token(SECRET))
                .doesNotContain(SECRET)
                .contains("***");
    }

    // ---- contradictions ------------------------------------------------------------------------------------

    private static RunnerProvider machines() {
        return FakeRunnerProvider.builder(new BadInputFleet().time.network()).build();
    }

    private static RunnerCoordinator.Builder fleet() {
        return RunnerCoordinator.builder(listener().build(), machines());
    }

    @Test
    @DisplayName("contradictions within a pool are named, with both values")
    void contradictionsOfAPool() {
        assertThatThrownBy(() -> fleet().minIdle(7).maxRunners(3).start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("default")
                .hasMessageContaining("minIdle 7")
                .hasMessageContaining("maxRunners 3");
    }

    @Test
    @DisplayName("contradictions between pools are all named at once")
    void contradictionsBetweenPools() {
        RunnerProvider machines = machines();
        RunnerPool one = RunnerPool.builder("one", listener().build(), machines)
                .minIdle(4)
                .build();
        RunnerPool same = RunnerPool.builder("one", listener().build(), machines)
                .minIdle(3)
                .build();
        assertThatThrownBy(() -> RunnerCoordinator.builder()
                        .addPool(one)
                        .addPool(same)
                        .maxRunnersTotal(5)
                        .start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("two pools are named one")
                .hasMessageContaining("two pools listen to " + URL + "#gpu")
                .hasMessageContaining("minIdle add up to 7")
                .hasMessageContaining("maxRunnersTotal 5")
                .satisfies(BadInputTest::tellsNoSecret);
    }

    @Test
    @DisplayName("a fleet without a pool is refused, and so is a setting of the pool it does not have")
    void noPool() {
        assertThatThrownBy(() -> RunnerCoordinator.builder().start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("addPool");
        assertThatThrownBy(() -> RunnerCoordinator.builder().maxRunners(3))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("maxRunners")
                .hasMessageContaining("addPool");
    }

    // ---- refused by the service ----------------------------------------------------------------------------

    private static UnaryOperator<ScaleSetListener.Builder> as(GitHubCredentials credentials) {
        return builder -> builder.credentials(credentials);
    }

    private static void endsNaming(End end, String... words) {
        assertThat(end.failure()).isInstanceOf(SourceFailedException.class);
        assertThat(end.failure().getMessage()).contains(words).contains("pool default");
        assertThat(end.states()).endsWith(SourceState.FAILED);
        assertThat(end.told()).doesNotContain(SECRET);
        tellsNoSecret(end.failure());
    }

    @Test
    @DisplayName("a wrong token ends the fleet with an error that names where the token came from")
    void aWrongToken() {
        var fleet = new BadInputFleet(builder -> builder.acceptToken("ghp_theRightOne01"));
        endsNaming(
                fleet.run(as(GitHubCredentials.token(SECRET))),
                "401",
                "given to GitHubCredentials.token",
                "wrong, expired or revoked",
                "set another");
        assertThat(fleet.sim.requests()).extracting(RecordedRequest::route).containsOnly(Route.REGISTRATION_TOKEN);
    }

    @Test
    @DisplayName("a service that repeats the token in its refusal does not make us repeat it")
    void aServiceThatRepeatsSecrets() {
        var fleet = new BadInputFleet();
        fleet.sim.faults().next(Route.REGISTRATION_TOKEN, 99, Fault.status(401, "{\"message\":\"" + SECRET + "?\"}"));
        endsNaming(fleet.run(as(GitHubCredentials.token(SECRET))), "GitHubCredentials.token");
    }

    @ParameterizedTest
    @CsvSource({
        "my-org, admin:org, Self-hosted runners",
        "my-org/engine, scope repo, Administration",
        "enterprises/big, manage_runners:enterprise, classic"
    })
    @DisplayName("a token without the right ends the fleet with an error that names the right it needs")
    void aTokenWithoutTheRight(String path, String right, String otherRight) {
        var fleet = new BadInputFleet(path);
        fleet.sim.faults().next(Route.REGISTRATION_TOKEN, 99, Fault.status(403, "{\"message\":\"Forbidden\"}"));
        endsNaming(
                fleet.run(as(GitHubCredentials.token(SECRET))),
                "403",
                "given to GitHubCredentials.token",
                right,
                otherRight);
    }

    @Test
    @DisplayName("an organization that does not exist, or is not shown, ends the fleet naming configUrl")
    void anUnknownOrganization() {
        var fleet = new BadInputFleet();
        fleet.sim.faults().next(Route.REGISTRATION_TOKEN, 99, Fault.status(404, "{\"message\":\"Not Found\"}"));
        endsNaming(
                fleet.run(as(GitHubCredentials.token(SECRET))),
                "404",
                "configUrl (" + fleet.sim.configUrl("my-org") + ")",
                "does not exist",
                "may not see it");
    }

    @Test
    @DisplayName("a runner group that does not exist ends the fleet naming it")
    void anUnknownRunnerGroup() {
        endsNaming(
                new BadInputFleet()
                        .run(builder -> builder.credentials(GitHubCredentials.token(SECRET))
                                .runnerGroup("gpus")),
                "runner group \"gpus\"",
                "create it",
                "set another runner group");
    }

    @Test
    @DisplayName("a server too old for scale sets ends the fleet saying so")
    void anOldServer() {
        var fleet = new BadInputFleet();
        fleet.sim.faults().next(Route.LIST_SCALE_SETS, 99, Fault.status(501));
        endsNaming(fleet.run(as(GitHubCredentials.token(SECRET))), "501", "too old for scale sets");
        var older = new BadInputFleet();
        older.sim.faults().next(Route.LIST_SCALE_SETS, 99, Fault.status(404));
        endsNaming(older.run(as(GitHubCredentials.token(SECRET))), "404", "an old GitHub Enterprise Server");
    }

    @Test
    @DisplayName("a scale set the service will not make ends the fleet with the service's reason")
    void aScaleSetThatIsNotMade() {
        var fleet = new BadInputFleet();
        fleet.sim
                .faults()
                .next(
                        Route.CREATE_SCALE_SET,
                        99,
                        Fault.status(400, "{\"message\":\"The name is longer than 64 characters.\"}"));
        endsNaming(fleet.run(as(GitHubCredentials.token(SECRET))), "create the scale set", "longer than 64");
    }

    @Test
    @DisplayName("a supplier that gives no token a header can carry ends the fleet naming the supplier")
    void aSupplierOfNonsense() {
        endsNaming(
                new BadInputFleet()
                        .run(as(GitHubCredentials.tokens(
                                () -> CompletableFuture.completedStage("two words " + SECRET)))),
                "GitHubCredentials.tokens",
                "gave no token");
    }

    @Test
    @DisplayName("a supplier that fails is waited for, and named; what it throws is not repeated")
    void aSupplierThatFails() {
        var fleet = new BadInputFleet();
        fleet.start(as(GitHubCredentials.tokens(() -> {
            throw new IllegalStateException("vault says " + SECRET);
        })));
        fleet.time.advance(Duration.ofHours(1));
        assertThat(fleet.detail()).contains("GitHubCredentials.tokens", "IllegalStateException");
        fleet.assertWaitsAndTellsNothing();
    }

    @Test
    @DisplayName("a host that does not answer is waited for, for ever, and named with the setting")
    void anUnreachableHost() {
        var fleet = new BadInputFleet("https://github.example.com", "my-org");
        fleet.start(as(GitHubCredentials.token(SECRET)));
        fleet.time.advance(Duration.ofHours(10));
        assertThat(fleet.detail())
                .contains("cannot reach github.example.com")
                .contains("configUrl (https://github.example.com/my-org)")
                .contains("proxy")
                .contains("next try is in");
        fleet.assertWaitsAndTellsNothing();
    }

    @Test
    @DisplayName(
            "an address that is no GitHub ends nothing by an answer that makes no sense, but says where it came from")
    void anAddressThatIsNoGitHub() {
        var fleet = new BadInputFleet();
        fleet.sim.faults().next(Route.REGISTRATION_TOKEN, 999, Fault.status(201, "<html>" + SECRET + "</html>"));
        fleet.start(as(GitHubCredentials.token(SECRET)));
        fleet.time.advance(Duration.ofMinutes(10));
        assertThat(fleet.detail()).contains("cannot be used", "registration-token");
        fleet.assertWaitsAndTellsNothing();
    }

    @Test
    @DisplayName("a server that moved is named with configUrl, for redirects are not followed")
    void aServerThatMoved() {
        var fleet = new BadInputFleet();
        fleet.sim
                .faults()
                .next(
                        Route.REGISTRATION_TOKEN,
                        999,
                        Fault.status(301, "", Map.of("Location", "https://elsewhere.example.com/")));
        fleet.start(as(GitHubCredentials.token(SECRET)));
        fleet.time.advance(Duration.ofMinutes(1));
        assertThat(fleet.detail()).contains("redirects", "configUrl");
        fleet.assertWaitsAndTellsNothing();
    }

    // ---- logs ----------------------------------------------------------------------------------------------

    /** Levels are fixed when a process starts, so the case runs in one of its own. */
    @Test
    @DisplayName("no log line of any level tells a secret, whatever is set wrong")
    void noLogTellsASecret(@TempDir Path folder) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Logs.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor()).as(Files.readString(output)).isZero();
            String log = Files.readString(output);
            assertThat(log).contains("DEBUG", "WARN", "ERROR", "given to GitHubCredentials.token");
            assertThat(log).doesNotContain(SECRET).doesNotContain("theRightOne");
        } finally {
            process.destroyForcibly();
        }
    }

    /** The process: everything above that gets as far as a log. */
    static final class Logs {
        private Logs() {}

        public static void main(String[] args) {
            var test = new BadInputTest();
            test.aWrongToken();
            test.aServiceThatRepeatsSecrets();
            test.aTokenWithoutTheRight("my-org", "admin:org", "Self-hosted runners");
            test.anUnknownOrganization();
            test.anUnknownRunnerGroup();
            test.aSupplierOfNonsense();
            test.aSupplierThatFails();
            test.anUnreachableHost();
            test.anAddressThatIsNoGitHub();
            PrintStream console = System.err;
            var log = new ByteArrayOutputStream();
            System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
            var fleet = new BadInputFleet();
            fleet.work(as(GitHubCredentials.token(SECRET)));
            System.setErr(console);
            String text = log.toString(StandardCharsets.UTF_8);
            console.print(text);
            assertThat(text).contains("DEBUG").doesNotContain(fleet.secretsSent());
        }
    }

    private static void tellsNoSecret(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            assertThat(String.valueOf(cause.getMessage())).doesNotContain(SECRET);
        }
    }
}
