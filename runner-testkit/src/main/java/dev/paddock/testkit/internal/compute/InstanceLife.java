package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.OperationFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What becomes of an instance, from its creation to its end, and what it holds on the way. */
final class InstanceLife {
    private static final String SYSTEM = "system@google.com";

    private final World world;
    private final ComputeClock clock;
    private final ComputeSettings.Timing timing;
    private int addresses = 1;

    InstanceLife(World world) {
        this.world = world;
        clock = world.clock;
        timing = world.settings.timing();
    }

    /** A new instance that is not in the project yet. */
    InstanceEntry make(String zone, InstanceForm form) {
        long id = clock.id();
        addresses++;
        String host = (addresses >> 8 & 0xFF) + "." + (addresses & 0xFF);
        ObjectNode json = Shapes.object();
        json.put("kind", "compute#instance");
        json.put("id", Long.toUnsignedString(id));
        json.put("creationTimestamp", ComputeClock.text(clock.now()));
        json.setAll(form.json().deepCopy());
        json.put("zone", world.links.zone(zone));
        json.put(
                "machineType",
                world.links.inZone(zone, "machineTypes", form.machine().name()));
        json.put("status", "PROVISIONING");
        json.put("selfLink", world.links.inZone(zone, "instances", form.name()));
        json.put("cpuPlatform", "Unknown CPU Platform");
        json.put("startRestricted", false);
        if (!json.has("deletionProtection")) {
            json.put("deletionProtection", false);
        }
        InstanceForms.fill(json, Map.of("networkIP", "10.128." + host, "natIP", "203.0." + host));
        builtIn(zone, form, json);
        disks(zone, form.name(), json);
        var entry = new InstanceEntry(id, zone, form, json, clock.now());
        entry.labels(json.withObject("/labels"));
        entry.metadata(json.path("metadata").withArray("/items"));
        json.put("fingerprint", Shapes.fingerprint(json));
        return entry;
    }

    private void builtIn(String zone, InstanceForm form, ObjectNode json) {
        if (form.accelerators().isEmpty()) {
            return;
        }
        ArrayNode cards = json.putArray("guestAccelerators");
        form.accelerators()
                .forEach((card, count) -> cards.addObject()
                        .put("acceleratorType", world.links.inZone(zone, "acceleratorTypes", card))
                        .put("acceleratorCount", count));
    }

    private void disks(String zone, String name, ObjectNode json) {
        int index = 0;
        for (var disk : json.path("disks")) {
            var made = (ObjectNode) disk;
            made.put("kind", "compute#attachedDisk").put("index", index);
            made.put("source", world.links.inZone(zone, "disks", index == 0 ? name : name + "-" + index));
            made.put(
                    "diskSizeGb",
                    Long.toString(
                            made.path("initializeParams").path("diskSizeGb").asLong(10)));
            made.remove("initializeParams");
            index++;
        }
    }

    /** Begins what was accepted: the instance is there from now on, unless its quota does not suffice. */
    void create(InstanceEntry entry, Operations.Entry operation, List<QuotaBook.Need> needs, boolean withinQuota) {
        Map<String, Integer> wants = Stock.wants(entry.form);
        OperationFault fault = world.faults
                .strike(operation.view())
                .or(() -> withinQuota ? outOfStock(entry, wants) : quotaFault(needs))
                .orElse(null);
        boolean comes = fault == null || fault.isStuck();
        boolean seen = fault == null
                || fault.isStuck()
                || (fault.isStockOut() && world.settings.rules().stockOutVisible());
        if (seen && withinQuota) {
            enter(entry, needs, comes ? wants : Map.of());
        }
        if (comes) {
            world.holdsJitConfig(entry);
        }
        if (fault == null || (fault.isStuck() && fault.effect())) {
            grow(entry, operation, fault == null);
        } else if (!fault.isStuck()) {
            Duration when = fault.isStockOut() ? timing.stockOut() : timing.insert();
            clock.after(when, () -> {
                remove(entry);
                fail(operation, fault, entry);
            });
        }
    }

    /** An instance of a bulk that has all it needs. */
    void createInBulk(InstanceEntry entry, Operations.Entry operation, List<QuotaBook.Need> needs) {
        enter(entry, needs, Stock.wants(entry.form));
        world.holdsJitConfig(entry);
        grow(entry, operation, true);
    }

    private void grow(InstanceEntry entry, Operations.Entry operation, boolean told) {
        clock.after(timing.insert().dividedBy(3), () -> staging(entry));
        clock.after(timing.insert(), () -> created(entry, operation, told));
    }

    private void enter(InstanceEntry entry, List<QuotaBook.Need> needs, Map<String, Integer> wants) {
        world.instances.put(entry.key(), entry);
        world.quotas.take(needs);
        entry.holds = needs;
        world.stock.take(entry.zone, wants);
        entry.stock = wants;
        if (!world.settings.rules().usageShownWhenDone()) {
            show(entry);
        }
    }

    private void show(InstanceEntry entry) {
        if (!entry.shown && !entry.gone) {
            entry.shown = true;
            world.quotas.show(entry.holds);
        }
    }

    private Optional<OperationFault> outOfStock(InstanceEntry entry, Map<String, Integer> wants) {
        boolean down = !world.zoneOf(entry.zone).up();
        if (!down && world.stock.missing(entry.zone, wants).isEmpty()) {
            return Optional.empty();
        }
        if (!world.settings.rules().stockOutDetails()) {
            return Optional.of(OperationFault.stockOut());
        }
        String region = world.zoneOf(entry.zone).region();
        List<String> sisters = world.zones.values().stream()
                .filter(zone -> zone.up()
                        && zone.region().equals(region)
                        && !zone.name().equals(entry.zone))
                .map(ZoneSpec::name)
                .toList();
        return Optional.of(OperationFault.stockOutWithDetails(
                world.stock.zonesWith(sisters, wants).toArray(String[]::new)));
    }

    private Optional<OperationFault> quotaFault(List<QuotaBook.Need> needs) {
        return needs.stream()
                .filter(need -> world.quotas.isExceeded(need))
                .findFirst()
                .map(need -> OperationFault.quotaExceeded(need.metric(), world.quotas.limit(need), need.scope()));
    }

    private void staging(InstanceEntry entry) {
        if (!entry.gone && entry.is("PROVISIONING")) {
            entry.proceeds("STAGING");
        }
    }

    private void created(InstanceEntry entry, Operations.Entry operation, boolean told) {
        if (!entry.gone && entry.is("PROVISIONING", "STAGING")) {
            show(entry);
            run(entry);
        }
        if (told) {
            world.operations.done(operation);
        }
    }

    private void run(InstanceEntry entry) {
        entry.becomes("RUNNING");
        entry.json.put("lastStartTimestamp", ComputeClock.text(clock.now()));
        entry.json.put("cpuPlatform", "Intel Haswell");
        entry.serial.append("SeaBIOS (version 1.8.2-google)\r\nBooting from Hard Disk 0...\r\n");
        entry.expects(clock.after(timing.boot(), () -> booted(entry)));
        entry.form.maxRunDuration().ifPresent(limit -> entry.expects(clock.after(limit, () -> expire(entry))));
    }

    private void booted(InstanceEntry entry) {
        entry.boots(clock.now());
        entry.serial.append(entry.name).append(" login: \r\n");
        world.tell(world.onBoot, entry);
    }

    private void expire(InstanceEntry entry) {
        String type = entry.form.deletedWhenEnded() ? "delete" : "stop";
        end(
                entry,
                world.operations.begin(Operations.Begin.zonal(type, entry, Optional.empty(), SYSTEM), type),
                timing.shutdown(),
                entry.form.deletedWhenEnded());
    }

    /** The host takes a spot instance back. */
    void preempt(InstanceEntry entry) {
        if (!entry.form.spot()) {
            throw new IllegalArgumentException(entry.key() + " is not spot");
        }
        mustRun(entry);
        entry.preempted = true;
        systemStop(entry, "compute.instances.preempted", entry.form.deletedWhenEnded());
    }

    /** The guest shuts down. */
    void guestShutdown(InstanceEntry entry) {
        mustRun(entry);
        systemStop(entry, "compute.instances.guestTerminate", false);
    }

    private static void mustRun(InstanceEntry entry) {
        if (!entry.is("RUNNING")) {
            throw new IllegalStateException(entry.key() + " is " + entry.status());
        }
    }

    private void systemStop(InstanceEntry entry, String type, boolean delete) {
        Operations.Entry operation =
                world.operations.begin(Operations.Begin.zonal(type, entry, Optional.empty(), SYSTEM), type);
        world.operations.done(operation);
        end(entry, operation, timing.shutdown(), delete);
    }

    /** A client deletes it. */
    void delete(InstanceEntry entry, Operations.Entry operation) {
        OperationFault fault = world.faults.strike(operation.view()).orElse(null);
        if (fault != null && !fault.isStuck()) {
            clock.after(timing.delete(), () -> fail(operation, fault, entry));
            return;
        }
        if (entry.busy && entry.isUp()) {
            world.busyDeletions.add(entry.key());
        }
        if (fault == null) {
            end(entry, operation, timing.delete(), true);
            return;
        }
        stopping(entry);
        if (fault.effect()) {
            clock.after(timing.delete(), () -> remove(entry));
        }
    }

    private void stopping(InstanceEntry entry) {
        boolean wasUp = entry.isUp();
        entry.becomes("STOPPING");
        entry.stops();
        if (wasUp) {
            world.tell(world.onEnd, entry);
        }
    }

    private void end(InstanceEntry entry, Operations.Entry operation, Duration length, boolean delete) {
        stopping(entry);
        clock.after(length, () -> {
            if (delete) {
                remove(entry);
            } else {
                stopped(entry);
            }
            world.operations.done(operation);
        });
    }

    private void stopped(InstanceEntry entry) {
        if (entry.gone || !entry.is("STOPPING")) {
            return;
        }
        entry.becomes("TERMINATED");
        entry.json.put("lastStopTimestamp", ComputeClock.text(clock.now()));
        release(entry, true);
    }

    void remove(InstanceEntry entry) {
        if (entry.gone) {
            return;
        }
        entry.becomes("STOPPING");
        release(entry, false);
        entry.gone = true;
        world.instances.remove(entry.key(), entry);
    }

    private void release(InstanceEntry entry, boolean onlyRunning) {
        var kept = new ArrayList<>(entry.holds);
        List<QuotaBook.Need> back = entry.holds.stream()
                .filter(need -> !onlyRunning || need.whileRunning())
                .toList();
        kept.removeAll(back);
        world.quotas.release(back, entry.shown);
        entry.holds = kept;
        world.stock.release(entry.zone, entry.stock);
        entry.stock = Map.of();
    }

    /** The operation fails; for a while that may show before it is done. */
    void fail(Operations.Entry operation, OperationFault fault, InstanceEntry entry) {
        operation.fails(OperationErrors.of(fault, entry, world.links), fault.httpStatus());
        if (fault.shownFor().isZero()) {
            world.operations.done(operation);
        } else {
            clock.after(fault.shownFor(), () -> world.operations.done(operation));
        }
    }
}
