package dev.paddock.gpu.internal;

/** The functions asked of NVML, by the names they are exported under. None of them must be there. */
enum NvmlFunction {
    INIT("nvmlInit_v2"),
    SHUTDOWN("nvmlShutdown"),
    DRIVER_VERSION("nvmlSystemGetDriverVersion"),
    CUDA_VERSION("nvmlSystemGetCudaDriverVersion_v2"),
    CUDA_VERSION_V1("nvmlSystemGetCudaDriverVersion"),
    COUNT("nvmlDeviceGetCount_v2"),
    HANDLE("nvmlDeviceGetHandleByIndex_v2"),
    NAME("nvmlDeviceGetName"),
    UUID("nvmlDeviceGetUUID"),
    PCI_INFO("nvmlDeviceGetPciInfo_v3"),
    COMPUTE_CAPABILITY("nvmlDeviceGetCudaComputeCapability"),
    COMPUTE_MODE("nvmlDeviceGetComputeMode"),
    MEMORY("nvmlDeviceGetMemoryInfo"),
    MEMORY_V2("nvmlDeviceGetMemoryInfo_v2"),
    NUMA_NODE("nvmlDeviceGetNumaNodeId"),
    UTILIZATION("nvmlDeviceGetUtilizationRates"),
    TEMPERATURE("nvmlDeviceGetTemperature"),
    TEMPERATURE_V("nvmlDeviceGetTemperatureV"),
    TEMPERATURE_THRESHOLD("nvmlDeviceGetTemperatureThreshold"),
    MARGIN_TEMPERATURE("nvmlDeviceGetMarginTemperature"),
    POWER_USAGE("nvmlDeviceGetPowerUsage"),
    ENFORCED_POWER_LIMIT("nvmlDeviceGetEnforcedPowerLimit"),
    POWER_MANAGEMENT_LIMIT("nvmlDeviceGetPowerManagementLimit"),
    CLOCK("nvmlDeviceGetClockInfo"),
    CLOCKS_EVENT_REASONS("nvmlDeviceGetCurrentClocksEventReasons"),
    CLOCKS_THROTTLE_REASONS("nvmlDeviceGetCurrentClocksThrottleReasons"),
    PERSISTENCE_MODE("nvmlDeviceGetPersistenceMode"),
    ECC_ERRORS("nvmlDeviceGetTotalEccErrors"),
    RETIRED_PAGES("nvmlDeviceGetRetiredPages"),
    RETIREMENT_PENDING("nvmlDeviceGetRetiredPagesPendingStatus"),
    REMAPPED_ROWS("nvmlDeviceGetRemappedRows"),
    FIELD_VALUES("nvmlDeviceGetFieldValues"),
    COMPUTE_PROCESSES_V1("nvmlDeviceGetComputeRunningProcesses"),
    COMPUTE_PROCESSES_V2("nvmlDeviceGetComputeRunningProcesses_v2"),
    COMPUTE_PROCESSES_V3("nvmlDeviceGetComputeRunningProcesses_v3"),
    GRAPHICS_PROCESSES_V1("nvmlDeviceGetGraphicsRunningProcesses"),
    GRAPHICS_PROCESSES_V2("nvmlDeviceGetGraphicsRunningProcesses_v2"),
    GRAPHICS_PROCESSES_V3("nvmlDeviceGetGraphicsRunningProcesses_v3"),
    MPS_PROCESSES_V1("nvmlDeviceGetMPSComputeRunningProcesses"),
    MPS_PROCESSES_V2("nvmlDeviceGetMPSComputeRunningProcesses_v2"),
    MPS_PROCESSES_V3("nvmlDeviceGetMPSComputeRunningProcesses_v3"),
    MIG_MODE("nvmlDeviceGetMigMode"),
    MAX_MIG_DEVICES("nvmlDeviceGetMaxMigDeviceCount"),
    MIG_DEVICE("nvmlDeviceGetMigDeviceHandleByIndex"),
    GPU_INSTANCE("nvmlDeviceGetGpuInstanceId"),
    COMPUTE_INSTANCE("nvmlDeviceGetComputeInstanceId"),
    MIG_PROFILE("nvmlDeviceGetGpuInstanceProfileInfo"),
    MIG_PROFILE_V("nvmlDeviceGetGpuInstanceProfileInfoV"),
    MIG_PLACEMENTS("nvmlDeviceGetGpuInstancePossiblePlacements_v2"),
    NVLINK_STATE("nvmlDeviceGetNvLinkState"),
    NVLINK_REMOTE("nvmlDeviceGetNvLinkRemotePciInfo_v2"),
    FABRIC("nvmlDeviceGetGpuFabricInfoV"),
    EVENT_SET_CREATE("nvmlEventSetCreate"),
    SUPPORTED_EVENTS("nvmlDeviceGetSupportedEventTypes"),
    REGISTER_EVENTS("nvmlDeviceRegisterEvents"),
    EVENT_SET_WAIT("nvmlEventSetWait_v2"),
    EVENT_SET_WAIT_V1("nvmlEventSetWait"),
    EVENT_SET_FREE("nvmlEventSetFree");

    private final String symbol;

    NvmlFunction(String symbol) {
        this.symbol = symbol;
    }

    String symbol() {
        return symbol;
    }

    /** The function that lists processes in the layout of a version from 1 to 3. */
    static NvmlFunction processes(Nvml.Users whose, int version) {
        return valueOf(whose.name() + "_PROCESSES_V" + version);
    }
}
