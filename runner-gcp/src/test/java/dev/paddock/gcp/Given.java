package dev.paddock.gcp;

import dev.paddock.cost.ProvisioningModel;
import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.Quota;
import dev.paddock.gcp.internal.RegionFacts;
import dev.paddock.gcp.internal.Told;
import dev.paddock.gcp.internal.ZoneFacts;
import dev.paddock.spi.PriceCatalog;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What tests of zones and quotas are given. */
final class Given {
    static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
    static final MachineShape T4 = MachineShape.of("n1-standard-4", "nvidia-tesla-t4", 1);
    static final MachineShape CPU = MachineShape.of("n1-standard-4", "", 0);
    static final MachineShape H100 = MachineShape.of("a3-highgpu-1g", "nvidia-h100-80gb", 1);
    static final double NO_LIMIT = 9.2233720368547758e18;

    private Given() {}

    static Quota quota(double limit, double usage) {
        return new Quota(limit, usage);
    }

    static RegionFacts region(String name, Map<String, Quota> quotas) {
        return new RegionFacts(name, quotas, "");
    }

    static RegionFacts t4(String region, double limit, double usage) {
        return region(region, Map.of("NVIDIA_T4_GPUS", quota(limit, usage)));
    }

    static QuotaLedger ledger(RegionFacts... regions) {
        return ledger(Map.of(), regions);
    }

    static QuotaLedger ledger(Map<String, Quota> project, RegionFacts... regions) {
        QuotaLedger ledger = new QuotaLedger(AcceleratorQuotas.standard(), FlexStartQuota.LARGER);
        read(ledger, project, regions);
        return ledger;
    }

    /** A reading that is asked for and comes at once. */
    static void read(QuotaLedger ledger, Map<String, Quota> project, RegionFacts... regions) {
        ledger.refreshed(ledger.refreshBegins(), Optional.of(List.of(regions)), Optional.of(project));
    }

    static ZoneRequest request(MachineShape shape) {
        return ZoneRequest.of("pool", shape, NOW);
    }

    static List<ZoneQuota> survey(QuotaLedger ledger, MachineShape shape, String... zones) {
        return survey(ledger, shape, Catalogue.Facts.unknown(), zones);
    }

    static List<ZoneQuota> survey(QuotaLedger ledger, MachineShape shape, Catalogue.Facts offers, String... zones) {
        return ZoneSurvey.of(
                request(shape), List.of(zones), offers, ledger.view(), new StockMemory(), PriceCatalog.unknown());
    }

    static ZoneRanking rank(ZoneSelector selector, ZoneRequest request, List<ZoneQuota> zones) {
        return ZoneSurvey.rank(selector, request, zones);
    }

    /** Zones of us-east1 and so on, by hand: {@code free} of each region as it is told and left. */
    static ZoneQuota zone(String zone, int place, int free) {
        return ZoneQuota.of(
                zone, ZoneNames.region(zone), place, new Headroom(free, free, true, free == 0 ? "8 of 8 used" : ""));
    }

    static ZoneQuota with(ZoneQuota zone, StockEstimate stock, int pendingInZone) {
        return new ZoneQuota(
                zone.zone(),
                zone.region(),
                zone.place(),
                zone.onDemand(),
                zone.spot(),
                zone.project(),
                zone.headroom(),
                zone.machine(),
                zone.accelerator(),
                zone.up(),
                stock,
                zone.price(),
                pendingInZone,
                pendingInZone);
    }

    static Catalogue.Facts offers(
            Map<String, Boolean> up, Map<String, Map<String, Integer>> accelerators, String... withMachine) {
        Map<String, ZoneFacts> zones = new TreeMap<>();
        up.forEach((zone, isUp) -> zones.put(zone, new ZoneFacts(zone, ZoneNames.region(zone), isUp)));
        Map<String, MachineFacts> machine = new TreeMap<>();
        Arrays.stream(withMachine).forEach(zone -> machine.put(zone, new MachineFacts(4, Map.of())));
        return new Catalogue.Facts(
                zones.isEmpty() ? Optional.empty() : Optional.of(Told.whole(zones)),
                accelerators.isEmpty() ? Optional.empty() : Optional.of(Told.whole(accelerators)),
                machine.isEmpty() ? Optional.empty() : Optional.of(Told.whole(machine)));
    }

    static ComputeFault quotaFault(String metric, boolean projectWide) {
        return new ComputeFault(
                ComputeFault.Kind.QUOTA,
                403,
                "QUOTA_EXCEEDED",
                "quota",
                Optional.of(metric),
                projectWide,
                List.of(),
                Optional.empty());
    }

    static MachineShape spot(MachineShape shape) {
        return shape.with(ProvisioningModel.SPOT);
    }

    static List<String> names(String prefix, int count) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(prefix + i);
        }
        return names;
    }
}
