package dev.paddock.testkit;

import dev.paddock.RunnerProfile;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.Room;
import dev.paddock.spi.RunnerProvider;

/** Fake machines with room for as many runners of a profile as it has cores, each profile apart from the others. */
record RoomyMachines(RunnerProvider machines) implements RunnerProvider {
    @Override
    public Session open(ProviderContext context) {
        return new Roomy(machines.open(context));
    }

    private static final class Roomy extends PassedOn {
        Roomy(Session inner) {
            super(inner);
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
    }
}
