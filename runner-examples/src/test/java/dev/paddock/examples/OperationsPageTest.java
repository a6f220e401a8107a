package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.ComputeRoute;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** docs/operations.md beside what the library asks of Compute Engine. */
class OperationsPageTest {
    /** Those that the library asks, and what Google wants for each. */
    private static final Map<ComputeRoute, List<String>> NEEDED = Map.ofEntries(
            Map.entry(ComputeRoute.GET_PROJECT, List.of("projects.get")),
            Map.entry(ComputeRoute.LIST_REGIONS, List.of("regions.list")),
            Map.entry(ComputeRoute.LIST_ZONES, List.of("zones.list")),
            Map.entry(ComputeRoute.AGGREGATED_ACCELERATOR_TYPES, List.of("acceleratorTypes.list")),
            Map.entry(ComputeRoute.AGGREGATED_MACHINE_TYPES, List.of("machineTypes.list")),
            Map.entry(ComputeRoute.GET_INSTANCE_TEMPLATE, List.of("instanceTemplates.get")),
            Map.entry(
                    ComputeRoute.INSERT_INSTANCE,
                    List.of("instances.create", "disks.create", "instanceTemplates.useReadOnly", "subnetworks.use")),
            Map.entry(ComputeRoute.BULK_INSERT, List.of("instances.create", "regionOperations.get")),
            Map.entry(ComputeRoute.GET_INSTANCE, List.of("instances.get")),
            Map.entry(ComputeRoute.DELETE_INSTANCE, List.of("instances.delete")),
            Map.entry(ComputeRoute.AGGREGATED_INSTANCES, List.of("instances.list")),
            Map.entry(ComputeRoute.SET_METADATA, List.of("instances.setMetadata")),
            Map.entry(ComputeRoute.SERIAL_PORT_OUTPUT, List.of("instances.getSerialPortOutput")),
            Map.entry(ComputeRoute.GUEST_ATTRIBUTES, List.of("instances.getGuestAttributes")),
            Map.entry(ComputeRoute.GET_OPERATION, List.of("zoneOperations.get", "regionOperations.get")),
            Map.entry(ComputeRoute.LIST_OPERATIONS, List.of("zoneOperations.list")));

    private static final Set<ComputeRoute> NOT_ASKED = Set.of(
            ComputeRoute.GET_REGION,
            ComputeRoute.GET_ZONE,
            ComputeRoute.LIST_ACCELERATOR_TYPES,
            ComputeRoute.GET_ACCELERATOR_TYPE,
            ComputeRoute.LIST_MACHINE_TYPES,
            ComputeRoute.GET_MACHINE_TYPE,
            ComputeRoute.LIST_INSTANCES,
            ComputeRoute.SET_LABELS,
            ComputeRoute.WAIT_OPERATION,
            ComputeRoute.TOKEN,
            ComputeRoute.METADATA,
            ComputeRoute.UNKNOWN);

    @ParameterizedTest
    @EnumSource
    @DisplayName("The permissions of the scaler's account are enough for each call")
    void permissions(ComputeRoute route) throws Exception {
        assertThat(NEEDED.containsKey(route)).as("is it asked?").isNotEqualTo(NOT_ASKED.contains(route));
        String page = Files.readString(Path.of("../docs/operations.md"));
        String list = page.replaceAll("(?s).*--permissions=(.*?)\n```.*", "$1").replaceAll("[\\\\\\s]", "");
        for (String permission : NEEDED.getOrDefault(route, List.of())) {
            assertThat(List.of(list.split(","))).contains("compute." + permission);
        }
    }
}
