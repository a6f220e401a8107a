package dev.paddock.examples;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One pool of {@code gcp-scaler}.
 *
 * @param url the repository, organization or enterprise
 * @param name the scale set
 * @param labels its labels
 * @param runnerGroup its group
 * @param maxRunners the most VMs at once
 * @param minRunners VMs that wait beyond those that work
 * @param project Google's project
 * @param zones in the order preferred
 * @param template the instance template
 * @param gpuType what the template's GPU is said to be, which nobody compares; empty for none
 * @param windows whether the image is Windows, and else Linux
 * @param vmPrefix the pool's name, with which those of its VMs begin
 * @param sessionMaxAge after how long the session at GitHub is replaced; empty for never
 * @param orphanGrace how long a VM stays that nobody needs; empty for until Google deletes it
 */
public record ScalerPool(
        String url,
        String name,
        List<String> labels,
        String runnerGroup,
        int maxRunners,
        int minRunners,
        String project,
        List<String> zones,
        String template,
        Optional<String> gpuType,
        boolean windows,
        String vmPrefix,
        Optional<Duration> sessionMaxAge,
        Optional<Duration> orphanGrace) {
    /** Copies the lists. */
    public ScalerPool {
        labels = List.copyOf(labels);
        zones = List.copyOf(zones);
    }
}
