package dev.paddock.host;

import dev.paddock.capacity.HostInventory;
import dev.paddock.gpu.GpuInventory;
import dev.paddock.host.internal.HostFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/** What the checks of one examination look at. The host and its GPUs are read once, by the check that asks first. */
final class HostFacts {
    static final Duration COMMAND_DEADLINE = Duration.ofSeconds(8);

    final HostRequirements requirements;
    final Path workFolder;
    final Path fsRoot;
    final HostFiles files;
    final Map<String, String> environment;
    final String user;
    final long runnerPid;
    final Path python;
    private final CommandRunner commands;
    private final FutureTask<HostInventory> host;
    private final FutureTask<GpuInventory> gpus;

    HostFacts(
            HostRequirements requirements,
            Path workFolder,
            Path fsRoot,
            CommandRunner commands,
            Map<String, String> environment,
            String user,
            long runnerPid,
            Path python,
            Supplier<HostInventory> host,
            Supplier<GpuInventory> gpus) {
        this.requirements = requirements;
        this.workFolder = workFolder;
        this.fsRoot = fsRoot;
        this.files = new HostFiles(fsRoot);
        this.commands = commands;
        this.environment = environment;
        this.user = user;
        this.runnerPid = runnerPid;
        this.python = python;
        this.host = new FutureTask<>(host::get);
        this.gpus = new FutureTask<>(gpus::get);
    }

    HostInventory host() {
        return once(host);
    }

    GpuInventory gpus() {
        return once(gpus);
    }

    CommandRunner.Result run(String... command) {
        return run(COMMAND_DEADLINE, command);
    }

    CommandRunner.Result run(Duration deadline, String... command) {
        return commands.run(List.of(command), deadline);
    }

    private static <T> T once(FutureTask<T> task) {
        task.run();
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("could not be read: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
