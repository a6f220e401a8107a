package dev.paddock.examples.faults;

import dev.paddock.testkit.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What happened in an episode, a line each, by virtual time. */
final class Trace {
    private final VirtualTime time;
    private final List<String> lines = new ArrayList<>();

    Trace(VirtualTime time) {
        this.time = time;
    }

    void add(String who, String what) {
        Duration at = time.elapsed();
        lines.add(String.format(
                Locale.ROOT,
                "%02d:%02d:%02d.%03d  %-8s %s%n",
                at.toHours(),
                at.toMinutesPart(),
                at.toSecondsPart(),
                at.toMillisPart(),
                who,
                what));
    }

    String last(int count) {
        return String.join("", lines.subList(Math.max(0, lines.size() - count), lines.size()));
    }
}
