package dev.paddock.internal.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.LimitingFactor;
import java.util.List;

/** What is promised of a host: of each device, and of what all runners share. Not thread-safe. */
public final class Occupancy {
    private final HostModel model;
    private final long[] memory;
    private final int[] runners;
    private final boolean[] taken;
    private final long[] promised = new long[HostModel.DIMENSIONS];

    Occupancy(HostModel model) {
        this.model = model;
        memory = new long[model.bins().size()];
        runners = new int[memory.length];
        taken = new boolean[memory.length];
    }

    /** One that can go another way. */
    public Occupancy copy() {
        var copy = new Occupancy(model);
        System.arraycopy(memory, 0, copy.memory, 0, memory.length);
        System.arraycopy(runners, 0, copy.runners, 0, runners.length);
        System.arraycopy(taken, 0, copy.taken, 0, taken.length);
        System.arraycopy(promised, 0, copy.promised, 0, promised.length);
        return copy;
    }

    /** Whether a runner fits on a device beside what is there. */
    public boolean hasRoom(int bin, RunnerProfile profile) {
        Bin device = model.bins().get(bin);
        if (!device.suits(profile) || taken[bin]) {
            return false;
        }
        if (device.isTakenBy(profile)) {
            return runners[bin] == 0;
        }
        long need = device.need(profile);
        return need == 0 || memory[bin] + need <= device.usable();
    }

    /** Puts one runner's part on a device. */
    public void place(int bin, RunnerProfile profile) {
        Bin device = model.bins().get(bin);
        memory[bin] = HostModel.sum(memory[bin], device.need(profile));
        runners[bin]++;
        taken[bin] |= device.isTakenBy(profile);
    }

    /** Counts what one runner takes of what all share. */
    public void share(RunnerProfile profile) {
        for (int dimension = 0; dimension < HostModel.DIMENSIONS; dimension++) {
            promised[dimension] = HostModel.sum(promised[dimension], model.need(profile, dimension));
        }
    }

    /** What stands in the way of one runner more, the first in the order of the factors; DEMAND if nothing does. */
    public LimitingFactor factor(RunnerProfile profile, int gpu) {
        int parts = HostModel.parts(profile, gpu);
        if (parts > 0) {
            int could = 0;
            int free = 0;
            for (int bin = 0; bin < memory.length; bin++) {
                if (model.accepts(bin, profile, gpu)) {
                    could++;
                    free += hasRoom(bin, profile) ? 1 : 0;
                }
            }
            if (could < parts) {
                return LimitingFactor.NO_GPU;
            }
            if (free < parts) {
                return LimitingFactor.GPU;
            }
        }
        for (int dimension = 0; dimension < HostModel.DIMENSIONS; dimension++) {
            if (!fits(profile, dimension)) {
                return HostModel.factor(dimension);
            }
        }
        return LimitingFactor.DEMAND;
    }

    private boolean fits(RunnerProfile profile, int dimension) {
        long need = model.need(profile, dimension);
        return need == 0 || promised[dimension] + need <= model.capacity(dimension);
    }

    /** What is promised of what all share. */
    public long promised(int dimension) {
        return promised[dimension];
    }

    /** Memory promised of a device: all of it if one runner has it to itself. */
    public long memory(int bin) {
        long usable = model.bins().get(bin).usable();
        return taken[bin] && usable >= 0 ? Math.max(usable, memory[bin]) : memory[bin];
    }

    /** What runners that share it are promised. */
    long sharedMemory(int bin) {
        return memory[bin];
    }

    /** Runners on a device. */
    public int runners(int bin) {
        return runners[bin];
    }

    /** Whether a runner has a device to itself. */
    boolean isTaken(int bin) {
        return taken[bin];
    }

    /** The devices, in the model's order. */
    List<Bin> bins() {
        return model.bins();
    }
}
