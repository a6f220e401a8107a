package dev.paddock.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.InsertRequest;
import dev.paddock.gcp.internal.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** A scripted server on a socket, and one of the ways to ask it. */
@Timeout(60)
abstract class ComputeContract {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String SECRET = "c2VjcmV0LWppdC1jb25maWc=";
    static final String ID = "0f0e0d0c-0b0a-4909-8807-060504030201";
    static final String PATH = "/compute/v1/projects/acme-ci";
    static final Limits QUICK = new Limits(Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(30), 4);

    final ScriptedCompute server = new ScriptedCompute();
    final RecordingScheduler scheduler = new RecordingScheduler();
    private GcpProject project = project(QUICK);
    ComputeApi compute = project.compute(scheduler);

    abstract GcpProject.Builder transport(GcpProject.Builder builder);

    private GcpProject project(Limits limits) {
        return transport(GcpProject.builder("acme-ci").endpoint(server.url()))
                .limits(limits)
                .build();
    }

    void use(Limits limits) {
        project.close();
        project = project(limits);
        compute = project.compute(scheduler);
    }

    @AfterEach
    void end() {
        project.close();
        server.close();
        scheduler.close();
    }

    static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    static ComputeException failure(CompletionStage<?> stage) throws Exception {
        try {
            Object answer = stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
            throw new AssertionError("no failure but " + answer);
        } catch (ExecutionException failed) {
            assertThat(failed.getCause()).isInstanceOf(ComputeException.class);
            return (ComputeException) failed.getCause();
        }
    }

    static InsertRequest request() {
        return new InsertRequest(
                "us-east1-c",
                "gpu-a",
                ID,
                "global/instanceTemplates/runner",
                Map.of("jit-config", SECRET, "startup-script", "#!/bin/bash"),
                Map.of("paddock-fleet", "f"),
                shape());
    }

    private static InsertRequest.Shape shape() {
        return new InsertRequest.Shape(
                Optional.of("n1-standard-8"),
                Optional.of("nvidia-tesla-t4"),
                1,
                Optional.of("SPOT"),
                Optional.of(Duration.ofHours(2)),
                Optional.of("ci@acme-ci.iam.gserviceaccount.com"),
                List.of("https://www.googleapis.com/auth/logging.write"),
                Optional.of("global/networks/ci"),
                Optional.of("regions/us-east1/subnetworks/ci"),
                Optional.of(true),
                List.of("runner"),
                Optional.of(false),
                Optional.of(new InsertRequest.BootDisk("projects/p/global/images/family/f", 100, "pd-ssd")));
    }

    static String operation(String status, String rest) {
        return "{\"kind\":\"compute#operation\",\"id\":\"77\",\"name\":\"operation-1\",\"zone\":"
                + "\"https://www.googleapis.com/compute/v1/projects/acme-ci/zones/us-east1-c\",\"operationType\":\"insert\","
                + "\"targetLink\":\"https://www.googleapis.com/compute/v1/projects/acme-ci/zones/us-east1-c/instances/gpu-a\","
                + "\"targetId\":\"5190811\",\"insertTime\":\"2026-05-20T03:04:05.678-07:00\",\"newField\":{\"x\":1},"
                + "\"status\":\"" + status + "\"" + rest + "}";
    }

    static String error(int status, String reason, String message) {
        return "{\"error\":{\"code\":" + status + ",\"message\":\"" + message + "\",\"errors\":[{\"message\":\""
                + message + "\",\"domain\":\"global\",\"reason\":\"" + reason + "\"}]}}";
    }

    ScriptedCompute.Request only() {
        assertThat(server.requests()).hasSize(1);
        return server.requests().get(0);
    }
}
