package dev.paddock.github.runner;

import dev.paddock.spi.RunnerObservation.Kind;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The lines by which the official runner tells what it does. They are hints, not an API. Each is matched from the
 * beginning of the line, since what follows (a job's name) is text of whoever wrote the workflow.
 */
enum Marker {
    LISTENING(Kind.LISTENING, Marker.TIME + "Listening for Jobs\\b.*"),
    RUNNING(Kind.WORKING, Marker.TIME + "Running job: .*"),
    COMPLETED(Kind.JOB_DONE, Marker.TIME + "Job .* completed with result: \\w+\\s*"),
    CONNECT_ERROR(Kind.RECONNECTING, "(" + Marker.TIME + ")?Runner connect error: .*"),
    RECONNECTED(Kind.LISTENING, "(" + Marker.TIME + ")?Runner reconnected\\..*"),
    UPDATE(Kind.UPDATING, "(" + Marker.TIME + ")?(Runner update in progress\\b|Downloading .+ runner\\b).*");

    private static final String TIME = "\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}Z: ";

    private static final Marker[] ALL = values();
    private static final int SHORTEST = "Runner reconnected.".length();

    private final Kind kind;
    private final Pattern pattern;

    Marker(Kind kind, String pattern) {
        this.kind = kind;
        this.pattern = Pattern.compile(pattern);
    }

    Kind kind() {
        return kind;
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
