package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StandInRunnerTest {
    private static final String TOKEN = "token-of-the-runner";

    /** What the service answers; a status of 0 drops the connection, of -1 never answers. */
    private record Reply(int status, String body) {}

    private static final Reply CONNECTED = new Reply(200, "{\"sessionId\": \"s-1\"}");
    private static final Reply NO_JOB = new Reply(202, "");
    private static final Reply RENEWED = new Reply(200, "{\"canceled\": false}");
    private static final Reply CANCELED = new Reply(200, "{\"canceled\": true}");
    private static final Reply ACCEPTED = new Reply(204, "");
    private static final Reply DROPPED = new Reply(0, "");
    private static final Reply SILENCE = new Reply(-1, "");

    @TempDir
    Path folder;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Iterator<Reply>> script = new LinkedHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Map<String, CompletableFuture<Boolean>> asked = new LinkedHashMap<>();
    private final List<Process> processes = new ArrayList<>();
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
        for (String verb : List.of("connect", "job", "renew", "finish")) {
            asked.put(verb, new CompletableFuture<>());
        }
        answers("connect", CONNECTED);
        answers("renew", RENEWED, RENEWED, RENEWED, RENEWED, RENEWED, RENEWED, RENEWED, RENEWED);
        answers("finish", ACCEPTED);
    }

    @AfterEach
    void endAll() {
        processes.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            process.onExit().join();
        });
        server.stop(0);
        threads.shutdownNow();
    }

    private void answers(String verb, Reply... replies) {
        script.put(verb, List.of(replies).iterator());
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String path = exchange.getRequestURI().toString();
        String verb = exchange.getRequestURI().getPath().replaceAll(".*/", "");
        requests.add(exchange.getRequestMethod() + " " + path + (body.isEmpty() ? "" : " " + body));
        Reply reply = script.get(verb).next();
        if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            reply = new Reply(403, "");
        }
        asked.get(verb).complete(true);
        if (reply.status() == 0) {
            exchange.close();
        } else if (reply.status() > 0) {
            byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
            // A length of 0 means chunked to this server: both forms are read.
            boolean chunked = verb.equals("connect") && bytes.length > 0;
            exchange.sendResponseHeaders(reply.status(), chunked ? 0 : bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        }
    }

    private static Reply job(String... commands) {
        var steps = new ArrayList<String>();
        for (String command : commands) {
            steps.add("{\"name\": \"step\", \"command\": \"" + command.replace("\"", "\\\"") + "\"}");
        }
        return new Reply(
                200,
                "{\"jobId\": \"j-1\", \"name\": \"b\\u00fcild\", \"repository\": \"acme/engine\", \"steps\": ["
                        + String.join(", ", steps) + "]}");
    }

    private String config() {
        return config("", "ServerUrl", "WorkFolder");
    }

    private String config(String before, String serverUrl, String workFolder) {
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
        String runner = before + "{\"AgentId\": 7, \"" + serverUrl + "\": \"" + url + "\", \"" + workFolder
                + "\": \"_work\", \"Ephemeral\": true, \"Other\": [1, null, {\"a\": -1.5e3}]}";
        String credentials = "{\"Scheme\": \"OAuth\", \"Data\": {\"token\": \"" + TOKEN + "\"}}";
        return base64("{\".runner\": \"" + base64(runner) + "\", \".credentials\": \"" + base64(credentials)
                + "\", \".credentials_rsaparams\": \"" + base64("{}") + "\"}");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private Process start(String config, String... options) throws IOException {
        var builder = new ProcessBuilder(StandInRunner.command(options));
        builder.environment().put("ACTIONS_RUNNER_INPUT_JITCONFIG", config);
        builder.directory(folder.toFile()).redirectErrorStream(true);
        Process process =
                builder.redirectOutput(folder.resolve("runner.log").toFile()).start();
        processes.add(process);
        return process;
    }

    private int run(String config, String... options) throws IOException {
        return start(config, options).onExit().join().exitValue();
    }

    /** What it printed, the times left out. */
    private List<String> log() throws IOException {
        return Files.readAllLines(folder.resolve("runner.log")).stream()
                .map(line -> line.replaceAll("^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\dZ: ", "<ts>: "))
                .filter(line -> !line.isEmpty())
                .toList();
    }

    @Test
    void itConnectsRunsItsOneJobReportsAndEnds() throws IOException {
        answers("job", NO_JOB, job("pwd > ../where; env > ../environment", "echo out"));
        assertThat(run(config())).isZero();
        assertThat(requests)
                .containsExactly(
                        "POST /runner/connect",
                        "GET /runner/job?sessionId=s-1",
                        "GET /runner/job?sessionId=s-1",
                        "POST /runner/jobs/j-1/finish {\"result\":\"succeeded\"}");
        assertThat(log())
                .containsExactly(
                        "√ Connected to GitHub",
                        "Current runner version: '0.0.0-stand-in'",
                        "<ts>: Listening for Jobs",
                        "<ts>: Running job: büild",
                        "<ts>: Job büild completed with result: Succeeded");
        assertThat(folder.resolve("where")).content().endsWith("/_work\n");
        assertThat(folder.resolve("environment"))
                .content()
                .contains("GITHUB_REPOSITORY=acme/engine")
                .doesNotContain("ACTIONS_RUNNER_INPUT_JITCONFIG");
        assertThat(folder.resolve("_work/step-2.log")).hasContent("out");
    }

    @Test
    void aStepThatFailsIsTheLast() throws IOException {
        answers("job", job("exit 3", "touch ../ran"));
        assertThat(run(config())).isZero();
        assertThat(requests).last().asString().contains("\"failed\"");
        assertThat(log()).last().asString().endsWith("completed with result: Failed");
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void aJobIsRenewedAndEndsWhenItIsCanceled() throws IOException {
        answers("job", job("sleep 1000 & echo $! > ../pid; wait"));
        answers("renew", RENEWED, CANCELED);
        assertThat(run(config())).isZero();
        assertThat(requests).endsWith("POST /runner/jobs/j-1/finish {\"result\":\"canceled\"}");
        awaitTheEndOf(folder.resolve("pid"));
    }

    /** It has been killed; its parent is gone, so it takes a moment until it is reaped. */
    private static void awaitTheEndOf(Path pid) throws IOException {
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                .ifPresent(process -> process.onExit().join());
    }

    @Test
    void aJobThatIsNoLongerItsOwnIsGivenUp() throws IOException {
        answers("job", job("sleep 1000"));
        answers("renew", new Reply(404, ""));
        assertThat(run(config())).isZero();
        assertThat(requests).last().isEqualTo("POST /runner/jobs/j-1/renew");
        assertThat(log()).last().asString().startsWith("The runner no longer exists on the server.");
    }

    @Test
    void sigtermEndsItsStepsAndReportsTheJobAsCanceled() throws IOException {
        answers("job", job("sleep 1000 & echo $! > ../pid; wait"));
        Process process = start(config());
        asked.get("renew").join();
        process.toHandle().destroy();
        assertThat(process.onExit().join().exitValue()).isEqualTo(143);
        assertThat(requests).last().asString().contains("\"canceled\"");
        awaitTheEndOf(folder.resolve("pid"));
    }

    @Test
    void sigtermEndsItWhileItWaits() throws IOException {
        answers("job", SILENCE);
        Process process = start(config());
        asked.get("job").join();
        process.toHandle().destroy();
        assertThat(process.onExit().join().exitValue()).isEqualTo(143);
    }

    @ParameterizedTest
    @CsvSource({"401, 1, Failed to create a session.", "409, 5, A session for this runner already exists."})
    void aRegistrationThatIsGoneOrInUseEndsItWithTheOfficialCode(int status, int exitCode, String line)
            throws IOException {
        answers("connect", new Reply(status, "{}"));
        assertThat(run(config())).isEqualTo(exitCode);
        assertThat(log()).last().asString().startsWith(line);
    }

    @Test
    void aRegistrationThatIsDeletedWhileItWaitsEndsItQuietly() throws IOException {
        answers("job", NO_JOB, new Reply(401, ""));
        assertThat(run(config())).isZero();
        assertThat(log()).last().asString().startsWith("The runner no longer exists on the server.");
    }

    @Test
    void whatGoesWrongOnceIsAskedAgain() throws IOException {
        answers("connect", new Reply(503, ""), DROPPED, CONNECTED);
        answers("job", DROPPED, job("true"));
        answers("finish", DROPPED, new Reply(404, ""));
        assertThat(run(config())).isZero();
        assertThat(log().get(0)).isEqualTo("<ts>: Runner connect error: status 503. Retrying until reconnected.");
        assertThat(log().get(1)).isEqualTo("<ts>: Runner reconnected.");
        assertThat(log()).last().asString().endsWith("completed with result: Succeeded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no base64!", "bm8ganNvbg==", "e30="})
    void aConfigurationItCannotUseIsRefusedWithoutShowingIt(String config) throws IOException {
        assertThat(run(config)).isOne();
        assertThat(log()).containsExactly("ACTIONS_RUNNER_INPUT_JITCONFIG holds no JIT configuration");
        assertThat(requests).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"ServerUrl, WorkFolder", "serverUrl, workFolder"})
    @DisplayName("GHS-P5 .runner with a byte order mark, in either case, is read alike")
    void theConfigurationIsReadInEitherForm(String serverUrl, String workFolder) throws IOException {
        answers("job", job("true"));
        assertThat(run(config("\uFEFF", serverUrl, workFolder))).isZero();
        assertThat(folder.resolve("_work")).isDirectory();
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 0", "5, 1", "7, 0", "0, 3", "3, 5", "137, 3"})
    void anOptionEndsItWithACode(int code, int lines) throws IOException {
        assertThat(run(config(), "--exit=" + code)).isEqualTo(code);
        assertThat(log()).hasSize(lines);
        assertThat(requests).hasSize(lines > 1 ? 1 : 0);
    }

    @Test
    void anOptionLetsItBeUpdatedOnce() throws IOException {
        answers("connect", CONNECTED, CONNECTED);
        answers("job", job("true"));
        assertThat(run(config(), "--update", "--once")).isEqualTo(4);
        assertThat(folder.resolve("update.finished")).exists();
        assertThat(log()).endsWith("Runner update in progress, do not shutdown runner.", "Downloading 0.0.1 runner");
        assertThat(run(config(), "--update", "--once")).isZero();
        assertThat(log()).last().asString().endsWith("completed with result: Succeeded");
    }

    @Test
    void anOptionMakesItIgnoreSigterm() throws Exception {
        answers("job", SILENCE);
        Process process = start(config(), "--stubborn");
        asked.get("job").join();
        process.toHandle().destroy();
        assertThat(process.waitFor(500, TimeUnit.MILLISECONDS)).isFalse();
        process.destroyForcibly();
        assertThat(process.onExit().join().exitValue()).isEqualTo(137);
    }

    @Test
    void aLocalProviderRunsItAndSeesWhatItDoes() {
        answers("job", job("true"));
        var seen = new CopyOnWriteArrayList<RunnerObservation>();
        var ended = new CompletableFuture<RunnerObservation>();
        try (var scheduler = Scheduler.system("stand-in")) {
            var session = LocalRunnerProvider.builder(folder.resolve("runners"), StandInRunner.command())
                    .build()
                    .open(new Context(scheduler, seen, ended));
            var id = new RunnerId("cpu-1");
            var request = new ProvisionRequest(id, "cpu", RunnerProfile.any(), Registration.of(id, "7", config()));
            var handle = session.provision(request).toCompletableFuture().join();
            assertThat(ended.join().exitCode()).hasValue(0);
            assertThat(seen)
                    .extracting(RunnerObservation::kind)
                    .containsExactly(
                            RunnerObservation.Kind.LISTENING,
                            RunnerObservation.Kind.WORKING,
                            RunnerObservation.Kind.JOB_DONE,
                            RunnerObservation.Kind.EXITED);
            assertThat(session.remove(handle).toCompletableFuture().join()).isEqualTo(Removal.REMOVED);
            session.close().toCompletableFuture().join();
        }
        assertThat(folder.resolve("runners")).isEmptyDirectory();
    }

    private record Context(
            Scheduler scheduler, List<RunnerObservation> seen, CompletableFuture<RunnerObservation> ended)
            implements ProviderContext {
        @Override
        public String fleet() {
            return "fleet";
        }

        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public void observe(RunnerObservation observation) {
            seen.add(observation);
            if (observation.kind() == RunnerObservation.Kind.EXITED) {
                ended.complete(observation);
            }
        }

        @Override
        public void publish(ExtensionEvent event) {}
    }
}
