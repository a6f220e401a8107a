package dev.paddock.host.internal;

import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A process that was started, with those it started itself. A tool that dies leaves them behind with its output open,
 * and they belong to nobody then; they are found again by a variable of their environment.
 */
final class RunningCommand {
    /** The variable every process of a command carries. */
    static final String MARK = "PADDOCK_COMMAND";

    /** How long the rest of the output is waited for once the process is gone. */
    private static final Duration OUTPUT_GRACE = Duration.ofMillis(300);

    /** How long an ended process may take to go. */
    private static final Duration END_GRACE = Duration.ofMillis(500);

    private final Process process;
    private final String name;
    private final String mark;
    private final Capture output;
    private final Capture error;

    RunningCommand(Process process, String name, String mark, int cap) {
        this.process = process;
        this.name = name;
        this.mark = mark;
        this.output = new Capture(process.getInputStream(), cap);
        this.error = new Capture(process.getErrorStream(), cap);
    }

    /** A value that no other command of this host carries. */
    static String newMark(int number) {
        return ProcessHandle.current().pid() + "-" + number + "-" + Long.toHexString(System.nanoTime());
    }

    /** Waits for the end, and ends it at the deadline. */
    Result await(Duration deadline, long end, Map<String, ProcessHandle> stuck) {
        closeInput();
        output.start(name + " output");
        error.start(name + " error");
        try {
            if (!process.waitFor(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                return ended(
                        Outcome.TIMED_OUT, name + " did not end within " + SystemCommands.seconds(deadline), stuck);
            }
            // An end of output says nothing: the JDK closes the pipe of a process that is gone, whoever still holds it.
            marked().forEach(ProcessHandle::destroyForcibly);
            output.awaitEnd(OUTPUT_GRACE);
            error.awaitEnd(OUTPUT_GRACE);
            if (output.overflowed || error.overflowed) {
                return ended(
                        Outcome.TOO_MUCH_OUTPUT,
                        name + " printed more than " + output.cap + " bytes and was ended",
                        stuck);
            }
            return new Result(Outcome.EXITED, process.exitValue(), output.text(), error.text(), "");
        } catch (InterruptedException e) {
            Result result = ended(Outcome.FAILED, "interrupted while waiting for " + name, stuck);
            Thread.currentThread().interrupt();
            return result;
        }
    }

    private void closeInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has ended already.
        }
    }

    private Result ended(Outcome outcome, String message, Map<String, ProcessHandle> stuck) {
        endAll();
        String more = "";
        try {
            if (!process.waitFor(END_GRACE.toNanos(), TimeUnit.NANOSECONDS)) {
                stuck.put(name, process.toHandle());
                more = "; it cannot be ended, pid " + process.pid();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Result(outcome, -1, output.text(), error.text(), message + more);
    }

    /** Ends the process and what it started, children first, so that none is left without a parent that tells of it. */
    private void endAll() {
        Set<ProcessHandle> all = new LinkedHashSet<>();
        process.descendants().forEach(all::add);
        marked().forEach(all::add);
        all.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private Stream<ProcessHandle> marked() {
        return ProcessHandle.allProcesses().filter(this::isMarked);
    }

    private boolean isMarked(ProcessHandle other) {
        Path environ = Path.of("/proc", String.valueOf(other.pid()), "environ");
        try (InputStream in = Files.newInputStream(environ)) {
            byte[] bytes = in.readNBytes(1 << 16);
            return ("\0" + new String(bytes, StandardCharsets.ISO_8859_1) + "\0")
                    .contains("\0" + MARK + "=" + mark + "\0");
        } catch (IOException e) {
            // Another user's, gone by now, or not Linux.
            return false;
        }
    }

    /** Reads a stream up to a cap, on its own thread. */
    private final class Capture {
        private final InputStream in;
        private final int cap;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile boolean overflowed;

        Capture(InputStream in, int cap) {
            this.in = in;
            this.cap = cap;
        }

        void start(String name) {
            Thread thread = new Thread(this::read, "paddock-" + name);
            thread.setDaemon(true);
            thread.start();
        }

        private void read() {
            byte[] buffer = new byte[8192];
            try (in) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    if (!keep(buffer, n)) {
                        endAll();
                        return;
                    }
                }
            } catch (IOException e) {
                // The process was ended.
            } finally {
                ended.countDown();
            }
        }

        private boolean keep(byte[] buffer, int length) {
            synchronized (bytes) {
                int room = cap - bytes.size();
                bytes.write(buffer, 0, Math.min(length, room));
                overflowed = length > room;
                return !overflowed;
            }
        }

        boolean awaitEnd(Duration atMost) throws InterruptedException {
            return ended.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
        }

        String text() {
            synchronized (bytes) {
                return bytes.toString(StandardCharsets.UTF_8);
            }
        }
    }
}
