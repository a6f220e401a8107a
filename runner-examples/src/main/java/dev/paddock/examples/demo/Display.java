package dev.paddock.examples.demo;

import dev.paddock.FleetSnapshot;
import dev.paddock.Runner;
import dev.paddock.RunnerState;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.JobStarted;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.event.SourceStateChanged;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Shows the fleet: a table that is drawn anew in a terminal, a line for each event elsewhere. */
final class Display {
    private final PrintStream out;
    private final boolean terminal;
    private final Instant start;
    private int drawn;

    Display(PrintStream out, boolean terminal, Instant start) {
        this.out = out;
        this.terminal = terminal;
        this.start = start;
    }

    /** Whether the output is a terminal that can be drawn on; {@code System.console()} tells no more since JDK 22. */
    static boolean onTerminal() {
        String term = System.getenv("TERM");
        if (System.getenv("CI") != null || term == null || term.equals("dumb")) {
            return false;
        }
        try {
            return new ProcessBuilder("test", "-t", "1").inheritIO().start().waitFor() == 0;
        } catch (IOException noSuchProgram) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    synchronized void event(FleetEvent event) {
        if (terminal) {
            return;
        }
        String text = inWords(event);
        if (text != null) {
            note(event.at(), text);
        }
    }

    private static @Nullable String inWords(FleetEvent event) {
        if (event instanceof JobStarted started) {
            return "job " + started.job().name() + " of pool " + started.pool() + " runs on " + started.runner();
        } else if (event instanceof JobCompleted completed) {
            return "job " + completed.job().name() + " of pool " + completed.pool() + " ended: " + completed.result();
        } else if (event instanceof ProvisioningFailed failed) {
            return "runner " + failed.runner() + " could not be made: " + failed.reason();
        } else if (event instanceof SourceStateChanged source) {
            return "pool " + source.pool() + " is " + source.state() + ": " + source.detail();
        }
        return null;
    }

    synchronized void note(Instant now, String text) {
        if (!terminal) {
            out.printf(Locale.ROOT, "%6.2f  %s%n", seconds(now), text);
        }
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
            text.append("\033[").append(drawn).append("A\033[J"); // up to where the last table began, and clear
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
