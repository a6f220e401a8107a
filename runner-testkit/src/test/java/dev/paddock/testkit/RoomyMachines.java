package dev.paddock.testkit;

import dev.paddock.RunnerProfile;
import dev.paddock.spi.Listing;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProviderLimits;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Removal;
import dev.paddock.spi.Room;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerProvider;
import java.util.concurrent.CompletionStage;

/** Fake machines with room for as many runners of a profile as it has cores, each profile apart from the others. */
record RoomyMachines(RunnerProvider machines) implements RunnerProvider {
    @Override
    public Session open(ProviderContext context) {
        return new Roomy(machines.open(context));
    }

    private record Roomy(Session inner) implements Session {
        @Override
        public ProviderLimits limits() {
            return inner.limits();
        }

        @Override
        public Room room(String pool) {
            throw new UnsupportedOperationException("it takes a profile");
        }

        @Override
        public Room room(String pool, RunnerProfile profile) {
            return new Room(profile.cores(), "of its profile");
        }

        @Override
        public boolean roomsByProfile() {
            return true;
        }

        @Override
        public CompletionStage<RunnerHandle> provision(ProvisionRequest request) {
            return inner.provision(request);
        }

        @Override
        public CompletionStage<Removal> remove(RunnerHandle handle) {
            return inner.remove(handle);
        }

        @Override
        public CompletionStage<Listing> list() {
            return inner.list();
        }

        @Override
        public CompletionStage<Void> close() {
            return inner.close();
        }
    }
}
