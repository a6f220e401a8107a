package dev.paddock.github;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** The ids of the last deliveries. Thread-safe, without locks. */
final class Deliveries {
    /** GitHub redelivers within three days, which a busy organization fills with more; ranks tell those. */
    static final int REMEMBERED = 10_000;

    private final Map<String, Boolean> seen = new ConcurrentHashMap<>();
    private final Queue<String> order = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();

    /** True the first time. */
    boolean isNew(String id) {
        if (seen.putIfAbsent(id, Boolean.TRUE) != null) {
            return false;
        }
        order.add(id);
        if (size.incrementAndGet() > REMEMBERED) {
            String oldest = order.poll();
            if (oldest != null) {
                seen.remove(oldest);
                size.decrementAndGet();
            }
        }
        return true;
    }
}
