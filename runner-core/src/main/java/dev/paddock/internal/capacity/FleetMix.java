package dev.paddock.internal.capacity;

import dev.paddock.capacity.CapacityRequest.Wish;
import java.util.Arrays;
import java.util.List;

/** How often a mix fits many hosts. Not thread-safe. */
final class FleetMix {
    /** How often prices are changed that bound it. */
    private static final int ROUNDS = 24;
    /** Where the search for the most ends, as a share of it. */
    private static final double CLOSE = 0.002;

    private final List<FleetSite> sites;
    private final double[] shares;
    private final int[] kept;
    private final double[] worth;
    private final int maxRunners;
    private int[] demand;

    /** Begins, with the runners that stay. */
    FleetMix(List<FleetSite> sites, List<Wish> wishes, int[] kept, int maxRunners) {
        this.sites = sites;
        this.kept = kept;
        this.maxRunners = maxRunners;
        shares = wishes.stream().mapToDouble(Wish::count).toArray();
        worth = wishes.stream().mapToDouble(wish -> wish.profile().weight()).toArray();
        demand = new int[shares.length];
    }

    /**
     * What no plan exceeds. If a mix fits so often, then at any prices of its profiles all hosts together can reach what
     * so many mixes cost; prices rise where there is little.
     */
    double bound() {
        double[] price = Arrays.stream(shares).map(share -> 1 / share).toArray();
        int[] unbounded = new int[shares.length];
        Arrays.fill(unbounded, Integer.MAX_VALUE / 2);
        double least = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            FleetSearch.Answer answer =
                    new FleetSearch(sites, price, unbounded, maxRunners).alone(HostSolver.NO_SEARCH);
            double reached = answer.bound();
            double cost = 0;
            for (int wish = 0; wish < price.length; wish++) {
                reached += price[wish] * kept[wish];
                cost += price[wish] * shares[wish];
            }
            least = Math.min(least, reached / cost);
            for (int wish = 0; wish < price.length; wish++) {
                double factor = (answer.runners()[wish] + kept[wish]) / shares[wish];
                double lack = 1 - factor / Math.max(least, 1e-9);
                price[wish] =
                        Math.max(1e-6 / shares[wish], price[wish] * Math.exp(Math.max(-1, lack) / (1 + round / 4.0)));
            }
        }
        return least;
    }

    /** Lets the sites choose for the largest factor that is found; each factor is a whole number of the largest share. */
    void choose(double bound) {
        double most = Arrays.stream(shares).max().orElse(1);
        long fits = 0;
        long exceeds = (long) Math.floor(bound * most * (1 + 1e-9)) + 1;
        while (exceeds - fits > Math.max(1, fits * CLOSE)) {
            long middle = (fits + exceeds) / 2;
            if (fits(middle / most)) {
                fits = middle;
            } else {
                exceeds = middle;
            }
        }
        if (!fits(fits / most)) {
            throw new IllegalStateException("a mix that fitted does not fit any more");
        }
    }

    private boolean fits(double factor) {
        Arrays.setAll(demand, wish -> (int) Math.max(0, Math.ceil(factor * shares[wish] - 1e-9) - kept[wish]));
        var search = new FleetSearch(sites, worth, demand, maxRunners);
        search.search();
        return Arrays.stream(search.left()).allMatch(count -> count == 0);
    }

    /** What the sites have chosen in all, by wish. */
    int[] chosen() {
        return demand.clone();
    }
}
