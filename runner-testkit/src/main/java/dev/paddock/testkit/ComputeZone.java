package dev.paddock.testkit;

import dev.paddock.ByteSize;
import dev.paddock.testkit.internal.compute.MachineShape;
import dev.paddock.testkit.internal.compute.ZoneSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** A zone of the {@link ComputeEngineSimulator}: what it offers and how much of it there is. Immutable. */
public final class ComputeZone {
    private final ZoneSpec spec;

    private ComputeZone(ZoneSpec spec) {
        this.spec = spec;
    }

    /**
     * Begins a zone that is up, is of the region its name has before the last dash, and offers the usual machine types
     * (N1, E2, N2, T2A, G2, one of A2 and A3 each) and, until one is named, T4 and L4 cards without end.
     *
     * @param name such as {@code us-east1-c}
     * @return a builder
     * @throws IllegalArgumentException if the name has no dash
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    ZoneSpec spec() {
        return spec;
    }

    /** Builds a zone. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private String region;
        private boolean up = true;
        private boolean usual = true;
        private final Map<String, MachineShape> machineTypes = new LinkedHashMap<>();
        private final Map<String, Integer> accelerators = new LinkedHashMap<>();
        private boolean noAccelerators;
        private final Map<String, Integer> stock = new LinkedHashMap<>();

        private Builder(String name) {
            int dash = Objects.requireNonNull(name, "name").lastIndexOf('-');
            if (dash <= 0) {
                throw new IllegalArgumentException("a zone's name is its region, a dash and more: " + name);
            }
            this.name = name;
            region = name.substring(0, dash);
        }

        /**
         * The region. Default what the name has before its last dash.
         *
         * @param value its name
         * @return this
         */
        public Builder region(String value) {
            region = Objects.requireNonNull(value, "region");
            return this;
        }

        /**
         * Whether it is up. Default true. In one that is down every creation finds nothing left.
         *
         * @param value false for down
         * @return this
         */
        public Builder up(boolean value) {
            up = value;
            return this;
        }

        /**
         * Offers only these of the usual machine types. None means none of them.
         *
         * @param names such as {@code n1-standard-4}
         * @return this
         * @throws IllegalArgumentException if it is none of the usual ones: give its size
         */
        public Builder machineTypes(String... names) {
            usual = false;
            Map<String, MachineShape> known = MachineShape.usual();
            for (String one : names) {
                MachineShape shape = known.get(one);
                if (shape == null) {
                    throw new IllegalArgumentException(
                            "unknown machine type " + one + ": add it with its processors and memory");
                }
                machineTypes.put(one, shape);
            }
            return this;
        }

        /**
         * Offers one more machine type.
         *
         * @param type its name
         * @param cpus how many processors
         * @param memory how much memory
         * @param builtIn its accelerators, by bare name
         * @return this
         */
        public Builder machineType(String type, int cpus, ByteSize memory, Map<String, Integer> builtIn) {
            int megabytes = (int) (memory.bytes() >> 20);
            machineTypes.put(type, new MachineShape(type, Bounds.positive("cpus", cpus), megabytes, builtIn));
            return this;
        }

        /**
         * Offers an accelerator, and none that is not named.
         *
         * @param type its bare name, such as {@code nvidia-tesla-t4}
         * @param most how many one instance may have
         * @return this
         */
        public Builder accelerator(String type, int most) {
            accelerators.put(type, Bounds.positive("most", most));
            return this;
        }

        /**
         * Offers no accelerator at all.
         *
         * @return this
         */
        public Builder noAccelerators() {
            noAccelerators = true;
            return this;
        }

        /**
         * How many units there are; all instances but those that are terminated take theirs. Default without end.
         *
         * @param resource a machine type or an accelerator; {@code spot/} before it bounds spot instances alone
         * @param units how many
         * @return this
         */
        public Builder stock(String resource, int units) {
            stock.put(resource, Bounds.within("units", units, 0, Integer.MAX_VALUE));
            return this;
        }

        /** {@return the zone} */
        public ComputeZone build() {
            var machines = usual ? MachineShape.usual() : new LinkedHashMap<String, MachineShape>();
            machines.putAll(machineTypes);
            var cards = new LinkedHashMap<>(accelerators);
            if (cards.isEmpty() && !noAccelerators) {
                cards.put("nvidia-tesla-t4", 4);
                cards.put("nvidia-l4", 8);
            }
            return new ComputeZone(new ZoneSpec(name, region, up, machines, cards, stock));
        }
    }
}
