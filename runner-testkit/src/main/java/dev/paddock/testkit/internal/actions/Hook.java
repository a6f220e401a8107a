package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.Webhook;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** One webhook: what it has to send, what becomes of it on the way, and what was answered. */
final class Hook implements Webhook {
    private static final class Entry {
        private final String id;
        private final String event;
        private final String action;
        private final String payload;
        private final Instant at;
        private int sent;
        private int status;

        private Entry(String id, String event, String action, String payload, Instant at) {
            this.id = id;
            this.event = event;
            this.action = action;
            this.payload = payload;
            this.at = at;
        }

        private Delivery view() {
            OptionalInt answered = status == 0 ? OptionalInt.empty() : OptionalInt.of(status);
            return new Delivery(id, event, action, payload, at, sent, answered);
        }
    }

    private final SimClock clock;
    private final Scheduler scheduler;
    private final long id;
    private final String secret;
    private final HookTarget target;
    private final List<Entry> entries = new ArrayList<>();
    private final List<Entry> held = new ArrayList<>();
    private final Deque<Entry> outbox = new ArrayDeque<>();
    private boolean sending;
    private boolean closed;

    private int toLose;
    private int toDuplicate;
    private int toDelay;
    private int toHold;
    private Duration delay = Duration.ZERO;
    private double lossy;
    private double doubling;
    private Duration latest = Duration.ZERO;

    Hook(SimClock clock, Scheduler scheduler, long id, String secret, HookTarget target) {
        this.clock = clock;
        this.scheduler = scheduler;
        this.id = id;
        this.secret = secret;
        this.target = target;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public List<Delivery> deliveries() {
        return clock.locked(() -> entries.stream().map(Entry::view).toList());
    }

    @Override
    public void redeliver(String delivery) {
        clock.run(() -> {
            Entry again = entries.stream()
                    .filter(entry -> entry.id.equals(delivery))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no delivery with id " + delivery));
            post(again, Duration.ZERO);
        });
    }

    @Override
    public void loseNext(int count) {
        int value = notNegative(count);
        clock.run(() -> toLose = value);
    }

    @Override
    public void duplicateNext(int count) {
        int value = notNegative(count);
        clock.run(() -> toDuplicate = value);
    }

    @Override
    public void delayNext(int count, Duration by) {
        int value = notNegative(count);
        notNegative(by);
        clock.run(() -> {
            toDelay = value;
            delay = by;
        });
    }

    @Override
    public void reverseNext(int count) {
        int value = notNegative(count);
        clock.run(() -> toHold = value);
    }

    @Override
    public void disturb(double lost, double duplicated, Duration late) {
        if (!(lost >= 0 && lost <= 1 && duplicated >= 0 && duplicated <= 1)) {
            throw new IllegalArgumentException("a chance must be 0 to 1: lost " + lost + ", duplicated " + duplicated);
        }
        notNegative(late);
        clock.run(() -> {
            lossy = lost;
            doubling = duplicated;
            latest = late;
        });
    }

    private static int notNegative(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("count must not be negative: " + count);
        }
        return count;
    }

    private static void notNegative(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("a delay must not be negative: " + duration);
        }
    }

    /** Something happened. */
    void tell(String event, String action, JsonNode payload) {
        var entry = new Entry(clock.uuid(), event, action, payload.toString(), clock.now());
        entries.add(entry);
        if (toLose > 0) {
            toLose--;
        } else if (toHold > 0) {
            toHold--;
            held.add(entry);
            if (toHold == 0) {
                Collections.reverse(held);
                held.forEach(this::post);
                held.clear();
            }
        } else if (!isChance(lossy)) {
            post(entry);
            if (toDuplicate > 0 || isChance(doubling)) {
                toDuplicate = Math.max(0, toDuplicate - 1);
                post(entry);
            }
        }
    }

    /** Draws only where something may come of it, so that a hook left alone changes no other chance. */
    private boolean isChance(double likelihood) {
        return likelihood > 0 && scheduler.random().nextDouble() < likelihood;
    }

    /** Sends, now or later; the turn comes when the one before is answered. */
    private void post(Entry entry) {
        Duration wait = Duration.ZERO;
        if (toDelay > 0) {
            toDelay--;
            wait = delay;
        } else if (!latest.isZero()) {
            wait = Duration.ofNanos(
                    Math.round(latest.toNanos() * scheduler.random().nextDouble()));
        }
        post(entry, wait);
    }

    private void post(Entry entry, Duration wait) {
        clock.after(wait, () -> {
            outbox.add(entry);
            sendNext();
        });
    }

    private void sendNext() {
        Entry next = sending || closed ? null : outbox.poll();
        if (next != null) {
            sending = true;
            next.sent++;
            byte[] body = next.payload.getBytes(StandardCharsets.UTF_8);
            Map<String, String> headers = headers(next, body);
            scheduler.effects().execute(() -> target.send(headers, body, status -> answered(next, status)));
        }
    }

    private void answered(Entry entry, int status) {
        clock.run(() -> {
            entry.status = status;
            sending = false;
            sendNext();
        });
    }

    private Map<String, String> headers(Entry entry, byte[] body) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Accept", "*/*");
        headers.put("Content-Type", "application/json");
        headers.put("User-Agent", "GitHub-Hookshot/simulated");
        headers.put("X-GitHub-Delivery", entry.id);
        headers.put("X-GitHub-Event", entry.event);
        headers.put("X-GitHub-Hook-ID", Long.toString(id));
        headers.put("X-GitHub-Hook-Installation-Target-ID", "1");
        headers.put("X-GitHub-Hook-Installation-Target-Type", "integration");
        if (!secret.isEmpty()) {
            headers.put("X-Hub-Signature-256", "sha256=" + Sha256.signature(secret, body));
        }
        return headers;
    }

    String place() {
        return target.place();
    }

    void close() {
        closed = true;
        target.close();
    }
}
