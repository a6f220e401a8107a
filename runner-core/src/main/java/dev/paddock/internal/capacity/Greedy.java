package dev.paddock.internal.capacity;

/** Fills a host runner by runner, each on the device where it leaves the least. Not thread-safe. */
final class Greedy {
    /** By what the next runner is chosen. */
    enum Rule {
        /** The most value for the largest share of what is left that it takes. */
        VALUE_BY_SHARE,
        /** The smallest such share. */
        LEAST_SHARE,
        /** The most value. */
        VALUE,
        /** The largest part of a device. */
        SIZE
    }

    private final Problem problem;
    private final int[] limit;
    private final long[] left;
    private final long[] room;
    private final boolean[] used;
    private final boolean[] taken;
    private final Packing packing;

    private Greedy(Problem problem, int[] limit) {
        this.problem = problem;
        this.limit = limit;
        left = problem.capacity.clone();
        int bins = problem.bins.length;
        room = new long[bins];
        used = new boolean[bins];
        taken = new boolean[bins];
        for (int bin = 0; bin < bins; bin++) {
            room[bin] = problem.room[problem.classOf[bin]];
        }
        packing = new Packing(problem);
    }

    static Packing fill(Problem problem, Rule rule) {
        return new Greedy(problem, problem.limit).fill(rule);
    }

    /** So many runners of each wish, or fewer if they are not found to fit. */
    static Packing pack(Problem problem, int[] runners) {
        return new Greedy(problem, runners).fill(Rule.SIZE);
    }

    /** The better of the rules that do not go by value and share. */
    static Packing best(Problem problem) {
        Packing one = fill(problem, Rule.LEAST_SHARE);
        Packing other = fill(problem, Rule.VALUE);
        return other.value > one.value ? other : one;
    }

    private Packing fill(Rule rule) {
        boolean[] out = new boolean[problem.count()];
        while (true) {
            int best = -1;
            double most = -1;
            for (int wish = 0; wish < out.length; wish++) {
                out[wish] |= !out[wish] && !fits(wish);
                double score = out[wish] ? -1 : score(wish, rule);
                if (score > most) {
                    most = score;
                    best = wish;
                }
            }
            if (best < 0) {
                return packing.measured(problem);
            }
            place(best);
        }
    }

    private boolean fits(int wish) {
        if (packing.runners[wish] >= limit[wish]) {
            return false;
        }
        for (int dimension = 0; dimension < left.length; dimension++) {
            if (problem.need[wish][dimension] > left[dimension]) {
                return false;
            }
        }
        int free = 0;
        for (int bin = 0; bin < room.length && free < problem.parts[wish]; bin++) {
            free += hasRoom(bin, wish) ? 1 : 0;
        }
        return free >= problem.parts[wish];
    }

    private boolean hasRoom(int bin, int wish) {
        return switch (problem.fit[problem.classOf[bin]][wish]) {
            case Problem.NO -> false;
            case Problem.TAKES -> !used[bin];
            default -> !taken[bin] && problem.size[wish] <= room[bin];
        };
    }

    private double score(int wish, Rule rule) {
        if (rule == Rule.VALUE) {
            return problem.value[wish];
        }
        if (rule == Rule.SIZE) {
            return problem.parts[wish] == 0 ? 0 : size(wish);
        }
        double share = 0;
        for (int dimension = 0; dimension < left.length; dimension++) {
            if (problem.need[wish][dimension] > 0) {
                share = Math.max(share, (double) problem.need[wish][dimension] / left[dimension]);
            }
        }
        if (problem.parts[wish] > 0) {
            share = Math.max(share, deviceShare(wish));
        }
        return (rule == Rule.VALUE_BY_SHARE ? problem.value[wish] : 1) / share;
    }

    /** Runners that take a device come first. */
    private double size(int wish) {
        for (byte[] fit : problem.fit) {
            if (fit[wish] == Problem.TAKES) {
                return Double.MAX_VALUE;
            }
        }
        return problem.size[wish];
    }

    private double deviceShare(int wish) {
        long all = 0;
        int free = 0;
        boolean takes = false;
        for (int bin = 0; bin < room.length; bin++) {
            if (hasRoom(bin, wish)) {
                free++;
                all += room[bin];
                takes |= problem.fit[problem.classOf[bin]][wish] == Problem.TAKES;
            }
        }
        return (double) problem.parts[wish] * (takes ? 1.0 / free : problem.size[wish] / Math.max(1.0, (double) all));
    }

    private void place(int wish) {
        packing.runners[wish]++;
        for (int dimension = 0; dimension < left.length; dimension++) {
            left[dimension] -= problem.need[wish][dimension];
        }
        boolean[] chosen = new boolean[problem.parts[wish] > 1 ? room.length : 0];
        for (int part = 0; part < problem.parts[wish]; part++) {
            int best = -1;
            for (int bin = 0; bin < room.length; bin++) {
                boolean candidate = (chosen.length == 0 || !chosen[bin]) && hasRoom(bin, wish);
                if (candidate && (best < 0 || room[bin] < room[best])) {
                    best = bin;
                }
            }
            if (chosen.length > 0) {
                chosen[best] = true;
            }
            packing.parts[best][wish]++;
            used[best] = true;
            if (problem.fit[problem.classOf[best]][wish] == Problem.TAKES) {
                taken[best] = true;
            } else {
                room[best] -= problem.size[wish];
            }
        }
    }
}
