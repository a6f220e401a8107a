package dev.paddock.testkit;

/** A route of the {@link ComputeEngineSimulator}: where a {@link Fault} can strike. */
public enum ComputeRoute {
    /** GET of the project, with its quotas. */
    GET_PROJECT,
    /** GET of a page of regions, with their quotas. */
    LIST_REGIONS,
    /** GET of one region. */
    GET_REGION,
    /** GET of a page of zones. */
    LIST_ZONES,
    /** GET of one zone. */
    GET_ZONE,
    /** GET of a page of all zones' accelerator types. */
    AGGREGATED_ACCELERATOR_TYPES,
    /** GET of a page of one zone's accelerator types. */
    LIST_ACCELERATOR_TYPES,
    /** GET of one accelerator type of a zone. */
    GET_ACCELERATOR_TYPE,
    /** GET of a page of all zones' machine types. */
    AGGREGATED_MACHINE_TYPES,
    /** GET of a page of one zone's machine types. */
    LIST_MACHINE_TYPES,
    /** GET of one machine type of a zone. */
    GET_MACHINE_TYPE,
    /** GET of an instance template, of the project or of a region. */
    GET_INSTANCE_TEMPLATE,
    /** POST of a new instance. */
    INSERT_INSTANCE,
    /** POST of several new instances of a region. */
    BULK_INSERT,
    /** GET of one instance. */
    GET_INSTANCE,
    /** DELETE of an instance. */
    DELETE_INSTANCE,
    /** GET of a page of one zone's instances. */
    LIST_INSTANCES,
    /** GET of a page of all zones' instances. */
    AGGREGATED_INSTANCES,
    /** POST of all labels of an instance. */
    SET_LABELS,
    /** POST of all metadata of an instance. */
    SET_METADATA,
    /** GET of what an instance wrote to its serial port. */
    SERIAL_PORT_OUTPUT,
    /** GET of what an instance's guest told of itself. */
    GUEST_ATTRIBUTES,
    /** GET of one operation of a zone or a region. */
    GET_OPERATION,
    /** GET of a page of the operations of a zone or a region. */
    LIST_OPERATIONS,
    /** POST that waits for an operation. */
    WAIT_OPERATION,
    /** POST that turns a signed assertion into an access token. */
    TOKEN,
    /** The metadata server of an instance. */
    METADATA,
    /** A path the service does not have. */
    UNKNOWN
}
