package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Fault;
import dev.paddock.testkit.internal.http.WireExchange;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.Optional;

/** Notes the answer in the record, and does to it what the fault says. */
final class FaultyExchange implements WireExchange {
    private final SimClock clock;
    private final WireExchange exchange;
    private final RequestLog.Entry entry;
    private final Optional<Fault> fault;
    private final String requestIdHeader;

    FaultyExchange(
            SimClock clock,
            WireExchange exchange,
            RequestLog.Entry entry,
            Optional<Fault> fault,
            String requestIdHeader) {
        this.clock = clock;
        this.exchange = exchange;
        this.entry = entry;
        this.fault = fault;
        this.requestIdHeader = requestIdHeader;
    }

    @Override
    public void reply(WireReply reply) {
        WireReply marked = reply.with(requestIdHeader, clock.uuid());
        Fault what = fault.orElse(null);
        if (what instanceof Fault.LoseReply) {
            exchange.drop();
        } else if (what instanceof Fault.Delay delay) {
            clock.after(delay.delay(), () -> send(marked));
        } else if (what instanceof Fault.ReplaceBody other) {
            send(marked.withBody(other.body()));
        } else {
            send(marked);
        }
    }

    private void send(WireReply reply) {
        entry.answered(reply.status());
        exchange.reply(reply);
    }

    @Override
    public void drop() {
        exchange.drop();
    }

    @Override
    public void onGone(Runnable task) {
        exchange.onGone(task);
    }
}
