package dev.paddock.gpu.internal;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.gpu.GpuEvent;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuSource;
import dev.paddock.gpu.GpuWatch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * NVIDIA's GPUs, asked of the driver's management library. It is loaded and started with the first question and ended
 * by {@link #close}; a library that was not there is looked for again after a minute. All that is native runs on at most
 * three daemon threads, with deadlines. Thread-safe.
 */
public final class NvmlSource implements GpuSource {
    /** The first of a driver that hangs, and two that find out whether all of it does. */
    private static final int THREADS = 3;

    private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);
    private static final GpuReport CLOSED =
            GpuReport.none("nvml", GpuReport.State.CLOSED, "NVML: this source was closed", "");

    /** What is asked of the driver as a whole. */
    private record Layer(int code, String driver, String cuda, int devices) {
        static Layer failed(int code) {
            return new Layer(code, "", "", 0);
        }
    }

    private record Topology(Set<String> ids, Map<String, String> groups) {}

    private final NvmlOptions options;
    private final Supplier<NvmlLibrary.Opened> library;
    private final Rounds rounds = new Rounds("paddock-nvml", THREADS);
    private final NvmlMemory memory = new NvmlMemory();
    private final NvmlSampler sampler = new NvmlSampler(memory);

    private volatile boolean closed;
    private volatile @Nullable NvmlSession session;
    private volatile @Nullable GpuReport absent;
    private volatile Instant lookAgain = Instant.MIN;
    private volatile List<NvmlDevice.Known> known = List.of();
    private volatile @Nullable Topology topology;

    NvmlSource(NvmlOptions options, Supplier<NvmlLibrary.Opened> library) {
        this.options = options;
        this.library = library;
    }

    /**
     * Makes a source. Loads nothing yet.
     *
     * @param options how to ask
     * @return to be closed by the caller
     */
    public static NvmlSource open(NvmlOptions options) {
        NvmlLibrary library = new NvmlLibrary(
                System.getProperty("os.name", ""), options.fsRoot(), options.library(), System.getenv());
        return new NvmlSource(options, library::open);
    }

    @Override
    public String name() {
        return "nvml";
    }

    @Override
    public GpuReport inventory() {
        if (closed) {
            return CLOSED;
        }
        try {
            GpuReport missing = load();
            NvmlSession opened = session;
            if (missing != null) {
                return missing;
            }
            return opened == null ? CLOSED : inventory(opened);
        } catch (IllegalStateException e) {
            return GpuReport.none(name(), GpuReport.State.FAILED, "NVML: " + e.getCause(), "");
        }
    }

    /** Why there is no library; null if there is one. */
    private @Nullable GpuReport load() {
        if (session != null) {
            return null;
        }
        GpuReport before = absent;
        Instant now = options.clock().instant();
        if (before != null && now.isBefore(lookAgain)) {
            return before;
        }
        NvmlLibrary.Opened opened = rounds.ask(
                "library",
                options.startDeadline(),
                library,
                NvmlLibrary.Opened.none(
                        GpuReport.State.TIMED_OUT, "the library did not load within " + options.startDeadline(), ""));
        GpuReport report = opened.report();
        if (opened.nvml() != null) {
            begin(opened.nvml());
            return null;
        }
        absent = report;
        // What native access lacks, it lacks until the JVM ends.
        lookAgain = report.state() == GpuReport.State.NATIVE_ACCESS_UNAVAILABLE ? Instant.MAX : now.plus(LOOK_AGAIN);
        return report;
    }

    private synchronized void begin(Nvml nvml) {
        if (session == null && !closed) {
            session = new NvmlSession(nvml);
        }
    }

    private GpuReport inventory(NvmlSession opened) {
        Layer layer =
                rounds.ask("driver", options.startDeadline(), () -> layer(opened), Layer.failed(NvmlCode.TIMEOUT));
        if (opened.isClosed()) {
            return CLOSED;
        }
        if (layer.code() != NvmlCode.SUCCESS) {
            return broken(layer);
        }
        List<NvmlDevice.Known> before = known;
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < layer.devices(); i++) {
            indices.add(i);
        }
        NvmlDevice reader = new NvmlDevice(opened.nvml(), memory, options.fsRoot());
        List<NvmlDevice.Known> found = rounds.askEach(
                indices,
                options.deviceDeadline(),
                i -> inside(
                        opened,
                        () -> reader.read(i, before(before, i)),
                        () -> NvmlDevice.refused(i, NvmlCode.UNINITIALIZED, before(before, i))),
                i -> NvmlDevice.refused(i, NvmlCode.TIMEOUT, before(before, i)));
        if (opened.isClosed()) {
            return CLOSED;
        }
        known = linked(opened, found);
        return report(layer, known);
    }

    private Layer layer(NvmlSession opened) {
        int code = opened.enter();
        if (code != NvmlCode.SUCCESS) {
            return Layer.failed(code);
        }
        try {
            Asker asker = new Asker(opened.nvml(), 0);
            String driver = asker.text((nvml, none, out) -> nvml.driverVersion(out));
            long cuda = asker.read((nvml, none, out) -> nvml.cudaVersion(out)).orElse(0);
            int counted = asker.code((nvml, none, out) -> nvml.deviceCount(out));
            return counted == NvmlCode.SUCCESS
                    ? new Layer(counted, driver, cudaVersion(cuda), (int) asker.out().value)
                    : Layer.failed(counted);
        } finally {
            opened.leave();
        }
    }

    static String cudaVersion(long number) {
        return number <= 0 ? "" : number / 1000 + "." + number % 1000 / 10;
    }

    private static <T> T inside(NvmlSession session, Supplier<T> question, Supplier<T> closed) {
        if (session.enter() != NvmlCode.SUCCESS) {
            return closed.get();
        }
        try {
            return question.get();
        } finally {
            session.leave();
        }
    }

    private static NvmlDevice.Known before(List<NvmlDevice.Known> all, int index) {
        return index < all.size() ? all.get(index) : NvmlDevice.stranger(index);
    }

    private GpuReport broken(Layer layer) {
        GpuReport.State state = NvmlCode.layer(layer.code());
        String message = "NVML: " + NvmlCode.words(layer.code());
        if (state == GpuReport.State.DRIVER_NOT_LOADED) {
            List<String> onBus = PciScan.find(options.fsRoot()).stream()
                    .filter(card -> card.vendor() == GpuVendor.NVIDIA)
                    .map(PciScan.Found::address)
                    .toList();
            if (!onBus.isEmpty()) {
                message += "; GPU on PCI bus without driver: " + String.join(", ", onBus);
            }
        }
        return GpuReport.none(name(), state, message, NvmlCode.remedy(layer.code()));
    }

    /** Links do not change while the same GPUs are there, and to follow them takes many calls. */
    private List<NvmlDevice.Known> linked(NvmlSession opened, List<NvmlDevice.Known> gpus) {
        Set<String> ids = new HashSet<>();
        gpus.stream()
                .filter(g -> g.handle() != 0)
                .forEach(g -> ids.add(g.device().id()));
        Topology now = topology;
        if (now == null || !now.ids().equals(ids)) {
            Optional<Map<String, String>> groups = rounds.ask(
                    "links",
                    options.deviceDeadline(),
                    () -> inside(opened, () -> Optional.of(NvmlLinks.groups(opened.nvml(), gpus)), Optional::empty),
                    Optional.empty());
            now = new Topology(ids, groups.orElse(Map.of()));
            topology = groups.isPresent() ? now : null;
        }
        List<NvmlDevice.Known> linked = new ArrayList<>();
        for (NvmlDevice.Known gpu : gpus) {
            String group = now.groups().getOrDefault(gpu.device().id(), "");
            GpuDevice device = gpu.device().toBuilder().linkGroup(group).build();
            linked.add(new NvmlDevice.Known(gpu.index(), gpu.handle(), device));
        }
        return List.copyOf(linked);
    }

    private GpuReport report(Layer layer, List<NvmlDevice.Known> gpus) {
        if (gpus.isEmpty()) {
            return new GpuReport(
                    name(),
                    GpuReport.State.NO_GPUS,
                    "NVML: the driver has no GPU",
                    "",
                    layer.driver(),
                    layer.cuda(),
                    List.of());
        }
        List<GpuDevice> devices = gpus.stream().map(NvmlDevice.Known::device).toList();
        StringBuilder message = new StringBuilder("NVML: ").append(gpus.size()).append(" GPU");
        message.append(gpus.size() == 1 ? "" : "s");
        for (GpuDevice device : devices) {
            if (device.state() != GpuDevice.State.AVAILABLE) {
                message.append("; ").append(device.index()).append(" is ").append(device.state());
                message.append(": ").append(device.reason());
            }
        }
        return new GpuReport(
                name(), GpuReport.State.FOUND, message.toString(), "", layer.driver(), layer.cuda(), devices);
    }

    /**
     * What the GPUs of the last {@link #inventory} do now.
     *
     * @return one for each, also for one that cannot be asked, whose sample says why; empty if there was no inventory,
     *     or the source was closed meanwhile
     */
    @Override
    public List<GpuSample> sample() {
        NvmlSession opened = session;
        List<NvmlDevice.Known> gpus = known;
        if (closed || opened == null || gpus.isEmpty()) {
            return List.of();
        }
        List<Integer> indices = gpus.stream().map(NvmlDevice.Known::index).toList();
        List<GpuSample> samples;
        try {
            samples = rounds.askEach(
                    indices,
                    options.deviceDeadline(),
                    i -> inside(
                            opened,
                            () -> sample(opened.nvml(), gpus.get(i)),
                            () -> unknown(gpus.get(i), NvmlCode.UNINITIALIZED)),
                    i -> unknown(gpus.get(i), NvmlCode.TIMEOUT));
        } catch (IllegalStateException e) {
            return gpus.stream().map(g -> unknown(g, NvmlCode.UNKNOWN)).toList();
        }
        return opened.isClosed() ? List.of() : samples;
    }

    private GpuSample sample(Nvml nvml, NvmlDevice.Known gpu) {
        if (gpu.handle() != 0) {
            return sampler.read(new Asker(nvml, gpu.handle()), gpu.device());
        }
        // Refused in the inventory; it may have come back, and then the next inventory has it.
        int code = nvml.handle(gpu.index(), new Nvml.Out());
        return unknown(gpu, code == NvmlCode.SUCCESS ? NvmlCode.NOT_READY : code);
    }

    private static GpuSample unknown(NvmlDevice.Known gpu, int code) {
        return GpuSample.unknown(gpu.device().id(), NvmlCode.device(code), NvmlCode.reading(code));
    }

    /**
     * Begins to wait for the GPUs' events. To be called after an {@link #inventory} that found some.
     *
     * @param listener called on the watch's own thread, one event at a time
     * @return to be closed by the caller; empty if there is nothing to watch. It ends also when this source is closed
     */
    Optional<XidWatch> watchEvents(Consumer<XidEvent> listener) {
        return watchEvents(listener, XidWatch.EVEN_TIME);
    }

    Optional<XidWatch> watchEvents(Consumer<XidEvent> listener, LongSupplier nanos) {
        NvmlSession opened = session;
        List<NvmlDevice.Known> gpus = known;
        if (closed || opened == null || gpus.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(XidWatch.start(opened, gpus, nanos, XidWatch.SLICE, listener));
    }

    @Override
    public Optional<GpuWatch> watch(Consumer<GpuEvent> sink) {
        return watchEvents(event -> sink.accept(event.told())).map(watch -> new GpuWatch() {
            @Override
            public Duration silence() {
                // A driver that delivers no events is silent for ever, and means nothing by it.
                return watch.watched().isEmpty() ? Duration.ZERO : watch.silence();
            }

            @Override
            public void close() {
                watch.close();
            }
        });
    }

    /** Ends NVML once no call is under way. Waits no longer than the deadline of a device. */
    @Override
    public void close() {
        NvmlSession opened;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            opened = session;
        }
        known = List.of();
        if (opened != null) {
            // Marked first, so that it ends even where all threads hang.
            opened.forbid();
            rounds.ask(
                    "end",
                    options.deviceDeadline(),
                    () -> {
                        opened.close();
                        return true;
                    },
                    false);
        }
    }
}
