package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shared caches of one session: who of its runners uses them, and that they are kept within their limits. It looks
 * when a runner has ended and every ten minutes, one turn after the other on the scheduler's effects.
 */
final class CacheKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(CacheKeeper.class);
    static final Duration EVERY = Duration.ofMinutes(10);
    /** How soon again if there is no room until there was. */
    private static final Duration AGAIN = Duration.ofMinutes(1);

    private final List<CacheFolder> caches;
    private final Scheduler scheduler;
    private final Optional<Birth> self;
    private final String world = CacheLease.ourWorld();
    private final Lane lane;
    private final ConcurrentMap<RunnerId, CacheLease> leases = new ConcurrentSkipListMap<>();
    /** By cache, why no runner may begin to use it. */
    private final ConcurrentMap<String, String> full = new ConcurrentSkipListMap<>();

    private final AtomicBoolean asked = new AtomicBoolean();
    private final AtomicBoolean waiting = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicReference<@Nullable Cancellable> next = new AtomicReference<>();

    CacheKeeper(List<CacheFolder> caches, ProcessTable processes, Scheduler scheduler) {
        this.caches = List.copyOf(caches);
        this.scheduler = scheduler;
        self = Optional.of(processes.birth(ProcessHandle.current()));
        lane = new Lane(scheduler.effects());
    }

    /** Makes the folders, and begins to look. */
    void open() throws IOException {
        for (CacheFolder cache : caches) {
            cache.prepare();
        }
        if (!caches.isEmpty()) {
            look(true);
            lookLater();
        }
    }

    /** The runner may use all of them from now on. Returns the variables that tell it. */
    SortedMap<String, String> enter(RunnerId runner, Path folder) throws IOException {
        SortedMap<String, String> environment = new TreeMap<>();
        if (!caches.isEmpty()) {
            takeBack(runner, folder);
            for (CacheFolder cache : caches) {
                environment.putAll(cache.environment(folder));
            }
        }
        return environment;
    }

    /** A runner of an earlier life, which has used them all the time. */
    void takeBack(RunnerId runner, Path folder) throws IOException {
        var lease = new CacheLease(runner, folder, self, world);
        leases.put(runner, lease);
        for (CacheFolder cache : caches) {
            cache.enter(lease);
        }
    }

    /** Nothing of the runner runs any more. */
    void leave(RunnerId runner) {
        CacheLease lease = leases.remove(runner);
        if (lease == null) {
            return;
        }
        for (CacheFolder cache : caches) {
            try {
                cache.leave(lease);
            } catch (IOException failure) {
                // Its processes are gone, and once we are, everybody sees that.
                LOG.warn("{} cannot be taken out of {}: {}", runner, cache.cache(), failure.toString());
            }
        }
        if (asked.compareAndSet(false, true)) {
            look(false);
        }
    }

    /** Why no runner may begin now; what blocks it is over when the living ones have ended. */
    Optional<String> whyFull() {
        return full.values().stream().findFirst();
    }

    // ---- looks ---------------------------------------------------------------------------------------------

    private void lookLater() {
        if (!closed.get()) {
            next.set(scheduler.schedule(EVERY, () -> {
                confirm();
                look(true);
                lookLater();
            }));
        }
    }

    /** Others cannot see our processes everywhere: they believe a lease that is not old. */
    private void confirm() {
        lane.run(() -> leases.values().forEach(lease -> {
            for (CacheFolder cache : caches) {
                try {
                    if (leases.containsKey(lease.runner())) {
                        cache.enter(lease);
                    }
                    if (!leases.containsKey(lease.runner())) { // it has left meanwhile, and must not seem to live
                        cache.leave(lease);
                    }
                } catch (IOException failure) {
                    LOG.warn("{} in {} cannot be confirmed: {}", lease.runner(), cache.cache(), failure.toString());
                }
            }
        }));
    }

    /** While runners live there is nothing to be done but to see how large it is; that is for the interval. */
    private void look(boolean whoeverLives) {
        turn(() -> {
            asked.set(false);
            for (CacheFolder cache : caches) {
                if (whoeverLives || full.containsKey(cache.cache().name()) || isFree(cache)) {
                    new CacheSweep(cache, cache.cache().limit().bytes(), this::turn, ended -> told(cache, ended))
                            .begin();
                }
            }
        });
    }

    private static boolean isFree(CacheFolder cache) {
        try {
            return cache.users().isEmpty();
        } catch (IOException failure) {
            LOG.warn("who uses {} cannot be read: {}", cache.cache(), failure.toString());
            return false;
        }
    }

    private void turn(Runnable turn) {
        if (!closed.get()) {
            lane.run(turn);
        }
    }

    private void told(CacheFolder folder, CacheSweep.Ended ended) {
        SharedCache cache = folder.cache();
        if (ended.failure().isPresent()) {
            LOG.warn("{} cannot be looked through: {}", cache, ended.failure().get());
            return;
        }
        if (ended.left() > cache.most().bytes() && !ended.living().isEmpty()) {
            SortedSet<RunnerId> living = new TreeSet<>(ended.living());
            String why = "the cache " + cache.name() + " in " + cache.folder() + " holds "
                    + new ByteSize(ended.left()) + ", more than " + cache.most()
                    + "; room is made in it when runners " + living + " have ended";
            if (full.put(cache.name(), why) == null) {
                LOG.warn("{}", why);
            }
            if (!closed.get() && waiting.compareAndSet(false, true)) { // others' runners end too
                scheduler.schedule(AGAIN, () -> {
                    waiting.set(false);
                    look(true);
                });
            }
        } else {
            full.remove(cache.name());
        }
        if (ended.entries() > 0) {
            LOG.info(
                    "{} entries, {}, of the cache {} were evicted",
                    ended.entries(),
                    new ByteSize(ended.freed()),
                    cache.name());
        }
    }

    /** Looks no more. The runners live on, and so do their leases, for whose keeper nobody need look any more. */
    void close() {
        closed.set(true);
        Cancellable timer = next.get();
        if (timer != null) {
            timer.cancel();
        }
        for (Map.Entry<RunnerId, CacheLease> left : leases.entrySet()) {
            CacheLease lease = left.getValue();
            for (CacheFolder cache : caches) {
                try {
                    cache.enter(new CacheLease(lease.runner(), lease.folder(), Optional.empty(), lease.world()));
                } catch (IOException failure) {
                    LOG.warn("{} in {} cannot be let go: {}", lease.runner(), cache.cache(), failure.toString());
                }
            }
        }
        leases.clear();
    }
}
