package dev.paddock.gcp;

import dev.paddock.gcp.internal.InsertRequest.BootDisk;
import dev.paddock.spi.PriceCatalog;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What was chosen about a provider's VMs. What is empty is the template's.
 *
 * @param template {@code global/instanceTemplates/T} or {@code regions/R/instanceTemplates/T}
 * @param zones in the user's order
 * @param selector empty for the default of such VMs
 * @param machines what a VM is made of, and what else would do, in order; the first is the template's but for what it names
 * @param metadata the user's own
 * @param labels the user's own
 * @param script the boot script; empty where the image has its own
 */
record GcpSettings(
        String template,
        List<String> zones,
        Optional<ZoneSelector> selector,
        boolean requireKnownQuota,
        ZoneFallback zoneFallback,
        List<GcpMachine> machines,
        boolean windows,
        Optional<Boolean> expectGpu,
        Optional<String> serviceAccount,
        List<String> scopes,
        Optional<String> network,
        Optional<String> subnetwork,
        Optional<Boolean> externalIp,
        List<String> tags,
        Optional<Boolean> secureBoot,
        Optional<BootDisk> bootDisk,
        Map<String, String> metadata,
        Map<String, String> labels,
        Optional<String> script,
        Duration maxRunDuration,
        Duration createDeadline,
        Duration startupDeadline,
        int parallelCreations,
        boolean regional,
        boolean clearRegistration,
        PriceCatalog prices) {
    GcpSettings {
        zones = List.copyOf(zones);
        machines = List.copyOf(machines);
        scopes = List.copyOf(scopes);
        tags = List.copyOf(tags);
        metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    /** The selector that was chosen, or the one that suits such VMs. */
    ZoneSelector selector(MachineShape shape) {
        return selector.orElseGet(
                () -> shape.hasAccelerators() ? ZoneSelector.mostAvailable() : ZoneSelector.roundRobin());
    }
}
