package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a message of the queue, element by element: one that cannot be read does not spoil the others. Pure; throws
 * {@link WireException} where there is nothing that could be acknowledged.
 */
final class MessageDecoder {
    private static final String TYPE = "RunnerScaleSetJobMessages";

    private MessageDecoder() {}

    static ScaleSetMessage decode(String raw) {
        JsonNode node = Wire.parse(raw);
        if (!node.isObject()) {
            throw new WireException(node.isNull() ? "it is null" : "it is not a message");
        }
        long id = Wire.number(node, "messageId");
        if (id < 1) {
            throw new WireException("it has no messageId");
        }
        var statistics = Replies.statistics(Wire.get(node, "statistics"));
        var jobs = new ArrayList<JobMessage>();
        var problems = new ArrayList<String>();
        Optional<String> unreadable;
        try {
            unreadable = elements(node, jobs, problems);
        } catch (WireException invalid) {
            unreadable = Optional.of("the message's body cannot be read: " + invalid.getMessage());
        }
        return new ScaleSetMessage(id, jobs, problems, statistics, unreadable, raw);
    }

    private static Optional<String> elements(JsonNode message, List<JobMessage> jobs, List<String> problems) {
        JsonNode type = Wire.get(message, "messageType");
        if (type == null || !type.isTextual() || !type.textValue().equalsIgnoreCase(TYPE)) {
            return Optional.of("its type is not " + TYPE + " but "
                    + (type == null ? "missing" : "\"" + Redaction.excerpt(type.asText(), 80) + "\""));
        }
        JsonNode body = body(Wire.get(message, "body"));
        if (body == null) {
            return Optional.empty();
        }
        if (!body.isArray()) {
            return Optional.of("the message's body is not a list");
        }
        int index = 0;
        for (JsonNode element : body) {
            try {
                JobMessage job = job(element);
                if (job != null) {
                    jobs.add(job);
                }
            } catch (WireException invalid) {
                problems.add("element " + index + " cannot be read: " + invalid.getMessage());
            }
            index++;
        }
        return Optional.empty();
    }

    /** The body is a text that holds JSON; null where there is no job news. */
    private static @Nullable JsonNode body(@Nullable JsonNode body) {
        if (body == null || !body.isTextual()) {
            return body;
        }
        if (body.textValue().isBlank()) {
            return null;
        }
        JsonNode parsed = Wire.parse(body.textValue());
        return parsed.isNull() ? null : parsed;
    }

    /** Null for a kind we do not know. */
    private static @Nullable JobMessage job(JsonNode element) {
        if (!element.isObject()) {
            throw new WireException("it is not an object");
        }
        JobMessage.Kind kind = switch (Wire.text(element, "messageType").toLowerCase(Locale.ROOT)) {
            case "jobavailable" -> JobMessage.Kind.AVAILABLE;
            case "jobassigned" -> JobMessage.Kind.ASSIGNED;
            case "jobstarted" -> JobMessage.Kind.STARTED;
            case "jobcompleted" -> JobMessage.Kind.COMPLETED;
            default -> null;
        };
        if (kind == null) {
            return null;
        }
        return new JobMessage(
                kind,
                Replies.job(element),
                Wire.text(element, "runnerName"),
                Wire.number(element, "runnerId"),
                Wire.text(element, "result"));
    }
}
