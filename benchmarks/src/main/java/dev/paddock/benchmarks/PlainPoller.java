package dev.paddock.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The requests a listener makes before and with its first poll, straight from {@code java.net.http} and Jackson: what
 * {@link ListenerStartUp} compares with. It knows nothing of retries, deadlines or errors.
 */
final class PlainPoller {
    private static final String REST = "application/vnd.github.v3+json";
    private static final String SETS = "_apis/runtime/runnerscalesets";

    private final ObjectMapper mapper = new ObjectMapper();
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(10))
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    private PlainPoller() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        new PlainPoller().run(args[0], args[1]);
    }

    private void run(String configUrl, String name) throws IOException, InterruptedException {
        String api = configUrl.replace("/my-org", "/api/v3/");
        JsonNode registration =
                call("POST", api + "orgs/my-org/actions/runners/registration-token", "Bearer benchmark", REST, null);
        JsonNode admin = call(
                "POST",
                api + "actions/runner-registration",
                "RemoteAuth " + registration.get("token").textValue(),
                "application/json",
                mapper.createObjectNode().put("url", configUrl).put("runner_event", "register"));
        String service = admin.get("url").textValue();
        String bearer = "Bearer " + admin.get("token").textValue();
        call("GET", service + SETS + "?api-version=6.0-preview&name=" + name + "&runnerGroupId=1", bearer);
        var wanted = mapper.createObjectNode().put("name", name).put("runnerGroupId", 1);
        wanted.putArray("labels").addObject().put("type", "System").put("name", name);
        wanted.putObject("RunnerSetting").put("disableUpdate", true);
        JsonNode set = call("POST", service + SETS + "?api-version=6.0-preview", bearer, "application/json", wanted);
        JsonNode session = call(
                "POST",
                service + SETS + "/" + set.get("id") + "/sessions?api-version=6.0-preview",
                bearer,
                "application/json",
                mapper.createObjectNode()
                        .put("sessionId", "00000000-0000-0000-0000-000000000000")
                        .put("ownerName", "benchmark"));
        poll(session);
    }

    private void poll(JsonNode session) throws IOException {
        var poll = HttpRequest.newBuilder(
                        URI.create(session.get("messageQueueUrl").textValue()))
                .header(
                        "Authorization",
                        "Bearer " + session.get("messageQueueAccessToken").textValue())
                .header("Accept", "application/json; api-version=6.0-preview")
                .header("X-ScaleSetMaxCapacity", "10")
                .build();
        var answer = http.sendAsync(poll, HttpResponse.BodyHandlers.ofString());
        ChildJvm.awaitParent();
        answer.cancel(true);
    }

    private JsonNode call(String method, String url, String authorization) throws IOException, InterruptedException {
        return call(method, url, authorization, "application/json", null);
    }

    private JsonNode call(String method, String url, String authorization, String type, @Nullable JsonNode body)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", authorization)
                .header("Content-Type", type)
                .header("User-Agent", "benchmark")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 300) {
            throw new IOException(method + " " + url + ": " + answer.statusCode() + " " + answer.body());
        }
        return mapper.readTree(answer.body());
    }
}
