package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the planner finds against what others find. */
class ExactPlannerTest {
    private static final CapacitySettings ALL =
            CapacitySettings.builder().noHeadroom().build();
    private static final CapacityPlanner PLANNER = CapacityPlanner.exact();

    /** As the reference has them: the largest shares its GPU. */
    private static List<RunnerProfile> shared() {
        List<RunnerProfile> profiles =
                new ArrayList<>(RunnerProfile.standardProfiles().subList(0, 4));
        profiles.add(RunnerProfile.builder("gpu_max")
                .gpuMemory(ByteSize.ofMiB(14_000))
                .cores(4)
                .memory(ByteSize.ofMiB(16_384))
                .build());
        return profiles;
    }

    @ParameterizedTest(name = "{0} cores, {1} MiB, {2} x {3} MiB, over-commit {4}: value {5}, count {6}")
    @CsvSource({
        "8, 32768, 1, 16384, 1, 24, 8",
        "24, 65536, 2, 16384, 1, 56, 24",
        "96, 1048576, 8, 81920, 1, 424, 50",
        "4, 8192, 0, 0, 1, 4, 4",
        "2, 4096, 1, 8192, 1, 4, 2"
    })
    @DisplayName("The sample hosts reach the best value and the most runners that are known for them")
    void samples(int cores, long memory, int gpus, long size, double overcommit, double value, int count) {
        long[] cards = new long[gpus];
        java.util.Arrays.fill(cards, size);
        var host = Hosts.host(cores, memory, cards);
        var settings = ALL.toBuilder().cpuOvercommit(overcommit).build();
        CapacityPlan best = PLANNER.plan(
                host, CapacityRequest.mostValue(shared()).settings(settings).build());
        CapacityPlan most = PLANNER.plan(
                host, CapacityRequest.mostRunners(shared()).settings(settings).build());
        assertThat(best.optimality().status()).isEqualTo(Optimality.Status.OPTIMAL);
        assertThat(best.optimality().value()).isCloseTo(value, within(0.2));
        assertThat(most.optimality().status()).isEqualTo(Optimality.Status.OPTIMAL);
        assertThat(most.slots()).hasSize(count);
        assertThat(most.optimality().value()).isEqualTo(count);
    }

    @Test
    @DisplayName("HW-70: 300 small hosts of any kind, with MIG devices and with runners that are there already:"
            + " the planner finds what trying everything finds")
    void bruteForce() {
        long seed = Long.getLong("paddock.seed", 20_261_126L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        int held = 0;
        int parts = 0;
        for (int i = 0; i < 300; i++) {
            List<RunnerProfile> profiles = RandomHosts.profiles(random, 2 + random.nextInt(3));
            var objective = switch (random.nextInt(4)) {
                case 0 -> CapacityRequest.mostValue(profiles);
                case 1 -> CapacityRequest.mostRunners(profiles);
                default -> CapacityRequest.demand(RandomHosts.counts(random, profiles, 5));
            };
            CapacityPlan plan = checked(random, profiles, objective, "host " + i + " of seed " + seed);
            held += plan.request().held().isEmpty() ? 0 : 1;
            parts += plan.slots().stream().anyMatch(slot -> slot.isolation() == Isolation.MIG) ? 1 : 0;
        }
        assertThat(held).as("hosts with runners held").isGreaterThan(60);
        assertThat(parts).as("hosts with runners on MIG devices").isGreaterThan(25);
    }

    @Test
    @DisplayName("A mix is there as often as trying everything finds")
    void mixes() {
        long seed = Long.getLong("paddock.seed", 11_261L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < 150; i++) {
            List<RunnerProfile> profiles = RandomHosts.profiles(random, 2 + random.nextInt(2));
            var objective = CapacityRequest.mix(RandomHosts.counts(random, profiles, 4));
            checked(random, profiles, objective, "host " + i + " of seed " + seed);
        }
    }

    @Test
    @DisplayName("With the fewest devices, small hosts use as few as trying everything finds")
    void fewestDevices() {
        long seed = Long.getLong("paddock.seed", 1_126L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < 150; i++) {
            List<RunnerProfile> profiles = RandomHosts.profiles(random, 3);
            var objective = CapacityRequest.fewestDevices(RandomHosts.counts(random, profiles, 4));
            checked(random, profiles, objective, "host " + i + " of seed " + seed);
        }
    }

    @Test
    @DisplayName("GPUs that are not easily filled hold as much as trying everything finds")
    void tightHosts() {
        long seed = Long.getLong("paddock.seed", 31_126L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            HostInventory host = RandomHosts.tight(random);
            List<RunnerProfile> profiles = RandomHosts.large(random, 4);
            Map<RunnerProfile, Integer> counts = RandomHosts.counts(random, profiles, 4);
            boolean fewest = i % 2 == 0;
            CapacityRequest request = (fewest ? CapacityRequest.fewestDevices(counts) : CapacityRequest.demand(counts))
                    .settings(ALL)
                    .build();
            CapacityPlan plan = PLANNER.plan(host, request);
            PlanValidator.check(plan);
            var all = new BruteForce(host, request);
            assertThat(plan.optimality())
                    .describedAs("host %d of seed %d: %s %s", i, seed, host.gpus(), request)
                    .isEqualTo(Optimality.optimal(plan.optimality().value()));
            assertThat(plan.optimality().value())
                    .describedAs("host %d of seed %d: %s %s", i, seed, host.gpus(), request)
                    .isCloseTo(all.best(), within(1e-4));
            if (fewest) {
                assertThat(plan.devices().stream().filter(use -> use.runners() > 0))
                        .hasSize(all.fewest());
            }
        }
    }

    @Test
    @DisplayName("More runners of several GPUs each are found where fewer of them cannot be on different ones")
    void severalGpus() {
        var heavy = RunnerProfile.builder("heavy")
                .gpuMemory(ByteSize.ofMiB(10_000))
                .gpus(3)
                .weight(6)
                .build();
        var light = RunnerProfile.builder("light")
                .gpuMemory(ByteSize.ofMiB(3000))
                .gpus(3)
                .weight(4)
                .build();
        CapacityPlan plan = PLANNER.plan(
                Hosts.host(8, 1 << 20, 30_000, 11_000, 23_000, 8000),
                CapacityRequest.demand(Map.of(heavy, 6, light, 4)).settings(ALL).build());
        assertThat(plan.counts()).isEqualTo(Map.of("light", 4));
        assertThat(plan.optimality()).isEqualTo(Optimality.optimal(16));
    }

    /** Plans a small host and compares the plan with all others. */
    private static CapacityPlan checked(
            Random random, List<RunnerProfile> profiles, CapacityRequest.Builder objective, String which) {
        RandomHosts.Later later = RandomHosts.withHeld(random, RandomHosts.small(random), profiles, 8);
        var settings = CapacitySettings.builder().cpuOvercommit(1 + random.nextInt(2));
        if (random.nextBoolean()) {
            settings.noHeadroom();
        }
        RunnerProfile pinned = profiles.get(0);
        if (random.nextInt(3) == 0 && pinned.gpus() < 2) {
            objective.addOn(random.nextInt(3), pinned, 1 + random.nextInt(3));
        }
        CapacityRequest request = objective
                .maxRunners(1 + random.nextInt(9))
                .held(later.held())
                .settings(settings.build())
                .build();
        CapacityPlan plan = PLANNER.plan(later.host(), request);
        PlanValidator.check(plan);
        var all = new BruteForce(later.host(), request);
        assertThat(plan.optimality())
                .describedAs("%s: %s, %s, held %s", which, later.host().gpus(), request, later.held())
                .isEqualTo(Optimality.optimal(plan.optimality().value()));
        assertThat(plan.optimality().value())
                .describedAs("%s: %s, %s, held %s", which, later.host().gpus(), request, later.held())
                .isCloseTo(all.best(), within(1e-4));
        if (request.objective() == CapacityRequest.Objective.FEWEST_DEVICES) {
            assertThat(plan.devices().stream().filter(use -> use.runners() > 0).count())
                    .describedAs(which)
                    .isEqualTo(all.fewest());
        }
        if (request.objective() == CapacityRequest.Objective.MOST_RUNNERS) {
            assertThat(weight(plan)).describedAs(which).isCloseTo(all.weight(), within(1e-4));
        }
        return plan;
    }

    private static double weight(CapacityPlan plan) {
        return plan.slots().stream()
                .mapToDouble(slot -> slot.profile().weight())
                .sum();
    }

    @Test
    @DisplayName("HW-71: 5 000 hosts of up to 8 GPUs, with MIG devices and with runners that are there already: always"
            + " feasible, proved best, between a simple packing and a bound")
    void manyHosts() {
        long seed = Long.getLong("paddock.seed", 71_2026L);
        int hosts = Integer.getInteger("paddock.hosts", 5000);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < hosts; i++) {
            HostInventory host = RandomHosts.any(random, 8);
            List<RunnerProfile> profiles =
                    random.nextBoolean() ? RunnerProfile.standardProfiles() : RandomHosts.profiles(random, 5);
            RandomHosts.Later later = RandomHosts.withHeld(random, host, profiles, 20);
            var settings = CapacitySettings.builder().cpuOvercommit(1 + random.nextInt(4));
            if (random.nextBoolean()) {
                settings.noHeadroom();
            }
            CapacityRequest request = CapacityRequest.mostValue(profiles)
                    .settings(settings.build())
                    .held(later.held())
                    .build();
            CapacityPlan plan = PLANNER.plan(later.host(), request);
            String which = "host " + i + " of seed " + seed;
            PlanValidator.check(plan);
            double value = weight(plan);
            assertThat(plan.optimality().status()).describedAs(which).isEqualTo(Optimality.Status.OPTIMAL);
            assertThat(plan.optimality().value()).describedAs(which).isCloseTo(value, within(1e-6));
            assertThat(value).describedAs(which).isGreaterThanOrEqualTo(simple(later.host(), request) - 1e-4);
            assertThat(value).describedAs(which).isLessThanOrEqualTo(bound(later.host(), request) + 1e-4);
        }
    }

    /** The most valuable first, each on the devices that it leaves the least of. */
    private static double simple(HostInventory host, CapacityRequest request) {
        var view = new HostView(host, request);
        double value = value(view);
        List<RunnerProfile> sorted = request.wishes().stream()
                .map(CapacityRequest.Wish::profile)
                .sorted(Comparator.comparingDouble((RunnerProfile profile) -> -profile.weight()))
                .toList();
        for (RunnerProfile profile : sorted) {
            while (view.hasRoom(profile)) {
                List<HostView.Device> on = view.devices.stream()
                        .filter(device -> profile.gpus() > 0 && view.holds(device, profile))
                        .sorted(Comparator.comparingLong(device -> device.usable - device.promised))
                        .limit(profile.gpus())
                        .toList();
                if (on.size() < profile.gpus()) {
                    break;
                }
                view.take(profile, on);
                value += profile.weight();
            }
        }
        return value;
    }

    private static double value(HostView view) {
        return view.kept.stream().mapToDouble(slot -> slot.profile().weight()).sum();
    }

    /** What is there, and for each thing that can be short: all of it, at the most value that any makes of one unit. */
    private static double bound(HostInventory host, CapacityRequest request) {
        var view = new HostView(host, request);
        double byCores = 0;
        double byMemory = 0;
        double each = 0;
        for (CapacityRequest.Wish wish : request.wishes()) {
            RunnerProfile profile = wish.profile();
            if (profile.gpus() <= view.devices.size()) {
                byCores = Math.max(byCores, profile.weight() / profile.cores());
                byMemory =
                        Math.max(byMemory, profile.weight() / profile.memory().bytes());
                each = Math.max(each, profile.weight());
            }
        }
        double bound = Math.min(each * Math.max(0, view.slots), most(byCores, view.cores / 1000.0));
        return value(view) + (each == 0 ? 0 : Math.min(bound, most(byMemory, view.memory)));
    }

    private static double most(double ofOne, double left) {
        return ofOne == Double.POSITIVE_INFINITY ? ofOne : ofOne * Math.max(0, left);
    }
}
