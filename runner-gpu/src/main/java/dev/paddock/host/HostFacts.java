package dev.paddock.host;

import dev.paddock.capacity.HostInventory;
import dev.paddock.gpu.GpuInventory;
import dev.paddock.gpu.GpuProbe;
import dev.paddock.gpu.GpuSample;
import dev.paddock.host.internal.HostFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/** What the checks of one examination look at. The host and its GPUs are read once, by the check that asks first. */
final class HostFacts {
    static final Duration COMMAND_DEADLINE = Duration.ofSeconds(8);

    final HostNeeds needs;
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
    private final FutureTask<List<GpuSample>> samples;

    HostFacts(
            HostNeeds needs,
            Path workFolder,
            Path fsRoot,
            CommandRunner commands,
            Map<String, String> environment,
            String user,
            long runnerPid,
            Path python,
            Supplier<HostInventory> host,
            Supplier<GpuProbe> gpus) {
        this.needs = needs;
        this.workFolder = workFolder;
        this.fsRoot = fsRoot;
        this.files = new HostFiles(fsRoot);
        this.commands = commands;
        this.environment = environment;
        this.user = user;
        this.runnerPid = runnerPid;
        this.python = python;
        this.host = new FutureTask<>(host::get);
        this.gpus = new FutureTask<>(() -> gpus.get().inventory());
        this.samples = new FutureTask<>(() -> {
            gpus();
            return gpus.get().sample();
        });
    }

    HostInventory host() {
        return once(host);
    }

    GpuInventory gpus() {
        return once(gpus);
    }

    /** What the GPUs do; asks no driver that gave no inventory. */
    List<GpuSample> samples() {
        return once(samples);
    }

    /** Whether runners run as whom this process runs as. */
    boolean isThisUser() {
        return user.isEmpty() || user.equals(run("id", "-un").output().strip());
    }

    /** The number of the runners' user, as {@code id} tells it. */
    CommandRunner.Result uid() {
        return user.isEmpty() ? run("id", "-u") : run("id", "-u", "--", user);
    }

    /** Runs a command as the runners' user, who gives no password. */
    CommandRunner.Result runAsUser(String... command) {
        if (isThisUser()) {
            return run(command);
        }
        boolean root = run("id", "-u").output().strip().equals("0");
        List<String> whole = new ArrayList<>(root ? List.of("runuser", "-u") : List.of("sudo", "-n", "-u"));
        whole.addAll(List.of(user, "--"));
        whole.addAll(List.of(command));
        return run(whole.toArray(String[]::new));
    }

    /** Whether a command was run by {@link #runAsUser}, and not refused by who should start it. */
    static boolean isAnswer(CommandRunner.Result result) {
        String error = result.error();
        return result.outcome() == CommandRunner.Outcome.EXITED
                && !error.startsWith("sudo:")
                && !error.startsWith("runuser:");
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
