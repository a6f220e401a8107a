package dev.paddock.gcp;

import dev.paddock.cost.ProvisioningModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a pool may fall back on when it cannot have the VM it wants where it wants it, in this order: another zone of the
 * region, another region, another machine or class of accelerators, other terms. Immutable.
 *
 * @param otherZones whether a zone other than the first one chosen may be tried
 * @param otherRegions whether a zone of another region may be; needs {@code otherZones}
 * @param machines what may be made instead, the most wanted one first; on the terms of the VM that is wanted
 * @param models on which other terms, the most wanted ones first, such as {@code STANDARD} for a pool of spot VMs
 */
public record Fallback(
        boolean otherZones, boolean otherRegions, List<MachineShape> machines, List<ProvisioningModel> models) {
    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if other regions are allowed and other zones are not
     */
    public Fallback {
        machines = List.copyOf(machines);
        models = List.copyOf(models);
        if (otherRegions && !otherZones) {
            throw new IllegalArgumentException("another region is another zone: allow otherZones as well");
        }
    }

    /**
     * Any zone of the pool, and always the same machine on the same terms.
     *
     * @return the default
     */
    public static Fallback anyZone() {
        return new Fallback(true, true, List.of(), List.of());
    }

    /**
     * Nothing: the zone chosen first, or no VM for now.
     *
     * @return no fallback
     */
    public static Fallback none() {
        return new Fallback(false, false, List.of(), List.of());
    }

    /**
     * What to make, the most wanted one first: all zones are tried for one before the next is.
     *
     * @param wanted the VM that is wanted
     * @return it, then what may be made instead; no two are the same
     */
    public List<MachineShape> shapes(MachineShape wanted) {
        List<MachineShape> shapes = new ArrayList<>();
        Stream.concat(Stream.of(wanted.provisioningModel()), models.stream())
                .forEach(model -> Stream.concat(Stream.of(wanted), machines.stream())
                        .map(shape -> shape.with(model))
                        .forEach(shapes::add));
        return shapes.stream().distinct().toList();
    }

    /**
     * Whether a zone may be tried after those that failed.
     *
     * @param first the zone that was tried first; empty if none was
     * @param firstRegion its region
     * @param zone the zone
     * @param region its region
     * @return true if so
     */
    public boolean allows(Optional<String> first, Optional<String> firstRegion, String zone, String region) {
        if (first.isEmpty() || first.get().equals(zone)) {
            return true;
        }
        return otherRegions || otherZones && firstRegion.filter(region::equals).isPresent();
    }
}
