package dev.paddock.testkit.internal.actions;

import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.testkit.Webhook.Receiver;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a hook's deliveries go. */
interface HookTarget {
    /** GitHub waits as long for an answer. */
    Duration PATIENCE = Duration.ofSeconds(10);

    /** Sends one; the answer's status is told once, 0 for none. Does not block. */
    void send(Map<String, String> headers, byte[] body, IntConsumer answered);

    /** What the hook says of the place. */
    String place();

    /** Sends no more. */
    default void close() {
        // nothing to end
    }

    /** To a receiver in this JVM. */
    record InJvm(Scheduler scheduler, Receiver receiver) implements HookTarget {
        private static final Logger LOG = LoggerFactory.getLogger(HookTarget.class);

        @Override
        public void send(Map<String, String> headers, byte[] body, IntConsumer answered) {
            scheduler.events().execute(() -> {
                int status = 200;
                try {
                    receiver.receive(headers, body.clone());
                } catch (RuntimeException | Error failure) {
                    LOG.debug("a webhook's receiver failed", failure);
                    status = 500;
                }
                answered.accept(status);
            });
        }

        @Override
        public String place() {
            return "http://receiver.invalid/";
        }
    }

    /** To a URL, by POST. */
    record ToUrl(HttpClient http, URI url) implements HookTarget {
        static HookTarget of(Scheduler scheduler, URI url) {
            if (!(scheduler instanceof SystemScheduler)) {
                throw new IllegalStateException("a simulator in virtual time reaches no URL: give webhook a receiver");
            }
            HttpRequest.newBuilder(url); // what is no HTTP URL is refused here
            return new ToUrl(
                    HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .connectTimeout(PATIENCE)
                            .followRedirects(HttpClient.Redirect.NEVER)
                            .executor(scheduler.effects())
                            .build(),
                    url);
        }

        @Override
        public void send(Map<String, String> headers, byte[] body, IntConsumer answered) {
            var request = HttpRequest.newBuilder(url).timeout(PATIENCE).POST(BodyPublishers.ofByteArray(body));
            headers.forEach(request::header);
            CompletionStage<HttpResponse<Void>> answer = http.sendAsync(request.build(), BodyHandlers.discarding());
            answer.whenComplete((reply, failure) -> answered.accept(reply == null ? 0 : reply.statusCode()));
        }

        @Override
        public String place() {
            return url.toString();
        }

        /** Java 21 brought a way to end a client; before, it ends once nobody holds it. */
        @Override
        public void close() {
            try {
                HttpClient.class.getMethod("shutdownNow").invoke(http);
            } catch (ReflectiveOperationException before21) {
                // it ends by itself
            }
        }
    }
}
