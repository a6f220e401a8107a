package dev.paddock.gcp;

import dev.paddock.event.ExtensionEvent;
import java.time.Instant;
import java.util.Objects;

/**
 * Something about a project or a template is wrong, or can no longer be read. Told once for as long as it stays the same.
 *
 * @param at when that was seen
 * @param template the template of the provider that saw it
 * @param detail what is wrong, and what to do
 */
public record GcpNotice(Instant at, String template, String detail) implements ExtensionEvent {
    /** Checks for nulls. */
    public GcpNotice {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(template, "template");
        Objects.requireNonNull(detail, "detail");
    }
}
