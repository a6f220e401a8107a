package dev.paddock.benchmarks;

import dev.paddock.spi.FleetJournal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * How many tasks a second runners can be given and free of again, through the public calls, with decisions, the journal
 * in memory and one subscriber. Nothing is left out: every change of state is told or reported as missed.
 */
final class AssignComplete implements Benchmark {
    private static final double BAR = 2_000_000;

    @Override
    public List<Row> run(boolean quick) throws Exception {
        int rounds = quick ? 3 : 9;
        Duration round = Duration.ofMillis(quick ? 500 : 1000);
        List<Row> rows = new ArrayList<>();
        double idle = measure("50 runners, all idle, 1 thread", 50, 0, 1, rounds, round, BAR, rows);
        measure("50 runners, 49 busy, 1 thread", 50, 49, 1, rounds, round, BAR, rows);
        measure("10 000 runners, 1 thread", 10_000, 0, 1, rounds, round, idle / 2, rows);
        measure("50 runners, all idle, 8 threads", 50, 0, 8, rounds, round, idle / 2, rows);
        return rows;
    }

    private static double measure(
            String what, int runners, int busy, int threads, int rounds, Duration round, double bar, List<Row> rows)
            throws Exception {
        try (var fleet = new TaskFleet(runners, FleetJournal.inMemory())) {
            fleet.hold(busy);
            long before = fleet.told();
            long pairs = fleet.pairs(threads, round).pairs()
                    + fleet.pairs(threads, round).pairs();
            List<TaskFleet.Round> made = new ArrayList<>();
            for (int i = 0; i < rounds; i++) {
                TaskFleet.Round last = fleet.pairs(threads, round);
                made.add(last);
                pairs += last.pairs();
            }
            String told = fleet.check(before, pairs);
            made.sort(Comparator.comparingDouble(TaskFleet.Round::pairsPerSecond));
            double median = made.get(rounds / 2).pairsPerSecond();
            double most = made.get(rounds - 1).pairsPerSecond();
            made.sort(Comparator.comparingDouble(TaskFleet.Round::processorNanosPerPair));
            rows.add(new Row(
                    "tryAssign + complete, " + what,
                    String.format(Locale.ROOT, "median ≥ %.2f M pairs/s", bar / 1e6),
                    String.format(
                            Locale.ROOT,
                            "median %.2f, max %.2f M pairs/s over %d rounds, %.0f ns of the callers' processor time a pair; %s",
                            median / 1e6,
                            most / 1e6,
                            rounds,
                            made.get(rounds / 2).processorNanosPerPair(),
                            told),
                    median >= bar));
            return median;
        }
    }
}
