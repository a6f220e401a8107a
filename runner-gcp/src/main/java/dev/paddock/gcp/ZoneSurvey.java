package dev.paddock.gcp;

import dev.paddock.cost.HourlyPrice;
import dev.paddock.cost.PriceKey;
import dev.paddock.cost.ProvisioningModel;
import dev.paddock.spi.PriceCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts together what is known of the zones for one VM, and holds a selector to it. */
final class ZoneSurvey {
    private static final Logger LOG = LoggerFactory.getLogger(ZoneSurvey.class);

    private ZoneSurvey() {}

    /**
     * What is known of each zone.
     *
     * @param zones in the user's order
     * @param ledger quotas and promises of one moment
     */
    static List<ZoneQuota> of(
            ZoneRequest request,
            List<String> zones,
            Catalogue.Facts offers,
            QuotaLedger.View ledger,
            StockMemory stock,
            PriceCatalog prices) {
        List<ZoneQuota> facts = new ArrayList<>();
        MachineShape shape = request.shape();
        SortedMap<String, Headroom> headrooms = new TreeMap<>();
        for (String zone : zones) {
            String region = offers.region(zone);
            facts.add(new ZoneQuota(
                    zone,
                    region,
                    facts.size(),
                    ledger.reading(region, shape.with(ProvisioningModel.STANDARD)),
                    ledger.reading(region, shape.with(ProvisioningModel.SPOT)),
                    ledger.project(shape),
                    headrooms.computeIfAbsent(region, name -> ledger.headroom(name, shape, request.now())),
                    offers.offersMachine(zone),
                    offers.offersAccelerator(zone, shape),
                    offers.up(zone),
                    stock.estimate(zone, shape, request.now()),
                    price(prices, shape.priceKey(region)),
                    ledger.pendingInZone(zone),
                    ledger.pendingInRegion(region)));
        }
        return List.copyOf(facts);
    }

    /** A catalog that cannot tell keeps no VM away: a selector that needs no price does not miss it. */
    private static Optional<HourlyPrice> price(PriceCatalog prices, PriceKey key) {
        try {
            return prices.price(key);
        } catch (RuntimeException broken) {
            LOG.warn("the price of {} is taken to be unknown: {}", key, Failures.text(broken));
            return Optional.empty();
        }
    }

    /**
     * Asks a selector, and leaves out of its answer what cannot be: zones that are blocked, not the pool's, or named
     * twice. What it left out itself without a word is passed over as not chosen.
     */
    static ZoneRanking rank(ZoneSelector selector, ZoneRequest request, List<ZoneQuota> zones) {
        ZoneRanking wish = selector.rank(request, zones);
        SortedSet<String> possible = new TreeSet<>(RankedZones.possible(request, zones).stream()
                .map(ZoneQuota::zone)
                .toList());
        List<ZoneRanking.Place> order = new ArrayList<>();
        SortedSet<String> named = new TreeSet<>();
        for (ZoneRanking.Place place : wish.order()) {
            if (possible.contains(place.zone()) && named.add(place.zone())) {
                order.add(place);
            }
        }
        List<ZoneRanking.Place> passedOver = new ArrayList<>();
        for (ZoneQuota zone : zones) {
            if (!named.contains(zone.zone())) {
                passedOver.add(new ZoneRanking.Place(zone.zone(), why(request, zone, wish)));
            }
        }
        return new ZoneRanking(order, passedOver);
    }

    private static String why(ZoneRequest request, ZoneQuota zone, ZoneRanking wish) {
        return zone.blocked(request)
                .or(() -> wish.passedOver().stream()
                        .filter(place -> place.zone().equals(zone.zone()))
                        .map(ZoneRanking.Place::reason)
                        .findFirst())
                .orElse("not chosen by the selector");
    }
}
