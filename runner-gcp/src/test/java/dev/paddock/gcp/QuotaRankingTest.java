package dev.paddock.gcp;

import static dev.paddock.gcp.Given.H100;
import static dev.paddock.gcp.Given.NOW;
import static dev.paddock.gcp.Given.NO_LIMIT;
import static dev.paddock.gcp.Given.T4;
import static dev.paddock.gcp.Given.ledger;
import static dev.paddock.gcp.Given.offers;
import static dev.paddock.gcp.Given.quota;
import static dev.paddock.gcp.Given.rank;
import static dev.paddock.gcp.Given.region;
import static dev.paddock.gcp.Given.request;
import static dev.paddock.gcp.Given.spot;
import static dev.paddock.gcp.Given.survey;
import static dev.paddock.gcp.Given.t4;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.Quota;
import dev.paddock.gcp.internal.RegionFacts;
import dev.paddock.gcp.internal.Told;
import dev.paddock.gcp.internal.ZoneFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** From what Google tells to the order of zones. */
class QuotaRankingTest {
    private static final int POOLS = Integer.getInteger("paddock.pools", 1000);

    private static final ZoneSelector MOST = ZoneSelector.mostAvailable();

    @Test
    @DisplayName("GCE-1 SLANG-40 known and free first, then unknown, never what is used up")
    void order() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 3), t4("us-central1", 8, 8), region("us-west1", Map.of()));
        List<ZoneQuota> zones = survey(ledger, T4, "us-west1-a", "us-central1-a", "us-east1-c", "us-east1-d");
        assertThat(rank(MOST, request(T4), zones).explain())
                .isEqualTo("us-east1-c (5 left), us-east1-d (5 left), us-west1-a (quota unknown); not us-central1-a"
                        + " (quota used up: NVIDIA_T4_GPUS in us-central1: 8 of 8 used)");
    }

    @Test
    @DisplayName("SLANG-40 with nothing free anywhere there is no zone, and each region is named with its numbers")
    void nothing() {
        QuotaLedger ledger = ledger(t4("us-east1", 0, 0), t4("us-central1", 8, 9));
        ZoneRanking ranking = rank(MOST, request(T4), survey(ledger, T4, "us-east1-c", "us-central1-a"));
        assertThat(ranking.explain())
                .isEqualTo("no zone; not us-east1-c (quota used up: NVIDIA_T4_GPUS in us-east1: 0 of 0 used),"
                        + " us-central1-a (quota used up: NVIDIA_T4_GPUS in us-central1: 9 of 8 used)");
    }

    @Test
    @DisplayName("SLANG-41 a burst stays in the region that Google tells most of until it is full, then takes the next")
    void sticky() {
        QuotaLedger ledger = ledger(t4("us-east1", 5, 0), t4("us-central1", 3, 0));
        List<String> chosen = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            ZoneRanking ranking = rank(MOST, request(T4), survey(ledger, T4, "us-east1-c", "us-central1-a"));
            ranking.zones().stream().findFirst().ifPresent(zone -> {
                chosen.add(zone);
                assertThat(ledger.reserve("vm" + chosen.size(), zone, ZoneNames.region(zone), T4, NOW))
                        .isEmpty();
            });
        }
        assertThat(chosen)
                .containsExactly(
                        "us-east1-c",
                        "us-east1-c",
                        "us-east1-c",
                        "us-east1-c",
                        "us-east1-c",
                        "us-central1-a",
                        "us-central1-a",
                        "us-central1-a");
    }

    @Test
    @DisplayName("GCE-3 a region without quotas and with a warning is unknown: after those known, with its words")
    void warned() {
        QuotaLedger ledger =
                ledger(new RegionFacts("us-east1", Map.of(), "quota service unreachable"), t4("us-central1", 8, 7));
        List<ZoneQuota> zones = survey(ledger, T4, "us-east1-c", "us-central1-a");
        assertThat(rank(MOST, request(T4), zones).zones()).containsExactly("us-central1-a", "us-east1-c");
        assertThat(zones.get(0).onDemand()).isEqualTo(QuotaReading.unknown("quota service unreachable"));
    }

    @Test
    @DisplayName("GCE-4 a zone without the accelerator is never chosen, whatever the region's quota")
    void notOffered() {
        Catalogue.Facts offers = offers(
                Map.of(),
                Map.of("us-east1-c", Map.of("nvidia-tesla-t4", 4), "us-east1-b", Map.of("nvidia-tesla-p4", 4)));
        ZoneRanking ranking =
                rank(MOST, request(T4), survey(ledger(t4("us-east1", 8, 0)), T4, offers, "us-east1-b", "us-east1-c"));
        assertThat(ranking.explain())
                .isEqualTo("us-east1-c (8 left); not us-east1-b (accelerator not offered: 1 nvidia-tesla-t4)");
        MachineShape eight = MachineShape.of("n1-standard-4", "nvidia-tesla-t4", 8);
        assertThat(rank(MOST, request(eight), survey(ledger(t4("us-east1", 8, 0)), eight, offers, "us-east1-c"))
                        .zones())
                .as("a VM may have 4 at most there")
                .isEmpty();
    }

    @Test
    @DisplayName("GCE-5 a machine with built-in accelerators is offered only where the machine type is")
    void machineType() {
        MachineShape l4 = MachineShape.of("g2-standard-8", "nvidia-l4", 1);
        Map<String, Map<String, Integer>> accelerators =
                Map.of("us-east1-b", Map.of("nvidia-l4", 8), "us-east1-c", Map.of("nvidia-l4", 8));
        Catalogue.Facts offers = new Catalogue.Facts(
                Optional.empty(),
                Optional.of(Told.whole(accelerators)),
                Optional.of(Told.whole(Map.of(
                        "us-east1-b", new MachineFacts(8, Map.of("nvidia-l4", 1)),
                        "us-east1-d", new MachineFacts(8, Map.of("nvidia-l4", 1))))));
        QuotaLedger ledger = ledger(region("us-east1", Map.of("NVIDIA_L4_GPUS", quota(16, 0))));
        ZoneRanking ranking =
                rank(MOST, request(l4), survey(ledger, l4, offers, "us-east1-c", "us-east1-b", "us-east1-d"));
        assertThat(ranking.explain())
                .isEqualTo("us-east1-b (16 left), us-east1-d (16 left); not us-east1-c (machine type not offered:"
                        + " g2-standard-8)");
    }

    @Test
    @DisplayName("GCE-7 the project's quota of all regions used up: no zone, and the reason names it")
    void project() {
        QuotaLedger ledger =
                ledger(Map.of("GPUS_ALL_REGIONS", quota(4, 4)), t4("us-east1", 8, 0), t4("us-west1", 8, 0));
        ZoneRanking ranking = rank(MOST, request(T4), survey(ledger, T4, "us-east1-c", "us-west1-a"));
        assertThat(ranking.zones()).isEmpty();
        assertThat(ranking.passedOver())
                .extracting(ZoneRanking.Place::reason)
                .containsOnly("quota used up: GPUS_ALL_REGIONS of the project: 4 of 4 used");
    }

    @Test
    @DisplayName("GCE-8 spot and on demand read their own quota of the same answer")
    void spotAndOnDemand() {
        QuotaLedger ledger = ledger(
                region("us-east1", Map.of("NVIDIA_T4_GPUS", quota(8, 8), "PREEMPTIBLE_NVIDIA_T4_GPUS", quota(4, 1))),
                region("us-west1", Map.of("NVIDIA_T4_GPUS", quota(2, 0), "PREEMPTIBLE_NVIDIA_T4_GPUS", quota(4, 4))));
        assertThat(rank(MOST, request(T4), survey(ledger, T4, "us-east1-c", "us-west1-a"))
                        .zones())
                .containsExactly("us-west1-a");
        MachineShape spot = spot(T4);
        List<ZoneQuota> zones = survey(ledger, spot, "us-east1-c", "us-west1-a");
        assertThat(rank(MOST, request(spot), zones).zones()).containsExactly("us-east1-c");
        assertThat(zones.get(0).spot()).isEqualTo(QuotaReading.of(4, 1));
        assertThat(zones.get(0).onDemand()).isEqualTo(QuotaReading.of(8, 8));
    }

    @Test
    @DisplayName("GCE-9 2 to the power of 63 is no limit: nothing overflows, and it prints as unlimited")
    void unlimited() {
        QuotaLedger ledger = ledger(
                region("us-east1", Map.of("NVIDIA_T4_GPUS", quota(NO_LIMIT, 12), "INSTANCES", quota(NO_LIMIT, 3))),
                t4("us-west1", 8, 0));
        List<ZoneQuota> zones = survey(ledger, T4, "us-west1-a", "us-east1-c");
        assertThat(zones.get(1).onDemand()).isEqualTo(QuotaReading.unlimited()).hasToString("unlimited");
        assertThat(zones.get(1).headroom().left()).isEqualTo(Integer.MAX_VALUE);
        assertThat(rank(MOST, request(T4), zones).zones()).containsExactly("us-east1-c", "us-west1-a");
        assertThat(ledger.reserve("a", "us-east1-c", "us-east1", T4, NOW)).isEmpty();
    }

    @Test
    @DisplayName("GCE-10 nvidia-h100-80gb has no quota that is told: unknown, allowed unless a known one is required")
    void h100() {
        QuotaLedger ledger = ledger(region("us-central1", Map.of("NVIDIA_T4_GPUS", quota(8, 0))));
        List<ZoneQuota> zones = survey(ledger, H100, "us-central1-a");
        assertThat(rank(MOST, request(H100), zones).explain()).isEqualTo("us-central1-a (quota unknown)");
        ZoneRequest strict = new ZoneRequest("pool", H100, true, NOW, 0, List.of());
        assertThat(rank(MOST, strict, zones).explain())
                .isEqualTo("no zone; not us-central1-a (quota unknown, and requireKnownQuota() is set: unknown: Google"
                        + " does not tell it)");
    }

    @Test
    @DisplayName("GCE-15 a zone that is down or that Google does not list is passed over")
    void down() {
        Catalogue.Facts offers = offers(Map.of("us-east1-b", false, "us-east1-c", true), Map.of());
        ZoneRanking ranking = rank(
                MOST,
                request(T4),
                survey(ledger(t4("us-east1", 8, 0)), T4, offers, "us-east1-b", "us-east1-c", "us-east1-z"));
        assertThat(ranking.explain())
                .isEqualTo("us-east1-c (8 left); not us-east1-b (zone is down or does not exist), us-east1-z (zone is"
                        + " down or does not exist)");
    }

    @Test
    @DisplayName("GCE-15 the region is the one that Google tells, where it does")
    void regionAsTold() {
        Catalogue.Facts offers = new Catalogue.Facts(
                Optional.of(Told.whole(Map.of("us-odd-1a", new ZoneFacts("us-odd-1a", "us-east1", true)))),
                Optional.empty(),
                Optional.empty());
        assertThat(survey(ledger(t4("us-east1", 8, 0)), T4, offers, "us-odd-1a")
                        .get(0)
                        .region())
                .isEqualTo("us-east1");
    }

    @Test
    @DisplayName("GCE-16 14 projects of 29 to 42 regions, 1 000 pools each: the first zone has quota free or unknown")
    void randomPools() {
        for (int project = 0; project < 14; project++) {
            SplittableRandom random = new SplittableRandom(project);
            Map<String, Quota> quotas = new TreeMap<>();
            RegionFacts[] regions = new RegionFacts[29 + random.nextInt(14)];
            for (int i = 0; i < regions.length; i++) {
                regions[i] = randomRegion("region-r" + i, random, quotas);
            }
            QuotaLedger ledger = ledger(regions);
            for (int pool = 0; pool < POOLS; pool++) {
                MachineShape shape = MachineShape.of("n1-standard-4", "nvidia-tesla-t4", 1 + random.nextInt(4));
                String[] zones = new String[1 + random.nextInt(6)];
                for (int i = 0; i < zones.length; i++) {
                    zones[i] = "region-r" + random.nextInt(regions.length) + "-" + (char) ('a' + i);
                }
                ZoneRanking ranking = rank(MOST, request(shape), survey(ledger, shape, zones));
                for (String zone : ranking.zones()) {
                    Quota quota = quotas.get(ZoneNames.region(zone));
                    assertThat(quota == null || quota.limit() - quota.usage() >= shape.acceleratorCount())
                            .as("%s for %s", quota, shape)
                            .isTrue();
                }
                assertThat(ranking.order().size() + ranking.passedOver().size()).isEqualTo(zones.length);
            }
        }
    }

    private static RegionFacts randomRegion(String name, SplittableRandom random, Map<String, Quota> quotas) {
        if (random.nextInt(5) == 0) {
            return region(name, Map.of("INSTANCES", quota(24, 3)));
        }
        int limit = random.nextInt(9);
        Quota quota = random.nextInt(20) == 0 ? quota(NO_LIMIT, 3) : quota(limit, random.nextInt(limit + 1));
        quotas.put(name, quota);
        return region(name, Map.of("NVIDIA_T4_GPUS", quota));
    }
}
