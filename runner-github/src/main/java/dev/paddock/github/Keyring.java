package dev.paddock.github;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The credentials of one client. Of several, each call gets the one that may go soonest, then the one with most left,
 * then the next in turn. One that was refused comes last for a while. Thread-safe.
 */
final class Keyring {
    private static final Logger LOG = LoggerFactory.getLogger(Keyring.class);
    private static final Duration ASIDE = Duration.ofMinutes(5);

    /** One credential, as one client uses it. */
    record Key(int number, String source, TokenSource tokens, RateBudget budget, ErrorReplies errors) {}

    private record Aside(Key key, Route.Rights rights) {}

    private record Offer(Key key, boolean aside, Duration delay, long remaining) {
        static final Comparator<Offer> BEST = Comparator.<Offer, Boolean>comparing(Offer::aside)
                .thenComparing(Offer::delay)
                .thenComparing(Comparator.comparingLong(Offer::remaining).reversed());
    }

    private final GitHubScope scope;
    private final List<Key> keys;
    private final Map<Aside, Instant> aside = new ConcurrentHashMap<>();
    private final AtomicInteger turn = new AtomicInteger();

    Keyring(GitHubScope scope, List<Key> keys) {
        this.scope = scope;
        this.keys = List.copyOf(keys);
    }

    static List<Key> of(GitHubScope scope, GitHubCredentials credentials, Transport transport) {
        var keys = new ArrayList<Key>();
        for (GitHubCredentials one : credentials.members()) {
            keys.add(new Key(
                    keys.size(),
                    one.source(),
                    one.open(transport),
                    one.budget(),
                    new ErrorReplies(new Hints(scope, one), transport.scheduler())));
        }
        return keys;
    }

    List<Key> keys() {
        return keys;
    }

    /** The best for such a call; null if all were tried. */
    @Nullable
    Key best(Instant now, Route route, Set<Key> tried) {
        int first = turn.getAndIncrement();
        Offer best = null;
        for (int i = 0; i < keys.size(); i++) {
            Key key = keys.get(Math.floorMod(first + i, keys.size()));
            if (!tried.contains(key)) {
                Offer offer = offer(now, route, key);
                if (best == null || Offer.BEST.compare(offer, best) < 0) {
                    best = offer;
                }
            }
        }
        return best == null ? null : best.key;
    }

    private Offer offer(Instant now, Route route, Key key) {
        return new Offer(
                key,
                isAside(now, key, route.rights()),
                key.budget().outlook(now, route),
                key.budget().remaining(now, route));
    }

    private boolean isAside(Instant now, Key key, Route.Rights rights) {
        Instant until = aside.get(new Aside(key, rights));
        return until != null && now.isBefore(until);
    }

    /** Others go first for a while; where there are no others, nothing changes. */
    void refused(Instant now, Key key, Route route, GitHubException why) {
        if (keys.size() == 1) {
            return;
        }
        boolean unknown = why.reason() == GitHubException.Reason.UNAUTHORIZED;
        for (Route.Rights rights : unknown ? Route.Rights.values() : new Route.Rights[] {route.rights()}) {
            aside.put(new Aside(key, rights), now.plus(ASIDE));
        }
        LOG.warn(
                "{}: credentials ({}) are set aside for {} min, the others go on: {}",
                scope,
                key.source(),
                ASIDE.toMinutes(),
                why.getMessage());
    }
}
