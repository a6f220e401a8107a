package dev.paddock.github;

import dev.paddock.spi.SourceContext;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of one listener, of which the fleet's journal knows the last. A process that dies leaves its session at
 * the service, which refuses another one for minutes; the next life knows its id and ends it first.
 */
final class RememberedSession {
    private static final Logger LOG = LoggerFactory.getLogger(RememberedSession.class);

    /** A session by its scale set's id and its own. */
    private record Key(long scaleSetId, String id) {
        static Optional<Key> of(String note) {
            int slash = note.indexOf('/');
            String set = slash < 0 ? "" : note.substring(0, slash);
            String id = note.substring(slash + 1);
            return set.matches("\\d{1,18}") && Grant.isId(id)
                    ? Optional.of(new Key(Long.parseLong(set), id))
                    : Optional.empty();
        }

        String note() {
            return scaleSetId + "/" + id;
        }
    }

    private final ScaleSetClient client;
    private final SourceContext context;
    /** That of an earlier life, until it is known to be gone. */
    private final AtomicReference<@Nullable Key> left;

    RememberedSession(ScaleSetClient client, SourceContext context) {
        this.client = client;
        this.context = context;
        left = new AtomicReference<>(context.remembered().flatMap(Key::of).orElse(null));
    }

    /** Opens a session, once what an earlier life has left is ended as far as the service lets us. */
    CompletionStage<ScaleSetSession> open(ScaleSet set) {
        return endLeft(set)
                .thenCompose(done -> client.openSession(set.id(), context.fleet()))
                .thenApply(opened -> {
                    context.remember(new Key(set.id(), opened.id()).note());
                    return opened;
                });
    }

    private CompletionStage<Void> endLeft(ScaleSet set) {
        Key key = left.get();
        if (key == null || key.scaleSetId != set.id()) { // with its scale set a session ends too
            return CompletableFuture.completedStage(null);
        }
        return client.closeSession(key.scaleSetId, key.id).handle((done, failure) -> {
            if (failure == null) {
                LOG.info("{}/{}: the session of an earlier life is ended", context.fleet(), set.name());
                left.set(null);
            } else {
                LOG.warn(
                        "{}/{}: the session of an earlier life could not be ended: {}",
                        context.fleet(),
                        set.name(),
                        Objects.toString(Stages.cause(failure).getMessage()));
            }
            return null;
        });
    }

    /** Ends a session for good. */
    CompletionStage<Void> end(ScaleSetSession session) {
        return session.close().thenRun(() -> context.remember(""));
    }
}
