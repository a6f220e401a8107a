package dev.paddock.host;

import dev.paddock.ByteSize;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What a host must have to run runners, as data. A minimum that is missed fails, a recommendation that is missed warns.
 * Sizes are compared in bytes, and a gigabyte is 10<sup>9</sup> of them, as vendors count. Immutable.
 *
 * @param cores logical processors that may be used, at least
 * @param recommendedCores logical processors below which the doctor warns; 0 for none
 * @param memory main memory that may be used, at least
 * @param recommendedMemory main memory below which the doctor warns; zero for none
 * @param disk usable bytes at the work folder, at least
 * @param recommendedDisk usable bytes at the work folder below which the doctor warns; zero for none
 * @param solidState whether the work folder must not be on a rotating disk
 * @param networkMbps speed of the fastest link in megabits a second, at least; 0 for none
 * @param distributions distributions that are tested, such as {@code ubuntu 22.04}; empty for any
 * @param architecture the kernel's architecture, such as {@code ARM64}; empty for any that GitHub has a runner for
 * @param tools programs that must be on the {@code PATH}
 * @param rootAllowed whether runners may run as root
 * @param gpus NVIDIA GPUs, at least; 0 skips every check about GPUs
 * @param driver version of NVIDIA's driver, at least; empty for any
 * @param cuda CUDA that the driver offers, at least; empty for any
 * @param computeCapability compute capability of each GPU, at least; empty for any
 * @param gpuMemory memory of each GPU, at least
 * @param recommendedGpuMemory memory of each GPU below which the doctor warns; zero for none
 * @param toolkit CUDA toolkit that is recommended; empty for none
 * @param groups groups that the runner's user should be in
 * @param containers whether jobs use containers
 * @param python Python of the environment, such as {@code 3.11}; empty for none
 * @param packages Python packages: {@code >=1.19} or later, or {@code 2.8} for that line
 * @param torchCuda whether torch must see a GPU
 * @param onnxRuntimeCuda whether ONNX Runtime must compute on a GPU
 */
public record HostRequirements(
        long cores,
        long recommendedCores,
        ByteSize memory,
        ByteSize recommendedMemory,
        ByteSize disk,
        ByteSize recommendedDisk,
        boolean solidState,
        long networkMbps,
        List<String> distributions,
        String architecture,
        List<String> tools,
        boolean rootAllowed,
        int gpus,
        String driver,
        String cuda,
        String computeCapability,
        ByteSize gpuMemory,
        ByteSize recommendedGpuMemory,
        String toolkit,
        List<String> groups,
        boolean containers,
        String python,
        Map<String, String> packages,
        boolean torchCuda,
        boolean onnxRuntimeCuda) {

    /** Checks and copies. */
    public HostRequirements {
        Objects.requireNonNull(memory, "memory");
        Objects.requireNonNull(recommendedMemory, "recommendedMemory");
        Objects.requireNonNull(disk, "disk");
        Objects.requireNonNull(recommendedDisk, "recommendedDisk");
        distributions = List.copyOf(distributions);
        Objects.requireNonNull(architecture, "architecture");
        tools = List.copyOf(tools);
        Objects.requireNonNull(driver, "driver");
        Objects.requireNonNull(cuda, "cuda");
        Objects.requireNonNull(computeCapability, "computeCapability");
        Objects.requireNonNull(gpuMemory, "gpuMemory");
        Objects.requireNonNull(recommendedGpuMemory, "recommendedGpuMemory");
        Objects.requireNonNull(toolkit, "toolkit");
        groups = List.copyOf(groups);
        Objects.requireNonNull(python, "python");
        packages = Collections.unmodifiableMap(new TreeMap<>(packages));
        List<String> wrong = new ArrayList<>();
        notNegative(wrong, "cores", cores);
        notNegative(wrong, "recommendedCores", recommendedCores);
        notNegative(wrong, "networkMbps", networkMbps);
        notNegative(wrong, "gpus", gpus);
        aVersion(wrong, "driver", driver);
        aVersion(wrong, "cuda", cuda);
        aVersion(wrong, "computeCapability", computeCapability);
        aVersion(wrong, "toolkit", toolkit);
        aVersion(wrong, "python", python);
        packages.forEach((name, version) -> aVersion(wrong, "package " + name, version.replaceFirst("^>=", "")));
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("host requirements: " + String.join("; ", wrong));
        }
    }

    private static void notNegative(List<String> wrong, String name, long value) {
        if (value < 0) {
            wrong.add(name + " must be 0 or more: " + value);
        }
    }

    private static void aVersion(List<String> wrong, String name, String value) {
        if (!value.isEmpty() && DottedVersion.parse(value).isEmpty()) {
            wrong.add(name + " must be a version such as 12.1: " + value);
        }
    }

    /**
     * Starts from {@link #minimal}.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Enough for one runner without a GPU: a core, 1 GB of memory, 5 GB of disk, bash, tar and git.
     *
     * @return the requirements
     */
    public static HostRequirements minimal() {
        return builder().build();
    }

    /**
     * A runner that trains and serves models for named entities on an NVIDIA GPU: 4 cores, 16 GB, 50 GB, driver 535,
     * CUDA 12.1, compute capability 7.0, 8 GB of GPU memory and better 16, Ubuntu 22.04 or 24.04, Python 3.11 with
     * torch 2.8, ONNX Runtime 1.19, transformers 4.56.1 and tokenizers 0.22.
     *
     * @return the requirements
     */
    public static HostRequirements gpuNer() {
        return builder()
                .cores(4)
                .memory(ByteSize.ofGB(16))
                .disk(ByteSize.ofGB(50))
                .distributions(List.of("ubuntu 22.04", "ubuntu 24.04"))
                .gpus(1)
                .driver("535")
                .cuda("12.1")
                .computeCapability("7.0")
                .gpuMemory(ByteSize.ofGB(8))
                .recommendedGpuMemory(ByteSize.ofGB(16))
                .toolkit("12.1")
                .groups(List.of("video", "render"))
                .python("3.11")
                .packages(Map.of(
                        "torch", "2.8",
                        "onnxruntime-gpu", ">=1.19",
                        "transformers", ">=4.56.1",
                        "tokenizers", "0.22"))
                .torchCuda(true)
                .onnxRuntimeCuda(true)
                .build();
    }

    /**
     * A runner on ARM64: 4 cores, 8 GB, 100 GB of solid-state disk and 100 Mbps at least; 8 cores, 16 GB and 200 GB
     * recommended.
     *
     * @return the requirements
     */
    public static HostRequirements arm64() {
        return builder()
                .architecture("ARM64")
                .cores(4)
                .recommendedCores(8)
                .memory(ByteSize.ofGB(8))
                .recommendedMemory(ByteSize.ofGB(16))
                .disk(ByteSize.ofGB(100))
                .recommendedDisk(ByteSize.ofGB(200))
                .solidState(true)
                .networkMbps(100)
                .build();
    }

    /** Describes requirements. Not thread-safe. */
    public static final class Builder {
        private long cores = 1;
        private long recommendedCores = 0;
        private ByteSize memory = ByteSize.ofGB(1);
        private ByteSize recommendedMemory = ByteSize.ZERO;
        private ByteSize disk = ByteSize.ofGB(5);
        private ByteSize recommendedDisk = ByteSize.ZERO;
        private boolean solidState = false;
        private long networkMbps = 0;
        private List<String> distributions = List.of();
        private String architecture = "";
        private List<String> tools = List.of("bash", "tar", "git");
        private boolean rootAllowed = false;
        private int gpus = 0;
        private String driver = "";
        private String cuda = "";
        private String computeCapability = "";
        private ByteSize gpuMemory = ByteSize.ZERO;
        private ByteSize recommendedGpuMemory = ByteSize.ZERO;
        private String toolkit = "";
        private List<String> groups = List.of();
        private boolean containers = false;
        private String python = "";
        private Map<String, String> packages = Map.of();
        private boolean torchCuda = false;
        private boolean onnxRuntimeCuda = false;

        private Builder() {}

        /**
         * Sets: logical processors that may be used, at least.
         *
         * @param cores by default 1
         * @return this
         */
        public Builder cores(long cores) {
            this.cores = cores;
            return this;
        }

        /**
         * Sets: logical processors below which the doctor warns; 0 for none.
         *
         * @param recommendedCores by default 0
         * @return this
         */
        public Builder recommendedCores(long recommendedCores) {
            this.recommendedCores = recommendedCores;
            return this;
        }

        /**
         * Sets: main memory that may be used, at least.
         *
         * @param memory by default 1 GB
         * @return this
         */
        public Builder memory(ByteSize memory) {
            this.memory = Objects.requireNonNull(memory, "memory");
            return this;
        }

        /**
         * Sets: main memory below which the doctor warns; zero for none.
         *
         * @param recommendedMemory by default zero
         * @return this
         */
        public Builder recommendedMemory(ByteSize recommendedMemory) {
            this.recommendedMemory = Objects.requireNonNull(recommendedMemory, "recommendedMemory");
            return this;
        }

        /**
         * Sets: usable bytes at the work folder, at least.
         *
         * @param disk by default 5 GB
         * @return this
         */
        public Builder disk(ByteSize disk) {
            this.disk = Objects.requireNonNull(disk, "disk");
            return this;
        }

        /**
         * Sets: usable bytes at the work folder below which the doctor warns; zero for none.
         *
         * @param recommendedDisk by default zero
         * @return this
         */
        public Builder recommendedDisk(ByteSize recommendedDisk) {
            this.recommendedDisk = Objects.requireNonNull(recommendedDisk, "recommendedDisk");
            return this;
        }

        /**
         * Sets: whether the work folder must not be on a rotating disk.
         *
         * @param solidState by default false
         * @return this
         */
        public Builder solidState(boolean solidState) {
            this.solidState = solidState;
            return this;
        }

        /**
         * Sets: speed of the fastest link in megabits a second, at least; 0 for none.
         *
         * @param networkMbps by default 0
         * @return this
         */
        public Builder networkMbps(long networkMbps) {
            this.networkMbps = networkMbps;
            return this;
        }

        /**
         * Sets: distributions that are tested, such as {@code ubuntu 22.04}; empty for any.
         *
         * @param distributions by default empty
         * @return this
         */
        public Builder distributions(List<String> distributions) {
            this.distributions = Objects.requireNonNull(distributions, "distributions");
            return this;
        }

        /**
         * Sets: the kernel's architecture, such as {@code ARM64}; empty for any that GitHub has a runner for.
         *
         * @param architecture by default empty
         * @return this
         */
        public Builder architecture(String architecture) {
            this.architecture = Objects.requireNonNull(architecture, "architecture");
            return this;
        }

        /**
         * Sets: programs that must be on the {@code PATH}.
         *
         * @param tools by default bash, tar and git
         * @return this
         */
        public Builder tools(List<String> tools) {
            this.tools = Objects.requireNonNull(tools, "tools");
            return this;
        }

        /**
         * Sets: whether runners may run as root.
         *
         * @param rootAllowed by default false
         * @return this
         */
        public Builder rootAllowed(boolean rootAllowed) {
            this.rootAllowed = rootAllowed;
            return this;
        }

        /**
         * Sets: NVIDIA GPUs, at least; 0 skips every check about GPUs.
         *
         * @param gpus by default 0
         * @return this
         */
        public Builder gpus(int gpus) {
            this.gpus = gpus;
            return this;
        }

        /**
         * Sets: version of NVIDIA's driver, at least; empty for any.
         *
         * @param driver by default empty
         * @return this
         */
        public Builder driver(String driver) {
            this.driver = Objects.requireNonNull(driver, "driver");
            return this;
        }

        /**
         * Sets: CUDA that the driver offers, at least; empty for any.
         *
         * @param cuda by default empty
         * @return this
         */
        public Builder cuda(String cuda) {
            this.cuda = Objects.requireNonNull(cuda, "cuda");
            return this;
        }

        /**
         * Sets: compute capability of each GPU, at least; empty for any.
         *
         * @param computeCapability by default empty
         * @return this
         */
        public Builder computeCapability(String computeCapability) {
            this.computeCapability = Objects.requireNonNull(computeCapability, "computeCapability");
            return this;
        }

        /**
         * Sets: memory of each GPU, at least.
         *
         * @param gpuMemory by default zero
         * @return this
         */
        public Builder gpuMemory(ByteSize gpuMemory) {
            this.gpuMemory = Objects.requireNonNull(gpuMemory, "gpuMemory");
            return this;
        }

        /**
         * Sets: memory of each GPU below which the doctor warns; zero for none.
         *
         * @param recommendedGpuMemory by default zero
         * @return this
         */
        public Builder recommendedGpuMemory(ByteSize recommendedGpuMemory) {
            this.recommendedGpuMemory = Objects.requireNonNull(recommendedGpuMemory, "recommendedGpuMemory");
            return this;
        }

        /**
         * Sets: CUDA toolkit that is recommended; empty for none.
         *
         * @param toolkit by default empty
         * @return this
         */
        public Builder toolkit(String toolkit) {
            this.toolkit = Objects.requireNonNull(toolkit, "toolkit");
            return this;
        }

        /**
         * Sets: groups that the runner's user should be in.
         *
         * @param groups by default empty
         * @return this
         */
        public Builder groups(List<String> groups) {
            this.groups = Objects.requireNonNull(groups, "groups");
            return this;
        }

        /**
         * Sets: whether jobs use containers.
         *
         * @param containers by default false
         * @return this
         */
        public Builder containers(boolean containers) {
            this.containers = containers;
            return this;
        }

        /**
         * Sets: Python of the environment, such as {@code 3.11}; empty for none.
         *
         * @param python by default empty
         * @return this
         */
        public Builder python(String python) {
            this.python = Objects.requireNonNull(python, "python");
            return this;
        }

        /**
         * Sets: Python packages: {@code >=1.19} or later, or {@code 2.8} for that line.
         *
         * @param packages by default empty
         * @return this
         */
        public Builder packages(Map<String, String> packages) {
            this.packages = Objects.requireNonNull(packages, "packages");
            return this;
        }

        /**
         * Sets: whether torch must see a GPU.
         *
         * @param torchCuda by default false
         * @return this
         */
        public Builder torchCuda(boolean torchCuda) {
            this.torchCuda = torchCuda;
            return this;
        }

        /**
         * Sets: whether ONNX Runtime must compute on a GPU.
         *
         * @param onnxRuntimeCuda by default false
         * @return this
         */
        public Builder onnxRuntimeCuda(boolean onnxRuntimeCuda) {
            this.onnxRuntimeCuda = onnxRuntimeCuda;
            return this;
        }

        /**
         * Makes the requirements.
         *
         * @return the requirements
         * @throws IllegalArgumentException that names every bad value
         */
        public HostRequirements build() {
            return new HostRequirements(
                    cores,
                    recommendedCores,
                    memory,
                    recommendedMemory,
                    disk,
                    recommendedDisk,
                    solidState,
                    networkMbps,
                    distributions,
                    architecture,
                    tools,
                    rootAllowed,
                    gpus,
                    driver,
                    cuda,
                    computeCapability,
                    gpuMemory,
                    recommendedGpuMemory,
                    toolkit,
                    groups,
                    containers,
                    python,
                    packages,
                    torchCuda,
                    onnxRuntimeCuda);
        }
    }
}
