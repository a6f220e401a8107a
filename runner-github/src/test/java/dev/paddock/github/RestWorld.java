package dev.paddock.github;

import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.ScriptedHttpClient.Sent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** A REST API of canned answers, and clients for it. */
final class RestWorld {
    static final String API = "/api/v3";
    static final String ORG = API + "/orgs/my-org/actions";
    static final String RUNNERS = ORG + "/runners";
    static final String REPO = API + "/repos/my-org/engine/actions";
    static final String HOST = "http://127.0.0.1:8080";

    final ScriptedService service = new ScriptedService();
    final ManualTime time = service.time;
    final ScriptedHttpClient http = service.http;
    final GitHubCredentials credentials = GitHubCredentials.token(ScriptedService.PAT);
    final GitHubClient client = client(credentials);
    final GitHubRepository repository = client.repository("my-org/engine");

    GitHubClient client(GitHubCredentials as) {
        return GitHubClient.builder(ScriptedService.CONFIG_URL, as)
                .httpClient(http)
                .scheduler(time)
                .build();
    }

    Transport transport() {
        return Transport.of(
                GitHubScope.of(ScriptedService.CONFIG_URL),
                credentials,
                http,
                time,
                "test",
                Duration.ofSeconds(30),
                Duration.ofSeconds(30));
    }

    RestWorld on(String line, Answer... answers) {
        service.on(line, answers);
        return this;
    }

    RestWorld on(String line, int status, String body) {
        service.on(line, status, body);
        return this;
    }

    /** What was sent so far is forgotten. */
    List<String> linesSince(int before) {
        return List.copyOf(http.lines().subList(before, http.lines().size()));
    }

    Sent last() {
        return http.sent().get(http.sent().size() - 1);
    }

    // ---- bodies -----------------------------------------------------------------------------------------------

    static String runner(long id, String more) {
        return "{\"id\":" + id + ",\"name\":\"r" + id + "\",\"os\":\"linux\",\"status\":\"offline\",\"busy\":false,"
                + "\"runner_group_id\":1,\"labels\":[{\"id\":5,\"name\":\"gpu\",\"type\":\"custom\"}]" + more + "}";
    }

    static String runners(long total, long from, long to) {
        return "{\"total_count\":" + total + ",\"runners\":["
                + LongStream.rangeClosed(from, to)
                        .mapToObj(id -> runner(id, ""))
                        .collect(Collectors.joining(",")) + "]}";
    }

    static String runs(String status, long... ids) {
        var all = new ArrayList<String>();
        for (long id : ids) {
            all.add("{\"id\":" + id + ",\"name\":\"ci\",\"status\":\"" + status + "\"}");
        }
        return "{\"total_count\":" + ids.length + ",\"workflow_runs\":[" + String.join(",", all) + "]}";
    }

    static Answer page(String body, String next) {
        return Answer.of(200, body).with("Link", "<" + HOST + next + ">; rel=\"next\", <" + HOST + "/x>; rel=\"last\"");
    }

    /** An answer that says what the rate limit leaves. */
    static Answer left(Answer answer, long remaining, Instant reset) {
        return answer.with("x-ratelimit-limit", "5000")
                .with("x-ratelimit-remaining", Long.toString(remaining))
                .with("x-ratelimit-reset", Long.toString(reset.getEpochSecond()))
                .with("x-ratelimit-resource", "core");
    }
}
