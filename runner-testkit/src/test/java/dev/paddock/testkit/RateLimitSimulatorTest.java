package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The budgets of GitHub's REST side. */
class RateLimitSimulatorTest {
    private static final String RUNNERS = "orgs/acme/actions/runners";
    private static final Duration HOUR = Duration.ofHours(1);

    private static long number(Answer answer, String header) {
        return Long.parseLong(RestWorld.header(answer, "x-ratelimit-" + header));
    }

    private static void assertExhausted(Answer answer) {
        assertThat(answer.status()).isEqualTo(403);
        assertThat(RestWorld.message(answer)).startsWith("API rate limit exceeded");
        assertThat(number(answer, "remaining")).isZero();
        assertThat(RestWorld.header(answer, "Retry-After")).isEmpty();
    }

    private static void assertSecondary(Answer answer) {
        assertThat(answer.status()).isEqualTo(403);
        assertThat(RestWorld.message(answer)).contains("secondary rate limit");
        assertThat(answer.json().get("documentation_url").textValue()).endsWith("secondary-rate-limits");
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.9 every reply tells what is left of the 5000 an hour")
    void everyReplyTellsWhatIsLeft(Face face) {
        try (var rest = RestWorld.open(face)) {
            Answer first = rest.get(RUNNERS);
            assertThat(number(first, "limit")).isEqualTo(5000);
            assertThat(number(first, "remaining")).isEqualTo(4999);
            assertThat(number(first, "used")).isEqualTo(1);
            assertThat(RestWorld.header(first, "x-ratelimit-resource")).isEqualTo("core");
            Instant reset = Instant.ofEpochSecond(number(first, "reset"));
            assertThat(Duration.between(rest.now(), reset)).isBetween(HOUR.minusSeconds(1), HOUR.plusSeconds(1));
            Answer second = rest.get(RUNNERS + "/9");
            assertThat(second.status()).isEqualTo(404);
            assertThat(number(second, "remaining")).isEqualTo(4998);
            assertThat(number(second, "reset")).isEqualTo(number(first, "reset"));
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-R4 who has used up the budget is answered 403, others are not")
    void aBudgetIsUsedUp(Face face) {
        try (var rest = RestWorld.open(face, options -> options.rateLimit(2, HOUR))) {
            rest.get(RUNNERS);
            assertThat(rest.post(RUNNERS + "/registration-token", "").status()).isEqualTo(201);
            assertExhausted(rest.get(RUNNERS));
            String tag = RestWorld.header(rest.get(RUNNERS), "ETag");
            assertThat(tag).isEmpty();
            rest.token = "ghp_other";
            assertThat(rest.get(RUNNERS).status()).isEqualTo(200);
            rest.assertNoBreach();
        }
    }

    @Test
    @DisplayName("GHS-R4 the budget is full again when the window ends")
    void aBudgetFillsAgain() {
        try (var rest = RestWorld.open(Face.IN_MEMORY, options -> options.rateLimit(1, Duration.ofMinutes(1)))) {
            Answer first = rest.get(RUNNERS);
            Instant reset = Instant.ofEpochSecond(number(first, "reset"));
            assertExhausted(rest.get(RUNNERS));
            rest.world.time.advance(
                    Duration.between(rest.world.time.now(), reset).minusSeconds(2));
            assertExhausted(rest.get(RUNNERS));
            rest.world.time.advance(Duration.ofSeconds(3));
            assertThat(rest.get(RUNNERS).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.9 the overview is free, and registrations have a budget of their own")
    void theOverviewIsFree(Face face) {
        try (var rest = RestWorld.open(face, options -> options.rateLimit(3, HOUR))) {
            rest.world.register();
            JsonNode overview = rest.get("rate_limit").json();
            assertThat(overview.at("/resources/core/limit").intValue()).isEqualTo(3);
            assertThat(overview.at("/resources/core/remaining").intValue()).isEqualTo(2);
            assertThat(overview.at("/rate/used").intValue()).isEqualTo(1);
            JsonNode registration = overview.at("/resources/actions_runner_registration");
            assertThat(registration.get("limit").intValue()).isEqualTo(10_000);
            assertThat(registration.get("used").intValue()).isEqualTo(1);
            for (int i = 0; i < 5; i++) {
                assertThat(rest.get("rate_limit").status()).isEqualTo(200);
            }
            assertThat(number(rest.get(RUNNERS), "remaining")).isEqualTo(1);
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void withoutACredentialThereAreSixty(Face face) {
        try (var rest = RestWorld.open(face)) {
            String latest = rest.api("repos/actions/runner/releases/latest");
            Answer anonymous = rest.send("GET", latest, "", "");
            assertThat(number(anonymous, "limit")).isEqualTo(60);
            assertThat(number(anonymous, "remaining")).isEqualTo(59);
            assertThat(number(rest.send("GET", latest, "", "Bearer ghp_x"), "limit"))
                    .isEqualTo(5000);
            for (int i = 0; i < 59; i++) {
                rest.send("GET", latest, "", "");
            }
            assertExhausted(rest.send("GET", latest, "", ""));
            assertThat(number(rest.send("GET", rest.api("rate_limit"), "", ""), "limit"))
                    .isEqualTo(60);
            rest.assertBreach(rest.send("GET", rest.api(RUNNERS), "", ""), 401, "no Authorization header");
        }
    }

    @Test
    @DisplayName("GHS-R4 a secondary limit counts points a minute and says how long to wait")
    void aSecondaryLimitCountsPoints() {
        try (var rest = RestWorld.open(Face.IN_MEMORY, options -> options.secondaryRateLimit(11))) {
            assertThat(rest.post(RUNNERS + "/registration-token", "").status()).isEqualTo(201);
            assertThat(rest.post(RUNNERS + "/registration-token", "").status()).isEqualTo(201);
            assertThat(rest.get(RUNNERS).status()).isEqualTo(200);
            Answer limited = rest.get(RUNNERS);
            assertSecondary(limited);
            assertThat(number(limited, "remaining")).isEqualTo(4997);
            assertThat(RestWorld.header(limited, "Retry-After")).isEqualTo("60");
            rest.world.time.advance(Duration.ofSeconds(60));
            assertThat(rest.get(RUNNERS).status()).isEqualTo(200);
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-R4 a secondary limit can be laid on everybody for a while")
    void aSecondaryLimitIsLaidOnEverybody(Face face) {
        try (var rest = RestWorld.open(face)) {
            rest.simulator.faults().limitRest(HOUR);
            Answer limited = rest.get(RUNNERS);
            assertSecondary(limited);
            assertThat(Long.parseLong(RestWorld.header(limited, "Retry-After"))).isBetween(3000L, 3600L);
            if (face == Face.IN_MEMORY) {
                rest.world.time.advance(HOUR);
                assertThat(rest.get(RUNNERS).status()).isEqualTo(200);
            }
        }
    }
}
