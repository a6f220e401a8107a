package dev.paddock.gcp;

import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.TemplateFacts;
import dev.paddock.spi.Room;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** How many more VMs a provider could make now, by what was last read. Pure but for what it asks. */
final class Rooms {
    private Rooms() {}

    static Room of(
            GcpSettings settings,
            TemplateFacts template,
            GcpLink link,
            Function<String, Optional<MachineFacts>> machines) {
        Instant now = link.scheduler.instant();
        QuotaLedger.View ledger = link.ledger.view();
        long free = 0;
        String reason = "";
        for (GcpMachine machine : settings.machines()) {
            String type = machine.machineType().orElse(template.machineType());
            MachineShape shape = VmForm.shape(settings, machine, template, machines.apply(type));
            Map<String, Integer> regions = new TreeMap<>();
            for (String zone : settings.zones()) {
                if (link.stock.nextTry(zone, shape, now).isAfter(now)) {
                    reason = reason.isEmpty() ? zone + " is out of stock" : reason;
                    continue;
                }
                String region = ZoneNames.region(zone);
                Headroom headroom = ledger.headroom(region, shape, now);
                if (settings.requireKnownQuota() && !headroom.known()) {
                    reason = "the quota of " + region + " is unknown, and requireKnownQuota() is set";
                    continue;
                }
                regions.put(region, headroom.left());
                if (!headroom.limitedBy().isEmpty()) {
                    reason = headroom.limitedBy();
                }
            }
            free += regions.values().stream().mapToLong(Integer::longValue).sum();
        }
        return free >= Integer.MAX_VALUE ? Room.unlimited() : new Room((int) free, reason);
    }
}
