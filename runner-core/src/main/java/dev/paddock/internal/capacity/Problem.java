package dev.paddock.internal.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityRequest.Wish;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A host and the runners wanted of it in plain numbers, without the wishes that cannot be met at all and the devices that
 * cannot hold anything more. Devices that are alike form a class. Immutable.
 */
final class Problem {
    /** A device holds no runner of a wish. */
    static final byte NO = 0;
    /** It holds some beside others. */
    static final byte SHARES = 1;
    /** It holds one and nothing else. */
    static final byte TAKES = 2;

    /** The request's wish that each wish here stands for. */
    final int[] wishes;
    /** On how many devices a runner is. */
    final int[] parts;
    /** The most runners there can be. */
    final int[] limit;
    /** Whether the limit is asked for, and not a consequence of what the host has. */
    final boolean[] bounded;
    /** What a runner takes of each dimension. */
    final long[][] need;
    /** What a runner is worth, at least 1. */
    final long[] value;
    /** What a runner takes of a device that it shares. */
    final long[] size;
    /** What is left of each dimension. */
    final long[] capacity;
    /** The model's position of each device. */
    final int[] bins;
    /** The class of each device; those of one class are neighbours. */
    final int[] classOf;
    /** How many devices are of a class. */
    final int[] classSize;
    /** What is left of a device's memory. */
    final long[] room;
    /** How a class holds a wish. */
    final byte[][] fit;
    /** All values are multiples of it. */
    final long step;
    /** Whether devices of a class have runners already. */
    final boolean[] inUse;

    private Problem(Draft draft, int[] kept, List<Integer> order) {
        wishes = kept;
        int count = kept.length;
        parts = new int[count];
        limit = new int[count];
        bounded = new boolean[count];
        need = new long[count][];
        value = new long[count];
        size = new long[count];
        capacity = draft.capacity;
        for (int i = 0; i < count; i++) {
            readWish(i, kept[i], draft);
        }
        step = Arrays.stream(value).reduce(0, Problem::divisor);
        bins = order.stream().mapToInt(Integer::intValue).toArray();
        classOf = new int[bins.length];
        int[] first = new int[bins.length];
        int classes = 0;
        for (int i = 0; i < bins.length; i++) {
            if (i == 0 || draft.compare(bins[i - 1], bins[i]) != 0) {
                first[classes++] = bins[i];
            }
            classOf[i] = classes - 1;
        }
        classSize = new int[classes];
        Arrays.stream(classOf).forEach(of -> classSize[of]++);
        room = new long[classes];
        fit = new byte[classes][count];
        inUse = new boolean[classes];
        for (int of = 0; of < classes; of++) {
            readClass(of, first[of], draft);
        }
    }

    private void readWish(int i, int wish, Draft draft) {
        parts[i] = draft.parts[wish];
        limit[i] = draft.limit[wish];
        bounded[i] = draft.wanted[wish] < draft.possible[wish];
        need[i] = draft.need[wish];
        value[i] = draft.value[wish];
        size[i] = draft.size[wish];
    }

    private void readClass(int of, int bin, Draft draft) {
        room[of] = draft.room[bin];
        inUse[of] = draft.inUse[bin];
        for (int i = 0; i < wishes.length; i++) {
            fit[of][i] = draft.fit[bin][wishes[i]];
        }
    }

    /** The greatest common divisor; the other if one is 0. */
    static long divisor(long one, long other) {
        return other == 0 ? one : divisor(other, one % other);
    }

    int count() {
        return wishes.length;
    }

    /** Whether all runners together could need more of a dimension than there is. */
    boolean canBind(int dimension) {
        long sum = 0;
        for (int wish = 0; wish < limit.length; wish++) {
            sum = HostModel.sum(sum, HostModel.product(limit[wish], need[wish][dimension]));
        }
        return sum > capacity[dimension];
    }

    /** The most parts of a wish on one device of a class. */
    int most(int of, int wish) {
        return switch (fit[of][wish]) {
            case NO -> 0;
            case TAKES -> 1;
            default -> mostShared(room[of], size[wish], limit[wish]);
        };
    }

    private static int mostShared(long room, long size, int limit) {
        return size == 0 ? limit : (int) Math.min(limit, room / size);
    }

    /** What is worked out before it is known which wishes and devices matter. */
    static final class Draft {
        private final HostModel model;
        private final List<Wish> all;
        private final int[] wanted;
        private final int[] parts;
        private final int[] limit;
        private final int[] possible;
        private final long[][] need;
        private final long[] size;
        private final long[] capacity = new long[HostModel.DIMENSIONS];
        private final byte[][] fit;
        private final long[] room;
        private final boolean[] inUse;
        private long[] value = {};

        /** Reads the model; {@code wanted} is how many more there may be of each wish. */
        Draft(HostModel model, Occupancy held, List<Wish> all, int[] wanted) {
            this.model = model;
            this.all = all;
            this.wanted = wanted;
            int count = all.size();
            parts = new int[count];
            limit = new int[count];
            possible = new int[count];
            need = new long[count][HostModel.DIMENSIONS];
            size = new long[count];
            int bins = model.bins().size();
            fit = new byte[bins][count];
            room = new long[bins];
            inUse = new boolean[bins];
            for (int dimension = 0; dimension < HostModel.DIMENSIONS; dimension++) {
                capacity[dimension] = Math.max(0, model.capacity(dimension) - held.promised(dimension));
            }
            for (int bin = 0; bin < bins; bin++) {
                inUse[bin] = held.runners(bin) > 0;
                room[bin] = Math.max(0, model.bins().get(bin).usable() - held.sharedMemory(bin));
            }
            for (int wish = 0; wish < count; wish++) {
                readWish(wish, held);
            }
        }

        private void readWish(int wish, Occupancy held) {
            RunnerProfile profile = all.get(wish).profile();
            int gpu = all.get(wish).gpu().orElse(HostModel.ANY_GPU);
            parts[wish] = HostModel.parts(profile, gpu);
            long most = Integer.MAX_VALUE / 2;
            for (int dimension = 0; dimension < HostModel.DIMENSIONS; dimension++) {
                need[wish][dimension] = model.need(profile, dimension);
                if (need[wish][dimension] > 0) {
                    most = Math.min(most, capacity[dimension] / need[wish][dimension]);
                }
            }
            if (parts[wish] > 0) {
                most = Math.min(most, readDevices(wish, profile, gpu, held, (int) most));
            }
            possible[wish] = (int) most;
            limit[wish] = Math.min(wanted[wish], (int) most);
        }

        /** How many runners the devices could hold if nothing else were wanted. */
        private long readDevices(int wish, RunnerProfile profile, int gpu, Occupancy held, int most) {
            long places = 0;
            int devices = 0;
            for (int bin = 0; bin < fit.length; bin++) {
                if (!model.accepts(bin, profile, gpu) || !held.hasRoom(bin, profile)) {
                    continue;
                }
                Bin device = model.bins().get(bin);
                fit[bin][wish] = device.isTakenBy(profile) ? TAKES : SHARES;
                size[wish] = Math.max(size[wish], device.need(profile));
                places += fit[bin][wish] == TAKES ? 1 : mostShared(room[bin], device.need(profile), most);
                devices++;
            }
            return devices < parts[wish] ? 0 : places / parts[wish];
        }

        int limit(int wish) {
            return limit[wish];
        }

        long slots() {
            return capacity[HostModel.SLOTS];
        }

        int bins() {
            return fit.length;
        }

        /** The problem, given what runners are worth and which devices are left out. */
        Problem with(long[] value, boolean[] out) {
            this.value = value;
            int[] kept = IntStream.range(0, all.size())
                    .filter(wish -> limit[wish] > 0)
                    .toArray();
            round(kept);
            List<Integer> order = new ArrayList<>();
            for (int bin = 0; bin < fit.length; bin++) {
                for (int wish : kept) {
                    if (!out[bin] && fit[bin][wish] != NO) {
                        order.add(bin);
                        break;
                    }
                }
            }
            order.sort(this::compare);
            return new Problem(this, kept, order);
        }

        /** Leaves out what no sum of needs can reach: bounds become tighter, and more devices are alike. */
        private void round(int[] kept) {
            for (int dimension = 0; dimension < HostModel.DIMENSIONS; dimension++) {
                long unit = 0;
                for (int wish : kept) {
                    unit = divisor(unit, need[wish][dimension]);
                }
                capacity[dimension] = multiple(capacity[dimension], unit);
            }
            for (int bin = 0; bin < fit.length; bin++) {
                long unit = 0;
                for (int wish : kept) {
                    unit = fit[bin][wish] == SHARES ? divisor(unit, size[wish]) : unit;
                }
                room[bin] = multiple(room[bin], unit);
            }
        }

        private static long multiple(long most, long unit) {
            return unit == 0 ? 0 : most - most % unit;
        }

        /** Zero if two devices are alike. */
        private int compare(int one, int other) {
            int byRoom = Long.compare(room[other], room[one]);
            int byUse = byRoom != 0 ? byRoom : Boolean.compare(inUse[other], inUse[one]);
            return byUse != 0 ? byUse : Arrays.compare(fit[one], fit[other]);
        }
    }
}
