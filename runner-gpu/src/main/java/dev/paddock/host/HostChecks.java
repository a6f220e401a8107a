package dev.paddock.host;

import dev.paddock.spi.HostCheck;
import java.util.ArrayList;
import java.util.List;

/** The doctor's own checks, in the order of reports. */
final class HostChecks {
    private HostChecks() {}

    static List<HostCheck> of(HostFacts facts) {
        List<HostCheck> checks = new ArrayList<>();
        checks.addAll(SystemChecks.of(facts));
        checks.addAll(ResourceChecks.of(facts));
        checks.addAll(GpuChecks.of(facts));
        checks.addAll(GpuAccessChecks.of(facts));
        checks.addAll(ContainerChecks.of(facts));
        checks.addAll(PythonChecks.of(facts));
        return checks;
    }
}
