package dev.paddock.capacity;

/** What there is not enough of for one runner more. Where several are short, the first of this order is named. */
public enum LimitingFactor {
    /** The host has no GPU that can hold such a runner, whatever else is on it. */
    NO_GPU("gpu"),
    /** Memory of a single GPU, free GPUs, or free MIG devices. */
    GPU("gpu"),
    /** Cores, times the over-commit. */
    CPU("cpu"),
    /** Main memory. */
    MEMORY("ram"),
    /** Disk space. */
    DISK("disk"),
    /** The bound on the number of runners. */
    CAP("cap"),
    /** Nothing: as many were placed as were asked for, or as the planner chose. */
    DEMAND("demand");

    private final String token;

    LimitingFactor(String token) {
        this.token = token;
    }

    /**
     * The word in reports that programs read.
     *
     * @return {@code gpu}, {@code cpu}, {@code ram}, {@code disk}, {@code cap} or {@code demand}
     */
    public String token() {
        return token;
    }
}
