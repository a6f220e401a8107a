package dev.paddock.gcp;

import dev.paddock.cost.ProvisioningModel;
import java.util.Objects;
import java.util.Optional;

/**
 * What a VM is made of where that differs from its template. Immutable.
 *
 * @param machineType such as {@code g2-standard-8}; empty for the template's
 * @param acceleratorType such as {@code nvidia-tesla-t4}; empty for the template's, or for none if the count is 0
 * @param acceleratorCount how many; -1 for the template's
 * @param provisioningModel on what terms; empty for the template's
 */
public record GcpMachine(
        Optional<String> machineType,
        Optional<String> acceleratorType,
        int acceleratorCount,
        Optional<ProvisioningModel> provisioningModel) {
    private static final GcpMachine TEMPLATE = new GcpMachine(Optional.empty(), Optional.empty(), -1, Optional.empty());

    /**
     * Checks that type and count agree.
     *
     * @throws IllegalArgumentException if there are accelerators of no type, or none of some type
     */
    public GcpMachine {
        Objects.requireNonNull(machineType, "machineType");
        Objects.requireNonNull(acceleratorType, "acceleratorType");
        Objects.requireNonNull(provisioningModel, "provisioningModel");
        if (acceleratorCount < -1 || (acceleratorCount > 0) != acceleratorType.isPresent()) {
            throw new IllegalArgumentException("accelerators need a type and a count of at least 1, or neither: "
                    + acceleratorCount + " of " + acceleratorType.orElse("no type"));
        }
    }

    /**
     * What the template says.
     *
     * @return a machine that changes nothing
     */
    public static GcpMachine ofTemplate() {
        return TEMPLATE;
    }

    /**
     * Another machine type; its accelerators are those built into it, or the template's.
     *
     * @param type such as {@code g2-standard-8}
     * @return this machine, changed
     */
    public GcpMachine machineType(String type) {
        return new GcpMachine(Optional.of(type), acceleratorType, acceleratorCount, provisioningModel);
    }

    /**
     * Other accelerators.
     *
     * @param type as Google names it, such as {@code nvidia-tesla-t4}
     * @param count at least 1
     * @return this machine, changed
     */
    public GcpMachine accelerators(String type, int count) {
        return new GcpMachine(machineType, Optional.of(type), count, provisioningModel);
    }

    /**
     * No accelerators to attach; what is built into the machine type stays. The template must have none: there is no way to
     * tell Google to leave them out, and a {@link GcpNotice} says so at the start where it has some.
     *
     * @return this machine, changed
     */
    public GcpMachine withoutAccelerators() {
        return new GcpMachine(machineType, Optional.empty(), 0, provisioningModel);
    }

    /**
     * Other terms.
     *
     * @param model on demand, spot, or flex-start
     * @return this machine, changed
     */
    public GcpMachine on(ProvisioningModel model) {
        return new GcpMachine(machineType, acceleratorType, acceleratorCount, Optional.of(model));
    }

    @Override
    public String toString() {
        return machineType.orElse("the template's machine")
                + (acceleratorCount > 0 ? " + " + acceleratorCount + " " + acceleratorType.orElse("") : "")
                + provisioningModel.map(model -> ", " + model).orElse("");
    }
}
