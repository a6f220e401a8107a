package dev.paddock.capacity;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which GPUs a process sees: the environment that binds a runner to its devices, and what an environment that is
 * already set leaves of a host's devices. Pure: it reads no environment itself.
 *
 * <p>The variables are those that the drivers' runtimes read: {@code CUDA_VISIBLE_DEVICES} and, for containers,
 * {@code NVIDIA_VISIBLE_DEVICES}; {@code ROCR_VISIBLE_DEVICES} and {@code HIP_VISIBLE_DEVICES};
 * {@code ZE_AFFINITY_MASK}. They are an agreement among programs that mean well, not a wall: a job that unsets them
 * sees every GPU its user may open.
 */
public final class DeviceVisibility {
    /** Of NVIDIA's CUDA; AMD's HIP reads it where {@link #HIP} is not set. */
    static final String CUDA = "CUDA_VISIBLE_DEVICES";

    private static final String CUDA_ORDER = "CUDA_DEVICE_ORDER";
    private static final String CONTAINER = "NVIDIA_VISIBLE_DEVICES";
    private static final String ROCR = "ROCR_VISIBLE_DEVICES";
    private static final String HIP = "HIP_VISIBLE_DEVICES";
    private static final String LEVEL_ZERO = "ZE_AFFINITY_MASK";

    /** CUDA and ROCm end their lists at the first entry that is no device; unlike "", it survives shells. */
    private static final String NOTHING = "-1";

    /** NVIDIA's container runtime then adds nothing at all; {@code none} would still add the driver's libraries. */
    private static final String NOTHING_IN_CONTAINERS = "void";

    /** The only form of an AMD UUID that its runtime takes; its tools print others. */
    private static final Pattern ROCR_UUID = Pattern.compile("GPU-[0-9a-fA-F]{16}");

    /**
     * What is left of a host's devices.
     *
     * @param devices those that are visible, in the order they were given; MIG devices that are not visible are left out
     * @param notes for a person: what limits them and what is not certain about it; empty if nothing does
     */
    public record Limited(List<GpuDevice> devices, List<String> notes) {
        /** Copies. */
        public Limited {
            devices = List.copyOf(devices);
            notes = List.copyOf(notes);
        }
    }

    private DeviceVisibility() {}

    /**
     * The environment that shows a runner the devices it is bound to, and no others. NVIDIA's are named by UUID, never
     * by index. AMD's are named by UUID to ROCr if it takes it and by index if not; HIP counts what ROCr leaves, from
     * 0. Intel's runtime knows indices only, and has no value that hides all. A vendor's variables are set if the host has GPUs of it, NVIDIA's and
     * AMD's also if the runner is bound to nothing. A vendor whose only GPU has neither UUID nor index, as on Jetson
     * and Apple boards, needs no variable.
     *
     * <p>CUDA shows a process at most one MIG device, the first named; a runner that is bound to several must give
     * each of its processes one.
     *
     * @param bound UUIDs of GPUs and MIG devices, in the order in which the runner shall see them; empty for none
     * @param host all devices of the host
     * @return variable to value, to be put over what the runner would inherit; unmodifiable
     * @throws IllegalArgumentException if the host has no such device, if it is partitioned and only its MIG devices
     *     can be bound, or if it cannot be named to its runtime
     */
    public static Map<String, String> environment(Collection<String> bound, List<GpuDevice> host) {
        Set<String> ids = new LinkedHashSet<>(bound);
        List<String> cuda = new ArrayList<>();
        List<GpuDevice> amd = new ArrayList<>();
        List<GpuDevice> intel = new ArrayList<>();
        for (String id : ids) {
            GpuDevice device = owner(id, host);
            switch (device.vendor()) {
                case NVIDIA -> nvidiaName(id, device, host).ifPresent(cuda::add);
                case AMD -> amd.add(device);
                case INTEL -> intel.add(device);
                case APPLE, OTHER -> {}
            }
        }
        Map<String, String> environment = new LinkedHashMap<>();
        if (!cuda.isEmpty()) {
            environment.put(CUDA, String.join(",", cuda));
            environment.put(CONTAINER, String.join(",", cuda));
        } else if (hides(GpuVendor.NVIDIA, ids, host)) {
            environment.put(CUDA, NOTHING);
            environment.put(CONTAINER, NOTHING_IN_CONTAINERS);
        }
        if (!amd.isEmpty()) {
            environment.put(ROCR, amd.stream().map(DeviceVisibility::rocrName).collect(Collectors.joining(",")));
            environment.put(
                    HIP,
                    IntStream.range(0, amd.size()).mapToObj(String::valueOf).collect(Collectors.joining(",")));
        } else if (hides(GpuVendor.AMD, ids, host)) {
            environment.put(ROCR, NOTHING);
            environment.put(HIP, NOTHING);
        }
        if (!intel.isEmpty()) {
            environment.put(
                    LEVEL_ZERO, intel.stream().map(DeviceVisibility::index).collect(Collectors.joining(",")));
        }
        return Collections.unmodifiableMap(environment);
    }

    /** Whether none of a vendor's GPUs may be seen. A single one without a name that is bound is not hidden. */
    private static boolean hides(GpuVendor vendor, Set<String> bound, List<GpuDevice> host) {
        if (bound.isEmpty()) {
            return true;
        }
        List<GpuDevice> ofVendor = ofVendor(vendor, host);
        return !ofVendor.isEmpty() && ofVendor.stream().noneMatch(device -> bound.contains(device.id()));
    }

    private static GpuDevice owner(String id, List<GpuDevice> host) {
        for (GpuDevice device : host) {
            if (device.id().equals(id)) {
                if (device.migMode() == GpuDevice.MigMode.ENABLED) {
                    throw new IllegalArgumentException(
                            "GPU " + id + " is partitioned; bind one of its MIG devices instead: " + migIds(device));
                }
                return device;
            }
            if (device.migDevices().stream().anyMatch(mig -> mig.id().equals(id))) {
                return device;
            }
        }
        throw new IllegalArgumentException("this host has no GPU or MIG device " + id + "; it has "
                + host.stream().map(GpuDevice::id).toList());
    }

    private static List<String> migIds(GpuDevice device) {
        return device.migDevices().stream().map(MigDevice::id).toList();
    }

    private static Optional<String> nvidiaName(String id, GpuDevice device, List<GpuDevice> host) {
        if (id.startsWith("GPU-") || id.startsWith("MIG-")) {
            return Optional.of(id);
        }
        if (ofVendor(GpuVendor.NVIDIA, host).size() == 1) {
            return Optional.empty();
        }
        throw new IllegalArgumentException("GPU " + id + " (" + device.name()
                + ") has no UUID, so that a runner cannot be bound to it; an index would not be certain");
    }

    private static String rocrName(GpuDevice device) {
        return ROCR_UUID.matcher(device.id()).matches() ? device.id() : index(device);
    }

    private static String index(GpuDevice device) {
        if (device.index() < 0) {
            throw new IllegalArgumentException("GPU " + device.id() + " (" + device.name()
                    + ") has no index in its driver's order, and its runtime takes nothing else");
        }
        return String.valueOf(device.index());
    }

    private static List<GpuDevice> ofVendor(GpuVendor vendor, List<GpuDevice> host) {
        return host.stream().filter(device -> device.vendor() == vendor).toList();
    }

    /**
     * What an environment leaves of a host's devices, as the vendors' runtimes would read it.
     * {@code NVIDIA_VISIBLE_DEVICES} does not count: a container's runtime has already acted on it.
     *
     * @param host all devices of the host
     * @param environment of the process that will start the runners, such as {@link System#getenv()}
     * @return what is visible, and why not the rest
     */
    public static Limited visible(List<GpuDevice> host, Map<String, String> environment) {
        Objects.requireNonNull(environment, "environment");
        return new VisibleDevices(host, environment).limit();
    }

    /** Variables in the order in which a vendor's runtimes apply them. */
    static List<String> variables(GpuVendor vendor, Map<String, String> environment) {
        return switch (vendor) {
            case NVIDIA -> List.of(CUDA);
            case AMD -> List.of(ROCR, environment.containsKey(HIP) ? HIP : CUDA);
            case INTEL -> List.of(LEVEL_ZERO);
            case APPLE, OTHER -> List.of();
        };
    }

    /** Whether the environment says that CUDA counts by the bus. */
    static boolean countsByBus(Map<String, String> environment) {
        return "PCI_BUS_ID".equals(environment.get(CUDA_ORDER));
    }
}
