package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The layouts against numbers that a C compiler gave for NVML's header 13.3, on Linux and on Windows. */
class NvmlLayoutTest {
    @ParameterizedTest(name = "HW-27: {0} is {1}")
    @CsvSource({
        "PCI_INFO_BYTES, 68",
        "PCI_INFO_BUS_ID, 36",
        "PCI_INFO_BUS_ID_BYTES, 32",
        "UTILIZATION_BYTES, 8",
        "UTILIZATION_GPU, 0",
        "UTILIZATION_MEMORY, 4",
        "MEMORY_BYTES, 24",
        "MEMORY_TOTAL, 0",
        "MEMORY_FREE, 8",
        "MEMORY_USED, 16",
        "MEMORY_V2_BYTES, 40",
        "MEMORY_V2_TOTAL, 8",
        "MEMORY_V2_RESERVED, 16",
        "MEMORY_V2_FREE, 24",
        "MEMORY_V2_USED, 32",
        "MEMORY_V2_VERSION, 33554472",
        "TEMPERATURE_BYTES, 12",
        "TEMPERATURE_SENSOR, 4",
        "TEMPERATURE_VALUE, 8",
        "TEMPERATURE_VERSION, 16777228",
        "MARGIN_BYTES, 8",
        "MARGIN_VALUE, 4",
        "MARGIN_VERSION, 16777224",
        "FIELD_BYTES, 40",
        "FIELD_ID, 0",
        "FIELD_SCOPE, 4",
        "FIELD_TYPE, 24",
        "FIELD_CODE, 28",
        "FIELD_VALUE, 32",
        "PROCESS_V1_BYTES, 16",
        "PROCESS_V2_BYTES, 24",
        "PROCESS_DETAIL_BYTES, 32",
        "PROCESS_PID, 0",
        "PROCESS_MEMORY, 8",
        "MIG_PROFILE_BYTES, 48",
        "MIG_PROFILE_ID, 0",
        "MIG_PROFILE_SLICES, 8",
        "MIG_PROFILE_INSTANCES, 12",
        "MIG_PROFILE_MEGABYTES, 40",
        "MIG_PROFILE_V2_BYTES, 152",
        "MIG_PROFILE_V2_ID, 4",
        "MIG_PROFILE_V2_SLICES, 12",
        "MIG_PROFILE_V2_INSTANCES, 16",
        "MIG_PROFILE_V2_MEGABYTES, 48",
        "MIG_PROFILE_V2_NAME, 56",
        "MIG_PROFILE_V2_NAME_BYTES, 96",
        "MIG_PROFILE_V2_VERSION, 33554584",
        "PLACEMENT_BYTES, 8",
        "PLACEMENT_START, 0",
        "PLACEMENT_SIZE, 4",
        "FABRIC_BYTES, 40",
        "FABRIC_CLUSTER, 4",
        "FABRIC_CLUSTER_BYTES, 16",
        "FABRIC_STATUS, 20",
        "FABRIC_CLIQUE, 24",
        "FABRIC_STATE, 28",
        "FABRIC_V2_VERSION, 33554468",
        "FABRIC_VERSION, 50331688",
        "EVENT_BYTES, 32",
        "EVENT_DEVICE, 0",
        "EVENT_TYPE, 8",
        "EVENT_DATA, 16",
        "EVENT_GPU_INSTANCE, 24",
        "EVENT_COMPUTE_INSTANCE, 28"
    })
    @DisplayName("HW-27: sizes, offsets and versions are those of the header")
    void golden(String constant, int expected) throws ReflectiveOperationException {
        assertThat(NvmlLayout.class.getDeclaredField(constant).getInt(null)).isEqualTo(expected);
    }
}
