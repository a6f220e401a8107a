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
    /** How many hosts are asked while prices are sought, and how often: few many times, then more, and at last all. */
    private static final int[][] ROUNDS = {{64, 30}, {256, 8}, {Integer.MAX_VALUE, 1}};
    /** Hosts that choose before prices are looked at again. */
    private static final int BATCH = 32;
    /** How often all are asked once more, and choose once more, where the bound is far. */
    private static final int TURNS = 2;

    private static final int REFINEMENTS = 2;
    /** What is nearer to the bound is near enough. */
    private static final double NEAR = 0.005;
    /** By which share of it the least bound is hoped to fall at first. */
    private static final double REACH = 0.1;
    /** By which share of its worth what ran out is made dearer, so that hosts that do as well without leave it to others. */
    private static final double RAISE = 0.02;
    /** How often hosts may choose again. */
    private static final int SWEEPS = 5;
    /** How many costs of a device are tried. */
    private static final int COSTS = 24;
    /** How fast prices follow what is left. */
    private static final double DRIFT = 0.05;
    /** Steps of a search: enough for a tenth of a percent on most hosts. */
    private static final long STEPS = 8_000;
    /** Of one that only tells which way prices are to go. */
    private static final long FEW_STEPS = 8_000;

    /** Sums of values stay below it, so that a host's solver counts in whole numbers. */
    private static final double MOST = 1L << 46;

    private final double[] worth;
    private final int[] demand;
    private final int[] left;
    private final double scale;
    private final int[] kinds;
    private final FleetSite[] order;
    private final double[] price;
    /** The prices to ask about next. */
    private double[] next = {};
    /** The least bound of those asked. */
    private double least;
    /** By which share of it that is hoped to fall. */
    private double reach;

    private double bound;
    private boolean scarce;
    /** Whether in the last turn demand kept a host from more of anything. */
    private boolean felt;
    /** What it costs to use a device. */
    private long cost;

    /** What some hosts would do at some prices. */
    static final class Answer {
        private final double bound;
        private final double[] runners;

        private Answer(double bound, double[] runners) {
            this.bound = bound;
            this.runners = runners;
        }

        /** What none of them exceeds, together. */
        double bound() {
            return bound;
        }

        /** By wish, how many they would hold. */
        double[] runners() {
            return runners;
        }
    }

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
        this.worth = worth;
        this.demand = demand;
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
        Problem problem = problem(site, demand, price);
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
        double all = 0;
        for (int wish = 0; wish < worth.length; wish++) {
            all += demand[wish] * worth[wish];
        }
        chooseInTurn(STEPS);
        if (Arrays.stream(left).allMatch(count -> count == 0)) {
            return all;
        }
        Answer alone = alone(STEPS);
        bound = alone.bound();
        for (int wish = 0; wish < worth.length; wish++) {
            scarce |= alone.runners()[wish] > demand[wish];
        }
        if (!scarce) {
            double sum = chooseInTurn(HostSolver.EXACT);
            scarce = felt;
            bound = scarce ? bound : sum;
        }
        if (scarce && bound > value()) {
            seekPrices();
            chooseAtPrices(0);
            if (!isNear()) {
                guessPrices();
            }
            for (int turn = 0; turn < TURNS && !isNear(); turn++) {
                refine();
            }
        }
        return Math.min(all, bound);
    }

    /** What all hosts would do without prices. */
    Answer alone(long steps) {
        return ask(new double[worth.length], 0, 1, steps);
    }

    /**
     * Chooses again, no less of anything, on fewer devices: hosts choose at a cost for each, the highest at which all
     * find a place.
     */
    void useFewerDevices() {
        List<FleetSite.Chosen> best =
                Arrays.stream(order).map(FleetSite::chosen).toList();
        int[] unplaced = left.clone();
        int[] wanted = demand.clone();
        Arrays.setAll(demand, wish -> wanted[wish] - unplaced[wish]);
        Arrays.fill(price, 0);
        scarce = false;
        double low = 1;
        double high = MOST;
        for (int round = 0; round < COSTS && high > low; round++) {
            cost = Math.round(round == 0 ? low : Math.sqrt(low * high));
            chooseInTurn(STEPS);
            if (Arrays.stream(left).allMatch(count -> count == 0)) {
                low = cost;
                best = fewer(best);
            } else {
                high = cost;
            }
        }
        System.arraycopy(wanted, 0, demand, 0, wanted.length);
        restore(best, unplaced);
    }

    private List<FleetSite.Chosen> fewer(List<FleetSite.Chosen> best) {
        List<FleetSite.Chosen> now = Arrays.stream(order).map(FleetSite::chosen).toList();
        return devices(now) < devices(best) ? now : best;
    }

    private static int devices(List<FleetSite.Chosen> chosen) {
        return chosen.stream().mapToInt(FleetSite.Chosen::devices).sum();
    }

    /** What was not placed, by wish. */
    int[] left() {
        return left;
    }

    /** Chooses; prices of what ran out before are raised by a share of its worth, and are as they were at the end. */
    private void chooseAtPrices(double raise) {
        double[] found = price.clone();
        for (int wish = 0; wish < worth.length; wish++) {
            price[wish] += left[wish] == 0 ? Math.min(raise, 1 - price[wish] / worth[wish]) * worth[wish] : 0;
        }
        chooseInTurn(STEPS);
        for (int sweep = 0; sweep < SWEEPS && chooseAgain(); sweep++) {}
        System.arraycopy(found, 0, price, 0, found.length);
    }

    private boolean isNear() {
        return bound * (1 - NEAR) <= value();
    }

    private double value() {
        double value = 0;
        for (int wish = 0; wish < worth.length; wish++) {
            value += worth[wish] * (demand[wish] - left[wish]);
        }
        return value;
    }

    /** Prices nearer to the right ones, and with them a lower bound; choices stay if those at these prices are no better. */
    private void refine() {
        seekPrices(Integer.MAX_VALUE, REFINEMENTS);
        if (isNear()) {
            return;
        }
        double value = value();
        List<FleetSite.Chosen> before =
                Arrays.stream(order).map(FleetSite::chosen).toList();
        int[] leftBefore = left.clone();
        chooseAtPrices(RAISE);
        if (value() < value) {
            restore(before, leftBefore);
        }
    }

    private void restore(List<FleetSite.Chosen> chosen, int[] unplaced) {
        for (int i = 0; i < order.length; i++) {
            order[i].choose(chosen.get(i));
        }
        System.arraycopy(unplaced, 0, left, 0, unplaced.length);
    }

    private void seekPrices() {
        reach = REACH;
        for (int[] each : ROUNDS) {
            next = price.clone();
            least = Double.MAX_VALUE;
            seekPrices(each[0], each[1]);
            reach /= 4;
        }
    }

    /** Asks about so many hosts so often, and each time goes on from the answer; ends with the prices of the least bound. */
    private void seekPrices(int hosts, int rounds) {
        int step = Math.max(1, order.length / hosts);
        boolean whole = step == 1;
        double part = (double) sampled(step / 2, step) / order.length;
        for (int round = 0; round < rounds; round++) {
            Answer answer = ask(next, step / 2, step, whole ? STEPS : FEW_STEPS);
            double total = answer.bound() / part;
            for (int wish = 0; wish < next.length; wish++) {
                total += next[wish] * demand[wish];
            }
            bound = whole ? Math.min(bound, total) : bound;
            if (total < least) {
                least = total;
                System.arraycopy(next, 0, price, 0, next.length);
            } else {
                reach *= 0.9;
            }
            descend(next, answer.runners(), part, total - least * (1 - reach));
        }
    }

    /** Goes so far against the slope that, were it a plane, the bound would fall by so much. */
    private void descend(double[] now, double[] taken, double part, double fall) {
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
    private void guessPrices() {
        double[] guess = new double[worth.length];
        double total = 0;
        for (int wish = 0; wish < guess.length; wish++) {
            guess[wish] = left[wish] > 0 ? 0 : worth[wish];
            total += guess[wish] * demand[wish];
        }
        bound = Math.min(bound, total + ask(guess, 0, 1, STEPS).bound());
    }

    private int sampled(int from, int step) {
        return (order.length - from + step - 1) / step;
    }

    /** Prices rise where more was taken than was due, and fall where less was. */
    private void adjust(int[] before, double part) {
        for (int wish = 0; wish < price.length; wish++) {
            double due = before[wish] * part;
            double taken = before[wish] - left[wish];
            double excess = (taken - due) / Math.max(1, Math.max(taken, due));
            price[wish] = Math.max(0, Math.min(worth[wish], price[wish] + worth[wish] * DRIFT * excess));
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
                problem = problem(order[i], demand, prices);
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
        long[] values = values(prices);
        int[] worthwhile = new int[worth.length];
        Arrays.setAll(worthwhile, wish -> values[wish] > 0 ? wanted[wish] : 0);
        Problem.Draft draft = site.draft(worthwhile);
        return draft.with(values, new boolean[draft.bins()]);
    }

    private long[] values(double[] prices) {
        long[] values = new long[worth.length];
        for (int wish = 0; wish < values.length; wish++) {
            values[wish] = (long) Math.ceil((worth[wish] - prices[wish]) * scale);
        }
        return values;
    }

    /** Returns the sum of what no host's choice exceeds; unless it is scarce what none of all together does. */
    private double chooseInTurn(long steps) {
        int step = Math.max(1, order.length / BATCH);
        int asked = 0;
        double sum = 0;
        felt = false;
        System.arraycopy(demand, 0, left, 0, left.length);
        Arrays.stream(order).forEach(FleetSite::choose);
        for (int from = 0; from < step; from++) {
            int[] before = left.clone();
            SortedMap<long[], HostSolver.Solved> known = new TreeMap<>(Arrays::compare);
            for (int i = from; i < order.length; i += step) {
                felt |= Arrays.stream(left).anyMatch(count -> count == 0);
                Choice choice = choice(i, left, price, steps, known);
                for (boolean bounded : choice.problem().bounded) {
                    felt |= bounded;
                }
                sum += choice.solved().bound() / scale;
                take(order[i], choice);
            }
            int here = sampled(from, step);
            if (scarce) {
                adjust(before, (double) here / (order.length - asked));
            }
            asked += here;
        }
        return sum;
    }

    private Choice choice(
            int position, int[] wanted, double[] prices, long steps, SortedMap<long[], HostSolver.Solved> known) {
        Problem problem = problem(order[position], wanted, prices);
        long[] key = new long[problem.count() * 2 + 1];
        key[0] = kinds[position];
        for (int wish = 0; wish < problem.count(); wish++) {
            key[2 * wish + 1] = problem.wishes[wish];
            key[2 * wish + 2] = problem.limit[wish];
        }
        if (cost > 0) {
            return atCost(order[position].draft(wanted), steps);
        }
        return new Choice(problem, known.computeIfAbsent(key, missing -> HostSolver.solve(problem, steps)));
    }

    /** The best choice less what its devices cost, by how many are left to it, the largest first. */
    private Choice atCost(Problem.Draft draft, long steps) {
        long[] values = values(price);
        boolean[] out = new boolean[draft.bins()];
        Problem problem = draft.with(values, out);
        int[] bins = problem.bins;
        Choice best = new Choice(problem, HostSolver.solve(problem, steps));
        double most = net(best);
        for (int open = bins.length - 1; open >= 0; open--) {
            out[bins[open]] = true;
            Problem fewer = draft.with(values, out);
            var choice = new Choice(fewer, HostSolver.solve(fewer, steps));
            if (choice.solved().bound() <= most) {
                break;
            }
            if (net(choice) > most) {
                best = choice;
                most = net(choice);
            }
        }
        return best;
    }

    private double net(Choice choice) {
        Packing packing = choice.solved().packing();
        return packing.value - (double) cost * new FleetSite.Chosen(choice.problem(), packing).devices();
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
            Choice choice = choice(i, wanted, free, STEPS, known);
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
}
