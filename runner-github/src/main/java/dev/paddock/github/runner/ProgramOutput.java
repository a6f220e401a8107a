package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.spi.RunnerObservation;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a runner program prints: reads its log, keeps it short, and takes its lines for what they say. Confined to the
 * runner's lane.
 */
final class ProgramOutput {
    private static final Logger LOG = LoggerFactory.getLogger(ProgramOutput.class);

    private final RunnerId id;
    private final Host host;
    private final LogTail log;
    private final SecretMask mask;
    private final Consumer<RunnerObservation.Kind> saw;
    private final IntConsumer listenerEnded;
    private boolean working;
    private OptionalInt toldCode = OptionalInt.empty();
    private String reason = "";

    /**
     * An output of which nothing has been read.
     *
     * @param saw is told what the runner does, before anybody else is
     * @param listenerEnded is told the listener's exit code where a script hides it
     */
    ProgramOutput(
            RunnerId id, Host host, SecretMask mask, Consumer<RunnerObservation.Kind> saw, IntConsumer listenerEnded) {
        this.id = id;
        this.host = host;
        this.mask = mask;
        this.saw = saw;
        this.listenerEnded = listenerEnded;
        log = new LogTail(host.files().log(id), mask);
    }

    SecretMask mask() {
        return mask;
    }

    /** The last lines. */
    String end() {
        return log.end();
    }

    /** The listener's last exit code, as the helper of a script that hides it told; empty while the listener runs. */
    OptionalInt toldCode() {
        return toldCode;
    }

    /** Why the program is about to end, as it has said; empty if it has not. */
    String reason() {
        return reason;
    }

    /** The program begins anew. */
    void startsAgain() {
        reason = "";
    }

    /** Whether there is something to read. Thread-safe. */
    boolean hasNews() {
        return log.hasNews();
    }

    /** Reads what has come since the last time. A log that grows without end must not fill the disk. */
    void read(Consumer<RunnerObservation> observer) {
        Consumer<String> lines = line -> line(line, observer);
        try {
            log.read(lines);
            log.cut(host.settings().logLimit(), host.files().olderLog(id), lines);
        } catch (IOException failure) {
            LOG.debug("{}: the log of {} cannot be read: {}", host.fleet(), id, failure.toString());
        }
    }

    /** Reads all there is, a last line without an end included. */
    void readToEnd(Consumer<RunnerObservation> observer) {
        Consumer<String> lines = line -> line(line, observer);
        try {
            log.readToEnd(lines);
            log.cut(host.settings().logLimit(), host.files().olderLog(id), lines);
        } catch (IOException failure) {
            LOG.debug("{}: the log of {} cannot be read: {}", host.fleet(), id, failure.toString());
        }
    }

    private void line(String line, Consumer<RunnerObservation> observer) {
        if (host.settings().launch() == ListenerLaunch.RUN_SH) {
            OptionalInt code = HelperLine.code(line);
            if (code.isPresent()) {
                toldCode = code;
                listenerEnded.accept(code.getAsInt());
                return;
            }
        }
        Optional<Marker> found = Marker.of(line);
        if (found.isEmpty()) {
            return;
        }
        Marker marker = found.get();
        if (marker.kind().isEmpty()) {
            reason = marker.reason();
            return;
        }
        RunnerObservation.Kind kind = marker.kind().get();
        if (marker == Marker.RECONNECTED && working) {
            kind = RunnerObservation.Kind.WORKING;
        }
        if (kind == RunnerObservation.Kind.LISTENING) {
            reason = "";
            toldCode = OptionalInt.empty();
        }
        working = kind == RunnerObservation.Kind.WORKING || (working && marker == Marker.CONNECT_ERROR);
        saw.accept(kind);
        observer.accept(RunnerObservation.of(id, kind, line));
    }
}
