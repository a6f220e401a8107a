package dev.paddock.github.runner;

import dev.paddock.spi.Scheduler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A script of the runner's while it runs: ends it when its time is over, and hands on what it says, with secrets masked,
 * without ever waiting for it. Confined to a lane.
 */
final class ScriptRun {
    private static final Logger LOG = LoggerFactory.getLogger(ScriptRun.class);
    private static final Duration LOOK = Duration.ofMillis(50);
    private static final int KEPT_LINES = 20;
    private static final int LONGEST_LINE = 1 << 16;
    /** The most that is read at a look: one that talks without end must not keep us from ending it. */
    private static final int STEP = 1 << 16;

    private final Process process;
    private final SecretMask mask;
    private final Scheduler scheduler;
    private final Lane lane;
    private final Duration most;
    private final Consumer<String> lines;
    private final long since;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final Deque<String> last = new ArrayDeque<>();
    private final CompletableFuture<End> result = new CompletableFuture<>();
    /** Why it was ended before it was through. */
    private @Nullable String ended;

    /**
     * How it ended.
     *
     * @param problem what is wrong with that; empty if it ended by itself with 0
     * @param said its last lines, with a colon before them; empty if it said nothing
     */
    record End(String problem, String said) {}

    /** Watches it from now on; its output must be one stream that nobody else reads. */
    ScriptRun(Process process, SecretMask mask, Scheduler scheduler, Lane lane, Duration most, Consumer<String> lines) {
        this.process = process;
        this.mask = mask;
        this.scheduler = scheduler;
        this.lane = lane;
        this.most = most;
        this.lines = lines;
        since = scheduler.nanoTime();
        lookLater();
    }

    ProcessHandle process() {
        return process.toHandle();
    }

    /** Completes in the lane, and does not fail. */
    CompletableFuture<End> result() {
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
        scheduler.schedule(LOOK, () -> lane.run(this::look));
    }

    private void look() {
        boolean running = process.isAlive(); // asked first: what it says before its end is then read
        read();
        if (running) {
            if (Duration.ofNanos(scheduler.nanoTime() - since).compareTo(most) > 0) {
                end("did not end within " + most.toSeconds() + " s and was ended");
            }
            lookLater();
        } else {
            endOfLine();
            String problem = "";
            if (ended != null) {
                problem = ended;
            } else if (process.exitValue() != 0) {
                problem = "ended with exit code " + process.exitValue();
            }
            result.complete(new End(problem, last.isEmpty() ? "" : ": " + String.join("\n", last)));
        }
    }

    /** Reads what is there, and never waits. */
    private void read() {
        try {
            InputStream out = process.getInputStream();
            int left = STEP;
            for (int ready = out.available(); ready > 0 && left > 0; ready = out.available()) {
                left -= ready;
                for (byte next : out.readNBytes(ready)) {
                    if (next == '\n') {
                        endOfLine();
                    } else if (line.size() < LONGEST_LINE) {
                        line.write(next);
                    }
                }
            }
        } catch (IOException closed) {
            LOG.debug("what script {} says is lost: {}", process.pid(), closed.toString());
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
        lines.accept(text);
    }
}
