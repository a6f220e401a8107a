package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.Locale;

/** What a fault does to the answer of a request that took effect. */
final class ReplyEdits {
    private static final String STATISTICS = "statistics";
    private static final String QUEUE_URL = "messageQueueUrl";

    private final TokenDesk tokens;

    ReplyEdits(TokenDesk tokens) {
        this.tokens = tokens;
    }

    WireReply edit(Fault fault, WireReply reply) {
        if (fault instanceof Fault.ReplaceBody other) {
            return reply.status() == 204 ? reply : reply.withBody(other.body());
        }
        if (fault instanceof Fault.ByteOrderMark) {
            return reply.body().isEmpty() ? reply : reply.withBody("\uFEFF" + reply.body());
        }
        if (reply.status() >= 300 || !isJson(reply)) {
            return reply;
        }
        try {
            return Json.parse(reply.body()) instanceof ObjectNode body && edit(fault, body)
                    ? reply.withBody(body.toString())
                    : reply;
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("the simulator wrote what is not JSON", impossible);
        }
    }

    private static boolean isJson(WireReply reply) {
        return reply.headers().entrySet().stream()
                .anyMatch(header -> header.getKey().equalsIgnoreCase("Content-Type")
                        && header.getValue().toLowerCase(Locale.ROOT).startsWith("application/json"));
    }

    /** Whether there was something to change. */
    private boolean edit(Fault fault, ObjectNode body) throws JsonProcessingException {
        if (fault instanceof Fault.NullStatistics) {
            return body.has(STATISTICS) && body.putNull(STATISTICS) != null;
        } else if (fault instanceof Fault.NoStatistics) {
            return body.remove(STATISTICS) != null;
        } else if (fault instanceof Fault.NoQueueUrl) {
            return body.has(QUEUE_URL) && body.put(QUEUE_URL, "") != null;
        } else if (fault instanceof Fault.WrongCount wrong) {
            return body.has("count") && body.put("count", body.get("count").asInt() + wrong.by()) != null;
        } else if (fault instanceof Fault.NoExpiry) {
            return withoutExpiry(body, "token") || withoutExpiry(body, "messageQueueAccessToken");
        } else if (fault instanceof Fault.UnknownMessage) {
            return body.has("messageId") && body.put("messageType", "RunnerScaleSetOtherMessages") != null;
        } else if (fault instanceof Fault.UnknownElement) {
            return withFirst(
                    body, Json.object().put("messageType", "JobPostponed").put("jobId", "unknown"));
        } else if (fault instanceof Fault.BrokenElement) {
            return withFirst(
                    body, Json.object().put("messageType", "JobAssigned").put("runnerRequestId", "broken"));
        }
        return false;
    }

    private boolean withoutExpiry(ObjectNode body, String key) throws JsonProcessingException {
        String token = body.path(key).asText();
        if (token.chars().filter(c -> c == '.').count() != 2) {
            return false;
        }
        body.put(key, tokens.withoutExpiry(token));
        return true;
    }

    private static boolean withFirst(ObjectNode message, ObjectNode element) throws JsonProcessingException {
        if (!message.has("messageId") || !(Json.parse(message.path("body").asText()) instanceof ArrayNode elements)) {
            return false;
        }
        message.put("body", elements.insert(0, element).toString());
        return true;
    }
}
