package dev.paddock.scaling;

import dev.paddock.RunnerProfile;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Slots one by one: first to pressing claims, then by priority, then by the smallest dominant share. */
record DominantShare(Duration halfLife) implements FleetSharing {
    private static final int RESOURCES = 5;

    @Override
    public int[] share(int free, List<Claim> claims, Instant now) {
        int[] shares = new int[claims.size()];
        double[] weight = weights(claims);
        double[] load = new double[shares.length];
        for (int i = 0; i < shares.length; i++) {
            PoolView view = claims.get(i).view();
            load[i] = halfLife.isZero() ? 0 : used(view, now) + view.occupied();
        }
        for (int left = free; left > 0; left--) {
            int next = next(claims, shares, load, weight);
            if (next < 0) {
                break;
            }
            shares[next]++;
        }
        return shares;
    }

    private static int next(List<Claim> claims, int[] shares, double[] load, double[] weight) {
        int best = -1;
        for (int i = 0; i < shares.length; i++) {
            if (shares[i] < claims.get(i).wants() && (best < 0 || before(claims, shares, load, weight, i, best))) {
                best = i;
            }
        }
        return best;
    }

    private static boolean before(
            List<Claim> claims, int[] shares, double[] load, double[] weight, int one, int other) {
        Claim a = claims.get(one);
        Claim b = claims.get(other);
        if (a.pressing() != b.pressing()) {
            return a.pressing();
        }
        if (a.priority() != b.priority()) {
            return a.priority() > b.priority();
        }
        return (load[one] + shares[one]) * weight[one] < (load[other] + shares[other]) * weight[other];
    }

    /** The mean number of runners of late, weighed by age. */
    private double used(PoolView view, Instant now) {
        double half = halfLife.toMillis();
        double sum = 0;
        for (PoolHistory.RunnerTime quarter : view.history().runnerTime()) {
            Instant end = quarter.from().plus(PoolHistory.RunnerTime.LENGTH);
            Duration length = Duration.between(quarter.from(), end.isBefore(now) ? end : now);
            double age = Duration.between(quarter.from(), now).toMillis() - length.toMillis() / 2.0;
            sum += quarter.time().toMillis() * Math.pow(0.5, age / half);
        }
        return sum * Math.log(2) / half;
    }

    private double[] weights(List<Claim> claims) {
        double[] weight = new double[claims.size()];
        if (halfLife.isZero()) {
            Arrays.fill(weight, 1);
            return weight;
        }
        for (int r = 0; r < RESOURCES; r++) {
            double total = 0;
            for (Claim claim : claims) {
                total += (double) claim.view().maxRunners() * amount(claim.profile(), r);
            }
            for (int i = 0; i < weight.length && total > 0; i++) {
                weight[i] = Math.max(weight[i], amount(claims.get(i).profile(), r) / total);
            }
        }
        return weight;
    }

    private static double amount(RunnerProfile profile, int resource) {
        return switch (resource) {
            case 0 -> 1;
            case 1 -> profile.cores();
            case 2 -> profile.memory().bytes();
            case 3 -> profile.gpus();
            default -> profile.gpuMemory().bytes() * (double) Math.max(1, profile.gpus());
        };
    }
}
