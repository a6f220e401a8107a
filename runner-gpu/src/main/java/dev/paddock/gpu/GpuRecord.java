package dev.paddock.gpu;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuVerdict.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of the GPUs of this host and of each one's health. Thread-safe. Its monitor is held to reckon, never to
 * read or write anything, and who asks for {@link #verdicts} does not need it.
 */
final class GpuRecord {
    private static final Logger LOG = LoggerFactory.getLogger(GpuRecord.class);
    /** Where a lack of GPUs is noted that is no particular GPU's. */
    static final String HOST = "host";
    /** A runner is looked at every 30 s or so; one not seen for longer is gone. */
    private static final Duration IN_USE = Duration.ofMinutes(2);

    private final GpuHealthPolicy policy;
    private final int expected;
    private final ProcessTable processes;
    private final @Nullable GpuStateFile file;
    private final Map<String, GpuLedger> ledgers = new TreeMap<>();
    private final Map<String, GpuVerdict> told = new TreeMap<>();
    private final Map<String, Instant> inUse = new ConcurrentHashMap<>();
    private volatile Map<String, GpuDevice> devices = Map.of();
    /** The GPU of each MIG device, by id. */
    private volatile Map<String, String> parts = Map.of();

    private volatile List<GpuVerdict> verdicts = List.of();
    /** Those that could be used once, in this life or the one before: they are missed when they are gone. */
    private final Set<String> met = new TreeSet<>();

    private @Nullable Instant listedAt;
    private Instant suspectedAt = Instant.MIN;

    GpuRecord(GpuHealthPolicy policy, int expected, Path fsRoot, @Nullable Path stateFile) {
        this.policy = policy;
        this.expected = expected;
        this.processes = new ProcessTable(fsRoot);
        this.file = stateFile == null ? null : new GpuStateFile(stateFile, fsRoot);
    }

    // ---- what is seen --------------------------------------------------------------------------------------

    synchronized boolean wantsInventory(Instant now, Duration interval) {
        return listedAt == null
                || !listedAt.isAfter(suspectedAt)
                || !listedAt.plus(interval).isAfter(now);
    }

    /**
     * Takes in an inventory.
     *
     * @param asked when it was begun; what was suspected since it cannot know
     */
    synchronized void listed(GpuReport report, Instant asked) {
        switch (report.state()) {
            case FOUND, NO_GPUS -> {
                listedAt = asked;
                list(report.devices(), asked);
                if (ledgers.isEmpty()) {
                    trouble(GpuRule.NO_ANSWER, "no GPU was found: " + report.message(), asked);
                }
            }
            case VERSION_MISMATCH -> trouble(GpuRule.DRIVER_MISMATCH, report.message(), asked);
            case DRIVER_NOT_LOADED, BLOCKED, NO_PERMISSION, ABSENT, NATIVE_ACCESS_UNAVAILABLE ->
                trouble(GpuRule.DRIVER_UNAVAILABLE, report.message(), asked);
            case TIMED_OUT -> {
                var hangs = new GpuJudge.Look(
                        Map.of(GpuRule.NO_ANSWER, report.message(), GpuRule.DRIVER_HANGS, report.message()),
                        EnumSet.complementOf(EnumSet.of(GpuRule.NO_ANSWER, GpuRule.DRIVER_HANGS)));
                ofHostIfNone(asked);
                ledgers.values().forEach(ledger -> ledger.looked(hangs, asked));
            }
            case FAILED -> trouble(GpuRule.NO_ANSWER, report.message(), asked);
            case CLOSED -> LOG.debug("the source of GPUs is closed");
        }
        publish(asked);
    }

    private void list(List<GpuDevice> listed, Instant now) {
        Map<String, GpuDevice> found = new TreeMap<>();
        for (GpuDevice device : listed) {
            GpuDevice before = devices.get(device.id());
            found.put(device.id(), before != null && GpuJudge.isLate(device) ? before : device);
            ledger(device.id(), now);
        }
        devices = found;
        parts = parts(found.values());
        Set<String> usable = new TreeSet<>();
        found.forEach((id, device) -> {
            if (device.state() == GpuDevice.State.AVAILABLE) {
                usable.add(id);
            }
        });
        met.addAll(usable);
        // A name that stood in for a GPU nobody could ask goes once the GPU has told its own.
        ledgers.keySet().removeIf(id -> !found.containsKey(id) && !met.contains(id));
        ledgers.forEach((id, ledger) -> {
            if (!found.containsKey(id)) {
                ledger.found(GpuRule.MISSING, "the driver lists it no more");
            }
        });
        if (usable.size() < expected) {
            String evidence = "of " + expected + " GPUs the driver lists " + usable.size();
            ledger(HOST, now).found(GpuRule.MISSING, evidence);
        }
    }

    /** A GPU that does not tell its parts, or is gone, keeps those that it had. */
    private Map<String, String> parts(Collection<GpuDevice> listed) {
        Map<String, String> found = new TreeMap<>(parts);
        for (GpuDevice device : listed) {
            if (device.state() == GpuDevice.State.AVAILABLE && device.migMode() != GpuDevice.MigMode.UNKNOWN) {
                found.values().removeIf(device.id()::equals);
                device.migDevices().forEach(part -> found.put(part.id(), device.id()));
            }
        }
        return found;
    }

    /** The id of the GPU whose MIG device that is; the same id if it is none. */
    String gpuOf(String id) {
        return parts.getOrDefault(id, id);
    }

    private void trouble(GpuRule rule, String evidence, Instant now) {
        ofHostIfNone(now);
        found(rule, evidence);
    }

    /** Where no GPU was seen yet, the reason is told of the host. */
    private void ofHostIfNone(Instant now) {
        if (ledgers.isEmpty()) {
            ledger(HOST, now);
        }
    }

    private GpuLedger ledger(String gpu, Instant now) {
        return ledgers.computeIfAbsent(gpu, id -> new GpuLedger(id, now));
    }

    void sampled(List<GpuSample> samples, Instant now) {
        boolean margins =
                samples.stream().map(sample -> sample.activity().margin()).anyMatch(margin -> margin.orElse(0) > 0);
        Map<String, GpuSample> answers = new TreeMap<>();
        samples.forEach(sample -> answers.put(sample.id(), sample));
        Map<String, GpuJudge.Look> looks = new TreeMap<>();
        boolean changed = false;
        for (GpuDevice device : devices.values()) {
            GpuSample sample = answers.get(device.id());
            if (sample == null && device.state() != GpuDevice.State.AVAILABLE) {
                sample = GpuSample.unknown(device.id(), device.state(), Reading.lost());
            }
            if (sample != null) {
                changed |= sample.state() != device.state() && !GpuJudge.isLate(sample);
                looks.put(device.id(), GpuJudge.look(device, sample, around(device, margins, now)));
            }
        }
        looked(looks, changed, now);
    }

    private GpuJudge.Surroundings around(GpuDevice device, boolean margins, Instant now) {
        Instant used = inUse.get(device.id());
        return new GpuJudge.Surroundings(
                policy.heldMemory().bytes(), used != null && used.plus(IN_USE).isAfter(now), margins, processes::state);
    }

    private synchronized void looked(Map<String, GpuJudge.Look> looks, boolean changed, Instant now) {
        if (changed) {
            suspectedAt = now;
        }
        looks.forEach((gpu, look) -> ledger(gpu, now).looked(look, now));
        publish(now);
    }

    void inUse(Collection<String> gpus, Instant now) {
        gpus.forEach(gpu -> inUse.put(gpu, now));
    }

    /** The driver's event queue does not answer. */
    synchronized void silent(String evidence, Instant now) {
        found(GpuRule.EVENTS_SILENT, evidence);
        publish(now);
    }

    private void found(GpuRule rule, String evidence) {
        ledgers.values().forEach(ledger -> ledger.found(rule, evidence));
    }

    synchronized void reported(GpuEvent event, Instant now) {
        suspectedAt = now;
        GpuLedger known = ledgers.get(event.gpu());
        if (known == null) {
            found(GpuRule.NO_ANSWER, event.xid() == 0 ? event.text() : "Xid " + event.xid() + " of an unknown GPU");
        } else if (event.xid() == 0) {
            known.found(GpuRule.NO_ANSWER, event.text());
        } else {
            Level level = policy.xid(event.xid());
            known.xid(event.xid(), level, now);
            if (GpuLedger.lasts(level)) {
                note();
            }
        }
        publish(now);
    }

    synchronized boolean clear(String gpu, Instant now) {
        GpuLedger known = ledgers.get(gpu);
        if (known != null) {
            known.clear();
            suspectedAt = now;
            if (!devices.containsKey(gpu)) {
                ledgers.remove(gpu);
            }
            note();
            publish(now);
        }
        return known != null;
    }

    // ---- what is told --------------------------------------------------------------------------------------

    private void publish(Instant now) {
        verdicts = ledgers.values().stream()
                .map(ledger -> ledger.verdict(policy, now))
                .toList();
    }

    /** Whether an answer is too old is judged here, so that verdicts grow old though nobody looks any more. */
    List<GpuVerdict> verdicts(Instant now) {
        return verdicts.stream()
                .map(verdict -> verdict.gpu().equals(HOST) ? verdict : GpuLedger.aged(verdict, policy, now))
                .toList();
    }

    /** Those whose level or rules have changed since they were last told; one that is not kept any more is OK. */
    synchronized List<GpuVerdict> changes(Instant now) {
        publish(now);
        List<GpuVerdict> changed = new ArrayList<>();
        for (GpuVerdict verdict : verdicts(now)) {
            GpuVerdict before = told.put(verdict.gpu(), verdict);
            if (before == null ? verdict.level() != Level.OK : !rules(before).equals(rules(verdict))) {
                changed.add(verdict);
            }
        }
        told.values().removeIf(before -> {
            boolean gone = !ledgers.containsKey(before.gpu());
            if (gone && before.level() != Level.OK) {
                changed.add(new GpuVerdict(before.gpu(), Level.OK, List.of(), now));
            }
            return gone;
        });
        return changed;
    }

    private static List<String> rules(GpuVerdict verdict) {
        return verdict.findings().stream()
                .map(finding -> finding.level() + " " + finding.rule())
                .toList();
    }

    // ---- what outlives the process -------------------------------------------------------------------------

    /** Takes up what a former process has noted. */
    void restore(Instant now) {
        if (file != null) {
            restore(file.read(), now);
        }
    }

    private synchronized void restore(Map<String, Map<Long, Instant>> failed, Instant now) {
        failed.forEach(
                (gpu, xids) -> xids.forEach((number, at) -> ledger(gpu, now).xid(number, Level.FAIL, at)));
        met.addAll(failed.keySet());
        publish(now);
    }

    private void note() {
        if (file != null) {
            Map<String, Map<Long, Instant>> failed = new TreeMap<>();
            ledgers.forEach((gpu, ledger) -> failed.put(gpu, ledger.failing(policy)));
            failed.values().removeIf(Map::isEmpty);
            file.note(failed);
        }
    }

    /** Writes what was noted, if anything was. The one that may wait for a disk. */
    void save() {
        if (file != null) {
            file.write();
        }
    }
}
