package dev.paddock.github.runner;

import dev.paddock.Health;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.error.RunnerException;
import dev.paddock.spi.Listing;
import dev.paddock.spi.ProviderLimits;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Removal;
import dev.paddock.spi.Room;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerProvider;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An open {@link LocalRunnerProvider}. Each runner has a lane; only the map of runners and the slots are shared. */
final class LocalSession implements RunnerProvider.Session {
    private static final Logger LOG = LoggerFactory.getLogger(LocalSession.class);
    private static final Duration PROVISION = Duration.ofSeconds(30);
    /** Beyond the grace and the force: time to delete a work folder. */
    private static final Duration DELETION = Duration.ofSeconds(60);

    private final Host host;
    private final ConcurrentMap<RunnerId, LocalRunner> runners = new ConcurrentSkipListMap<>();

    LocalSession(Host host) {
        this.host = host;
    }

    /** Slots of runners that are there already are taken before the first is offered. */
    void occupy() throws IOException {
        for (RunnerId id : host.files().runners()) {
            try {
                host.files()
                        .read(id)
                        .filter(record -> record.fleet().equals(host.fleet()))
                        .ifPresent(host::takeBack);
            } catch (IOException unreadable) {
                LOG.warn("{}: {}", host.fleet(), unreadable.getMessage());
            }
        }
    }

    @Override
    public ProviderLimits limits() {
        LocalSettings settings = host.settings();
        return new ProviderLimits(
                Math.max(1, host.slots().number()),
                PROVISION.plus(settings.configTimeout()),
                settings.startup(),
                settings.grace()
                        .plus(TreeEnding.FORCE)
                        .plus(
                                settings.diagnostics().isPresent()
                                        ? settings.deadlines().diagnostics()
                                        : Duration.ZERO)
                        .plus(DELETION));
    }

    @Override
    public Room room(String pool) {
        return here(host.slots().room());
    }

    @Override
    public Room room(String pool, RunnerProfile profile) {
        return here(host.slots().room(profile));
    }

    @Override
    public boolean roomsByProfile() {
        return host.slots().areByProfile();
    }

    private Room here(Room room) {
        Optional<String> missing = host.preflight().whyNot().or(host.program()::whyNotReady);
        if (missing.isPresent()) {
            return new Room(0, missing.get());
        }
        return new Room(room.free(), room.reason() + " in " + host.files().root());
    }

    @Override
    public CompletionStage<RunnerHandle> provision(ProvisionRequest request) {
        RunnerId id = request.runner();
        if (host.closed().get()) {
            return CompletableFuture.failedFuture(closed("provision " + id));
        }
        if (host.slots().lease(id, request.profile()).isEmpty()) {
            return CompletableFuture.failedFuture(LocalRunner.noSlot(id, host.slots(), request.profile()));
        }
        return runner(id).provision(request);
    }

    private LocalRunner runner(RunnerId id) {
        return runners.computeIfAbsent(
                id, key -> new LocalRunner(key, host, runner -> runners.remove(runner.id(), runner)));
    }

    private static RunnerException closed(String what) {
        return new RunnerException("cannot " + what + ": the provider is closed", false, null);
    }

    @Override
    public CompletionStage<Removal> remove(RunnerHandle handle) {
        if (host.closed().get()) {
            return CompletableFuture.failedFuture(closed("remove " + handle.runner()));
        }
        return runner(handle.runner()).remove();
    }

    @Override
    public CompletionStage<Listing> list() {
        if (host.closed().get()) {
            return CompletableFuture.failedFuture(closed("list"));
        }
        return CompletableFuture.supplyAsync(this::look, host.scheduler().effects())
                .thenCompose(Look::listing);
    }

    /** Who has died starts no process any more. */
    @Override
    public boolean creationsEndWithTheirLife() {
        return true;
    }

    @Override
    public CompletionStage<Optional<Health>> health(RunnerHandle handle) {
        if (host.closed().get()) {
            return CompletableFuture.completedStage(Optional.of(Health.unknown("the provider is closed")));
        }
        return runner(handle.runner())
                .inspect()
                .thenApply(machine -> Optional.of(
                        machine.isEmpty()
                                ? Health.failed("no such runner is on this host")
                                : machine.get().alive() ? Health.healthy() : Health.failed("its process has ended")));
    }

    /** A look under way: what each runner's lane will say, and what could not be read. */
    private record Look(List<CompletableFuture<List<Listing.Machine>>> answers, Queue<String> unreachable) {
        CompletableFuture<Listing> listing() {
            return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                    .thenApply(done -> new Listing(
                            answers.stream()
                                    .flatMap(answer -> answer.join().stream())
                                    .toList(),
                            List.copyOf(unreachable)));
        }
    }

    private Look look() {
        Set<RunnerId> ids = new TreeSet<>(runners.keySet());
        Queue<String> unreachable = new ConcurrentLinkedQueue<>();
        try {
            host.files().sweep();
            for (RunnerId id : host.files().runners()) {
                if (!ids.contains(id) && isOurs(id, unreachable)) {
                    ids.add(id);
                }
            }
        } catch (IOException unreadable) {
            LOG.warn("{}: {} cannot be read: {}", host.fleet(), host.files().root(), unreadable.toString());
            unreachable.add(host.files().root().toString());
        }
        List<CompletableFuture<List<Listing.Machine>>> answers = new ArrayList<>();
        ids.forEach(id -> answers.add(runner(id).inspect().handle((machine, failure) -> {
            if (failure != null) {
                unreachable.add(host.files().record(id).toString());
                return List.of();
            }
            return machine.stream().toList();
        })));
        return new Look(answers, unreachable);
    }

    private boolean isOurs(RunnerId id, Queue<String> unreachable) {
        try {
            return host.files()
                    .read(id)
                    .filter(record -> record.fleet().equals(host.fleet()))
                    .isPresent();
        } catch (IOException unreadable) {
            LOG.warn("{}: {}: {}", host.fleet(), host.files().record(id), unreadable.getMessage());
            unreachable.add(host.files().record(id).toString());
            return false;
        }
    }

    @Override
    public CompletionStage<Void> close() {
        host.closed().set(true);
        List<CompletableFuture<?>> lanes = new ArrayList<>();
        runners.values().forEach(runner -> {
            runner.letGo();
            lanes.add(runner.lane().idle());
        });
        return CompletableFuture.allOf(lanes.toArray(CompletableFuture[]::new))
                .thenRunAsync(host.shares()::close, host.scheduler().effects());
    }
}
