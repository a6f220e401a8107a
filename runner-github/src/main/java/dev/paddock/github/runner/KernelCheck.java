package dev.paddock.github.runner;

import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * The row about the machine's own architecture. A JVM that is emulated, or of 32 bits, says what it is itself; the kernel
 * says what the machine is.
 *
 * @param platform whose runners are to run
 * @param told where Linux 6.1 and newer tell their architecture, also to what they emulate
 * @param uname what tells it elsewhere
 */
record KernelCheck(RunnerPlatform platform, Path told, String uname, Scheduler scheduler) {
    private static final Path USUAL = Path.of("/proc/sys/kernel/arch");
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    KernelCheck(RunnerPlatform platform, Scheduler scheduler) {
        this(platform, USUAL, "uname", scheduler);
    }

    Row row() {
        return Row.mandatory(
                "RUNNER-ARCH",
                (row, executor) -> platform.isWindows()
                        ? CompletableFuture.completedStage(row.skipped("Windows has no uname"))
                        : kernel(executor)
                                .thenApply(kernel -> judged(row, kernel))
                                .exceptionally(failure -> row.untold(
                                        InTime.message(failure),
                                        required(),
                                        "Compare the output of uname -m yourself.")));
    }

    private CompletionStage<String> kernel(Executor executor) {
        return CompletableFuture.supplyAsync(this::file, executor)
                .thenCompose(found -> found.isEmpty()
                        ? ShortCommand.run(List.of(uname, "-m"), PATIENCE, scheduler, executor)
                                .thenApply(said -> said.output().strip())
                        : CompletableFuture.completedStage(found));
    }

    private String file() {
        try {
            return Files.readString(told).strip();
        } catch (IOException older) {
            return "";
        }
    }

    private String required() {
        return "a kernel of " + platform.architecture();
    }

    private HostCheckResult judged(Row row, String kernel) {
        if (kernel.isEmpty()) {
            return row.untold("the kernel tells no architecture", required(), "See what uname -m says.");
        }
        String own = RunnerPlatform.architecture(kernel);
        if (own.equals(platform.architecture())) {
            return row.pass(kernel, required());
        }
        String observed = kernel + ", while the runner is for " + platform;
        return own.equals("arm64") && platform.architecture().equals("arm")
                ? row.warn(observed, required(), "It runs, but jobs see a 32-bit system: use a 64-bit JVM.")
                : row.fail(
                        observed,
                        required(),
                        "A runner that is emulated hangs or crashes, for .NET does not support it: use a JVM of the"
                                + " machine's own architecture.");
    }
}
