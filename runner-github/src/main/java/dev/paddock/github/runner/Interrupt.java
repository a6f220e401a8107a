package dev.paddock.github.runner;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

    static void send(ProcessHandle process, Host host) {
        if (!Files.isExecutable(SHELL) || host.processes().ignoresInterrupts(process)) {
            process.destroy();
            return;
        }
        var kill =
                new ProcessBuilder(SHELL.toString(), "-c", "kill -INT \"$1\"", "kill", String.valueOf(process.pid()));
        kill.environment().clear();
        kill.redirectInput(NOTHING).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.to(NOTHING));
        try {
            Process sending = kill.start();
            var bound = host.scheduler().schedule(host.settings().deadlines().interrupt(), sending::destroyForcibly);
            var unused = sending.onExit().thenAccept(ended -> {
                bound.cancel();
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
