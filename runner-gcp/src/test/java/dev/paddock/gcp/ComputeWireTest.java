package dev.paddock.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.InsertRequest;
import dev.paddock.gcp.internal.OperationRef;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes over the wire. */
@Timeout(60)
class ComputeWireTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ID = "0f0e0d0c-0b0a-4909-8807-060504030201";

    private record Sent(String method, String path, Map<String, String> query, JsonNode body) {}

    private static InsertRequest plain(String template) {
        var shape = new InsertRequest.Shape(
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.of("FLEX_START"),
                Optional.of(Duration.ofMinutes(90)),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(false),
                List.of(),
                Optional.empty(),
                Optional.of(new InsertRequest.BootDisk("", 200, "")),
                Optional.of("TERMINATE"));
        return new InsertRequest("us-east1-c", "plain", ID, template, Map.of("ä", "ö &?=\n"), Map.of(), shape);
    }

    private static List<Function<ComputeApi, CompletionStage<?>>> calls() {
        return List.of(
                api -> api.insert(ComputeContract.request()),
                api -> api.insert(plain("regions/us-east1/instanceTemplates/t")),
                api -> api.bulkInsert(
                        "us-east1", List.of("us-east1-c"), plain("projects/x/global/instanceTemplates/t")),
                api -> api.delete("us-east1-c", "a", ID),
                api -> api.setMetadata("us-east1-c", "a", "fp+/=", Map.of("k", "v")),
                api -> api.operation(new OperationRef(true, "us-east1-c", "o")),
                api -> api.operation(new OperationRef(false, "us-east1", "o")),
                api -> api.operations("us-east1-c", "operationType=\"x\" AND a>b"),
                api -> api.instance("us-east1-c", "a"),
                api -> api.instances("labels.paddock-fleet=f AND (status=TERMINATED OR labels.a:*)"),
                ComputeApi::regions,
                ComputeApi::project,
                ComputeApi::zones,
                ComputeApi::accelerators,
                api -> api.machineType("n1-standard-4"),
                api -> api.template("global/instanceTemplates/t"),
                api -> api.template("projects/x/regions/us-east1/instanceTemplates/t"),
                api -> api.serialOutput("us-east1-c", "a", 16384),
                api -> api.guestAttributes("us-east1-c", "a", "paddock"));
    }

    private static List<Sent> sent(Function<GcpProject.Builder, GcpProject.Builder> transport) throws Exception {
        List<Sent> sent = new ArrayList<>();
        for (Function<ComputeApi, CompletionStage<?>> call : calls()) {
            try (var server = new ScriptedCompute();
                    var scheduler = new RecordingScheduler();
                    var project = transport
                            .apply(GcpProject.builder("acme-ci").endpoint(server.url()))
                            .build()) {
                server.then(200, "{\"kind\":\"k\",\"name\":\"x\"}").then(200, "{\"kind\":\"k\",\"name\":\"x\"}");
                call.apply(project.compute(scheduler)).toCompletableFuture().get(20, TimeUnit.SECONDS);
                for (ScriptedCompute.Request request : server.requests()) {
                    sent.add(
                            new Sent(request.method(), request.path(), request.query(), JSON.readTree(request.body())));
                }
            }
        }
        return sent;
    }

    @Test
    @DisplayName("both ways to ask send the same requests: path, query and body")
    void agree() throws Exception {
        List<Sent> google = sent(builder -> builder);
        List<Sent> own = sent(builder -> builder.httpClient(HttpClient.newHttpClient()));
        assertThat(own).hasSize(calls().size() + 1);
        for (int i = 0; i < own.size(); i++) {
            assertThat(google.get(i)).isEqualTo(own.get(i));
        }
        assertThat(google).hasSameSizeAs(own);
    }
}
