package dev.paddock.github.runner;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** A program that answers with a few lines and ends. It sees nothing of this JVM's environment but the path. */
final class ShortCommand {
    private static final int MOST = 64 * 1024;

    private ShortCommand() {}

    record Ended(int code, String output) {}

    /** Fails if it cannot be started; one that takes longer is ended by force, and the code tells so. */
    static CompletionStage<Ended> run(List<String> line, Duration limit, Scheduler scheduler, Executor executor) {
        return CompletableFuture.supplyAsync(() -> start(line), executor)
                .thenComposeAsync(
                        process -> {
                            Cancellable timer = scheduler.schedule(limit, () -> end(process));
                            String output = output(process);
                            return process.onExit()
                                    .thenApplyAsync(
                                            ended -> {
                                                timer.cancel();
                                                return new Ended(ended.exitValue(), output);
                                            },
                                            executor);
                        },
                        executor);
    }

    /** Itself first, or it could end as if nothing had been wrong; what it has started keeps its output open. */
    private static void end(Process process) {
        List<ProcessHandle> started = process.descendants().toList();
        process.toHandle().destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
    }

    private static Process start(List<String> line) {
        var builder = new ProcessBuilder(line)
                .redirectInput(new File(File.separatorChar == '/' ? "/dev/null" : "NUL"))
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        String path = System.getenv("PATH");
        builder.environment().clear();
        builder.environment().put("LC_ALL", "C");
        if (path != null) {
            builder.environment().put("PATH", path);
        }
        try {
            return builder.start();
        } catch (IOException missing) {
            throw new CompletionException(missing);
        }
    }

    private static String output(Process process) {
        try (InputStream in = process.getInputStream()) {
            return new String(in.readNBytes(MOST), StandardCharsets.UTF_8);
        } catch (IOException ended) {
            return "";
        }
    }
}
