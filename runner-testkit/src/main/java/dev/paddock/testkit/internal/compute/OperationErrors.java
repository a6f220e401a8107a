package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.OperationFault;
import java.util.StringJoiner;

/** The error in an operation as Google writes it. */
final class OperationErrors {
    private OperationErrors() {}

    static ObjectNode of(OperationFault fault, InstanceEntry entry, Links links) {
        ObjectNode body = Shapes.object();
        ObjectNode error = body.putArray("errors").addObject();
        error.put("code", fault.code());
        if (!fault.isStockOut()) {
            error.put("message", fault.message());
            return body;
        }
        String zone = links.project() + "/zones/" + entry.zone;
        String sorry = "The zone 'projects/" + zone + "' does not have enough resources available to fulfill the"
                + " request.";
        if (!fault.code().endsWith("_WITH_DETAILS")) {
            error.put("message", sorry + "  Try a different zone, or try again later.");
            return body;
        }
        var cards = new StringJoiner(",");
        entry.form.accelerators().forEach((card, count) -> cards.add(card + ":" + count));
        error.put(
                "message",
                sorry + " '(resource type:compute)' (state:STOCKOUT, sub-state:STOCKOUT) for a "
                        + entry.form.machine().name() + " VM instance"
                        + (cards.length() > 0 ? " with " + cards : "") + ".");
        details(error.putArray("errorDetails"), fault, entry, cards.toString());
        return body;
    }

    private static void details(ArrayNode details, OperationFault fault, InstanceEntry entry, String cards) {
        ObjectNode info = details.addObject().putObject("errorInfo");
        info.put("reason", "resource_availability").put("domain", "compute.googleapis.com");
        info.putObject("metadatas")
                .put("attachment", cards)
                .put("vmType", entry.form.machine().name())
                .put("zone", entry.zone)
                .put("zonesAvailable", String.join(",", fault.zonesAvailable()));
        details.addObject()
                .putObject("localizedMessage")
                .put("locale", "en-US")
                .put("message", "There are not enough of these resources in " + entry.zone + " now.");
    }
}
