package dev.paddock.internal.engine;

import dev.paddock.event.ExtensionEvent;
import dev.paddock.event.SourceStateChanged;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the source of a pool is given, and what becomes of what it says. Called by any thread; posts to the section. */
final class PoolSource implements SourceContext {
    private static final Logger LOG = LoggerFactory.getLogger(PoolSource.class);

    private final FleetLoop loop;
    private final PoolState pool;
    private final Optional<String> remembered;

    PoolSource(FleetLoop loop, PoolState pool, Optional<String> remembered) {
        this.loop = loop;
        this.pool = pool;
        this.remembered = remembered;
    }

    @Override
    public String fleet() {
        return loop.fleet;
    }

    @Override
    public String pool() {
        return pool.name;
    }

    @Override
    public Scheduler scheduler() {
        return loop.scheduler;
    }

    @Override
    public void state(SourceState state, String detail) {
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(detail, "detail");
        loop.section.post(() -> moved(loop, pool, state, detail));
    }

    @Override
    public void publish(ExtensionEvent event) {
        Objects.requireNonNull(event, "event");
        loop.section.post(() -> loop.publish(event));
    }

    @Override
    public void remember(String note) {
        Objects.requireNonNull(note, "note");
        loop.section.post(() -> {
            if (!loop.hasEnded()) {
                loop.records.append(JournalEntry.noted(pool.name, loop.scheduler.instant(), note));
            }
        });
    }

    @Override
    public Optional<String> remembered() {
        return remembered;
    }

    /** A source is in another state. In the serial section. */
    static void moved(FleetLoop loop, PoolState pool, SourceState state, String detail) {
        if (loop.hasEnded()) {
            return;
        }
        boolean news = pool.source != state;
        pool.source = state;
        pool.sourceDetail = detail;
        pool.dirty = true;
        if (news) {
            LOG.info("{}: the source of pool {} is {}: {}", loop.fleet, pool.name, state, detail);
            loop.publish(new SourceStateChanged(loop.scheduler.instant(), pool.name, state, detail));
        }
        if (state == SourceState.CONNECTED) {
            pool.connected = true;
            loop.lookout.connected(pool);
        } else if (state == SourceState.FAILED) {
            loop.closing.sourceFailed(pool, detail);
        }
    }
}
