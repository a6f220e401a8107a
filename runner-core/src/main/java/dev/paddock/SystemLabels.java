package dev.paddock;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The labels by which official runners say on which system they are. Pure. */
final class SystemLabels {
    private static final List<List<String>> KINDS =
            List.of(List.of("Linux", "Windows", "macOS"), List.of("X64", "ARM64", "ARM"));

    private SystemLabels() {}

    /**
     * Why labels would lie: they name an operating system or an architecture that is not the runners' own. Nothing is
     * said of a kind that the runners' own labels do not name.
     */
    static Optional<String> whyForeign(Collection<String> labels, Collection<String> own) {
        List<String> foreign = new ArrayList<>();
        for (List<String> kind : KINDS) {
            if (own.stream().anyMatch(label -> isAmong(kind, label))) {
                labels.stream()
                        .filter(label -> isAmong(kind, label) && !isAmong(own, label))
                        .forEach(foreign::add);
            }
        }
        if (foreign.isEmpty()) {
            return Optional.empty();
        }
        String emulated = "emulated-" + foreign.get(0).toLowerCase(Locale.ROOT);
        return Optional.of("the labels " + foreign + " name another system than its provider's runners are made for, "
                + own + ", so they would be given jobs that they cannot run; leave them out, give what they can run by"
                + " emulation a label of its own (such as " + emulated + ")");
    }

    private static boolean isAmong(Collection<String> labels, String label) {
        return labels.stream().anyMatch(label::equalsIgnoreCase);
    }
}
