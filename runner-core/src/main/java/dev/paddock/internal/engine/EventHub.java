package dev.paddock.internal.engine;

import dev.paddock.Subscription;
import dev.paddock.event.EventsMissed;
import dev.paddock.event.FleetEvent;
import dev.paddock.spi.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands events to subscribers without ever waiting for one: each has a ring, and one that overruns is told how much it
 * missed. Published only from the serial section; delivered on the scheduler's events executor.
 */
@SuppressWarnings("ThreadPriorityCheck") // a yield is only patience
final class EventHub {
    private static final Logger LOG = LoggerFactory.getLogger(EventHub.class);
    static final int RING = 1 << 16;
    private static final int DELIVERED_AT_ONCE = 1024;
    /** How often the writer learns how far a subscriber has read. */
    private static final int TOLD_AT_ONCE = 64;
    /** How often at most a subscriber looks again before it has itself woken anew, which is dear. */
    private static final int PATIENCE = 32;

    private static final int READ = 16;
    private static final int WRITTEN = 32;
    private static final int RUNNING = 48;

    private final String fleet;
    private final Scheduler scheduler;
    private final AtomicReference<List<Subscriber>> subscribers = new AtomicReference<>(List.of());
    private final AtomicBoolean ending = new AtomicBoolean();
    private long published;
    private long woken;

    EventHub(String fleet, Scheduler scheduler) {
        this.fleet = fleet;
        this.scheduler = scheduler;
    }

    Subscription subscribe(Consumer<? super FleetEvent> consumer) {
        var subscriber = new Subscriber(consumer);
        subscribers.updateAndGet(old -> {
            List<Subscriber> next = new ArrayList<>(old);
            next.add(subscriber);
            return List.copyOf(next);
        });
        return () -> {
            subscriber.ended.set(true);
            subscribers.updateAndGet(
                    old -> old.stream().filter(other -> other != subscriber).toList());
        };
    }

    /** Called in the section. */
    void publish(FleetEvent event) {
        published++;
        for (Subscriber subscriber : subscribers.get()) {
            subscriber.offer(event, published);
        }
    }

    /** Called in the section: whether something was published since it was last asked. */
    boolean hasNews() {
        boolean news = published != woken;
        woken = published;
        return news;
    }

    /** What is still to be read is read in one go, since nobody knows how long the events' thread goes on. */
    void end() {
        ending.set(true);
    }

    /** Called after the section is left: wakes those who have something to read. */
    void wake() {
        for (Subscriber subscriber : subscribers.get()) {
            subscriber.wake();
        }
    }

    /** What only the section touches. */
    private static final class Writer {
        private long writes;
        private long readsSeen;
        private boolean gapOpen;
    }

    /**
     * One ring, written in the section and read by one task at a time. Each side keeps its own count to itself and
     * tells the other now and then, since a word written by one processor and read by another costs both.
     */
    private final class Subscriber {
        private final Consumer<? super FleetEvent> consumer;
        private final AtomicReferenceArray<@Nullable FleetEvent> ring = new AtomicReferenceArray<>(RING);
        /** The reader's count, the writer's, and whether a reader is at work, each on a cache line of its own. */
        private final AtomicLongArray shared = new AtomicLongArray(64);

        private final AtomicReference<@Nullable EventsMissed> missed = new AtomicReference<>();
        private final AtomicBoolean ended = new AtomicBoolean();
        private final Writer writer = new Writer();
        /** How often the reader looks again: more after a look that was worth it, less after looks in vain. */
        private int patience = 1;

        Subscriber(Consumer<? super FleetEvent> consumer) {
            this.consumer = consumer;
        }

        void offer(FleetEvent event, long number) {
            Writer mine = writer;
            long position = mine.writes;
            if (position - mine.readsSeen >= RING) {
                mine.readsSeen = shared.getAcquire(READ);
            }
            boolean full = position - mine.readsSeen >= RING;
            if ((full || mine.gapOpen) && isMissed(event, number, full)) {
                return;
            }
            ring.setPlain((int) (position & (RING - 1)), event);
            mine.writes = position + 1;
            shared.setRelease(WRITTEN, position + 1);
        }

        /** While a gap is open it only grows: the subscriber closes it when it has read all before it. */
        private boolean isMissed(FleetEvent event, long number, boolean full) {
            EventsMissed gap = missed.updateAndGet(open -> {
                if (open != null) {
                    return new EventsMissed(event.at(), open.from(), number);
                }
                return full ? new EventsMissed(event.at(), number, number) : null;
            });
            writer.gapOpen = gap != null;
            return writer.gapOpen;
        }

        /** Called once leaving the section has made visible what was written. */
        void wake() {
            if (shared.get(RUNNING) != 0 || ended.get()) {
                return;
            }
            if (hasSomething() && shared.compareAndSet(RUNNING, 0, 1)) {
                scheduler.events().execute(this::deliver);
            }
        }

        private boolean hasSomething() {
            return shared.get(READ) < shared.get(WRITTEN) || missed.get() != null;
        }

        /** Reads until there is nothing more for a while, or others are to have their turn. */
        private void deliver() {
            long start = shared.getPlain(READ);
            long position = start;
            int looks = patience;
            while ((position - start < DELIVERED_AT_ONCE || ending.get()) && !ended.get()) {
                EventsMissed gap = missed.get(); // while it is open nothing is written
                long available = shared.getAcquire(WRITTEN);
                if (position < available) {
                    if (looks < patience) {
                        patience = Math.min(PATIENCE, 2 * patience);
                    }
                    looks = patience;
                    position = deliver(position, Math.min(available, position + TOLD_AT_ONCE));
                    shared.setRelease(READ, position);
                } else if (gap != null) {
                    deliverGap();
                } else if (looks-- > 0) {
                    // The longer the stream, the rarer: a look takes from the writer the word that it writes.
                    for (int i = 0; i < patience; i++) {
                        Thread.yield();
                    }
                } else {
                    patience = Math.max(1, patience / 2);
                    looks = patience;
                    shared.set(RUNNING, 0);
                    if (!hasSomething() || !shared.compareAndSet(RUNNING, 0, 1)) {
                        return;
                    }
                }
            }
            if (!ended.get()) {
                scheduler.events().execute(this::deliver);
            }
        }

        private long deliver(long from, long to) {
            for (long position = from; position < to; position++) {
                int slot = (int) (position & (RING - 1));
                FleetEvent event = ring.getPlain(slot);
                ring.setPlain(slot, null);
                if (event != null && !ended.get()) {
                    call(event);
                }
            }
            return to;
        }

        private void deliverGap() {
            EventsMissed gap = missed.getAndSet(null);
            if (gap != null) {
                LOG.warn("{}: a subscriber is too slow and missed events {} to {}", fleet, gap.from(), gap.to());
                call(gap);
            }
        }

        private void call(FleetEvent event) {
            try {
                consumer.accept(event);
            } catch (Throwable failure) {
                LOG.error("{}: a subscriber failed on {}", fleet, event, failure);
            }
        }
    }
}
