package dev.paddock.testkit;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.scaling.FleetSharing;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.scaling.WeeklySchedule;
import dev.paddock.spi.PriceCatalog;
import dev.paddock.testkit.PolicyTrial.Arrival;
import dev.paddock.testkit.PolicyTrial.Figures;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** What each policy does to waits and cost, against {@code onDemand} with the same jobs. */
final class PolicyScenarios {
    static final long SEED = 2026;
    private static final Duration DAY = Duration.ofDays(1);
    private static final BigDecimal ONE = BigDecimal.ONE;

    /** A policy's figures, and the one that it is for. */
    record Row(String policy, Figures figures, double aim) {}

    /** Rows to compare; the first is the baseline. In {@code aim} less is better. */
    record Scenario(String jobs, String aim, List<Row> rows) {
        Row baseline() {
            return rows.get(0);
        }

        Row row(String policy) {
            return rows.stream()
                    .filter(row -> row.policy().equals(policy))
                    .findFirst()
                    .orElseThrow();
        }

        String table() {
            var text = new StringBuilder("| policy | mean wait, s | p95 wait, s | idle, runner-hours | created | ")
                    .append(aim)
                    .append(" |\n|---|--:|--:|--:|--:|--:|\n");
            for (Row row : rows) {
                Figures f = row.figures();
                text.append(String.format(
                        Locale.ROOT,
                        "| `%s` | %.0f | %.0f | %.1f | %d | %.1f |%n",
                        row.policy(),
                        f.meanWait(),
                        f.p95Wait(),
                        f.idleHours(),
                        f.created(),
                        row.aim()));
            }
            return text.toString().replace(System.lineSeparator(), "\n");
        }
    }

    private static final Map<String, Scenario> DONE = new ConcurrentHashMap<>();

    private PolicyScenarios() {}

    /** One of them; run once. */
    static Scenario of(String name) {
        return DONE.computeIfAbsent(name, key -> all().get(key).get());
    }

    /** All of them, by the policy's name. */
    static Map<String, Supplier<Scenario>> all() {
        Map<String, Supplier<Scenario>> all = new LinkedHashMap<>();
        all.put("warm", PolicyScenarios::warm);
        all.put("warmAfterUse", PolicyScenarios::warmAfterUse);
        all.put("presets", PolicyScenarios::presets);
        all.put("cooldown", PolicyScenarios::cooldown);
        all.put("breakEven", PolicyScenarios::breakEven);
        all.put("createRate", PolicyScenarios::createRate);
        all.put("launchCredit", PolicyScenarios::launchCredit);
        all.put("repositoryCap", PolicyScenarios::repositoryCap);
        all.put("fair", PolicyScenarios::fair);
        all.put("byPriority", PolicyScenarios::byPriority);
        all.put("budgets", PolicyScenarios::budgets);
        return all;
    }

    // ---- jobs ------------------------------------------------------------------------------------------------

    /** Jobs at random moments of a span, this long on average apart, of 5 to 15 minutes. */
    static List<Arrival> random(long seed, Duration from, Duration to, Duration apart) {
        var random = new SplittableRandom(seed);
        List<Arrival> arrivals = new ArrayList<>();
        double at = from.toSeconds();
        while (true) {
            at += -Math.log(1 - random.nextDouble()) * apart.toSeconds();
            if (at >= to.toSeconds()) {
                return arrivals;
            }
            arrivals.add(
                    Arrival.of(Duration.ofMillis((long) (at * 1000)), Duration.ofSeconds(300 + random.nextInt(601))));
        }
    }

    /** Jobs of office hours in Berlin, for a week that begins on a Thursday. */
    private static List<Arrival> office() {
        List<Arrival> arrivals = new ArrayList<>();
        for (int day = 0; day < 7; day++) {
            if (day != 2 && day != 3) {
                Duration midnight = DAY.multipliedBy(day);
                arrivals.addAll(
                        random(SEED + day, midnight.plusHours(8), midnight.plusHours(17), Duration.ofMinutes(6)));
            }
        }
        return arrivals;
    }

    /** Every three hours ten jobs within half an hour. */
    private static List<Arrival> bunches() {
        List<Arrival> arrivals = new ArrayList<>();
        for (int bunch = 0; bunch < 8; bunch++) {
            Duration from = Duration.ofHours(3L * bunch + 1);
            arrivals.addAll(random(SEED + bunch, from, from.plusMinutes(30), Duration.ofMinutes(3)));
        }
        return arrivals;
    }

    /** A job every quarter of an hour, and a second one that a newer push cancels while its runner boots. */
    static List<Arrival> cancelled() {
        var random = new SplittableRandom(SEED);
        List<Arrival> arrivals = new ArrayList<>();
        for (int minute = 10; minute < 1400; minute += 15) {
            Duration at = Duration.ofSeconds(minute * 60L + random.nextInt(300));
            arrivals.add(Arrival.of(at, Duration.ofMinutes(5)));
            arrivals.add(
                    new Arrival(at, Duration.ofMinutes(5), "acme/engine", Duration.ofSeconds(30 + random.nextInt(80))));
        }
        return arrivals;
    }

    static List<Arrival> burst(Duration at, int jobs, String repository) {
        List<Arrival> arrivals = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            arrivals.add(new Arrival(at, Duration.ofMinutes(10), repository, Duration.ZERO));
        }
        return arrivals;
    }

    private static List<Arrival> both(List<Arrival> one, List<Arrival> two) {
        List<Arrival> all = new ArrayList<>(one);
        all.addAll(two);
        return all;
    }

    // ---- runs ------------------------------------------------------------------------------------------------

    static PolicyTrial onePool(
            List<Arrival> arrivals, Duration length, UnaryOperator<RunnerPool.Builder> settings, PolicyTrial trial) {
        return trial.pool("p", arrivals)
                .run(length, fleet -> fleet.prices(PriceCatalog.flat(ONE)), (name, pool) -> settings.apply(pool));
    }

    static Row run(String name, ScalingPolicy policy, List<Arrival> arrivals, Duration length) {
        Figures figures = onePool(arrivals, length, pool -> pool.policy(policy), new PolicyTrial(SEED))
                .figures("p");
        return new Row(name, figures, figures.meanWait());
    }

    private static Row aiming(Row row, double aim) {
        return new Row(row.policy(), row.figures(), aim);
    }

    // ---- scenarios -------------------------------------------------------------------------------------------

    private static Scenario warm() {
        WeeklySchedule work =
                WeeklySchedule.weekdays(LocalTime.of(8, 50), LocalTime.of(18, 0), ZoneId.of("Europe/Berlin"));
        Duration week = Duration.ofDays(7);
        Figures always = onePool(office(), week, pool -> pool.minIdle(3), new PolicyTrial(SEED))
                .figures("p");
        return new Scenario(
                "A week; a job every 6 minutes from 9 to 18 on weekdays in Berlin. A boot takes 2 to 4 minutes.",
                "mean wait, s",
                List.of(
                        run("onDemand()", ScalingPolicy.onDemand(), office(), week),
                        run("warm(3, weekdays)", ScalingPolicy.warm(3, work), office(), week),
                        new Row("onDemand(), minIdle(3)", always, always.meanWait())));
    }

    private static Scenario warmAfterUse() {
        return new Scenario(
                "A day; every three hours about ten jobs within half an hour.",
                "mean wait, s",
                List.of(
                        run("onDemand()", ScalingPolicy.onDemand(), bunches(), DAY),
                        run(
                                "warmAfterUse(2, 20 min)",
                                ScalingPolicy.warmAfterUse(2, Duration.ofMinutes(20)),
                                bunches(),
                                DAY)));
    }

    private static Scenario presets() {
        List<Arrival> jobs = both(random(SEED, Duration.ofHours(1), DAY, Duration.ofMinutes(4)), cancelled());
        return new Scenario(
                "A day; a job every 4 minutes, and others of which half are cancelled while their runner boots.",
                "mean wait, s",
                List.of(
                        run("onDemand()", ScalingPolicy.onDemand(), jobs, DAY),
                        run("lazy()", ScalingPolicy.lazy(), jobs, DAY),
                        run("balanced()", ScalingPolicy.balanced(), jobs, DAY),
                        run("aggressive()", ScalingPolicy.aggressive(), jobs, DAY)));
    }

    private static Scenario cooldown() {
        ScalingPolicy hasty = ScalingPolicy.onDemand().and(ScalingPolicy.idleTimeout(Duration.ofMinutes(1)));
        Row before = run("onDemand(), 1 min", hasty, cancelled(), DAY);
        Row after = run(
                "… and cooldown(20 min)", hasty.and(ScalingPolicy.cooldown(Duration.ofMinutes(20))), cancelled(), DAY);
        return new Scenario(
                "A day; two jobs every quarter of an hour, one of them cancelled while its runner boots; runners idle"
                        + " for a minute at most.",
                "created",
                List.of(
                        aiming(before, before.figures().created()),
                        aiming(after, after.figures().created())));
    }

    private static Scenario breakEven() {
        PolicyTrial.Boots slow = (number, random) -> Duration.ofSeconds(240 + random.nextInt(60));
        List<Row> rows = new ArrayList<>();
        Map<String, ScalingPolicy> policies = new LinkedHashMap<>();
        policies.put("onDemand(), 5 min", ScalingPolicy.onDemand());
        policies.put(
                "… and breakEven(4)", ScalingPolicy.onDemand().and(ScalingPolicy.breakEven(BigDecimal.valueOf(4))));
        policies.forEach((name, policy) -> {
            Figures f = onePool(
                            cancelled(),
                            DAY,
                            pool -> pool.policy(policy),
                            new PolicyTrial(SEED, slow, provider -> provider))
                    .figures("p");
            rows.add(new Row(name, f, f.runnerHours() + 4 * f.meanWait() * f.jobs() / 3600));
        });
        return new Scenario(
                "A day; two jobs every quarter of an hour, one of them cancelled while its runner boots. A boot takes 4 to"
                        + " 5 minutes, a runner costs 1 an hour, a waiting job 4.",
                "cost of runners and waits",
                rows);
    }

    private static Scenario createRate() {
        List<Row> rows = new ArrayList<>();
        Map<String, ScalingPolicy> policies = new LinkedHashMap<>();
        policies.put("onDemand()", ScalingPolicy.onDemand());
        policies.put(
                "… and createRate(6, 1 min, 6)",
                ScalingPolicy.onDemand().and(ScalingPolicy.createRate(6, Duration.ofMinutes(1), 6)));
        policies.forEach((name, policy) -> {
            PolicyTrial trial = onePool(
                    burst(Duration.ofMinutes(10), 30, "acme/engine"),
                    Duration.ofHours(2),
                    pool -> pool.policy(policy),
                    new PolicyTrial(SEED));
            rows.add(new Row(name, trial.figures("p"), trial.mostMadeWithin(Duration.ofMinutes(1))));
        });
        return new Scenario("30 jobs at once.", "most made in a minute", rows);
    }

    private static Scenario launchCredit() {
        List<Row> rows = new ArrayList<>();
        Map<String, ScalingPolicy> policies = new LinkedHashMap<>();
        policies.put("onDemand()", ScalingPolicy.onDemand());
        policies.put("… and launchCredit()", ScalingPolicy.onDemand().and(ScalingPolicy.launchCredit()));
        policies.forEach((name, policy) -> rows.add(launchCredit(name, policy, 12)));
        return new Scenario(
                "Two days; a job every 10 minutes, the usual boot, but every 12th machine takes 25 minutes.",
                "p95 wait, s",
                rows);
    }

    static Row launchCredit(String name, ScalingPolicy policy, int stuckEvery) {
        PolicyTrial.Boots boots = (number, random) -> stuckEvery > 0 && number % stuckEvery == stuckEvery - 1
                ? Duration.ofMinutes(25)
                : PolicyTrial.TWO_TO_FOUR_MINUTES.boot(number, random);
        // Beforehand enough boots for a percentile, none of them stuck.
        PolicyTrial.Boots later = (number, random) ->
                number < 24 ? PolicyTrial.TWO_TO_FOUR_MINUTES.boot(number, random) : boots.boot(number, random);
        Figures f = onePool(
                        random(SEED, Duration.ZERO, DAY.multipliedBy(2), Duration.ofMinutes(10)),
                        DAY.multipliedBy(2),
                        pool -> pool.policy(policy),
                        new PolicyTrial(SEED, later, provider -> provider))
                .figures("p");
        return new Row(name, f, f.p95Wait());
    }

    /** Two pools under one cap: one is flooded, the other's waits are what counts. */
    static Row twoPools(
            String name,
            int cap,
            int flood,
            UnaryOperator<RunnerCoordinator.Builder> fleet,
            UnaryOperator<RunnerPool.Builder> floodedPool,
            UnaryOperator<RunnerPool.Builder> otherPool) {
        List<Arrival> floods = new ArrayList<>();
        for (int hour = 1; hour < 24; hour += 4) {
            floods.addAll(burst(Duration.ofHours(hour), flood, "acme/flood"));
        }
        PolicyTrial trial = new PolicyTrial(SEED)
                .pool("flooded", floods)
                .pool("other", random(SEED, Duration.ofHours(1), Duration.ofHours(23), Duration.ofMinutes(20)));
        trial.run(
                DAY,
                builder -> fleet.apply(builder.maxRunnersTotal(cap)),
                (pool, builder) -> pool.equals("flooded") ? floodedPool.apply(builder) : otherPool.apply(builder));
        Figures flooded = trial.figures("flooded");
        Figures other = trial.figures("other");
        int jobs = flooded.jobs() + other.jobs();
        return new Row(
                name,
                new Figures(
                        jobs,
                        (flooded.meanWait() * flooded.jobs() + other.meanWait() * other.jobs()) / jobs,
                        Math.max(flooded.p95Wait(), other.p95Wait()),
                        flooded.idleHours() + other.idleHours(),
                        flooded.runnerHours() + other.runnerHours(),
                        flooded.created() + other.created(),
                        0),
                other.meanWait());
    }

    private static final String FLOOD =
            "A day; two pools share 8 runners. One gets 40 jobs every four hours, the other a job every 20 minutes."
                    + " The p95 is the worse of the two.";
    private static final String OTHERS = "mean wait of the other pool, s";

    private static Scenario repositoryCap() {
        return new Scenario(
                FLOOD,
                OTHERS,
                List.of(
                        twoPools("onDemand()", 8, 40, f -> f, p -> p, p -> p),
                        twoPools(
                                "… and repositoryCap(5)",
                                8,
                                40,
                                f -> f,
                                p -> p.policy(ScalingPolicy.onDemand().and(ScalingPolicy.repositoryCap(5))),
                                p -> p)));
    }

    private static Scenario fair() {
        return new Scenario(
                FLOOD,
                OTHERS,
                List.of(
                        twoPools("onDemand()", 8, 40, f -> f, p -> p, p -> p),
                        twoPools(
                                "sharing(fair(2 h))",
                                8,
                                40,
                                f -> f.sharing(FleetSharing.fair(Duration.ofHours(2))),
                                p -> p,
                                p -> p)));
    }

    private static Scenario byPriority() {
        return new Scenario(
                FLOOD,
                OTHERS,
                List.of(
                        twoPools("onDemand()", 8, 40, f -> f, p -> p, p -> p),
                        twoPools(
                                "sharing(byPriority()), priority(1)",
                                8,
                                40,
                                f -> f.sharing(FleetSharing.byPriority()),
                                p -> p,
                                p -> p.priority(1))));
    }

    private static Scenario budgets() {
        List<Arrival> jobs = random(SEED, Duration.ofHours(1), DAY, Duration.ofMinutes(3));
        List<Row> rows = new ArrayList<>();
        Map<String, ScalingPolicy> policies = new LinkedHashMap<>();
        policies.put("onDemand()", ScalingPolicy.onDemand());
        policies.put(
                "… and softBudget(60)",
                ScalingPolicy.onDemand().and(ScalingPolicy.softBudget(sixty(), ZoneOffset.UTC)));
        policies.put(
                "… and hardBudget(60)",
                ScalingPolicy.onDemand().and(ScalingPolicy.hardBudget(sixty(), ZoneOffset.UTC)));
        policies.forEach((name, policy) -> {
            Row row = run(name, policy, jobs, DAY);
            rows.add(aiming(row, row.figures().runnerHours()));
        });
        return new Scenario("A day; a job every 3 minutes; a runner costs 1 an hour.", "spent", rows);
    }

    private static BigDecimal sixty() {
        return BigDecimal.valueOf(60);
    }
}
