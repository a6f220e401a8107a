package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.error.ProvisioningException;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.SelfRegistration;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a runner register itself: runs its {@code config.sh}, ends it when its time is over, and keeps what it says, with
 * the token masked before anything of it is written. Confined to the runner's lane.
 */
final class ConfigScript {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigScript.class);
    private static final Duration LOOK = Duration.ofMillis(50);
    private static final int KEPT_LINES = 20;
    private static final int LONGEST_LINE = 1 << 16;
    /** What the script writes once the runner is registered. */
    private static final String SETTINGS = ".runner";

    private final LocalRunner runner;
    private final Host host;
    private final Process process;
    private final SecretMask mask;
    private final long since;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final Deque<String> last = new ArrayDeque<>();
    private final CompletableFuture<Optional<ProvisioningException>> done = new CompletableFuture<>();
    private final CompletableFuture<RunnerHandle> result;
    /** Why it was ended before it was through. */
    private @Nullable String ended;

    private ConfigScript(LocalRunner runner, Process process, SecretMask mask) {
        this.runner = runner;
        this.host = runner.host();
        this.process = process;
        this.mask = mask;
        since = host.scheduler().nanoTime();
        result = done.thenCompose(why -> runner.lane().run(() -> runner.registered(why)));
    }

    /**
     * Starts it in the runner's folder.
     *
     * @throws ProvisioningException if the token is too old
     */
    static ConfigScript start(LocalRunner runner, Registration registration, List<String> script) throws IOException {
        Host host = runner.host();
        SelfRegistration self = registration.self().orElseThrow();
        Optional<String> stale = self.whyStale(host.scheduler().instant());
        if (stale.isPresent()) {
            throw new ProvisioningException(runner.id(), stale.get() + "; the next runner gets another", true, null);
        }
        List<String> command = new ArrayList<>(script);
        command.addAll(arguments(runner.id(), self));
        Process process = host.launcher().configure(runner.id(), command, registration.token());
        var started = new ConfigScript(runner, process, SecretMask.of(registration.token()));
        started.lookLater();
        return started;
    }

    /** The token is not among them: everybody on this host can read them. */
    static List<String> arguments(RunnerId runner, SelfRegistration self) {
        List<String> arguments = new ArrayList<>(List.of("--unattended"));
        arguments.addAll(List.of("--url", self.url(), "--name", runner.value()));
        arguments.addAll(List.of("--labels", String.join(",", self.labels()), "--no-default-labels"));
        arguments.addAll(List.of("--work", self.workFolder()));
        self.group().ifPresent(group -> arguments.addAll(List.of("--runnergroup", group)));
        if (self.ephemeral()) {
            arguments.add("--ephemeral");
        }
        if (self.disableUpdate()) {
            arguments.add("--disableupdate");
        }
        if (self.replace()) {
            arguments.add("--replace");
        }
        return arguments;
    }

    ProcessHandle process() {
        return process.toHandle();
    }

    /** Completes once the runner is registered and its program started. */
    CompletableFuture<RunnerHandle> result() {
        return result;
    }

    /** Ends it, and what it has started. */
    void end(String why) {
        if (ended == null) {
            ended = why;
            List<ProcessHandle> started = process.descendants().toList();
            started.forEach(ProcessHandle::destroyForcibly);
            process.toHandle().destroyForcibly(); // Process.destroyForcibly closes the stream that is still to be read
        }
    }

    private void lookLater() {
        host.scheduler().schedule(LOOK, () -> runner.lane().run(this::look));
    }

    private void look() {
        boolean running = process.isAlive(); // asked first: what it says before its end is then read
        read();
        if (running) {
            Duration most = host.settings().configTimeout();
            if (Duration.ofNanos(host.scheduler().nanoTime() - since).compareTo(most) > 0) {
                end("did not end within " + most.toSeconds() + " s and was ended");
            }
            lookLater();
        } else {
            endOfLine();
            done.complete(whyNotRegistered(process.exitValue()));
        }
    }

    private Optional<ProvisioningException> whyNotRegistered(int code) {
        String problem = null;
        if (ended != null) {
            problem = ended;
        } else if (code != 0) {
            problem = "ended with exit code " + code;
        } else if (!Files.exists(host.files().folder(runner.id()).resolve(SETTINGS), LinkOption.NOFOLLOW_LINKS)) {
            problem = "ended with exit code 0, but has not written " + SETTINGS;
        }
        return Optional.ofNullable(problem)
                .map(what -> new ProvisioningException(
                        runner.id(),
                        "it could not register itself: its config script " + what
                                + (last.isEmpty() ? "" : ": " + String.join("\n", last)),
                        true,
                        null));
    }

    // ---- what it says --------------------------------------------------------------------------------------

    /** Reads what is there, and never waits. */
    private void read() {
        try {
            InputStream out = process.getInputStream();
            for (int ready = out.available(); ready > 0; ready = out.available()) {
                for (byte next : out.readNBytes(ready)) {
                    if (next == '\n') {
                        endOfLine();
                    } else if (line.size() < LONGEST_LINE) {
                        line.write(next);
                    }
                }
            }
        } catch (IOException closed) {
            LOG.debug(
                    "{}: what the config script of {} says is lost: {}", host.fleet(), runner.id(), closed.toString());
        }
    }

    private void endOfLine() {
        String text = LogTail.printable(mask.apply(line.toString(StandardCharsets.UTF_8)));
        line.reset();
        if (text.isBlank()) {
            return;
        }
        last.addLast(text);
        if (last.size() > KEPT_LINES) {
            last.removeFirst();
        }
        Path log = host.files().log(runner.id());
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            Files.write(log, bytes, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException failure) {
            LOG.debug("{}: {} cannot be written: {}", host.fleet(), log, failure.toString());
        }
    }
}
