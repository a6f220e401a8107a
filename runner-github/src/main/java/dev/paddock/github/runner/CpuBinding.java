package dev.paddock.github.runner;

/** How {@link LocalRunnerProvider} holds runners to the CPUs of their profiles. */
public enum CpuBinding {
    /** Not at all: a runner may use every CPU that this program may. The default. */
    NONE,

    /**
     * By the CPU affinity of its process, which what it starts inherits; {@code taskset} of util-linux sets it before the
     * runner begins. A job may undo it, and needs no right for that. Linux only.
     */
    TASKSET,

    /**
     * By a control group of its own (cgroup v2) below the one that {@link LocalRunnerProvider.Builder#cgroup} names: a
     * job cannot leave it unless it may write there. Linux only.
     */
    CGROUP,

    /** By {@link #CGROUP} if such a group was named and can be used, else by {@link #TASKSET} if there is one, else not. */
    BEST
}
