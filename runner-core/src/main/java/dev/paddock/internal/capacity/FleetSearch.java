package dev.paddock.internal.capacity;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Runners for many hosts, with a demand over all of them. Each profile has a price that rises while hosts, left to
 * themselves, would take more of it than there is demand: at any prices, what all hosts reach alone with weights less
 * prices, plus the demand at these prices, bounds every plan. Hosts then choose one after another at these prices, which
 * follow what is left, and at last each may choose again out of what nobody took. Not thread-safe.
 */
final class FleetSearch {
    /** Hosts that are asked at a time while prices are sought. */
    private static final int SAMPLE = Integer.getInteger("sample", 64);

    private static final long SEEK = Long.getLong("seek", 1000),
            BOUND = Long.getLong("bound", 1000),
            PLACE = Long.getLong("place", 3000);
    private static final double REACH = Double.parseDouble(System.getProperty("reach", "0.1"));
    /** Hosts that choose before prices are looked at again. */
    private static final int BATCH = 32;

    private static final int ROUNDS = Integer.getInteger("rounds", 40);
    private static final int REFINEMENTS = Integer.getInteger("refine", 3);
    private static final int SWEEPS = 3;
    /** Sums of values stay below it, so that a host's solver counts in whole numbers. */
    private static final double MOST = 1L << 46;

    private final List<FleetSite> sites;
    private final double[] worth;
    private final int[] left;
    private final double scale;
    private final int[] kinds;
    private final FleetSite[] order;
    private final double[] price;
    private double bound;

    /** What some hosts would do at some prices. */
    private record Answer(double bound, double[] runners) {}

    /** A host's choice, and what none exceeds. */
    private record Choice(Problem problem, HostSolver.Solved solved) {}

    /**
     * Begins.
     *
     * @param worth of a runner, by wish; more than 0
     * @param demand how many more there may be, by wish
     * @param maxRunners the most of one host
     */
    FleetSearch(List<FleetSite> sites, double[] worth, int[] demand, int maxRunners) {
        this.sites = sites;
        this.worth = worth;
        left = demand.clone();
        price = new double[worth.length];
        double heaviest = Arrays.stream(worth).max().orElse(1);
        scale = Math.pow(2, Math.floor(Math.log(MOST / (heaviest * maxRunners)) / Math.log(2)));
        long[][] keys = sites.stream().map(this::key).toArray(long[][]::new);
        Integer[] positions = new Integer[keys.length];
        Arrays.setAll(positions, i -> i);
        Arrays.sort(positions, Comparator.comparing(i -> keys[i], Arrays::compare));
        order = Arrays.stream(positions).map(sites::get).toArray(FleetSite[]::new);
        kinds = new int[order.length];
        for (int i = 1; i < kinds.length; i++) {
            kinds[i] = kinds[i - 1] + (Arrays.equals(keys[positions[i]], keys[positions[i - 1]]) ? 0 : 1);
        }
    }

    /** Equal for hosts that can hold the same. */
    private long[] key(FleetSite site) {
        Problem problem = problem(site, left, price);
        var key = java.util.stream.LongStream.builder();
        Arrays.stream(problem.wishes).forEach(key::add);
        Arrays.stream(problem.limit).forEach(key::add);
        Arrays.stream(problem.capacity).forEach(key::add);
        for (int of = 0; of < problem.room.length; of++) {
            key.add(problem.classSize[of]).add(problem.room[of]).add(problem.inUse[of] ? 1 : 0);
            for (byte fit : problem.fit[of]) {
                key.add(fit);
            }
        }
        return key.build().toArray();
    }

    /** Searches; every site has its choice afterwards. Returns what no plan exceeds. */
    double search() {
        int[] demand = left.clone();
        double all = 0;
        for (int wish = 0; wish < demand.length; wish++) {
            all += demand[wish] * worth[wish];
        }
        Answer alone = ask(price, 0, 1, BOUND);
        bound = alone.bound();
        boolean scarce = false;
        for (int wish = 0; wish < demand.length; wish++) {
            scarce |= alone.runners()[wish] > demand[wish];
        }
        if (scarce) {
            seekPrices(demand);
        }
        chooseInTurn();
        if (scarce) {
            for (int sweep = 0; sweep < SWEEPS && chooseAgain(); sweep++) {}
            guessPrices(demand);
        }
        return Math.min(all, bound);
    }

    /** What was not placed, by wish. */
    int[] left() {
        return left;
    }

    private void seekPrices(int[] demand) {
        int step = Math.max(1, order.length / SAMPLE);
        double[] now = price.clone();
        double[] best = price.clone();
        double reach = REACH;
        double least = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS + REFINEMENTS; round++) {
            boolean whole = round >= ROUNDS || step == 1;
            if (round == ROUNDS) {
                System.arraycopy(best, 0, now, 0, now.length);
                least = Double.MAX_VALUE;
                reach = REACH / 10;
            }
            Answer answer = whole ? ask(now, 0, 1, BOUND) : ask(now, step / 2, step, SEEK);
            double part = whole ? 1 : (double) sampled(step / 2, step) / order.length;
            double total = answer.bound() / part;
            for (int wish = 0; wish < now.length; wish++) {
                total += now[wish] * demand[wish];
            }
            bound = whole ? Math.min(bound, total) : bound;
            if (total < least) {
                least = total;
                best = now.clone();
            } else {
                reach *= 0.9;
            }
            descend(now, answer.runners(), demand, part, total - least * (1 - reach));
        }
        System.arraycopy(best, 0, price, 0, best.length);
    }

    /** Goes so far against the slope that, were it a plane, the bound would fall by so much. */
    private void descend(double[] now, double[] taken, int[] demand, double part, double fall) {
        double[] slope = new double[now.length];
        double square = 0;
        for (int wish = 0; wish < now.length; wish++) {
            double up = worth[wish] * (demand[wish] - taken[wish] / part);
            boolean leaves = up > 0 ? now[wish] <= 0 : now[wish] >= worth[wish];
            slope[wish] = leaves ? 0 : up;
            square += slope[wish] * slope[wish];
        }
        for (int wish = 0; wish < now.length && square > 0; wish++) {
            double moved = now[wish] - worth[wish] * slope[wish] * fall / square;
            now[wish] = Math.max(0, Math.min(worth[wish], moved));
        }
    }

    /** Tries what would be right if nobody who was placed stood in the way of those who were not. */
    private void guessPrices(int[] demand) {
        double[] guess = new double[worth.length];
        double total = 0;
        for (int wish = 0; wish < guess.length; wish++) {
            guess[wish] = left[wish] > 0 ? 0 : worth[wish];
            total += guess[wish] * demand[wish];
        }
        bound = Math.min(bound, total + ask(guess, 0, 1, BOUND).bound());
    }

    private int step() {
        return Math.max(1, order.length / BATCH);
    }

    private int sampled(int from, int step) {
        return (order.length - from + step - 1) / step;
    }

    /** Prices rise where more is taken than is due, and fall where less is. */
    private void adjust(double[] prices, double[] taken, int[] demand, double part, double rate) {
        for (int wish = 0; wish < prices.length; wish++) {
            double due = demand[wish] * part;
            double excess = (taken[wish] - due) / Math.max(1, Math.max(taken[wish], due));
            prices[wish] = Math.max(0, Math.min(worth[wish], prices[wish] + worth[wish] * rate * excess));
        }
    }

    /** What every {@code step}-th host would do alone. */
    private Answer ask(double[] prices, int from, int step, long steps) {
        double[] runners = new double[worth.length];
        double total = 0;
        HostSolver.Solved solved = null;
        Problem problem = null;
        for (int i = from; i < order.length; i += step) {
            if (solved == null || problem == null || kinds[i] != kinds[i - step]) {
                problem = problem(order[i], left, prices);
                solved = HostSolver.solve(problem, steps);
            }
            total += solved.bound() / scale;
            for (int wish = 0; wish < problem.count(); wish++) {
                runners[problem.wishes[wish]] += solved.packing().runners[wish];
            }
        }
        return new Answer(total, runners);
    }

    private Problem problem(FleetSite site, int[] wanted, double[] prices) {
        long[] values = new long[worth.length];
        int[] worthwhile = new int[worth.length];
        for (int wish = 0; wish < values.length; wish++) {
            values[wish] = (long) Math.ceil((worth[wish] - prices[wish]) * scale);
            worthwhile[wish] = values[wish] > 0 ? wanted[wish] : 0;
        }
        return site.draft(worthwhile).with(values, 0);
    }

    private void chooseInTurn() {
        int step = step();
        int asked = 0;
        for (int from = 0; from < step; from++) {
            int[] before = left.clone();
            SortedMap<long[], HostSolver.Solved> known = new TreeMap<>(Arrays::compare);
            for (int i = from; i < order.length; i += step) {
                take(order[i], choice(i, left, price, known));
            }
            double[] taken = new double[left.length];
            Arrays.setAll(taken, wish -> before[wish] - left[wish]);
            int here = sampled(from, step);
            adjust(price, taken, before, (double) here / (order.length - asked), 0.05);
            asked += here;
        }
    }

    private Choice choice(int position, int[] wanted, double[] prices, SortedMap<long[], HostSolver.Solved> known) {
        Problem problem = problem(order[position], wanted, prices);
        long[] key = new long[problem.count() * 2 + 1];
        key[0] = kinds[position];
        for (int wish = 0; wish < problem.count(); wish++) {
            key[2 * wish + 1] = problem.wishes[wish];
            key[2 * wish + 2] = problem.limit[wish];
        }
        return new Choice(problem, known.computeIfAbsent(key, missing -> HostSolver.solve(problem, PLACE)));
    }

    private void take(FleetSite site, Choice choice) {
        for (int wish = 0; wish < left.length; wish++) {
            left[wish] += site.runners(wish);
        }
        site.choose(choice.problem(), choice.solved().packing());
        for (int wish = 0; wish < left.length; wish++) {
            left[wish] -= site.runners(wish);
        }
    }

    /** Lets each host choose out of what it has and what nobody took; tells whether any did better. */
    private boolean chooseAgain() {
        double[] free = new double[price.length];
        SortedMap<long[], HostSolver.Solved> known = new TreeMap<>(Arrays::compare);
        boolean better = false;
        for (int i = 0; i < order.length && Arrays.stream(left).anyMatch(count -> count > 0); i++) {
            FleetSite site = order[i];
            int[] wanted = left.clone();
            for (int wish = 0; wish < wanted.length; wish++) {
                wanted[wish] += site.runners(wish);
            }
            Choice choice = choice(i, wanted, free, known);
            double gain = 0;
            for (int wish = 0; wish < choice.problem().count(); wish++) {
                gain += choice.solved().packing().runners[wish] * worth[choice.problem().wishes[wish]];
            }
            for (int wish = 0; wish < wanted.length; wish++) {
                gain -= site.runners(wish) * worth[wish];
            }
            if (gain > 1e-9) {
                take(site, choice);
                better = true;
            }
        }
        return better;
    }

    /** The sum of worths of what is chosen. */
    double value() {
        double value = 0;
        for (FleetSite site : sites) {
            for (int wish = 0; wish < worth.length; wish++) {
                value += site.runners(wish) * worth[wish];
            }
        }
        return value;
    }
}
