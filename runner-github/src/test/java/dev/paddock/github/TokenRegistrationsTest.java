package dev.paddock.github;

import static dev.paddock.github.RestWorld.RUNNERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.spi.Registration;
import dev.paddock.spi.SelfRegistration;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TokenRegistrationsTest {
    private static final RunnerId R1 = new RunnerId("cpu-abcd-aaaaaaaaaa");
    private static final String TOKENS = "POST " + RUNNERS + "/registration-token";
    private static final String LIST = "GET " + RUNNERS + "?";

    private static final Enrolment PERSISTENT = Enrolment.JIT.persistently();

    private final RestWorld world = new RestWorld();
    private final ManualTime time = world.time;
    private final TokenRegistrations registrations = new TokenRegistrations(world.client);

    private Answer token(String token, Duration left) {
        return Answer.of(
                201,
                "{\"token\":\"" + token + "\",\"expires_at\":\""
                        + time.instant().plus(left) + "\"}");
    }

    private TokenRegistrationsTest nameIsFree() {
        world.on(LIST, 200, "{\"total_count\":0,\"runners\":[]}");
        return this;
    }

    private TokenRegistrationsTest nameIsTaken(String status, boolean busy) {
        world.on(
                LIST,
                200,
                "{\"total_count\":1,\"runners\":[{\"id\":22,\"name\":\"" + R1 + "\",\"status\":\"" + status
                        + "\",\"busy\":" + busy + ",\"labels\":[]}]}");
        return this;
    }

    private static WorkflowJobSettings settings(String group, String workFolder, Enrolment enrolment) {
        return new WorkflowJobSettings(
                GitHubScope.of("http://127.0.0.1:8080/my-org"),
                List.of("self-hosted", "gpu"),
                List.of("my-org/repo"),
                GitHubCredentials.token("ghp_x"),
                group,
                workFolder,
                Duration.ofMinutes(1),
                null,
                GitHubConnection.PLAIN,
                enrolment);
    }

    private static WorkflowJobSettings settings(Enrolment enrolment) {
        return settings("default", "_work", enrolment);
    }

    private Registration made(WorkflowJobSettings settings) {
        return time.await(registrations.make(R1, settings));
    }

    private SelfRegistration self(WorkflowJobSettings settings) {
        return made(settings).self().orElseThrow();
    }

    @Test
    @DisplayName(
            "RL-R6: a registration by token costs one token, made now, and says how the runner is to register itself")
    void oneTokenForOneRunner() {
        nameIsFree();
        world.on(TOKENS, token("AAA-secret", Duration.ofHours(1)), token("BBB-secret", Duration.ofHours(1)));
        Instant now = time.instant();
        Registration made = made(settings("big", "w", PERSISTENT.withUpdates(true)));
        assertThat(made.token()).isEqualTo("AAA-secret");
        assertThat(made.toString()).doesNotContain("secret=A").doesNotContain("AAA");
        assertThat(made.self())
                .hasValue(new SelfRegistration(
                        "http://127.0.0.1:8080/my-org",
                        List.of("self-hosted", "gpu"),
                        Optional.of("big"),
                        "w",
                        false,
                        false,
                        true,
                        now,
                        Optional.of(now.plus(Duration.ofHours(1)))));
        assertThat(made(settings(Enrolment.JIT.withToken())).token()).isEqualTo("BBB-secret");
        assertThat(self(settings(Enrolment.JIT.withToken())).ephemeral()).isTrue();
        assertThat(self(settings(Enrolment.JIT.withToken())).group()).isEmpty();
    }

    @Test
    @DisplayName("RL-A35: a token that expires in 3 minutes is not used, another is made")
    void aTokenThatIsAboutToExpireIsNotUsed() {
        nameIsFree();
        world.on(TOKENS, token("old-secret", Duration.ofMinutes(3)), token("new-secret", Duration.ofHours(1)));
        assertThat(made(settings(PERSISTENT)).token()).isEqualTo("new-secret");
    }

    @Test
    void whereEveryTokenLooksExpiredTheClockIsDoubtedAndNotTheToken() {
        nameIsFree();
        world.on(TOKENS, token("one-secret", Duration.ofHours(-1)), token("two-secret", Duration.ofHours(-1)));
        Registration made = made(settings(PERSISTENT));
        assertThat(made.token()).isEqualTo("two-secret");
        assertThat(made.self().orElseThrow().whyStale(time.instant())).isEmpty();
    }

    @Test
    @DisplayName("A registration of the same name is replaced if it is offline")
    void anOfflineOneIsReplaced() {
        nameIsTaken("offline", false);
        world.on(TOKENS, token("AAA-secret", Duration.ofHours(1)));
        assertThat(self(settings(PERSISTENT)).replace()).isTrue();
    }

    @Test
    @DisplayName("One that is online, busy, or of which nothing is said is not replaced: the failure names it")
    void oneInUseIsNotReplaced() {
        for (var taken : List.of(
                new Taken("online", false, "is online"),
                new Taken("offline", true, "runs a job"),
                new Taken("", false, "is not said to be offline"))) {
            world.service.off(LIST);
            nameIsTaken(taken.status(), taken.busy());
            assertThat(time.failure(registrations.make(R1, settings(PERSISTENT))))
                    .isInstanceOfSatisfying(GitHubException.class, failure -> {
                        assertThat(failure.reason()).isEqualTo(Reason.ALREADY_EXISTS);
                        assertThat(failure.isRetryable()).isFalse();
                    })
                    .hasMessageContaining(
                            "the runner name " + R1 + " is taken by registration 22, which " + taken.words());
        }
    }

    private record Taken(String status, boolean busy, String words) {}

    @Test
    void contradictionsAreNamed() {
        var builder = WorkflowJobListener.builder("http://127.0.0.1:8080/my-org", "a,b", "-c")
                .credentials(GitHubCredentials.token("ghp_x"))
                .repositories("my-org/repo");
        assertThat(builder.build().runnerLabels()).containsExactly("a,b", "-c");
        assertThatThrownBy(builder.disableUpdate(true)::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("disableUpdate is for runners that register themselves");
        assertThatThrownBy(builder.persistent()::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("\"a,b\"")
                .hasMessageContaining("\"-c\"");
    }

    @Test
    void aTokenIsStaleAfterAMinuteAndNearItsEnd() {
        nameIsFree();
        world.on(TOKENS, token("AAA-secret", Duration.ofMinutes(5).plusSeconds(30)));
        SelfRegistration self = self(settings(PERSISTENT));
        Instant now = time.instant();
        assertThat(self.whyStale(now)).isEmpty();
        assertThat(self.whyStale(now.plusSeconds(30))).isEmpty();
        assertThat(self.whyStale(now.plusSeconds(31)).orElseThrow()).contains("less than 5 minutes from now");
        assertThat(self.whyStale(now.plusSeconds(61)).orElseThrow()).contains("61 s old");
    }
}
