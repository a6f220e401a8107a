package dev.paddock.github.runner;

import dev.paddock.spi.RunnerObservation.Kind;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The lines by which the official runner tells what it does. They are hints, not an API. Each is matched from the
 * beginning of the line, since what follows (a job's name) is text of whoever wrote the workflow. Some change what the
 * runner does; the others tell why it is about to end.
 */
enum Marker {
    LISTENING(Kind.LISTENING, "", Marker.TIME + "Listening for Jobs\\b.*"),
    RUNNING(Kind.WORKING, "", Marker.TIME + "Running job: .*"),
    COMPLETED(Kind.JOB_DONE, "", Marker.TIME + "Job .* completed with result: \\w+\\s*"),
    CONNECT_ERROR(Kind.RECONNECTING, "", "(" + Marker.TIME + ")?Runner connect error: .*"),
    RECONNECTED(Kind.LISTENING, "", "(" + Marker.TIME + ")?Runner reconnected\\..*"),
    UPDATE(Kind.UPDATING, "", "(" + Marker.TIME + ")?(Runner update in progress\\b|Downloading .+ runner\\b).*"),
    SESSION_EXISTS(
            null,
            "another listener holds the session of this runner",
            "(" + Marker.TIME + ")?A session for this runner already exists\\..*"),
    GONE(
            null,
            "its registration was deleted at GitHub",
            "(" + Marker.TIME + ")?The runner no longer exists on the server\\..*"),
    NO_SESSION(
            null,
            "its registration was deleted at GitHub before it connected",
            "(" + Marker.TIME + ")?Failed to create a session\\. The runner registration has been deleted .*"),
    CLOCK(
            null,
            "this host's clock is wrong by minutes: see timedatectl, and start the time service",
            "(" + Marker.TIME + ")?The local machine's clock may be out of sync .*");

    private static final String TIME = "\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}Z: ";

    private static final Marker[] ALL = values();
    private static final int SHORTEST = "Runner reconnected.".length();

    private final @Nullable Kind kind;
    private final String reason;
    private final Pattern pattern;

    Marker(@Nullable Kind kind, String reason, String pattern) {
        this.kind = kind;
        this.reason = reason;
        this.pattern = Pattern.compile(pattern);
    }

    /** What it makes the runner do; empty for a mere reason. */
    Optional<Kind> kind() {
        return Optional.ofNullable(kind);
    }

    /** Why the runner is about to end, and what to do; empty if it does not tell. */
    String reason() {
        return reason;
    }

    static Optional<Marker> of(String line) {
        if (line.length() < SHORTEST) {
            return Optional.empty();
        }
        for (Marker marker : ALL) {
            if (marker.pattern.matcher(line).matches()) {
                return Optional.of(marker);
            }
        }
        return Optional.empty();
    }
}
