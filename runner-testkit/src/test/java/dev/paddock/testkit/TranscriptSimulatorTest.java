package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The golden transcript of the protocol, played against the simulator. Bodies are compared as JSON; what the service
 * invents stands in angle brackets: at first sight it is noted, from then on it must be the same.
 */
class TranscriptSimulatorTest {
    private static final String STATISTICS = """
            {"totalAvailableJobs":0,"totalAcquiredJobs":0,"totalAssignedJobs":%d,"totalRunningJobs":0,
             "totalRegisteredRunners":0,"totalBusyRunners":0,"totalIdleRunners":0}""";

    private final Map<String, String> invented = new LinkedHashMap<>();

    private String fill(String text) {
        String filled = text;
        for (var entry : invented.entrySet()) {
            filled = filled.replace("<" + entry.getKey() + ">", entry.getValue());
        }
        return filled;
    }

    private void assertJson(String actual, String golden) {
        compare("", SimulatorWorld.parse(actual), SimulatorWorld.parse(golden));
    }

    private void compare(String where, JsonNode actual, JsonNode golden) {
        if (golden.isObject()) {
            assertThat(actual.isObject()).as(where).isTrue();
            assertThat(actual.fieldNames())
                    .toIterable()
                    .as(where)
                    .containsExactlyInAnyOrderElementsOf(() -> golden.fieldNames());
            for (Iterator<String> names = golden.fieldNames(); names.hasNext(); ) {
                String name = names.next();
                compare(where + "/" + name, actual.get(name), golden.get(name));
            }
        } else if (golden.isArray()) {
            assertThat(actual).as(where).hasSize(golden.size());
            for (int i = 0; i < golden.size(); i++) {
                compare(where + "/" + i, actual.get(i), golden.get(i));
            }
        } else if (golden.isTextual() && golden.textValue().matches("<[a-z0-9]+>")) {
            String name = golden.textValue().substring(1, golden.textValue().length() - 1);
            assertThat(actual.isValueNode() && !actual.isNull()).as(where).isTrue();
            assertThat(actual.asText()).as(where).isNotEmpty();
            assertThat(invented.computeIfAbsent(name, n -> actual.asText()))
                    .as(where)
                    .isEqualTo(actual.asText());
        } else if (golden.isTextual()) {
            assertThat(actual.textValue()).as(where).isEqualTo(fill(golden.textValue()));
        } else {
            assertThat(actual).as(where).isEqualTo(golden);
        }
    }

    private SimulatorWorld world;

    private Answer exchange(String method, String url, String authorization, String body, int status, String golden) {
        Answer answer = world.call(
                method,
                fill(url),
                body,
                "Authorization",
                fill(authorization),
                "Content-Type",
                "application/json",
                "Accept",
                "application/json; api-version=6.0-preview",
                "X-ScaleSetMaxCapacity",
                "4");
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        if (golden.isEmpty()) {
            assertThat(answer.body()).isEmpty();
        } else {
            assertJson(answer.body(), golden);
        }
        return answer;
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-3.11 the golden transcript is answered as written")
    void theGoldenTranscriptIsAnsweredAsWritten(Face face) {
        var builder = ActionsServiceSimulator.builder().runnerGroup("gpu").longPoll(Duration.ofMillis(50));
        try (var opened = SimulatorWorld.open(face, builder)) {
            world = opened;
            invented.put("host", world.simulator.url());
            connect();
            ensureScaleSet();
            openSession();
            work();
            leave();
            assertThat(world.simulator.violations()).isEmpty();
        }
    }

    private void connect() {
        exchange(
                "POST",
                "<host>/api/v3/orgs/my-org/actions/runners/registration-token",
                "Bearer ghp_x",
                "",
                201,
                "{\"token\":\"<reg1>\",\"expires_at\":\"<expires>\"}");
        Instant.parse(invented.get("expires"));
        exchange(
                "POST",
                "<host>/api/v3/actions/runner-registration",
                "RemoteAuth <reg1>",
                fill("{\"url\":\"<host>/my-org\",\"runner_event\":\"register\"}"),
                200,
                "{\"url\":\"<host>/tenant/123/\",\"token\":\"<jwt>\"}");
        String[] parts = invented.get("jwt").split("\\.");
        assertThat(parts).hasSize(3);
        assertThat(decode(parts[0]).get("alg").textValue()).isEqualTo("RS256");
        assertThat(decode(parts[1]).get("exp").longValue())
                .isGreaterThan(Instant.parse("2026-01-01T00:00:00Z").getEpochSecond());
    }

    private static JsonNode decode(String base64) {
        return SimulatorWorld.parse(new String(Base64.getUrlDecoder().decode(base64), StandardCharsets.UTF_8));
    }

    private void ensureScaleSet() {
        String runtime = "<host>/tenant/123/_apis/runtime/";
        exchange(
                "GET",
                runtime + "runnergroups/?api-version=6.0-preview&groupName=gpu",
                "Bearer <jwt>",
                "",
                200,
                "{\"count\":1,\"value\":[{\"id\":\"<group>\",\"name\":\"gpu\",\"size\":0,\"isDefaultGroup\":false}]}");
        exchange(
                "GET",
                runtime + "runnerscalesets?api-version=6.0-preview&name=gpu-h200&runnerGroupId=<group>",
                "Bearer <jwt>",
                "",
                200,
                "{\"count\":0,\"value\":[]}");
        exchange("POST", runtime + "runnerscalesets?api-version=6.0-preview", "Bearer <jwt>", fill("""
                        {"name":"gpu-h200","runnerGroupId":<group>,"labels":[{"type":"System","name":"gpu-h200"}],
                         "RunnerSetting":{"disableUpdate":true},"createdOn":"0001-01-01T00:00:00Z"}"""), 200, """
                {"id":"<set>","name":"gpu-h200","runnerGroupId":"<group>","runnerGroupName":"gpu",
                 "labels":[{"type":"System","name":"gpu-h200"}],"RunnerSetting":{"disableUpdate":true},
                 "createdOn":"<created>",
                 "runnerJitConfigUrl":"<jiturl>","statistics":null}""");
        assertThat(invented.get("created")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{7}Z");
        assertThat(invented.get("jiturl"))
                .isEqualTo(fill("<host>/tenant/123/_apis/runtime/runnerscalesets/<set>/generatejitconfig"));
    }

    private static String session(String token) {
        return """
                {"sessionId":"<session>","ownerName":"orchestrator-1","runnerScaleSet":{"id":"<set>","name":"gpu-h200"},
                 "messageQueueUrl":"<queue>","messageQueueAccessToken":"<%s>",
                 "statistics":%s}""".formatted(token, STATISTICS.formatted(0));
    }

    private void openSession() {
        exchange(
                "POST",
                "<host>/tenant/123/_apis/runtime/runnerscalesets/<set>/sessions?api-version=6.0-preview",
                "Bearer <jwt>",
                "{\"sessionId\":\"00000000-0000-0000-0000-000000000000\",\"ownerName\":\"orchestrator-1\"}",
                200,
                session("mq1"));
        assertThat(invented.get("queue")).isEqualTo(fill("<host>/scalesets/message?sessionId=<session>"));
        Answer conflict = world.call(
                "POST",
                fill("<host>/tenant/123/_apis/runtime/runnerscalesets/<set>/sessions?api-version=6.0-preview"),
                "{\"ownerName\":\"orchestrator-2\"}",
                "Authorization",
                fill("Bearer <jwt>"),
                "Content-Type",
                "application/json");
        assertThat(conflict.status()).isEqualTo(409);
        assertThat(conflict.json().get("typeName").textValue())
                .isEqualTo("GitHub.Actions.Runtime.WebApi.RunnerScaleSetSessionConflictException,"
                        + " GitHub.Actions.Runtime.WebApi");
        assertThat(conflict.json().get("message").textValue())
                .isEqualTo("The actions runner scaleset gpu-h200 already has an active session.");
    }

    private void work() {
        exchange("GET", "<queue>", "Bearer <mq1>", "", 202, "");
        world.simulator.submit(Workflow.builder("ci")
                .repository("my-org/repo")
                .add(WorkflowJob.builder("gpu-test").labels("gpu-h200").build())
                .build());
        Answer message = exchange("GET", "<queue>", "Bearer <mq1>", "", 200, """
                {"messageId":"<message>","messageType":"RunnerScaleSetJobMessages","body":"<body>",
                 "statistics":%s}""".formatted(STATISTICS.formatted(1)));
        assertThat(message.json().get("messageId").longValue()).isGreaterThan(100_000_000);
        assertJson(invented.get("body"), """
                [{"messageType":"JobAssigned","runnerRequestId":0,"repositoryName":"repo","ownerName":"my-org",
                  "jobId":"<job>","jobWorkflowRef":"my-org/repo/.github/workflows/ci.yml@refs/heads/main",
                  "jobDisplayName":"gpu-test","workflowRunId":"<run>","eventName":"push",
                  "requestLabels":["gpu-h200"],"queueTime":"<queued>","scaleSetAssignTime":"<assigned>",
                  "runnerAssignTime":"0001-01-01T00:00:00Z","finishTime":"0001-01-01T00:00:00Z"}]""");
        exchange("DELETE", "<host>/scalesets/message/<message>?sessionId=<session>", "Bearer <mq1>", "", 204, "");
        exchange(
                "POST",
                "<jiturl>?api-version=6.0-preview",
                "Bearer <jwt>",
                "{\"name\":\"gpu-h200-k3f9a2c1\",\"workFolder\":\"_work\"}",
                200,
                """
                {"runner":{"id":"<agent>","name":"gpu-h200-k3f9a2c1","runnerScaleSetId":"<set>"},
                 "encodedJITConfig":"<jit>"}""");
    }

    private void leave() {
        world.simulator.faults().expireQueueToken("gpu-h200");
        String next = "<host>/scalesets/message?lastMessageId=<message>&sessionId=<session>";
        Answer expired = world.call("GET", fill(next), "", "Authorization", fill("Bearer <mq1>"));
        assertThat(expired.status()).isEqualTo(401);
        String session = "<host>/tenant/123/_apis/runtime/runnerscalesets/<set>/sessions/<session>";
        Answer refreshed = world.call(
                "PATCH", fill(session + "?api-version=6.0-preview"), "", "Authorization", fill("Bearer <jwt>"));
        assertThat(refreshed.status()).isEqualTo(200);
        invented.put("mq2", refreshed.json().get("messageQueueAccessToken").textValue());
        assertThat(invented.get("mq2")).isNotEqualTo(invented.get("mq1"));
        exchange("GET", next, "Bearer <mq2>", "", 202, "");

        String agent = "<host>/tenant/123/_apis/distributedtask/pools/0/agents/<agent>?api-version=6.0-preview";
        exchange("DELETE", agent, "Bearer <jwt>", "", 204, "");
        Answer gone = world.call("DELETE", fill(agent), "", "Authorization", fill("Bearer <jwt>"));
        assertThat(gone.status()).isEqualTo(404);
        assertThat(gone.json().get("typeName").textValue())
                .isEqualTo("GitHub.DistributedTask.WebApi.TaskAgentNotFoundException, GitHub.DistributedTask.WebApi");
        exchange("DELETE", session + "?api-version=6.0-preview", "Bearer <jwt>", "", 204, "");
    }
}
