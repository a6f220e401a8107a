package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.JobKey;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.github.WebhookIntake.Received;
import dev.paddock.github.WorkflowJobListener.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookIntakeTest {
    private static final String PAYLOAD = """
            {"action":"in_progress",
             "workflow_job":{"id":29679449526,"run_id":11,"run_attempt":1,"node_id":"CR_x","head_sha":"ab","url":"https://x",
               "status":"in_progress","conclusion":null,"created_at":"2026-05-05T10:00:00Z",
               "started_at":"2026-05-05T10:00:05Z","completed_at":null,"name":"train","workflow_name":"CI",
               "steps":[{"name":"Set up job","status":"in_progress","number":1}],"labels":["self-hosted","GPU"],
               "runner_id":1,"runner_name":"gpu-abcd-aaaaaaaaaa","runner_group_id":1,"runner_group_name":"Default"},
             "repository":{"id":1,"full_name":"acme/engine","name":"engine","owner":{"login":"acme"}},
             "organization":{"login":"acme"},"sender":{"login":"octocat"}}""";

    private final WebhookSignature signature = new WebhookSignature(List.of("s3cret"));
    private final WebhookIntake intake = new WebhookIntake(signature);

    private Received receive(String event, String body) {
        return receive(headers(event, body), body);
    }

    private Received receive(Map<String, List<String>> headers, String body) {
        return intake.receive(headers, body.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, List<String>> headers(String event, String body) {
        return Webhooks.headers("s3cret", event, "d-1", body);
    }

    private static void assertRejected(Received received, int status, String words) {
        assertThat(received.job()).isNull();
        assertThat(received.answer().kind()).isEqualTo(Answer.Kind.REJECTED);
        assertThat(received.answer().status()).isEqualTo(status);
        assertThat(received.answer().reason()).contains(words).doesNotContain("s3cret");
    }

    // ---- who sends -----------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-R1 a webhook without a signature is rejected before it is read")
    void aMissingSignatureIsRejected() {
        Map<String, List<String>> headers = headers("workflow_job", PAYLOAD);
        headers.remove(WebhookSignature.HEADER);
        assertRejected(receive(headers, PAYLOAD), 401, "lacks X-Hub-Signature-256");
        assertRejected(receive(headers, "not even JSON"), 401, "lacks X-Hub-Signature-256");
        headers.put(WebhookSignature.HEADER, List.of());
        assertRejected(receive(headers, PAYLOAD), 401, "lacks X-Hub-Signature-256");
    }

    @Test
    @DisplayName("GHS-R1 a webhook whose body was changed by a byte is rejected")
    void aWrongSignatureIsRejected() {
        assertRejected(
                receive(headers("workflow_job", PAYLOAD), PAYLOAD.replace("train", "brain")), 401, "not the body's");
        assertRejected(receive(headers("workflow_job", PAYLOAD), "not even JSON"), 401, "not the body's");
    }

    @Test
    void withoutASecretAllIsRejected() {
        Received received = new WebhookIntake(new WebhookSignature(List.of()))
                .receive(headers("workflow_job", PAYLOAD), PAYLOAD.getBytes(StandardCharsets.UTF_8));
        assertRejected(received, 403, "webhookSecrets");
    }

    @Test
    void moreThanGitHubSendsIsRejectedUnread() {
        byte[] body = new byte[WorkflowJobListener.LARGEST_WEBHOOK + 1];
        assertRejected(intake.receive(Map.of(), body), 413, "26214400 bytes");
        body = new byte[WorkflowJobListener.LARGEST_WEBHOOK];
        assertRejected(intake.receive(Map.of(), body), 401, "lacks");
    }

    // ---- what it is ----------------------------------------------------------------------------------------

    @Test
    void aFormIsRefusedWithAHint() {
        String form = "payload=%7B%22action%22%3A%22queued%22%7D";
        Map<String, List<String>> headers = headers("workflow_job", form);
        assertRejected(receive(headers, form), 415, "application/json");
        headers.put("Content-Type", List.of("application/x-www-form-urlencoded; charset=utf-8"));
        assertRejected(receive(headers, form), 415, "application/json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ping", "push", "workflow_run", "check_run"})
    void otherEventsAreIgnored(String event) {
        Answer answer =
                receive(event, "{\"zen\":\"Keep it logically awesome.\"}").answer();
        assertThat(answer.kind()).isEqualTo(Answer.Kind.IGNORED);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.reason()).contains(event);
    }

    @Test
    void anActionWeDoNotKnowIsIgnored() {
        Answer answer = receive("workflow_job", PAYLOAD.replace("\"action\":\"in_progress\"", "\"action\":\"paused\""))
                .answer();
        assertThat(answer.kind()).isEqualTo(Answer.Kind.IGNORED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-GitHub-Event", "X-GitHub-Delivery"})
    void aHeaderThatGitHubAlwaysSendsMustBeThere(String header) {
        Map<String, List<String>> headers = headers("workflow_job", PAYLOAD);
        headers.remove(header);
        assertRejected(receive(headers, PAYLOAD), 400, "it lacks");
    }

    @Test
    void headersAreKnownInAnyCase() {
        Map<String, List<String>> headers = new HashMap<>();
        headers("workflow_job", PAYLOAD)
                .forEach((name, value) -> headers.put(name.toLowerCase(java.util.Locale.ROOT), value));
        headers.put(null, List.of("HTTP/1.1 200 OK"));
        assertThat(receive(headers, PAYLOAD).job()).isNotNull();
    }

    // ---- what it says --------------------------------------------------------------------------------------

    @Test
    void everyFieldOfAJobIsRead() {
        Received received = receive("workflow_job", PAYLOAD);
        ObservedJob job = received.job();
        assertThat(received.delivery()).isEqualTo("d-1");
        assertThat(job.phase()).isEqualTo(Phase.RUNNING);
        assertThat(job.runner()).isEqualTo("gpu-abcd-aaaaaaaaaa");
        assertThat(job.job().key()).isEqualTo(new JobKey("29679449526", 0));
        assertThat(job.job().name()).isEqualTo("train");
        assertThat(job.job().repository()).isEqualTo("acme/engine");
        assertThat(job.job().workflow()).isEqualTo("CI");
        assertThat(job.job().runId()).isEqualTo(11);
        assertThat(job.job().labels()).containsExactly("self-hosted", "GPU");
        assertThat(job.job().queuedAt()).contains(Instant.parse("2026-05-05T10:00:00Z"));
        assertThat(job.job().startedAt()).contains(Instant.parse("2026-05-05T10:00:05Z"));
        assertThat(job.job().finishedAt()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"queued, QUEUED", "in_progress, RUNNING", "completed, COMPLETED", "waiting, WAITING"})
    void theActionSaysHowFarTheJobIs(String action, Phase phase) {
        String payload = PAYLOAD.replace("\"action\":\"in_progress\"", "\"action\":\"" + action + "\"");
        assertThat(receive("workflow_job", payload).job().phase()).isEqualTo(phase);
    }

    @Test
    void aQueuedJobHasNotStartedThoughGitHubSendsATime() {
        String payload = PAYLOAD.replace("\"action\":\"in_progress\"", "\"action\":\"queued\"")
                .replace("\"gpu-abcd-aaaaaaaaaa\"", "null");
        ObservedJob job = receive("workflow_job", payload).job();
        assertThat(job.runner()).isEmpty();
        assertThat(job.job().startedAt()).isEmpty();
    }

    @Test
    void aJobThatRunsNobodyKnowsWhereIsTakenForQueued() {
        String payload = PAYLOAD.replace("\"gpu-abcd-aaaaaaaaaa\"", "null");
        assertThat(receive("workflow_job", payload).job().phase()).isEqualTo(Phase.QUEUED);
    }

    @Test
    void readingIsLenient() {
        String payload = "\uFEFF{\"Action\":\"Completed\",\"workflow_job\":{\"ID\":\"12\",\"labels\":[\"gpu\"],"
                + "\"created_at\":\"yesterday\",\"completed_at\":\"0001-01-01T00:00:00Z\",\"new\":{\"x\":[]}},"
                + "\"repository\":{\"full_name\":\"acme/engine\"}}";
        ObservedJob job = receive("workflow_job", payload).job();
        assertThat(job.id()).isEqualTo(12);
        assertThat(job.isOver()).isTrue();
        assertThat(job.createdAt()).isEmpty();
        assertThat(job.completedAt()).isEmpty();
        assertThat(job.attempt()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{\"action\":\"queued\"}",
                "{\"action\":\"queued\",\"workflow_job\":{\"id\":1}}",
                "{\"action\":\"queued\",\"workflow_job\":[],\"repository\":{\"full_name\":\"acme/engine\"}}",
                "{\"action\":\"queued\",\"workflow_job\":{\"id\":0},\"repository\":{\"full_name\":\"acme/engine\"}}",
                "{\"action\":\"queued\",\"workflow_job\":{\"id\":1,\"labels\":\"gpu\"},"
                        + "\"repository\":{\"full_name\":\"acme/engine\"}}",
                "{\"action\":7,\"workflow_job\":{\"id\":1},\"repository\":{\"full_name\":\"acme/engine\"}}",
                "{\"action\":\"queued\",\"workflow_job\":{\"id\":1},\"repository\":{\"full_name\":\"acme\"}}",
                "{\"action\":\"queued\",\"workflow_job\":{\"id\":1},\"repository\":{\"full_name\":\"acme/..\"}}",
                "{\"action\":\"queued\",\"workflow_job\":{\"id\":1},\"repository\":{\"full_name\":\"../engine\"}}",
                "{\"action\":\"queued\",\"workflow_job\":{\"id\":1},\"repository\":{\"full_name\":\"acme/a/b\"}}",
                "{\"action\":\"queued\",\"workflow_job\":{\"id\":1},\"repository\":{\"full_name\":\"acme/a?b\"}}"
            })
    void whatCannotBeReadIsRejected(String payload) {
        assertRejected(receive("workflow_job", payload), 400, "");
    }

    @Test
    void aLaterAttemptIsAnotherJob() {
        String payload = PAYLOAD.replace("\"run_attempt\":1", "\"run_attempt\":2");
        assertThat(receive("workflow_job", payload).job().key()).isEqualTo(new JobKey("29679449526", 2));
        payload = PAYLOAD.replace("\"run_attempt\":1,", "");
        assertThat(receive("workflow_job", payload).job().key()).isEqualTo(new JobKey("29679449526", 0));
    }

    @Test
    void onlyTheLastDeliveriesAreRemembered() {
        var deliveries = new Deliveries();
        assertThat(IntStream.range(0, Deliveries.REMEMBERED).allMatch(i -> deliveries.isNew("d" + i)))
                .isTrue();
        assertThat(deliveries.isNew("d0")).isFalse();
        assertThat(deliveries.isNew("one more")).isTrue();
        assertThat(deliveries.isNew("d1")).isFalse();
        assertThat(deliveries.isNew("d0")).isTrue();
    }
}
