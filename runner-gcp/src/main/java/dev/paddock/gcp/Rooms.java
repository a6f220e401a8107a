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
        // What machines take from the same quota is there once, and what the project allows once for all regions.
        Map<String, Integer> regions = new TreeMap<>();
        int inProject = 0;
        String project = "";
        String reason = "";
        for (GcpMachine machine : settings.machines()) {
            String type = machine.machineType().orElse(template.machineType());
            MachineShape shape = VmForm.shape(settings, machine, template, machines.apply(type));
            Headroom all = ledger.inProject(shape, now);
            if (all.left() >= inProject) {
                inProject = all.left();
                project = all.limitedBy();
            }
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
                regions.merge(ledger.takesFrom(region, shape, now), headroom.left(), Math::max);
                if (!headroom.limitedBy().isEmpty()) {
                    reason = headroom.limitedBy();
                }
            }
        }
        long free = regions.values().stream().mapToLong(Integer::longValue).sum();
        if (free > inProject) {
            return room(inProject, project);
        }
        return room(free, reason);
    }

    private static Room room(long free, String reason) {
        return free >= Integer.MAX_VALUE ? Room.unlimited() : new Room((int) free, reason);
    }
}
