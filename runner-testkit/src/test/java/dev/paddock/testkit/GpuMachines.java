package dev.paddock.testkit;

import dev.paddock.spi.Listing;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerProvider;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Fake machines on GPUs with some free bytes each, on one after the other in turn. */
record GpuMachines(
        RunnerProvider machines, String prefix, @Nullable String devices, long... free) implements RunnerProvider {
    GpuMachines(RunnerProvider machines, long... free) {
        this(machines, "GPU-", free);
    }

    GpuMachines(RunnerProvider machines, String prefix, long... free) {
        this(machines, prefix, null, free);
    }

    /** Each on all of these. */
    static GpuMachines on(RunnerProvider machines, String devices) {
        return new GpuMachines(machines, "", devices);
    }

    @Override
    public Session open(ProviderContext context) {
        return new OnGpus(machines.open(context));
    }

    private RunnerHandle placed(RunnerHandle made) {
        if (devices != null) {
            return new RunnerHandle(made.runner(), made.pool(), devices, Map.of(RunnerHandle.DEVICES, devices));
        }
        int gpu = Integer.parseInt(made.data().get("number")) % free.length;
        Map<String, String> data = new TreeMap<>(made.data());
        data.put(RunnerHandle.GPU, prefix + gpu);
        data.put(RunnerHandle.GPU_FREE, String.valueOf(free[gpu]));
        return new RunnerHandle(made.runner(), made.pool(), "gpu" + gpu, data);
    }

    private final class OnGpus extends PassedOn {
        OnGpus(Session inner) {
            super(inner);
        }

        @Override
        public CompletionStage<RunnerHandle> provision(ProvisionRequest request) {
            return inner.provision(request).thenApply(GpuMachines.this::placed);
        }

        @Override
        public CompletionStage<Listing> list() {
            return inner.list()
                    .thenApply(list -> new Listing(
                            list.machines().stream()
                                    .map(machine -> new Listing.Machine(
                                            placed(machine.handle()), machine.alive(), machine.epoch()))
                                    .toList(),
                            list.unreachable()));
        }
    }
}
