package dev.paddock.internal.report;

import dev.paddock.FleetSnapshot;
import dev.paddock.Runner;
import dev.paddock.scaling.Decision.Bound;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The status of a fleet as tables. */
public final class StatusText {
    private StatusText() {}

    /** The whole of it. */
    public static String of(FleetSnapshot fleet) {
        var text = new StringBuilder();
        text.append("fleet   ")
                .append(fleet.fleet())
                .append(", epoch ")
                .append(fleet.epoch())
                .append('\n');
        text.append("state   ")
                .append(fleet.state())
                .append(" at ")
                .append(Words.at(fleet.at()))
                .append('\n');
        text.append("runners ").append(fleet.runners().size()).append('\n');
        table(text, pools(fleet));
        fleet.pools().forEach(pool -> notes(text, pool, fleet.at()));
        if (!fleet.runners().isEmpty()) {
            List<List<String>> runners = new ArrayList<>();
            runners.add(List.of("runner", "state", "for", "place", "health", "job", "why"));
            fleet.runners().forEach(runner -> runners.add(row(runner, fleet.at())));
            table(text, runners);
        }
        return text.toString();
    }

    private static List<List<String>> pools(FleetSnapshot fleet) {
        List<List<String>> pools = new ArrayList<>();
        pools.add(List.of(
                "pool", "source", "jobs", "running", "starting", "idle", "busy", "leaving", "max", "capacity", "done"));
        for (FleetSnapshot.Pool pool : fleet.pools()) {
            pools.add(List.of(
                    pool.name() + (pool.settings().paused() ? " (paused)" : ""),
                    pool.source().toString(),
                    Integer.toString(pool.statistics().assigned()),
                    Integer.toString(pool.statistics().running()),
                    Integer.toString(pool.starting()),
                    Integer.toString(pool.idle()),
                    Integer.toString(pool.busy()),
                    Integer.toString(pool.leaving()),
                    Integer.toString(pool.settings().maxRunners()),
                    Integer.toString(pool.advertised()),
                    Long.toString(pool.completed())));
        }
        return pools;
    }

    private static void notes(StringBuilder text, FleetSnapshot.Pool pool, Instant now) {
        pool.lastDecision()
                .filter(decision -> decision.bound() != Bound.NONE)
                .ifPresent(decision -> note(text, pool, DecisionText.bound(decision)));
        pool.lastDecision()
                .map(decision -> decision.target().warning())
                .filter(warning -> !warning.isEmpty())
                .ifPresent(warning -> note(text, pool, warning));
        if (pool.tasks().held() + pool.tasks().waiting() > 0) {
            note(text, pool, Words.of(pool.tasks(), now));
        }
        pool.failing().ifPresent(failing -> note(text, pool, Words.of(failing)));
        pool.overdue().forEach(told -> note(text, pool, Words.of(told, now)));
        if (pool.availability().missing() > 0) {
            note(text, pool, Words.count(pool.availability().missing(), "runner is", "runners are") + " missing");
        }
        if (pool.availability().isSpent()) {
            note(text, pool, "the error budget is spent: available for " + Words.of(pool.availability()));
        }
    }

    private static void note(StringBuilder text, FleetSnapshot.Pool pool, String note) {
        text.append(pool.name()).append(": ").append(note).append('\n');
    }

    private static List<String> row(Runner runner, Instant now) {
        return List.of(
                runner.id().value(),
                runner.state().toString(),
                Words.of(Duration.between(runner.stateSince(), now)),
                runner.place().orElse("-"),
                runner.health().map(health -> health.status().toString()).orElse("-"),
                runner.job().map(Object::toString).orElse("-"),
                runner.detail());
    }

    /** Columns two spaces apart, with an empty line before them; nothing follows the last word of a line. */
    private static void table(StringBuilder text, List<List<String>> rows) {
        text.append('\n');
        int[] widths = new int[rows.get(0).size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i).lines().collect(Collectors.joining(" ")))
                        .append(" ".repeat(widths[i] - row.get(i).length() + 2));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
    }
}
