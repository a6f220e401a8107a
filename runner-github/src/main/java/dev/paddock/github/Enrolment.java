package dev.paddock.github;

import java.util.ArrayList;
import java.util.List;

/**
 * How the runners of a {@link WorkflowJobListener} come to be registered.
 *
 * @param byToken whether they register themselves with a token; otherwise each is given a JIT configuration
 * @param ephemeral whether each is for one job
 * @param disableUpdate whether they never update themselves
 */
record Enrolment(boolean byToken, boolean ephemeral, boolean disableUpdate) {
    static final Enrolment JIT = new Enrolment(false, true, false);

    Enrolment withToken() {
        return new Enrolment(true, ephemeral, disableUpdate);
    }

    Enrolment persistently() {
        return new Enrolment(true, false, disableUpdate);
    }

    /** What contradicts it. */
    List<String> problems(List<String> labels) {
        List<String> problems = new ArrayList<>();
        if (disableUpdate && !byToken) {
            problems.add("disableUpdate is for runners that register themselves: call registerByToken() or persistent()"
                    + " too");
        }
        if (byToken) {
            labels.stream()
                    .filter(label -> label.indexOf(',') >= 0 || label.startsWith("-"))
                    .forEach(label -> problems.add("config.sh cannot be given the label \"" + label
                            + "\": a comma separates labels, a hyphen begins an option"));
        }
        return problems;
    }

    Enrolment withUpdates(boolean disabled) {
        return new Enrolment(byToken, ephemeral, disabled);
    }
}
