package dev.paddock.capacity;

/** Who made a GPU. */
public enum GpuVendor {
    /** PCI vendor 10de. */
    NVIDIA,
    /** PCI vendor 1002. */
    AMD,
    /** PCI vendor 8086. */
    INTEL,
    /** A GPU on the same chip as an Apple processor. */
    APPLE,
    /** Another vendor, such as Habana (1da3). */
    OTHER
}
