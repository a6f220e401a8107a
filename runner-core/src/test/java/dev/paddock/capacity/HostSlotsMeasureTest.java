package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What other programs use stays theirs, however often a plan is made again of one measurement. */
class HostSlotsMeasureTest {
    private static final RunnerProfile GPU =
            RunnerProfile.builder("gpu").gpuMemory(ByteSize.ofGiB(4)).build();
    private static final RunnerProfile CPU =
            RunnerProfile.builder("cpu").memory(ByteSize.ofGiB(4)).build();
    private static final CapacityRequest REQUEST = CapacityRequest.demand(Map.of(GPU, 8, CPU, 8))
            .settings(CapacitySettings.builder().noHeadroom().build())
            .build();
    private static final RunnerId A = new RunnerId("a");
    private static final RunnerId B = new RunnerId("b");

    /** 16 GiB of GPU memory and 16 of main memory, of each of which so much is in use. */
    private static HostInventory host(long used) {
        var gpu = Hosts.gpu(0, 16_384).memory(Hosts.memory(16_384, 0, used)).build();
        var other = Hosts.gpu(1, 2048).build();
        HostInventory empty = Hosts.host(8, 16_384, -1, List.of(gpu, other));
        Reading all = empty.memory().effectiveTotal();
        Reading left = Reading.of(all.orElse(0) - (used << 20));
        return new HostInventory(
                empty.takenAt(),
                empty.platform(),
                empty.cpu(),
                new HostInventory.Memory(all, left, all, left, ""),
                empty.disk(),
                empty.gpus(),
                List.of(),
                List.of());
    }

    private final HostSlots slots = HostSlots.of(CapacityPlanner.exact(), host(6144), REQUEST);

    @Test
    @DisplayName("HW-79: runners that came after the host was measured do not make another program's memory free")
    void cameSince() {
        assertThat(slots.plan().counts()).isEqualTo(Map.of("gpu", 2, "cpu", 2));
        slots.lease(A, GPU).orElseThrow();
        slots.lease(B, CPU).orElseThrow();
        assertThat(slots.schedulable(Hosts.id(1), false).counts()).isEqualTo(Map.of("gpu", 2, "cpu", 2));
        assertThat(slots.plan().request().measured()).isEmpty();
    }

    @Test
    @DisplayName("HW-79: what runners use that were there when the host was measured is theirs, and free once they go")
    void wereThere() {
        slots.lease(A, GPU).orElseThrow();
        slots.lease(B, CPU).orElseThrow();
        assertThat(slots.replan(host(6144 + 4096)).counts()).isEqualTo(Map.of("gpu", 2, "cpu", 2));
        slots.release(A);
        slots.release(B);
        assertThat(slots.schedulable(Hosts.id(1), false).counts()).isEqualTo(Map.of("gpu", 2, "cpu", 2));
    }

    @Test
    @DisplayName("HW-79: a runner of an earlier life was there when the host was measured")
    void earlierLife() {
        slots.restore(A, 0, "gpu", List.of(Hosts.id(0)));
        slots.restore(B, 7, "cpu", List.of());
        assertThat(slots.plan().counts()).as("4 of the 6 GiB are theirs").isEqualTo(Map.of("gpu", 3, "cpu", 3));
    }
}
