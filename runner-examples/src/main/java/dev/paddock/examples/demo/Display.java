package dev.paddock.examples.demo;

import dev.paddock.FleetSnapshot;
import dev.paddock.Runner;
import dev.paddock.RunnerState;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.JobStarted;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.event.SourceStateChanged;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Shows the fleet: a table that is drawn anew in a terminal, a line for each event elsewhere. */
final class Display {
    private static final String UP_AND_CLEAR = "\033[%dA\033[J";

    private final PrintStream out;
    private final boolean terminal;
    private final Instant start;
    private int drawn;

    Display(PrintStream out, boolean terminal, Instant start) {
        this.out = out;
        this.terminal = terminal;
        this.start = start;
    }

    /** Whether the output is a terminal that can be drawn on. */
    static boolean onTerminal() {
        String term = System.getenv("TERM");
        return System.console() != null && System.getenv("CI") == null && term != null && !term.equals("dumb");
    }

    synchronized void event(FleetEvent event) {
        if (terminal) {
            return;
        }
        if (event instanceof JobStarted started) {
            line(event, "job %s of pool %s runs on %s", started.job().name(), started.pool(), started.runner());
        } else if (event instanceof JobCompleted completed) {
            line(event, "job %s of pool %s ended: %s", completed.job().name(), completed.pool(), completed.result());
        } else if (event instanceof ProvisioningFailed failed) {
            line(event, "runner %s could not be made: %s", failed.runner(), failed.reason());
        } else if (event instanceof SourceStateChanged source) {
            line(event, "pool %s is %s: %s", source.pool(), source.state(), source.detail());
        }
    }

    synchronized void note(Instant now, String text) {
        if (!terminal) {
            out.printf(Locale.ROOT, "%6.2f  %s%n", seconds(now), text);
        }
    }

    private void line(FleetEvent event, String format, Object... args) {
        note(event.at(), String.format(Locale.ROOT, format, args));
    }

    private double seconds(Instant at) {
        return Duration.between(start, at).toMillis() / 1000.0;
    }

    /** Draws the table over the last one. Does nothing without a terminal. */
    synchronized void draw(FleetSnapshot fleet, String progress) {
        if (!terminal) {
            return;
        }
        var text = new StringBuilder();
        if (drawn > 0) {
            text.append(String.format(Locale.ROOT, UP_AND_CLEAR, drawn));
        }
        int lines = 0;
        text.append(String.format(
                Locale.ROOT,
                "%6.1f s  fleet %s is %s  %s%n",
                seconds(fleet.at()),
                fleet.fleet(),
                fleet.state(),
                progress));
        text.append(String.format(
                Locale.ROOT,
                "%-8s %-10s %8s %8s %8s %6s %6s %8s %10s%n",
                "pool",
                "source",
                "assigned",
                "capacity",
                "starting",
                "idle",
                "busy",
                "leaving",
                "completed"));
        lines += 2;
        for (FleetSnapshot.Pool pool : fleet.pools()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-8s %-10s %8d %8d %8d %6d %6d %8d %10d%n",
                    pool.name(),
                    pool.source(),
                    pool.statistics().assigned(),
                    pool.advertised(),
                    pool.starting(),
                    pool.idle(),
                    pool.busy(),
                    pool.leaving(),
                    pool.completed()));
            lines++;
        }
        for (Runner runner : fleet.runners()) {
            if (runner.state() != RunnerState.REMOVED) {
                text.append(String.format(
                        Locale.ROOT, "  %-28s %-13s %s%n", runner.id(), runner.state(), shortened(runner.detail())));
                lines++;
            }
        }
        out.print(text);
        out.flush();
        drawn = lines;
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }
}
