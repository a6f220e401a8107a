package dev.paddock.capacity;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Applies the variables of an environment to a host's devices, vendor by vendor. */
final class VisibleDevices {
    private final List<GpuDevice> host;
    private final Map<String, String> environment;
    private final List<String> notes = new ArrayList<>();

    VisibleDevices(List<GpuDevice> host, Map<String, String> environment) {
        this.host = List.copyOf(host);
        this.environment = environment;
    }

    DeviceVisibility.Limited limit() {
        List<GpuDevice> left = new ArrayList<>();
        for (GpuVendor vendor : GpuVendor.values()) {
            left.addAll(limit(vendor));
        }
        List<GpuDevice> inOrder = host.stream()
                .flatMap(device -> left.stream().filter(kept -> kept.id().equals(device.id())))
                .toList();
        return new DeviceVisibility.Limited(inOrder, notes);
    }

    private List<GpuDevice> limit(GpuVendor vendor) {
        List<GpuDevice> devices = host.stream()
                .filter(device -> device.vendor() == vendor)
                .sorted(Comparator.comparing(GpuDevice::busId).thenComparingInt(GpuDevice::index))
                .toList();
        for (String variable : DeviceVisibility.variables(vendor, environment)) {
            String value = environment.get(variable);
            // Level Zero takes an empty mask as none at all; CUDA and ROCm show nothing then.
            if (value == null || devices.isEmpty() || (vendor == GpuVendor.INTEL && value.isBlank())) {
                continue;
            }
            List<GpuDevice> left = named(value.trim(), devices, vendor);
            notes.add(variable + "=" + value + " shows " + left.size() + " of " + devices.size() + " " + vendor
                    + " GPUs to runners");
            if (vendor == GpuVendor.NVIDIA) {
                noteDoubtAboutOrder(value, numbered(devices));
            }
            devices = left;
        }
        return devices;
    }

    /** CUDA puts the fastest GPU first unless told otherwise, which is the bus's order only among equals. */
    private void noteDoubtAboutOrder(String value, List<GpuDevice> devices) {
        boolean counts = value.chars().anyMatch(Character::isDigit) && !value.contains("-");
        boolean equal = devices.stream().map(GpuDevice::name).distinct().count() == 1;
        if (counts && !equal && !DeviceVisibility.countsByBus(environment)) {
            notes.add(DeviceVisibility.CUDA + " counts GPUs of different kinds, which CUDA orders by speed; they are"
                    + " taken in the bus's order here. Name them by UUID, or set CUDA_DEVICE_ORDER=PCI_BUS_ID");
        }
    }

    /** The devices a list names. It ends at the first entry that is no device. */
    private static List<GpuDevice> named(String value, List<GpuDevice> devices, GpuVendor vendor) {
        List<GpuDevice> found = new ArrayList<>();
        for (String entry : value.isEmpty() ? new String[0] : value.split(",", -1)) {
            Optional<GpuDevice> device = vendor == GpuVendor.INTEL
                    ? at(entry.trim().replaceFirst("\\..*", ""), devices)
                    : named(entry.trim(), devices, vendor == GpuVendor.NVIDIA ? numbered(devices) : devices);
            if (device.isEmpty()) {
                break;
            }
            // Two tiles of an Intel GPU name it twice; a GPU that CUDA or ROCm finds twice hides all.
            if (!add(device.get(), found) && vendor != GpuVendor.INTEL) {
                return List.of();
            }
        }
        return found;
    }

    /**
     * Those that CUDA counts: not one that another driver has or that only the bus shows. Where no driver tells of any,
     * the bus's order is all there is.
     */
    private static List<GpuDevice> numbered(List<GpuDevice> devices) {
        List<GpuDevice> numbered = devices.stream()
                .filter(device -> device.state() == GpuDevice.State.AVAILABLE || device.index() >= 0)
                .toList();
        return numbered.isEmpty() ? devices : numbered;
    }

    private static Optional<GpuDevice> named(String entry, List<GpuDevice> devices, List<GpuDevice> counted) {
        if (entry.startsWith("MIG-")) {
            return migDevice(entry, devices);
        }
        if (!entry.startsWith("GPU-")) {
            return at(entry, counted);
        }
        List<GpuDevice> matching = devices.stream()
                .filter(device -> device.id().regionMatches(true, 0, entry, 0, entry.length()))
                .toList();
        return matching.size() == 1 ? Optional.of(matching.get(0)) : Optional.empty();
    }

    private static Optional<GpuDevice> at(String entry, List<GpuDevice> devices) {
        if (!entry.matches("[0-9]{1,5}")) {
            return Optional.empty();
        }
        int index = Integer.parseInt(entry);
        return index < devices.size() ? Optional.of(devices.get(index)) : Optional.empty();
    }

    /** The GPU with that MIG device and no other. */
    private static Optional<GpuDevice> migDevice(String entry, List<GpuDevice> devices) {
        for (GpuDevice device : devices) {
            for (MigDevice mig : device.migDevices()) {
                String address = "MIG-" + device.id() + "/" + mig.gpuInstance() + "/" + mig.computeInstance();
                if (mig.id().equalsIgnoreCase(entry) || address.equalsIgnoreCase(entry)) {
                    return Optional.of(
                            device.toBuilder().migDevices(List.of(mig)).build());
                }
            }
        }
        return Optional.empty();
    }

    /** Adds a device, or the MIG device that it stands for; false if it is there already. */
    private static boolean add(GpuDevice device, List<GpuDevice> found) {
        for (int i = 0; i < found.size(); i++) {
            GpuDevice there = found.get(i);
            if (there.id().equals(device.id())) {
                if (device.migDevices().size() != 1 || there.migDevices().containsAll(device.migDevices())) {
                    return false;
                }
                List<MigDevice> both = new ArrayList<>(there.migDevices());
                both.addAll(device.migDevices());
                found.set(i, there.toBuilder().migDevices(both).build());
                return true;
            }
        }
        found.add(device);
        return true;
    }
}
