package dev.paddock.gpu.internal;

/**
 * Sizes, offsets and versions of NVML's structures, in bytes. Equal on 64-bit Linux and Windows, from NVML's header
 * 13.3; a structure with a version carries {@code size | version << 24} in its first four bytes.
 */
final class NvmlLayout {
    static final int DRIVER_VERSION_BYTES = 80;
    static final int NAME_BYTES = 96;
    static final int UUID_BYTES = 96;

    static final int PCI_INFO_BYTES = 68;
    static final int PCI_INFO_BUS_ID = 36;
    static final int PCI_INFO_BUS_ID_BYTES = 32;

    static final int UTILIZATION_BYTES = 8;
    static final int UTILIZATION_GPU = 0;
    static final int UTILIZATION_MEMORY = 4;

    static final int MEMORY_BYTES = 24;
    static final int MEMORY_TOTAL = 0;
    static final int MEMORY_FREE = 8;
    static final int MEMORY_USED = 16;

    static final int MEMORY_V2_BYTES = 40;
    static final int MEMORY_V2_TOTAL = 8;
    static final int MEMORY_V2_RESERVED = 16;
    static final int MEMORY_V2_FREE = 24;
    static final int MEMORY_V2_USED = 32;
    static final int MEMORY_V2_VERSION = version(MEMORY_V2_BYTES, 2);

    static final int TEMPERATURE_BYTES = 12;
    static final int TEMPERATURE_SENSOR = 4;
    static final int TEMPERATURE_VALUE = 8;
    static final int TEMPERATURE_VERSION = version(TEMPERATURE_BYTES, 1);

    static final int MARGIN_BYTES = 8;
    static final int MARGIN_VALUE = 4;
    static final int MARGIN_VERSION = version(MARGIN_BYTES, 1);

    static final int FIELD_BYTES = 40;
    static final int FIELD_ID = 0;
    static final int FIELD_SCOPE = 4;
    static final int FIELD_TYPE = 24;
    static final int FIELD_CODE = 28;
    static final int FIELD_VALUE = 32;

    static final int PROCESS_V1_BYTES = 16;
    static final int PROCESS_V2_BYTES = 24;
    /** What drivers 535.43 to 535.86 wrote in place of the second. */
    static final int PROCESS_DETAIL_BYTES = 32;

    static final int PROCESS_PID = 0;
    static final int PROCESS_MEMORY = 8;

    static final int MIG_PROFILE_BYTES = 48;
    static final int MIG_PROFILE_ID = 0;
    static final int MIG_PROFILE_SLICES = 8;
    static final int MIG_PROFILE_INSTANCES = 12;
    static final int MIG_PROFILE_MEGABYTES = 40;

    static final int MIG_PROFILE_V2_BYTES = 152;
    static final int MIG_PROFILE_V2_ID = 4;
    static final int MIG_PROFILE_V2_SLICES = 12;
    static final int MIG_PROFILE_V2_INSTANCES = 16;
    static final int MIG_PROFILE_V2_MEGABYTES = 48;
    static final int MIG_PROFILE_V2_NAME = 56;
    static final int MIG_PROFILE_V2_NAME_BYTES = 96;
    static final int MIG_PROFILE_V2_VERSION = version(MIG_PROFILE_V2_BYTES, 2);

    static final int PLACEMENT_BYTES = 8;
    static final int PLACEMENT_START = 0;
    static final int PLACEMENT_SIZE = 4;

    static final int FABRIC_V2_BYTES = 36;
    static final int FABRIC_BYTES = 40;
    static final int FABRIC_CLUSTER = 4;
    static final int FABRIC_CLUSTER_BYTES = 16;
    static final int FABRIC_STATUS = 20;
    static final int FABRIC_CLIQUE = 24;
    static final int FABRIC_STATE = 28;
    static final int FABRIC_V2_VERSION = version(FABRIC_V2_BYTES, 2);
    static final int FABRIC_VERSION = version(FABRIC_BYTES, 3);

    static final int EVENT_BYTES = 32;
    static final int EVENT_DEVICE = 0;
    static final int EVENT_TYPE = 8;
    static final int EVENT_DATA = 16;
    static final int EVENT_GPU_INSTANCE = 24;
    static final int EVENT_COMPUTE_INSTANCE = 28;

    private NvmlLayout() {}

    static int version(int size, int version) {
        return size | version << 24;
    }
}
