package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DeviceVisibilityTest {
    private static final String A = "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6";
    private static final String B = "GPU-8932aaaa-0000-4106-c12f-20bd9faed9f6";
    private static final String MIG_1 = "MIG-1b2c3d4e-0000-5000-8000-000000000001";
    private static final String MIG_2 = "MIG-1b2c3d4e-0000-5000-8000-000000000002";
    private static final GpuDevice FIRST = nvidia(A, 0, "0000:3b:00.0").build();
    private static final GpuDevice SECOND = nvidia(B, 1, "0000:5e:00.0").build();
    private static final GpuDevice PARTITIONED = nvidia("GPU-cccc0000-0000-0000-0000-000000000000", 2, "0000:af:00.0")
            .migMode(GpuDevice.MigMode.ENABLED)
            .migDevices(List.of(mig(MIG_1, 7), mig(MIG_2, 8)))
            .build();
    private static final GpuDevice AMD_NAMED = amd("GPU-00c0ffee00c0ffee", 0);
    private static final GpuDevice AMD_UNNAMED = amd("18ff74a1-0000-1000-80b0-1fe28ee7f97b", 1);
    private static final GpuDevice INTEL = GpuDevice.builder("0000:03:00.0", "Flex 170")
            .vendor(GpuVendor.INTEL)
            .index(3)
            .build();

    private static GpuDevice.Builder nvidia(String id, int index, String bus) {
        return GpuDevice.builder(id, "NVIDIA H100 80GB HBM3").index(index).busId(bus);
    }

    private static MigDevice mig(String id, int instance) {
        return new MigDevice(id, "1g.10gb", instance, 0, GpuMemory.unknown(Reading.notSupported()));
    }

    private static GpuDevice amd(String id, int index) {
        return GpuDevice.builder(id, "MI300X")
                .vendor(GpuVendor.AMD)
                .index(index)
                .busId("0000:c" + index + ":00.0")
                .build();
    }

    private static List<String> visible(String variable, String value, GpuDevice... host) {
        return ids(DeviceVisibility.visible(List.of(host), Map.of(variable, value)));
    }

    private static List<String> ids(DeviceVisibility.Limited limited) {
        return limited.devices().stream().map(GpuDevice::id).toList();
    }

    // ---- what a runner is given ------------------------------------------------------------------------------

    @Test
    @DisplayName("HW-80: a runner's GPUs are named by UUID, never by index")
    void byUuid() {
        var environment = DeviceVisibility.environment(List.of(B, A), List.of(FIRST, SECOND));
        assertThat(environment)
                .containsEntry("CUDA_VISIBLE_DEVICES", B + "," + A)
                .containsEntry("NVIDIA_VISIBLE_DEVICES", B + "," + A)
                .hasSize(2);
    }

    @Test
    @DisplayName("HW-80: a MIG device is named by its own UUID")
    void migByUuid() {
        assertThat(DeviceVisibility.environment(List.of(MIG_2), List.of(FIRST, PARTITIONED)))
                .containsEntry("CUDA_VISIBLE_DEVICES", MIG_2)
                .containsEntry("NVIDIA_VISIBLE_DEVICES", MIG_2);
    }

    @Test
    @DisplayName("HW-80: among several GPUs one without a UUID cannot be bound")
    void noUuidAmongSeveral() {
        var unnamed = nvidia("0000:d8:00.0", 3, "0000:d8:00.0").build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DeviceVisibility.environment(List.of("0000:d8:00.0"), List.of(FIRST, unnamed)))
                .withMessageContaining("0000:d8:00.0")
                .withMessageContaining("no UUID");
    }

    @Test
    void theOnlyGpuOfItsKindNeedsNoName() {
        var jetson = nvidia("jetson", 0, "").build();
        assertThat(DeviceVisibility.environment(List.of("jetson"), List.of(jetson)))
                .isEmpty();
    }

    @Test
    void aRunnerBoundToNothingSeesNothing() {
        assertThat(DeviceVisibility.environment(List.of(), List.of(FIRST)))
                .isEqualTo(Map.of(
                        "CUDA_VISIBLE_DEVICES", "-1",
                        "NVIDIA_VISIBLE_DEVICES", "void",
                        "ROCR_VISIBLE_DEVICES", "-1",
                        "HIP_VISIBLE_DEVICES", "-1"));
    }

    @Test
    void amdIsNamedToItsRuntimeAsItCanReadItAndCountedAfterwards() {
        var host = List.of(AMD_NAMED, AMD_UNNAMED);
        assertThat(DeviceVisibility.environment(List.of(AMD_UNNAMED.id(), AMD_NAMED.id()), host))
                .isEqualTo(Map.of("ROCR_VISIBLE_DEVICES", "1,GPU-00c0ffee00c0ffee", "HIP_VISIBLE_DEVICES", "0,1"));
    }

    @Test
    void intelIsCounted() {
        assertThat(DeviceVisibility.environment(List.of(INTEL.id()), List.of(INTEL)))
                .isEqualTo(Map.of("ZE_AFFINITY_MASK", "3"));
        var unknown = INTEL.toBuilder().index(-1).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DeviceVisibility.environment(List.of(INTEL.id()), List.of(unknown)))
                .withMessageContaining("no index");
    }

    @Test
    void otherVendorsGpusOfTheHostAreHidden() {
        var host = List.of(FIRST, AMD_NAMED);
        assertThat(DeviceVisibility.environment(List.of(A), host))
                .containsEntry("CUDA_VISIBLE_DEVICES", A)
                .containsEntry("ROCR_VISIBLE_DEVICES", "-1")
                .containsEntry("HIP_VISIBLE_DEVICES", "-1");
        assertThat(DeviceVisibility.environment(List.of(AMD_NAMED.id()), host))
                .containsEntry("CUDA_VISIBLE_DEVICES", "-1")
                .containsEntry("HIP_VISIBLE_DEVICES", "0");
    }

    @Test
    void aPartitionedGpuIsNotBoundWhole() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DeviceVisibility.environment(List.of(PARTITIONED.id()), List.of(PARTITIONED)))
                .withMessageContaining(MIG_1);
    }

    @Test
    void anUnknownDeviceIsRefusedWithThoseThatAreKnown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DeviceVisibility.environment(List.of("GPU-0"), List.of(FIRST)))
                .withMessageContaining("GPU-0")
                .withMessageContaining(A);
    }

    // ---- what a host's own environment leaves ------------------------------------------------------------------

    @Test
    void withoutVariablesAllAreVisible() {
        var limited = DeviceVisibility.visible(List.of(FIRST, AMD_NAMED, INTEL), Map.of("PATH", "/bin"));
        assertThat(limited.devices()).containsExactly(FIRST, AMD_NAMED, INTEL);
        assertThat(limited.notes()).isEmpty();
    }

    @Test
    void aListOfUuidsOrTheirBeginningsLimits() {
        assertThat(visible("CUDA_VISIBLE_DEVICES", B, FIRST, SECOND)).containsExactly(B);
        assertThat(visible("CUDA_VISIBLE_DEVICES", "GPU-8932a", FIRST, SECOND)).containsExactly(B);
        assertThat(visible("CUDA_VISIBLE_DEVICES", "GPU-8932", FIRST, SECOND))
                .as("not unique")
                .isEmpty();
    }

    @Test
    void aListOfIndicesCountsByTheBusAndEndsAtTheFirstThatIsNone() {
        assertThat(visible("CUDA_VISIBLE_DEVICES", "0", SECOND, FIRST)).containsExactly(A);
        assertThat(visible("CUDA_VISIBLE_DEVICES", "1, 0", FIRST, SECOND)).containsExactly(A, B);
        assertThat(visible("CUDA_VISIBLE_DEVICES", "1,-1,0", FIRST, SECOND)).containsExactly(B);
        assertThat(visible("CUDA_VISIBLE_DEVICES", "1,9,0", FIRST, SECOND)).containsExactly(B);
        assertThat(visible("CUDA_VISIBLE_DEVICES", "99999999999", FIRST, SECOND))
                .isEmpty();
    }

    @Test
    void aGpuThatCudaDoesNotKnowIsNotCounted() {
        var vfio = GpuDevice.builder("0000:01:00.0", "")
                .busId("0000:01:00.0")
                .state(GpuDevice.State.UNUSABLE, "driver vfio-pci")
                .build();
        assertThat(visible("CUDA_VISIBLE_DEVICES", "0", vfio, FIRST, SECOND)).containsExactly(A);
        assertThat(visible("CUDA_VISIBLE_DEVICES", "0,1", vfio, FIRST, SECOND)).containsExactly(A, B);
        assertThat(visible("CUDA_VISIBLE_DEVICES", "2", vfio, FIRST, SECOND)).isEmpty();
        var lost = FIRST.toBuilder().state(GpuDevice.State.LOST, "timeout").build();
        assertThat(visible("CUDA_VISIBLE_DEVICES", "1", lost, SECOND))
                .as("its driver still has a place for it")
                .containsExactly(B);
        assertThat(visible("CUDA_VISIBLE_DEVICES", "0", vfio))
                .as("why there is none is still told")
                .containsExactly(vfio.id());
        var limited = DeviceVisibility.visible(List.of(vfio, FIRST, SECOND), Map.of("CUDA_VISIBLE_DEVICES", "0"));
        assertThat(limited.notes()).as("no doubt about the order").hasSize(1);
    }

    @Test
    void anEmptyListAndOneThatNamesAGpuTwiceShowNothing() {
        assertThat(visible("CUDA_VISIBLE_DEVICES", "", FIRST)).isEmpty();
        assertThat(visible("CUDA_VISIBLE_DEVICES", "-1", FIRST)).isEmpty();
        assertThat(visible("CUDA_VISIBLE_DEVICES", "NoDevFiles", FIRST)).isEmpty();
        assertThat(visible("CUDA_VISIBLE_DEVICES", "0,0", FIRST, SECOND)).isEmpty();
    }

    @Test
    void aMigDeviceLeavesItsGpuWithOnlyThat() {
        for (String name : List.of(MIG_2, "MIG-" + PARTITIONED.id() + "/8/0")) {
            var limited = DeviceVisibility.visible(List.of(FIRST, PARTITIONED), Map.of("CUDA_VISIBLE_DEVICES", name));
            assertThat(ids(limited)).containsExactly(PARTITIONED.id());
            assertThat(limited.devices().get(0).migDevices())
                    .extracting(MigDevice::id)
                    .containsExactly(MIG_2);
        }
        var both = DeviceVisibility.visible(List.of(PARTITIONED), Map.of("CUDA_VISIBLE_DEVICES", MIG_2 + "," + MIG_1));
        assertThat(both.devices().get(0).migDevices()).hasSize(2);
    }

    @Test
    void countingUnlikeGpusIsDoubtfulUnlessCountedByTheBus() {
        var other = GpuDevice.builder("GPU-dddd", "Tesla T4")
                .index(1)
                .busId("0000:5e:00.0")
                .build();
        var doubtful = DeviceVisibility.visible(List.of(FIRST, other), Map.of("CUDA_VISIBLE_DEVICES", "1"));
        assertThat(doubtful.notes()).hasSize(2).last().asString().contains("CUDA_DEVICE_ORDER=PCI_BUS_ID");
        var certain = DeviceVisibility.visible(
                List.of(FIRST, other), Map.of("CUDA_VISIBLE_DEVICES", "1", "CUDA_DEVICE_ORDER", "PCI_BUS_ID"));
        assertThat(ids(certain)).containsExactly("GPU-dddd");
        assertThat(certain.notes()).containsExactly("CUDA_VISIBLE_DEVICES=1 shows 1 of 2 NVIDIA GPUs to runners");
    }

    @Test
    void amdsTwoListsApplyOneAfterTheOther() {
        var host = List.of(AMD_NAMED, AMD_UNNAMED);
        assertThat(ids(DeviceVisibility.visible(
                        host, Map.of("ROCR_VISIBLE_DEVICES", "1,GPU-00c0ffee00c0ffee", "HIP_VISIBLE_DEVICES", "0"))))
                .containsExactly(AMD_UNNAMED.id());
        assertThat(ids(DeviceVisibility.visible(host, Map.of("CUDA_VISIBLE_DEVICES", "0"))))
                .as("HIP reads CUDA's list where it has none of its own")
                .containsExactly(AMD_NAMED.id());
        assertThat(ids(DeviceVisibility.visible(
                        host, Map.of("CUDA_VISIBLE_DEVICES", "-1", "HIP_VISIBLE_DEVICES", "1"))))
                .containsExactly(AMD_UNNAMED.id());
    }

    @Test
    void intelsListNamesTilesAndAnEmptyOneMeansAll() {
        var second = INTEL.toBuilder().busId("0000:04:00.0").build();
        assertThat(visible("ZE_AFFINITY_MASK", "0.0,0.1", INTEL)).containsExactly(INTEL.id());
        assertThat(visible("ZE_AFFINITY_MASK", "", second)).containsExactly(second.id());
        assertThat(visible("ZE_AFFINITY_MASK", "7", INTEL)).isEmpty();
    }

    @Test
    void whatAContainersRuntimeHasDoneIsNotDoneAgain() {
        assertThat(visible("NVIDIA_VISIBLE_DEVICES", "void", FIRST)).containsExactly(A);
    }
}
