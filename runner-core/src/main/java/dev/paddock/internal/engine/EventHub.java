package dev.paddock.internal.engine;

import dev.paddock.Subscription;
import dev.paddock.event.EventsMissed;
import dev.paddock.event.FleetEvent;
import dev.paddock.spi.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
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
final class EventHub {
    private static final Logger LOG = LoggerFactory.getLogger(EventHub.class);
    static final int RING = 1 << 16;
    private static final int DELIVERED_AT_ONCE = 1024;

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

    private final class Subscriber {
        private final Consumer<? super FleetEvent> consumer;
        private final AtomicReferenceArray<@Nullable FleetEvent> ring = new AtomicReferenceArray<>(RING);
        private final AtomicLong read = new AtomicLong();
        private final AtomicLong written = new AtomicLong();
        private final AtomicReference<@Nullable EventsMissed> missed = new AtomicReference<>();
        private final AtomicBoolean running = new AtomicBoolean();
        private final AtomicBoolean ended = new AtomicBoolean();

        Subscriber(Consumer<? super FleetEvent> consumer) {
            this.consumer = consumer;
        }

        void offer(FleetEvent event, long number) {
            long position = written.get();
            boolean full = position - read.get() >= RING;
            // While a gap is open it only grows: the subscriber closes it when it has read all before it.
            EventsMissed gap = missed.updateAndGet(open -> {
                if (open != null) {
                    return new EventsMissed(event.at(), open.from(), number);
                }
                return full ? new EventsMissed(event.at(), number, number) : null;
            });
            if (gap == null) {
                ring.set((int) (position & (RING - 1)), event);
                written.set(position + 1);
            }
        }

        void wake() {
            boolean something = read.get() < written.get() || missed.get() != null;
            if (something && !ended.get() && running.compareAndSet(false, true)) {
                scheduler.events().execute(this::deliver);
            }
        }

        private void deliver() {
            for (int i = 0; (i < DELIVERED_AT_ONCE || ending.get()) && !ended.get(); i++) {
                long position = read.get();
                if (position == written.get()) {
                    EventsMissed gap = missed.getAndSet(null);
                    if (gap == null) {
                        break;
                    }
                    LOG.warn("{}: a subscriber is too slow and missed events {} to {}", fleet, gap.from(), gap.to());
                    call(gap);
                } else {
                    int slot = (int) (position & (RING - 1));
                    FleetEvent event = ring.get(slot);
                    ring.set(slot, null);
                    read.set(position + 1);
                    if (event != null) {
                        call(event);
                    }
                }
            }
            running.set(false);
            wake();
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
