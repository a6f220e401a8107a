package dev.paddock.gcp;

import dev.paddock.cost.HourlyPrice;
import dev.paddock.spi.PriceCatalog;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** How the selectors made here order zones: what is common to all of them, and what differs. */
final class RankedZones {
    static final Comparator<ZoneQuota> MOST_AVAILABLE = Comparator.<ZoneQuota>comparingInt(
                    zone -> zone.headroom().known() ? 0 : 1)
            .thenComparing(zone -> zone.headroom().inRegion(), Comparator.reverseOrder());

    static final Comparator<ZoneQuota> SOONEST = Comparator.<ZoneQuota>comparingDouble(
                    zone -> zone.stock().secondsToSuccess())
            .thenComparing(MOST_AVAILABLE);

    private RankedZones() {}

    /**
     * Orders those that can be tried: hinted ones first, those that cool down last, between them by {@code preference};
     * where that does not care, by the user's order of regions, and in a region where the fewest are being made.
     */
    static ZoneRanking rank(
            ZoneRequest request,
            List<ZoneQuota> zones,
            Comparator<ZoneQuota> preference,
            Function<ZoneQuota, String> words) {
        Map<String, Integer> regions = new TreeMap<>();
        zones.forEach(zone -> regions.merge(zone.region(), zone.place(), Math::min));
        Comparator<ZoneQuota> order = Comparator.<ZoneQuota>comparingInt(zone -> hint(request, zone))
                .thenComparing(zone -> zone.cools(request))
                .thenComparing(preference)
                .thenComparing(zone -> regions.get(zone.region()))
                .thenComparingInt(ZoneQuota::pendingInZone)
                .thenComparingInt(ZoneQuota::place);
        List<ZoneRanking.Place> passedOver = new ArrayList<>();
        for (ZoneQuota zone : zones) {
            zone.blocked(request).ifPresent(reason -> passedOver.add(new ZoneRanking.Place(zone.zone(), reason)));
        }
        List<ZoneRanking.Place> ranked = possible(request, zones).stream()
                .sorted(order)
                .map(zone -> new ZoneRanking.Place(zone.zone(), reason(request, zone, words)))
                .toList();
        return new ZoneRanking(ranked, passedOver);
    }

    static List<ZoneQuota> possible(ZoneRequest request, List<ZoneQuota> zones) {
        return zones.stream().filter(zone -> zone.blocked(request).isEmpty()).toList();
    }

    /** One that cools down is not believed to have room: its own answer was no. */
    private static int hint(ZoneRequest request, ZoneQuota zone) {
        int place = request.hinted().indexOf(zone.zone());
        return place < 0 || zone.cools(request) ? Integer.MAX_VALUE : place;
    }

    private static String reason(ZoneRequest request, ZoneQuota zone, Function<ZoneQuota, String> words) {
        String text = words.apply(zone);
        if (zone.cools(request)) {
            return text + ", cools down until " + zone.stock().coolDownEnds().orElseThrow() + " after a stock-out";
        }
        return hint(request, zone) == Integer.MAX_VALUE ? text : text + ", Google said it has room";
    }

    static String availability(ZoneQuota zone) {
        Headroom room = zone.headroom();
        if (!room.known()) {
            return "quota unknown";
        }
        String left = room.left() == Integer.MAX_VALUE ? "no limit known" : room.left() + " left";
        return zone.pendingInZone() == 0 ? left : left + ", " + zone.pendingInZone() + " being made here";
    }

    static String expectation(ZoneQuota zone) {
        return String.format(
                Locale.ROOT,
                "%.0f s expected, chance %.2f",
                zone.stock().secondsToSuccess(),
                zone.stock().chance());
    }

    static ZoneRanking byPrice(PriceCatalog prices, ZoneRequest request, List<ZoneQuota> zones) {
        Map<String, HourlyPrice> known = new TreeMap<>();
        for (ZoneQuota zone : zones) {
            price(prices, request, zone).ifPresent(price -> known.put(zone.zone(), price));
        }
        Comparator<ZoneQuota> cheapest = Comparator.comparing(
                zone -> Optional.ofNullable(known.get(zone.zone()))
                        .map(HourlyPrice::amount)
                        .orElse(null),
                Comparator.nullsLast(BigDecimal::compareTo));
        return rank(request, zones, cheapest.thenComparing(MOST_AVAILABLE), zone -> {
            HourlyPrice price = known.get(zone.zone());
            return price == null ? "price unknown" : price.toString();
        });
    }

    private static Optional<HourlyPrice> price(PriceCatalog prices, ZoneRequest request, ZoneQuota zone) {
        return prices.price(request.shape().priceKey(zone.region()));
    }

    /** Each VM of a pool begins one zone further on than the one before. */
    static ZoneRanking inTurn(ZoneRequest request, List<ZoneQuota> zones) {
        List<String> names =
                possible(request, zones).stream().map(ZoneQuota::zone).toList();
        if (names.isEmpty()) {
            return rank(request, zones, Comparator.comparingInt(ZoneQuota::place), zone -> "");
        }
        int first = (int) Math.floorMod(request.sequence(), (long) names.size());
        return rank(
                request,
                zones,
                Comparator.comparingInt(zone -> Math.floorMod(names.indexOf(zone.zone()) - first, names.size())),
                zone -> "turn " + (Math.floorMod(names.indexOf(zone.zone()) - first, names.size()) + 1));
    }
}
