package dev.paddock.examples.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.testkit.Workflow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The simulator, in this process or another, by its control interface: where the demo queues its workflows, and whose
 * word it takes for how the jobs ended and what is left.
 */
final class SimulatedGitHub {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** One attempt of a job. */
    record Job(
            String id,
            long runId,
            String name,
            int attempt,
            String state,
            String result,
            Optional<String> runner,
            Optional<Instant> queuedAt,
            Optional<Instant> startedAt) {
        boolean isOver() {
            return state.equals("DONE");
        }

        boolean isRunning() {
            return state.equals("RUNNING");
        }
    }

    private final URI url;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Set<Long> runs = ConcurrentHashMap.newKeySet();

    /** At a host and port; the path of the URL counts for nothing. */
    SimulatedGitHub(String anyUrl) {
        url = URI.create(anyUrl).resolve("/simulator/");
    }

    /** Whether a simulator answers there, and not another service. */
    boolean isThere() {
        try {
            HttpResponse<String> answer = send("GET", "state", "");
            return answer.statusCode() == 200
                    && JSON.readTree(answer.body()).path("simulator").asText().equals("actions");
        } catch (IOException notJson) {
            return false;
        }
    }

    /** After how long a silent runner is lost to it. */
    Duration runnerLease() {
        return Duration.parse(state().path("runnerLease").asText());
    }

    void submit(Workflow workflow) {
        runs.add(call("POST", "workflows", workflow.toJson()).path("runId").asLong());
    }

    /** Whether a workflow of this name was queued before, in this process or another; its jobs then count as ours. */
    boolean knows(Workflow workflow) {
        boolean known = false;
        for (JsonNode job : state().path("jobs")) {
            if (job.path("workflow").asText().equals(workflow.name())
                    && job.path("repository").asText().equals(workflow.repository())) {
                runs.add(job.path("runId").asLong());
                known = true;
            }
        }
        return known;
    }

    void cancel(Job job) {
        call("POST", "jobs/" + job.id() + "/cancel", "");
    }

    void rerun(Job job) {
        call("POST", "jobs/" + job.id() + "/rerun", "");
    }

    /** The attempts of all jobs queued here, in the order queued. */
    List<Job> jobs() {
        List<Job> jobs = new ArrayList<>();
        for (JsonNode job : state().path("jobs")) {
            if (runs.contains(job.path("runId").asLong())) {
                jobs.add(new Job(
                        job.path("id").asText(),
                        job.path("runId").asLong(),
                        job.path("name").asText(),
                        job.path("attempt").asInt(),
                        job.path("state").asText(),
                        job.path("result").asText(),
                        Optional.ofNullable(job.path("runner").textValue()),
                        time(job, "queuedAt"),
                        time(job, "startedAt")));
            }
        }
        return jobs;
    }

    private static Optional<Instant> time(JsonNode job, String key) {
        return Optional.ofNullable(job.path(key).textValue()).map(Instant::parse);
    }

    /** The registrations and sessions there are for these scale sets, a line each. */
    List<String> leftFor(Set<String> scaleSets) {
        List<String> left = new ArrayList<>();
        JsonNode state = state();
        for (String kind : List.of("registration", "session")) {
            for (JsonNode one : state.path(kind + "s")) {
                if (scaleSets.contains(one.path("scaleSet").asText())) {
                    left.add(kind + " " + one);
                }
            }
        }
        return left;
    }

    private JsonNode state() {
        return call("GET", "state", "");
    }

    private JsonNode call(String method, String path, String body) {
        try {
            HttpResponse<String> answer = send(method, path, body);
            if (answer.statusCode() / 100 != 2) {
                throw new IllegalStateException("the simulator answered " + answer.statusCode() + " to " + method + " "
                        + path + ": " + answer.body());
            }
            return JSON.readTree(answer.body());
        } catch (IOException failure) {
            throw new UncheckedIOException("the simulator at " + url + " does not answer: " + failure, failure);
        }
    }

    private HttpResponse<String> send(String method, String path, String body) throws IOException {
        var request = HttpRequest.newBuilder(url.resolve(path))
                .timeout(PATIENCE)
                .method(method, BodyPublishers.ofString(body))
                .build();
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the simulator", interrupted);
        }
    }
}
