package dev.paddock.scaling;

import dev.paddock.spi.JobStatistics;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** Pools for tests of policies. Each {@code with} copies. */
record Views(PoolView view) {
    static final Instant NOW = Instant.parse("2026-03-04T12:00:00Z");

    static Views of(int assigned, int starting, int idle, int busy) {
        return new Views(new PoolView("p", 0, 50, new JobStatistics(assigned, 0, 0, 0, 0), starting, idle, busy, 0));
    }

    Views min(int minIdle, int minTotal) {
        return new Views(new PoolView(
                view.pool(),
                minIdle,
                minTotal,
                view.maxRunners(),
                view.statistics(),
                0,
                view.starting(),
                view.idle(),
                view.busy(),
                view.leaving(),
                view.pricePerHour(),
                view.history()));
    }

    Views price(String price) {
        return copy(view.history(), Optional.of(new BigDecimal(price)));
    }

    Views history(PoolHistory history) {
        return copy(history, view.pricePerHour());
    }

    private Views copy(PoolHistory history, Optional<BigDecimal> price) {
        return new Views(new PoolView(
                view.pool(),
                view.minIdle(),
                view.minTotal(),
                view.maxRunners(),
                view.statistics(),
                0,
                view.starting(),
                view.idle(),
                view.busy(),
                view.leaving(),
                price,
                history));
    }

    Views launched(Duration... ago) {
        List<Instant> launches = new ArrayList<>();
        for (Duration each : ago) {
            launches.add(NOW.minus(each));
        }
        return history(new PoolHistory(
                List.of(),
                launches,
                List.of(),
                Optional.empty(),
                List.of(),
                view.history().jobsByRepository()));
    }

    Views booting(List<Duration> timesToReady, Duration... ages) {
        List<Instant> starting = new ArrayList<>();
        for (Duration age : ages) {
            starting.add(NOW.minus(age));
        }
        return history(new PoolHistory(starting, starting, timesToReady, Optional.empty(), List.of(), Map.of()));
    }

    Views jobs(Map<String, Integer> byRepository) {
        return history(new PoolHistory(
                List.of(), List.of(), List.of(), Optional.empty(), List.of(), new TreeMap<>(byRepository)));
    }

    Views ran(PoolHistory.RunnerTime... times) {
        return history(new PoolHistory(List.of(), List.of(), List.of(), Optional.empty(), List.of(times), Map.of()));
    }

    static Views random(RandomGenerator random) {
        int assigned = random.nextInt(20);
        var statistics = new JobStatistics(assigned, random.nextInt(assigned + 1), 0, 0, 0);
        List<Instant> launches = sorted(random, random.nextInt(30), 3600);
        int starting = random.nextInt(6);
        List<Instant> booting = sorted(random, starting, 900);
        List<Duration> ready = new ArrayList<>();
        for (int i = random.nextInt(60); i > 0; i--) {
            ready.add(Duration.ofSeconds(60 + random.nextInt(300)));
        }
        Map<String, Integer> jobs = new TreeMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            jobs.put("owner" + random.nextInt(2) + "/r" + i, 1 + random.nextInt(6));
        }
        List<PoolHistory.RunnerTime> times = new ArrayList<>();
        for (int i = random.nextInt(20); i > 0; i--) {
            times.add(new PoolHistory.RunnerTime(
                    NOW.minus(PoolHistory.RunnerTime.LENGTH.multipliedBy(i)), Duration.ofMinutes(random.nextInt(90))));
        }
        var history = new PoolHistory(
                booting,
                launches,
                ready,
                random.nextBoolean() ? Optional.of(NOW.minusSeconds(random.nextInt(7200))) : Optional.empty(),
                times,
                jobs);
        return new Views(new PoolView(
                "p",
                random.nextInt(4),
                random.nextInt(4),
                random.nextInt(24),
                statistics,
                random.nextInt(3),
                starting,
                random.nextInt(5),
                random.nextInt(5),
                random.nextInt(3),
                random.nextInt(4) == 0 ? Optional.empty() : Optional.of(BigDecimal.valueOf(random.nextInt(300), 2)),
                history));
    }

    private static List<Instant> sorted(RandomGenerator random, int count, int seconds) {
        return random.ints(count, 0, seconds)
                .sorted()
                .mapToObj(ago -> NOW.minusSeconds(seconds - (long) ago))
                .toList();
    }

    Views assigned(int assigned) {
        var statistics = new JobStatistics(assigned, 0, 0, 0, 0);
        return new Views(new PoolView(
                view.pool(),
                view.minIdle(),
                view.minTotal(),
                view.maxRunners(),
                statistics,
                view.phantom(),
                view.starting(),
                view.idle(),
                view.busy(),
                view.leaving(),
                view.pricePerHour(),
                view.history()));
    }
}
