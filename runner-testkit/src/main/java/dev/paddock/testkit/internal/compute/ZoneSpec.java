package dev.paddock.testkit.internal.compute;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A zone as it is built.
 *
 * @param machineTypes what it has
 * @param accelerators the most on one instance, by bare name
 * @param stock how many units there are, by machine type or accelerator, {@code spot/} before it for spot alone;
 *     absent means no end
 */
public record ZoneSpec(
        String name,
        String region,
        boolean up,
        Map<String, MachineShape> machineTypes,
        Map<String, Integer> accelerators,
        Map<String, Integer> stock) {
    /** Copies the maps. */
    public ZoneSpec {
        machineTypes = new LinkedHashMap<>(machineTypes);
        accelerators = new LinkedHashMap<>(accelerators);
        stock = new LinkedHashMap<>(stock);
    }
}
