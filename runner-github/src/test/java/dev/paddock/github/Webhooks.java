package dev.paddock.github;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Webhooks as GitHub sends them. */
final class Webhooks {
    private Webhooks() {}

    static Map<String, List<String>> headers(String secret, String event, String delivery, String body) {
        Map<String, List<String>> headers = new HashMap<>();
        headers.put("Content-Type", List.of("application/json"));
        headers.put("X-GitHub-Event", List.of(event));
        headers.put("X-GitHub-Delivery", List.of(delivery));
        headers.put("X-Hub-Signature-256", List.of("sha256=" + signature(secret, body)));
        return headers;
    }

    private static String signature(String secret, String body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(body.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** The payload about a job, as a webhook tells it. */
    static String payload(String action, ObservedJob job) {
        var node = Wire.MAPPER.createObjectNode().put("action", action);
        var body = node.putObject("workflow_job")
                .put("id", job.id())
                .put("run_id", job.runId())
                .put("run_attempt", job.attempt())
                .put("name", job.name())
                .put("status", action)
                .put("runner_name", job.runner().isEmpty() ? null : job.runner())
                .put("conclusion", job.conclusion().isEmpty() ? null : job.conclusion());
        job.labels().forEach(body.putArray("labels")::add);
        job.createdAt().ifPresent(at -> body.put("created_at", at.toString()));
        job.startedAt().ifPresent(at -> body.put("started_at", at.toString()));
        job.completedAt().ifPresent(at -> body.put("completed_at", at.toString()));
        node.putObject("repository").put("full_name", job.repository());
        return node.toString();
    }

    static String action(ObservedJob job) {
        return switch (job.phase()) {
            case WAITING -> "waiting";
            case QUEUED -> "queued";
            case RUNNING -> "in_progress";
            case COMPLETED -> "completed";
        };
    }

    static WorkflowJobListener.Answer send(WorkflowJobListener to, String delivery, ObservedJob job) {
        String body = payload(action(job), job);
        return to.accept(
                headers(JobSourceBench.SECRET, "workflow_job", delivery, body), body.getBytes(StandardCharsets.UTF_8));
    }
}
