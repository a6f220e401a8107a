package dev.paddock.github.runner;

/**
 * What of the host a runner may use.
 *
 * @param cpus the logical CPUs it is held to; empty for all
 * @param memory how many bytes; 0 for no bound
 */
record Bounds(CpuSet cpus, long memory) {
    static final Bounds NONE = new Bounds(CpuSet.EMPTY, 0);
}
