package dev.paddock.github;

import dev.paddock.github.HttpCalls.Reply;
import java.net.URI;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The last answers to what is asked again and again, so that GitHub can say "not modified", which does not count
 * against the rate limit. By address and credential, for two may see different things. Bounded; thread-safe.
 */
final class ETags {
    static final int MOST = 1024;
    /** Characters in all; a page of a hundred workflow runs has about two million. */
    static final long MOST_TEXT = 16L << 20;
    /**
     * Looks without use after which an answer makes way. What is read round after round, and is more than there is room
     * for, would else push out each answer just before it is asked for again; so, most of it stays.
     */
    private static final long UNUSED = 4L * MOST;

    private record Key(int credential, URI url) {}

    private record Kept(Reply reply, long usedAt) {}

    /** In the order of use, the longest unused first. */
    private final Map<Key, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

    private long text;
    private long looks;

    synchronized @Nullable Reply find(int credential, URI url) {
        looks++;
        var key = new Key(credential, url);
        Kept found = kept.get(key);
        if (found == null) {
            return null;
        }
        kept.put(key, new Kept(found.reply, looks));
        return found.reply;
    }

    /** What cannot be read is worth no second look: said to be unchanged, it would not be read then either. */
    synchronized void forget(int credential, Reply reply) {
        Kept before = kept.remove(new Key(credential, reply.call().url()));
        text -= before == null ? 0 : before.reply.text().length();
    }

    synchronized void keep(int credential, Reply reply) {
        forget(credential, reply);
        var key = new Key(credential, reply.call().url());
        // One that cannot be sent back would keep us from ever asking again.
        if (!GitHubCredentials.isSendable(reply.header("ETag")) || reply.text().length() > MOST_TEXT / 2) {
            return;
        }
        Iterator<Kept> oldest = kept.values().iterator();
        while (kept.size() >= MOST || text + reply.text().length() > MOST_TEXT) {
            Kept first = oldest.next();
            if (looks - first.usedAt < UNUSED) {
                return;
            }
            text -= first.reply.text().length();
            oldest.remove();
        }
        kept.put(key, new Kept(reply, looks));
        text += reply.text().length();
    }
}
