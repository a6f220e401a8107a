package dev.paddock.gcp;

import static dev.paddock.gcp.ScriptedCompute.answer;
import static dev.paddock.gcp.ScriptedCompute.lost;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.gcp.ComputeFault.Kind;
import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.ComputeOperation;
import dev.paddock.gcp.internal.InsertRequest;
import dev.paddock.gcp.internal.Limits;
import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.OperationRef;
import dev.paddock.gcp.internal.Quota;
import dev.paddock.gcp.internal.RegionFacts;
import dev.paddock.gcp.internal.TemplateFacts;
import dev.paddock.gcp.internal.Vm;
import dev.paddock.gcp.internal.VmList;
import dev.paddock.gcp.internal.ZoneFacts;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every way to ask Compute Engine does, on a socket. */
@Timeout(60)
abstract class ComputeApiContract {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SECRET = "c2VjcmV0LWppdC1jb25maWc=";
    private static final String ID = "0f0e0d0c-0b0a-4909-8807-060504030201";
    private static final String PATH = "/compute/v1/projects/acme-ci";
    static final Limits QUICK = new Limits(Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(30), 4);

    final ScriptedCompute server = new ScriptedCompute();
    final RecordingScheduler scheduler = new RecordingScheduler();
    private GcpProject project = project(QUICK);
    private ComputeApi compute = project.compute(scheduler);

    abstract GcpProject.Builder transport(GcpProject.Builder builder);

    private GcpProject project(Limits limits) {
        return transport(GcpProject.builder("acme-ci").endpoint(server.url()))
                .limits(limits)
                .build();
    }

    private void use(Limits limits) {
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

    private static String operation(String status, String rest) {
        return "{\"kind\":\"compute#operation\",\"id\":\"77\",\"name\":\"operation-1\",\"zone\":"
                + "\"https://www.googleapis.com/compute/v1/projects/acme-ci/zones/us-east1-c\",\"operationType\":\"insert\","
                + "\"targetLink\":\"https://www.googleapis.com/compute/v1/projects/acme-ci/zones/us-east1-c/instances/gpu-a\","
                + "\"targetId\":\"5190811\",\"insertTime\":\"2026-05-20T03:04:05.678-07:00\",\"newField\":{\"x\":1},"
                + "\"status\":\"" + status + "\"" + rest + "}";
    }

    private static String error(int status, String reason, String message) {
        return "{\"error\":{\"code\":" + status + ",\"message\":\"" + message + "\",\"errors\":[{\"message\":\""
                + message + "\",\"domain\":\"global\",\"reason\":\"" + reason + "\"}]}}";
    }

    private ScriptedCompute.Request only() {
        assertThat(server.requests()).hasSize(1);
        return server.requests().get(0);
    }

    // ---- writing ----------------------------------------------------------------------------------------------

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
                 "scheduling":{"automaticRestart":false,"onHostMaintenance":"TERMINATE","provisioningModel":"SPOT",
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

    // ---- operations -------------------------------------------------------------------------------------------

    private static final OperationRef OPERATION = new OperationRef(true, "us-east1-c", "operation-1");
    private static final String STOCKOUT =
            ",\"error\":{\"errors\":[{\"code\":\"ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS\",\"message\":\"The zone does"
                    + " not have enough resources available\",\"errorDetails\":[{\"errorInfo\":{\"reason\":"
                    + "\"resource_availability\",\"domain\":\"compute.googleapis.com\",\"metadatas\":{\"zonesAvailable\":"
                    + "\"us-east1-d\"}}}]}]}";

    @Test
    @DisplayName("GCE-24: an operation that runs with an error has not ended")
    void runningWithError() throws Exception {
        server.then(200, operation("RUNNING", ",\"httpErrorStatusCode\":503,\"progress\":0" + STOCKOUT));
        ComputeOperation operation = get(compute.operation(OPERATION));
        assertThat(operation.done()).isFalse();
        assertThat(operation.fault().orElseThrow().kind()).isEqualTo(Kind.STOCKOUT);
        assertThat(only().path()).isEqualTo(PATH + "/zones/us-east1-c/operations/operation-1");
    }

    @Test
    @DisplayName("GCE-25: an operation that has ended with an error has failed, without any HTTP status")
    void doneWithError() throws Exception {
        server.then(200, operation("DONE", STOCKOUT));
        ComputeOperation operation = get(compute.operation(OPERATION));
        assertThat(operation.done()).isTrue();
        ComputeFault fault = operation.fault().orElseThrow();
        assertThat(fault.kind()).isEqualTo(Kind.STOCKOUT);
        assertThat(fault.zonesAvailable()).containsExactly("us-east1-d");
        assertThat(fault.code()).isEqualTo("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS");
    }

    @Test
    @DisplayName("GCE-37: a poll that fails in passing is repeated, one that is refused fails as what it is")
    void polls() throws Exception {
        server.then(500, error(500, "backendError", "m"))
                .then(lost())
                .then(429, error(429, "rateLimitExceeded", "m"))
                .then(200, operation("DONE", ""));
        assertThat(get(compute.operation(OPERATION)).done()).isTrue();
        server.then(404, error(404, "notFound", "The resource 'projects/p/zones/z/operations/o' was not found"))
                .then(401, error(401, "authError", "m"))
                .then(200, operation("DONE", ""));
        assertThat(failure(compute.operation(OPERATION)).fault().kind()).isEqualTo(Kind.NOT_FOUND);
        assertThat(failure(compute.operation(OPERATION)).fault().kind()).isEqualTo(Kind.AUTHORIZATION);
        assertThat(get(compute.operation(OPERATION)).fault()).isEmpty();
    }

    @Test
    @DisplayName("an operation of a state that is new has not ended; a region's is found in its region")
    void regionalOperation() throws Exception {
        server.then(200, "{\"name\":\"o\",\"region\":\"x/regions/us-east1\",\"status\":\"DREAMING\"}");
        ComputeOperation operation = get(compute.operation(new OperationRef(false, "us-east1", "o")));
        assertThat(operation.done()).isFalse();
        assertThat(operation.ref()).isEqualTo(new OperationRef(false, "us-east1", "o"));
        assertThat(only().path()).isEqualTo(PATH + "/regions/us-east1/operations/o");
    }

    @Test
    @DisplayName("GCE-57: preemptions are found among a zone's operations")
    void preemptions() throws Exception {
        server.then(
                200,
                "{\"items\":[" + operation("DONE", "").replace("\"insert\"", "\"compute.instances.preempted\"") + "]}");
        List<ComputeOperation> found =
                get(compute.operations("us-east1-c", "operationType=\"compute.instances.preempted\""));
        assertThat(found).extracting(ComputeOperation::type).containsExactly("compute.instances.preempted");
        assertThat(only().query()).containsEntry("filter", "operationType=\"compute.instances.preempted\"");
    }

    // ---- reading ----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("a read waits as long as Google asks, and gives up after four tries")
    void readsAgain() throws Exception {
        server.then(answer(429, error(429, "rateLimitExceeded", "slow"), "Retry-After", "7"))
                .then(200, "{\"quotas\":[]}");
        assertThat(get(compute.project())).isEmpty();
        assertThat(scheduler.waits()).contains(Duration.ofSeconds(7));
        for (int i = 0; i < 5; i++) {
            server.then(503, error(503, "backendError", "m"));
        }
        assertThat(failure(compute.project()).fault().kind()).isEqualTo(Kind.AMBIGUOUS);
        assertThat(server.requests()).hasSize(6);
    }

    @Test
    @DisplayName("GCE-44: a server that says nothing is given up after the deadline, a write after its one try")
    void silence() throws Exception {
        use(new Limits(Duration.ofMillis(400), Duration.ofMillis(400), Duration.ofMillis(900), 4));
        for (int i = 0; i < 6; i++) {
            server.then(server.silence());
        }
        ComputeException insert = failure(compute.insert(request()));
        assertThat(insert.fault().kind()).isEqualTo(Kind.AMBIGUOUS);
        assertThat(insert).hasMessageContaining("no answer within 400 ms");
        assertThat(failure(compute.project()).fault().kind()).isEqualTo(Kind.AMBIGUOUS);
        assertThat(server.requests())
                .filteredOn(sent -> sent.method().equals("POST"))
                .hasSize(1);
        assertThat(server.requests()).hasSizeLessThanOrEqualTo(5);
    }

    @Test
    @DisplayName("GCE-43: closing ends what is under way, and what comes later is not sent")
    void close() throws Exception {
        server.then(server.silence());
        CompletionStage<ComputeOperation> insert = compute.insert(request());
        server.awaitRequest();
        get(compute.close());
        ComputeException failure = failure(insert);
        assertThat(failure.fault().kind()).isEqualTo(Kind.AMBIGUOUS);
        assertThat(failure).hasMessageContaining("closed before the answer came");
        assertThat(failure(compute.insert(request())).fault().kind()).isEqualTo(Kind.UNSENT);
        assertThat(failure(compute.project()).fault().kind()).isEqualTo(Kind.UNSENT);
        only();
    }

    @Test
    @DisplayName("nobody listening means that nothing was done")
    void refusedConnection() throws Exception {
        server.close();
        assertThat(failure(compute.insert(request())).fault().kind()).isEqualTo(Kind.UNSENT);
    }

    private static String page(String token, String scopes) {
        return "{\"items\":{" + scopes + "}" + (token.isEmpty() ? "" : ",\"nextPageToken\":\"" + token + "\"") + "}";
    }

    private static String vm(String name) {
        return "{\"id\":\"5190811\",\"name\":\"" + name
                + "\",\"zone\":\"https://x/zones/us-east1-c\",\"status\":\"RUNNING\","
                + "\"labels\":{\"paddock-fleet\":\"f\"},\"creationTimestamp\":\"2026-05-20T03:04:05.678-07:00\","
                + "\"metadata\":{\"fingerprint\":\"fp=\",\"items\":[{\"key\":\"jit-config\",\"value\":\"" + SECRET
                + "\"}]},\"disks\":[{\"boot\":true,\"diskSizeGb\":\"100\"}]}";
    }

    @Test
    @DisplayName("GCE-46: all zones' VMs come by one request a page, with the filter, without what their metadata says")
    void instances() throws Exception {
        String empty = "\"zones/us-west1-a\":{\"warning\":{\"code\":\"NO_RESULTS_ON_PAGE\"}}";
        server.then(200, page("tok/+=1", "\"zones/us-east1-c\":{\"instances\":[" + vm("a") + "]}," + empty))
                .then(200, page("", "\"zones/us-east1-c\":{\"instances\":[" + vm("b") + "]}"));
        VmList list = get(compute.instances("labels.paddock-fleet=f"));
        assertThat(list.unreachable()).isEmpty();
        assertThat(list.vms()).extracting(Vm::name).containsExactly("a", "b");
        Vm first = list.vms().get(0);
        assertThat(first.zone()).isEqualTo("us-east1-c");
        assertThat(first.id()).isEqualTo("5190811");
        assertThat(first.labels()).containsEntry("paddock-fleet", "f");
        assertThat(first.created()).contains(Instant.parse("2026-05-20T10:04:05.678Z"));
        assertThat(first.metadata()).isEmpty();
        assertThat(server.requests()).hasSize(2);
        assertThat(server.requests().get(0).path()).isEqualTo(PATH + "/aggregated/instances");
        assertThat(server.requests().get(0).query())
                .containsEntry("filter", "labels.paddock-fleet=f")
                .containsEntry("maxResults", "500")
                .containsEntry("returnPartialSuccess", "true");
        assertThat(server.requests().get(1).query()).containsEntry("pageToken", "tok/+=1");
    }

    @Test
    @DisplayName("GCE-47: zones that could not be read are named, whichever way Google tells of them")
    void unreachable() throws Exception {
        server.then(
                200,
                "{\"unreachables\":[\"projects/p/zones/us-east1-d\"],\"items\":{\"zones/us-east1-b\":{\"warning\":"
                        + "{\"code\":\"UNREACHABLE\",\"message\":\"m\"}},\"zones/us-east1-c\":{\"instances\":["
                        + vm("a") + "]}}}");
        VmList list = get(compute.instances(""));
        assertThat(list.unreachable()).containsExactlyInAnyOrder("us-east1-d", "us-east1-b");
        assertThat(list.vms()).hasSize(1);
    }

    @Test
    @DisplayName("GCE-52: a page that failed leaves the earlier ones, and says that the rest is unknown")
    void halfAList() throws Exception {
        server.then(200, page("t", "\"zones/us-east1-c\":{\"instances\":[" + vm("a") + "]}"))
                .then(403, error(403, "forbidden", "m"))
                .then(403, error(403, "forbidden", "m"));
        VmList list = get(compute.instances(""));
        assertThat(list.vms()).extracting(Vm::name).containsExactly("a");
        assertThat(list.unreachable()).containsExactly("the rest of the list");
        assertThat(failure(compute.instances("")).fault().kind()).isEqualTo(Kind.AUTHORIZATION);
    }

    @Test
    @DisplayName("a list whose pages lead round in a circle ends, and is not whole")
    void circle() throws Exception {
        for (int i = 0; i < 3; i++) {
            server.then(200, page("same", "\"zones/us-east1-c\":{\"instances\":[" + vm("a" + i) + "]}"));
        }
        assertThat(get(compute.instances("")).unreachable()).containsExactly("the rest of the list");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    @DisplayName("a VM is read with its metadata, which it does not show")
    void instance() throws Exception {
        server.then(200, vm("gpu-a").replace("RUNNING", "FOO"))
                .then(404, error(404, "notFound", "The resource 'projects/p/zones/z/instances/x' was not found"));
        Vm vm = get(compute.instance("us-east1-c", "gpu-a"));
        assertThat(vm.status()).isEqualTo("FOO");
        assertThat(vm.metadata()).containsEntry("jit-config", SECRET);
        assertThat(vm.fingerprint()).isEqualTo("fp=");
        assertThat(vm.toString()).doesNotContain(SECRET);
        assertThat(failure(compute.instance("us-east1-c", "x")).fault().kind()).isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    @DisplayName("GCE-3, GCE-9: quotas keep names that are new and limits without end; none told is a warning")
    void regions() throws Exception {
        server.then(
                200,
                "{\"items\":[{\"name\":\"us-east1\",\"status\":\"UP\",\"quotas\":[{\"metric\":\"NVIDIA_T4_GPUS\",\"limit\":8,"
                        + "\"usage\":3.0},{\"metric\":\"NEW_GPUS\",\"limit\":9.2233720368547758e+18,\"usage\":0}]},"
                        + "{\"name\":\"us-west1\",\"quotaStatusWarning\":{\"code\":\"LIST_OVERHEAD\",\"message\":\"late\"}}]}");
        List<RegionFacts> regions = get(compute.regions());
        assertThat(regions).extracting(RegionFacts::name).containsExactly("us-east1", "us-west1");
        assertThat(regions.get(0).quotas())
                .containsEntry("NVIDIA_T4_GPUS", new Quota(8, 3))
                .containsKey("NEW_GPUS");
        assertThat(regions.get(0).quotas().get("NEW_GPUS").limit()).isGreaterThan(9.2e18);
        assertThat(regions.get(0).warning()).isEmpty();
        assertThat(regions.get(1).quotas()).isEmpty();
        assertThat(regions.get(1).warning()).isEqualTo("late");
        assertThat(only().path()).isEqualTo(PATH + "/regions");
    }

    @Test
    @DisplayName("GCE-4, GCE-5, GCE-15: zones, their accelerators and their machine types are read as they are")
    void catalogue() throws Exception {
        server.then(
                        200,
                        "{\"items\":[{\"name\":\"us-east1-c\",\"status\":\"UP\",\"region\":\"x/regions/us-east1\"},"
                                + "{\"name\":\"us-central1-ai1a\",\"status\":\"DOWN\"}]}")
                .then(
                        200,
                        page(
                                "",
                                "\"zones/us-east1-c\":{\"acceleratorTypes\":[{\"name\":\"nvidia-tesla-t4\","
                                        + "\"maximumCardsPerInstance\":4}]},\"zones/us-east1-d\":{\"warning\":{\"code\":"
                                        + "\"NO_RESULTS_ON_PAGE\"}},\"zones/us-east1-e\":{\"warning\":{\"code\":"
                                        + "\"UNREACHABLE\"}},\"global\":{\"warning\":{\"code\":\"NO_RESULTS_ON_PAGE\"}}"))
                .then(
                        200,
                        page(
                                "",
                                "\"zones/us-east1-c\":{\"machineTypes\":[{\"name\":\"g2-standard-8\",\"guestCpus\":8,"
                                        + "\"accelerators\":[{\"guestAcceleratorType\":\"nvidia-l4\","
                                        + "\"guestAcceleratorCount\":1}]},{\"name\":\"g2-standard-80\",\"guestCpus\":80}]}"));
        assertThat(get(compute.zones()))
                .containsExactly(
                        new ZoneFacts("us-east1-c", "us-east1", true),
                        new ZoneFacts("us-central1-ai1a", "us-central1", false));
        assertThat(get(compute.accelerators()))
                .isEqualTo(Map.of("us-east1-c", Map.of("nvidia-tesla-t4", 4), "us-east1-d", Map.of()));
        assertThat(get(compute.machineType("g2-standard-8")))
                .isEqualTo(Map.of("us-east1-c", new MachineFacts(8, Map.of("nvidia-l4", 1))));
        assertThat(server.requests().get(2).query()).containsEntry("filter", "name=g2-standard-8");
    }

    @Test
    @DisplayName("a template is read from where it is, global or of a region, of this project or another")
    void template() throws Exception {
        String body =
                "{\"name\":\"t\",\"properties\":{\"machineType\":\"n1-standard-4\",\"guestAccelerators\":[{\"acceleratorType\":"
                        + "\"nvidia-tesla-t4\",\"acceleratorCount\":1}],\"metadata\":{\"items\":[{\"key\":\"a\",\"value\":\"1\"}]},"
                        + "\"labels\":{\"l\":\"v\"},\"scheduling\":{\"preemptible\":true,\"onHostMaintenance\":\"TERMINATE\"},"
                        + "\"disks\":[{\"boot\":false},{\"boot\":true,\"autoDelete\":true,\"initializeParams\":{\"diskType\":"
                        + "\"pd-ssd\",\"diskSizeGb\":\"100\",\"sourceImage\":\"projects/p/global/images/i\"}}],"
                        + "\"networkInterfaces\":[{\"network\":\"n\",\"subnetwork\":\"s\",\"accessConfigs\":[{}]}]}}";
        server.then(200, body).then(200, body).then(200, body);
        assertThat(get(compute.template("global/instanceTemplates/t")))
                .isEqualTo(new TemplateFacts(
                        "t",
                        "n1-standard-4",
                        Map.of("nvidia-tesla-t4", 1),
                        Map.of("a", "1"),
                        Map.of("l", "v"),
                        true,
                        "TERMINATE",
                        true,
                        "pd-ssd",
                        100,
                        true,
                        "projects/p/global/images/i",
                        "n",
                        "s"));
        get(compute.template("regions/us-east1/instanceTemplates/t"));
        get(compute.template("projects/shared/global/instanceTemplates/t"));
        assertThat(server.requests())
                .extracting(ScriptedCompute.Request::path)
                .containsExactly(
                        PATH + "/global/instanceTemplates/t",
                        PATH + "/regions/us-east1/instanceTemplates/t",
                        "/compute/v1/projects/shared/global/instanceTemplates/t");
    }

    @Test
    @DisplayName("GCE-55, GCE-56: the end of the serial port is bounded; guest attributes are empty until one is told")
    void guest() throws Exception {
        server.then(200, "{\"contents\":\"" + "x".repeat(40) + "end\",\"start\":\"0\",\"next\":\"43\"}")
                .then(404, error(404, "notFound", "The resource 'hostAttributes' was not found"))
                .then(
                        200,
                        "{\"queryPath\":\"paddock/\",\"queryValue\":{\"items\":[{\"namespace\":\"paddock\",\"key\":\"state\","
                                + "\"value\":\"ready\"}]}}");
        assertThat(get(compute.serialOutput("us-east1-c", "gpu-a", 8))).isEqualTo("xxxxxend");
        assertThat(only().query()).containsEntry("start", "-8").containsEntry("port", "1");
        assertThat(get(compute.guestAttributes("us-east1-c", "gpu-a", "paddock")))
                .isEmpty();
        assertThat(get(compute.guestAttributes("us-east1-c", "gpu-a", "paddock")))
                .containsEntry("state", "ready");
        assertThat(server.requests().get(2).query()).containsEntry("queryPath", "paddock/");
    }
}
