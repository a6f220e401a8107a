package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Bodies sent to GitHub's REST side, read as strictly as it reads them. */
final class RestBody {
    private RestBody() {}

    /** The body as an object with all the required keys and no others but the optional ones. */
    static ObjectNode read(Call call, Set<String> required, Set<String> optional) {
        if (!(call.json() instanceof ObjectNode object)) {
            throw invalid("the body must be a JSON object");
        }
        var strange = new TreeSet<String>();
        object.fieldNames().forEachRemaining(strange::add);
        strange.removeAll(required);
        strange.removeAll(optional);
        var missing = new TreeSet<>(required);
        missing.removeIf(object::has);
        if (!strange.isEmpty()) {
            throw invalid(
                    quoted(strange) + (strange.size() == 1 ? " is not a permitted key." : " are not permitted keys."));
        }
        if (!missing.isEmpty()) {
            throw invalid(quoted(missing) + (missing.size() == 1 ? " wasn't supplied." : " weren't supplied."));
        }
        return object;
    }

    private static String quoted(Set<String> names) {
        return "\"" + String.join("\", \"", names) + "\"";
    }

    static String text(ObjectNode body, String key) {
        JsonNode value = body.path(key);
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw invalid("\"" + key + "\" must be a string that is not blank: " + value);
        }
        return value.textValue();
    }

    static boolean flag(ObjectNode body, String key) {
        JsonNode value = body.path(key);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw invalid("\"" + key + "\" must be true or false: " + value);
        }
        return value.booleanValue();
    }

    static long number(ObjectNode body, String key) {
        JsonNode value = body.path(key);
        if (!value.isIntegralNumber()) {
            throw invalid("\"" + key + "\" must be an integer: " + value);
        }
        return value.longValue();
    }

    static List<String> texts(ObjectNode body, String key) {
        JsonNode list = body.path(key);
        if (!list.isArray()) {
            throw invalid("\"" + key + "\" must be an array: " + list);
        }
        var texts = new ArrayList<String>();
        for (JsonNode item : list) {
            if (!item.isTextual() || item.textValue().isBlank()) {
                throw invalid("\"" + key + "\" must hold strings that are not blank: " + item);
            }
            texts.add(item.textValue());
        }
        return texts;
    }

    static Refusal invalid(String why) {
        return Refusal.breach(422, "Invalid request.\n\n" + why);
    }
}
