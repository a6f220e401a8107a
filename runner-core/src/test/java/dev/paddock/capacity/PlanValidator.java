package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerProfile;
import java.util.List;
import java.util.stream.Stream;

/** Puts what a plan promises on a {@link HostView}, runner by runner. */
final class PlanValidator {
    private PlanValidator() {}

    static void check(CapacityPlan plan) {
        var view = new HostView(plan.host(), plan.request());
        assertThat(plan.atRisk()).isEqualTo(view.atRisk);
        assertThat(plan.slots()).containsAll(view.kept);
        assertThat(Stream.concat(plan.slots().stream(), plan.atRisk().stream()).map(RunnerSlot::number))
                .doesNotHaveDuplicates();
        for (RunnerSlot slot : plan.slots()) {
            if (!view.kept.contains(slot)) {
                place(view, slot);
            }
        }
        assertThat(plan.devices()).hasSameSizeAs(view.devices).allSatisfy(use -> {
            HostView.Device device = view.device(use.id());
            assertThat(use.runners()).isEqualTo(device.runners);
            assertThat(use.promised().bytes())
                    .isEqualTo(device.taken ? Math.max(device.usable, device.promised) : device.promised);
        });
    }

    private static void place(HostView view, RunnerSlot slot) {
        RunnerProfile profile = slot.profile();
        assertThat(view.hasRoom(profile)).as("room for %s", slot).isTrue();
        assertThat(slot.devices())
                .as("devices of %s", slot)
                .hasSizeBetween(profile.gpus(), Math.max(1, profile.gpus()))
                .doesNotHaveDuplicates();
        List<HostView.Device> on = slot.devices().stream().map(view::device).toList();
        assertThat(on).as("devices of %s", slot).allMatch(device -> view.holds(device, profile));
        view.take(profile, on);
        boolean part = on.stream().anyMatch(device -> !device.part.isEmpty());
        assertThat(slot.isolation() == Isolation.MIG)
                .as("isolation of %s", slot)
                .isEqualTo(part);
        assertThat(slot.environment())
                .containsEntry(
                        "CUDA_VISIBLE_DEVICES", slot.devices().isEmpty() ? "-1" : String.join(",", slot.devices()));
    }
}
