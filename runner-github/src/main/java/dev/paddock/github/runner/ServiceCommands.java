package dev.paddock.github.runner;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Runs the programs of a service manager, without a shell and each by a deadline, and does the work on files. */
final class ServiceCommands {
    static final Duration USUAL = Duration.ofSeconds(30);

    private static final int LONGEST = 4 << 20;
    private static final Set<String> INHERITED = Set.of(
            "PATH", "HOME", "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "TMPDIR", "http_proxy", "https_proxy", "no_proxy");

    private final Scheduler scheduler;

    /** How a program ended; what it wrote, both streams in the order written. */
    record Result(List<String> command, int code, String output) {
        boolean isSuccess() {
            return code == 0;
        }

        Result orThrow(String wayOut) {
            if (isSuccess()) {
                return this;
            }
            throw new ServiceException(
                    "\"" + String.join(" ", command) + "\" ended with code " + code + ": " + end() + "; " + wayOut,
                    true,
                    null);
        }

        private String end() {
            String text = output.strip().replaceAll("[\\p{Cntrl}&&[^\n]]", "?").replace("\n", " | ");
            return text.isEmpty() ? "it said nothing" : text.substring(Math.max(0, text.length() - 1000));
        }
    }

    interface Work<T extends @Nullable Object> {
        T run() throws IOException;
    }

    ServiceCommands(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    /** Does work that blocks. */
    <T extends @Nullable Object> CompletableFuture<T> onEffects(Work<T> work) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return work.run();
                    } catch (IOException failure) {
                        throw new ServiceException(
                                failure + "; see to that file's rights and its disk, or run it as root", true, failure);
                    }
                },
                scheduler.effects());
    }

    CompletableFuture<Result> run(List<String> command) {
        return run(command, USUAL);
    }

    CompletableFuture<Result> run(List<String> command, Duration deadline) {
        return run(command, Map.of(), null, deadline);
    }

    /**
     * Starts a program with an empty input and few variables. Its output goes to a file, so that nobody has to read it
     * while it runs, and no process that it leaves behind can keep us waiting.
     */
    CompletableFuture<Result> run(
            List<String> command, Map<String, String> secrets, @Nullable Path folder, Duration deadline) {
        return onEffects(() -> {
                    Path output = Files.createTempFile("paddock-service", ".out");
                    try {
                        return new Running(command, start(command, secrets, folder, output), output, deadline);
                    } catch (IOException missing) {
                        Files.deleteIfExists(output);
                        throw new ServiceException(
                                "\"" + command.get(0) + "\" cannot be started: " + missing.getMessage()
                                        + "; install it, or see whether this host has that service manager",
                                false,
                                missing);
                    }
                })
                .thenCompose(this::await);
    }

    private static Process start(List<String> command, Map<String, String> secrets, @Nullable Path folder, Path output)
            throws IOException {
        var builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> INHERITED.stream().noneMatch(name::equalsIgnoreCase));
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("SYSTEMD_COLORS", "0");
        builder.environment().putAll(secrets);
        if (folder != null) {
            builder.directory(folder.toFile());
        }
        return builder.redirectInput(new File(File.separatorChar == '/' ? "/dev/null" : "NUL"))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    private record Running(List<String> command, Process process, Path output, Duration deadline) {
        void end() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private CompletableFuture<Result> await(Running running) {
        var late = new AtomicBoolean();
        Cancellable timer = scheduler.schedule(running.deadline(), () -> {
            late.set(true);
            running.end();
        });
        return running.process()
                .onExit()
                .thenApplyAsync(
                        ended -> {
                            timer.cancel();
                            return told(running, ended.exitValue(), late.get());
                        },
                        scheduler.effects());
    }

    private static Result told(Running running, int code, boolean late) {
        String output;
        try (InputStream in = Files.newInputStream(running.output())) {
            output = new String(in.readNBytes(LONGEST), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new ServiceException("the output of \"" + running.command().get(0) + "\" is lost", true, unreadable);
        } finally {
            forget(running.output());
        }
        if (late) {
            throw new ServiceException(
                    "\"" + String.join(" ", running.command()) + "\" did not end within "
                            + running.deadline().toSeconds()
                            + " s and was ended; see whether the service manager answers at all",
                    true,
                    null);
        }
        return new Result(running.command(), code, output);
    }

    private static void forget(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException left) {
            // an empty temporary folder is not worth a failure
        }
    }

    static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
