package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.actions.SessionEntry.Parked;
import dev.paddock.testkit.internal.actions.TokenDesk.Kind;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.Set;

/** Sessions: at most one for a scale set, gone some time after its owner was last heard of. */
final class SessionDesk {
    private final SimClock clock;
    private final Settings settings;
    private final ScaleSets sets;
    private final TokenDesk tokens;
    private final Urls urls;

    SessionDesk(SimClock clock, Settings settings, ScaleSets sets, TokenDesk tokens, Urls urls) {
        this.clock = clock;
        this.settings = settings;
        this.sets = sets;
        this.tokens = tokens;
        this.urls = urls;
    }

    WireReply open(Call call) {
        ScaleSetEntry set = sets.get(call.match().number(0));
        String owner = Call.requiredText(call.object(Set.of("sessionId", "ownerName")), "ownerName");
        if (set.session != null) {
            throw Refusal.of(Answers.sessionConflict(set.name));
        }
        String id = clock.uuid();
        var session = new SessionEntry(id, owner, set, queueToken(set, id), clock.now());
        set.session = session;
        if (settings.server().isEnterprise()) {
            set.queue.renumber();
        }
        touch(session);
        return Answers.ok(json(session, call.stale()));
    }

    WireReply refresh(Call call) {
        call.mustBeEmpty();
        SessionEntry session = sets.get(call.match().number(0)).session;
        if (session == null || !session.id.equals(call.match().id(1))) {
            throw Refusal.of(Answers.runtime(
                    404, "RunnerAdminException", "Session " + call.match().id(1) + " was not found."));
        }
        tokens.revoke(session.token);
        session.token = queueToken(session.scaleSet, session.id);
        touch(session);
        return Answers.ok(json(session, call.stale()));
    }

    WireReply close(Call call) {
        call.mustBeEmpty();
        ScaleSetEntry set = sets.get(call.match().number(0));
        SessionEntry session = set.session;
        if (session == null || !session.id.equals(call.match().id(1))) {
            throw Refusal.of(Answers.runtime(
                    400,
                    "RunnerScaleSetSessionExpiredException",
                    "The session identifier " + call.match().id(1) + " is not valid."));
        }
        end(set, TokenDesk.unauthorized("the session was closed"));
        return Answers.empty(204);
    }

    private TokenDesk.Token queueToken(ScaleSetEntry set, String session) {
        return tokens.jwt(Kind.QUEUE, set.id + "/" + session, settings.queueTokenLifetime());
    }

    /** Notes that the owner is alive; the time to live begins anew. */
    void touch(SessionEntry session) {
        session.lastSeen = clock.now();
        session.expiry(clock.after(settings.sessionTtl(), () -> expire(session)));
    }

    private void expire(SessionEntry session) {
        if (session.parked != null) {
            touch(session);
        } else if (session.scaleSet.session == session) {
            end(session.scaleSet, TokenDesk.unauthorized("the session expired"));
        }
    }

    /** Ends the session of a scale set; a poll that waits is answered so. Messages stay. */
    void end(ScaleSetEntry set, WireReply answer) {
        SessionEntry session = set.session;
        if (session == null) {
            return;
        }
        set.session = null;
        set.capacity = 0;
        session.expiry(() -> {});
        Parked waiting = session.unpark();
        if (waiting != null) {
            waiting.call().reply(answer);
        }
    }

    /** Breaks the connection of a poll that waits. */
    void hangUp(ScaleSetEntry set) {
        Parked waiting = set.session == null ? null : set.session.unpark();
        if (waiting != null) {
            waiting.call().drop();
        }
    }

    /** Lets the queue token expire at once. */
    void expireToken(ScaleSetEntry set) {
        SessionEntry session = set.session;
        if (session == null) {
            throw new IllegalStateException("scale set " + set.name + " has no session");
        }
        tokens.revoke(session.token);
        Parked waiting = session.unpark();
        if (waiting != null) {
            touch(session);
            waiting.call().reply(TokenDesk.unauthorized("QUEUE token expired"));
        }
    }

    /** The session a queue token opens. */
    SessionEntry of(TokenDesk.Token token) {
        int slash = token.subject().indexOf('/');
        ScaleSetEntry set = sets.get(Long.parseLong(token.subject().substring(0, slash)));
        SessionEntry session = set.session;
        if (session == null || !session.id.equals(token.subject().substring(slash + 1))) {
            throw Refusal.of(TokenDesk.unauthorized("the session of this QUEUE token has ended"));
        }
        return session;
    }

    private ObjectNode json(SessionEntry session, boolean stale) {
        var json = Json.object();
        json.put("sessionId", session.id);
        json.put("ownerName", session.owner);
        var set = json.putObject("runnerScaleSet");
        set.put("id", session.scaleSet.id);
        set.put("name", session.scaleSet.name);
        json.put("messageQueueUrl", urls.queue(session.id));
        json.put("messageQueueAccessToken", session.token.text());
        json.set("statistics", session.scaleSet.statisticsForSend(stale));
        return json;
    }
}
