package dev.paddock.github;

import dev.paddock.github.HttpCalls.Reply;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far this host's clock is from GitHub's, which one learns when a signature is refused for its times. */
final class ClockSkew {
    private static final Logger LOG = LoggerFactory.getLogger(ClockSkew.class);

    private static final Pattern TIMES =
            Pattern.compile("\\b(iat|exp|expiration time|issued at)\\b", Pattern.CASE_INSENSITIVE);
    private static final int READ = 4096;
    /** Less than this cannot have been the reason: signatures are backdated, and good for minutes. */
    private static final Duration LEAST = Duration.ofSeconds(15);

    private final String who;
    private volatile Duration behind = Duration.ZERO;

    ClockSkew(String who) {
        this.who = who;
    }

    /** GitHub's time, as far as we know. */
    Instant now(InstantSource local) {
        return local.instant().plus(behind);
    }

    /** Learns from a refusal; true if the time is now another, and the call worth another try. */
    boolean learns(Reply reply, InstantSource local) {
        String text = reply.text();
        if (reply.status() != 401
                || !TIMES.matcher(text.substring(0, Math.min(READ, text.length())))
                        .find()) {
            return false;
        }
        Instant theirs;
        try {
            theirs = ZonedDateTime.parse(reply.header("Date").trim(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (DateTimeException unreadable) {
            return false;
        }
        Duration seen = Duration.between(local.instant(), theirs);
        if (seen.minus(behind).abs().compareTo(LEAST) < 0) {
            return false;
        }
        behind = seen;
        LOG.warn(
                "{}: this host's clock is {} {} GitHub's, so GitHub refused a signature; signatures are corrected, but"
                        + " set the clock right",
                who,
                seen.abs().truncatedTo(ChronoUnit.SECONDS),
                seen.isNegative() ? "ahead of" : "behind");
        return true;
    }
}
