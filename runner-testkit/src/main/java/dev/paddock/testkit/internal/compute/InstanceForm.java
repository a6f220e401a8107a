package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What an instance is to be, template and request together, found good.
 *
 * @param accelerators by bare name, those built into the machine too
 */
record InstanceForm(ObjectNode json, MachineShape machine, Map<String, Integer> accelerators) {
    static InstanceForm of(ObjectNode json, MachineShape machine) {
        var accelerators = new LinkedHashMap<>(machine.builtIn());
        for (JsonNode one : json.path("guestAccelerators")) {
            accelerators.merge(
                    Links.last(one.path("acceleratorType").asText()),
                    one.path("acceleratorCount").asInt(1),
                    Integer::sum);
        }
        return new InstanceForm(json, machine, accelerators);
    }

    String name() {
        return json.path("name").asText();
    }

    JsonNode scheduling() {
        return json.path("scheduling");
    }

    boolean spot() {
        return scheduling().path("provisioningModel").asText().equals("SPOT")
                || scheduling().path("preemptible").asBoolean();
    }

    boolean deletedWhenEnded() {
        return scheduling().path("instanceTerminationAction").asText().equals("DELETE");
    }

    /** Whether it is deleted within 7 days, for which Google lets it take a preemptible quota. */
    boolean isShortLived() {
        return deletedWhenEnded()
                && maxRunDuration()
                        .filter(limit -> limit.compareTo(Duration.ofDays(7)) <= 0)
                        .isPresent();
    }

    Optional<Duration> maxRunDuration() {
        JsonNode limit = scheduling().path("maxRunDuration").path("seconds");
        return limit.isMissingNode() ? Optional.empty() : Optional.of(Duration.ofSeconds(limit.asLong()));
    }

    int addresses() {
        int addresses = 0;
        for (JsonNode network : json.path("networkInterfaces")) {
            addresses += network.path("accessConfigs").size();
        }
        return addresses;
    }

    double standardDiskGb() {
        return diskGb(false);
    }

    double ssdGb() {
        return diskGb(true);
    }

    private double diskGb(boolean ssd) {
        double sum = 0;
        for (JsonNode disk : json.path("disks")) {
            JsonNode made = disk.path("initializeParams");
            String type = Links.last(made.path("diskType").asText("pd-standard"));
            if (ssd == !type.equals("pd-standard")) {
                sum += made.path("diskSizeGb").asLong(10);
            }
        }
        return sum;
    }
}
