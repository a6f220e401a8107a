package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.RunnerId;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.ScriptedHttpClient.Sent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** The conversation of a whole life, request by request, as GitHub's own client has it. */
class TranscriptTest {
    private static final String SESSION = "4f6f1f0e-1f5e-4c0a-9d8a-0f2b3c4d5e6f";
    private static final String QUEUE = "/scalesets/message?sessionId=" + SESSION;
    private static final String VERSION = "?api-version=6.0-preview";
    private static final String SET = "/tenant/123/_apis/runtime/runnerscalesets";

    private record Exchange(String line, String authorization, String body, Answer answer) {}

    private final ManualTime time = new ManualTime();
    private final Deque<Exchange> transcript = new ArrayDeque<>();
    private final ScriptedHttpClient http = new ScriptedHttpClient(time, this::next);
    private final ScaleSetClient client = ScaleSetClient.builder(
                    "http://127.0.0.1:8080/my-org", GitHubCredentials.token("ghp_x"))
            .httpClient(http)
            .scheduler(time)
            .build();
    private final String jwt = ScriptedService.jwt(ManualTime.START.plus(Duration.ofHours(1)), 1);

    private void expect(String line, String authorization, String body, int status, String answer) {
        transcript.add(new Exchange(line, authorization, body, Answer.of(status, answer)));
    }

    private Answer next(Sent sent) {
        Exchange expected = transcript.poll();
        assertThat(expected).as("nothing more was expected: %s", sent.line()).isNotNull();
        assertThat(sent.line()).isEqualTo(expected.line());
        assertThat(sent.authorization()).isEqualTo(expected.authorization());
        if (expected.body().isEmpty()) {
            assertThat(sent.body()).isEmpty();
        } else {
            JsonNode wanted = Wire.parse(expected.body());
            assertThat(Wire.parse(sent.body())).isEqualTo(wanted);
        }
        assertThat(Wire.parse(sent.headers().get("User-Agent")).get("kind").asText())
                .isEqualTo("scaleset");
        return expected.answer();
    }

    @Test
    void aWholeLifeGoesRequestByRequest() {
        expectConnection();
        expectScaleSet();
        assertThat(time.await(client.runnerGroup("gpu"))).isEqualTo(new RunnerGroup(7, "gpu", false));
        assertThat(time.await(client.findScaleSet(7, "gpu-h200"))).isEmpty();
        ScaleSet set = time.await(
                client.createScaleSet(ScaleSetSettings.named("gpu-h200").withRunnerGroupId(7)));
        assertThat(set.labels()).containsExactly("gpu-h200");
        expectSession();
        ScaleSetSession session = time.await(client.openSession(set.id(), "orchestrator-1"));
        assertThat(session.id()).isEqualTo(SESSION);
        assertThat(session.scaleSetName()).isEqualTo("gpu-h200");
        expectFirstMessage();
        assertThat(time.await(session.nextMessage(0, 4))).isEmpty();
        checkPollHeaders();
        ScaleSetMessage message = time.await(session.nextMessage(0, 4)).orElseThrow();
        assertThat(message.jobs())
                .singleElement()
                .satisfies(news -> assertThat(news.kind()).isEqualTo(JobMessage.Kind.ASSIGNED));
        time.await(session.deleteMessage(message.id()));
        expectRunner();
        var registration = time.await(client.register(42, new RunnerId("gpu-h200-k3f9a2c1"), "_work"));
        assertThat(registration.id()).isEqualTo("901");
        assertThat(registration.secret()).isEqualTo("eyIucnVubmVyIjoi");
        expectRefresh();
        assertThat(time.await(session.nextMessage(message.id(), 4))).isEmpty();
        expectEnd();
        Assertions.assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> time.await(client.deleteRunner(901)))
                .withCauseInstanceOf(GitHubException.class)
                .satisfies(failed ->
                        assertThat(GitHubException.from(failed).reason()).isEqualTo(GitHubException.Reason.NOT_FOUND));
        time.await(session.close());
        assertThat(time.failure(client.openSession(42, "orchestrator-1")).reason())
                .isEqualTo(GitHubException.Reason.SESSION_CONFLICT);
        assertThat(transcript).isEmpty();
        assertThat(time.pending()).as("timers left behind").isZero();
    }

    private void expectConnection() {
        expect(
                "POST /api/v3/orgs/my-org/actions/runners/registration-token",
                "Bearer ghp_x",
                "",
                201,
                "{\"token\":\"REG1\",\"expires_at\":\"2026-05-05T11:00:00Z\"}");
        expect(
                "POST /api/v3/actions/runner-registration",
                "RemoteAuth REG1",
                "{\"url\":\"http://127.0.0.1:8080/my-org\",\"runner_event\":\"register\"}",
                200,
                "{\"url\":\"http://127.0.0.1:8080/tenant/123/\",\"token\":\"" + jwt + "\"}");
    }

    private void expectScaleSet() {
        expect(
                "GET /tenant/123/_apis/runtime/runnergroups/" + VERSION + "&groupName=gpu",
                "Bearer " + jwt,
                "",
                200,
                "{\"count\":1,\"value\":[{\"id\":7,\"name\":\"gpu\",\"size\":0,\"isDefaultGroup\":false}]}");
        expect(
                "GET " + SET + VERSION + "&name=gpu-h200&runnerGroupId=7",
                "Bearer " + jwt,
                "",
                200,
                "{\"count\":0,\"value\":[]}");
        expect("POST " + SET + VERSION, "Bearer " + jwt, """
                {"name":"gpu-h200","runnerGroupId":7,"labels":[{"type":"System","name":"gpu-h200"}],
                 "RunnerSetting":{"disableUpdate":true},"createdOn":"0001-01-01T00:00:00Z"}""", 200, """
                {"id":42,"name":"gpu-h200","runnerGroupId":7,"runnerGroupName":"gpu","labels":[{"type":"System",
                 "name":"gpu-h200"}],"RunnerSetting":{"disableUpdate":true},"createdOn":"2026-05-05T10:00:00.1234567Z",
                 "runnerJitConfigUrl":"http://127.0.0.1:8080/tenant/123/_apis/runtime/runnerscalesets/42/generatejitconfig",
                 "statistics":null}""");
    }

    private void expectSession() {
        expect("POST " + SET + "/42/sessions" + VERSION, "Bearer " + jwt, """
                {"sessionId":"00000000-0000-0000-0000-000000000000","ownerName":"orchestrator-1"}""", 200, session("MQ1"));
    }

    private static String session(String token) {
        return "{\"sessionId\":\"" + SESSION + "\",\"ownerName\":\"orchestrator-1\",\"runnerScaleSet\":{\"id\":42,"
                + "\"name\":\"gpu-h200\"},\"messageQueueUrl\":\"http://127.0.0.1:8080" + QUEUE
                + "\",\"messageQueueAccessToken\":\"" + token + "\",\"statistics\":{\"totalAvailableJobs\":0,"
                + "\"totalAcquiredJobs\":0,\"totalAssignedJobs\":0,\"totalRunningJobs\":0,"
                + "\"totalRegisteredRunners\":0,\"totalBusyRunners\":0,\"totalIdleRunners\":0}}";
    }

    private void expectFirstMessage() {
        expect("GET " + QUEUE, "Bearer MQ1", "", 202, "");
        expect("GET " + QUEUE, "Bearer MQ1", "", 200, MessageDecoderTest.message(100000173, """
                [{"messageType":"JobAssigned","runnerRequestId":0,"repositoryName":"repo","ownerName":"my-org",
                 "jobId":"b2d9","jobWorkflowRef":"my-org/repo/.github/workflows/ci.yml@refs/heads/main",
                 "jobDisplayName":"gpu-test","workflowRunId":123,"eventName":"push","requestLabels":["gpu"],
                 "queueTime":"2026-05-05T10:00:00.1234567Z","scaleSetAssignTime":"2026-05-05T10:00:01Z",
                 "runnerAssignTime":"0001-01-01T00:00:00Z","finishTime":"0001-01-01T00:00:00Z"}]"""));
        expect("DELETE /scalesets/message/100000173?sessionId=" + SESSION, "Bearer MQ1", "", 204, "");
    }

    private void checkPollHeaders() {
        List<Sent> sent = http.sent();
        Sent poll = sent.get(sent.size() - 1);
        assertThat(poll.headers())
                .containsEntry("X-ScaleSetMaxCapacity", "4")
                .containsEntry("Accept", "application/json; api-version=6.0-preview");
    }

    private void expectRunner() {
        expect(
                "POST " + SET + "/42/generatejitconfig" + VERSION,
                "Bearer " + jwt,
                "{\"name\":\"gpu-h200-k3f9a2c1\",\"workFolder\":\"_work\"}",
                200,
                "{\"runner\":{\"id\":901,\"name\":\"gpu-h200-k3f9a2c1\",\"runnerScaleSetId\":42},"
                        + "\"encodedJITConfig\":\"eyIucnVubmVyIjoi\"}");
    }

    private void expectRefresh() {
        String poll = "GET /scalesets/message?lastMessageId=100000173&sessionId=" + SESSION;
        expect(poll, "Bearer MQ1", "", 401, "");
        expect("PATCH " + SET + "/42/sessions/" + SESSION + VERSION, "Bearer " + jwt, "", 200, session("MQ2"));
        expect(poll, "Bearer MQ2", "", 202, "");
    }

    private void expectEnd() {
        expect("DELETE /tenant/123/_apis/distributedtask/pools/0/agents/901" + VERSION, "Bearer " + jwt, "", 404, """
                {"typeName":"GitHub.DistributedTask.WebApi.TaskAgentNotFoundException, GitHub.DistributedTask.WebApi",
                 "message":"No agent"}""");
        expect("DELETE " + SET + "/42/sessions/" + SESSION + VERSION, "Bearer " + jwt, "", 204, "");
        expect("POST " + SET + "/42/sessions" + VERSION, "Bearer " + jwt, """
                {"sessionId":"00000000-0000-0000-0000-000000000000","ownerName":"orchestrator-1"}""", 409, """
                {"typeName":"GitHub.Actions.Runtime.WebApi.RunnerScaleSetSessionConflictException, GitHub.Actions.Runtime.WebApi",
                 "message":"The actions runner scaleset gpu-h200 already has an active session."}""");
    }
}
