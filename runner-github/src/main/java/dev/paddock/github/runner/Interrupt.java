package dev.paddock.github.runner;

import dev.paddock.spi.Scheduler;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a process SIGINT, which Java cannot: by a shell's {@code kill}, which has nothing of this JVM's environment and
 * is ended if it hangs. Where there is no shell, and where the process ignores SIGINT, it is SIGTERM.
 */
final class Interrupt {
    private static final Logger LOG = LoggerFactory.getLogger(Interrupt.class);
    private static final Path SHELL = Path.of("/bin/sh");
    private static final File NOTHING = new File(File.separatorChar == '/' ? "/dev/null" : "NUL");

    private Interrupt() {}

    /**
     * Sends it, and returns at once.
     *
     * @param bound how long the program that sends it may take
     */
    static void send(ProcessHandle process, ProcessTable processes, Scheduler scheduler, Duration bound) {
        if (!Files.isExecutable(SHELL) || processes.ignoresInterrupts(process)) {
            process.destroy();
            return;
        }
        var kill =
                new ProcessBuilder(SHELL.toString(), "-c", "kill -INT \"$1\"", "kill", String.valueOf(process.pid()));
        kill.environment().clear();
        kill.redirectInput(NOTHING).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.to(NOTHING));
        try {
            Process sending = kill.start();
            var timer = scheduler.schedule(bound, sending::destroyForcibly);
            var unused = sending.onExit().thenAccept(ended -> {
                timer.cancel();
                if (ended.exitValue() != 0) {
                    process.destroy();
                }
            });
        } catch (IOException failure) {
            LOG.debug("no interrupt can be sent to {}: {}", process.pid(), failure.toString());
            process.destroy();
        }
    }
}
