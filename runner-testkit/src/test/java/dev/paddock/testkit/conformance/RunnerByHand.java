package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.spi.Registration;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A runner whose every step a case takes itself: it connects with its registration, takes a job, ends it. */
final class RunnerByHand {
    private final Transport transport;
    private final HttpClient http;
    private final String server;
    private final String token;
    private String job = "";

    private RunnerByHand(Transport transport, HttpClient http, Registration registration) {
        this.transport = transport;
        this.http = http;
        JsonNode files = Conformance.json(decoded(registration.secret()));
        server = file(files, ".runner").path("ServerUrl").textValue();
        token = file(files, ".credentials").path("Data").path("token").textValue();
    }

    /** Connects and waits for a job. */
    static RunnerByHand withJob(Conformance test, Registration registration) {
        var runner = new RunnerByHand(test.transport(), test.transport().httpClient(test.sim()), registration);
        JsonNode session = Conformance.json(runner.send("POST", "connect", "", 200));
        String query = "job?sessionId=" + session.path("sessionId").textValue();
        runner.job = Conformance.json(runner.send("GET", query, "", 200))
                .path("jobId")
                .textValue();
        return runner;
    }

    /** Reports the end of the job; its registration is gone then. */
    void finish(String result) {
        send("POST", "jobs/" + job + "/finish", "{\"result\":\"" + result + "\"}", 204);
    }

    private String send(String method, String path, String body, int expected) {
        var request = HttpRequest.newBuilder(URI.create(server + "runner/" + path))
                .header("Authorization", "Bearer " + token)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        HttpResponse<String> response =
                transport.await(http.sendAsync(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8)));
        assertThat(response.statusCode()).as("%s %s", method, path).isEqualTo(expected);
        return response.body();
    }

    private static JsonNode file(JsonNode files, String name) {
        return Conformance.json(decoded(files.path(name).textValue()));
    }

    private static String decoded(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }
}
