package dev.paddock.testkit.internal.actions;

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
final class FaultyExchange implements WireExchange {
    /** What HTTP dates look like; Java's own format leaves out a leading zero. */
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private final SimClock clock;
    private final WireExchange exchange;
    private final RequestLog.Entry entry;
    private final @Nullable Fault fault;
    private final ReplyEdits edits;
    private final Duration latency;
    private final String requestIdHeader;

    /**
     * One answer to come.
     *
     * @param latency how late whatever comes is to be
     * @param requestIdHeader the header that names the request
     */
    FaultyExchange(
            SimClock clock,
            WireExchange exchange,
            RequestLog.Entry entry,
            @Nullable Fault fault,
            ReplyEdits edits,
            Duration latency,
            String requestIdHeader) {
        this.clock = clock;
        this.exchange = exchange;
        this.entry = entry;
        this.fault = fault;
        this.edits = edits;
        this.latency = latency;
        this.requestIdHeader = requestIdHeader;
    }

    /** Answers without an effect, or not at all, if that is what the fault says. */
    boolean answersInPlace(String scaleSet) {
        if (fault instanceof Fault.Status status) {
            answer(typed(new WireReply(status.status(), status.headers(), status.body())));
        } else if (fault instanceof Fault.RetryAfter limit) {
            answer(Answers.empty(429).with("Retry-After", retryAfter(limit)));
        } else if (fault instanceof Fault.SessionConflict) {
            answer(Answers.sessionConflict(scaleSet));
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
        String text = reply.body().startsWith("\uFEFF") ? reply.body().substring(1) : reply.body();
        boolean json = text.startsWith("{") || text.startsWith("[");
        return reply.with("Content-Type", json ? "application/json; charset=utf-8" : "text/plain; charset=utf-8");
    }

    private String retryAfter(Fault.RetryAfter limit) {
        Duration wait = limit.pause().plusSeconds(1).minusNanos(1);
        return limit.asDate() ? HTTP_DATE.format(clock.now().plus(wait)) : Long.toString(wait.toSeconds());
    }

    @Override
    public void reply(WireReply reply) {
        answer(fault == null ? reply : edits.edit(fault, reply));
    }

    private void answer(WireReply reply) {
        WireReply marked = reply.with(requestIdHeader, clock.uuid()).with("Date", HTTP_DATE.format(clock.now()));
        if (fault instanceof Fault.LoseReply) {
            drop();
        } else if (fault instanceof Fault.Delay late) {
            after(latency.plus(late.delay()), () -> send(marked));
        } else {
            after(latency, () -> send(marked));
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

    @Override
    public WireBody begin(WireReply reply) {
        throw new UnsupportedOperationException("a desk answers whole");
    }

    @Override
    public void drop() {
        after(latency, exchange::drop);
    }

    @Override
    public void onGone(Runnable task) {
        exchange.onGone(task);
    }
}
