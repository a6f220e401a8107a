package dev.paddock.github.runner;

import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.SelfRegistration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a runner register itself: runs its {@code config.sh}, ends it when its time is over, and keeps what it says, with
 * the token masked before anything of it is written. Confined to the runner's lane.
 */
final class ConfigScript implements TreeEnding.Owner {
    /** What the script writes once the runner is registered. */
    static final String SETTINGS = ".runner";

    /** The most of its words that are written: they must not fill the disk. */
    private static final int MOST = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(ConfigScript.class);

    private final LocalRunner runner;
    private final Host host;
    private final ScriptRun run;
    private final CompletableFuture<RunnerHandle> result;
    private int written;

    private ConfigScript(LocalRunner runner, Process process, SecretMask mask) {
        this.runner = runner;
        this.host = runner.host();
        run = new ScriptRun(
                process, mask, host.scheduler(), runner.lane(), host.settings().configTimeout(), this::log);
        result = run.result().thenCompose(end -> runner.lane().begin(() -> over(whyNotRegistered(end))));
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
        command.addAll(arguments(runner.id().value(), self));
        Process process = host.launcher().configure(runner.id(), command, registration.token());
        return new ConfigScript(runner, process, SecretMask.of(registration.token()));
    }

    /** The token is not among them: everybody on this host can read them. */
    static List<String> arguments(String runner, SelfRegistration self) {
        List<String> arguments = new ArrayList<>(List.of("--unattended"));
        arguments.addAll(List.of("--url", self.url(), "--name", runner));
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
        return run.process();
    }

    /** Completes once the runner is registered and its program started. */
    CompletableFuture<RunnerHandle> result() {
        return result;
    }

    /** Ends it, and what it has started. */
    void end(String why) {
        run.end(why);
    }

    /** What a script that failed has left must not register anybody any more. */
    private CompletableFuture<RunnerHandle> over(Optional<ProvisioningException> why) {
        if (why.isEmpty()) {
            return CompletableFuture.completedFuture(runner.registered(why));
        }
        var left = new TreeEnding(this, null, host.processes(), host.scheduler(), Duration.ZERO);
        CompletableFuture<RunnerHandle> told = left.result()
                .handle((ended, failure) -> {
                    if (failure != null) {
                        LOG.warn("{}: what the config script has left: {}", host.fleet(), failure.toString());
                    }
                    return true;
                })
                .thenCompose(done -> runner.lane().run(() -> runner.registered(why)));
        left.begin();
        return told;
    }

    private Optional<ProvisioningException> whyNotRegistered(ScriptRun.End end) {
        return whyNot(end, host.files().folder(runner.id()))
                .map(what -> new ProvisioningException(
                        runner.id(), "it could not register itself: its config script " + what, true, null));
    }

    /** What is wrong with how it ended, and its last words; empty if the runner of the folder is registered. */
    static Optional<String> whyNot(ScriptRun.End end, Path folder) {
        String problem = end.problem();
        if (problem.isEmpty() && !Files.exists(folder.resolve(SETTINGS), LinkOption.NOFOLLOW_LINKS)) {
            problem = "ended with exit code 0, but has not written " + SETTINGS;
        }
        return problem.isEmpty() ? Optional.empty() : Optional.of(problem + end.said());
    }

    private void log(String text) {
        Path log = host.files().log(runner.id());
        if (written > MOST) {
            return;
        }
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        written += bytes.length;
        if (written > MOST) {
            bytes = "(what follows is left out)\n".getBytes(StandardCharsets.UTF_8);
        }
        try {
            Files.write(log, bytes, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException failure) {
            LOG.debug("{}: {} cannot be written: {}", host.fleet(), log, failure.toString());
        }
    }

    // ---- whose processes are ended -------------------------------------------------------------------------

    @Override
    public String name() {
        return runner.id().value();
    }

    @Override
    public Lane lane() {
        return runner.lane();
    }

    @Override
    public Map<String, String> marks() {
        return host.launcher().marks(runner.id());
    }

    @Override
    public boolean isRunning() {
        return false;
    }

    @Override
    public void ask(ProcessHandle program) {
        program.destroy();
    }

    @Override
    public void endsByForce() {
        // it has nothing to give up
    }

    @Override
    public Optional<RunnerException> whyGivenUp() {
        return Optional.empty();
    }
}
