package dev.paddock.gcp;

import static dev.paddock.gcp.ScriptedCompute.answer;
import static dev.paddock.gcp.ScriptedCompute.lost;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.gcp.ComputeFault.Kind;
import dev.paddock.gcp.internal.ComputeOperation;
import dev.paddock.gcp.internal.OperationRef;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every way to ask Compute Engine does when it changes something. */
abstract class ComputeWriteContract extends ComputeContract {
    @Test
    @DisplayName("GCE-18, GCE-58: an insert carries template, request id, metadata, labels, and what differs")
    void insert() throws Exception {
        server.then(200, operation("PENDING", ""));
        ComputeOperation operation = get(compute.insert(request()));
        assertThat(operation.ref()).isEqualTo(new OperationRef(true, "us-east1-c", "operation-1"));
        assertThat(operation.done()).isFalse();
        assertThat(operation.fault()).isEmpty();
        assertThat(operation.target()).isEqualTo("gpu-a");
        assertThat(operation.targetId()).isEqualTo("5190811");
        assertThat(operation.began()).contains(Instant.parse("2026-05-20T10:04:05.678Z"));

        ScriptedCompute.Request sent = only();
        assertThat(sent.method() + " " + sent.path()).isEqualTo("POST " + PATH + "/zones/us-east1-c/instances");
        assertThat(sent.query())
                .containsEntry("sourceInstanceTemplate", "projects/acme-ci/global/instanceTemplates/runner")
                .containsEntry("requestId", ID);
        assertThat(sent.headers()).doesNotContainKey("x-paddock-call");
        JsonNode expected = JSON.readTree("""
                {"name":"gpu-a",
                 "metadata":{"items":[{"key":"jit-config","value":"c2VjcmV0LWppdC1jb25maWc="},
                                      {"key":"startup-script","value":"#!/bin/bash"}]},
                 "labels":{"paddock-fleet":"f"},
                 "machineType":"zones/us-east1-c/machineTypes/n1-standard-8",
                 "guestAccelerators":[{"acceleratorCount":1,
                   "acceleratorType":"projects/acme-ci/zones/us-east1-c/acceleratorTypes/nvidia-tesla-t4"}],
                 "scheduling":{"automaticRestart":false,"onHostMaintenance":"TERMINATE","provisioningModel":"SPOT","preemptible":true,
                   "maxRunDuration":{"seconds":"7200"},"instanceTerminationAction":"DELETE"},
                 "serviceAccounts":[{"email":"ci@acme-ci.iam.gserviceaccount.com",
                   "scopes":["https://www.googleapis.com/auth/logging.write"]}],
                 "networkInterfaces":[{"network":"global/networks/ci","subnetwork":"regions/us-east1/subnetworks/ci",
                   "accessConfigs":[{"type":"ONE_TO_ONE_NAT","name":"External NAT"}]}],
                 "tags":{"items":["runner"]},"shieldedInstanceConfig":{"enableSecureBoot":false},
                 "disks":[{"boot":true,"autoDelete":true,"initializeParams":{
                   "sourceImage":"projects/p/global/images/family/f","diskSizeGb":"100",
                   "diskType":"zones/us-east1-c/diskTypes/pd-ssd"}}]}
                """);
        assertThat(JSON.readTree(sent.body())).isEqualTo(expected);
    }

    @Test
    @DisplayName("a regional insert forbids the region's other zones, which are asked for once")
    void bulkInsert() throws Exception {
        server.then(
                200,
                "{\"items\":[{\"name\":\"us-east1-b\",\"status\":\"UP\",\"region\":\"x/regions/us-east1\"},"
                        + "{\"name\":\"us-east1-c\",\"status\":\"UP\",\"region\":\"x/regions/us-east1\"},"
                        + "{\"name\":\"us-west1-a\",\"status\":\"UP\",\"region\":\"x/regions/us-west1\"}]}");
        String accepted = "{\"name\":\"op-r\",\"region\":\"x/regions/us-east1\",\"status\":\"RUNNING\"}";
        server.then(200, accepted).then(200, accepted);
        ComputeOperation operation = get(compute.bulkInsert("us-east1", List.of("us-east1-c"), request()));
        assertThat(operation.ref()).isEqualTo(new OperationRef(false, "us-east1", "op-r"));
        get(compute.bulkInsert("us-east1", List.of("us-east1-c"), request()));
        assertThat(server.requests())
                .extracting(sent -> sent.method() + " " + sent.path())
                .containsExactly(
                        "GET " + PATH + "/zones",
                        "POST " + PATH + "/regions/us-east1/instances/bulkInsert",
                        "POST " + PATH + "/regions/us-east1/instances/bulkInsert");
        JsonNode body = JSON.readTree(server.requests().get(1).body());
        assertThat(body.path("locationPolicy"))
                .isEqualTo(JSON.readTree("{\"targetShape\":\"ANY_SINGLE_ZONE\",\"locations\":{\"zones/us-east1-c\":"
                        + "{\"preference\":\"ALLOW\"},\"zones/us-east1-b\":{\"preference\":\"DENY\"}}}"));
        assertThat(body.path("perInstanceProperties")).isEqualTo(JSON.readTree("{\"gpu-a\":{}}"));
        assertThat(body.path("count").asText() + body.path("minCount").asText()).isEqualTo("11");
        assertThat(body.path("instanceProperties").path("machineType").asText()).isEqualTo("n1-standard-8");
        assertThat(body.path("sourceInstanceTemplate").asText())
                .isEqualTo("projects/acme-ci/global/instanceTemplates/runner");
    }

    @Test
    @DisplayName("GCE-28: an insert refused for a quota of all regions is not repeated, and names the quota")
    void quota() throws Exception {
        server.then(403, error(403, "quotaExceeded", "Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 4.0 globally."));
        ComputeFault fault = failure(compute.insert(request())).fault();
        assertThat(fault.kind()).isEqualTo(Kind.QUOTA);
        assertThat(fault.metric()).contains("GPUS_ALL_REGIONS");
        assertThat(fault.projectWide()).isTrue();
        only();
    }

    @Test
    @DisplayName("GCE-29: a rate limit behind a 403 is no quota, and the insert is the caller's to repeat")
    void rate() throws Exception {
        server.then(403, error(403, "rateLimitExceeded", "Rate Limit Exceeded"));
        assertThat(failure(compute.insert(request())).fault().kind()).isEqualTo(Kind.RATE);
        only();
    }

    @Test
    @DisplayName("GCE-30: 429 tells how long to wait, if it does")
    void tooMany() throws Exception {
        server.then(answer(429, error(429, "rateLimitExceeded", "slow"), "Retry-After", "7"))
                .then(answer(429, error(429, "rateLimitExceeded", "slow")));
        ComputeFault told = failure(compute.insert(request())).fault();
        ComputeFault untold = failure(compute.insert(request())).fault();
        assertThat(told.kind()).isEqualTo(Kind.RATE);
        assertThat(told.retryAfter()).contains(Duration.ofSeconds(7));
        assertThat(untold.kind()).isEqualTo(Kind.RATE);
        assertThat(untold.retryAfter()).isEmpty();
    }

    @Test
    @DisplayName("GCE-31: an insert answered with 503 may have been done, and is sent once")
    void unavailable() throws Exception {
        server.then(503, error(503, "backendError", "Backend Error"));
        ComputeException failure = failure(compute.insert(request()));
        assertThat(failure.fault().kind()).isEqualTo(Kind.AMBIGUOUS);
        assertThat(failure.isRetryable()).isTrue();
        only();
    }

    @ParameterizedTest
    @ValueSource(strings = {"insert", "delete", "setMetadata"})
    @DisplayName("GCE-32: a lost answer leaves open whether it was done, and nothing is sent twice")
    void lostAnswer(String call) throws Exception {
        server.then(lost()).then(200, operation("DONE", ""));
        CompletionStage<?> stage = switch (call) {
            case "insert" -> compute.insert(request());
            case "delete" -> compute.delete("us-east1-c", "gpu-a", ID);
            default -> compute.setMetadata("us-east1-c", "gpu-a", "f", Map.of("a", "b"));
        };
        assertThat(failure(stage).fault().kind()).isEqualTo(Kind.AMBIGUOUS);
        only();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"name\":\"oper", "{}", "[]", "", "<html>ok</html>"})
    @DisplayName("GCE-38: an insert answered with something that is no operation may have been done")
    void badAnswer(String body) throws Exception {
        server.then(200, body);
        ComputeException failure = failure(compute.insert(request()));
        assertThat(failure.fault().kind()).isEqualTo(Kind.AMBIGUOUS);
        assertThat(failure).hasMessageContaining("gpu-a in us-east1-c");
        only();
    }

    @Test
    @DisplayName("GCE-38: an insert answered by a proxy with 502 and HTML may have been done")
    void badGateway() throws Exception {
        server.then(502, "<!DOCTYPE html><html><title>502</title></html>");
        ComputeException failure = failure(compute.insert(request()));
        assertThat(failure.fault().kind()).isEqualTo(Kind.AMBIGUOUS);
        assertThat(failure.fault().status()).isEqualTo(502);
        assertThat(failure).hasMessageContaining("HTML");
    }

    @Test
    @DisplayName("GCE-39, GCE-40, GCE-41: what can never succeed says why, in Google's words, and is sent once")
    void lasting() throws Exception {
        server.then(400, error(400, "invalid", "Invalid value for field 'resource.name'"))
                .then(403, error(403, "forbidden", "Required 'compute.instances.create' permission for 'x'"))
                .then(404, error(404, "notFound", "The resource 'projects/p/global/instanceTemplates/t' was not found"))
                .then(
                        409,
                        error(409, "alreadyExists", "The resource 'projects/p/zones/z/instances/gpu-a' already exists"))
                .then(401, error(401, "authError", "Invalid Credentials"));
        ComputeException invalid = failure(compute.insert(request()));
        assertThat(invalid.fault().kind()).isEqualTo(Kind.CONFIGURATION);
        assertThat(invalid).hasMessageContaining("'resource.name'").hasMessageContaining("invalid");
        ComputeException forbidden = failure(compute.insert(request()));
        assertThat(forbidden.fault().kind()).isEqualTo(Kind.AUTHORIZATION);
        assertThat(forbidden).hasMessageContaining("the permission compute.instances.create");
        ComputeException template = failure(compute.insert(request()));
        assertThat(template.fault().kind()).isEqualTo(Kind.NOT_FOUND);
        assertThat(template).hasMessageContaining("instanceTemplates/t");
        assertThat(failure(compute.insert(request())).fault().kind()).isEqualTo(Kind.CONFLICT);
        assertThat(failure(compute.insert(request())).fault().kind()).isEqualTo(Kind.AUTHORIZATION);
        assertThat(server.requests()).hasSize(5);
    }

    @Test
    @DisplayName("GCE-64: a secret that Google repeats is in no exception, nor in what a request shows of itself")
    void secrets() throws Exception {
        server.then(400, error(400, "invalid", "Invalid value: " + SECRET))
                .then(lost())
                .then(200, "{" + SECRET);
        for (int i = 0; i < 3; i++) {
            var trace = new StringWriter();
            failure(compute.insert(request())).printStackTrace(new PrintWriter(trace));
            assertThat(trace.toString()).doesNotContain(SECRET).contains("gpu-a");
        }
        assertThat(request().toString()).doesNotContain(SECRET);
    }

    @Test
    @DisplayName("GCE-45: a delete carries its request id; only Compute Engine's own 404 means that the VM is gone")
    void delete() throws Exception {
        server.then(200, operation("RUNNING", ""))
                .then(404, error(404, "notFound", "The resource 'projects/p/zones/z/instances/gpu-a' was not found"))
                .then(404, "<html>nothing here</html>");
        get(compute.delete("us-east1-c", "gpu-a", ID));
        assertThat(only().method() + " " + only().path())
                .isEqualTo("DELETE " + PATH + "/zones/us-east1-c/instances/gpu-a");
        assertThat(only().query()).containsEntry("requestId", ID);
        assertThat(failure(compute.delete("us-east1-c", "gpu-a", ID)).fault().kind())
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(failure(compute.delete("us-east1-c", "gpu-a", ID)).fault().kind())
                .isEqualTo(Kind.AMBIGUOUS);
    }

    @Test
    @DisplayName("metadata is replaced by its fingerprint; a stale one is to be read again")
    void setMetadata() throws Exception {
        server.then(200, operation("RUNNING", ""))
                .then(412, error(412, "conditionNotMet", "Supplied fingerprint does not match"));
        get(compute.setMetadata("us-east1-c", "gpu-a", "fp=", Map.of("a", "b")));
        assertThat(only().path()).endsWith("/instances/gpu-a/setMetadata");
        assertThat(JSON.readTree(only().body()))
                .isEqualTo(JSON.readTree("{\"fingerprint\":\"fp=\",\"items\":[{\"key\":\"a\",\"value\":\"b\"}]}"));
        assertThat(failure(compute.setMetadata("us-east1-c", "gpu-a", "old", Map.of()))
                        .fault()
                        .kind())
                .isEqualTo(Kind.NOT_READY);
    }
}
