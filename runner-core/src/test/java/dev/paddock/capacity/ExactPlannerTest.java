package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
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
    @DisplayName("HW-70: 300 small hosts of any kind: the planner finds what trying everything finds")
    void bruteForce() {
        long seed = Long.getLong("paddock.seed", 20_261_126L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            HostInventory host = small(random);
            List<RunnerProfile> profiles = Hosts.profiles(random, 2 + random.nextInt(3));
            var settings = CapacitySettings.builder().cpuOvercommit(1 + random.nextInt(2));
            if (random.nextBoolean()) {
                settings.noHeadroom();
            }
            Map<RunnerProfile, Integer> counts = new LinkedHashMap<>();
            profiles.forEach(profile -> counts.put(profile, 1 + random.nextInt(5)));
            var builder = random.nextBoolean()
                    ? CapacityRequest.demand(counts)
                    : random.nextBoolean()
                            ? CapacityRequest.mostValue(profiles)
                            : CapacityRequest.mostRunners(profiles);
            CapacityRequest request = builder.maxRunners(1 + random.nextInt(9))
                    .settings(settings.build())
                    .build();
            CapacityPlan plan = PLANNER.plan(host, request);
            PlanValidator.check(plan);
            assertThat(plan.optimality().status()).isEqualTo(Optimality.Status.OPTIMAL);
            assertThat(plan.optimality().value())
                    .describedAs("host %d of seed %d: %s %s", i, seed, host.gpus(), request)
                    .isCloseTo(new BruteForce(host, request).best(), within(1e-4));
        }
    }

    @Test
    @DisplayName("A mix is there as often as trying everything finds")
    void mixes() {
        long seed = Long.getLong("paddock.seed", 11_261L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < 150; i++) {
            HostInventory host = small(random);
            Map<RunnerProfile, Integer> shares = new LinkedHashMap<>();
            Hosts.profiles(random, 2 + random.nextInt(2))
                    .forEach(profile -> shares.put(profile, 1 + random.nextInt(4)));
            CapacityRequest request = CapacityRequest.mix(shares)
                    .maxRunners(1 + random.nextInt(9))
                    .build();
            CapacityPlan plan = PLANNER.plan(host, request);
            PlanValidator.check(plan);
            String which = "host " + i + " of seed " + seed;
            assertThat(plan.optimality())
                    .describedAs(which)
                    .isEqualTo(Optimality.optimal(plan.optimality().value()));
            assertThat(plan.optimality().value())
                    .describedAs(which)
                    .isCloseTo(new BruteForce(host, request).best(), within(1e-9));
        }
    }

    @Test
    @DisplayName("With the fewest devices, small hosts use as few as trying everything finds")
    void fewestDevices() {
        long seed = Long.getLong("paddock.seed", 1_126L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < 150; i++) {
            HostInventory host = small(random);
            Map<RunnerProfile, Integer> counts = new LinkedHashMap<>();
            Hosts.profiles(random, 3).forEach(profile -> counts.put(profile, 1 + random.nextInt(4)));
            CapacityRequest request =
                    CapacityRequest.fewestDevices(counts).maxRunners(8).build();
            CapacityPlan plan = PLANNER.plan(host, request);
            var brute = new BruteForce(host, request);
            String which = "host " + i + " of seed " + seed;
            assertThat(plan.optimality().status()).describedAs(which).isEqualTo(Optimality.Status.OPTIMAL);
            assertThat(plan.optimality().value()).describedAs(which).isCloseTo(brute.best(), within(1e-4));
            assertThat(plan.devices().stream().filter(use -> use.runners() > 0).count())
                    .describedAs(which)
                    .isEqualTo(brute.fewest());
        }
    }

    private static HostInventory small(Random random) {
        List<GpuDevice> gpus = new ArrayList<>();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            gpus.add(Hosts.gpu(i, random.nextBoolean() ? 16_384 : 8192 + random.nextInt(30_000))
                    .build());
        }
        long disk = random.nextBoolean() ? -1 : 10_000 + random.nextInt(100_000);
        return Hosts.host(1 + random.nextInt(24), 2048 + random.nextInt(65_536), disk, gpus);
    }

    @Test
    @DisplayName(
            "HW-71: 5 000 hosts of up to 8 GPUs: always feasible, proved best, between a simple packing and a bound")
    void manyHosts() {
        long seed = Long.getLong("paddock.seed", 71_2026L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < 5000; i++) {
            HostInventory host = Hosts.random(random, 8);
            List<RunnerProfile> profiles =
                    random.nextBoolean() ? RunnerProfile.standardProfiles() : Hosts.profiles(random, 5);
            var settings = CapacitySettings.builder().cpuOvercommit(1 + random.nextInt(4));
            if (random.nextBoolean()) {
                settings.noHeadroom();
            }
            CapacityRequest request = CapacityRequest.mostValue(profiles)
                    .settings(settings.build())
                    .build();
            CapacityPlan plan = PLANNER.plan(host, request);
            String which = "host " + i + " of seed " + seed;
            PlanValidator.check(plan);
            double value = plan.slots().stream()
                    .mapToDouble(slot -> slot.profile().weight())
                    .sum();
            assertThat(plan.optimality().status()).describedAs(which).isEqualTo(Optimality.Status.OPTIMAL);
            assertThat(plan.optimality().value()).describedAs(which).isCloseTo(value, within(1e-6));
            assertThat(value).describedAs(which).isGreaterThanOrEqualTo(simple(host, request) - 1e-4);
            assertThat(value).describedAs(which).isLessThanOrEqualTo(bound(host, request) + 1e-4);
        }
    }

    /** The most valuable first, each on the GPU that it leaves the least of. */
    private static double simple(HostInventory host, CapacityRequest request) {
        CapacitySettings settings = request.settings();
        double cores = host.cpu().effective().orElse(0) / 1000.0 * settings.cpuOvercommit();
        double memory = host.memory().effectiveTotal().orElse(0)
                * (1 - settings.memoryHeadroom().fraction());
        double disk = host.disk().usable().orElse(Long.MAX_VALUE);
        double[] free = host.gpus().stream()
                .mapToDouble(gpu -> gpu.memory().total().orElse(0)
                        - settings.gpuHeadroom().of(gpu.memory().total().orElse(0)))
                .toArray();
        double[] whole = host.gpus().stream()
                .mapToDouble(gpu -> gpu.memory().total().orElse(0))
                .toArray();
        boolean[] empty = new boolean[free.length];
        java.util.Arrays.fill(empty, true);
        double value = 0;
        int runners = 0;
        List<RunnerProfile> sorted = request.wishes().stream()
                .map(CapacityRequest.Wish::profile)
                .sorted(Comparator.comparingDouble((RunnerProfile profile) -> -profile.weight()))
                .toList();
        for (RunnerProfile profile : sorted) {
            if (profile.gpus() > 1) {
                continue;
            }
            while (runners < request.maxRunners()
                    && profile.cores() <= cores
                    && profile.memory().bytes() <= memory
                    && profile.disk().bytes() <= disk) {
                double need = profile.gpuMemory().bytes()
                        + profile.processes() * settings.contextOverhead().bytes();
                int best = -1;
                for (int gpu = 0; gpu < free.length && profile.gpus() > 0; gpu++) {
                    boolean fits = profile.exclusive()
                            ? empty[gpu] && whole[gpu] >= profile.gpuMemory().bytes() * settings.nominalTolerance()
                            : need <= free[gpu];
                    if (fits && (best < 0 || free[gpu] < free[best])) {
                        best = gpu;
                    }
                }
                if (profile.gpus() > 0 && best < 0) {
                    break;
                }
                if (best >= 0) {
                    empty[best] = false;
                    free[best] = profile.exclusive() ? -1 : free[best] - need;
                }
                cores -= profile.cores();
                memory -= profile.memory().bytes();
                disk -= profile.disk().bytes();
                runners++;
                value += profile.weight();
            }
        }
        return value;
    }

    /** For each thing that can be short: all of it, at the most value that any profile makes of one unit. */
    private static double bound(HostInventory host, CapacityRequest request) {
        double cores =
                host.cpu().effective().orElse(0) / 1000.0 * request.settings().cpuOvercommit();
        double memory = host.memory().effectiveTotal().orElse(0);
        double byCores = 0;
        double byMemory = 0;
        double each = 0;
        for (CapacityRequest.Wish wish : request.wishes()) {
            RunnerProfile profile = wish.profile();
            if (profile.gpus() > host.gpus().size()) {
                continue;
            }
            byCores = Math.max(byCores, profile.weight() / profile.cores());
            byMemory = Math.max(byMemory, profile.weight() / profile.memory().bytes());
            each = Math.max(each, profile.weight());
        }
        double bound = each * request.maxRunners();
        bound = each == 0 ? 0 : Math.min(bound, byCores * cores);
        return each == 0 ? 0 : Math.min(bound, byMemory * memory);
    }
}
