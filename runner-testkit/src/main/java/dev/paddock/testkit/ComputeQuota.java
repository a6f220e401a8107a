package dev.paddock.testkit;

/**
 * One quota of the {@link ComputeEngineSimulator} at one moment.
 *
 * @param scope the region, or {@code global} for the project's own
 * @param metric such as {@code NVIDIA_T4_GPUS}
 * @param limit the most
 * @param usage what is taken: by instances, from the moment they are accepted, and by what the builder says others use
 * @param peak the most that was ever taken
 * @param refusals how many creations were refused for it
 */
public record ComputeQuota(String scope, String metric, double limit, double usage, double peak, int refusals) {}
