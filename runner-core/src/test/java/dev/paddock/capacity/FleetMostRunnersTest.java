package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The most runners of a fleet, and of as many the heaviest. */
class FleetMostRunnersTest {
    private static final int HOSTS = 3;
    /** More than all runners weigh. */
    private static final double RUNNER = 1000;

    private static double worth(int light, int small, int heavy) {
        return light * (RUNNER + Fleets.LIGHT.weight())
                + small * (RUNNER + Fleets.SMALL.weight())
                + heavy * (RUNNER + Fleets.HEAVY.weight());
    }

    private static CapacityRequest request(int light, int small, int heavy) {
        return CapacityRequest.mostRunners(List.of(Fleets.LIGHT, Fleets.SMALL, Fleets.HEAVY))
                .most(Fleets.LIGHT, light)
                .most(Fleets.SMALL, small)
                .most(Fleets.HEAVY, heavy)
                .build();
    }

    private static HostInventory host(int number, int[] room) {
        GpuDevice[] gpus = new GpuDevice[2];
        for (int gpu = 0; gpu < gpus.length; gpu++) {
            gpus[gpu] = Fleets.gpu("GPU-" + number + "-" + gpu, gpu, room[gpu + 1] == 0 ? 9_500 : 17_500, 0);
        }
        return Fleets.host(room[0], 64, gpus);
    }

    @Test
    @DisplayName("A plan is called the best only if no other has as many runners that weigh more")
    void heaviest() {
        long seed = Long.getLong("paddock.seed", 301L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        int best = 0;
        int open = 0;
        for (int round = 0; round < 300; round++) {
            SortedMap<String, HostInventory> hosts = new TreeMap<>();
            int[][] rooms = new int[HOSTS][];
            for (int host = 0; host < HOSTS; host++) {
                rooms[host] = new int[] {2 + random.nextInt(7), random.nextInt(2), random.nextInt(2)};
                hosts.put("h" + host, host(host, rooms[host]));
            }
            int[] counts = random.ints(3, 1, 8).toArray();
            FleetPlan plan = FleetPlanner.plan(hosts, request(counts[0], counts[1], counts[2]));
            double most = most(rooms, 0, counts, new HashMap<>());
            Map<String, Integer> has = plan.counts();
            double worth =
                    worth(has.getOrDefault("light", 0), has.getOrDefault("small", 0), has.getOrDefault("heavy", 0));
            String which = "round " + round + " of seed " + seed;
            assertThat(worth).as(which).isLessThan(most + 1e-6);
            if (plan.optimality().status() == Optimality.Status.OPTIMAL) {
                assertThat(worth).as(which).isGreaterThan(most - 1e-6);
                best++;
            } else if (plan.optimality().bound() == plan.optimality().value()) {
                assertThat(plan.explain()).as(which).contains("No plan has more runners; heavier ones may fit.");
                open++;
            }
        }
        assertThat(best).as("called the best").isGreaterThan(20);
        assertThat(open).as("with nothing said of the weight").isPositive();
    }

    /** By trying all: how much the hosts from one on can reach with what is left of the numbers. */
    private static double most(int[][] rooms, int host, int[] left, Map<List<Integer>, Double> known) {
        if (host == rooms.length) {
            return 0;
        }
        List<Integer> key = List.of(host, left[0], left[1], left[2]);
        Double before = known.get(key);
        if (before != null) {
            return before;
        }
        double best = 0;
        int large = rooms[host][1] + rooms[host][2];
        for (int heavy = 0; heavy <= Math.min(left[2], large); heavy++) {
            int smalls = 2 * (2 - large) + 4 * (large - heavy);
            for (int small = 0; small <= Math.min(left[1], smalls); small++) {
                int cores = rooms[host][0] - 4 * heavy - 2 * small;
                for (int light = 0; light <= Math.min(left[0], cores); light++) {
                    int[] rest = {left[0] - light, left[1] - small, left[2] - heavy};
                    if (cores >= 0) {
                        best = Math.max(best, worth(light, small, heavy) + most(rooms, host + 1, rest, known));
                    }
                }
            }
        }
        known.put(key, best);
        return best;
    }
}
