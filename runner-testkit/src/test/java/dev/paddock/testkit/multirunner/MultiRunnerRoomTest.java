package dev.paddock.testkit.multirunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.HostInventory;
import dev.paddock.error.MultiRunnerException;
import dev.paddock.multirunner.MultiRunner;
import dev.paddock.task.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other programs use of the host is not a pool's to give. */
class MultiRunnerRoomTest {
    private static final RunnerProfile GPU =
            RunnerProfile.builder("gpu").gpuMemory(ByteSize.ofGiB(4)).build();
    private static final CapacitySettings ALL =
            CapacitySettings.builder().noHeadroom().build();

    @TempDir
    Path folder;

    /** Has cores for no runner without GPU. */
    private static HostInventory host(PoolFixture fixture, int free) {
        return fixture.host("""
                {"cores": 0.5, "memory": "64 GiB", "gpus": [
                  {"id": "GPU-a", "memory": {"total": "16 GiB", "free": "%d GiB"}}]}
                """.formatted(free));
    }

    @Test
    @DisplayName("SLATE-37: a pool whose runners are idle is not scaled onto GPU memory that others use")
    void othersUseIt() {
        var fixture = new PoolFixture(folder);
        HostInventory host = host(fixture, 10);
        MultiRunner pool = fixture.memory();
        CapacityRequest request =
                CapacityRequest.demand(Map.of(GPU, 9)).settings(ALL).build();
        pool.initialise(CapacityPlanner.exact().plan(host, request), 8, false);
        assertThat(pool.status().runners()).hasSize(2);
        assertThatThrownBy(() -> pool.scale(3, host, ALL))
                .isInstanceOf(MultiRunnerException.class)
                .hasMessageContaining("the host holds 2 at most");
        pool.assign(Task.builder("one").profile("gpu").build(), ProcessHandle.current());
        assertThatThrownBy(() -> pool.scale(4, host(fixture, 10), ALL))
                .hasMessageContaining("the host holds 3 at most");
        fixture.pass(Duration.ofMinutes(30));
        assertThat(pool.expire().failed())
                .as("its process may still hold the memory")
                .hasSize(1);
        pool.scale(3, host, ALL);
        assertThat(pool.status().runners()).as("4 of the 6 GiB are the task's").hasSize(3);
    }
}
