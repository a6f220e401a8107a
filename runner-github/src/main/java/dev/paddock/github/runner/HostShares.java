package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.spi.Room;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The slots, and with each what else of the host its runner gets: CPUs, and the use of shared caches. */
final class HostShares implements Slots {
    private static final Logger LOG = LoggerFactory.getLogger(HostShares.class);

    private final Slots places;
    private final Optional<CpuLeases> cpus;
    private final CpuBinder binder;
    private final CacheKeeper caches;
    private final boolean limitMemory;
    private final Chores chores;
    private final RunnerFiles files;
    private final AtomicBoolean told = new AtomicBoolean();

    /**
     * With what a runner's program is started.
     *
     * @param environment the variables of its caches
     * @param how what holds it to its bounds
     */
    record Grant(SortedMap<String, String> environment, CpuBinder.Start how) {}

    HostShares(
            Slots places,
            Optional<CpuLeases> cpus,
            CpuBinder binder,
            CacheKeeper caches,
            boolean limitMemory,
            Chores chores,
            RunnerFiles files) {
        this.places = places;
        this.cpus = cpus;
        this.binder = binder;
        this.caches = caches;
        this.limitMemory = limitMemory;
        this.chores = chores;
        this.files = files;
    }

    /** Before the first runner is started or found. */
    void open() throws IOException {
        caches.open();
        chores.open();
    }

    /** Right before a program is started, or started again, in the runner's folder. */
    Grant grant(RunnerId runner, Place place) throws IOException {
        return new Grant(caches.enter(runner, files.folder(runner)), binder.start(runner, place.bounds()));
    }

    @Override
    public Optional<Place> lease(RunnerId runner, RunnerProfile profile) {
        return places.lease(runner, profile).map(place -> place.within(bounds(runner, profile)));
    }

    private Bounds bounds(RunnerId runner, RunnerProfile profile) {
        long memory = limitMemory ? profile.memory().bytes() : 0;
        if (cpus.isEmpty()) {
            return new Bounds(CpuSet.EMPTY, memory);
        }
        CpuLeases leases = cpus.get();
        CpuSet set = leases.lease(runner, profile.cores());
        Optional<RunnerId> neighbour = leases.neighbour(runner);
        boolean tooMany = profile.cores() > leases.cpus();
        if ((tooMany || neighbour.isPresent()) && told.compareAndSet(false, true)) {
            LOG.warn(
                    "{}: {} of {} cores is held to CPUs {}{}: the runners want more than the {} CPUs of this program;"
                            + " it is said once",
                    files.root(),
                    runner,
                    profile.cores(),
                    set,
                    neighbour
                            .map(other -> ", some of which " + other + " has too")
                            .orElse(""),
                    leases.cpus());
        }
        return new Bounds(set, memory);
    }

    @Override
    public boolean restore(RunnerId runner, Place place) {
        cpus.ifPresent(leases -> leases.restore(runner, place.bounds().cpus()));
        try {
            caches.takeBack(runner, files.folder(runner));
        } catch (IOException failure) {
            // The lease it has is good as long as its processes live.
            LOG.warn("{} cannot be confirmed in its caches: {}", runner, failure.toString());
        }
        return places.restore(runner, place);
    }

    @Override
    public void release(RunnerId runner) {
        binder.ended(runner);
        caches.leave(runner);
        cpus.ifPresent(leases -> leases.release(runner));
        places.release(runner);
    }

    /** What runs of the runner, as its control group knows; nothing where it has none. */
    List<ProcessHandle> processes(RunnerId runner) {
        return binder.processes(runner);
    }

    /** Ends what its control group holds, by force. */
    void kill(RunnerId runner) {
        binder.kill(runner);
    }

    @Override
    public Room room() {
        return unlessFull(places.room());
    }

    @Override
    public Room room(RunnerProfile profile) {
        return unlessFull(places.room(profile));
    }

    private Room unlessFull(Room room) {
        Optional<String> why = chores.whyNoRoom().or(caches::whyFull);
        return why.isPresent() ? new Room(0, why.get()) : room;
    }

    @Override
    public boolean areByProfile() {
        return places.areByProfile();
    }

    @Override
    public int number() {
        return places.number();
    }

    @Override
    public String whyNone(RunnerProfile profile) {
        return places.whyNone(profile);
    }

    void close() {
        chores.close();
        caches.close();
    }
}
