package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.http.WireReply;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** The primary and the secondary rate limit of GitHub's REST side, for each who calls. */
final class RateLimits {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int POINTS_OF_A_WRITE = 5;

    private static final class Window {
        private Instant begins = Instant.MIN;
        private int used;

        /** Begins anew when it is over. */
        Window at(Instant now, Duration length) {
            if (begins.equals(Instant.MIN) || !now.isBefore(begins.plus(length))) {
                begins = now;
                used = 0;
            }
            return this;
        }
    }

    private final SimClock clock;
    private final RestSettings settings;
    private final Map<String, Window> hours = new LinkedHashMap<>();
    private final Map<String, Window> minutes = new LinkedHashMap<>();
    private Instant limitedUntil = Instant.MIN;

    RateLimits(SimClock clock, RestSettings settings) {
        this.clock = clock;
        this.settings = settings;
    }

    /** Answers everybody with a secondary limit for a while. */
    void limitAll(Duration length) {
        limitedUntil = clock.now().plus(length);
    }

    /** Takes one request off the budget; refused if there is none left. */
    void admit(Call call, Visitor visitor) {
        Instant now = clock.now();
        if (now.isBefore(limitedUntil)) {
            throw secondary(Duration.between(now, limitedUntil));
        }
        Window hour = hour(visitor);
        if (hour.used >= visitor.limit()) {
            throw Refusal.of(Answers.rest(
                    403,
                    "API rate limit exceeded for " + (visitor.login().isEmpty() ? "127.0.0.1" : visitor.login()) + ".",
                    "/overview/rate-limits-for-the-rest-api"));
        }
        settings.secondaryPoints().ifPresent(most -> {
            Window minute =
                    minutes.computeIfAbsent(visitor.key(), key -> new Window()).at(now, MINUTE);
            int points = call.isRead() ? 1 : POINTS_OF_A_WRITE;
            if (minute.used + points > most) {
                throw secondary(Duration.between(now, minute.begins.plus(MINUTE)));
            }
            minute.used += points;
        });
        hour.used++;
    }

    /** The request was answered 304, which is free. */
    void giveBack(Visitor visitor) {
        hour(visitor).used--;
    }

    private static Refusal secondary(Duration wait) {
        WireReply reply = Answers.rest(
                403,
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
                "/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits");
        return Refusal.of(reply.with("Retry-After", Long.toString(seconds(wait))));
    }

    private static long seconds(Duration duration) {
        return duration.plusNanos(999_999_999).toSeconds();
    }

    private Window hour(Visitor visitor) {
        return hours.computeIfAbsent(visitor.resource() + " " + visitor.key(), key -> new Window())
                .at(clock.now(), settings.rateWindow());
    }

    private long reset(Window window) {
        Instant end = window.begins.plus(settings.rateWindow());
        return end.getNano() == 0 ? end.getEpochSecond() : end.getEpochSecond() + 1;
    }

    /** A reply with the headers that tell what is left. */
    WireReply marked(WireReply reply, Visitor visitor) {
        Window hour = hour(visitor);
        return reply.with("x-ratelimit-limit", Integer.toString(visitor.limit()))
                .with("x-ratelimit-remaining", Integer.toString(visitor.limit() - hour.used))
                .with("x-ratelimit-used", Integer.toString(hour.used))
                .with("x-ratelimit-reset", Long.toString(reset(hour)))
                .with("x-ratelimit-resource", visitor.resource());
    }

    /** What {@code GET /rate_limit} tells. */
    ObjectNode overview(Visitor visitor) {
        var overview = Json.object();
        var resources = overview.putObject("resources");
        resources.set(Visitor.CORE, json(visitor));
        resources.set(Visitor.REGISTRATION, json(Visitor.registering()));
        overview.set("rate", json(visitor));
        return overview;
    }

    private ObjectNode json(Visitor visitor) {
        Window hour = hour(visitor);
        return Json.object()
                .put("limit", visitor.limit())
                .put("used", hour.used)
                .put("remaining", visitor.limit() - hour.used)
                .put("reset", reset(hour))
                .put("resource", visitor.resource());
    }
}
