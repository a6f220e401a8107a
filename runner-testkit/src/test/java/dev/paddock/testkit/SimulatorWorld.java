package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** A simulator behind one of its faces, and a client that writes every request by hand. */
final class SimulatorWorld implements AutoCloseable {
    /** Which face. */
    enum Face {
        LOOPBACK,
        IN_MEMORY
    }

    static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(20);

    final ActionsServiceSimulator simulator;
    final VirtualTime time = VirtualTime.seeded(42);
    private final HttpClient http;
    private final boolean virtual;

    String service = "";
    String admin = "";

    private SimulatorWorld(Face face, ActionsServiceSimulator.Builder builder) {
        virtual = face == Face.IN_MEMORY;
        simulator = virtual ? builder.inMemory(time) : builder.start();
        http = virtual
                ? simulator.httpClient(time.host("client"))
                : HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    static SimulatorWorld open(Face face, ActionsServiceSimulator.Builder builder) {
        return new SimulatorWorld(face, builder);
    }

    /** An answer, read. */
    record Answer(int status, String body, HttpResponse<String> response) {
        JsonNode json() {
            return parse(body);
        }
    }

    static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError("not JSON: " + text, malformed);
        }
    }

    /** Waits for a future in the face's own time. */
    <T> T await(CompletableFuture<T> future) throws ExecutionException {
        if (virtual) {
            assertThat(time.advanceUntil(future::isDone, Duration.ofHours(1)))
                    .as("answered within an hour of virtual time")
                    .isTrue();
        }
        try {
            return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | TimeoutException failure) {
            throw new AssertionError("no answer within " + LIMIT, failure);
        }
    }

    /** Waits until the simulator has received so many requests on a route. */
    void awaitArrival(Route route, int count) {
        awaitTrue(() -> received(route) >= count);
    }

    /** Waits in the face's own time. */
    void awaitTrue(BooleanSupplier condition) {
        if (virtual) {
            assertThat(time.advanceUntil(condition, Duration.ofMinutes(1))).isTrue();
            return;
        }
        long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
            if (System.nanoTime() - began > LIMIT.toNanos()) {
                throw new AssertionError("it did not happen within " + LIMIT);
            }
        }
    }

    private long received(Route route) {
        return simulator.requests().stream().filter(r -> r.route() == route).count();
    }

    CompletableFuture<HttpResponse<String>> send(String method, String url, String body, String... headers) {
        var publisher = body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
        var request = HttpRequest.newBuilder(URI.create(url)).method(method, publisher);
        request.header("User-Agent", "test");
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.sendAsync(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    Answer call(String method, String url, String body, String... headers) {
        try {
            HttpResponse<String> response = await(send(method, url, body, headers));
            return new Answer(response.statusCode(), response.body(), response);
        } catch (ExecutionException failure) {
            throw new AssertionError(method + " " + url + " failed", failure);
        }
    }

    /** Registers as an administrator of my-org: the two calls before any other. */
    SimulatorWorld register() {
        String api = simulator.url() + "/api/v3/";
        Answer token = call(
                "POST", api + "orgs/my-org/actions/runners/registration-token", "", "Authorization", "Bearer ghp_x");
        assertThat(token.status()).isEqualTo(201);
        Answer connection = call(
                "POST",
                api + "actions/runner-registration",
                "{\"url\":\"" + simulator.configUrl("my-org") + "\",\"runner_event\":\"register\"}",
                "Authorization",
                "RemoteAuth " + token.json().get("token").textValue(),
                "Content-Type",
                "application/json");
        assertThat(connection.status()).isEqualTo(200);
        service = connection.json().get("url").textValue();
        admin = connection.json().get("token").textValue();
        return this;
    }

    /** A call of the Actions service with the admin token. */
    Answer admin(String method, String path, String body) {
        return call(method, adminUrl(path), body, adminHeaders());
    }

    String adminUrl(String path) {
        return service + "_apis/" + path + (path.contains("?") ? "&" : "?") + "api-version=6.0-preview";
    }

    String[] adminHeaders() {
        return new String[] {"Authorization", "Bearer " + admin, "Content-Type", "application/json"};
    }

    /** A workflow of one job that does nothing. */
    static Workflow one(String name, String... labels) {
        return Workflow.builder("ci")
                .add(WorkflowJob.builder(name)
                        .labels(labels)
                        .step(Step.run("hello", "true"))
                        .build())
                .build();
    }

    /** What the simulator says of the latest attempt of a job. */
    JobRecord job(String name) {
        return simulator.jobs().stream()
                .filter(job -> job.name().equals(name))
                .reduce((earlier, later) -> later)
                .orElseThrow();
    }

    long createScaleSet(String name, String... labels) {
        var body = JSON.createObjectNode().put("name", name).put("runnerGroupId", 1);
        var list = body.putArray("labels");
        for (String label : labels) {
            list.addObject().put("type", "System").put("name", label);
        }
        Answer answer = admin("POST", "runtime/runnerscalesets", body.toString());
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("id").longValue();
    }

    Session openSession(long scaleSet) {
        Answer answer =
                admin("POST", "runtime/runnerscalesets/" + scaleSet + "/sessions", "{\"ownerName\":\"tester\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return new Session(scaleSet, answer.json());
    }

    /** A session, with its queue. */
    final class Session {
        final long scaleSet;
        final String id;
        final String url;
        String token;

        private Session(long scaleSet, JsonNode json) {
            this.scaleSet = scaleSet;
            id = json.get("sessionId").textValue();
            url = json.get("messageQueueUrl").textValue();
            token = json.get("messageQueueAccessToken").textValue();
        }

        CompletableFuture<HttpResponse<String>> send(long cursor, int capacity) {
            return SimulatorWorld.this.send(
                    "GET",
                    url + (cursor > 0 ? "&lastMessageId=" + cursor : ""),
                    "",
                    "Authorization",
                    "Bearer " + token,
                    "Accept",
                    "application/json; api-version=6.0-preview",
                    "X-ScaleSetMaxCapacity",
                    Integer.toString(capacity));
        }

        Answer poll(long cursor, int capacity) {
            try {
                HttpResponse<String> response = await(send(cursor, capacity));
                return new Answer(response.statusCode(), response.body(), response);
            } catch (ExecutionException failure) {
                throw new AssertionError("poll failed", failure);
            }
        }

        Message message(long cursor, int capacity) {
            Answer answer = poll(cursor, capacity);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            return Message.of(answer);
        }

        Answer delete(long message) {
            String path = url.replace("?", "/" + message + "?");
            return call("DELETE", path, "", "Authorization", "Bearer " + token, "Content-Type", "application/json");
        }

        Answer acquire(String ids) {
            return call(
                    "POST",
                    adminUrl("runtime/runnerscalesets/" + scaleSet + "/acquirejobs"),
                    ids,
                    "Authorization",
                    "Bearer " + token,
                    "Content-Type",
                    "application/json");
        }

        String path() {
            return "runtime/runnerscalesets/" + scaleSet + "/sessions/" + id;
        }
    }

    /** A message, its inner JSON read. */
    record Message(long id, JsonNode jobs, JsonNode statistics) {
        static Message of(Answer answer) {
            JsonNode json = answer.json();
            return new Message(
                    json.get("messageId").longValue(), parse(json.get("body").textValue()), json.get("statistics"));
        }

        /** The kind and the name of each job message. */
        List<String> kinds() {
            var kinds = new ArrayList<String>();
            jobs.forEach(job -> kinds.add(job.get("messageType").textValue() + " "
                    + job.get("jobDisplayName").textValue()));
            return kinds;
        }
    }

    /** Registers a runner. */
    Runner runner(long scaleSet, String name) {
        Answer answer = admin(
                "POST",
                "runtime/runnerscalesets/" + scaleSet + "/generatejitconfig",
                "{\"name\":\"" + name + "\",\"workFolder\":\"_work\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return new Runner(
                answer.json().get("runner").get("id").longValue(),
                answer.json().get("encodedJITConfig").textValue());
    }

    /** A runner by hand: what the stand-in runner does, call by call. */
    final class Runner {
        final long id;
        final String secret;
        private final String token;
        private final String server;
        private String session = "";

        Runner(long id, String secret) {
            this.id = id;
            this.secret = secret;
            JsonNode files = parse(decode(secret));
            token = parse(decode(files.get(".credentials").textValue()))
                    .get("Data")
                    .get("token")
                    .textValue();
            server = parse(decode(files.get(".runner").textValue()))
                    .get("ServerUrl")
                    .textValue();
        }

        Answer connect() {
            Answer answer = call("POST", server + "runner/connect", "", "Authorization", "Bearer " + token);
            if (answer.status() == 200) {
                session = answer.json().get("sessionId").textValue();
            }
            return answer;
        }

        CompletableFuture<HttpResponse<String>> askForJob() {
            return send("GET", server + "runner/job?sessionId=" + session, "", "Authorization", "Bearer " + token);
        }

        Answer job() {
            try {
                HttpResponse<String> response = await(askForJob());
                return new Answer(response.statusCode(), response.body(), response);
            } catch (ExecutionException failure) {
                throw new AssertionError("job poll failed", failure);
            }
        }

        Answer renew(String job) {
            return call("POST", server + "runner/jobs/" + job + "/renew", "", "Authorization", "Bearer " + token);
        }

        Answer finish(String job, String result) {
            return call(
                    "POST",
                    server + "runner/jobs/" + job + "/finish",
                    "{\"result\":\"" + result + "\"}",
                    "Authorization",
                    "Bearer " + token,
                    "Content-Type",
                    "application/json");
        }

        private static String decode(String base64) {
            return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        simulator.close();
    }
}
