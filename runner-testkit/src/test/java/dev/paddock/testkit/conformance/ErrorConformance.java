package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScaleSet;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.github.ScaleSetSession;
import dev.paddock.spi.Registration;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an error reply becomes. */
abstract class ErrorConformance extends Conformance {
    private static final Map<String, String> JSON_TYPE = Map.of("Content-Type", "application/json; charset=utf-8");

    private GitHubException refusal(Fault fault) {
        faults().next(Route.GENERATE_JIT_CONFIG, fault);
        return failure(client().generateJitConfig(42, new RunnerId("r1"), "_work"));
    }

    private static String envelope(String typeName, String message) {
        return "{\"$id\":\"1\",\"innerException\":null,\"message\":\"" + message + "\",\"typeName\":\"" + typeName
                + "\",\"typeKey\":\"\",\"errorCode\":0,\"eventId\":3000}";
    }

    @Test
    @DisplayName("GHS-E1 status, type, message and both ids are told")
    void theEvidenceIsTold() {
        String type = "GitHub.Actions.Runtime.WebApi.SomeException, GitHub.Actions.Runtime.WebApi";
        GitHubException failure =
                refusal(Fault.status(400, envelope(type, "no room left"), Map.of("X-GitHub-Request-Id", "AB12:34CD")));
        assertThat(failure.status()).isEqualTo(400);
        assertThat(failure.typeName()).contains(type);
        assertThat(failure.requestId()).contains("AB12:34CD");
        assertThat(failure.activityId()).get().asString().matches("[0-9a-f-]{36}");
        assertThat(failure)
                .hasMessageContainingAll(
                        "no room left",
                        "AB12:34CD",
                        failure.activityId().orElseThrow(),
                        "/_apis/runtime/runnerscalesets/42/generatejitconfig");
    }

    @Test
    @DisplayName("GHS-E2 an empty body is an unknown error")
    void anEmptyBodyIsAnUnknownError() {
        GitHubException failure = refusal(Fault.status(400));
        assertThat(failure).hasMessageContaining("unknown error");
        assertThat(failure.typeName()).isEmpty();
    }

    @Test
    @DisplayName("GHS-E3 a body that only claims to be JSON is told as it is")
    void aBodyThatIsNotJsonIsTold() {
        GitHubException failure = refusal(Fault.status(400, "{\"message\": broken", JSON_TYPE));
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REQUEST);
        assertThat(failure).hasMessageContaining("{\"message\": broken");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GitHub.DistributedTask.WebApi.TaskAgentExistsException, GitHub.DistributedTask.WebApi",
                "AgentExistsException"
            })
    @DisplayName("GHS-E4 a type is known by its suffix, whatever is around it")
    void aTypeIsKnownByItsSuffix(String type) {
        GitHubException failure = refusal(Fault.status(400, envelope(type, "taken")));
        assertThat(failure.reason()).isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(failure.typeName()).contains(type);
    }

    @Test
    @DisplayName("GHS-E5 an unknown type is kept, and the status decides")
    void anUnknownTypeIsKept() {
        GitHubException failure = refusal(Fault.status(403, envelope("Some.NewException, Some", "no")));
        assertThat(failure.reason()).isEqualTo(Reason.FORBIDDEN);
        assertThat(failure.typeName()).contains("Some.NewException, Some");
    }

    @Test
    @DisplayName("GHS-E6 an error behind a byte order mark is read")
    void anErrorBehindAByteOrderMarkIsRead() {
        GitHubException failure = refusal(Fault.status(409, "\uFEFF" + envelope("AgentExistsException", "taken")));
        assertThat(failure.reason()).isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(failure).hasMessageContaining("taken");
    }

    @Test
    @DisplayName("GHS-E7 a proxy's page is retryable, and cut short")
    void aProxysPageIsCutShort() {
        String page = "<html><body><h1>502 Bad Gateway</h1>" + "<p>sorry</p>".repeat(2000) + "</body></html>";
        faults().next(Route.GET_SCALE_SET, 9, Fault.status(502, page, Map.of("Content-Type", "text/html")));
        GitHubException failure = failure(client().scaleSet(42));
        assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessageContaining("502 Bad Gateway");
        assertThat(failure.getMessage()).hasSizeLessThan(1000);
        assertThat(requests(Route.GET_SCALE_SET)).hasSize(5);
    }

    @Test
    @DisplayName("GHS-E8 no exception tells a secret, though the service repeats them all")
    void noExceptionTellsASecret() {
        ScaleSetClient client = client();
        Scenario scenario = new Scenario(this, client);
        List<Throwable> failures = scenario.play();
        Set<String> secrets = scenario.secrets();
        assertThat(secrets).hasSizeGreaterThanOrEqualTo(6);
        assertThat(failures.subList(0, 5))
                .allSatisfy(failure -> assertThat(failure).hasMessageContaining("refused: "));
        assertThat(failures).hasSize(Scenario.FAILURES).allSatisfy(failure -> {
            var text = new StringWriter();
            failure.printStackTrace(new PrintWriter(text, true));
            assertThat(text.toString()).doesNotContain(secrets);
        });
    }

    /** Calls that fail in every way, at a service that repeats each request's credentials in its refusals. */
    static final class Scenario {
        static final int FAILURES = 6;

        private final Conformance test;
        private final ScaleSetClient client;
        private final Set<String> made = new LinkedHashSet<>();

        Scenario(Conformance test, ScaleSetClient client) {
            this.test = test;
            this.client = client;
        }

        List<Throwable> play() {
            var failures = new ArrayList<Throwable>();
            echo(Route.REGISTRATION_TOKEN, 401);
            failures.add(test.failure(client.runners()));
            echo(Route.RUNNER_REGISTRATION, 403);
            failures.add(test.failure(client.runners()));
            test.faults().clear();
            ScaleSet set = test.createScaleSet(client, SET);
            echo(Route.GET_SCALE_SET, 503);
            failures.add(test.failure(client.scaleSet(set.id())));
            ScaleSetSession session = test.await(client.openSession(set.id(), "tester"));
            echo(Route.POLL, 400);
            failures.add(test.failure(session.nextMessage(0, 1)));
            test.faults().clear();
            test.sim().faults().expireQueueToken(SET);
            test.await(session.nextMessage(0, 1));
            echo(Route.DELETE_MESSAGE, 500);
            failures.add(test.failure(session.deleteMessage(1)));
            Registration registration = test.await(client.register(set.id(), new RunnerId("r1"), "_work"));
            made.add(registration.secret());
            test.faults()
                    .next(
                            Route.GENERATE_JIT_CONFIG,
                            Fault.replaceBody("{\"encodedJITConfig\":\"" + registration.secret() + "\"}"));
            failures.add(test.failure(client.generateJitConfig(set.id(), new RunnerId("r2"), "_work")));
            test.faults().clear();
            test.await(session.close());
            return failures;
        }

        private void echo(Route route, int status) {
            test.faults()
                    .decide(request -> request.route() == route
                            ? Optional.of(Fault.status(
                                    status,
                                    "{\"message\":\"refused: "
                                            + request.header("Authorization").orElse("") + "\"}"))
                            : Optional.empty());
        }

        /** Every credential that went over the wire, and every JIT configuration that came. */
        Set<String> secrets() {
            test.sim().requests().stream()
                    .map(RecordedRequest::headers)
                    .map(headers -> headers.getOrDefault("authorization", ""))
                    .map(header -> header.substring(header.indexOf(' ') + 1))
                    .filter(secret -> !secret.isEmpty())
                    .forEach(made::add);
            return made;
        }
    }
}
