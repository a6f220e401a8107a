package dev.paddock.benchmarks;

import dev.paddock.RunnerId;
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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;

/** A provider whose machines take a while and are nothing; it tells what it was asked, and when. */
final class StubMachines implements RunnerProvider {
    private static final ProviderLimits LIMITS =
            new ProviderLimits(1000, Duration.ofMinutes(5), Duration.ofMinutes(5), Duration.ofMinutes(1));

    private final CompletableFuture<ProviderContext> context = new CompletableFuture<>();
    private final Map<RunnerId, RunnerHandle> alive = new ConcurrentHashMap<>();
    private final BlockingQueue<RunnerId> asked = new LinkedBlockingQueue<>();
    private final BlockingQueue<RunnerId> made = new LinkedBlockingQueue<>();
    private final Map<RunnerId, CompletableFuture<Long>> removalAsked = new ConcurrentHashMap<>();
    private volatile Duration creationTime = Duration.ZERO;

    void creationTime(Duration creationTime) {
        this.creationTime = creationTime;
    }

    /** The runners it was asked to make, as it is asked. */
    BlockingQueue<RunnerId> asked() {
        return asked;
    }

    /** The runners it has made, as they are made. */
    BlockingQueue<RunnerId> made() {
        return made;
    }

    /** Completes with the reading of {@link System#nanoTime()} at which it is asked to remove the runner. */
    CompletableFuture<Long> removalAsked(RunnerId runner) {
        return removalAsked.computeIfAbsent(runner, id -> new CompletableFuture<>());
    }

    void observe(RunnerObservation observation) {
        context.join().observe(observation);
    }

    @Override
    public Session open(ProviderContext opened) {
        context.complete(opened);
        return new Open(opened);
    }

    private final class Open implements Session {
        private final ProviderContext fleet;

        Open(ProviderContext fleet) {
            this.fleet = fleet;
        }

        @Override
        public ProviderLimits limits() {
            return LIMITS;
        }

        @Override
        public Room room(String pool) {
            return Room.unlimited();
        }

        @Override
        public CompletionStage<RunnerHandle> provision(ProvisionRequest request) {
            var answer = new CompletableFuture<RunnerHandle>();
            var handle = new RunnerHandle(request.runner(), request.pool(), "nowhere", Map.of());
            fleet.scheduler()
                    .schedule(
                            creationTime,
                            () -> fleet.scheduler().effects().execute(() -> {
                                alive.put(handle.runner(), handle);
                                made.add(handle.runner());
                                answer.complete(handle);
                            }));
            asked.add(request.runner());
            return answer;
        }

        @Override
        public CompletionStage<Removal> remove(RunnerHandle handle) {
            removalAsked(handle.runner()).complete(System.nanoTime());
            boolean existed = alive.remove(handle.runner()) != null;
            return CompletableFuture.completedFuture(existed ? Removal.REMOVED : Removal.ALREADY_GONE);
        }

        @Override
        public CompletionStage<Listing> list() {
            return CompletableFuture.completedFuture(new Listing(
                    alive.values().stream()
                            .map(handle -> new Listing.Machine(handle, true, fleet.epoch()))
                            .toList(),
                    List.of()));
        }

        @Override
        public CompletionStage<Void> close() {
            return CompletableFuture.completedFuture(null);
        }
    }
}
