package dev.paddock.gcp.internal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.gcp.internal.Calls.Carrier;

/** Compute Engine's methods as they are, one request each: who carries them says how. Answers are Google's JSON. */
public interface ComputeWire {
    /** The largest page that Google gives. */
    int PAGE = 500;

    /**
     * {@code instances.insert}.
     *
     * @param zone the zone
     * @param template with its project
     * @param requestId a UUID
     * @param body the VM
     * @return its carrier
     */
    Carrier insert(String zone, String template, String requestId, ObjectNode body);

    /**
     * {@code regionInstances.bulkInsert}.
     *
     * @param region the region
     * @param requestId a UUID
     * @param body the VMs
     * @return its carrier
     */
    Carrier bulkInsert(String region, String requestId, ObjectNode body);

    /**
     * {@code instances.delete}.
     *
     * @param zone the zone
     * @param name the VM
     * @param requestId a UUID
     * @return its carrier
     */
    Carrier delete(String zone, String name, String requestId);

    /**
     * {@code instances.setMetadata}.
     *
     * @param zone the zone
     * @param name the VM
     * @param body the metadata
     * @return its carrier
     */
    Carrier setMetadata(String zone, String name, ObjectNode body);

    /**
     * {@code zoneOperations.get} or {@code regionOperations.get}.
     *
     * @param operation which
     * @return its carrier
     */
    Carrier operation(OperationRef operation);

    /**
     * A page of {@code zoneOperations.list}.
     *
     * @param zone the zone
     * @param filter which
     * @param page the page's token, empty for the first
     * @return its carrier
     */
    Carrier operations(String zone, String filter, String page);

    /**
     * {@code instances.get}.
     *
     * @param zone the zone
     * @param name the VM
     * @return its carrier
     */
    Carrier instance(String zone, String name);

    /**
     * A page of {@code instances.aggregatedList}, partial success allowed.
     *
     * @param filter which
     * @param page the page's token, empty for the first
     * @return its carrier
     */
    Carrier instances(String filter, String page);

    /**
     * A page of {@code regions.list}, partial success allowed.
     *
     * @param page the page's token, empty for the first
     * @return its carrier
     */
    Carrier regions(String page);

    /** {@return {@code projects.get}} */
    Carrier project();

    /**
     * A page of {@code zones.list}.
     *
     * @param page the page's token, empty for the first
     * @return its carrier
     */
    Carrier zones(String page);

    /**
     * A page of {@code acceleratorTypes.aggregatedList}, partial success allowed.
     *
     * @param page the page's token, empty for the first
     * @return its carrier
     */
    Carrier accelerators(String page);

    /**
     * A page of {@code machineTypes.aggregatedList}, partial success allowed.
     *
     * @param filter which
     * @param page the page's token, empty for the first
     * @return its carrier
     */
    Carrier machineTypes(String filter, String page);

    /**
     * {@code instanceTemplates.get} or {@code regionInstanceTemplates.get}.
     *
     * @param template where it is
     * @return its carrier
     */
    Carrier template(TemplateName template);

    /**
     * {@code instances.getSerialPortOutput} of the first port.
     *
     * @param zone the zone
     * @param name the VM
     * @param start from which byte; negative counts from the end
     * @return its carrier
     */
    Carrier serialPort(String zone, String name, long start);

    /**
     * {@code instances.getGuestAttributes}.
     *
     * @param zone the zone
     * @param name the VM
     * @param queryPath such as {@code paddock/}
     * @return its carrier
     */
    Carrier guestAttributes(String zone, String name, String queryPath);
}
