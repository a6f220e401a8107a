package dev.paddock.gpu;

import dev.paddock.Health;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.error.ProvisioningException;
import dev.paddock.spi.Listing;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProviderLimits;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Removal;
import dev.paddock.spi.Room;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerProvider;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A provider whose runners need GPUs that are well. */
record GuardedMachines(RunnerProvider machines, GpuHealth gpus) implements RunnerProvider {
    @Override
    public Session open(ProviderContext context) {
        return new GuardedSession(machines.open(context), gpus);
    }

    private static final class GuardedSession implements Session {
        private final Session machines;
        private final GpuHealth gpus;
        /** Whether its machines see all GPUs, as far as is known. */
        private volatile boolean unbound;

        GuardedSession(Session machines, GpuHealth gpus) {
            this.machines = machines;
            this.gpus = gpus;
        }

        @Override
        public ProviderLimits limits() {
            return machines.limits();
        }

        @Override
        public Room room(String pool) {
            String why = gpus.whyNone(unbound);
            return why.isEmpty() ? machines.room(pool) : new Room(0, why);
        }

        @Override
        public Room room(String pool, RunnerProfile profile) {
            String why = whyNone(profile);
            return why.isEmpty() ? machines.room(pool, profile) : new Room(0, why);
        }

        @Override
        public CompletionStage<RunnerHandle> provision(ProvisionRequest request) {
            String why = whyNone(request.profile());
            return why.isEmpty()
                    ? machines.provision(request).thenCompose(made -> ifFit(made, look(made)))
                    : CompletableFuture.failedFuture(new ProvisioningException(request.runner(), why, true, null));
        }

        @Override
        public boolean mayBeIn(String scope, RunnerId runner, Optional<RunnerHandle> handle) {
            return machines.mayBeIn(scope, runner, handle);
        }

        @Override
        public boolean roomsByProfile() {
            return machines.roomsByProfile();
        }

        /** A profile that is not said to need a GPU may use one, unless it is said to need something else. */
        private String whyNone(RunnerProfile profile) {
            boolean needsNone = profile.gpus() == 0 && !profile.equals(RunnerProfile.any());
            return needsNone ? "" : gpus.whyNone(unbound);
        }

        private CompletionStage<RunnerHandle> ifFit(RunnerHandle made, Health health) {
            return GpuHealth.isFit(health)
                    ? CompletableFuture.completedStage(made)
                    : machines.remove(made)
                            .thenCompose(removed -> CompletableFuture.failedStage(
                                    new ProvisioningException(made.runner(), health.evidence(), true, null)));
        }

        private Health look(RunnerHandle machine) {
            unbound = GpuHealth.devicesOf(machine).isEmpty();
            return gpus.of(machine);
        }

        @Override
        public CompletionStage<Removal> remove(RunnerHandle handle) {
            return machines.remove(handle);
        }

        @Override
        public CompletionStage<Listing> list() {
            return machines.list();
        }

        @Override
        public boolean creationsEndWithTheirLife() {
            return machines.creationsEndWithTheirLife();
        }

        @Override
        public CompletionStage<Optional<Health>> health(RunnerHandle handle) {
            Health ofGpus = look(handle);
            return machines.health(handle)
                    .thenApply(own -> Optional.of(own.map(ofGpus::worse).orElse(ofGpus)));
        }

        @Override
        public CompletionStage<Void> close() {
            return machines.close();
        }
    }
}
