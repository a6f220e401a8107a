package com.example.plugged;

import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.capacity.HostSlots;
import dev.paddock.capacity.RunnerSlot;
import dev.paddock.error.ProvisioningException;
import dev.paddock.spi.Listing;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProviderLimits;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Removal;
import dev.paddock.spi.Room;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** A provider of the host's own, in the places of a plan; its machines are connected as soon as they are there. */
record Shed(HostSlots slots) implements RunnerProvider {
    @Override
    public Session open(ProviderContext context) {
        return new Open(slots, context, new ConcurrentSkipListMap<>());
    }

    private record Open(HostSlots slots, ProviderContext context, ConcurrentMap<RunnerId, RunnerHandle> machines)
            implements Session {
        @Override
        public ProviderLimits limits() {
            return new ProviderLimits(10, Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMinutes(1));
        }

        @Override
        public Room room(String pool) {
            return Room.unlimited();
        }

        @Override
        public Room room(String pool, RunnerProfile profile) {
            return new Room(slots.free(profile), "of the plan");
        }

        @Override
        public boolean roomsByProfile() {
            return true;
        }

        @Override
        public CompletionStage<RunnerHandle> provision(ProvisionRequest request) {
            RunnerId id = request.runner();
            RunnerSlot slot = slots.lease(id, request.profile()).orElse(null);
            if (slot == null) {
                return CompletableFuture.failedStage(new ProvisioningException(id, "no place", true, null));
            }
            var made = new RunnerHandle(id, request.pool(), "place " + slot.number(), Map.of());
            machines.put(id, made);
            context.observe(RunnerObservation.of(id, RunnerObservation.Kind.LISTENING, "it listens"));
            return CompletableFuture.completedStage(made);
        }

        @Override
        public CompletionStage<Removal> remove(RunnerHandle handle) {
            slots.release(handle.runner());
            return CompletableFuture.completedStage(
                    machines.remove(handle.runner()) == null ? Removal.ALREADY_GONE : Removal.REMOVED);
        }

        @Override
        public CompletionStage<Listing> list() {
            return CompletableFuture.completedStage(new Listing(
                    machines.values().stream()
                            .map(machine -> new Listing.Machine(machine, true, context.epoch()))
                            .toList(),
                    List.of()));
        }

        @Override
        public CompletionStage<Void> close() {
            return CompletableFuture.completedStage(null);
        }
    }
}
