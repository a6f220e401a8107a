package dev.paddock.examples;

import dev.paddock.gpu.GpuProbe;
import dev.paddock.gpu.GpuSample;
import dev.paddock.host.HostDoctor;
import dev.paddock.host.HostInventoryFormat;
import dev.paddock.host.HostProbe;
import dev.paddock.host.HostReport;
import dev.paddock.host.HostRequirements;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What this host has, and whether it is fit to run runners. */
@Command(
        name = "host",
        mixinStandardHelpOptions = true,
        description = "What this host has, and whether it is fit to run runners.",
        subcommands = {HostCommand.Doctor.class, HostCommand.Inventory.class})
final class HostCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        System.err.println("say what: host doctor, or host inventory");
        return 2;
    }

    /** Ready-made requirements. */
    enum Preset {
        minimal,
        gpu_ner,
        arm64;

        HostRequirements requirements() {
            return switch (this) {
                case minimal -> HostRequirements.minimal();
                case gpu_ner -> HostRequirements.gpuNer();
                case arm64 -> HostRequirements.arm64();
            };
        }
    }

    @Command(
            name = "doctor",
            mixinStandardHelpOptions = true,
            description = "Examines this host. Exit code: 0 fit, 1 unfit, 2 wrong usage.")
    static final class Doctor implements Callable<Integer> {
        @Option(names = "--json", description = "Print the report as JSON.")
        private boolean json;

        @Option(
                names = "--preset",
                description = "What is required: ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
        private Preset preset = Preset.minimal;

        @Option(names = "--work", paramLabel = "FOLDER", description = "The runners' work folder; by default this one.")
        private Path work = Path.of("").toAbsolutePath();

        @Option(
                names = "--python",
                paramLabel = "PROGRAM",
                description = "The Python of the environment that jobs use.")
        private @Nullable Path python;

        @Override
        public Integer call() {
            HostDoctor.Builder doctor = HostDoctor.builder(preset.requirements(), work);
            if (python != null) {
                doctor.python(python);
            }
            HostReport report = doctor.build().examine();
            System.out.print(json ? report.json() + System.lineSeparator() : report.text());
            return report.exitCode();
        }
    }

    @Command(
            name = "inventory",
            mixinStandardHelpOptions = true,
            description = "Lists what this host has. Exit code: 0; 1 no GPU to watch, 2 wrong usage.")
    static final class Inventory implements Callable<Integer> {
        @Option(names = "--json", description = "Print the inventory as JSON.")
        private boolean json;

        @Option(
                names = "--watch",
                arity = "0..1",
                fallbackValue = "-1",
                paramLabel = "SECONDS",
                description = "Print what the GPUs do, each second, for so many seconds or until it is interrupted.")
        private int watch;

        @Option(
                names = "--work",
                paramLabel = "FOLDER",
                description = "Whose disk is looked at; by default this one's.")
        private Path work = Path.of("").toAbsolutePath();

        @Override
        public Integer call() throws InterruptedException {
            if (json && watch != 0) {
                System.err.println(
                        "--json prints one document, and --watch would print lines after it: say one of the two");
                return 2;
            }
            try (GpuProbe probe = GpuProbe.builder().build()) {
                var host = HostProbe.builder(work).gpus(probe).build().inventory();
                System.out.print(
                        json
                                ? HostInventoryFormat.json(host) + System.lineSeparator()
                                : HostInventoryFormat.text(host));
                if (watch != 0 && host.gpus().isEmpty()) {
                    System.err.println("there is no GPU to watch");
                    return 1;
                }
                for (int second = 0; second != watch; second++) {
                    Thread.sleep(1000);
                    probe.sample().forEach(Inventory::print);
                }
            }
            return 0;
        }

        private static void print(GpuSample sample) {
            GpuSample.Activity now = sample.activity();
            System.out.println(sample.id() + " " + sample.state() + ": " + now.utilization() + " % busy, "
                    + now.temperature() + " °C, " + now.power() + " mW, memory used "
                    + sample.memory().used());
        }
    }
}
