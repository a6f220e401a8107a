package dev.paddock.gpu.internal;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import java.nio.file.Path;
import java.time.Duration;

/** Asks a library twice and prints what it says: the main of a JVM with options of its own. */
final class NvmlMain {
    private NvmlMain() {}

    public static void main(String[] args) {
        NvmlOptions options = NvmlOptions.standard()
                .withLibrary(Path.of(args[0]))
                .withFsRoot(Path.of(args[0]).resolveSibling("root"))
                .withDeadlines(Duration.ofSeconds(30), Duration.parse(args[1]));
        try (NvmlSource source = NvmlSource.open(options)) {
            print(source.inventory());
            print(source.inventory());
            for (GpuSample sample : source.sample()) {
                System.out.println(sample);
            }
        }
    }

    private static void print(GpuReport report) {
        System.out.println(report.state() + " " + report.driverVersion() + " " + report.computeVersion());
        System.out.println(report.message());
        for (GpuDevice d : report.devices()) {
            System.out.println(
                    d + " " + d.busId() + " " + d.memory() + " " + d.computeCapability() + " " + d.linkGroup());
        }
    }
}
