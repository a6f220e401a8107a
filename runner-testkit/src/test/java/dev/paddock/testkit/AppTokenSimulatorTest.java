package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** GitHub Apps: their JWTs, and the tokens of their installations. */
class AppTokenSimulatorTest {
    private static final KeyPair KEYS = keys();
    private static final String ISSUED_AT =
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    private static final String TOO_FAR = "'Expiration time' claim ('exp') is too far in the future";

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException(missing);
        }
    }

    private static RestWorld open(Face face) {
        return RestWorld.open(face, rest -> rest.app("Iv1.abc", 42, KEYS.getPublic()));
    }

    private static String jwt(String header, String claims, KeyPair keys) {
        try {
            String signed = base64(header) + "." + base64(claims);
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(keys.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
        } catch (GeneralSecurityException failure) {
            throw new AssertionError(failure);
        }
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String jwt(long issued, long expires, String issuer) {
        return jwt(
                "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
                "{\"iat\":" + issued + ",\"exp\":" + expires + ",\"iss\":\"" + issuer + "\"}",
                KEYS);
    }

    /** As the official client makes it. */
    private static String jwt(Instant now) {
        return jwt(now.getEpochSecond() - 60, now.getEpochSecond() + 480, "Iv1.abc");
    }

    private static Instant now(RestWorld rest, Face face) {
        return face == Face.IN_MEMORY ? rest.world.time.now() : Instant.now();
    }

    private static Answer exchange(RestWorld rest, String jwt) {
        return exchange(rest, 42, jwt);
    }

    private static Answer exchange(RestWorld rest, long installation, String jwt) {
        String url = rest.api("app/installations/" + installation + "/access_tokens");
        return rest.send("POST", url, "", "Bearer " + jwt);
    }

    /** A token of an installation, of whatever App. */
    static String installationToken(RestWorld rest, Face face) {
        return exchange(rest, jwt(now(rest, face))).json().get("token").textValue();
    }

    private static void assertRefused(Answer answer, String message) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(401);
        assertThat(RestWorld.message(answer)).isEqualTo(message);
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-2.2 an App's JWT becomes a token of its installation, good for an hour")
    void aJwtBecomesAToken(Face face) {
        try (var rest = open(face)) {
            Answer answer = exchange(rest, jwt(now(rest, face)));
            assertThat(answer.status()).as(answer.body()).isEqualTo(201);
            assertThat(answer.json().get("token").textValue()).matches("ghs_[A-Za-z0-9]{36}");
            Instant expires = Instant.parse(answer.json().get("expires_at").textValue());
            assertThat(Duration.between(rest.now(), expires)).isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
            assertThat(answer.json().at("/permissions/administration").textValue())
                    .isEqualTo("write");
            assertThat(answer.json().get("repository_selection").textValue()).isEqualTo("all");
            rest.token = answer.json().get("token").textValue();
            assertThat(rest.post("orgs/acme/actions/runners/registration-token", "")
                            .status())
                    .isEqualTo(201);
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aJwtOutOfItsTimeIsRefusedInGitHubsWords(Face face) {
        try (var rest = open(face)) {
            long now = now(rest, face).getEpochSecond();
            assertRefused(exchange(rest, jwt(now + 120, now + 480, "Iv1.abc")), ISSUED_AT);
            assertRefused(exchange(rest, jwt(now - 60, now + 700, "Iv1.abc")), TOO_FAR);
            Answer expired = exchange(rest, jwt(now - 600, now - 60, "Iv1.abc"));
            assertThat(expired.status()).isEqualTo(401);
            assertThat(RestWorld.message(expired)).startsWith("'Expiration time' claim ('exp') must be a numeric");
            String noNumber = "{\"iat\":\"" + now + "\",\"exp\":" + (now + 480) + ",\"iss\":\"Iv1.abc\"}";
            assertRefused(exchange(rest, jwt("{\"alg\":\"RS256\"}", noNumber, KEYS)), ISSUED_AT);
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void whoIsNotTheAppGetsNoToken(Face face) {
        try (var rest = open(face)) {
            long now = now(rest, face).getEpochSecond();
            String claims = "{\"iat\":" + (now - 60) + ",\"exp\":" + (now + 480) + ",\"iss\":\"Iv1.abc\"}";
            String undecodable = "A JSON web token could not be decoded";
            assertRefused(exchange(rest, jwt("{\"alg\":\"RS256\"}", claims, keys())), undecodable);
            Answer stranger = exchange(rest, jwt(now - 60, now + 480, "Iv1.other"));
            assertThat(stranger.status()).isEqualTo(404);
            assertThat(RestWorld.message(stranger)).isEqualTo("Integration not found");
            Answer elsewhere = exchange(rest, 43, jwt(Instant.ofEpochSecond(now)));
            assertThat(elsewhere.status()).isEqualTo(404);
            rest.assertNoBreach();
            rest.assertBreach(exchange(rest, jwt("{\"alg\":\"none\"}", claims, KEYS)), 401, undecodable);
            rest.assertBreach(exchange(rest, "ghp_x"), 401, undecodable);
            rest.assertBreach(exchange(rest, "a.b.c"), 401, undecodable);
            String noIssuer = "{\"iat\":" + (now - 60) + ",\"exp\":" + (now + 480) + "}";
            rest.assertBreach(exchange(rest, jwt("{\"alg\":\"RS256\"}", noIssuer, KEYS)), 401, "'Issuer' claim");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void withoutARegisteredAppOnlyFormAndTimesAreLookedAt(Face face) {
        try (var rest = RestWorld.open(face)) {
            long now = now(rest, face).getEpochSecond();
            assertThat(exchange(rest, 7, jwt(now - 60, now + 480, "123")).status())
                    .isEqualTo(201);
            assertRefused(exchange(rest, jwt(now - 60, now + 700, "123")), TOO_FAR);
            Answer withBody = rest.send(
                    "POST",
                    rest.api("app/installations/7/access_tokens"),
                    "{}",
                    "Bearer " + jwt(now - 60, now + 480, "123"));
            rest.assertBreach(withBody, 400, "takes no body");
            rest.token = jwt(now - 60, now + 480, "123");
            rest.assertBreach(rest.get("orgs/acme/actions/runners"), 401, "a JWT where a token is wanted");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aTokenThatWasTakenBackIsBad(Face face) {
        try (var rest = open(face)) {
            rest.token =
                    exchange(rest, jwt(now(rest, face))).json().get("token").textValue();
            assertThat(rest.get("orgs/acme/actions/runners").status()).isEqualTo(200);
            rest.simulator.faults().expireInstallationTokens();
            assertRefused(rest.get("orgs/acme/actions/runners"), "Bad credentials");
            rest.token = "ghs_neverissued";
            assertRefused(rest.get("orgs/acme/actions/runners"), "Bad credentials");
            rest.token = "ghp_x";
            assertThat(rest.get("orgs/acme/actions/runners").status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aTokenIsGoodNextToTheOnlyOneAccepted(Face face) {
        var builder = ActionsServiceSimulator.builder().acceptToken("ghp_only");
        try (var rest = RestWorld.open(face, builder)) {
            assertRefused(rest.get("orgs/acme/actions/runners"), "Bad credentials");
            rest.token =
                    exchange(rest, jwt(now(rest, face))).json().get("token").textValue();
            assertThat(rest.get("orgs/acme/actions/runners").status()).isEqualTo(200);
        }
    }

    @Test
    void aTokenExpires() {
        try (var rest =
                RestWorld.open(Face.IN_MEMORY, options -> options.installationTokenLifetime(Duration.ofMinutes(5)))) {
            rest.token = exchange(rest, jwt(rest.world.time.now()))
                    .json()
                    .get("token")
                    .textValue();
            rest.world.time.advance(Duration.ofMinutes(4));
            assertThat(rest.get("orgs/acme/actions/runners").status()).isEqualTo(200);
            rest.world.time.advance(Duration.ofMinutes(1));
            assertRefused(rest.get("orgs/acme/actions/runners"), "Bad credentials");
        }
    }

    private static Instant date(Answer answer) {
        return ZonedDateTime.parse(RestWorld.header(answer, "Date"), DateTimeFormatter.RFC_1123_DATE_TIME)
                .toInstant();
    }

    @Test
    @DisplayName("GHS-2.2 a clock that is wrong shows in the Date header and in what is thought of a JWT")
    void theClockIsWrong() {
        Duration ahead = Duration.ofMinutes(-3);
        try (var rest = RestWorld.open(Face.IN_MEMORY, options -> options.app("Iv1.abc", 42, KEYS.getPublic()))) {
            rest.simulator.faults().clockSkew(ahead);
            Answer refused = exchange(rest, jwt(rest.world.time.now()));
            assertRefused(refused, ISSUED_AT);
            Instant there = date(refused);
            assertThat(Duration.between(rest.world.time.now(), there))
                    .isBetween(ahead.minusSeconds(1), ahead.plusSeconds(1));
            Answer corrected = exchange(rest, jwt(there));
            assertThat(corrected.status()).isEqualTo(201);
            assertThat(Instant.parse(corrected.json().get("expires_at").textValue()))
                    .isBetween(there.plusSeconds(3599), there.plusSeconds(3601));
        }
    }

    @Test
    void aReplyPutInPlaceHasTheDateToo() {
        try (var rest = open(Face.IN_MEMORY)) {
            rest.simulator.faults().next(Route.REST_LIST_RUNNERS, Fault.status(502));
            Answer answer = rest.get("orgs/acme/actions/runners");
            assertThat(answer.status()).isEqualTo(502);
            assertThat(date(answer)).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
        }
    }
}
