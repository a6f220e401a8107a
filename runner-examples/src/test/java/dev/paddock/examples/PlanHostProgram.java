package dev.paddock.examples;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuEvent;
import dev.paddock.gpu.GpuHealth;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuSource;
import dev.paddock.gpu.GpuWatch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Scanner;
import java.util.function.Consumer;

/** {@link PlanHost} on a host that there is not; each line it reads names a GPU that falls off its bus. */
final class PlanHostProgram {
    private PlanHostProgram() {}

    public static void main(String... args) {
        PlanHost.run(TwoGpuHost.inventory(), GpuHealth.builder(new Gpus()), args[0], List.of(args[1]));
    }

    private static final class Gpus implements GpuSource {
        @Override
        public String name() {
            return "imagined";
        }

        @Override
        public GpuReport inventory() {
            return new GpuReport(name(), GpuReport.State.FOUND, "", "", "580", "13.0", TwoGpuHost.gpus());
        }

        @Override
        public List<GpuSample> sample() {
            return TwoGpuHost.gpus().stream().map(Gpus::well).toList();
        }

        private static GpuSample well(GpuDevice gpu) {
            Reading none = Reading.of(0);
            return new GpuSample(
                    gpu.id(),
                    GpuDevice.State.AVAILABLE,
                    gpu.memory(),
                    GpuSample.Activity.unknown(Reading.notSupported()),
                    new GpuSample.Faults(none, none, none, none, none, none, none, none),
                    List.of(),
                    true);
        }

        @Override
        public Optional<GpuWatch> watch(Consumer<GpuEvent> sink) {
            var reader = new Thread(() -> new Scanner(System.in, StandardCharsets.UTF_8)
                    .forEachRemaining(gpu -> sink.accept(new GpuEvent(gpu, 79, ""))));
            reader.setDaemon(true);
            reader.start();
            return Optional.of(new GpuWatch() {
                @Override
                public Duration silence() {
                    return Duration.ZERO;
                }

                @Override
                public void close() {}
            });
        }

        @Override
        public void close() {}
    }
}
