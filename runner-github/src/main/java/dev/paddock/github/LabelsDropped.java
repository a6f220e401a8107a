package dev.paddock.github;

import dev.paddock.event.ExtensionEvent;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * GitHub did not take all labels of a scale set. Jobs that ask for one of these will not come; the scale set's name is
 * the one label that always routes.
 *
 * @param at when it was seen
 * @param pool the pool that listens
 * @param scaleSet the scale set's name
 * @param labels the labels that are missing, in the order asked for
 */
public record LabelsDropped(Instant at, String pool, String scaleSet, List<String> labels) implements ExtensionEvent {
    /** Copies the list and checks for nulls. */
    public LabelsDropped {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(scaleSet, "scaleSet");
        labels = List.copyOf(labels);
    }
}
