package dev.paddock.github.rest;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Labels that some runners should have, so that jobs which ask for all of them find one. For {@link LabelAudit}.
 *
 * @param runners the name of the runner, or a pattern in which {@code *} stands for any characters; in any case
 * @param labels what each of these runners should have; in any case, at least one
 */
public record WantedLabels(String runners, List<String> labels) {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there is no name, no label, or a blank one
     */
    public WantedLabels {
        if (Objects.requireNonNull(runners, "runners").isBlank()) {
            throw new IllegalArgumentException("wanted labels need the name of a runner, or * for all of them");
        }
        labels = List.copyOf(labels);
        if (labels.isEmpty() || labels.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException(
                    "the labels wanted of " + runners + " must be one or more, and none blank: " + labels);
        }
    }

    /**
     * Whether a runner is meant.
     *
     * @param name the runner's
     * @return whether the name is this one, or fits the pattern
     */
    public boolean isFor(String name) {
        String pattern = Pattern.quote(runners.toLowerCase(Locale.ROOT)).replace("*", "\\E.*\\Q");
        return name.toLowerCase(Locale.ROOT).matches("(?s)" + pattern);
    }
}
