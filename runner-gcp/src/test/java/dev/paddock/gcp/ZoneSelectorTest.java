package dev.paddock.gcp;

import static dev.paddock.gcp.Given.NOW;
import static dev.paddock.gcp.Given.T4;
import static dev.paddock.gcp.Given.request;
import static dev.paddock.gcp.Given.with;
import static dev.paddock.gcp.Given.zone;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.cost.HourlyPrice;
import dev.paddock.cost.PriceTable;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ZoneSelectorTest {
    private static final ZoneSelector MOST = ZoneSelector.mostAvailable();

    private static StockEstimate cooling(Duration left) {
        return new StockEstimate(
                Optional.of(NOW.minusSeconds(60)), Optional.of(NOW.plus(left)), 0.25, Duration.ofSeconds(30));
    }

    private static StockEstimate chance(double chance, int answerSeconds) {
        return new StockEstimate(
                Optional.of(NOW.minusSeconds(600)), Optional.empty(), chance, Duration.ofSeconds(answerSeconds));
    }

    private static ZoneRequest hinted(Instant now, String... zones) {
        return new ZoneRequest("pool", T4, false, now, 0, List.of(zones));
    }

    @Test
    @DisplayName("us-east1 with 5 free, us-central1 with 3 and us-west1 with 0, in that order: us-east1's first zone")
    void golden() {
        List<ZoneQuota> zones =
                List.of(zone("us-east1-c", 0, 5), zone("us-central1-a", 1, 3), zone("us-west1-a", 2, 0));
        ZoneRanking ranking = MOST.rank(request(T4), zones);
        assertThat(ranking.zones()).containsExactly("us-east1-c", "us-central1-a");
        assertThat(ranking.explain())
                .isEqualTo("us-east1-c (5 left), us-central1-a (3 left); not us-west1-a (quota used up: 8 of 8 used)");
    }

    @Test
    @DisplayName("SLANG-40 regions come by what is free, wherever they were written")
    void byFree() {
        List<ZoneQuota> zones = List.of(
                zone("us-west1-a", 0, 1), zone("us-east1-c", 1, 5), zone("us-west1-b", 2, 1), zone("us-east1-d", 3, 5));
        assertThat(MOST.rank(request(T4), zones).zones())
                .containsExactly("us-east1-c", "us-east1-d", "us-west1-a", "us-west1-b");
    }

    @Test
    @DisplayName("GCE-2 of regions with as much free the order written decides, also if their zones are mixed")
    void stable() {
        List<ZoneQuota> zones = List.of(
                zone("us-west1-a", 0, 4), zone("us-east1-c", 1, 4), zone("us-west1-b", 2, 4), zone("us-east1-d", 3, 4));
        assertThat(MOST.rank(request(T4), zones).zones())
                .containsExactly("us-west1-a", "us-west1-b", "us-east1-c", "us-east1-d");
    }

    @Test
    @DisplayName("an unknown quota comes after each that is known and above 0, and after an unlimited one")
    void unknownLast() {
        ZoneQuota unknown = ZoneQuota.of(
                "us-west1-a", "us-west1", 0, new Headroom(Integer.MAX_VALUE, Integer.MAX_VALUE, false, ""));
        ZoneQuota unlimited =
                ZoneQuota.of("us-west4-a", "us-west4", 2, new Headroom(Integer.MAX_VALUE, Integer.MAX_VALUE, true, ""));
        ZoneRanking ranking = MOST.rank(request(T4), List.of(unknown, zone("us-east1-c", 1, 1), unlimited));
        assertThat(ranking.explain())
                .isEqualTo("us-west4-a (no limit known), us-east1-c (1 left), us-west1-a (quota unknown)");
    }

    @Test
    @DisplayName("GCE-14 a zone that cools down comes last until that ends, then in its place again")
    void coolDown() {
        List<ZoneQuota> zones = List.of(
                with(zone("us-east1-c", 0, 5), cooling(Duration.ofSeconds(90)), 0), zone("us-central1-a", 1, 3));
        assertThat(MOST.rank(request(T4), zones).explain())
                .isEqualTo("us-central1-a (3 left), us-east1-c (5 left, cools down until 2026-11-26T12:01:30Z after a"
                        + " stock-out)");
        ZoneRequest later = ZoneRequest.of("pool", T4, NOW.plusSeconds(90));
        assertThat(MOST.rank(later, zones).zones()).containsExactly("us-east1-c", "us-central1-a");
    }

    @Test
    @DisplayName("GCE-14 a zone that Google named comes first if it is the pool's, the newest word before older ones")
    void hints() {
        List<ZoneQuota> zones = List.of(zone("us-east1-c", 0, 5), zone("us-east1-d", 1, 5), zone("us-west1-a", 2, 1));
        assertThat(MOST.rank(hinted(NOW, "us-east1-d", "europe-west4-a"), zones).explain())
                .isEqualTo("us-east1-d (5 left, Google said it has room), us-east1-c (5 left), us-west1-a (1 left)");
        assertThat(MOST.rank(hinted(NOW, "us-west1-a", "us-east1-d"), zones).zones())
                .containsExactly("us-west1-a", "us-east1-d", "us-east1-c");
    }

    @Test
    @DisplayName("a hint does not bring a zone forward that said no itself and cools down")
    void hintAgainstCoolDown() {
        List<ZoneQuota> zones =
                List.of(zone("us-east1-c", 0, 1), with(zone("us-east1-d", 1, 5), cooling(Duration.ofMinutes(1)), 0));
        assertThat(MOST.rank(hinted(NOW, "us-east1-d"), zones).zones()).containsExactly("us-east1-c", "us-east1-d");
    }

    @Test
    @DisplayName("in a region the zone comes first in which the fewest VMs are being made")
    void spread() {
        List<ZoneQuota> zones = List.of(
                with(zone("us-east1-c", 0, 5), StockEstimate.fresh(), 2),
                with(zone("us-east1-d", 1, 5), StockEstimate.fresh(), 1),
                zone("us-central1-a", 2, 4));
        assertThat(MOST.rank(request(T4), zones).explain())
                .isEqualTo("us-east1-d (5 left, 1 being made here), us-east1-c (5 left, 2 being made here),"
                        + " us-central1-a (4 left)");
    }

    @Test
    @DisplayName("inOrder goes by the user's order alone, without what is used up")
    void inOrder() {
        List<ZoneQuota> zones =
                List.of(zone("us-west1-a", 0, 1), zone("us-central1-a", 1, 0), zone("us-east1-c", 2, 9));
        assertThat(ZoneSelector.inOrder().rank(request(T4), zones).explain())
                .isEqualTo("us-west1-a (place 1), us-east1-c (place 3); not us-central1-a (quota used up: 8 of 8"
                        + " used)");
    }

    @Test
    @DisplayName("cheapest goes by the region's price; unknown is not free; what costs the same goes by quota")
    void cheapest() {
        PriceTable prices = PriceTable.empty();
        Map<String, String> usd = new TreeMap<>(
                Map.of("us-east1", "0.70", "us-central1", "0.54", "us-west1", "0.70", "us-west4", "0.60"));
        for (Map.Entry<String, String> one : usd.entrySet()) {
            prices = prices.with(
                    T4.priceKey(one.getKey()),
                    new HourlyPrice(
                            new BigDecimal(one.getValue()),
                            Currency.getInstance("USD"),
                            LocalDate.of(2026, 11, 1),
                            "test"));
        }
        List<ZoneQuota> zones = List.of(
                zone("europe-west4-a", 0, 9),
                zone("us-west1-a", 1, 3),
                zone("us-east1-c", 2, 5),
                zone("us-central1-a", 3, 1),
                zone("us-west4-a", 4, 0));
        ZoneRanking ranking = ZoneSelector.cheapest(prices).rank(request(T4), zones);
        assertThat(ranking.zones()).containsExactly("us-central1-a", "us-east1-c", "us-west1-a", "europe-west4-a");
        assertThat(ranking.explain())
                .startsWith("us-central1-a (0.54 USD/h (as of 2026-11-01, test)), ")
                .contains("europe-west4-a (price unknown)");
    }

    @Test
    @DisplayName("expectedTimeToSuccess divides the time of an answer by the chance; as good goes by quota")
    void soonest() {
        List<ZoneQuota> zones = List.of(
                with(zone("us-east1-c", 0, 9), chance(0.5, 30), 0), // 60 s
                with(zone("us-east1-d", 1, 9), chance(0.6, 12), 0), // 20 s
                zone("us-central1-a", 2, 3), // 30 s
                zone("us-west1-a", 3, 4)); // 30 s
        assertThat(ZoneSelector.expectedTimeToSuccess().rank(request(T4), zones).explain())
                .isEqualTo("us-east1-d (20 s expected, chance 0.60), us-west1-a (30 s expected, chance 1.00),"
                        + " us-central1-a (30 s expected, chance 1.00), us-east1-c (60 s expected, chance 0.50)");
    }

    @Test
    @DisplayName("GCE-13 roundRobin begins one zone further on with each VM, and leaves out what cannot be")
    void roundRobin() {
        List<ZoneQuota> zones = List.of(
                zone("us-east1-c", 0, 5), zone("us-west1-a", 1, 0), zone("us-east1-d", 2, 5), zone("us-west4-a", 3, 1));
        List<List<String>> first = List.of(
                List.of("us-east1-c", "us-east1-d", "us-west4-a"),
                List.of("us-east1-d", "us-west4-a", "us-east1-c"),
                List.of("us-west4-a", "us-east1-c", "us-east1-d"),
                List.of("us-east1-c", "us-east1-d", "us-west4-a"));
        for (int i = 0; i < first.size(); i++) {
            ZoneRequest request = new ZoneRequest("pool", T4, false, NOW, i, List.of());
            assertThat(ZoneSelector.roundRobin().rank(request, zones).zones()).isEqualTo(first.get(i));
        }
        ZoneRequest second = new ZoneRequest("pool", T4, false, NOW, 1, List.of());
        assertThat(ZoneSelector.roundRobin().rank(second, zones).explain())
                .startsWith("us-east1-d (turn 1), us-west4-a (turn 2), us-east1-c (turn 3); not us-west1-a");
        ZoneRanking none = ZoneSelector.roundRobin().rank(request(T4), List.of(zone("us-west1-a", 0, 0)));
        assertThat(none.explain()).isEqualTo("no zone; not us-west1-a (quota used up: 8 of 8 used)");
    }

    @Test
    @DisplayName("a lambda only orders: what cannot be, is not the pool's or is named twice is left out")
    void lambda() {
        ZoneSelector mine = (request, zones) ->
                ZoneRanking.of(List.of("us-west1-a", "us-east1-d", "mars-north1-a", "us-east1-d", "us-east1-c"));
        List<ZoneQuota> zones = List.of(
                zone("us-east1-c", 0, 5), zone("us-east1-d", 1, 5), zone("us-west1-a", 2, 0), zone("us-west4-a", 3, 1));
        ZoneRanking ranking = ZoneSurvey.rank(mine, request(T4), zones);
        assertThat(ranking.explain())
                .isEqualTo("us-east1-d, us-east1-c; not us-west1-a (quota used up: 8 of 8 used), us-west4-a (not chosen"
                        + " by the selector)");
    }

    @Test
    @DisplayName("a lambda's own words for what it left out are kept")
    void lambdaWords() {
        ZoneSelector mine = (request, zones) ->
                new ZoneRanking(List.of(), List.of(new ZoneRanking.Place("us-east1-d", "too far away")));
        List<ZoneQuota> two = List.of(zone("us-east1-c", 0, 5), zone("us-east1-d", 1, 5));
        assertThat(ZoneSurvey.rank(mine, request(T4), two).explain())
                .isEqualTo("no zone; not us-east1-c (not chosen by the selector), us-east1-d (too far away)");
    }
}
