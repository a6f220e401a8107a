package dev.paddock.gcp;

import dev.paddock.cost.HourlyPrice;
import java.util.Objects;
import java.util.Optional;

/**
 * What is known of a zone when a VM needs one.
 *
 * @param zone such as {@code us-east1-c}
 * @param region its region
 * @param place where it stands in the order in which the user wrote the zones, from 0
 * @param onDemand the region's quota of such accelerators, or of CPUs if the VM has none
 * @param spot the same for spot VMs
 * @param project the project's quota of accelerators of all regions, or of CPUs
 * @param headroom how many such VMs all quotas together allow
 * @param machine whether the machine type is really offered there
 * @param accelerator whether the accelerators are; {@link Offered#YES} if the VM has none
 * @param up whether Google says that the zone is up; also if Google did not say
 * @param stock what to expect after stock-outs
 * @param price what such a VM costs there; empty if unknown, which is not free
 * @param pendingInZone VMs of any pool that are being made in the zone and are not yet in Google's usage
 * @param pendingInRegion the same of its region
 */
public record ZoneQuota(
        String zone,
        String region,
        int place,
        QuotaReading onDemand,
        QuotaReading spot,
        QuotaReading project,
        Headroom headroom,
        Offered machine,
        Offered accelerator,
        boolean up,
        StockEstimate stock,
        Optional<HourlyPrice> price,
        int pendingInZone,
        int pendingInRegion) {
    /** Whether something is offered in a zone. */
    public enum Offered {
        /** Google lists it there. */
        YES,
        /** Google lists it, and not there. */
        NO,
        /** Google could not be asked. */
        UNKNOWN
    }

    /** Checks for nulls. */
    public ZoneQuota {
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(onDemand, "onDemand");
        Objects.requireNonNull(spot, "spot");
        Objects.requireNonNull(project, "project");
        Objects.requireNonNull(headroom, "headroom");
        Objects.requireNonNull(machine, "machine");
        Objects.requireNonNull(accelerator, "accelerator");
        Objects.requireNonNull(stock, "stock");
        Objects.requireNonNull(price, "price");
    }

    /**
     * A zone of which nothing more is known, to fill by hand.
     *
     * @param zone such as {@code us-east1-c}
     * @param region its region
     * @param place where it stands in the user's order, from 0
     * @param headroom how many such VMs its quotas allow
     * @return the zone, which is up and offers all
     */
    public static ZoneQuota of(String zone, String region, int place, Headroom headroom) {
        QuotaReading unread = QuotaReading.unknown("not read");
        return new ZoneQuota(
                zone,
                region,
                place,
                unread,
                unread,
                unread,
                headroom,
                Offered.YES,
                Offered.YES,
                true,
                StockEstimate.fresh(),
                Optional.empty(),
                0,
                0);
    }

    /**
     * Why the VM cannot be made there now, whatever a selector says. A zone that cools down after a stock-out is not
     * blocked: it comes last.
     *
     * @param request the VM
     * @return the reason in a few words; empty if it can be tried
     */
    public Optional<String> blocked(ZoneRequest request) {
        if (!up) {
            return Optional.of("zone is down or does not exist");
        }
        if (machine == Offered.NO) {
            return Optional.of("machine type not offered: " + request.shape().machineType());
        }
        if (accelerator == Offered.NO) {
            return Optional.of("accelerator not offered: " + request.shape().acceleratorCount() + " "
                    + request.shape().acceleratorType());
        }
        if (headroom.left() == 0) {
            return Optional.of("quota used up: " + headroom.limitedBy());
        }
        if (request.requireKnownQuota() && !headroom.known()) {
            return Optional.of("quota unknown, and requireKnownQuota() is set: " + reading(request));
        }
        return Optional.empty();
    }

    private QuotaReading reading(ZoneRequest request) {
        return switch (request.shape().provisioningModel()) {
            case STANDARD -> onDemand;
            case SPOT, FLEX_START -> spot;
        };
    }

    /** Whether it still cools down after a stock-out. */
    boolean cools(ZoneRequest request) {
        return stock.coolDownEnds().filter(request.now()::isBefore).isPresent();
    }
}
