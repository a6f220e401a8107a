package dev.paddock.github.runner;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.RunnerObservation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a runner program again where {@link ExitRule} says so, and keeps the registration as long as that may be.
 * Confined to the runner's lane.
 */
final class Relaunch {
    private static final Logger LOG = LoggerFactory.getLogger(Relaunch.class);
    /** What the official runner's update leaves in its folder once the new version is in place. */
    private static final String UPDATED = "update.finished";
    /** How often it is looked for. */
    private static final Duration LOOK = Duration.ofMillis(200);

    private final LocalRunner runner;
    private final Host host;
    private final ExitRule rule;
    private final boolean persistent;
    /** What it is started with: empty for a runner that has registered itself, null if it is not started again. */
    private @Nullable String registration;

    private boolean connected;
    private boolean jobSeen;
    private int retries;
    private int updates;
    private int times;
    private ExitCause cause = ExitCause.UNKNOWN;
    /** Something is to follow then. */
    private @Nullable Cancellable next;

    private Relaunch(LocalRunner runner, @Nullable String registration, boolean persistent) {
        this.runner = runner;
        this.host = runner.host();
        this.registration = registration;
        this.persistent = persistent;
        rule = new ExitRule(host.settings().deadlines());
    }

    static Relaunch of(LocalRunner runner, String registration) {
        return new Relaunch(runner, registration, false);
    }

    /** Of a runner that has registered itself, and needs nothing more. */
    static Relaunch registered(LocalRunner runner, boolean persistent) {
        return new Relaunch(runner, "", persistent);
    }

    /** Of a runner whose registration is no longer known. */
    static Relaunch never(LocalRunner runner) {
        return new Relaunch(runner, null, false);
    }

    /** Takes note of what the runner does. */
    void saw(RunnerObservation.Kind kind) {
        if (kind == RunnerObservation.Kind.LISTENING) {
            connected = true;
            if (persistent) {
                retries = 0;
                updates = 0;
            }
        } else if (kind == RunnerObservation.Kind.WORKING || kind == RunnerObservation.Kind.JOB_DONE) {
            jobSeen = true;
            if (!persistent) {
                registration = null; // it is good for one job
            }
        }
    }

    /** How often it has been started again. */
    int times() {
        return times;
    }

    /** Why it ended last. */
    ExitCause cause() {
        return cause;
    }

    /** The program has ended for good. */
    void over() {
        registration = null;
        stop();
    }

    /** Nothing follows any more. */
    void stop() {
        if (next != null) {
            next.cancel();
            next = null;
        }
    }

    /** The program has ended with this code; says whether its end is not to be told yet. */
    boolean goesOn(int code) {
        ExitRule.Verdict verdict = judge(code);
        if (verdict.action() == ExitRule.Action.OVER_LATER) {
            LOG.warn(
                    "{}: {} ended with exit code {}: {}; nothing is put in its place for {}",
                    host.fleet(),
                    runner.id(),
                    code,
                    verdict.cause().meaning(),
                    verdict.pause());
            later(verdict.pause(), runner::ended);
            return true;
        }
        String given = registration;
        if (verdict.action() == ExitRule.Action.OVER || given == null) {
            return false;
        }
        Optional<String> secret = Optional.of(given).filter(text -> !text.isEmpty());
        count(verdict);
        told(code, verdict);
        if (verdict.action() == ExitRule.Action.AGAIN_UPDATED) {
            awaitUpdate(host.scheduler().nanoTime(), code, secret);
        } else {
            later(verdict.pause(), () -> launch(code, secret));
        }
        return true;
    }

    /** A script has started the program again by itself; says whether it is to be ended instead. */
    boolean wasStartedOnceTooOften(int code) {
        ExitRule.Verdict verdict = judge(code);
        count(verdict);
        if (verdict.action() == ExitRule.Action.AGAIN || verdict.action() == ExitRule.Action.AGAIN_UPDATED) {
            told(code, verdict);
            return false;
        }
        return true;
    }

    private ExitRule.Verdict judge(int code) {
        ExitRule.Verdict verdict = rule.after(new ExitRule.End(code, persistent, jobSeen, connected, retries, updates));
        cause = verdict.cause();
        return verdict;
    }

    /** The code of a program that is not to be started again. */
    void endedWith(int code) {
        ExitRule.Verdict unused = judge(code);
    }

    private void count(ExitRule.Verdict verdict) {
        switch (verdict.action()) {
            case AGAIN -> retries++;
            case AGAIN_UPDATED -> updates++;
            default -> {
                return;
            }
        }
        times++;
    }

    private void told(int code, ExitRule.Verdict verdict) {
        LOG.warn(
                "{}: {} ended with exit code {} ({}) and is started again with its registration, for the {}. time",
                host.fleet(),
                runner.id(),
                code,
                verdict.cause(),
                times);
        if (verdict.action() == ExitRule.Action.AGAIN_UPDATED) {
            observe(RunnerObservation.Kind.UPDATING, "ended with exit code " + code + " to be updated");
        } else if (connected) {
            observe(RunnerObservation.Kind.RECONNECTING, "ended with exit code " + code + " and is started again");
        }
    }

    private void observe(RunnerObservation.Kind kind, String evidence) {
        host.context().observe(RunnerObservation.of(runner.id(), kind, evidence));
    }

    private void later(Duration pause, Runnable what) {
        next = host.scheduler()
                .schedule(
                        pause,
                        () -> runner.lane().run(() -> {
                            if (next != null) {
                                next = null;
                                what.run();
                            }
                        }));
    }

    private void awaitUpdate(long since, int code, Optional<String> secret) {
        Path sign = host.files().folder(runner.id()).resolve(UPDATED);
        boolean finished = Files.isRegularFile(sign, LinkOption.NOFOLLOW_LINKS);
        Duration elapsed = Duration.ofNanos(host.scheduler().nanoTime() - since);
        if (!finished && elapsed.compareTo(host.settings().deadlines().update()) < 0) {
            later(LOOK, () -> awaitUpdate(since, code, secret));
            return;
        }
        if (finished) {
            forget(sign);
        } else {
            LOG.warn(
                    "{}: {} has not said within {} that its update is finished; it is started as it is",
                    host.fleet(),
                    runner.id(),
                    host.settings().deadlines().update());
        }
        launch(code, secret);
    }

    private void forget(Path sign) {
        try {
            Files.deleteIfExists(sign);
        } catch (IOException failure) {
            LOG.debug("{}: {} cannot be deleted: {}", host.fleet(), sign, failure.toString());
        }
    }

    private void launch(int code, Optional<String> secret) {
        if (runner.launchAgain(secret)) {
            host.context()
                    .publish(new RunnerRestarted(
                            host.scheduler().instant(), runner.pool(), runner.id(), cause, code, times));
        }
    }
}
