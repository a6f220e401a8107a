package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;

/** Adds up what a plan promises of a host of whole GPUs; written from the rules, not from the planner. */
final class PlanValidator {
    private PlanValidator() {}

    static void check(CapacityPlan plan) {
        HostInventory host = plan.host();
        CapacitySettings settings = plan.request().settings();
        double cores = 0;
        long memory = 0;
        long disk = 0;
        Map<String, Long> promised = new HashMap<>();
        Map<String, Integer> runners = new HashMap<>();
        Map<String, Integer> owners = new HashMap<>();
        for (RunnerSlot slot : plan.slots()) {
            cores += slot.profile().cores();
            memory += slot.profile().memory().bytes();
            disk += slot.profile().disk().bytes();
            assertThat(slot.devices()).hasSize(slot.profile().gpus()).doesNotHaveDuplicates();
            for (String device : slot.devices()) {
                runners.merge(device, 1, Integer::sum);
                if (slot.profile().exclusive()) {
                    owners.merge(device, 1, Integer::sum);
                    long real = gpu(host, device).memory().schedulable().orElse(0);
                    assertThat(real + 1.0)
                            .isGreaterThan(settings.nominalTolerance()
                                    * slot.profile().gpuMemory().bytes());
                } else {
                    long need = slot.profile().gpuMemory().bytes()
                            + slot.profile().processes()
                                    * settings.contextOverhead().bytes();
                    promised.merge(device, need, Long::sum);
                }
            }
        }
        owners.keySet().forEach(device -> assertThat(runners).containsEntry(device, 1));
        promised.forEach((device, bytes) -> {
            GpuMemory of = gpu(host, device).memory();
            long all = of.total().orElse(0);
            double headroom = Math.max(
                    settings.gpuHeadroom().least().bytes(),
                    all * settings.gpuHeadroom().fraction());
            assertThat((double) bytes).isLessThanOrEqualTo(of.free().orElse(0) - headroom);
        });
        assertThat(plan.slots()).hasSizeLessThanOrEqualTo(plan.request().maxRunners());
        assertThat(cores).isLessThanOrEqualTo(host.cpu().effective().orElse(0) / 1000.0 * settings.cpuOvercommit());
        double ram = host.memory().effectiveTotal().orElse(0);
        assertThat((double) memory)
                .isLessThanOrEqualTo(ram * (1 - settings.memoryHeadroom().fraction()));
        assertThat(disk).isLessThanOrEqualTo(host.disk().usable().orElse(Long.MAX_VALUE));
        assertThat(new HashSet<>(plan.slots().stream().map(RunnerSlot::number).toList()))
                .hasSameSizeAs(plan.slots());
    }

    private static GpuDevice gpu(HostInventory host, String id) {
        return host.gpus().stream()
                .filter(device -> device.id().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
