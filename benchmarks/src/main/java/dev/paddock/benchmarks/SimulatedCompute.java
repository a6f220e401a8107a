package dev.paddock.benchmarks;

import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.ComputeZone;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A Compute Engine of its own for a {@link ChildJvm}, with the latencies of the peer's study: 300 ms to list regions, 1 s
 * to accept an insertion or a deletion. Prints its URL, then a line for each insertion: the zone, and when it is accepted,
 * in milliseconds of the system's clock. Arguments: how many milliseconds an insertion takes once accepted, and zones that
 * are out of stock.
 */
final class SimulatedCompute {
    static final String PROJECT = "benchmark";
    static final String TEMPLATE = "linux-gpu-runner";
    static final List<String> ZONES = List.of("us-east1-c", "us-central1-a", "us-west1-a");
    static final Duration REGIONS = Duration.ofMillis(300);
    static final Duration ACCEPT = Duration.ofSeconds(1);
    static final Duration STOCK_OUT = Duration.ofSeconds(20);
    static final Duration DELETION = Duration.ofSeconds(40);
    private static final String CARD = "nvidia-tesla-t4";

    private SimulatedCompute() {}

    static ComputeEngineSimulator.Builder world() {
        ComputeEngineSimulator.Builder world = ComputeEngineSimulator.builder(PROJECT)
                .rules(rules -> rules.jitConfigKey("paddock-jit-config"))
                .quota("global", "GPUS_ALL_REGIONS", 1_000)
                .template(ComputeTemplate.builder(TEMPLATE, "n1-standard-4")
                        .accelerator(CARD, 1)
                        .onHostMaintenance("TERMINATE")
                        .build());
        for (String zone : ZONES) {
            String region = zone.substring(0, zone.lastIndexOf('-'));
            world.zone(ComputeZone.builder(zone).build())
                    .quota(region, "NVIDIA_T4_GPUS", 200)
                    .quota(region, "CPUS", 2_000)
                    .quota(region, "INSTANCES", 1_000)
                    .quota(region, "IN_USE_ADDRESSES", 1_000)
                    .quota(region, "SSD_TOTAL_GB", 1_000_000)
                    .quota(region, "DISKS_TOTAL_GB", 1_000_000);
        }
        return world;
    }

    public static void main(String[] args) throws IOException {
        Duration insertion = Duration.ofMillis(Long.parseLong(args[0]));
        try (var compute = world().times(
                        times -> times.insert(insertion).stockOut(STOCK_OUT).delete(DELETION))
                .start()) {
            for (int dead = 1; dead < args.length; dead++) {
                compute.setStock(args[dead], CARD, 0);
            }
            compute.faults().latency(ComputeRoute.LIST_REGIONS, REGIONS);
            compute.faults().latency(ComputeRoute.GET_PROJECT, REGIONS);
            compute.faults().latency(ComputeRoute.INSERT_INSTANCE, ACCEPT);
            compute.faults().latency(ComputeRoute.DELETE_INSTANCE, ACCEPT);
            compute.faults().decide(request -> {
                if (request.route() == ComputeRoute.INSERT_INSTANCE) {
                    System.out.println(zone(request.path()) + " " + (System.currentTimeMillis() + ACCEPT.toMillis()));
                }
                return Optional.empty();
            });
            System.out.println(compute.url());
            ChildJvm.awaitParent();
        }
    }

    private static String zone(String path) {
        String rest = path.substring(path.indexOf("/zones/") + "/zones/".length());
        return rest.substring(0, rest.indexOf('/'));
    }
}
