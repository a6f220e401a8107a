package dev.paddock.gcp.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.gcp.ComputeFault;
import dev.paddock.gcp.ComputeFault.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What refusals and failed operations mean. */
class FaultsTest {
    private static final Asked INSERT = Asked.write("make the VM a in us-east1-c", Duration.ofSeconds(30));

    private static ComputeFault reply(int status, String reason, String message) {
        return Faults.ofReply(INSERT, status, Optional.empty(), body(status, reason, message));
    }

    private static String body(int status, String reason, String message) {
        return "{\"error\":{\"code\":" + status + ",\"message\":\"" + message + "\",\"errors\":[{\"message\":\""
                + message + "\",\"domain\":\"global\",\"reason\":\"" + reason + "\"}]}}";
    }

    private static ComputeFault operation(String json) {
        return Faults.ofOperation(INSERT, Faults.parse(json)).orElseThrow();
    }

    private static ComputeFault failed(String errors) {
        return operation("{\"name\":\"o\",\"status\":\"DONE\",\"error\":{\"errors\":[" + errors + "]}}");
    }

    @ParameterizedTest(name = "GCE-25, SLANG-25: {0} is {1}")
    @CsvSource({
        "ZONE_RESOURCE_POOL_EXHAUSTED, STOCKOUT",
        "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS, STOCKOUT",
        "RESOURCE_POOL_EXHAUSTED, STOCKOUT",
        "REGION_RESOURCE_POOL_EXHAUSTED, STOCKOUT",
        "INSUFFICIENT_CAPACITY, STOCKOUT",
        "insufficientCapacity, STOCKOUT",
        "GPU_STOCKOUT, STOCKOUT",
        "VM_MIN_COUNT_NOT_REACHED, STOCKOUT",
        "QUOTA_EXCEEDED, QUOTA",
        "quotaExceeded, QUOTA",
        "REGIONAL_QUOTA_GONE, QUOTA",
        "RESOURCE_OPERATION_RATE_EXCEEDED, RATE",
        "IP_SPACE_EXHAUSTED_WITH_DETAILS, IP_SPACE",
        "RESOURCE_ALREADY_EXISTS, CONFLICT",
        "RESOURCE_NOT_READY, NOT_READY",
        "resourceInUseByAnotherResource, NOT_READY",
        "RESOURCE_NOT_FOUND, NOT_FOUND",
        "INVALID_FIELD_VALUE, CONFIGURATION",
        "INVALID_USAGE, CONFIGURATION",
        "CONDITION_NOT_MET, CONFIGURATION",
        "UNSUPPORTED_OPERATION, UNSUPPORTED",
        "PERMISSIONS_ERROR, AUTHORIZATION",
        "IAM_PERMISSION_DENIED, AUTHORIZATION",
        "INTERNAL_ERROR, AMBIGUOUS",
        "SOMETHING_NEW, AMBIGUOUS"
    })
    @DisplayName("GCE-25, SLANG-25: an operation's code is classified, also without an HTTP status")
    void codesOfOperations(String code, Kind kind) {
        ComputeFault fault = failed("{\"code\":\"" + code + "\",\"message\":\"m\"}");
        assertThat(fault.kind()).isEqualTo(kind);
        assertThat(fault.code()).isEqualTo(code);
        assertThat(fault.status()).isZero();
    }

    @ParameterizedTest(name = "{0} {1} is {2}")
    @CsvSource({
        "400, invalid, CONFIGURATION",
        "401, authError, AUTHORIZATION",
        "403, quotaExceeded, QUOTA",
        "403, rateLimitExceeded, RATE",
        "403, userRateLimitExceeded, RATE",
        "403, forbidden, AUTHORIZATION",
        "403, accessNotConfigured, AUTHORIZATION",
        "404, notFound, NOT_FOUND",
        "409, alreadyExists, CONFLICT",
        "409, resourceInUseByAnotherResource, NOT_READY",
        "412, conditionNotMet, CONFIGURATION",
        "429, rateLimitExceeded, RATE",
        "429, quotaExceeded, RATE",
        "500, backendError, AMBIGUOUS",
        "503, backendError, AMBIGUOUS",
        "503, ZONE_RESOURCE_POOL_EXHAUSTED, STOCKOUT",
        "418, teapot, CONFIGURATION"
    })
    @DisplayName("a refusal's reason tells what its status does not")
    void reasonsOfReplies(int status, String reason, Kind kind) {
        ComputeFault fault = reply(status, reason, "m");
        assertThat(fault.kind()).isEqualTo(kind);
        assertThat(fault.status()).isEqualTo(status);
    }

    @Test
    @DisplayName("GCE-23: an L4 stock-out with details names the zones that have room")
    void zonesAvailable() {
        ComputeFault fault = operation("""
                {"name":"o","status":"RUNNING","progress":0,"httpErrorStatusCode":503,
                 "httpErrorMessage":"SERVICE UNAVAILABLE","error":{"errors":[{
                  "code":"ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS",
                  "message":"The zone does not have enough resources (state:STOCKOUT)",
                  "errorDetails":[{"errorInfo":{"reason":"resource_availability","domain":"compute.googleapis.com",
                   "metadatas":{"attachment":"nvidia-tesla-t4:1","zonesAvailable":"us-central1-a, us-central1-f"}}}]}]}}
                """);
        assertThat(fault.kind()).isEqualTo(Kind.STOCKOUT);
        assertThat(fault.zonesAvailable()).containsExactly("us-central1-a", "us-central1-f");
        assertThat(fault.status()).isEqualTo(503);
        assertThat(failed("{\"code\":\"X\",\"message\":\"m\",\"errorDetails\":[{\"errorInfo\":{\"reason\":\"stockout\","
                                + "\"metadatas\":{\"zonesAvailable\":\"\"}}}]}")
                        .zonesAvailable())
                .isEmpty();
    }

    @Test
    @DisplayName("GCE-23: of several errors the most telling one counts, whatever their order")
    void theMostTelling() {
        String few = "{\"code\":\"VM_MIN_COUNT_NOT_REACHED\",\"message\":\"few\"}";
        String stock = "{\"code\":\"ZONE_RESOURCE_POOL_EXHAUSTED\",\"message\":\"stock\"}";
        String quota = "{\"code\":\"QUOTA_EXCEEDED\",\"message\":\"quota\"}";
        String internal = "{\"code\":\"INTERNAL_ERROR\",\"message\":\"internal\"}";
        assertThat(failed(few + "," + stock).code()).isEqualTo("ZONE_RESOURCE_POOL_EXHAUSTED");
        assertThat(failed(few + "," + quota).kind()).isEqualTo(Kind.QUOTA);
        assertThat(failed(internal + "," + few).kind()).isEqualTo(Kind.STOCKOUT);
        assertThat(failed(internal + "," + quota).message()).contains("quota").doesNotContain("internal");
    }

    @Test
    @DisplayName("GCE-28: a quota of all regions reaches the whole project")
    void projectWide() {
        ComputeFault fault = reply(403, "quotaExceeded", "Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 4.0 globally.");
        assertThat(fault.kind()).isEqualTo(Kind.QUOTA);
        assertThat(fault.metric()).contains("GPUS_ALL_REGIONS");
        assertThat(fault.projectWide()).isTrue();
        assertThat(fault.message())
                .contains("make the VM a in us-east1-c", "Limit: 4.0 globally", "HTTP 403", "ask Google for more");
    }

    @Test
    @DisplayName("GCE-27: a region's quota does not reach the project; its metric is also found in the details")
    void regional() {
        ComputeFault fault =
                reply(403, "quotaExceeded", "Quota 'NVIDIA_T4_GPUS' exceeded.  Limit: 8.0 in region us-east1.");
        assertThat(fault.metric()).contains("NVIDIA_T4_GPUS");
        assertThat(fault.projectWide()).isFalse();
        ComputeFault detailed =
                failed("{\"code\":\"QUOTA_EXCEEDED\",\"message\":\"no\",\"errorDetails\":[{\"quotaInfo\":"
                        + "{\"metricName\":\"compute.googleapis.com/gpus_all_regions\",\"limit\":4}}]}");
        assertThat(detailed.metric()).contains("GPUS_ALL_REGIONS");
        assertThat(detailed.projectWide()).isTrue();
    }

    @Test
    @DisplayName("GCE-29: a rate limit that speaks of a quota is a rate limit")
    void rateBeforeQuota() {
        String words = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service"
                + " 'compute.googleapis.com'";
        assertThat(reply(403, "rateLimitExceeded", words).kind()).isEqualTo(Kind.RATE);
        assertThat(reply(403, "", words).kind()).isEqualTo(Kind.RATE);
        assertThat(Faults.ofReply(
                                INSERT,
                                403,
                                Optional.empty(),
                                "{\"error\":{\"code\":403,\"message\":\"m\",\"status\":\"PERMISSION_DENIED\",\"errors\":[{"
                                        + "\"reason\":\"forbidden\"}],\"details\":[{\"reason\":\"RATE_LIMIT_EXCEEDED\"}]}}")
                        .kind())
                .isEqualTo(Kind.RATE);
    }

    @Test
    @DisplayName("GCE-39: a template that was deleted is named as what is missing")
    void template() {
        ComputeFault fault =
                reply(404, "notFound", "The resource 'projects/p/global/instanceTemplates/t' was not found");
        assertThat(fault.kind()).isEqualTo(Kind.NOT_FOUND);
        assertThat(fault.message()).contains("instanceTemplates/t", "the instance template does not exist");
    }

    @Test
    @DisplayName("a machine or accelerator type that is missing is the zone's matter")
    void missingTypes() {
        assertThat(reply(404, "notFound", "The resource 'projects/p/zones/z/machineTypes/g2' was not found")
                        .kind())
                .isEqualTo(Kind.UNSUPPORTED);
        assertThat(reply(
                                400,
                                "invalid",
                                "Invalid value for field 'resource.machineType': Machine type with name 'g2' does not"
                                        + " exist in zone 'z'")
                        .kind())
                .isEqualTo(Kind.UNSUPPORTED);
    }

    @Test
    @DisplayName("GCE-45: only Compute Engine's own word that the VM is missing counts as such")
    void absence() {
        assertThat(reply(404, "notFound", "The resource 'projects/p/zones/z/instances/a' was not found")
                        .kind())
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(reply(404, "notFound", "The resource 'projects/p/zones/z' was not found")
                        .kind())
                .isEqualTo(Kind.CONFIGURATION);
        assertThat(reply(404, "notFound", "The resource 'projects/p' was not found")
                        .kind())
                .isEqualTo(Kind.CONFIGURATION);
        ComputeFault page = Faults.ofReply(INSERT, 404, Optional.empty(), "<html><h1>Not Found</h1></html>");
        assertThat(page.kind()).isEqualTo(Kind.AMBIGUOUS);
        assertThat(page.message())
                .contains("a page of HTML", "the endpoint and the proxy")
                .doesNotContain("<h1>");
        assertThat(Faults.ofReply(INSERT, 404, Optional.empty(), null).kind()).isEqualTo(Kind.AMBIGUOUS);
    }

    @Test
    @DisplayName("GCE-41: a missing permission is named")
    void permission() {
        assertThat(reply(403, "forbidden", "Required 'compute.instances.create' permission for 'projects/p'")
                        .message())
                .endsWith("give the account the permission compute.instances.create");
        assertThat(reply(403, "forbidden", "Permission 'compute.disks.create' denied on resource")
                        .message())
                .endsWith("give the account the permission compute.disks.create");
        assertThat(reply(403, "forbidden", "no").message()).contains("check the credentials, the account's roles");
    }

    @Test
    @DisplayName("metadata that was changed meanwhile may be read and replaced again")
    void fingerprint() {
        assertThat(reply(412, "conditionNotMet", "Supplied fingerprint does not match current metadata fingerprint.")
                        .kind())
                .isEqualTo(Kind.NOT_READY);
    }

    @Test
    @DisplayName("GCE-64: what Google repeats of a secret is in no message")
    void secrets() {
        Asked asked = INSERT.hiding(java.util.List.of("c2VjcmV0LWppdA=="));
        String whole = Faults.ofReply(
                        asked, 400, Optional.empty(), body(400, "invalid", "bad value c2VjcmV0LWppdA== of x"))
                .message();
        assertThat(whole).contains("***").doesNotContain("c2VjcmV0");
        String cut = Faults.ofReply(
                        asked,
                        400,
                        Optional.empty(),
                        body(
                                400,
                                "invalid",
                                "Invalid value for field 'resource.metadata.items[0].value': 'c2VjcmV0' x"))
                .message();
        assertThat(cut).contains("resource.metadata.items[0].value").doesNotContain("c2VjcmV0");
        assertThat(Faults.ofReply(INSERT, 401, Optional.empty(), body(401, "authError", "token ya29.a0Af_xyz is bad"))
                        .message())
                .doesNotContain("a0Af");
        assertThat(asked).hasToString("make the VM a in us-east1-c");
    }

    @Test
    @DisplayName("GCE-30: Retry-After is understood as seconds and as a date, and nonsense is not")
    void retryAfter() {
        Instant now = Instant.parse("2026-05-20T10:00:00Z");
        assertThat(RetryAfter.parse("7", now)).contains(Duration.ofSeconds(7));
        assertThat(RetryAfter.parse("Wed, 20 May 2026 10:00:30 GMT", now)).contains(Duration.ofSeconds(30));
        assertThat(RetryAfter.parse("Wed, 20 May 2026 09:00:30 GMT", now)).contains(Duration.ZERO);
        assertThat(RetryAfter.parse("soon", now)).isEmpty();
        assertThat(RetryAfter.parse("99999999999999999999", now)).isEmpty();
        assertThat(RetryAfter.parse(null, now)).isEmpty();
    }

    @Test
    @DisplayName("an operation without an error has none")
    void none() {
        assertThat(Faults.ofOperation(INSERT, Faults.parse("{\"status\":\"DONE\",\"httpErrorStatusCode\":200}")))
                .isEmpty();
        assertThat(operation("{\"status\":\"DONE\",\"httpErrorStatusCode\":503,\"httpErrorMessage\":\"NO\"}")
                        .kind())
                .isEqualTo(Kind.AMBIGUOUS);
    }
}
