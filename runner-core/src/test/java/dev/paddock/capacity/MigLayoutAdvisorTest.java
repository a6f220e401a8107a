package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MigLayoutAdvisorTest {
    private static final GpuDevice H100 = GpuDevice.builder("GPU-1", "NVIDIA H100 80GB HBM3")
            .migMode(GpuDevice.MigMode.ENABLED)
            .build();
    private static final RunnerProfile ONE = mig("one", "1g.10gb");
    private static final RunnerProfile TWO = mig("two", "2g.20gb");
    private static final RunnerProfile THREE = mig("three", "3g.40gb");

    private static RunnerProfile mig(String name, String mig) {
        return RunnerProfile.builder(name).mig(mig).build();
    }

    private static GpuDevice having(String... profiles) {
        List<MigDevice> devices = new ArrayList<>();
        for (String profile : profiles) {
            int number = devices.size() + 7;
            devices.add(new MigDevice("MIG-" + number, profile, number, 0, GpuMemory.unknown(Reading.notSupported())));
        }
        return H100.toBuilder().migDevices(devices).build();
    }

    private static MigLayout.Device made(String profile, int start, String runner) {
        return new MigLayout.Device(profile, OptionalInt.of(start), false, runner);
    }

    private static MigLayout.Device kept(String profile, int start, String runner) {
        return new MigLayout.Device(profile, OptionalInt.of(start), true, runner);
    }

    @Test
    @DisplayName("An empty GPU gets what is wanted, the hardest to place first, and the commands are told")
    void empty() {
        MigLayout layout = MigLayoutAdvisor.of(H100).want(ONE, 3).want(THREE, 1).propose();
        assertThat(layout.devices())
                .containsExactly(
                        made("3g.40gb", 4, "three"),
                        made("1g.10gb", 0, "one"),
                        made("1g.10gb", 1, "one"),
                        made("1g.10gb", 2, "one"));
        assertThat(layout.unmet()).isEmpty();
        assertThat(layout.room()).containsExactly(java.util.Map.entry("1g.10gb", 1));
        assertThat(layout.commands())
                .containsExactly("nvidia-smi mig -i GPU-1 -cgi 3g.40gb:4,1g.10gb:0,1g.10gb:1,1g.10gb:2 -C");
        assertThat(layout.explain())
                .contains("make 3g.40gb at slice 4 for three", "room for one of: 1x 1g.10gb", "need root", "not run");
    }

    @Test
    @DisplayName("A GPU that is not partitioned has to be switched first")
    void whole() {
        GpuDevice whole = H100.toBuilder().migMode(GpuDevice.MigMode.DISABLED).build();
        assertThat(MigLayoutAdvisor.of(whole).want(TWO, 1).propose().commands())
                .first()
                .isEqualTo("nvidia-smi -i GPU-1 -mig 1");
    }

    @Test
    @DisplayName("HW-74: besides 1g at 0, 1 and 5 there is no 3g, and a 2g only at 2")
    void fragmented() {
        MigLayout layout = MigLayoutAdvisor.of(having("1g.10gb", "1g.10gb", "1g.10gb"))
                .startOf(7, 0)
                .startOf(8, 1)
                .startOf(9, 5)
                .want(THREE, 1)
                .want(TWO, 1)
                .propose();
        assertThat(layout.devices())
                .containsExactly(
                        kept("1g.10gb", 0, ""),
                        kept("1g.10gb", 1, ""),
                        kept("1g.10gb", 5, ""),
                        made("2g.20gb", 2, "two"));
        assertThat(layout.unmet()).containsExactly(java.util.Map.entry("three", 1));
    }

    @Test
    @DisplayName("Where devices are kept at places not told, only what fits wherever they are is proposed")
    void untold() {
        MigLayout layout = MigLayoutAdvisor.of(having("1g.10gb"))
                .want(THREE, 2)
                .want(ONE, 1)
                .propose();
        assertThat(layout.devices())
                .containsExactly(
                        new MigLayout.Device("1g.10gb", OptionalInt.empty(), true, "one"),
                        new MigLayout.Device("3g.40gb", OptionalInt.empty(), false, "three"));
        assertThat(layout.unmet()).containsExactly(java.util.Map.entry("three", 1));
        assertThat(layout.commands()).containsExactly("nvidia-smi mig -i GPU-1 -cgi 3g.40gb -C");
        assertThat(layout.notes()).anyMatch(note -> note.contains("mig -lgi"));
        assertThat(MigLayoutAdvisor.of(having("1g.10gb", "1g.10gb"))
                        .want(THREE, 1)
                        .propose()
                        .devices())
                .as("one may be in each half")
                .hasSize(2);
    }

    @Test
    @DisplayName("Compute instances of one GPU instance are kept as one, and from nothing all are destroyed")
    void keptOrNot() {
        GpuDevice shared = H100.toBuilder()
                .migDevices(List.of(
                        new MigDevice("MIG-1", "1c.3g.40gb", 2, 0, GpuMemory.unknown(Reading.notSupported())),
                        new MigDevice("MIG-2", "2c.3g.40gb", 2, 1, GpuMemory.unknown(Reading.notSupported()))))
                .build();
        MigLayout layout =
                MigLayoutAdvisor.of(shared).startOf(2, 0).want(THREE, 2).propose();
        assertThat(layout.devices()).containsExactly(kept("3g.40gb", 0, "three"), made("3g.40gb", 4, "three"));
        assertThat(MigLayoutAdvisor.of(shared).anew().want(ONE, 7).propose().commands())
                .hasSize(3)
                .startsWith("nvidia-smi mig -i GPU-1 -dci", "nvidia-smi mig -i GPU-1 -dgi");
    }

    @Test
    @DisplayName("A runner that asks for memory gets the smallest part that holds it and its processes")
    void memory() {
        RunnerProfile twelve =
                RunnerProfile.builder("twelve").gpuMemory(ByteSize.ofGiB(12)).build();
        RunnerProfile nine = RunnerProfile.builder("nine")
                .gpuMemory(ByteSize.ofGiB(9))
                .processes(2)
                .build();
        assertThat(MigLayoutAdvisor.of(H100).want(twelve, 4).propose().devices())
                .hasSize(4)
                .allMatch(device -> device.profile().matches("1g.20gb|2g.20gb"));
        assertThat(MigLayoutAdvisor.of(H100)
                        .want(nine, 1)
                        .propose()
                        .devices()
                        .get(0)
                        .profile())
                .as("two contexts do not fit beside 9 GiB in 9.75")
                .isEqualTo("1g.20gb");
    }

    @Test
    @DisplayName("A part with the media engines is only for those who name it")
    void engines() {
        GpuDevice telling = H100.toBuilder()
                .migProfiles(List.of(part("1g.10gb+me", 20, 1), part("1g.10gb", 19, 7)))
                .build();
        RunnerProfile one =
                RunnerProfile.builder("eight").gpuMemory(ByteSize.ofGiB(8)).build();
        assertThat(MigLayoutAdvisor.of(telling)
                        .want(one, 1)
                        .want(mig("video", "1g.10gb+me"), 1)
                        .propose()
                        .devices())
                .extracting(MigLayout.Device::profile, MigLayout.Device::runner)
                .containsExactlyInAnyOrder(tuple("1g.10gb+me", "video"), tuple("1g.10gb", "eight"));
        assertThat(MigLayoutAdvisor.of(telling).want(one, 2).propose().devices())
                .extracting(MigLayout.Device::profile)
                .containsExactly("1g.10gb", "1g.10gb");
        GpuDevice onlyVideo = telling.toBuilder()
                .migProfiles(List.of(part("1g.10gb+me", 20, 1)))
                .build();
        assertThat(MigLayoutAdvisor.of(onlyVideo).want(one, 1).propose().devices())
                .isEmpty();
    }

    private static MigProfile part(String name, int id, int most) {
        List<MigProfile.Placement> places = java.util.stream.IntStream.range(0, 7)
                .mapToObj(start -> new MigProfile.Placement(start, 1))
                .toList();
        return new MigProfile(name, id, 1, ByteSize.ofMiB(9_984), most, Optional.of(places));
    }

    @Test
    @DisplayName("No choice of parts holds runners of more weight")
    void best() {
        var random = new Random(74);
        List<RunnerProfile> profiles = List.of(ONE, TWO, THREE, mig("four", "4g.40gb"), mig("double", "1g.20gb"));
        int[] size = {1, 2, 4, 4, 2};
        int[] most = {7, 3, 2, 1, 4};
        for (int round = 0; round < 200; round++) {
            int[] counts = random.ints(5, 0, 4).toArray();
            MigLayoutAdvisor advisor = MigLayoutAdvisor.of(H100);
            List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4));
            Collections.shuffle(order, random);
            order.stream().filter(i -> counts[i] > 0).forEach(i -> advisor.want(profiles.get(i), counts[i]));
            double placed = advisor.propose().devices().stream()
                    .filter(device -> !device.runner().isEmpty())
                    .mapToDouble(device -> weight(device.runner(), profiles))
                    .sum();
            assertThat(placed)
                    .as("%s", java.util.Arrays.toString(counts))
                    .isEqualTo(best(0, 0, counts, most, size, profiles));
        }
    }

    private static double weight(String name, List<RunnerProfile> profiles) {
        return profiles.stream()
                .filter(profile -> profile.name().equals(name))
                .mapToDouble(RunnerProfile::weight)
                .sum();
    }

    /** Slice by slice: nothing begins here, or one of what is wanted does. */
    private static double best(int slice, double value, int[] counts, int[] most, int[] size, List<RunnerProfile> p) {
        if (slice >= 8) {
            return value;
        }
        double best = best(slice + 1, value, counts, most, size, p);
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0 && slice % size[i] == 0 && slice / size[i] < most[i]) {
                counts[i]--;
                best = Math.max(best, best(slice + size[i], value + p.get(i).weight(), counts, most, size, p));
                counts[i]++;
            }
        }
        return best;
    }

    @Test
    @DisplayName("HW-33: nothing is proposed for a GPU of which nothing is known, and the reason is told")
    void unknown() {
        GpuDevice strange = GpuDevice.builder("GPU-9", "NVIDIA Z9")
                .migMode(GpuDevice.MigMode.ENABLED)
                .build();
        MigLayout layout = MigLayoutAdvisor.of(strange).want(ONE, 2).propose();
        assertThat(layout.devices()).isEmpty();
        assertThat(layout.commands()).isEmpty();
        assertThat(layout.unmet()).isEqualTo(new TreeMap<>(java.util.Map.of("one", 2)));
        assertThat(layout.explain()).contains("nothing is known");
        assertThat(MigLayoutAdvisor.of(having("5g.50gb")).want(ONE, 1).propose().notes())
                .first()
                .asString()
                .contains("[5g.50gb]", "do not agree");
    }

    @Test
    @DisplayName("Runners that no MIG device can hold are refused")
    void refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MigLayoutAdvisor.of(H100).want(RunnerProfile.of("light"), 1))
                .withMessageContaining("needs 0 GPUs: light");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MigLayoutAdvisor.of(H100).want(ONE, 0))
                .withMessageContaining("at least 1: 0");
    }
}
