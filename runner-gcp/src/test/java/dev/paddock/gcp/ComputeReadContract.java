package dev.paddock.gcp;

import static dev.paddock.gcp.ScriptedCompute.answer;
import static dev.paddock.gcp.ScriptedCompute.lost;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.gcp.ComputeFault.Kind;
import dev.paddock.gcp.internal.ComputeOperation;
import dev.paddock.gcp.internal.Limits;
import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.OperationRef;
import dev.paddock.gcp.internal.Quota;
import dev.paddock.gcp.internal.RegionFacts;
import dev.paddock.gcp.internal.TemplateFacts;
import dev.paddock.gcp.internal.Told;
import dev.paddock.gcp.internal.Vm;
import dev.paddock.gcp.internal.VmList;
import dev.paddock.gcp.internal.ZoneFacts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every way to ask Compute Engine does when it reads. */
abstract class ComputeReadContract extends ComputeContract {
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

    @Test
    @DisplayName("GCE-57: a zone's operations are read page by page, and what was read stands if a later one fails")
    void pagesOfOperations() throws Exception {
        String first = "{\"items\":[" + operation("DONE", "") + "],\"nextPageToken\":\"tok/+=1\"}";
        String second = "{\"items\":[" + operation("DONE", "").replace("operation-1", "operation-2") + "]}";
        server.then(200, first).then(200, second).then(200, first).then(403, error(403, "forbidden", "no"));
        assertThat(get(compute.operations("us-east1-c", "operationType=insert")))
                .extracting(found -> found.ref().name())
                .containsExactly("operation-1", "operation-2");
        assertThat(server.requests())
                .hasSize(2)
                .allMatch(request -> request.query().get("filter").equals("operationType=insert"));
        assertThat(server.requests().get(1).query()).containsEntry("pageToken", "tok/+=1");
        assertThat(get(compute.operations("us-east1-c", "operationType=insert")))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "null"})
    @DisplayName("an answer without anything in it is asked for again, and is no proof that there is no VM")
    void emptyAnswers(String body) throws Exception {
        server.then(200, body).then(200, "{\"kind\":\"compute#instanceAggregatedList\",\"items\":{}}");
        assertThat(get(compute.instances("labels.a=b")).vms()).isEmpty();
        assertThat(server.requests()).hasSize(2);
    }

    // ---- reading ----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("a read waits as long as Google asks, and gives up after four tries")
    void readsAgain() throws Exception {
        server.then(answer(429, error(429, "rateLimitExceeded", "slow"), "Retry-After", "7"))
                .then(200, "{\"kind\":\"compute#project\",\"quotas\":[]}");
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
                + "\"labels\":{\"paddock-fleet\":\"f\"},"
                + "\"metadata\":{\"fingerprint\":\"fp=\",\"items\":[{\"key\":\"jit-config\",\"value\":\"" + SECRET
                + "\"}]},\"disks\":[{\"boot\":true,\"diskSizeGb\":\"100\"}]}";
    }

    @Test
    @DisplayName(
            "GCE-46, SLANG-30: all zones' VMs come by one request a page, with the filter, without what their metadata"
                    + " says, and none needs a time of creation")
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
                .isEqualTo(Told.whole(Map.of(
                        "us-east1-c", new ZoneFacts("us-east1-c", "us-east1", true),
                        "us-central1-ai1a", new ZoneFacts("us-central1-ai1a", "us-central1", false))));
        assertThat(get(compute.accelerators()))
                .isEqualTo(new Told<>(
                        Map.of("us-east1-c", Map.of("nvidia-tesla-t4", 4), "us-east1-d", Map.of()),
                        Set.of("us-east1-e")));
        assertThat(get(compute.machineType("g2-standard-8")))
                .isEqualTo(Told.whole(Map.of("us-east1-c", new MachineFacts(8, Map.of("nvidia-l4", 1)))));
        assertThat(server.requests().get(2).query()).containsEntry("filter", "name=g2-standard-8");
    }

    @Test
    @DisplayName("a template is read from where it is, global or of a region, of this project or another")
    void template() throws Exception {
        String body =
                "{\"name\":\"t\",\"properties\":{\"machineType\":\"n1-standard-4\",\"guestAccelerators\":[{\"acceleratorType\":"
                        + "\"nvidia-tesla-t4\",\"acceleratorCount\":1}],\"metadata\":{\"items\":[{\"key\":\"a\",\"value\":\"1\"}]},"
                        + "\"labels\":{\"l\":\"v\"},\"scheduling\":{\"preemptible\":true,\"onHostMaintenance\":\"TERMINATE\"},"
                        + "\"disks\":[{\"boot\":false},{\"autoDelete\":true},{\"source\":\"theirs\"},{\"type\":\"SCRATCH\"},{\"boot\":true,\"autoDelete\":true,\"initializeParams\":{\"diskType\":"
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
                        "s",
                        "",
                        1));
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
