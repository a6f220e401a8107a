package dev.paddock.gpu.internal;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuEvent;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuSource;
import dev.paddock.gpu.GpuWatch;
import dev.paddock.gpu.internal.SharedQuestion.Begun;
import dev.paddock.host.internal.AskedOnce.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts together what the ways of asking say. Of NVIDIA's, the first that answers is believed; the bus adds what no
 * driver lists, and says so. NVIDIA's are asked one after another, the others meanwhile, and all have the same end: what
 * hangs costs no more than one that hangs alone. Thread-safe.
 */
public final class LayeredInventory implements AutoCloseable {
    /** After these the next way may know more. After the others the driver itself is in trouble, whoever asks it. */
    private static final Set<State> ASK_ON =
            Set.of(State.ABSENT, State.NATIVE_ACCESS_UNAVAILABLE, State.NO_PERMISSION, State.TIMED_OUT, State.FAILED);

    /** The devices of an inventory and who told of them, by id. */
    private record Known(Map<String, GpuDevice> devices, Map<String, AskedSource> tellers) {}

    private final List<AskedSource> nvidia;
    private final List<AskedSource> others;
    private final List<AskedSource> bus;
    private final Duration deadline;
    private volatile Known known = new Known(Map.of(), Map.of());

    /**
     * An inventory of sources.
     *
     * @param nvidia ways to ask NVIDIA's driver, the best first
     * @param others other vendors'
     * @param bus what the operating system tells
     * @param deadline of an inventory or a sample
     */
    public LayeredInventory(List<GpuSource> nvidia, List<GpuSource> others, List<GpuSource> bus, Duration deadline) {
        this.nvidia = nvidia.stream().map(AskedSource::new).toList();
        this.others = others.stream().map(AskedSource::new).toList();
        this.bus = bus.stream().map(AskedSource::new).toList();
        this.deadline = deadline;
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
    public Merged inventory() {
        long end = SharedQuestion.end(deadline);
        Map<AskedSource, Begun<GpuReport>> meanwhile = new LinkedHashMap<>();
        others.forEach(source -> meanwhile.put(source, source.inventory().begin()));
        bus.forEach(source -> meanwhile.put(source, source.inventory().begin()));

        List<GpuReport> reports = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Map<String, GpuDevice> devices = new LinkedHashMap<>();
        Map<String, AskedSource> tellers = new LinkedHashMap<>();
        GpuReport driver = askDriver(end, reports, devices, tellers);
        meanwhile.forEach((source, begun) -> {
            GpuReport report = source.report(begun.await(end));
            reports.add(report);
            for (GpuDevice device : report.devices()) {
                if (bus.contains(source)) {
                    addFromBus(device, driver, devices, notes);
                } else if (same(devices, device) == null) {
                    devices.put(device.id(), device);
                }
                if (devices.containsKey(device.id())) {
                    tellers.putIfAbsent(device.id(), source);
                }
            }
        });
        known = new Known(devices, tellers);
        return new Merged(List.copyOf(devices.values()), reports, notes);
    }

    /**
     * Whether a source is a way to ask NVIDIA's driver.
     *
     * @param source its name
     * @return false for other vendors' and the bus
     */
    public boolean isNvidias(String source) {
        return nvidia.stream().anyMatch(each -> each.source().name().equals(source));
    }

    /**
     * Begins to tell of errors that drivers report by themselves.
     *
     * @param sink whom to tell
     * @return the waits that have begun
     */
    public List<GpuWatch> watch(Consumer<GpuEvent> sink) {
        List<GpuWatch> watches = new ArrayList<>();
        for (List<AskedSource> sources : List.of(nvidia, others)) {
            sources.forEach(each -> each.source().watch(sink).ifPresent(watches::add));
        }
        return watches;
    }

    /** The report of the first way that answers; of the first that failed if none does. */
    private GpuReport askDriver(
            long end, List<GpuReport> reports, Map<String, GpuDevice> devices, Map<String, AskedSource> tellers) {
        GpuReport first = GpuReport.none("", State.ABSENT, "NVIDIA's driver is not asked", "");
        for (AskedSource source : nvidia) {
            GpuReport report = source.report(source.inventory().ask(end));
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
        long end = SharedQuestion.end(deadline);
        Known last = known;
        Map<AskedSource, Begun<List<GpuSample>>> begun = new LinkedHashMap<>();
        last.tellers()
                .values()
                .forEach(source -> begun.computeIfAbsent(source, s -> s.sample().begin()));
        Map<String, GpuSample> samples = new LinkedHashMap<>();
        begun.forEach((source, answer) ->
                samples(source, answer.await(end), last).forEach(sample -> samples.putIfAbsent(sample.id(), sample)));
        last.devices().forEach((id, device) -> {
            boolean lost = device.state() == GpuDevice.State.LOST;
            AskedSource teller = last.tellers().get(id);
            if (device.state() != GpuDevice.State.AVAILABLE
                    && (!samples.containsKey(id) || teller == null || bus.contains(teller))) {
                samples.put(id, GpuSample.unknown(id, device.state(), lost ? Reading.lost() : Reading.notSupported()));
            }
        });
        return List.copyOf(samples.values());
    }

    /** Of the devices that this source told of. */
    private static List<GpuSample> samples(AskedSource source, Answer<List<GpuSample>> answer, Known last) {
        List<GpuSample> told = answer.value();
        return told != null
                ? told.stream()
                        .filter(sample -> source.equals(last.tellers().get(sample.id())))
                        .toList()
                : last.devices().values().stream()
                        .filter(device -> source.equals(last.tellers().get(device.id())))
                        .map(device -> GpuSample.unknown(device.id(), device.state(), answer.why()))
                        .toList();
    }

    @Override
    public void close() {
        for (List<AskedSource> sources : List.of(nvidia, others, bus)) {
            sources.forEach(each -> each.source().close());
        }
    }
}
