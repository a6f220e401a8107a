package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CapacityPresetTest {
    private static CapacityPlan plan(CapacityPreset preset, HostInventory host, double overcommit) {
        var settings = CapacitySettings.builder()
                .noHeadroom()
                .cpuOvercommit(overcommit)
                .build();
        return CapacityPlanner.exact()
                .plan(host, preset.request(host).settings(settings).build());
    }

    /** Runs of equal runners in the order of the slots. */
    private static List<String> rows(CapacityPlan plan) {
        List<String> rows = new ArrayList<>();
        String last = "";
        int count = 0;
        for (RunnerSlot slot : plan.slots()) {
            String row = slot.profile().name() + (slot.indices().isEmpty() ? "" : "@" + slot.indices());
            if (!row.equals(last) && count > 0) {
                rows.add(count + " " + last);
                count = 0;
            }
            last = row;
            count++;
        }
        rows.add(count + " " + last);
        return rows;
    }

    @Test
    @DisplayName("SLATE-30: the preset of 50 runners on two GPUs of 16 GiB, in its order, is met in full")
    void dual() {
        var plan = plan(CapacityPreset.DUAL_GPU_SCALED, Hosts.host(24, 65_536, 16_384, 16_384), 4);
        assertThat(rows(plan))
                .containsExactly(
                        "1 gpu_heavy@[0]",
                        "4 gpu_light@[0]",
                        "6 gpu_light@[1]",
                        "4 standard@[1]",
                        "10 standard",
                        "25 light");
        assertThat(plan.slots().get(0).number()).isZero();
        assertThat(plan.slots()).hasSize(50);
        assertThat(plan.shortfalls()).isEmpty();
        assertThat(plan.optimality()).isEqualTo(Optimality.optimal(105));
        assertThat(plan.cores()).isEqualTo(new CapacityPlan.Use(Reading.of(96_000), 77_000));
    }

    @Test
    @DisplayName("A preset on a smaller host is clipped to what fits, and what was dropped is told")
    void clipped() {
        var plan = plan(CapacityPreset.DUAL_GPU_SCALED, Hosts.host(24, 65_536, 16_303, 16_303), 4);
        assertThat(plan.counts())
                .containsEntry("gpu_heavy", 1)
                .containsEntry("gpu_light", 9)
                .containsEntry("light", 25);
        assertThat(plan.shortfalls()).singleElement().satisfies(shortfall -> {
            assertThat(shortfall.wish().profile().name()).isEqualTo("gpu_light");
            assertThat(shortfall.wish().gpu()).hasValue(0);
            assertThat(shortfall.placed()).isEqualTo(3);
            assertThat(shortfall.factor()).isEqualTo(LimitingFactor.GPU);
        });
        var one = plan(CapacityPreset.DUAL_GPU_SCALED, Hosts.host(24, 65_536, 16_384), 4);
        assertThat(one.shortfalls())
                .extracting(CapacityPlan.Shortfall::factor)
                .containsExactly(LimitingFactor.NO_GPU, LimitingFactor.NO_GPU);
    }

    @Test
    @DisplayName("Without over-commit the preset keeps the runners that are worth most")
    void cores() {
        var plan = plan(CapacityPreset.DUAL_GPU_SCALED, Hosts.host(24, 65_536, 16_384, 16_384), 1);
        assertThat(plan.optimality()).isEqualTo(Optimality.optimal(52));
        assertThat(plan.shortfalls())
                .isNotEmpty()
                .allSatisfy(shortfall -> assertThat(shortfall.factor()).isEqualTo(LimitingFactor.CPU));
    }

    @Test
    @DisplayName("SLATE-31: the minimal preset uses GPUs only where they are")
    void minimal() {
        assertThat(rows(plan(CapacityPreset.MINIMAL, Hosts.host(4, 8192, 16_384), 1)))
                .containsExactly("1 standard@[0]", "1 light");
        assertThat(rows(plan(CapacityPreset.MINIMAL, Hosts.host(4, 8192), 1))).containsExactly("1 standard", "1 light");
        assertThat(CapacityPreset.MINIMAL.parallelTasks()).isEqualTo(2);
    }

    @Test
    @DisplayName("The presets for one GPU and for none go by the host")
    void others() {
        assertThat(rows(plan(CapacityPreset.SINGLE_GPU_BALANCED, Hosts.host(8, 32_768, 16_384), 3)))
                .containsExactly("4 gpu_light@[0]", "4 standard", "8 light");
        var cpu = plan(CapacityPreset.CPU_ONLY, Hosts.host(4, 8192), 2);
        assertThat(rows(cpu)).containsExactly("2 standard", "4 light");
        assertThat(plan(CapacityPreset.CPU_ONLY, Hosts.host(64, 65_536), 2).slots())
                .hasSize(50);
    }

    @Test
    @DisplayName("A preset is found by its name and by the host's GPUs")
    void named() {
        assertThat(CapacityPreset.named("dual_gpu_scaled")).isEqualTo(CapacityPreset.DUAL_GPU_SCALED);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CapacityPreset.named("dual"))
                .withMessageContaining("single_gpu_balanced");
        assertThat(CapacityPreset.suiting(Hosts.host(4, 8192))).isEqualTo(CapacityPreset.CPU_ONLY);
        assertThat(CapacityPreset.suiting(Hosts.host(4, 8192, 1024))).isEqualTo(CapacityPreset.SINGLE_GPU_BALANCED);
        assertThat(CapacityPreset.suiting(Hosts.host(4, 8192, 1024, 1024, 1024)))
                .isEqualTo(CapacityPreset.DUAL_GPU_SCALED);
    }
}
