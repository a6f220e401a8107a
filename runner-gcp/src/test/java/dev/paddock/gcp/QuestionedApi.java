package dev.paddock.gcp;

import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.ComputeOperation;
import dev.paddock.gcp.internal.InsertRequest;
import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.OperationRef;
import dev.paddock.gcp.internal.Quota;
import dev.paddock.gcp.internal.RegionFacts;
import dev.paddock.gcp.internal.TemplateFacts;
import dev.paddock.gcp.internal.Told;
import dev.paddock.gcp.internal.Vm;
import dev.paddock.gcp.internal.VmList;
import dev.paddock.gcp.internal.ZoneFacts;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A Google that is only asked what it has, and answers when told to. */
final class QuestionedApi implements ComputeApi {
    final AtomicInteger regionCalls = new AtomicInteger();
    final AtomicInteger projectCalls = new AtomicInteger();
    final AtomicInteger catalogueCalls = new AtomicInteger();

    Supplier<CompletionStage<List<RegionFacts>>> regions = () -> CompletableFuture.completedStage(List.of());
    Supplier<CompletionStage<Map<String, Quota>>> project = () -> CompletableFuture.completedStage(Map.of());
    Supplier<CompletionStage<Told<ZoneFacts>>> zones = () -> CompletableFuture.completedStage(Told.whole(Map.of()));
    Supplier<CompletionStage<Told<Map<String, Integer>>>> accelerators =
            () -> CompletableFuture.completedStage(Told.whole(Map.of()));
    Supplier<CompletionStage<Told<MachineFacts>>> machineType =
            () -> CompletableFuture.completedStage(Told.whole(Map.of()));

    static <T> CompletionStage<T> unavailable() {
        return CompletableFuture.failedStage(
                new ComputeException(ComputeFault.of(ComputeFault.Kind.AMBIGUOUS, "no answer within 30 s: 503"), null));
    }

    @Override
    public CompletionStage<List<RegionFacts>> regions() {
        regionCalls.incrementAndGet();
        return regions.get();
    }

    @Override
    public CompletionStage<Map<String, Quota>> project() {
        projectCalls.incrementAndGet();
        return project.get();
    }

    @Override
    public CompletionStage<Told<ZoneFacts>> zones() {
        catalogueCalls.incrementAndGet();
        return zones.get();
    }

    @Override
    public CompletionStage<Told<Map<String, Integer>>> accelerators() {
        catalogueCalls.incrementAndGet();
        return accelerators.get();
    }

    @Override
    public CompletionStage<Told<MachineFacts>> machineType(String machineType) {
        catalogueCalls.incrementAndGet();
        return this.machineType.get();
    }

    @Override
    public CompletionStage<ComputeOperation> insert(InsertRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<ComputeOperation> bulkInsert(String region, List<String> zones, InsertRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<ComputeOperation> delete(String zone, String name, String requestId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<ComputeOperation> setMetadata(
            String zone, String name, String fingerprint, Map<String, String> items) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<ComputeOperation> operation(OperationRef operation) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<List<ComputeOperation>> operations(String zone, String filter) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Vm> instance(String zone, String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<VmList> instances(String filter) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<TemplateFacts> template(String template) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<String> serialOutput(String zone, String name, int bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Map<String, String>> guestAttributes(String zone, String name, String namespace) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Void> close() {
        throw new UnsupportedOperationException();
    }
}
