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
 */
public final class HostRequirements {
    final HostNeeds needs;

    private HostRequirements(HostNeeds needs) {
        this.needs = needs;
        List<String> wrong = contradictions();
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("host requirements: " + String.join("; ", wrong));
        }
    }

    private List<String> contradictions() {
        List<String> wrong = new ArrayList<>();
        bounds(wrong, "cores", needs.cores, "recommendedCores", needs.recommendedCores);
        bounds(wrong, "memory", needs.memory.bytes(), "recommendedMemory", needs.recommendedMemory.bytes());
        bounds(wrong, "disk", needs.disk.bytes(), "recommendedDisk", needs.recommendedDisk.bytes());
        bounds(wrong, "gpuMemory", needs.gpuMemory.bytes(), "recommendedGpuMemory", needs.recommendedGpuMemory.bytes());
        bounds(wrong, "networkMbps", needs.networkMbps, "", 0);
        bounds(wrong, "gpus", needs.gpus, "", 0);
        if (!needs.architecture.isEmpty() && !SystemChecks.ARCHITECTURES.contains(needs.architecture)) {
            wrong.add("architecture must be one of " + SystemChecks.ARCHITECTURES + ": " + needs.architecture);
        }
        version(wrong, "driver", needs.driver);
        version(wrong, "cuda", needs.cuda);
        version(wrong, "computeCapability", needs.computeCapability);
        version(wrong, "toolkit", needs.toolkit);
        version(wrong, "python", needs.python);
        needs.packages.forEach(
                (name, version) -> version(wrong, "package " + name, version.isEmpty() ? "none" : version));
        boolean onGpu = needs.torchCuda
                || needs.onnxRuntimeCuda
                || !(needs.driver + needs.cuda + needs.computeCapability).isEmpty();
        if (needs.gpus == 0 && (onGpu || needs.gpuMemory.bytes() + needs.recommendedGpuMemory.bytes() > 0)) {
            wrong.add("gpus must be 1 or more where a GPU, its driver or what computes on it is required: 0");
        }
        return wrong;
    }

    private static void bounds(List<String> wrong, String name, long least, String recommendation, long recommended) {
        if (least < 0) {
            wrong.add(name + " must be 0 or more: " + least);
        }
        if (recommended != 0 && recommended < least) {
            wrong.add(recommendation + " must be 0 or at least " + name + ", which is " + least + ": " + recommended);
        }
    }

    private static void version(List<String> wrong, String name, String value) {
        String number = value.replaceFirst("^>=", "");
        if (!value.isEmpty() && DottedVersion.parse(number).isEmpty()) {
            wrong.add(name + " must be a version such as 12.1: " + value);
        }
    }

    /**
     * Starts from {@link #minimal}.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder(new HostNeeds());
    }

    /**
     * Starts from these, for a preset with a change: {@code gpuNer().toBuilder().driver("550").build()}.
     *
     * @return a builder
     */
    public Builder toBuilder() {
        return new Builder(needs.copy());
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

    /**
     * A large runner on ARM64, for builds in parallel: 10 cores, 16 GB, 100 GB.
     *
     * @return the requirements
     */
    public static HostRequirements arm64Large() {
        return arm64(10, 16, 100);
    }

    /**
     * A small runner on ARM64, for a job at a time: 4 cores, 6 GB, 30 GB.
     *
     * @return the requirements
     */
    public static HostRequirements arm64Small() {
        return arm64(4, 6, 30);
    }

    private static HostRequirements arm64(int cores, long memory, long disk) {
        return builder()
                .architecture("ARM64")
                .cores(cores)
                .memory(ByteSize.ofGB(memory))
                .disk(ByteSize.ofGB(disk))
                .build();
    }

    /** Describes requirements. Not thread-safe. */
    public static final class Builder {
        private final HostNeeds needs;

        private Builder(HostNeeds needs) {
            this.needs = needs;
        }

        /**
         * Logical processors that may be used, at least.
         *
         * @param cores by default 1
         * @return this
         */
        public Builder cores(int cores) {
            needs.cores = cores;
            return this;
        }

        /**
         * Logical processors below which the doctor warns.
         *
         * @param recommendedCores by default 0: none
         * @return this
         */
        public Builder recommendedCores(int recommendedCores) {
            needs.recommendedCores = recommendedCores;
            return this;
        }

        /**
         * Main memory that may be used, at least.
         *
         * @param memory by default 1 GB
         * @return this
         */
        public Builder memory(ByteSize memory) {
            needs.memory = Objects.requireNonNull(memory, "memory");
            return this;
        }

        /**
         * Main memory below which the doctor warns.
         *
         * @param recommendedMemory by default zero: none
         * @return this
         */
        public Builder recommendedMemory(ByteSize recommendedMemory) {
            needs.recommendedMemory = Objects.requireNonNull(recommendedMemory, "recommendedMemory");
            return this;
        }

        /**
         * Usable bytes at the work folder, at least.
         *
         * @param disk by default 5 GB
         * @return this
         */
        public Builder disk(ByteSize disk) {
            needs.disk = Objects.requireNonNull(disk, "disk");
            return this;
        }

        /**
         * Usable bytes at the work folder below which the doctor warns.
         *
         * @param recommendedDisk by default zero: none
         * @return this
         */
        public Builder recommendedDisk(ByteSize recommendedDisk) {
            needs.recommendedDisk = Objects.requireNonNull(recommendedDisk, "recommendedDisk");
            return this;
        }

        /**
         * Whether the work folder must not be on a rotating disk. Where that cannot be told, as on a virtio disk or over
         * a network, the result is unknown and does not make the host unfit.
         *
         * @param solidState by default false
         * @return this
         */
        public Builder solidState(boolean solidState) {
            needs.solidState = solidState;
            return this;
        }

        /**
         * Speed of the fastest link in megabits a second, at least. Only links with hardware behind them count; where none
         * tells its speed, the result is unknown and does not make the host unfit.
         *
         * @param networkMbps by default 0: any
         * @return this
         */
        public Builder networkMbps(int networkMbps) {
            needs.networkMbps = networkMbps;
            return this;
        }

        /**
         * Distributions that are tested, such as {@code ubuntu 22.04}.
         *
         * @param distributions by default empty: any
         * @return this
         */
        public Builder distributions(List<String> distributions) {
            needs.distributions = List.copyOf(distributions);
            return this;
        }

        /**
         * The kernel's architecture: {@code X64}, {@code ARM64} or {@code ARM}.
         *
         * @param architecture by default empty: any that GitHub has a runner for
         * @return this
         */
        public Builder architecture(String architecture) {
            needs.architecture = Objects.requireNonNull(architecture, "architecture");
            return this;
        }

        /**
         * Programs that must be on the {@code PATH}.
         *
         * @param tools by default bash, tar and git
         * @return this
         */
        public Builder tools(List<String> tools) {
            needs.tools = List.copyOf(tools);
            return this;
        }

        /**
         * Whether runners may run as root.
         *
         * @param rootAllowed by default false
         * @return this
         */
        public Builder rootAllowed(boolean rootAllowed) {
            needs.rootAllowed = rootAllowed;
            return this;
        }

        /**
         * NVIDIA GPUs, at least.
         *
         * @param gpus by default 0, which skips every check about GPUs
         * @return this
         */
        public Builder gpus(int gpus) {
            needs.gpus = gpus;
            return this;
        }

        /**
         * Version of NVIDIA's driver, at least.
         *
         * @param driver by default empty: any
         * @return this
         */
        public Builder driver(String driver) {
            needs.driver = Objects.requireNonNull(driver, "driver");
            return this;
        }

        /**
         * CUDA that the driver offers, at least.
         *
         * @param cuda by default empty: any
         * @return this
         */
        public Builder cuda(String cuda) {
            needs.cuda = Objects.requireNonNull(cuda, "cuda");
            return this;
        }

        /**
         * Compute capability of each GPU, at least.
         *
         * @param computeCapability by default empty: any
         * @return this
         */
        public Builder computeCapability(String computeCapability) {
            needs.computeCapability = Objects.requireNonNull(computeCapability, "computeCapability");
            return this;
        }

        /**
         * Memory of each GPU, at least.
         *
         * @param gpuMemory by default zero: any
         * @return this
         */
        public Builder gpuMemory(ByteSize gpuMemory) {
            needs.gpuMemory = Objects.requireNonNull(gpuMemory, "gpuMemory");
            return this;
        }

        /**
         * Memory of each GPU below which the doctor warns.
         *
         * @param recommendedGpuMemory by default zero: none
         * @return this
         */
        public Builder recommendedGpuMemory(ByteSize recommendedGpuMemory) {
            needs.recommendedGpuMemory = Objects.requireNonNull(recommendedGpuMemory, "recommendedGpuMemory");
            return this;
        }

        /**
         * CUDA toolkit that is recommended.
         *
         * @param toolkit by default empty: none
         * @return this
         */
        public Builder toolkit(String toolkit) {
            needs.toolkit = Objects.requireNonNull(toolkit, "toolkit");
            return this;
        }

        /**
         * Groups that the runner's user should be in.
         *
         * @param groups by default empty
         * @return this
         */
        public Builder groups(List<String> groups) {
            needs.groups = List.copyOf(groups);
            return this;
        }

        /**
         * Whether jobs use containers.
         *
         * @param containers by default false
         * @return this
         */
        public Builder containers(boolean containers) {
            needs.containers = containers;
            return this;
        }

        /**
         * Python of the environment, such as {@code 3.11}.
         *
         * @param python by default empty: none
         * @return this
         */
        public Builder python(String python) {
            needs.python = Objects.requireNonNull(python, "python");
            return this;
        }

        /**
         * Python packages by name: {@code >=1.19} or later, or {@code 2.8} for that line.
         *
         * @param packages by default empty
         * @return this
         */
        public Builder packages(Map<String, String> packages) {
            needs.packages = Collections.unmodifiableMap(new TreeMap<>(packages));
            return this;
        }

        /**
         * Whether torch must see a GPU.
         *
         * @param torchCuda by default false
         * @return this
         */
        public Builder torchCuda(boolean torchCuda) {
            needs.torchCuda = torchCuda;
            return this;
        }

        /**
         * Whether ONNX Runtime must compute on a GPU.
         *
         * @param onnxRuntimeCuda by default false
         * @return this
         */
        public Builder onnxRuntimeCuda(boolean onnxRuntimeCuda) {
            needs.onnxRuntimeCuda = onnxRuntimeCuda;
            return this;
        }

        /**
         * Makes the requirements.
         *
         * @return the requirements
         * @throws IllegalArgumentException that names every bad value and every contradiction
         */
        public HostRequirements build() {
            return new HostRequirements(needs.copy());
        }
    }
}
