package dev.paddock.testkit;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A request a {@link ComputeEngineSimulator} received. {@code toString} leaves out headers and body.
 *
 * @param number counted from 1 in the order received
 * @param at when it arrived
 * @param route what it asked for
 * @param method in capitals
 * @param path the raw path
 * @param query the raw query, empty if there is none
 * @param headers values by lower-case name; the authorization among them
 * @param body the body, empty if there is none
 * @param status the status answered; empty while unanswered, and for a broken connection
 * @param fault the fault that struck it
 * @param violation how it broke the protocol, if it did
 */
public record ComputeRequest(
        long number,
        Instant at,
        ComputeRoute route,
        String method,
        String path,
        String query,
        Map<String, String> headers,
        String body,
        OptionalInt status,
        Optional<Fault> fault,
        Optional<String> violation) {
    /** Copies the headers. */
    public ComputeRequest {
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /**
     * One header.
     *
     * @param name in any case
     * @return its value
     */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    @Override
    public String toString() {
        return "#" + number + " " + at + " " + method + " " + path + (query.isEmpty() ? "" : "?" + query) + " -> "
                + (status.isPresent() ? status.getAsInt() : "no answer")
                + fault.map(f -> " fault " + f).orElse("")
                + violation.map(v -> " VIOLATION " + v).orElse("");
    }
}
