package dev.paddock.testkit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.compute.TemplateSpec;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** An instance template of the {@link ComputeEngineSimulator}. Immutable. */
public final class ComputeTemplate {
    private final TemplateSpec spec;

    private ComputeTemplate(TemplateSpec spec) {
        this.spec = spec;
    }

    /**
     * Begins a template: a boot disk of 50 GB pd-balanced that goes with the instance, the default network, no address
     * of its own, on-demand.
     *
     * @param name its name
     * @param machineType the bare name, such as {@code n1-standard-4}
     * @return a builder
     */
    public static Builder builder(String name, String machineType) {
        return new Builder(name, machineType);
    }

    TemplateSpec spec() {
        return spec;
    }

    /** Builds a template. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private final String machineType;
        private Optional<String> region = Optional.empty();
        private final Map<String, Integer> accelerators = new LinkedHashMap<>();
        private final Map<String, String> labels = new LinkedHashMap<>();
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private boolean autoDelete = true;
        private boolean externalAddress;
        private boolean spot;
        private String onHostMaintenance = "";
        private String terminationAction = "";
        private String diskType = "pd-balanced";
        private int diskGb = 50;
        private Optional<Duration> maxRunDuration = Optional.empty();

        private Builder(String name, String machineType) {
            this.name = Objects.requireNonNull(name, "name");
            this.machineType = Objects.requireNonNull(machineType, "machineType");
        }

        /**
         * Makes it a template of a region. Default one of the project.
         *
         * @param value the region
         * @return this
         */
        public Builder region(String value) {
            region = Optional.of(value);
            return this;
        }

        /**
         * Attaches accelerators. Maintenance then ends the instance, unless said otherwise.
         *
         * @param type the bare name, such as {@code nvidia-tesla-t4}
         * @param count how many
         * @return this
         */
        public Builder accelerator(String type, int count) {
            accelerators.put(type, Bounds.positive("count", count));
            return this;
        }

        /**
         * Adds a label.
         *
         * @param key its key
         * @param value its value
         * @return this
         */
        public Builder label(String key, String value) {
            labels.put(key, value);
            return this;
        }

        /**
         * Adds metadata.
         *
         * @param key its key
         * @param value its value
         * @return this
         */
        public Builder metadata(String key, String value) {
            metadata.put(key, value);
            return this;
        }

        /**
         * Whether the boot disk goes with the instance. Default true.
         *
         * @param value false to leave it behind
         * @return this
         */
        public Builder autoDelete(boolean value) {
            autoDelete = value;
            return this;
        }

        /**
         * The boot disk. Default 50 GB of {@code pd-balanced}.
         *
         * @param type such as {@code pd-standard}
         * @param gigabytes its size
         * @return this
         */
        public Builder disk(String type, int gigabytes) {
            diskType = Objects.requireNonNull(type, "type");
            diskGb = Bounds.positive("gigabytes", gigabytes);
            return this;
        }

        /**
         * Whether it has an address of its own, which takes {@code IN_USE_ADDRESSES}. Default false.
         *
         * @param value true for one
         * @return this
         */
        public Builder externalAddress(boolean value) {
            externalAddress = value;
            return this;
        }

        /**
         * Whether it is spot. Default false.
         *
         * @param value true for spot
         * @return this
         */
        public Builder spot(boolean value) {
            spot = value;
            return this;
        }

        /**
         * What maintenance of the host does. Default {@code TERMINATE} with accelerators or spot, else {@code MIGRATE}.
         *
         * @param value {@code TERMINATE} or {@code MIGRATE}
         * @return this
         */
        public Builder onHostMaintenance(String value) {
            onHostMaintenance = Objects.requireNonNull(value, "onHostMaintenance");
            return this;
        }

        /**
         * What becomes of an instance that is preempted or has run for too long. Default left to the request: {@code
         * STOP}.
         *
         * @param value {@code STOP} or {@code DELETE}
         * @return this
         */
        public Builder instanceTerminationAction(String value) {
            terminationAction = Objects.requireNonNull(value, "instanceTerminationAction");
            return this;
        }

        /**
         * How long it may run. Default for ever.
         *
         * @param value the limit
         * @return this
         */
        public Builder maxRunDuration(Duration value) {
            maxRunDuration = Optional.of(Bounds.positive("maxRunDuration", value));
            return this;
        }

        /** {@return the template} */
        public ComputeTemplate build() {
            return new ComputeTemplate(new TemplateSpec(name, region, properties()));
        }

        private ObjectNode properties() {
            ObjectNode properties = JsonNodeFactory.instance.objectNode();
            properties.put("machineType", machineType);
            properties.put("canIpForward", false);
            ObjectNode network = properties.putArray("networkInterfaces").addObject();
            network.put("network", "global/networks/default");
            if (externalAddress) {
                network.putArray("accessConfigs")
                        .addObject()
                        .put("type", "ONE_TO_ONE_NAT")
                        .put("name", "External NAT");
            }
            ObjectNode disk = properties.putArray("disks").addObject();
            disk.put("type", "PERSISTENT")
                    .put("mode", "READ_WRITE")
                    .put("boot", true)
                    .put("autoDelete", autoDelete);
            disk.putObject("initializeParams")
                    .put("sourceImage", "projects/images/global/images/family/runner")
                    .put("diskType", diskType)
                    .put("diskSizeGb", Integer.toString(diskGb));
            ObjectNode items = properties.putObject("metadata").put("kind", "compute#metadata");
            var list = items.putArray("items");
            metadata.forEach((key, value) -> list.addObject().put("key", key).put("value", value));
            ObjectNode all = properties.putObject("labels");
            labels.forEach(all::put);
            scheduling(properties.putObject("scheduling"));
            if (!accelerators.isEmpty()) {
                var cards = properties.putArray("guestAccelerators");
                accelerators.forEach((type, count) ->
                        cards.addObject().put("acceleratorType", type).put("acceleratorCount", count));
            }
            return properties;
        }

        private void scheduling(ObjectNode scheduling) {
            boolean ends = spot || !accelerators.isEmpty() || machineType.matches("(a2|a3|g2)-.*");
            scheduling.put(
                    "onHostMaintenance",
                    onHostMaintenance.isEmpty() ? ends ? "TERMINATE" : "MIGRATE" : onHostMaintenance);
            scheduling.put("automaticRestart", !spot);
            scheduling.put("preemptible", spot);
            scheduling.put("provisioningModel", spot ? "SPOT" : "STANDARD");
            if (!terminationAction.isEmpty()) {
                scheduling.put("instanceTerminationAction", terminationAction);
            }
            maxRunDuration.ifPresent(
                    limit -> scheduling.putObject("maxRunDuration").put("seconds", Long.toString(limit.toSeconds())));
        }
    }
}
