package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Flow;
import dev.paddock.testkit.internal.actions.MessageQueue.Message;
import dev.paddock.testkit.internal.actions.SessionEntry.Parked;
import dev.paddock.testkit.internal.actions.TokenDesk.Kind;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.ArrayList;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The long-polled queue and the acquiring of jobs: what the queue token opens. */
final class QueueDesk {
    private final SimClock clock;
    private final Settings settings;
    private final TokenDesk tokens;
    private final ScaleSets sets;
    private final SessionDesk sessions;
    private final JobEngine jobs;
    private final Urls urls;

    QueueDesk(
            SimClock clock,
            Settings settings,
            TokenDesk tokens,
            ScaleSets sets,
            SessionDesk sessions,
            JobEngine jobs,
            Urls urls) {
        this.clock = clock;
        this.settings = settings;
        this.tokens = tokens;
        this.sets = sets;
        this.sessions = sessions;
        this.jobs = jobs;
        this.urls = urls;
    }

    /** Answers at once if there is a message, else later. */
    void poll(Call call) {
        SessionEntry session = session(call);
        if (call.query("api-version") != null) {
            throw Refusal.violation(400, "the queue takes its api-version in the Accept header, not in the query");
        }
        String accept = Objects.requireNonNullElse(call.header("accept"), "").replace(" ", "");
        if (!accept.contains("application/json;api-version=6.0-preview")) {
            throw Refusal.violation(400, "Accept must be application/json; api-version=6.0-preview");
        }
        ScaleSetEntry set = session.scaleSet;
        int capacity = capacity(call);
        long cursor = cursor(call);
        sessions.touch(session);
        Parked before = session.unpark();
        if (before != null) {
            before.call().reply(Answers.empty(202));
        }
        set.capacity = call.ignoresCapacity() ? Integer.MAX_VALUE : capacity;
        jobs.assign(set);
        Message message = next(call, set, cursor);
        if (message != null) {
            send(call, set, message);
        } else {
            park(session, call, cursor);
        }
    }

    private void park(SessionEntry session, Call call, long cursor) {
        var parked = new Parked(call, cursor, clock.after(settings.longPoll(), () -> {
            if (isParked(session, call)) {
                sessions.touch(session);
                session.unpark();
                pollIsOver(session.scaleSet, call, cursor);
            }
        }));
        session.parked = parked;
        call.onGone(() -> clock.run(() -> {
            if (isParked(session, call)) {
                sessions.touch(session);
                session.unpark();
            }
        }));
    }

    /** Nothing has come; where one message waits for another to overtake it, it waits no longer. */
    private void pollIsOver(ScaleSetEntry set, Call call, long cursor) {
        Message late = call.reordered() ? set.queue.next(cursor) : null;
        if (late != null) {
            send(call, set, late);
        } else {
            call.reply(Answers.empty(202));
        }
    }

    private static @Nullable Message next(Call call, ScaleSetEntry set, long cursor) {
        return call.reordered() ? set.queue.nextButOne(cursor) : set.queue.next(cursor);
    }

    private static boolean isParked(SessionEntry session, Call call) {
        return session.parked != null && session.parked.call() == call;
    }

    /** Answers the waiting poll of a scale set if something has come that wakes it. */
    void wake(ScaleSetEntry set) {
        SessionEntry session = set.session;
        if (session == null || session.parked == null || !set.queue.wakes()) {
            return;
        }
        Parked waiting = session.parked;
        Message message = next(waiting.call(), set, waiting.cursor());
        if (message != null) {
            session.unpark();
            sessions.touch(session);
            send(waiting.call(), set, message);
        }
    }

    private void send(Call call, ScaleSetEntry set, Message message) {
        if (call.duplicated()) {
            message.sendAgain();
        }
        var elements = Json.array();
        elements.addAll(message.elements);
        var body = Json.object();
        body.put("messageId", message.id);
        body.put("messageType", "RunnerScaleSetJobMessages");
        body.put("body", elements.toString());
        body.set("statistics", set.statisticsForSend(call.stale()));
        call.reply(Answers.ok(body));
    }

    WireReply delete(Call call) {
        call.mustBeEmpty();
        SessionEntry session = session(call);
        sessions.touch(session);
        boolean deleted = session.scaleSet.queue.delete(call.match().number(0), call.duplicated());
        return Answers.empty(deleted || !settings.secondDeleteFails() ? 204 : 404);
    }

    private SessionEntry session(Call call) {
        SessionEntry session = sessions.of(tokens.check(call, Kind.QUEUE, "Bearer"));
        if (!session.id.equals(call.query("sessionId"))) {
            throw Refusal.violation(400, "the query must keep sessionId=" + session.id + " of the messageQueueUrl");
        }
        return session;
    }

    /** Where jobs are acquired, clients from before the header still poll: there it bounds nothing. */
    private int capacity(Call call) {
        String value = call.header("x-scalesetmaxcapacity");
        if (value == null && settings.flow() == Flow.ACQUIRE) {
            return 0;
        }
        try {
            int capacity = Integer.parseInt(Objects.requireNonNullElse(value, ""));
            if (capacity >= 0) {
                return capacity;
            }
        } catch (NumberFormatException malformed) {
            // refused below
        }
        throw Refusal.violation(400, "capacity error: X-ScaleSetMaxCapacity must be a number from 0: " + value);
    }

    private static long cursor(Call call) {
        String value = call.query("lastMessageId");
        if (value == null) {
            return 0;
        }
        if (!value.matches("[1-9]\\d{0,17}")) {
            throw Refusal.violation(400, "lastMessageId must be a number above 0, or absent: " + value);
        }
        return Long.parseLong(value);
    }

    WireReply acquire(Call call) {
        SessionEntry session = sessions.of(tokens.check(call, Kind.QUEUE, "Bearer"));
        if (session.scaleSet.id != call.match().number(0)) {
            throw Refusal.violation(403, "the QUEUE token belongs to scale set " + session.scaleSet.id);
        }
        var requests = new ArrayList<Long>();
        call.array().forEach(id -> {
            if (!id.isIntegralNumber()) {
                throw Refusal.violation(400, "a job request id must be a number: " + id);
            }
            requests.add(id.longValue());
        });
        sessions.touch(session);
        var won = Json.array();
        jobs.acquire(session.scaleSet, requests).forEach(won::add);
        var body = Json.object();
        body.put("count", won.size());
        body.set("value", won);
        return Answers.ok(body);
    }

    WireReply acquirable(Call call) {
        ScaleSetEntry set = sets.get(call.match().number(0));
        var values = set.available.values().stream()
                .map(job -> JobMessages.acquirable(job, urls.acquire(set.id)))
                .toList();
        return values.isEmpty() ? Answers.empty(204) : Answers.ok(Json.counted(values));
    }
}
