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
    private static final int MOST = 256;
    /** Characters in all; a page of a hundred workflow runs has about two million. */
    private static final long MOST_TEXT = 8L << 20;

    private record Key(int credential, URI url) {}

    /** In the order of use, the longest unused first. */
    private final Map<Key, Reply> kept = new LinkedHashMap<>(16, 0.75f, true);

    private long text;

    synchronized @Nullable Reply find(int credential, URI url) {
        return kept.get(new Key(credential, url));
    }

    /** What cannot be read is worth no second look: said to be unchanged, it would not be read then either. */
    synchronized void forget(int credential, Reply reply) {
        Reply before = kept.remove(new Key(credential, reply.call().url()));
        text -= before == null ? 0 : before.text().length();
    }

    synchronized void keep(int credential, Reply reply) {
        forget(credential, reply);
        var key = new Key(credential, reply.call().url());
        // One that cannot be sent back would keep us from ever asking again.
        if (!GitHubCredentials.isSendable(reply.header("ETag")) || reply.text().length() > MOST_TEXT / 2) {
            return;
        }
        kept.put(key, reply);
        text += reply.text().length();
        Iterator<Reply> oldest = kept.values().iterator();
        while (kept.size() > MOST || text > MOST_TEXT) {
            text -= oldest.next().text().length();
            oldest.remove();
        }
    }
}
