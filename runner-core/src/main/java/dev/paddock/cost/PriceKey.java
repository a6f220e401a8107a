package dev.paddock.cost;

import java.util.Locale;
import java.util.Objects;

/**
 * What has a price: a machine with its accelerators, somewhere, on some terms.
 *
 * @param region such as {@code us-central1}
 * @param machineType such as {@code n1-standard-4}
 * @param acceleratorType as the cloud names it, such as {@code nvidia-tesla-t4}; empty for none
 * @param acceleratorCount how many of them; 0 for none
 * @param os {@code linux} or {@code windows}, which may cost a licence; lower case
 * @param provisioningModel on what terms
 */
public record PriceKey(
        String region,
        String machineType,
        String acceleratorType,
        int acceleratorCount,
        String os,
        ProvisioningModel provisioningModel) {
    /**
     * Checks that type and count agree, and writes the system in lower case.
     *
     * @throws IllegalArgumentException if there are accelerators of no type, or none of some type
     */
    public PriceKey {
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(machineType, "machineType");
        Objects.requireNonNull(acceleratorType, "acceleratorType");
        os = os.toLowerCase(Locale.ROOT);
        Objects.requireNonNull(provisioningModel, "provisioningModel");
        if (acceleratorCount < 0 || acceleratorType.isEmpty() != (acceleratorCount == 0)) {
            throw new IllegalArgumentException("accelerators need a type and a count of at least 1, or neither: "
                    + acceleratorCount + " of '" + acceleratorType + "'");
        }
    }

    /** The key as a person reads it: {@code n1-standard-4 + 1 nvidia-tesla-t4, linux, us-central1, STANDARD}. */
    @Override
    public String toString() {
        String accelerators = acceleratorCount == 0 ? "" : " + " + acceleratorCount + " " + acceleratorType;
        return machineType + accelerators + ", " + os + ", " + region + ", " + provisioningModel;
    }
}
