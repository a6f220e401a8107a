package dev.paddock.cost;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.error.StateFileException;
import dev.paddock.internal.multirunner.LockedJson;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What jobs cost and saved, in all and by month, in a file that any number of processes may add to; that of the SLATE
 * multi-runner, {@code .slate_runner_costs.json}, can be read and continued, though which jobs are in its sums is not
 * known: add later ones only. Calls block on the disk. Thread-safe.
 */
public final class CostLedger {
    /** What the SLATE multi-runner calls the file. */
    public static final String USUAL_NAME = ".slate_runner_costs.json";

    private static final int RUNS_SHOWN = 100;
    /** So many jobs are known not to be counted twice. */
    private static final int REMEMBERED = 5_000;

    /**
     * A job to add.
     *
     * @param id GitHub's id of it: a job that was added is not added again
     * @param name for people
     * @param completedAt when it was over
     * @param cost what it cost
     */
    public record Entry(long id, String name, Instant completedAt, JobCost cost) {
        /** Checks for nulls. */
        public Entry {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(completedAt, "completedAt");
            Objects.requireNonNull(cost, "cost");
        }
    }

    /**
     * Sums.
     *
     * @param selfHostedMinutes on runners of one's own
     * @param hostedMinutes on GitHub's
     * @param savedUsd what the former would have cost there
     * @param spentUsd what the latter cost
     */
    public record Sums(
            BigDecimal selfHostedMinutes, BigDecimal hostedMinutes, BigDecimal savedUsd, BigDecimal spentUsd) {
        /** Nothing. */
        public static final Sums NONE = new Sums(JobCost.ZERO, JobCost.ZERO, JobCost.ZERO, JobCost.ZERO);

        /** Checks for nulls. */
        public Sums {
            Objects.requireNonNull(selfHostedMinutes, "selfHostedMinutes");
            Objects.requireNonNull(hostedMinutes, "hostedMinutes");
            Objects.requireNonNull(savedUsd, "savedUsd");
            Objects.requireNonNull(spentUsd, "spentUsd");
        }

        Sums plus(JobCost cost) {
            return new Sums(
                    cost.selfHosted() ? selfHostedMinutes.add(cost.minutes()) : selfHostedMinutes,
                    cost.selfHosted() ? hostedMinutes : hostedMinutes.add(cost.minutes()),
                    savedUsd.add(cost.savedUsd()),
                    spentUsd.add(cost.usd()));
        }
    }

    /**
     * What the file says.
     *
     * @param updatedAt when something was last added; empty if never, or by a program that told no zone
     * @param all in all
     * @param months by month in UTC, ascending; unmodifiable
     */
    public record Totals(Optional<Instant> updatedAt, Sums all, SortedMap<YearMonth, Sums> months) {
        /** Copies the map. */
        public Totals {
            Objects.requireNonNull(updatedAt, "updatedAt");
            Objects.requireNonNull(all, "all");
            months = Collections.unmodifiableSortedMap(new TreeMap<>(months));
        }

        /**
         * One month.
         *
         * @param month in UTC
         * @return zeros if there is nothing of it
         */
        public Sums of(YearMonth month) {
            return months.getOrDefault(month, Sums.NONE);
        }
    }

    private final LockedJson file;

    private CostLedger(LockedJson file) {
        this.file = file;
    }

    /**
     * A ledger in a file.
     *
     * @param file need not exist; its folder must by the first addition
     * @return opens nothing yet
     */
    public static CostLedger in(Path file) {
        return new CostLedger(LockedJson.of(file, "cost file", 1));
    }

    /**
     * Reads the sums.
     *
     * @return zeros if there is no file
     * @throws StateFileException if the file cannot be used; it is left as it is
     */
    public Totals read() {
        return totals(file.read());
    }

    /**
     * Adds jobs to what is there. One that was added already, of the last 5 000, is left out, and so is one whose cost
     * is not known: it may be added once it is.
     *
     * @param jobs that are over
     * @param now goes into the file as the time of the addition
     * @return the sums with them
     * @throws StateFileException if the file cannot be used, or could not be written; nothing was added
     */
    public Totals add(Collection<Entry> jobs, Instant now) {
        return file.change(old -> {
            ObjectNode next = old == null ? JsonNodeFactory.instance.objectNode() : old;
            Totals before = totals(next);
            List<Entry> fresh = fresh(next, jobs);
            Sums all = before.all();
            var months = new TreeMap<>(before.months());
            for (Entry job : fresh) {
                all = all.plus(job.cost());
                YearMonth month = YearMonth.from(job.completedAt().atZone(ZoneOffset.UTC));
                months.put(month, months.getOrDefault(month, Sums.NONE).plus(job.cost()));
            }
            Totals after = new Totals(Optional.of(now), all, months);
            write(next, fresh, after);
            return new LockedJson.Change<>(after, next);
        });
    }

    private List<Entry> fresh(ObjectNode content, Collection<Entry> jobs) {
        Set<Long> known = new TreeSet<>();
        list(content, "counted_jobs").forEach(id -> known.add(id.longValue()));
        return jobs.stream()
                .filter(job -> job.cost().note().isEmpty())
                .filter(job -> known.add(job.id()))
                .toList();
    }

    // ---- the file's keys -------------------------------------------------------------------------------------

    private Totals totals(@Nullable ObjectNode content) {
        if (content == null) {
            return new Totals(Optional.empty(), Sums.NONE, new TreeMap<>());
        }
        JsonNode summaries = content.path("monthly_summaries");
        if (!summaries.isMissingNode() && !summaries.isObject()) {
            throw file.foreign("monthly_summaries is no object");
        }
        var months = new TreeMap<YearMonth, Sums>();
        summaries.properties().forEach(month -> {
            if (!month.getValue().isObject()) {
                throw file.foreign("monthly_summaries." + month.getKey() + " is no object");
            }
            months.put(month(month.getKey()), sums("", month.getValue()));
        });
        return new Totals(instant(content.path("last_updated").asText()), sums("total_", content), months);
    }

    private YearMonth month(String text) {
        try {
            return YearMonth.parse(text);
        } catch (DateTimeException malformed) {
            throw file.foreign("monthly_summaries has \"" + text + "\", which is no month like 2026-11");
        }
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException otherwise) {
            return Optional.empty();
        }
    }

    private Sums sums(String prefix, JsonNode from) {
        return new Sums(
                number(from, prefix + "self_hosted_minutes"),
                number(from, prefix + "hosted_minutes"),
                number(from, prefix + "saved_usd"),
                number(from, prefix + "spent_usd"));
    }

    private BigDecimal number(JsonNode from, String key) {
        JsonNode value = from.path(key);
        if (!value.isMissingNode() && !value.isNumber()) {
            throw file.foreign(key + " is no number: " + value);
        }
        return value.isMissingNode() ? JobCost.ZERO : value.decimalValue();
    }

    private ArrayNode list(ObjectNode content, String key) {
        JsonNode value = content.path(key);
        if (value instanceof ArrayNode list) {
            return list;
        }
        if (!value.isMissingNode()) {
            throw file.foreign(key + " is no list");
        }
        return content.arrayNode();
    }

    private void write(ObjectNode content, List<Entry> fresh, Totals totals) {
        content.put("last_updated", totals.updatedAt().orElseThrow().toString());
        ArrayNode runs = content.arrayNode();
        for (int i = fresh.size() - 1; i >= 0; i--) {
            runs.add(run(fresh.get(i)));
        }
        list(content, "runs").forEach(runs::add);
        content.set("runs", cut(runs, RUNS_SHOWN));
        ArrayNode counted = content.arrayNode();
        fresh.forEach(job -> counted.add(job.id()));
        list(content, "counted_jobs").forEach(counted::add);
        content.set("counted_jobs", cut(counted, REMEMBERED));
        ObjectNode summaries = content.withObjectProperty("monthly_summaries");
        totals.months().forEach((month, sums) -> put(summaries.withObjectProperty(month.toString()), "", sums));
        put(content, "total_", totals.all());
    }

    private static ArrayNode cut(ArrayNode list, int most) {
        while (list.size() > most) {
            list.remove(list.size() - 1);
        }
        return list;
    }

    private static ObjectNode run(Entry job) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", job.id())
                .put("name", job.name())
                .put("completed_at", job.completedAt().toString())
                .put("self_hosted", job.cost().selfHosted())
                .put("minutes", job.cost().minutes())
                .put("cost_usd", job.cost().usd())
                .put("saved_usd", job.cost().savedUsd());
    }

    private static void put(ObjectNode node, String prefix, Sums sums) {
        node.put(prefix + "self_hosted_minutes", sums.selfHostedMinutes())
                .put(prefix + "hosted_minutes", sums.hostedMinutes())
                .put(prefix + "saved_usd", sums.savedUsd())
                .put(prefix + "spent_usd", sums.spentUsd());
    }
}
