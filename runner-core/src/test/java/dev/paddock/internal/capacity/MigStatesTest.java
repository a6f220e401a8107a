package dev.paddock.internal.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.MigProfile;
import dev.paddock.capacity.MigProfile.Placement;
import dev.paddock.capacity.Reading;
import dev.paddock.internal.capacity.MigStates.Part;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MigStatesTest {
    private static final GpuDevice H100 = gpu("NVIDIA H100 80GB HBM3");

    private static GpuDevice gpu(String name) {
        return GpuDevice.builder("GPU-1", name)
                .migMode(GpuDevice.MigMode.ENABLED)
                .build();
    }

    private static GpuDevice sized(String name, long mebibytes) {
        Reading none = Reading.notSupported();
        return gpu(name).toBuilder()
                .memory(new GpuMemory(Reading.of(mebibytes << 20), none, none, none, GpuMemory.Source.LEGACY))
                .build();
    }

    private static List<MigProfile> profiles(GpuDevice gpu) {
        return MigTable.of(gpu).profiles();
    }

    private static List<MigProfile> withoutDouble(List<MigProfile> profiles) {
        return profiles.stream()
                .filter(profile -> profile.computeSlices() > 1 || profile.maxInstances() > 4)
                .toList();
    }

    private static MigProfile named(String start, List<MigProfile> profiles) {
        return profiles.stream()
                .filter(profile -> profile.name().startsWith(start))
                .findFirst()
                .orElseThrow();
    }

    // ---- an enumeration of its own: every subset of places, kept if no slice of memory or compute is taken twice ----

    private static Set<Set<Part>> everySubset(List<MigProfile> profiles, int computeSlices) {
        List<Part> parts = new ArrayList<>();
        for (MigProfile profile : profiles) {
            profile.placements().orElseThrow().forEach(place -> parts.add(new Part(profile, place)));
        }
        Set<Set<Part>> legal = new HashSet<>();
        for (int subset = 0; subset < 1 << parts.size(); subset++) {
            int[] used = new int[16];
            int compute = 0;
            Set<Part> chosen = new HashSet<>();
            for (int i = 0; i < parts.size(); i++) {
                if ((subset >> i & 1) == 1) {
                    chosen.add(parts.get(i));
                    compute += parts.get(i).profile().computeSlices();
                    Placement place = parts.get(i).place();
                    for (int slice = 0; slice < place.size(); slice++) {
                        used[place.start() + slice]++;
                    }
                }
            }
            if (compute <= computeSlices && java.util.Arrays.stream(used).allMatch(count -> count <= 1)) {
                legal.add(chosen);
            }
        }
        return legal;
    }

    private static List<Set<Part>> maximal(Set<Set<Part>> states) {
        return states.stream()
                .filter(state -> states.stream()
                        .noneMatch(other -> other.size() == state.size() + 1 && other.containsAll(state)))
                .toList();
    }

    private static long multisets(List<Set<Part>> states) {
        return states.stream()
                .map(state -> state.stream()
                        .map(part -> part.profile().name())
                        .sorted()
                        .collect(Collectors.joining(",")))
                .distinct()
                .count();
    }

    private static Set<Set<Part>> sets(List<List<Part>> states) {
        return states.stream().map(Set::copyOf).collect(Collectors.toSet());
    }

    @ParameterizedTest(name = "{0}, 1g with double memory: {1}: {3} states")
    @CsvSource({
        "NVIDIA H100 80GB HBM3,false,7,298,19,14",
        "NVIDIA H100 80GB HBM3,true,7,723,78,38",
        "NVIDIA A100-SXM4-40GB,true,7,723,78,38",
        "NVIDIA A100 80GB PCIe,true,7,723,78,38",
        "NVIDIA H100 NVL,true,7,723,78,38",
        "NVIDIA H200,true,7,723,78,38",
        "NVIDIA B200,false,7,298,19,14",
        "NVIDIA A30,true,4,26,5,4",
        "NVIDIA RTX PRO 6000 Blackwell Server Edition,true,4,26,5,4"
    })
    @DisplayName("HW-74: the legal states of one GPU are those that an enumeration of every subset finds")
    void states(String name, boolean doubled, int compute, int states, int maximal, int multisets) {
        List<MigProfile> profiles = doubled ? profiles(gpu(name)) : withoutDouble(profiles(gpu(name)));
        List<List<Part>> all = MigStates.all(profiles);
        assertThat(all).hasSize(states).doesNotHaveDuplicates();
        assertThat(sets(all)).isEqualTo(everySubset(profiles, compute));
        List<Set<Part>> full = maximal(sets(all));
        assertThat(full).hasSize(maximal);
        assertThat(multisets(full)).isEqualTo(multisets);
    }

    @Test
    @DisplayName("HW-74: with 1g at 0, 1 and 5 an H100 takes no 3g and no 4g, and a 2g at 2 only")
    void occupied() {
        List<MigProfile> profiles = profiles(H100);
        long taken = 1 | 1 << 1 | 1 << 5;
        assertThat(MigStates.free(named("3g", profiles), taken)).isEmpty();
        assertThat(MigStates.free(named("4g", profiles), taken)).isEmpty();
        assertThat(MigStates.free(named("2g", profiles), taken)).containsExactly(new Placement(2, 2));
    }

    @Test
    @DisplayName("HW-74: what fits besides each of the 723 states is what the table of states has beside it")
    void besides() {
        List<MigProfile> profiles = profiles(H100);
        Set<Set<Part>> table = everySubset(profiles, 7);
        assertThat(table).hasSize(723);
        for (Set<Part> state : table) {
            for (MigProfile profile : profiles) {
                Set<Integer> expected = new TreeSet<>();
                for (Placement place : profile.placements().orElseThrow()) {
                    Set<Part> more = new HashSet<>(state);
                    if (more.add(new Part(profile, place)) && table.contains(more)) {
                        expected.add(place.start());
                    }
                }
                assertThat(MigStates.free(profile, MigStates.slices(List.copyOf(state))).stream()
                                .map(Placement::start))
                        .as("%s besides %s", profile.name(), state)
                        .containsExactlyElementsOf(expected);
            }
        }
    }

    @Test
    @DisplayName("The two A100 are told apart by their memory, and a GH200 is no H200")
    void models() {
        assertThat(named("7g", profiles(sized("NVIDIA A100-SXM", 40_960))).name())
                .isEqualTo("7g.40gb");
        assertThat(named("7g", profiles(sized("NVIDIA A100-SXM", 81_920))).name())
                .isEqualTo("7g.80gb");
        assertThat(named("7g", profiles(sized("NVIDIA H100 NVL", 95_830))).name())
                .isEqualTo("7g.94gb");
        assertThat(MigTable.of(gpu("NVIDIA A100")).note()).contains("nothing is known", "needs root");
        assertThat(profiles(gpu("NVIDIA GH200 480GB"))).isEmpty();
        assertThat(profiles(sized("NVIDIA H100", 65_536))).isEmpty();
        assertThat(MigTable.of(GpuDevice.builder("GPU-2", "NVIDIA A100-SXM4-40GB")
                                .build())
                        .note())
                .contains("cannot be partitioned");
    }

    @Test
    @DisplayName("HW-33: what the driver tells wins over the table; without places it is the table, with a note")
    void told() {
        var small = new MigProfile(
                "1g.11gb",
                19,
                1,
                ByteSize.ofGiB(11),
                1,
                Optional.of(List.of(new Placement(0, 1), new Placement(1, 1))));
        GpuDevice telling = H100.toBuilder().migProfiles(List.of(small)).build();
        assertThat(MigTable.of(telling)).isEqualTo(new MigTable(List.of(small), ""));
        assertThat(MigStates.all(profiles(telling)))
                .as("the driver allows one of it")
                .hasSize(3);

        var silent = new MigProfile("1g.11gb", 19, 1, ByteSize.ofGiB(11), 1, Optional.empty());
        GpuDevice mute = H100.toBuilder().migProfiles(List.of(silent)).build();
        assertThat(profiles(mute)).isEqualTo(profiles(H100));
        assertThat(MigTable.of(mute).note()).contains("the driver does not tell");
        assertThat(MigTable.of(gpu("X1").toBuilder()
                                .migProfiles(List.of(silent))
                                .build())
                        .profiles())
                .isEmpty();
    }
}
