package dev.paddock.gpu;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuVerdict.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is known of the GPUs of this host and of each one's health. Thread-safe; never blocks but to write its file. */
final class GpuRecord {
    private static final Logger LOG = LoggerFactory.getLogger(GpuRecord.class);
    /** Where a lack of GPUs is noted that is no particular GPU's. */
    static final String HOST = "host";
    /** A runner is looked at every 30 s or so; one not seen for longer is gone. */
    private static final Duration IN_USE = Duration.ofMinutes(2);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final GpuHealthPolicy policy;
    private final int expected;
    private final ProcessTable processes;
    private final String bootId;
    private final @Nullable Path stateFile;
    private final Map<String, GpuLedger> ledgers = new TreeMap<>();
    private final Map<String, Instant> inUse = new TreeMap<>();
    private final Map<String, GpuVerdict> told = new TreeMap<>();
    private Map<String, GpuDevice> devices = Map.of();
    private @Nullable Instant listedAt;

    GpuRecord(GpuHealthPolicy policy, int expected, Path fsRoot, @Nullable Path stateFile) {
        this.policy = policy;
        this.expected = expected;
        this.processes = new ProcessTable(fsRoot);
        this.bootId = bootId(fsRoot);
        this.stateFile = stateFile;
    }

    private static String bootId(Path fsRoot) {
        try {
            return Files.readString(fsRoot.resolve("proc/sys/kernel/random/boot_id"))
                    .trim();
        } catch (IOException | RuntimeException unknown) {
            return "";
        }
    }

    // ---- what is seen --------------------------------------------------------------------------------------

    synchronized boolean wantsInventory(Instant now, Duration interval) {
        return listedAt == null || !listedAt.plus(interval).isAfter(now);
    }

    synchronized boolean hasDevices() {
        return !devices.isEmpty();
    }

    synchronized void listed(GpuReport report, Instant now) {
        switch (report.state()) {
            case FOUND, NO_GPUS -> {
                listedAt = now;
                devices = new TreeMap<>();
                report.devices().forEach(device -> devices.put(device.id(), device));
                devices.keySet().forEach(id -> ledger(id, now));
                ledgers.forEach((id, ledger) -> {
                    if (!devices.containsKey(id) && !id.equals(HOST)) {
                        ledger.missing("the driver lists it no more");
                    }
                });
                count(now);
            }
            case VERSION_MISMATCH -> driver(GpuRule.DRIVER_MISMATCH, report.message(), now);
            case DRIVER_NOT_LOADED, BLOCKED, NO_PERMISSION, ABSENT, NATIVE_ACCESS_UNAVAILABLE ->
                driver(GpuRule.DRIVER_UNAVAILABLE, report.message(), now);
            case TIMED_OUT -> {
                var hangs = new GpuJudge.Look(
                        Map.of(GpuRule.NO_ANSWER, report.message(), GpuRule.DRIVER_HANGS, report.message()),
                        EnumSet.complementOf(EnumSet.of(GpuRule.NO_ANSWER, GpuRule.DRIVER_HANGS)));
                ledgers.values().forEach(ledger -> ledger.looked(hangs, now));
            }
            case FAILED -> ledgers.values().forEach(ledger -> ledger.doubt(report.message()));
            case CLOSED -> LOG.debug("the source of GPUs is closed");
        }
    }

    private void count(Instant now) {
        long usable = devices.values().stream()
                .filter(device -> device.state() == GpuDevice.State.AVAILABLE)
                .count();
        ledgers.remove(HOST);
        if (usable < expected) {
            ledger(HOST, now).missing("of " + expected + " GPUs the driver lists " + usable);
        }
    }

    private void driver(GpuRule rule, String evidence, Instant now) {
        if (ledgers.isEmpty()) {
            ledger(HOST, now);
        }
        ledgers.values().forEach(ledger -> ledger.driver(rule, evidence));
    }

    private GpuLedger ledger(String gpu, Instant now) {
        return ledgers.computeIfAbsent(gpu, id -> new GpuLedger(id, now));
    }

    synchronized void sampled(List<GpuSample> samples, Instant now) {
        boolean margins =
                samples.stream().map(sample -> sample.activity().margin()).anyMatch(margin -> margin.orElse(0) > 0);
        Set<String> seen = new LinkedHashSet<>();
        for (GpuSample sample : samples) {
            GpuDevice device = devices.get(sample.id());
            if (device != null) {
                seen.add(sample.id());
                look(device, sample, margins, now);
            }
        }
        for (GpuDevice device : devices.values()) {
            if (!seen.contains(device.id()) && device.state() != GpuDevice.State.AVAILABLE) {
                look(device, GpuSample.unknown(device.id(), device.state(), Reading.lost()), margins, now);
            }
        }
    }

    private void look(GpuDevice device, GpuSample sample, boolean margins, Instant now) {
        Instant used = inUse.get(device.id());
        var around = new GpuJudge.Surroundings(
                policy.heldMemory().bytes(), used != null && used.plus(IN_USE).isAfter(now), margins, processes::state);
        ledger(device.id(), now).looked(GpuJudge.look(device, sample, around), now);
    }

    synchronized void inUse(Collection<String> gpus, Instant now) {
        gpus.forEach(gpu -> inUse.put(gpu, now));
    }

    synchronized void doubtAll(String evidence) {
        ledgers.values().forEach(ledger -> ledger.doubt(evidence));
    }

    synchronized void reported(GpuEvent event, Instant now) {
        listedAt = null;
        GpuLedger known = ledgers.get(event.gpu());
        if (known == null) {
            String what = event.xid() == 0 ? event.text() : "Xid " + event.xid() + " of an unknown GPU";
            ledgers.values().forEach(ledger -> ledger.doubt(what));
        } else if (event.xid() == 0) {
            known.doubt(event.text());
        } else {
            Level level = policy.xid(event.xid());
            known.xid(event.xid(), level, now);
            if (level.compareTo(Level.UNKNOWN) >= 0) {
                save();
            }
        }
    }

    synchronized boolean clear(String gpu) {
        GpuLedger known = ledgers.get(gpu);
        if (known != null) {
            known.clear();
            listedAt = null;
            save();
        }
        return known != null;
    }

    // ---- what is told --------------------------------------------------------------------------------------

    synchronized List<GpuVerdict> verdicts(Instant now) {
        return ledgers.values().stream()
                .map(ledger -> ledger.verdict(policy, now))
                .toList();
    }

    /** Those whose level or rules have changed since they were last told. */
    synchronized List<GpuVerdict> changes(Instant now) {
        List<GpuVerdict> changed = new ArrayList<>();
        for (GpuVerdict verdict : verdicts(now)) {
            GpuVerdict before = told.put(verdict.gpu(), verdict);
            if (before == null ? verdict.level() != Level.OK : !rules(before).equals(rules(verdict))) {
                changed.add(verdict);
            }
        }
        return changed;
    }

    private static List<String> rules(GpuVerdict verdict) {
        return verdict.findings().stream()
                .map(finding -> finding.level() + " " + finding.rule())
                .toList();
    }

    // ---- what outlives the process -------------------------------------------------------------------------

    /** Takes up what a former process has noted, unless the host was restarted since. */
    synchronized void restore(Instant now) {
        if (stateFile == null) {
            return;
        }
        try {
            JsonNode root = JSON.readTree(Files.readString(stateFile));
            if (bootId.isEmpty() || !root.path("bootId").asText().equals(bootId)) {
                LOG.info("the host was restarted: what is noted in {} of its GPUs counts no more", stateFile);
                return;
            }
            root.path("failed")
                    .properties()
                    .forEach(gpu -> gpu.getValue()
                            .properties()
                            .forEach(xid -> ledger(gpu.getKey(), now)
                                    .xid(
                                            Long.parseLong(xid.getKey()),
                                            Level.FAIL,
                                            Instant.parse(xid.getValue().asText()))));
        } catch (NoSuchFileException none) {
            LOG.debug("nothing is noted in {}", stateFile);
        } catch (IOException | RuntimeException unreadable) {
            LOG.warn(
                    "what is noted of GPUs in {} cannot be read, and is left out: {}",
                    stateFile,
                    unreadable.toString());
        }
    }

    private void save() {
        if (stateFile == null) {
            return;
        }
        ObjectNode root = JSON.createObjectNode().put("bootId", bootId);
        ObjectNode failed = root.putObject("failed");
        ledgers.forEach((gpu, ledger) -> {
            if (!ledger.failing().isEmpty()) {
                ObjectNode xids = failed.putObject(gpu);
                ledger.failing().forEach((number, at) -> xids.put(String.valueOf(number), at.toString()));
            }
        });
        Path next = stateFile.resolveSibling(stateFile.getFileName() + ".new");
        try {
            Files.writeString(next, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root));
            Files.move(next, stateFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (JacksonException impossible) {
            throw new IllegalStateException(impossible);
        } catch (IOException failure) {
            LOG.warn("failures of GPUs cannot be noted in {}: {}", stateFile, failure.toString());
        }
    }
}
