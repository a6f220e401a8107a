package dev.paddock.testkit;

import dev.paddock.testkit.internal.compute.ComputeEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the startup script of each guest as a process of this machine, below a folder that is its disk, and lets instance
 * and process end together.
 */
final class GuestBoots {
    private static final String SCRIPT = "startup-script";
    /** So long a guest may take to shut down once Compute Engine asks it to. */
    private static final int GRACE_SECONDS = 30;

    private static final Logger LOG = LoggerFactory.getLogger(GuestBoots.class);

    private final ComputeEngine engine;
    private final Path folder;
    private final GuestImage image;
    private final UnaryOperator<String> metadataHost;
    private final Map<Long, Guest> guests = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "paddock-guest");
        thread.setDaemon(true);
        return thread;
    });

    /** @param metadataHost gives the address of an instance's metadata server, as {@code GCE_METADATA_HOST} has it */
    GuestBoots(ComputeEngine engine, Path folder, GuestImage image, UnaryOperator<String> metadataHost) {
        this.engine = engine;
        this.folder = folder;
        this.image = image;
        this.metadataHost = metadataHost;
        engine.onBoot(this::booted);
        engine.onEnd(this::ended);
    }

    void close() {
        guests.values().forEach(Guest::kill);
        threads.shutdown();
    }

    private void booted(ComputeInstance instance) {
        String script = instance.metadata().getOrDefault(SCRIPT, "");
        if (!script.isEmpty()) {
            var guest = new Guest(instance, script);
            guests.put(instance.id(), guest);
            threads.execute(guest::run);
        }
    }

    private void ended(ComputeInstance instance) {
        Guest guest = guests.get(instance.id());
        if (guest != null) {
            threads.execute(guest::end);
        }
    }

    private final class Guest {
        private final ComputeInstance instance;
        private final String script;
        private @Nullable Process process;
        private boolean over;

        Guest(ComputeInstance instance, String script) {
            this.instance = instance;
            this.script = script;
        }

        void run() {
            Path place = folder.resolve(instance.name() + "-" + instance.id());
            Path off = place.resolve("off");
            try {
                Process started = start(place, off);
                if (started == null) {
                    return;
                }
                try (BufferedReader output = started.inputReader(StandardCharsets.UTF_8)) {
                    for (String line = output.readLine(); line != null; line = output.readLine()) {
                        says(line);
                    }
                }
                says("exit status " + started.waitFor());
            } catch (IOException failure) {
                LOG.warn("{} cannot boot", instance.name(), failure);
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
            } finally {
                guests.remove(instance.id(), this);
                engine.markBusy(instance.id(), false);
                if (Files.exists(off)) {
                    engine.guestEnded(instance.id());
                }
            }
        }

        private synchronized @Nullable Process start(Path place, Path off) throws IOException {
            if (over) {
                return null;
            }
            Path disk = Files.createDirectories(place.resolve("disk"));
            Path tmp = Files.createDirectories(disk.resolve("tmp"));
            Path commands = Files.createDirectories(place.resolve("commands"));
            for (Path open : List.of(place, disk, commands)) { // for the runner's user too
                Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            image.install(disk, commands);
            Path file = Files.writeString(place.resolve(SCRIPT), script);
            // A guest has all signals as they are; those ignored where this program was started would stay so.
            var builder =
                    new ProcessBuilder("env", "--default-signal", "bash", file.toString()).redirectErrorStream(true);
            builder.environment().keySet().retainAll(List.of("PATH"));
            builder.environment().merge("PATH", commands + ":", (path, before) -> before + path);
            builder.environment().put("PADDOCK_ROOT", disk.toString());
            builder.environment().put("GCE_METADATA_HOST", metadataHost.apply(instance.name()));
            builder.environment().put("TMPDIR", tmp.toString());
            builder.environment().put("GUEST_OFF", off.toString());
            process = builder.start();
            process.getOutputStream().close();
            return process;
        }

        private void says(String line) {
            engine.guestSaid(instance.id(), "google_metadata_script_runner[711]: " + SCRIPT + ": " + line + "\r\n");
            if (line.contains("Z: Running job: ")) {
                engine.markBusy(instance.id(), true);
            }
        }

        private synchronized @Nullable Process asked() {
            over = true;
            if (process != null) {
                process.toHandle().destroy(); // of the process itself, this would close its output
            }
            return process;
        }

        /** As a guest that is asked to shut down: SIGTERM, and what is left after the grace is killed. */
        void end() {
            Process asked = asked();
            try {
                if (asked != null && !asked.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                    kill();
                }
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
            }
        }

        synchronized void kill() {
            over = true;
            if (process != null) {
                List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
                process.destroyForcibly();
                all.forEach(ProcessHandle::destroyForcibly);
            }
        }
    }
}
