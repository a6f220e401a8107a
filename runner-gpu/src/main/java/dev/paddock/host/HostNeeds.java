package dev.paddock.host;

import dev.paddock.ByteSize;
import java.util.List;
import java.util.Map;

/** The values of {@link HostRequirements}, whose builder says what each means. One that is shared is not changed. */
final class HostNeeds implements Cloneable {
    int cores = 1;
    int recommendedCores;
    ByteSize memory = ByteSize.ofGB(1);
    ByteSize recommendedMemory = ByteSize.ZERO;
    ByteSize disk = ByteSize.ofGB(5);
    ByteSize recommendedDisk = ByteSize.ZERO;
    boolean solidState;
    int networkMbps;
    List<String> distributions = List.of();
    String architecture = "";
    List<String> tools = List.of("bash", "tar", "git");
    boolean rootAllowed;
    int gpus;
    String driver = "";
    String cuda = "";
    String computeCapability = "";
    ByteSize gpuMemory = ByteSize.ZERO;
    ByteSize recommendedGpuMemory = ByteSize.ZERO;
    String toolkit = "";
    List<String> groups = List.of();
    boolean containers;
    String python = "";
    Map<String, String> packages = Map.of();
    boolean torchCuda;
    boolean onnxRuntimeCuda;

    HostNeeds copy() {
        try {
            return (HostNeeds) clone(); // each value is immutable
        } catch (CloneNotSupportedException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
