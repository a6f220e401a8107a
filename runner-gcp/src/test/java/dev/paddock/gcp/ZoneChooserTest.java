package dev.paddock.gcp;

import static dev.paddock.gcp.Given.CPU;
import static dev.paddock.gcp.Given.NOW;
import static dev.paddock.gcp.Given.T4;
import static dev.paddock.gcp.Given.ledger;
import static dev.paddock.gcp.Given.region;
import static dev.paddock.gcp.Given.t4;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.spi.PriceCatalog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ZoneChooserTest {
    private final StockMemory stock = new StockMemory();

    private ZoneChooser chooser(QuotaLedger ledger, ZoneSelector selector, String... zones) {
        return new ZoneChooser(List.of(zones), selector, ledger, stock, PriceCatalog.unknown());
    }

    private static ZoneChooser.Choice choose(ZoneChooser chooser, String name, String... tried) {
        return choose(chooser, name, ZoneFallback.ANY_ZONE, tried);
    }

    private static ZoneChooser.Choice choose(ZoneChooser chooser, String name, ZoneFallback fallback, String... tried) {
        return chooser.choose(name, Given.request(T4), Catalogue.Facts.unknown(), fallback, List.of(tried));
    }

    private static String zone(ZoneChooser.Choice choice) {
        return choice.placed().map(ZoneChooser.Placed::zone).orElse("none");
    }

    @Test
    @DisplayName("SLANG-42 a name whose VM was made a moment ago gets no zone, and it is said why")
    void madeAlready() {
        QuotaLedger ledger = Given.ledger(Given.t4("us-east1", 8, 0));
        ZoneChooser chooser = chooser(ledger, ZoneSelector.inOrder(), "us-east1-c");
        assertThat(zone(choose(chooser, "a"))).isEqualTo("us-east1-c");
        ledger.made("a");
        ZoneChooser.Choice again = choose(chooser, "a");
        assertThat(zone(again)).isEqualTo("none");
        assertThat(again.explain()).contains("us-east1-c", "a VM named a was made a moment ago");
    }

    @Test
    @DisplayName("GCE-12 SLANG-23 a burst of 4 into a region with two zones is 2 in each")
    void spread() {
        ZoneChooser chooser =
                chooser(ledger(t4("us-east1", 8, 0)), ZoneSelector.mostAvailable(), "us-east1-c", "us-east1-d");
        List<String> zones = Given.names("vm", 4).stream()
                .map(name -> zone(choose(chooser, name)))
                .toList();
        assertThat(zones).containsExactly("us-east1-c", "us-east1-d", "us-east1-c", "us-east1-d");
    }

    @Test
    @DisplayName("GCE-12 SLANG-23 the same from 8 threads at once: 8 each, of a quota of 16, and 4 are refused")
    @Timeout(60)
    void spreadAtOnce() throws Exception {
        QuotaLedger ledger = ledger(t4("us-east1", 16, 0));
        ZoneChooser chooser = chooser(ledger, ZoneSelector.mostAvailable(), "us-east1-c", "us-east1-d");
        Map<String, Integer> chosen = atOnce(20, i -> zone(choose(chooser, "vm" + i)));
        assertThat(chosen).containsExactlyInAnyOrderEntriesOf(Map.of("us-east1-c", 8, "us-east1-d", 8, "none", 4));
        assertThat(ledger.view().pendingInZone("us-east1-c")).isEqualTo(8);
    }

    @Test
    @DisplayName("GCE-13 SLANG-21 a pool without accelerators: 5 VMs at once over 3 zones are 2, 2 and 1")
    @Timeout(60)
    void roundRobin() throws Exception {
        QuotaLedger ledger = ledger(region("us-east1", Map.of()));
        ZoneChooser chooser = chooser(ledger, ZoneSelector.roundRobin(), "us-east1-b", "us-east1-c", "us-east1-d");
        Map<String, Integer> chosen = atOnce(
                5,
                i -> zone(chooser.choose(
                        "vm" + i,
                        new ZoneRequest("pool", CPU, false, NOW, i, List.of()),
                        Catalogue.Facts.unknown(),
                        ZoneFallback.ANY_ZONE,
                        List.of())));
        assertThat(chosen.values()).containsExactlyInAnyOrder(2, 2, 1);
        assertThat(ledger.view().names()).hasSize(5);
    }

    private interface Chosen {
        String zone(int i);
    }

    private static Map<String, Integer> atOnce(int count, Chosen chosen) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(count);
        CyclicBarrier together = new CyclicBarrier(count);
        try {
            List<Future<String>> running = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                running.add(pool.submit(() -> {
                    together.await(20, TimeUnit.SECONDS);
                    return chosen.zone(number);
                }));
            }
            Map<String, Integer> counts = new TreeMap<>();
            for (Future<String> one : running) {
                counts.merge(one.get(20, TimeUnit.SECONDS), 1, Integer::sum);
            }
            return counts;
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    @DisplayName("SLANG-43 after a stock-out the promise moves with the VM and counts once; Google's hint comes first")
    void moves() {
        QuotaLedger ledger = ledger(t4("us-east1", 2, 0), t4("us-west1", 1, 0));
        ZoneChooser chooser =
                chooser(ledger, ZoneSelector.mostAvailable(), "us-east1-c", "us-east1-d", "us-west1-a", "us-east1-f");
        ZoneChooser.Choice first = choose(chooser, "a");
        assertThat(zone(first)).isEqualTo("us-east1-c");
        stock.stockOut(first.placed().orElseThrow().attempt(), List.of("us-east1-f", "mars-north1-a"), NOW);
        assertThat(zone(choose(chooser, "a", "us-east1-c"))).isEqualTo("us-east1-f");
        assertThat(zone(choose(chooser, "a", "us-east1-c", "us-east1-f"))).isEqualTo("us-east1-d");
        assertThat(zone(choose(chooser, "a", "us-east1-c", "us-east1-f", "us-east1-d")))
                .isEqualTo("us-west1-a");
        assertThat(ledger.view().pendingInRegion("us-east1")).isZero();
        assertThat(ledger.view().pendingInRegion("us-west1")).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "SLANG-61 others pass a zone that cools down; with none left nothing is promised, and each has its reason")
    void allOut() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 0), t4("us-west1", 0, 0));
        ZoneChooser chooser = chooser(ledger, ZoneSelector.mostAvailable(), "us-east1-c", "us-east1-d", "us-west1-a");
        for (String name : List.of("a", "b")) {
            stock.stockOut(choose(chooser, name).placed().orElseThrow().attempt(), List.of(), NOW);
        }
        ZoneChooser.Choice none = choose(chooser, "b", "us-east1-d");
        assertThat(none.placed()).isEmpty();
        assertThat(none.explain())
                .isEqualTo(
                        "no zone; not us-west1-a (quota used up: NVIDIA_T4_GPUS in us-west1: 0 of 0 used), us-east1-c"
                                + " (out of stock, not tried before 2026-11-26T12:05:00Z), us-east1-d (tried already)");
        assertThat(ledger.view().names()).containsExactly("a");
    }

    @Test
    @DisplayName("after the cool-down one VM tries the zone again, and others at the same time go elsewhere")
    void probe() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 0), t4("us-west1", 1, 0));
        ZoneChooser chooser = chooser(ledger, ZoneSelector.mostAvailable(), "us-east1-c", "us-west1-a");
        stock.stockOut(choose(chooser, "a").placed().orElseThrow().attempt(), List.of(), NOW);
        ZoneRequest later = ZoneRequest.of("pool", T4, NOW.plus(Duration.ofMinutes(5)));
        List<String> zones = new ArrayList<>();
        for (String name : List.of("b", "c", "d")) {
            ZoneChooser.Choice choice =
                    chooser.choose(name, later, Catalogue.Facts.unknown(), ZoneFallback.ANY_ZONE, List.of());
            zones.add(zone(choice));
            if (choice.placed().isEmpty()) {
                assertThat(choice.explain()).contains("out of stock a while ago, and one VM is trying it again");
            }
        }
        assertThat(zones).containsExactly("us-east1-c", "us-west1-a", "none");
    }

    @Test
    @DisplayName("GCE-27 SLANG-62 after a quota fault in us-east1-c, us-east1-d is not tried, and us-central1 is")
    void quotaFault() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 0), t4("us-central1", 3, 0));
        ZoneChooser chooser =
                chooser(ledger, ZoneSelector.mostAvailable(), "us-east1-c", "us-east1-d", "us-central1-a");
        assertThat(zone(choose(chooser, "a"))).isEqualTo("us-east1-c");
        ledger.usedUp("us-east1", T4, Given.quotaFault("NVIDIA_T4_GPUS", false), NOW);
        assertThat(zone(choose(chooser, "a", "us-east1-c"))).isEqualTo("us-central1-a");
    }

    @Test
    @DisplayName("GCE-28 after a fault of the project's quota no zone is tried")
    void projectFault() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 0), t4("us-central1", 3, 0));
        ZoneChooser chooser = chooser(ledger, ZoneSelector.mostAvailable(), "us-east1-c", "us-central1-a");
        assertThat(zone(choose(chooser, "a"))).isEqualTo("us-east1-c");
        ledger.usedUp("us-east1", T4, Given.quotaFault("GPUS_ALL_REGIONS", true), NOW);
        ZoneChooser.Choice none = choose(chooser, "a", "us-east1-c");
        assertThat(none.placed()).isEmpty();
        assertThat(none.explain()).contains("GPUS_ALL_REGIONS of the project: Google said that it is used up");
        assertThat(ledger.view().names()).isEmpty();
    }

    @Test
    @DisplayName("a pool falls back only as far as it allows: no other zone, zones of the region, or any")
    void fallback() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 0), t4("us-west1", 3, 0));
        ZoneChooser chooser = chooser(ledger, ZoneSelector.mostAvailable(), "us-east1-c", "us-east1-d", "us-west1-a");
        assertThat(zone(choose(chooser, "a", ZoneFallback.NONE))).isEqualTo("us-east1-c");
        ZoneChooser.Choice none = choose(chooser, "a", ZoneFallback.NONE, "us-east1-c");
        assertThat(none.explain())
                .isEqualTo(
                        "no zone; not us-east1-c (tried already), us-east1-d (not allowed after us-east1-c by the"
                                + " pool's zoneFallback), us-west1-a (not allowed after us-east1-c by the pool's zoneFallback)");
        assertThat(zone(choose(chooser, "a", ZoneFallback.REGION, "us-east1-c")))
                .isEqualTo("us-east1-d");
        assertThat(zone(choose(chooser, "a", ZoneFallback.REGION, "us-east1-c", "us-east1-d")))
                .isEqualTo("none");
        assertThat(zone(choose(chooser, "a", ZoneFallback.ANY_ZONE, "us-east1-c", "us-east1-d")))
                .isEqualTo("us-west1-a");
    }
}
