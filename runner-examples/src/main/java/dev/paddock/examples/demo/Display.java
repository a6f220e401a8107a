package dev.paddock.examples.demo;

import dev.paddock.CoordinatorState;
import dev.paddock.FleetSnapshot;
import dev.paddock.Runner;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.JobStarted;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.event.SourceStateChanged;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Shows the fleet: a table that is drawn anew in a terminal, a line for each event elsewhere. */
final class Display {
    private static final int PATIENCE_SECONDS = 10;

    private final PrintStream out;
    private final boolean terminal;
    private final Instant start;
    private final CountDownLatch ended = new CountDownLatch(1);
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

    /** Waits until the fleet's last event was told, which may be a moment after it has closed. */
    void awaitTheLast() throws InterruptedException {
        ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    synchronized void event(FleetEvent event) {
        if (event instanceof CoordinatorStateChanged changed
                && (changed.to() == CoordinatorState.STOPPED || changed.to() == CoordinatorState.FAILED)) {
            ended.countDown();
        }
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
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%6.1f s  fleet %s is %s  %s",
                seconds(fleet.at()),
                fleet.fleet(),
                fleet.state(),
                progress));
        lines.add("pool     source     assigned capacity starting   idle   busy  leaving  completed");
        fleet.pools().forEach(pool -> lines.add(row(pool)));
        for (Runner runner : fleet.runners()) {
            lines.add(String.format(
                    Locale.ROOT, "  %-28s %-13s %s", runner.id(), runner.state(), shortened(runner.detail())));
        }
        if (drawn > 0) {
            out.print("\033[" + drawn + "A\033[J"); // up to where the last table began, and clear
        }
        lines.forEach(out::println);
        out.flush();
        drawn = lines.size();
    }

    private static String row(FleetSnapshot.Pool pool) {
        return String.format(
                Locale.ROOT,
                "%-8s %-10s %8d %8d %8d %6d %6d %8d %10d",
                pool.name(),
                pool.source(),
                pool.statistics().assigned(),
                pool.advertised(),
                pool.starting(),
                pool.idle(),
                pool.busy(),
                pool.leaving(),
                pool.completed());
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }
}
