package dev.paddock.gpu.internal;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuMemory.Source;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Linux itself tells of GPUs: the bus, AMD's driver, what NVIDIA's driver leaves in /proc, and boards of Tegra. */
public final class SysfsSource implements GpuSource {
    private static final Pattern LINE = Pattern.compile("(?m)^\\s*([^:\\n]{1,60}?)\\s*:\\s*(.*?)\\s*$");
    private static final Pattern VERSION = Pattern.compile("\\b(\\d{3,4}\\.\\d{1,4}(?:\\.\\d{1,4})?)\\b");

    private final Path fsRoot;
    private volatile Map<String, PciScan.Found> amd = Map.of();
    private volatile List<GpuDevice> last = List.of();
    private volatile boolean closed;

    /**
     * A source that reads files.
     *
     * @param fsRoot below which they are
     */
    public SysfsSource(Path fsRoot) {
        this.fsRoot = fsRoot;
    }

    @Override
    public String name() {
        return "sysfs";
    }

    @Override
    public GpuReport inventory() {
        return closed ? GpuReport.none(name(), State.CLOSED, "the source is closed", "") : read();
    }

    private GpuReport read() {
        List<GpuDevice> devices = new ArrayList<>();
        Map<String, PciScan.Found> cards = new HashMap<>();
        StringBuilder why = new StringBuilder();
        for (PciScan.Found found : PciScan.find(fsRoot)) {
            GpuDevice device = device(found);
            devices.add(device);
            boolean ofAmd = found.vendor() == GpuVendor.AMD;
            if (ofAmd) {
                cards.put(device.id(), found);
            }
            String reason = device.state() != GpuDevice.State.AVAILABLE
                    ? device.reason()
                    : ofAmd ? AmdFiles.whyNoMemory(found, device) : "";
            why.append(reason.isEmpty() ? "" : "; " + found.address() + ": " + reason);
        }
        if (devices.stream().noneMatch(device -> device.vendor() == GpuVendor.NVIDIA)) {
            jetson(devices);
        }
        amd = cards;
        last = List.copyOf(devices);
        if (devices.isEmpty()) {
            boolean bus = Files.isDirectory(fsRoot.resolve("sys/bus/pci/devices"));
            return GpuReport.none(
                    name(),
                    bus ? State.NO_GPUS : State.ABSENT,
                    bus ? "no GPU on the PCI bus" : "no PCI bus below " + fsRoot.resolve("sys"),
                    "");
        }
        Matcher version = VERSION.matcher(PciScan.text(fsRoot.resolve("proc/driver/nvidia/version")));
        String driver = version.find() ? version.group(1) : "";
        String what = devices.size() + (devices.size() == 1 ? " GPU" : " GPUs");
        return new GpuReport(name(), State.FOUND, what + why, "", driver, "", devices);
    }

    private GpuDevice device(PciScan.Found found) {
        return switch (found.vendor()) {
            case NVIDIA -> nvidia(found);
            case AMD -> AmdFiles.device(found, fsRoot);
            default -> other(found);
        };
    }

    private GpuDevice nvidia(PciScan.Found found) {
        Map<String, String> told =
                lines(PciScan.text(fsRoot.resolve("proc/driver/nvidia/gpus/" + found.address() + "/information")));
        String uuid = told.getOrDefault("GPU UUID", "");
        String model = told.getOrDefault("Model", "");
        GpuDevice.Builder builder =
                base(found, uuid.matches("GPU-[0-9a-fA-F-]{8,90}") ? uuid : found.address(), model, "nvidia");
        Path listed = fsRoot.resolve("proc/driver/nvidia/gpus");
        if (found.driver().equals("nvidia")
                && Files.isDirectory(listed)
                && !Files.exists(listed.resolve(found.address()))) {
            // A container sees the whole bus, but in /proc only the GPUs it was given.
            builder.state(GpuDevice.State.NO_PERMISSION, "not given to this container");
        }
        return builder.build();
    }

    private static GpuDevice other(PciScan.Found found) {
        boolean intel = found.vendor() == GpuVendor.INTEL;
        // On bus 0 the GPU is a part of the processor.
        boolean unified = intel && found.address().startsWith("0000:00:");
        Reading none = Reading.notSupported();
        return base(found, found.address(), (intel ? "Intel GPU " : "GPU ") + found.deviceId(), "")
                .memory(new GpuMemory(none, none, none, none, unified ? Source.UNIFIED : Source.NONE))
                .build();
    }

    /** What all cards have; one without its vendor's driver cannot be used. */
    static GpuDevice.Builder base(PciScan.Found found, String id, String name, String driver) {
        GpuDevice.Builder builder = GpuDevice.builder(id, name)
                .vendor(found.vendor())
                .busId(found.busId())
                .numaNode(found.numaNode());
        if (found.driver().isEmpty()) {
            builder.state(GpuDevice.State.UNUSABLE, "no driver has it");
        } else if ((!driver.isEmpty() && !found.driver().equals(driver))
                || found.driver().equals("vfio-pci")) {
            builder.state(GpuDevice.State.UNUSABLE, "driver " + found.driver());
        }
        return builder;
    }

    /** A Tegra's GPU is on no bus; it takes what it needs of the board's memory. */
    private void jetson(List<GpuDevice> devices) {
        String model = PciScan.text(fsRoot.resolve("proc/device-tree/model"));
        boolean tegra = Files.exists(fsRoot.resolve("etc/nv_tegra_release"))
                || model.contains("Jetson")
                || model.contains("Tegra");
        if (tegra) {
            Reading none = Reading.notSupported();
            devices.add(GpuDevice.builder("tegra-0", model.isEmpty() ? "NVIDIA Tegra" : model)
                    .index(0)
                    .memory(new GpuMemory(none, none, none, none, Source.UNIFIED))
                    .build());
        }
    }

    static Map<String, String> lines(String text) {
        Map<String, String> lines = new HashMap<>();
        Matcher matcher = LINE.matcher(text);
        while (matcher.find()) {
            lines.putIfAbsent(matcher.group(1), matcher.group(2));
        }
        return lines;
    }

    @Override
    public List<GpuSample> sample() {
        List<GpuSample> samples = new ArrayList<>();
        for (GpuDevice device : closed ? List.<GpuDevice>of() : last) {
            PciScan.Found card = amd.get(device.id());
            samples.add(
                    card == null
                            ? GpuSample.unknown(device.id(), device.state(), Reading.notSupported())
                            : AmdFiles.sample(card, device));
        }
        return samples;
    }

    @Override
    public void close() {
        closed = true;
    }
}
