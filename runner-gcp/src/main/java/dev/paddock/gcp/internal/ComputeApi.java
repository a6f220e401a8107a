package dev.paddock.gcp.internal;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * What Paddock asks of Compute Engine, for one project. All methods return at once. A stage fails with a
 * {@link dev.paddock.gcp.ComputeException} and nothing else, within the deadline of its call.
 *
 * <p>What reads is repeated by the implementation within its deadline; what writes is sent once: who asks for it repeats
 * it with the same request id. Nothing waits for an operation: its owner polls {@link #operation}. Thread-safe.
 */
public interface ComputeApi {
    /**
     * Asks for a VM.
     *
     * @param request what to make
     * @return the operation as it was accepted, rarely done at once
     */
    CompletionStage<ComputeOperation> insert(InsertRequest request);

    /**
     * Asks for a VM in whichever of some zones of a region has room.
     *
     * @param region the region
     * @param zones those allowed, all of the region
     * @param request what to make; its zone is not looked at
     * @return the operation, of the region
     */
    CompletionStage<ComputeOperation> bulkInsert(String region, List<String> zones, InsertRequest request);

    /**
     * Asks that a VM be deleted.
     *
     * @param zone its zone
     * @param name its name
     * @param requestId a UUID; the same one for each repetition
     * @return the operation; fails as {@code NOT_FOUND} if there is no such VM
     */
    CompletionStage<ComputeOperation> delete(String zone, String name, String requestId);

    /**
     * Replaces the metadata of a VM.
     *
     * @param zone its zone
     * @param name its name
     * @param fingerprint of the metadata as it was read
     * @param items all of the new metadata
     * @return the operation
     */
    CompletionStage<ComputeOperation> setMetadata(
            String zone, String name, String fingerprint, Map<String, String> items);

    /**
     * Looks at an operation.
     *
     * @param operation which
     * @return how it is; only {@link ComputeOperation#done()} is an end
     */
    CompletionStage<ComputeOperation> operation(OperationRef operation);

    /**
     * Operations of a zone, such as {@code compute.instances.preempted}.
     *
     * @param zone the zone
     * @param filter in Google's grammar
     * @return what was found, of all pages up to one that could not be read
     */
    CompletionStage<List<ComputeOperation>> operations(String zone, String filter);

    /**
     * Looks at a VM.
     *
     * @param zone its zone
     * @param name its name
     * @return the VM; fails as {@code NOT_FOUND} if there is none
     */
    CompletionStage<Vm> instance(String zone, String name);

    /**
     * The VMs of all zones, by one aggregated list.
     *
     * @param filter in Google's grammar
     * @return all pages; what could not be read is named, and a page that failed is a scope that could not be read
     */
    CompletionStage<VmList> instances(String filter);

    /** {@return the quotas of all regions; of one that is not named they are unknown} */
    CompletionStage<List<RegionFacts>> regions();

    /** {@return the quotas of the project, by metric} */
    CompletionStage<Map<String, Quota>> project();

    /** {@return the zones} */
    CompletionStage<Told<ZoneFacts>> zones();

    /**
     * Which accelerators each zone offers.
     *
     * @return zone to accelerator type to the most cards of one VM; empty for a zone without any, none for a zone that
     *     could not be read
     */
    CompletionStage<Told<Map<String, Integer>>> accelerators();

    /**
     * Which zones offer a machine type.
     *
     * @param machineType such as {@code g2-standard-8}
     * @return by zone
     */
    CompletionStage<Told<MachineFacts>> machineType(String machineType);

    /**
     * Reads a template.
     *
     * @param template {@code global/instanceTemplates/T} or {@code regions/R/instanceTemplates/T}
     * @return the template; fails as {@code NOT_FOUND} if there is none
     */
    CompletionStage<TemplateFacts> template(String template);

    /**
     * The end of what a VM wrote to its first serial port.
     *
     * @param zone its zone
     * @param name its name
     * @param bytes at most so many of the last ones
     * @return the text
     */
    CompletionStage<String> serialOutput(String zone, String name, int bytes);

    /**
     * What a VM's own programs told about it.
     *
     * @param zone its zone
     * @param name its name
     * @param namespace the first part of the keys, such as {@code paddock}
     * @return key to value; empty if nothing was told
     */
    CompletionStage<Map<String, String>> guestAttributes(String zone, String name, String namespace);

    /**
     * Ends what is under way, with {@code UNSENT} or {@code AMBIGUOUS}, and the connections and threads of its own.
     *
     * @return completes when they have ended; never fails
     */
    CompletionStage<Void> close();
}
