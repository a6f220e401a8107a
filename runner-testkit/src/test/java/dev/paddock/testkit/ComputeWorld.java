package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** A Compute Engine simulator behind one of its faces, and a client that writes every request by hand. */
final class ComputeWorld implements AutoCloseable {
    static final String ROOT = "/compute/v1/projects/acme-ci";
    static final String TEMPLATE = "?sourceInstanceTemplate=projects/acme-ci/global/instanceTemplates/gpu";
    static final String EAST_C = ROOT + "/zones/us-east1-c";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(20);

    final ComputeEngineSimulator simulator;
    final VirtualTime time;
    private final HttpClient http;
    private final boolean virtual;

    private ComputeWorld(Face face, VirtualTime time, ComputeEngineSimulator.Builder builder) {
        this.time = time;
        virtual = face == Face.IN_MEMORY;
        simulator = virtual ? builder.inMemory(time) : builder.start();
        http = virtual
                ? simulator.httpClient(time.host("client"))
                : HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    static ComputeWorld open(Face face, ComputeEngineSimulator.Builder builder) {
        return new ComputeWorld(face, VirtualTime.seeded(42), builder);
    }

    static ComputeWorld inMemory(ComputeEngineSimulator.Builder builder) {
        return new ComputeWorld(Face.IN_MEMORY, VirtualTime.seeded(42), builder);
    }

    /** Beside another simulator, in its time. */
    static ComputeWorld inMemory(VirtualTime time, ComputeEngineSimulator.Builder builder) {
        return new ComputeWorld(Face.IN_MEMORY, time, builder);
    }

    /** Three regions with four zones, a template with a T4, and no time lost. */
    static ComputeEngineSimulator.Builder usual() {
        return ComputeEngineSimulator.builder("acme-ci")
                .zones("us-central1-a", "us-east1-c", "us-east1-d", "us-west1-a")
                .template(ComputeTemplate.builder("gpu", "n1-standard-4")
                        .accelerator("nvidia-tesla-t4", 1)
                        .label("team", "graphics")
                        .metadata("startup-script", "echo hello")
                        .build())
                .template(ComputeTemplate.builder("spot", "n1-standard-4")
                        .accelerator("nvidia-tesla-t4", 1)
                        .spot(true)
                        .instanceTerminationAction("DELETE")
                        .build())
                .template(ComputeTemplate.builder("cpu", "n1-standard-2").build());
    }

    /** The same, quick enough for real time. */
    static ComputeEngineSimulator.Builder quick() {
        Duration soon = Duration.ofMillis(40);
        return usual().times(times -> times.insert(soon)
                .stockOut(soon)
                .boot(soon)
                .delete(soon)
                .change(soon)
                .shutdown(soon));
    }

    /** An answer, read. */
    record Answer(int status, String body, HttpResponse<String> response) {
        JsonNode json() {
            return parse(body);
        }

        String reason() {
            return json().at("/error/errors/0/reason").asText();
        }

        String message() {
            return json().at("/error/message").asText();
        }
    }

    static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError("not JSON: " + text, malformed);
        }
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
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

    /** Waits in the face's own time. */
    void awaitTrue(BooleanSupplier condition) {
        if (virtual) {
            assertThat(time.advanceUntil(condition, Duration.ofMinutes(10))).isTrue();
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

    CompletableFuture<HttpResponse<String>> send(String method, String path, String body, String... headers) {
        var publisher = body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
        var request = HttpRequest.newBuilder(URI.create(simulator.url() + path)).method(method, publisher);
        if (headers.length > 0) {
            request.headers(headers);
        } else if (body.startsWith("{")) {
            request.header("Content-Type", "application/json; charset=utf-8");
        }
        return http.sendAsync(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    Answer call(String method, String path, String body, String... headers) {
        try {
            HttpResponse<String> response = await(send(method, path, body, headers));
            return new Answer(response.statusCode(), response.body(), response);
        } catch (ExecutionException failure) {
            throw new AssertionError(method + " " + path + " failed", failure);
        }
    }

    Answer get(String path) {
        return call("GET", path, "");
    }

    Answer post(String path, String body) {
        return call("POST", path, body);
    }

    /** Makes an instance from the template {@code gpu} in us-east1-c. */
    Answer insert(String name) {
        return post(EAST_C + "/instances" + TEMPLATE, "{\"name\":\"" + name + "\"}");
    }

    Answer instance(String name) {
        return get(EAST_C + "/instances/" + name);
    }

    Answer delete(String name) {
        return call("DELETE", EAST_C + "/instances/" + name, "");
    }

    /** An operation as it is now. */
    JsonNode operation(Answer begun) {
        String link = begun.json().path("selfLink").asText();
        return get(link.substring(link.indexOf("/compute/v1"))).json();
    }

    /** Waits until an operation is done. */
    JsonNode done(Answer begun) {
        assertThat(begun.status()).as(begun.body()).isEqualTo(200);
        String name = begun.json().path("name").asText();
        awaitTrue(() -> simulator.operations().stream()
                .anyMatch(one -> one.name().equals(name) && one.status().equals("DONE")));
        return operation(begun);
    }

    double usage(String scope, String metric) {
        return simulator.quotas().stream()
                .filter(quota -> quota.scope().equals(scope) && quota.metric().equals(metric))
                .findFirst()
                .orElseThrow()
                .usage();
    }

    @Override
    public void close() {
        simulator.close();
    }
}
