package dev.paddock.gcp;

import static dev.paddock.gcp.Given.NOW;
import static dev.paddock.gcp.Given.T4;
import static dev.paddock.gcp.Given.ledger;
import static dev.paddock.gcp.Given.t4;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.spi.PriceCatalog;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Bursts into a project whose best region has nothing left, answer by answer. */
class DeadZonesTest {
    private static final Set<String> DEAD = Set.of("us-east1-c", "us-east1-d");
    private static final Duration ANSWER = Duration.ofSeconds(20);

    private final StockMemory stock = new StockMemory();
    private final QuotaLedger ledger = ledger(t4("us-east1", 100, 0), t4("us-west1", 90, 0));
    private final ZoneChooser chooser = new ZoneChooser(
            List.of("us-east1-c", "us-east1-d", "us-west1-a"),
            ZoneSelector.mostAvailable(),
            ledger,
            stock,
            PriceCatalog.unknown());
    private final TreeMap<String, Instant> firstNo = new TreeMap<>();
    private int wasted;
    private int made;

    /** An insert whose answer comes later. */
    private record Sent(String vm, ZoneChooser.Placed placed, List<String> tried, Instant answered)
            implements Comparable<Sent> {
        @Override
        public int compareTo(Sent other) {
            int time = answered.compareTo(other.answered);
            return time != 0 ? time : vm.compareTo(other.vm);
        }
    }

    /** 16 VMs that are wanted at once; each next one a little later than the one before. */
    private void burst(String prefix, Instant start) {
        PriorityQueue<Sent> underWay = new PriorityQueue<>();
        Instant now = start;
        for (String vm : Given.names(prefix, 16)) {
            send(vm, List.of(), now, underWay);
            now = now.plusMillis(10);
        }
        while (!underWay.isEmpty()) {
            Sent sent = underWay.remove();
            String zone = sent.placed().zone();
            if (DEAD.contains(zone)) {
                wasted++;
                firstNo.putIfAbsent(zone, sent.answered());
                stock.stockOut(sent.placed().attempt(), List.of("us-west1-a"), sent.answered());
                List<String> tried = new ArrayList<>(sent.tried());
                tried.add(zone);
                send(sent.vm(), tried, sent.answered(), underWay);
            } else {
                made++;
                stock.succeeded(sent.placed().attempt(), sent.answered());
                ledger.made(sent.vm());
            }
        }
    }

    private void send(String vm, List<String> tried, Instant now, PriorityQueue<Sent> underWay) {
        ZoneRequest request = ZoneRequest.of("pool", T4, now);
        ZoneChooser.Placed placed = chooser.choose(vm, request, Catalogue.Facts.unknown(), ZoneFallback.ANY_ZONE, tried)
                .placed()
                .orElseThrow();
        Instant no = firstNo.get(placed.zone());
        assertThat(no == null || !now.isBefore(no.plus(StockMemory.FIRST_HALF_LIFE)))
                .as("%s was asked at %s and had said no at %s", placed.zone(), now, no)
                .isTrue();
        underWay.add(new Sent(vm, placed, tried, now.plus(ANSWER)));
    }

    @Test
    @DisplayName(
            "SLANG-61 bursts of 16 with two dead zones: no insert after a zone's first no, then at most 2 wasted each")
    void bursts() {
        burst("first-", NOW);
        assertThat(made).isEqualTo(16);
        assertThat(wasted).as("sent before anybody could know").isLessThanOrEqualTo(16);
        wasted = 0;
        burst("second-", NOW.plusSeconds(60));
        assertThat(wasted).as("within the half-life").isZero();
        firstNo.clear();
        burst("third-", NOW.plusSeconds(400));
        assertThat(wasted).as("one VM tries each zone again").isEqualTo(2);
        assertThat(made).isEqualTo(48);
        assertThat(ledger.view().pendingInRegion("us-east1")).isZero();
        assertThat(ledger.view().pendingInRegion("us-west1")).isEqualTo(48);
    }
}
