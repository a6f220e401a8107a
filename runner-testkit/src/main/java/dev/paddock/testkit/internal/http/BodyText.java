package dev.paddock.testkit.internal.http;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/** Collects what a body publisher publishes on the calling thread. */
final class BodyText implements Subscriber<ByteBuffer> {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private @Nullable Throwable failure;
    private boolean complete;

    private BodyText() {}

    static String of(BodyPublisher publisher) {
        var text = new BodyText();
        publisher.subscribe(text);
        if (text.failure != null) {
            throw new IllegalArgumentException("the request's body cannot be read", text.failure);
        }
        if (!text.complete) {
            throw new IllegalArgumentException("the request's body is not published at once: use ofString");
        }
        return text.bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ByteBuffer item) {
        byte[] part = new byte[item.remaining()];
        item.get(part);
        bytes.writeBytes(part);
    }

    @Override
    public void onError(Throwable thrown) {
        failure = thrown;
    }

    @Override
    public void onComplete() {
        complete = true;
    }
}
