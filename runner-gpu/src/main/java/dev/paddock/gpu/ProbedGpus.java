package dev.paddock.gpu;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.gpu.internal.LayeredInventory;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What all ways of asking say together, as one. Does not own the probe. */
record ProbedGpus(GpuProbe probe, LayeredInventory layers) implements GpuSource {
    /** A driver in such a state tells of no device; that says nothing about the devices. */
    private static final Set<State> IN_TROUBLE = EnumSet.complementOf(
            EnumSet.of(State.FOUND, State.NO_GPUS, State.ABSENT, State.NATIVE_ACCESS_UNAVAILABLE, State.CLOSED));

    @Override
    public String name() {
        return "probe";
    }

    @Override
    public GpuReport inventory() {
        GpuInventory all;
        try {
            all = probe.inventory();
        } catch (IllegalStateException closed) {
            return GpuReport.none(name(), State.CLOSED, "the probe is closed", "");
        }
        Optional<GpuReport> answered = first(all, report -> report.state() == State.FOUND);
        boolean anyWell = all.devices().stream().anyMatch(device -> device.state() == GpuDevice.State.AVAILABLE);
        // A tool that fails says nothing of GPUs that others tell of; NVIDIA's driver is all that tells of NVIDIA's.
        Optional<GpuReport> trouble = first(
                all, report -> IN_TROUBLE.contains(report.state()) && (!anyWell || layers.isNvidias(report.source())));
        boolean driverSilent =
                answered.filter(report -> !report.source().equals("sysfs")).isEmpty();
        if (driverSilent && trouble.isPresent()) {
            GpuReport why = trouble.get();
            return GpuReport.none(name(), why.state(), why.message(), why.remedy());
        }
        return new GpuReport(
                name(),
                all.devices().isEmpty() ? State.NO_GPUS : State.FOUND,
                all.devices().isEmpty() ? why(all) : all.devices().size() + " GPUs",
                "",
                answered.map(GpuReport::driverVersion).orElse(""),
                answered.map(GpuReport::computeVersion).orElse(""),
                all.devices());
    }

    /** What each way of asking says. */
    private static String why(GpuInventory all) {
        return all.reports().stream()
                .map(report -> report.source() + ": " + report.message())
                .collect(Collectors.joining("; "));
    }

    private static Optional<GpuReport> first(GpuInventory all, Predicate<GpuReport> which) {
        return all.reports().stream().filter(which).findFirst();
    }

    @Override
    public List<GpuSample> sample() {
        try {
            return probe.sample();
        } catch (IllegalStateException closed) {
            return List.of();
        }
    }

    @Override
    public Optional<GpuWatch> watch(Consumer<GpuEvent> sink) {
        List<GpuWatch> watches = layers.watch(sink);
        return watches.isEmpty() ? Optional.empty() : Optional.of(new Watches(watches));
    }

    /** The caller's to close. */
    @Override
    public void close() {}

    private record Watches(List<GpuWatch> all) implements GpuWatch {
        @Override
        public Duration silence() {
            return all.stream().map(GpuWatch::silence).max(Duration::compareTo).orElse(Duration.ZERO);
        }

        @Override
        public void close() {
            all.forEach(GpuWatch::close);
        }
    }
}
