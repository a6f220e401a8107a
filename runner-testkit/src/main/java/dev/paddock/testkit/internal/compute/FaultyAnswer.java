package dev.paddock.testkit.internal.compute;

import dev.paddock.testkit.Fault;
import dev.paddock.testkit.internal.http.WireBody;
import dev.paddock.testkit.internal.http.WireExchange;
import dev.paddock.testkit.internal.http.WireReply;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Notes the answer in the record, does to it what the fault says, and lets it come as late as it is to be. */
final class FaultyAnswer {
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private final ComputeClock clock;
    private final WireExchange exchange;
    private final ComputeLog.Entry entry;
    private final @Nullable Fault fault;
    private final Duration latency;

    FaultyAnswer(
            ComputeClock clock,
            WireExchange exchange,
            ComputeLog.Entry entry,
            @Nullable Fault fault,
            Duration latency) {
        this.clock = clock;
        this.exchange = exchange;
        this.entry = entry;
        this.fault = fault;
        this.latency = latency;
    }

    /** Answers without an effect, or not at all, if that is what the fault says. */
    boolean answersInPlace() {
        if (fault instanceof Fault.Status status) {
            answer(typed(new WireReply(status.status(), status.headers(), status.body())));
        } else if (fault instanceof Fault.RetryAfter limit) {
            String message = "Too many requests";
            answer(Shapes.json(429, ComputeErrors.error(429, "rateLimitExceeded", message))
                    .with("Retry-After", retryAfter(limit)));
        } else if (fault instanceof Fault.Reset) {
            drop();
        } else {
            return fault instanceof Fault.Hang;
        }
        return true;
    }

    private static WireReply typed(WireReply reply) {
        boolean typed = reply.headers().keySet().stream().anyMatch("content-type"::equalsIgnoreCase);
        if (typed || reply.body().isEmpty()) {
            return reply;
        }
        boolean json = reply.body().startsWith("{") || reply.body().startsWith("[");
        return reply.with("Content-Type", json ? "application/json; charset=UTF-8" : "text/plain; charset=UTF-8");
    }

    private String retryAfter(Fault.RetryAfter limit) {
        Duration wait = limit.pause().plusSeconds(1).minusNanos(1);
        return limit.asDate() ? HTTP_DATE.format(clock.now().plus(wait)) : Long.toString(wait.toSeconds());
    }

    void reply(WireReply reply) {
        answer(edited(reply));
    }

    private WireReply edited(WireReply reply) {
        if (fault instanceof Fault.ReplaceBody other) {
            return reply.withBody(other.body());
        }
        return fault instanceof Fault.ByteOrderMark ? reply.withBody("\uFEFF" + reply.body()) : reply;
    }

    private void answer(WireReply reply) {
        WireReply dated = reply.with("Date", HTTP_DATE.format(clock.now()));
        if (fault instanceof Fault.LoseReply) {
            drop();
        } else if (fault instanceof Fault.Delay late) {
            after(latency.plus(late.delay()), () -> send(dated));
        } else {
            after(latency, () -> send(dated));
        }
    }

    private void after(Duration delay, Runnable task) {
        if (delay.isZero()) {
            task.run();
        } else {
            clock.after(delay, task);
        }
    }

    private void send(WireReply reply) {
        entry.answered(reply.status());
        byte[] body = reply.bytes();
        if (body.length > 0 && fault instanceof Fault.SlowBody slow) {
            drip(exchange.begin(reply), body, slow.pause());
        } else if (body.length > 0 && (fault instanceof Fault.EndlessBody || fault instanceof Fault.CutBody)) {
            WireBody rest = exchange.begin(reply);
            rest.write(Arrays.copyOf(body, body.length / 2));
            if (fault instanceof Fault.CutBody) {
                rest.cut();
            }
        } else {
            exchange.reply(reply);
        }
    }

    private void drip(WireBody rest, byte[] body, Duration pause) {
        int size = Math.max(1, (body.length + Fault.SlowBody.PIECES - 1) / Fault.SlowBody.PIECES);
        int number = 0;
        for (int from = 0; from < body.length; from += size) {
            byte[] piece = Arrays.copyOfRange(body, from, Math.min(body.length, from + size));
            boolean last = from + size >= body.length;
            after(pause.multipliedBy(number++), () -> {
                rest.write(piece);
                if (last) {
                    rest.end();
                }
            });
        }
    }

    void drop() {
        after(latency, exchange::drop);
    }

    void onGone(Runnable task) {
        exchange.onGone(task);
    }
}
