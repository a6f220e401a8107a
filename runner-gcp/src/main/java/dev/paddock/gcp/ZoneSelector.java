package dev.paddock.gcp;

import dev.paddock.spi.PriceCatalog;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * Which zone a VM is tried in first, and which next: a pure function of what is known. It is called often, from several
 * threads, and must neither wait nor remember anything.
 *
 * <p>A lambda may order as it likes. What it names that {@linkplain ZoneQuota#blocked cannot be} is left out by the
 * caller, so it need not look at quotas; zones that it does not name are not tried. With each selector made here zones
 * that cool down after a stock-out come last, and zones that Google named as having room come first.
 */
@FunctionalInterface
public interface ZoneSelector {
    /**
     * Orders zones.
     *
     * @param request the VM that needs one
     * @param zones all zones of the pool, in the user's order, blocked ones included
     * @return the order, and why
     */
    ZoneRanking rank(ZoneRequest request, List<ZoneQuota> zones);

    /**
     * The region with the most quota free, by what Google tells, before the next; a burst fills it up to its quota. Of
     * regions with as much, and after all others those whose quota is unknown, the user's order decides. Within a region
     * VMs are spread: the zone in which the fewest are being made comes first.
     *
     * @return the default for VMs with accelerators
     */
    static ZoneSelector mostAvailable() {
        return (request, zones) ->
                RankedZones.rank(request, zones, RankedZones.MOST_AVAILABLE, RankedZones::availability);
    }

    /**
     * The user's order, as long as there is quota.
     *
     * @return the selector
     */
    static ZoneSelector inOrder() {
        return (request, zones) -> RankedZones.rank(
                request, zones, Comparator.comparingInt(ZoneQuota::place), zone -> "place " + (zone.place() + 1));
    }

    /**
     * The cheapest first, by the price of the VM in the region; those whose price is unknown last. Of regions that cost
     * the same {@link #mostAvailable()} decides.
     *
     * @param prices asked for each zone: it must answer from memory
     * @return the selector
     */
    static ZoneSelector cheapest(PriceCatalog prices) {
        Objects.requireNonNull(prices, "prices");
        return (request, zones) -> RankedZones.byPrice(prices, request, zones);
    }

    /**
     * The zone first that is expected to give a VM soonest: the time it takes to answer, by its chance of having one,
     * which is low after a stock-out and comes back with time. Of zones as good {@link #mostAvailable()} decides.
     *
     * @return the selector
     */
    static ZoneSelector expectedTimeToSuccess() {
        return (request, zones) -> RankedZones.rank(request, zones, RankedZones.SOONEST, RankedZones::expectation);
    }

    /**
     * Zones in turn: each VM of a pool begins one zone further on. For VMs without accelerators, of which there is usually
     * enough everywhere.
     *
     * @return the selector; the default for VMs without accelerators
     */
    static ZoneSelector roundRobin() {
        return RankedZones::inTurn;
    }
}
