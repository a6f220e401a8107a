package dev.paddock.gpu.internal;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts together what the ways of asking say. Of NVIDIA's, the first that answers is believed; the bus adds what no
 * driver lists, and says so.
 */
public final class LayeredInventory implements AutoCloseable {
    /** After these the next way may know more. After the others the driver itself is in trouble, whoever asks it. */
    private static final Set<State> ASK_ON =
            Set.of(State.ABSENT, State.NATIVE_ACCESS_UNAVAILABLE, State.NO_PERMISSION, State.TIMED_OUT, State.FAILED);

    private final List<GpuSource> nvidia;
    private final List<GpuSource> others;
    private final List<GpuSource> bus;
    private volatile Map<String, GpuDevice> known = Map.of();
    private volatile Map<String, GpuSource> owners = Map.of();

    /**
     * An inventory of sources.
     *
     * @param nvidia ways to ask NVIDIA's driver, the best first
     * @param others other vendors'
     * @param bus what the operating system tells
     */
    public LayeredInventory(List<GpuSource> nvidia, List<GpuSource> others, List<GpuSource> bus) {
        this.nvidia = List.copyOf(nvidia);
        this.others = List.copyOf(others);
        this.bus = List.copyOf(bus);
    }

    /**
     * What all of them say together.
     *
     * @param devices each once
     * @param reports of each source
     * @param notes for a person
     */
    public record Merged(List<GpuDevice> devices, List<GpuReport> reports, List<String> notes) {}

    /**
     * Asks.
     *
     * @return what was found
     */
    public synchronized Merged inventory() {
        List<GpuReport> reports = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Map<String, GpuDevice> devices = new LinkedHashMap<>();
        Map<String, GpuSource> tellers = new LinkedHashMap<>();
        GpuReport driver = askDriver(reports, devices, tellers);
        for (GpuSource source : others) {
            GpuReport report = source.inventory();
            reports.add(report);
            for (GpuDevice device : report.devices()) {
                if (same(devices, device) == null) {
                    devices.put(device.id(), device);
                    tellers.put(device.id(), source);
                }
            }
        }
        for (GpuSource source : bus) {
            GpuReport report = source.inventory();
            reports.add(report);
            for (GpuDevice device : report.devices()) {
                addFromBus(device, driver, devices, notes);
                tellers.putIfAbsent(device.id(), source);
            }
        }
        known = devices;
        owners = tellers;
        return new Merged(List.copyOf(devices.values()), reports, notes);
    }

    /** The report of the first way that answers; of the first that failed if none does. */
    private GpuReport askDriver(
            List<GpuReport> reports, Map<String, GpuDevice> devices, Map<String, GpuSource> tellers) {
        GpuReport first = GpuReport.none("", State.ABSENT, "NVIDIA's driver is not asked", "");
        for (GpuSource source : nvidia) {
            GpuReport report = source.inventory();
            reports.add(report);
            if (report.state() == State.FOUND) {
                for (GpuDevice device : report.devices()) {
                    devices.putIfAbsent(device.id(), device);
                    tellers.putIfAbsent(device.id(), source);
                }
                return report;
            }
            if (!ASK_ON.contains(report.state())) {
                return report;
            }
            // An absent way says nothing about the driver; one that failed does.
            first = first.state() == State.ABSENT ? report : first;
        }
        return first;
    }

    private static @Nullable GpuDevice same(Map<String, GpuDevice> devices, GpuDevice one) {
        GpuDevice byId = devices.get(one.id());
        if (byId != null) {
            return byId;
        }
        return one.busId().isEmpty()
                ? null
                : devices.values().stream()
                        .filter(each -> each.busId().equals(one.busId()))
                        .findFirst()
                        .orElse(null);
    }

    private void addFromBus(GpuDevice seen, GpuReport driver, Map<String, GpuDevice> devices, List<String> notes) {
        GpuDevice known = same(devices, seen);
        if (known != null) {
            GpuDevice.Builder more = known.toBuilder();
            if (known.numaNode() < 0) {
                more.numaNode(seen.numaNode());
            }
            devices.put(known.id(), more.build());
        } else if (seen.vendor() != GpuVendor.NVIDIA || seen.busId().isEmpty() || nvidia.isEmpty()) {
            devices.put(seen.id(), seen);
        } else if (seen.state() == GpuDevice.State.NO_PERMISSION && driver.state() == State.FOUND) {
            notes.add("GPU on the PCI bus at " + seen.busId() + " is " + seen.reason());
        } else if (seen.state() != GpuDevice.State.AVAILABLE) {
            devices.put(seen.id(), seen);
            notes.add("GPU on the PCI bus at " + seen.busId() + " is not usable: " + seen.reason());
        } else if (driver.state() == State.FOUND || driver.state() == State.NO_GPUS) {
            missing(seen, driver, devices, notes);
        } else {
            String why = driver.message() + (driver.state() == State.ABSENT ? "" : " (" + driver.state() + ")");
            devices.put(
                    seen.id(),
                    seen.toBuilder().state(GpuDevice.State.UNUSABLE, why).build());
            notes.add("GPU on the PCI bus at " + seen.busId() + " cannot be asked: " + why);
        }
    }

    private static void missing(GpuDevice seen, GpuReport driver, Map<String, GpuDevice> devices, List<String> notes) {
        String reason = "missing: on the PCI bus at " + seen.busId() + ", and " + driver.source() + " does not list it";
        devices.put(
                seen.id(), seen.toBuilder().state(GpuDevice.State.LOST, reason).build());
        notes.add("GPU " + reason);
    }

    /**
     * Samples of the devices of the last inventory, each of the source that told of it.
     *
     * @return none for a device whose source says nothing of it
     */
    public List<GpuSample> sample() {
        Map<String, GpuDevice> devices = known;
        Map<String, GpuSource> tellers = owners;
        Map<String, GpuSample> samples = new LinkedHashMap<>();
        for (GpuSource source : new LinkedHashSet<>(tellers.values())) {
            for (GpuSample sample : source.sample()) {
                if (source.equals(tellers.get(sample.id()))) {
                    samples.putIfAbsent(sample.id(), sample);
                }
            }
        }
        devices.forEach((id, device) -> {
            boolean lost = device.state() == GpuDevice.State.LOST;
            GpuSample told = samples.get(id);
            if (device.state() != GpuDevice.State.AVAILABLE
                    && (told == null || tellers.get(id) == null || bus.contains(tellers.get(id)))) {
                samples.put(id, GpuSample.unknown(id, device.state(), lost ? Reading.lost() : Reading.notSupported()));
            }
        });
        return List.copyOf(samples.values());
    }

    @Override
    public void close() {
        nvidia.forEach(GpuSource::close);
        others.forEach(GpuSource::close);
        bus.forEach(GpuSource::close);
    }
}
