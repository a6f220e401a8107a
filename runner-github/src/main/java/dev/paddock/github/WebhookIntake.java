package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.github.WorkflowJobListener.Answer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks a webhook and reads the job out of it. Nothing is read before the signature is known to be good. Immutable and
 * thread-safe.
 */
final class WebhookIntake {
    /** A {@code owner/name} that can be part of a path. */
    static final Pattern REPOSITORY = Pattern.compile("(?!\\.{1,2}/)[A-Za-z0-9._-]+/(?!\\.{1,2}$)[A-Za-z0-9._-]+");

    private static final String EVENT = "X-GitHub-Event";
    private static final String DELIVERY = "X-GitHub-Delivery";
    private static final int LONGEST_ID = 100;

    /** What came of it: a job of a delivery, or an answer that says why there is none. */
    record Received(
            @Nullable Answer answer,
            String delivery,
            @Nullable ObservedJob job) {
        static Received of(Answer answer) {
            return new Received(answer, "", null);
        }
    }

    private final WebhookSignature signature;

    WebhookIntake(WebhookSignature signature) {
        this.signature = signature;
    }

    Received receive(Map<String, List<String>> headers, byte[] body) {
        Answer refused = refusal(headers, body);
        if (refused != null) {
            return Received.of(refused);
        }
        String event = header(headers, EVENT);
        String delivery = header(headers, DELIVERY);
        if (event.isEmpty() || delivery.isEmpty() || delivery.length() > LONGEST_ID) {
            return Received.of(Answer.rejected(400, "it lacks " + EVENT + " or " + DELIVERY));
        }
        if (!event.equalsIgnoreCase("workflow_job")) {
            return Received.of(Answer.ignored("event " + Redaction.excerpt(event, 40) + " says nothing of jobs"));
        }
        try {
            ObservedJob job = read(HttpCalls.text(body));
            return job == null
                    ? Received.of(Answer.ignored("an action we do not know"))
                    : new Received(null, delivery, job);
        } catch (WireException unreadable) {
            return Received.of(Answer.rejected(400, "the payload cannot be read: " + unreadable.getMessage()));
        }
    }

    private @Nullable Answer refusal(Map<String, List<String>> headers, byte[] body) {
        if (body.length > WorkflowJobListener.LARGEST_WEBHOOK) {
            return Answer.rejected(
                    413, "it has more than the " + WorkflowJobListener.LARGEST_WEBHOOK + " bytes GitHub sends at most");
        }
        if (!signature.hasSecrets()) {
            return Answer.rejected(403, "this source was given no webhook secret: call .webhookSecrets(…)");
        }
        String given = header(headers, WebhookSignature.HEADER);
        if (given.isEmpty()) {
            return Answer.rejected(
                    401, "it lacks " + WebhookSignature.HEADER + ": set the secret in the webhook's settings");
        }
        if (!signature.matches(given, body)) {
            return Answer.rejected(
                    401, "the signature is not the body's: is the webhook's secret another, or was the body changed?");
        }
        if (isForm(header(headers, "Content-Type"), body)) {
            return Answer.rejected(415, "it is a form: set the webhook's content type to application/json");
        }
        return null;
    }

    private static boolean isForm(String contentType, byte[] body) {
        return contentType.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded")
                || (body.length > 0 && body[0] == 'p');
    }

    /** Names in any case, as HTTP has it, whatever map the server at hand uses. */
    private static String header(Map<String, List<String>> headers, String name) {
        for (Map.Entry<String, List<String>> header : headers.entrySet()) {
            boolean named = header.getKey() != null && header.getKey().equalsIgnoreCase(name);
            if (named && header.getValue() != null && !header.getValue().isEmpty()) {
                String value = header.getValue().get(0);
                return value == null ? "" : value.trim();
            }
        }
        return "";
    }

    // ---- the payload ---------------------------------------------------------------------------------------

    /** Null for an action that we do not know. */
    private static @Nullable ObservedJob read(String text) {
        JsonNode payload = Wire.parse(text);
        JsonNode job = payload.isObject() ? Wire.get(payload, "workflow_job") : null;
        JsonNode repository = payload.isObject() ? Wire.get(payload, "repository") : null;
        if (job == null || !job.isObject() || repository == null || !repository.isObject()) {
            throw new WireException("it lacks workflow_job or repository");
        }
        String fullName = Wire.text(repository, "full_name");
        if (!REPOSITORY.matcher(fullName).matches()) {
            throw new WireException("repository.full_name is no owner/name");
        }
        return switch (Wire.text(payload, "action").toLowerCase(Locale.ROOT)) {
            case "queued", "in_progress", "completed", "waiting" ->
                job(job, fullName, Phase.of(Wire.text(payload, "action")));
            default -> null;
        };
    }

    /** A job as webhooks and the REST API describe it. */
    static ObservedJob job(JsonNode job, String repository, Phase phase) {
        long id = Wire.number(job, "id");
        if (id < 1) {
            throw new WireException("the job has no id");
        }
        return new ObservedJob(
                id,
                Wire.number(job, "run_id"),
                Wire.number(job, "run_attempt"),
                Wire.text(job, "name"),
                repository,
                Wire.text(job, "workflow_name"),
                Wire.texts(job, "labels"),
                phase,
                Wire.text(job, "runner_name"),
                Wire.time(job, "created_at"),
                Wire.time(job, "started_at"),
                Wire.time(job, "completed_at"),
                Wire.text(job, "conclusion"));
    }
}
