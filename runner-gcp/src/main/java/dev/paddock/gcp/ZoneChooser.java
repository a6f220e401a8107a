package dev.paddock.gcp;

import dev.paddock.spi.PriceCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Chooses zones for one pool: asks its selector, promises the quota and asks whether the zone may be tried, so that of many
 * who choose at once each sees what the others were given. Thread-safe; nothing waits.
 */
final class ZoneChooser {
    private final List<String> zones;
    private final ZoneSelector selector;
    private final QuotaLedger ledger;
    private final StockMemory stock;
    private final PriceCatalog prices;

    /** Chooses among {@code zones}, in the user's order. */
    ZoneChooser(List<String> zones, ZoneSelector selector, QuotaLedger ledger, StockMemory stock, PriceCatalog prices) {
        this.zones = List.copyOf(zones);
        this.selector = selector;
        this.ledger = ledger;
        this.stock = stock;
        this.prices = prices;
    }

    /**
     * A zone to send a request to now, with its quota promised and the attempt begun.
     *
     * @param attempt to be ended by whoever sends the request
     */
    record Placed(String zone, String region, StockMemory.Attempt attempt) {}

    /**
     * What was found.
     *
     * @param placed where; empty if nowhere, and then nothing is promised
     * @param ranking how the zones stood
     * @param refused zones of the ranking that were not free, and why
     */
    record Choice(Optional<Placed> placed, ZoneRanking ranking, List<ZoneRanking.Place> refused) {
        Choice {
            refused = List.copyOf(refused);
        }

        /** Why no zone will do, each with its reason. */
        String explain() {
            return new ZoneRanking(List.of(), reasons()).explain();
        }

        /** The same, zone by zone. */
        List<ZoneRanking.Place> reasons() {
            List<ZoneRanking.Place> all = new ArrayList<>(ranking.passedOver());
            all.addAll(refused);
            return all;
        }
    }

    /**
     * Chooses where a VM is tried next. A promise that it has is moved there, or given up if there is room nowhere.
     *
     * @param name the VM's name
     * @param request the VM; its hints are looked up here
     * @param offers what the zones offer
     * @param fallback which zones are allowed after those that were tried
     * @param tried zones not to choose, because it failed there, the first one first
     */
    Choice choose(String name, ZoneRequest request, Catalogue.Facts offers, ZoneFallback fallback, List<String> tried) {
        ZoneRequest hinted = new ZoneRequest(
                request.pool(),
                request.shape(),
                request.requireKnownQuota(),
                request.now(),
                request.sequence(),
                stock.hinted(request.shape(), request.now()));
        SortedMap<String, String> refused = outOfQuestion(offers, fallback, tried);
        while (true) {
            SortedSet<String> out = new TreeSet<>(refused.keySet());
            AtomicReference<@Nullable ZoneRanking> decisive = new AtomicReference<>();
            Optional<QuotaLedger.Spot> spot = ledger.place(name, request.shape(), request.now(), view -> {
                ZoneRanking ranking = rank(hinted, offers, view);
                decisive.set(ranking);
                return spots(ranking, offers, out);
            });
            Optional<Placed> placed = spot.flatMap(there -> stock.begin(there.zone(), request.shape(), request.now())
                    .map(attempt -> new Placed(there.zone(), there.region(), attempt)));
            if (spot.isEmpty() || placed.isPresent()) {
                ZoneRanking ranking = decisive.get();
                return new Choice(placed, ranking == null ? madeAlready(name) : ranking, places(refused));
            }
            refused.put(spot.get().zone(), why(spot.get().zone(), request));
        }
    }

    /** The ledger did not even ask for an order: Google may not have counted an earlier VM of that name yet. */
    private ZoneRanking madeAlready(String name) {
        return new ZoneRanking(
                List.of(),
                zones.stream()
                        .map(zone -> new ZoneRanking.Place(zone, "a VM named " + name + " was made a moment ago"))
                        .toList());
    }

    private SortedMap<String, String> outOfQuestion(Catalogue.Facts offers, ZoneFallback fallback, List<String> tried) {
        SortedMap<String, String> refused = new TreeMap<>();
        Optional<String> first = tried.stream().findFirst();
        for (String zone : zones) {
            if (tried.contains(zone)) {
                refused.put(zone, "tried already");
            } else if (!fallback.allows(first.map(offers::region), offers.region(zone))) {
                refused.put(zone, "not allowed after " + first.orElse("") + " by the pool's zoneFallback");
            }
        }
        return refused;
    }

    private ZoneRanking rank(ZoneRequest request, Catalogue.Facts offers, QuotaLedger.View view) {
        return ZoneSurvey.rank(selector, request, ZoneSurvey.of(request, zones, offers, view, stock, prices));
    }

    private static List<QuotaLedger.Spot> spots(ZoneRanking ranking, Catalogue.Facts offers, SortedSet<String> out) {
        return ranking.zones().stream()
                .filter(zone -> !out.contains(zone))
                .map(zone -> new QuotaLedger.Spot(zone, offers.region(zone)))
                .toList();
    }

    private String why(String zone, ZoneRequest request) {
        return stock.estimate(zone, request.shape(), request.now())
                .coolDownEnds()
                .map(end -> "out of stock, not tried before " + end)
                .orElse("out of stock a while ago, and one VM is trying it again");
    }

    private static List<ZoneRanking.Place> places(SortedMap<String, String> refused) {
        return refused.entrySet().stream()
                .map(one -> new ZoneRanking.Place(one.getKey(), one.getValue()))
                .toList();
    }
}
