package dev.paddock.github;

import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.ScriptedHttpClient.Sent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A service of canned answers, by the beginning of the request line; it grants tokens by itself. */
final class ScriptedService {
    static final String CONFIG_URL = "http://127.0.0.1:8080/my-org";
    static final String PAT = "ghp_verysecret";
    static final String TOKENS = "POST /api/v3/orgs/my-org/actions/runners/registration-token";
    static final String REGISTRATION = "POST /api/v3/actions/runner-registration";
    static final String TENANT = "/tenant/123";
    static final String SETS = TENANT + "/_apis/runtime/runnerscalesets";
    static final String AGENTS = TENANT + "/_apis/distributedtask/pools/0/agents";
    static final String SESSION_REPLY = "{\"sessionId\":\"4f6f\",\"ownerName\":\"me\",\"runnerScaleSet\":{\"id\":42,"
            + "\"name\":\"gpu\"},\"messageQueueUrl\":\"http://127.0.0.1:8080/scalesets/message?sessionId=4f6f\","
            + "\"messageQueueAccessToken\":\"MQ1-secret\",\"statistics\":{\"totalAssignedJobs\":2}}";

    final ManualTime time = new ManualTime();
    final ScriptedHttpClient http = new ScriptedHttpClient(time, this::answer);
    final ScaleSetClient client = ScaleSetClient.builder(CONFIG_URL, GitHubCredentials.token(PAT))
            .httpClient(http)
            .scheduler(time)
            .build();
    Duration tokenLife = Duration.ofMinutes(10);
    String serviceUrl = "http://127.0.0.1:8080" + TENANT + "/";
    private int tokens;
    private final Map<String, Deque<Function<Sent, Answer>>> script = new LinkedHashMap<>();

    /** Answers the next request whose line begins so; the last answer given is repeated. */
    ScriptedService on(String line, Answer... answers) {
        for (Answer answer : answers) {
            script.computeIfAbsent(line, key -> new ArrayDeque<>()).add(sent -> answer);
        }
        return this;
    }

    ScriptedService on(String line, int status, String body) {
        return on(line, Answer.of(status, body));
    }

    /** Answers every request whose line begins so with what the function makes of it. */
    ScriptedService answering(String line, Function<Sent, Answer> answer) {
        script.put(line, new ArrayDeque<>(List.of(answer)));
        return this;
    }

    /** Forgets the answers to such requests. */
    ScriptedService off(String line) {
        script.remove(line);
        return this;
    }

    ScaleSetSession session() {
        on("POST " + SETS + "/42/sessions", 200, SESSION_REPLY);
        return time.await(client.openSession(42, "me"));
    }

    private Answer answer(Sent sent) {
        String best = script.keySet().stream()
                .filter(line -> sent.line().startsWith(line))
                .reduce("", (one, other) -> other.length() > one.length() ? other : one);
        if (!best.isEmpty()) {
            Deque<Function<Sent, Answer>> answers = script.get(best);
            return (answers.size() > 1 ? answers.poll() : answers.peek()).apply(sent);
        }
        if (sent.line().equals(TOKENS)) {
            return Answer.of(201, "{\"token\":\"REG-secret\",\"expires_at\":\"2026-05-05T11:00:00Z\"}");
        }
        if (sent.line().equals(REGISTRATION)) {
            String token = jwt(time.instant().plus(tokenLife), ++tokens);
            return Answer.of(200, "{\"url\":\"" + serviceUrl + "\",\"token\":\"" + token + "\"}");
        }
        throw new AssertionError("no answer for " + sent.line());
    }

    static String jwt(Instant expiry, int number) {
        String payload = "{\"exp\":" + expiry.getEpochSecond() + ",\"n\":" + number + "}";
        var base64 = Base64.getUrlEncoder().withoutPadding();
        return base64.encodeToString("{\"alg\":\"RS256\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64.encodeToString(payload.getBytes(StandardCharsets.UTF_8)) + ".c2ln";
    }
}
