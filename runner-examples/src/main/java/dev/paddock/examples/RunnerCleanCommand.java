package dev.paddock.examples;

import dev.paddock.ByteSize;
import dev.paddock.github.runner.HostJanitor;
import dev.paddock.spi.Scheduler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Cleans up what runners have left. */
@Command(
        name = "clean",
        mixinStandardHelpOptions = true,
        description =
                "Takes away what runners of this host have left, in the folders named and nowhere else, and prints"
                        + " what and why. Exit code: 0 done, 1 a disk has too little room nevertheless, 2 wrong usage.")
final class RunnerCleanCommand implements Callable<Integer> {
    @Option(names = "--dry-run", description = "Take nothing away; print what would be.")
    private boolean dryRun;

    @Option(
            names = "--runners",
            paramLabel = "DIR",
            description = "A root of runners that a fleet makes. May be given again.")
    private List<Path> roots = List.of();

    @Option(
            names = "--installation",
            paramLabel = "DIR",
            description = "The folder of one runner, where config.sh lies. May be given again.")
    private List<Path> installations = List.of();

    @Option(
            names = "--packages",
            paramLabel = "DIR",
            description = "A cache of packages, of which unused versions go when a disk is short of room.")
    private List<Path> packages = List.of();

    @Option(
            names = "--keep-free",
            paramLabel = "DIR=SIZE",
            description = "How much room the disk of a folder should have, such as /var/lib/paddock=20GiB.")
    private Map<Path, ByteSize> bounds = new LinkedHashMap<>();

    @Option(
            names = "--left-for",
            paramLabel = "DURATION",
            description = "How long a runner must have been gone; PT1H by default.")
    private @Nullable Duration leftFor;

    @Option(
            names = "--diagnostics-age",
            paramLabel = "DURATION",
            description = "How long logs in _diag are kept; P14D by default.")
    private @Nullable Duration diagnosticsAge;

    @Override
    public Integer call() {
        if (roots.isEmpty() && installations.isEmpty() && packages.isEmpty()) {
            throw new IllegalArgumentException("say where: --runners, --installation or --packages");
        }
        try (var scheduler = Scheduler.system("clean")) {
            HostJanitor.Builder janitor = HostJanitor.builder(scheduler);
            roots.forEach(janitor::runners);
            installations.forEach(janitor::installation);
            packages.forEach(janitor::packages);
            bounds.forEach(janitor::keepFree);
            if (leftFor != null) {
                janitor.leftFor(leftFor);
            }
            if (diagnosticsAge != null) {
                janitor.diagnosticsAge(diagnosticsAge);
            }
            HostJanitor built = janitor.build();
            HostJanitor.Report report =
                    dryRun ? built.plan() : built.sweep().toCompletableFuture().join();
            System.out.println(GitHubOptions.shown(report.toString()));
            return report.whyNoRoom().isPresent() ? 1 : 0;
        }
    }
}
