package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubConnection;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubRepository;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.spi.Registration;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a process of its own plays with every log kept. It fails if the log holds one of the story's secrets. */
final class LogStories {
    enum Story {
        SCALE_SETS,
        APP,
        REST,
        CONNECTION
    }

    private LogStories() {}

    /**
     * Plays a story.
     *
     * @param args its name, and the file for its log
     */
    public static void main(String[] args) throws IOException {
        var log = new ByteArrayOutputStream();
        PrintStream console = System.err;
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            Set<String> secrets = switch (Story.valueOf(args[0])) {
                case SCALE_SETS -> new ScaleSets().play();
                case APP -> new App().play();
                case REST -> new Rest().play();
                case CONNECTION -> playConnection();
            };
            String text = log.toString(StandardCharsets.UTF_8);
            long lines = text.lines()
                    .filter(line -> line.contains("dev.paddock.github"))
                    .count();
            assertThat(secrets).as("secrets").isNotEmpty().allMatch(secret -> secret.length() >= 8);
            assertThat(lines).as("lines logged by the client").isGreaterThan(2);
            assertThat(text).doesNotContain(secrets);
            Files.writeString(Path.of(args[1]), text);
            System.exit(0);
        } catch (RuntimeException | AssertionError failure) {
            failure.printStackTrace(console);
            System.exit(1);
        }
    }

    /** Every credential that went over the wire. */
    private static void addCredentials(Conformance test, Set<String> secrets) {
        for (RecordedRequest request : test.sim().requests()) {
            String header = request.header("Authorization").orElse("");
            String credential = header.substring(header.indexOf(' ') + 1);
            if (!credential.isEmpty()) {
                secrets.add(credential);
                String[] parts = credential.split("\\.", -1);
                secrets.add(parts[parts.length - 1]);
            }
        }
    }

    /** Answers on a route repeat the credential of the request. */
    private static void echo(Conformance test, Route route, int status) {
        test.faults()
                .decide(request -> request.route() == route
                        ? Optional.of(Fault.restError(
                                status,
                                "refused: " + request.header("Authorization").orElse("")))
                        : Optional.empty());
    }

    private static final class ScaleSets extends Conformance {
        @Override
        Transport open() {
            return Transport.socket();
        }

        Set<String> play() {
            openTransport();
            var scenario = new ErrorConformance.Scenario(this, client());
            scenario.play();
            Set<String> secrets = scenario.secrets();
            closeTransport();
            return secrets;
        }
    }

    private static final class App extends AppCase {
        @Override
        Transport open() {
            return Transport.inMemory(61);
        }

        Set<String> play() {
            openTransport();
            String wrong = pem("PRIVATE KEY", keys().getPrivate().getEncoded());
            failure(rest(GitHubCredentials.app(CLIENT_ID, INSTALLATION, wrong)).runners());
            failure(rest(GitHubCredentials.app(CLIENT_ID, 999, PKCS8)).runners());
            faults().clockSkew(Duration.ofMinutes(-20));
            GitHubCredentials credentials = app();
            GitHubClient rest = rest(credentials);
            ScaleSetClient client = ScaleSetClient.builder(sim().configUrl(ORGANIZATION), credentials)
                    .httpClient(transport().httpClient(sim()))
                    .scheduler(transport().scheduler())
                    .build();
            await(rest.runners());
            await(client.runners());
            faults().expireInstallationTokens();
            await(rest.runners());
            for (int status : new int[] {401, 403, 503}) {
                echo(this, Route.REST_LIST_RUNNERS, status);
                failure(rest.runners());
                faults().expireInstallationTokens();
                echo(this, Route.INSTALLATION_TOKEN, status);
                failure(rest.downloads());
                faults().expireAdminTokens();
                echo(this, Route.REGISTRATION_TOKEN, status);
                failure(client.runners());
            }
            String unread = "ghs_inABodyThatCannotBeRead01";
            faults().decide(request -> Optional.empty());
            faults().next(Route.INSTALLATION_TOKEN, Fault.status(201, "{\"token\":\"" + unread + "\","));
            faults().expireInstallationTokens();
            failure(rest.downloads());

            var secrets = new LinkedHashSet<>(Set.of(unread));
            for (String key : List.of(PKCS1, PKCS8, wrong)) {
                key.lines()
                        .filter(line -> !line.startsWith("-") && line.length() >= 8)
                        .forEach(secrets::add);
            }
            addCredentials(this, secrets);
            closeTransport();
            return secrets;
        }
    }

    private static final class Rest extends RestCase {
        private final Set<String> secrets = new LinkedHashSet<>();

        @Override
        Transport open() {
            return Transport.socket();
        }

        Set<String> play() {
            openTransport();
            GitHubClient client = rest();
            secrets.add(await(client.registrationToken()).token());
            secrets.add(await(client.removeToken()).token());
            playRefusals(client);
            playRegistrations(client);
            playLog(client.repository(REPOSITORY));
            addCredentials(this, secrets);
            closeTransport();
            return secrets;
        }

        private void playRefusals(GitHubClient client) {
            faults().next(Route.REST_LIST_RUNNERS, secondaryLimit(Map.of("Retry-After", "1")));
            await(client.runners());
            echo(this, Route.REST_LIST_RUNNERS, 503);
            failure(client.runners());
            echo(this, Route.REST_DELETE_RUNNER, 403);
            failure(client.deleteRunner(7));
            echo(this, Route.REMOVE_TOKEN, 401);
            failure(client.removeToken());
            GitHubRepository repository = client.repository(REPOSITORY);
            echo(this, Route.DISPATCH_WORKFLOW, 422);
            failure(repository.dispatch("ci.yml", "main", Map.of()));
            GitHubClient several =
                    rest(GitHubCredentials.anyOf(GitHubCredentials.token(TOKEN), GitHubCredentials.token(TOKEN + "b")));
            echo(this, Route.RUNNER_DOWNLOADS, 401);
            failure(several.downloads());
            faults().clear();
        }

        private void playRegistrations(GitHubClient client) {
            Registration registration = await(client.generateJitConfig(R1, 1, List.of(LABEL)));
            secrets.add(registration.secret());
            String halfRead = "{\"encoded_jit_config\":\"" + registration.secret() + "\"}";
            faults().next(Route.REST_GENERATE_JIT_CONFIG, Fault.replaceBody(halfRead));
            secrets.add(await(client.generateJitConfig(new RunnerId("r2"), 1, List.of(LABEL)))
                    .secret());
            String token = await(client.removeToken()).token();
            secrets.add(token);
            faults().next(Route.REMOVE_TOKEN, Fault.status(201, "{\"token\":\"" + token + "\","));
            failure(client.removeToken());
            await(client.deleteRunner(id(registration)));
        }

        private void playLog(GitHubRepository repository) {
            long run = submit("build");
            busy(numbered(3)).finish("succeeded");
            long job = await(repository.jobs(run)).get(0).id();
            faults().decide(request -> request.route() == Route.LOG_FILE
                    ? Optional.of(Fault.status(503, "refused: " + request.query()))
                    : Optional.empty());
            failure(repository.jobLog(job));
            faults().clear();
            await(repository.jobLog(job));
            requests(Route.LOG_FILE)
                    .forEach(request -> secrets.add(request.query().substring("sig=".length())));
        }
    }

    private static Set<String> playConnection() {
        String password = "pass%word+1";
        String written = "pass%25word+1";
        try (var server = CannedGitHub.plain()) {
            Map<String, Integer> hosts =
                    Map.of(CannedGitHub.HOST, server.port(), CannedGitHub.SERVICE_HOST, server.port());
            for (String wanted : List.of(password, "another")) {
                try (var proxy = ForwardProxy.demanding("user:" + wanted, hosts)) {
                    var connection = GitHubConnection.builder().proxy("http://user:" + written + "@" + proxy.address());
                    Optional<GitHubException> failure = wanted.equals(password)
                            ? RunnersAsked.by(connection.insecureTls().build(), server.namedUrl())
                            : RunnersAsked.by(connection.build(), server.namedUrl());
                    assertThat(failure.isEmpty()).isEqualTo(wanted.equals(password));
                }
            }
            ForwardProxy gone = ForwardProxy.open(Map.of());
            gone.close();
            var connection = GitHubConnection.builder().proxy("http://user:" + written + "@" + gone.address());
            assertThat(RunnersAsked.by(connection.build(), server.namedUrl())).isPresent();
        }
        byte[] login = ("user:" + password).getBytes(StandardCharsets.UTF_8);
        return Set.of(password, written, Base64.getEncoder().encodeToString(login));
    }
}
