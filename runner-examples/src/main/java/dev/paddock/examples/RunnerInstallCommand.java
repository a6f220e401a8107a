package dev.paddock.examples;

import dev.paddock.error.RunnerException;
import dev.paddock.github.runner.RunnerPackage;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Puts the official runner into a folder. */
@Command(
        name = "install",
        description =
                "Puts the official runner into a folder. Exit code: 0 done, 1 it could not be had, 2 wrong usage.")
final class RunnerInstallCommand implements Callable<Integer> {
    @Mixin
    private RunnerAccess access = new RunnerAccess();

    @Option(
            names = "--root",
            paramLabel = "DIR",
            description = "The runner's folder, which must not be there yet; ./actions-runner by default.")
    private Path root = Path.of("actions-runner");

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long it may take in all; ${DEFAULT-VALUE} by default.")
    private int timeout = 3600;

    @Override
    public Integer call() throws InterruptedException {
        try (var scheduler = Scheduler.system("install")) {
            RunnerPackage installed = access.open(scheduler)
                    .installer()
                    .install(root)
                    .toCompletableFuture()
                    .get(timeout, TimeUnit.SECONDS);
            System.out.println("runner " + installed.version() + " for " + installed.platform() + " is in "
                    + root.toAbsolutePath().normalize());
            return 0;
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RunnerException known) {
                System.err.println(known.getMessage());
                return 1;
            }
            throw new IllegalStateException(failed.getCause());
        } catch (TimeoutException late) {
            System.err.println("not done within " + timeout + " s");
            return 1;
        } catch (IOException wrong) {
            System.err.println(wrong.getMessage());
            return 2;
        }
    }
}
