package dev.paddock.gcp;

import dev.paddock.cost.PriceKey;
import dev.paddock.cost.ProvisioningModel;
import java.util.Objects;

/**
 * What a VM is made of, as far as its zone, its quota and its price hang on it.
 *
 * @param machineType such as {@code n1-standard-4}
 * @param cpus its virtual CPUs; 0 if unknown, and then no quota of CPUs is looked at
 * @param acceleratorType such as {@code nvidia-tesla-t4}; empty for none
 * @param acceleratorCount how many; 0 for none
 * @param provisioningModel on what terms
 * @param externalIp whether it has an address on the internet, of which there is a quota
 * @param diskType of its boot disk, such as {@code pd-ssd}; empty if unknown
 * @param diskGigabytes of its boot disk; 0 if unknown, and then no quota of disks is looked at
 * @param os {@code linux} or {@code windows}, for its price
 */
public record MachineShape(
        String machineType,
        int cpus,
        String acceleratorType,
        int acceleratorCount,
        ProvisioningModel provisioningModel,
        boolean externalIp,
        String diskType,
        long diskGigabytes,
        String os) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is negative, or there are accelerators of no type or none of some type
     */
    public MachineShape {
        Objects.requireNonNull(machineType, "machineType");
        Objects.requireNonNull(acceleratorType, "acceleratorType");
        Objects.requireNonNull(provisioningModel, "provisioningModel");
        Objects.requireNonNull(diskType, "diskType");
        Objects.requireNonNull(os, "os");
        if (cpus < 0 || diskGigabytes < 0) {
            throw new IllegalArgumentException(
                    "cpus and diskGigabytes must be at least 0: " + cpus + ", " + diskGigabytes);
        }
        if (acceleratorCount < 0 || acceleratorType.isEmpty() != (acceleratorCount == 0)) {
            throw new IllegalArgumentException("accelerators need a type and a count of at least 1, or neither: "
                    + acceleratorCount + " of '" + acceleratorType + "'");
        }
    }

    /**
     * A Linux VM on demand, with no external address, CPUs and disks unknown.
     *
     * @param machineType such as {@code n1-standard-4}
     * @param acceleratorType such as {@code nvidia-tesla-t4}; empty for none
     * @param acceleratorCount how many; 0 for none
     * @return the shape
     */
    public static MachineShape of(String machineType, String acceleratorType, int acceleratorCount) {
        return new MachineShape(
                machineType, 0, acceleratorType, acceleratorCount, ProvisioningModel.STANDARD, false, "", 0, "linux");
    }

    /**
     * The same on other terms.
     *
     * @param model the terms
     * @return this shape, changed
     */
    public MachineShape with(ProvisioningModel model) {
        return new MachineShape(
                machineType, cpus, acceleratorType, acceleratorCount, model, externalIp, diskType, diskGigabytes, os);
    }

    /**
     * Whether it has accelerators.
     *
     * @return true if so
     */
    public boolean hasAccelerators() {
        return acceleratorCount > 0;
    }

    PriceKey priceKey(String region) {
        return new PriceKey(region, machineType, acceleratorType, acceleratorCount, os, provisioningModel);
    }

    /** What there is stock of: {@code n1-standard-4 + 1 nvidia-tesla-t4, SPOT}. */
    @Override
    public String toString() {
        String accelerators = hasAccelerators() ? " + " + acceleratorCount + " " + acceleratorType : "";
        return machineType + accelerators + ", " + provisioningModel;
    }
}
