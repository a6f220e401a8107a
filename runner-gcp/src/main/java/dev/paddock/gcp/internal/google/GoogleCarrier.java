package dev.paddock.gcp.internal.google;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.api.core.ApiFuture;
import com.google.api.core.ApiFutureCallback;
import com.google.api.core.ApiFutures;
import com.google.api.gax.httpjson.HttpJsonCallContext;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.rpc.ApiCallContext;
import com.google.api.gax.rpc.UnaryCallable;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.paddock.gcp.ComputeFault.Kind;
import dev.paddock.gcp.internal.Attempt;
import dev.paddock.gcp.internal.Calls.Carrier;
import dev.paddock.gcp.internal.Faults;
import dev.paddock.gcp.internal.google.GoogleClients.Client;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** One request through Google's client, sent once, ended when nobody waits for it any more. Thread-safe. */
final class GoogleCarrier {
    private static final JsonFormat.Printer PRINTER = JsonFormat.printer().omittingInsignificantWhitespace();
    /** No timeout: it would start a thread that is no daemon. An attempt's end closes its connection. */
    private static final RetrySettings ONCE = RetrySettings.newBuilder()
            .setMaxAttempts(1)
            .setInitialRpcTimeoutDuration(Duration.ZERO)
            .setMaxRpcTimeoutDuration(Duration.ZERO)
            .setTotalTimeoutDuration(Duration.ZERO)
            .build();

    private final GoogleChannel channel;
    private final Scheduler scheduler;

    GoogleCarrier(GoogleChannel channel, Scheduler scheduler) {
        this.channel = channel;
        this.scheduler = scheduler;
    }

    <C, Q, P extends Message> Carrier of(Client<C> client, Function<C, UnaryCallable<Q, P>> method, Q request) {
        return of(client, method, request, answer -> answer);
    }

    <C, Q, P extends Message> Carrier of(
            Client<C> client, Function<C, UnaryCallable<Q, P>> method, Q request, Function<P, Message> part) {
        return attempt -> {
            var result = new CompletableFuture<JsonNode>();
            client.get()
                    .whenCompleteAsync(
                            (made, failure) -> {
                                if (failure == null) {
                                    send(attempt, method.apply(made), request, part, result);
                                } else {
                                    result.completeExceptionally(GoogleFailures.translate(
                                            attempt.asked(), channel.login(), scheduler.instant(), failure));
                                }
                            },
                            scheduler.effects());
            return result;
        };
    }

    private <Q, P extends Message> void send(
            Attempt attempt,
            UnaryCallable<Q, P> method,
            Q request,
            Function<P, Message> part,
            CompletableFuture<JsonNode> result) {
        if (!attempt.sending()) {
            result.completeExceptionally(Faults.unanswered(attempt.asked(), Kind.UNSENT, "too late", null));
            return;
        }
        Connections connections = Objects.requireNonNull(channel.shared().now()).connections();
        String call = connections.open();
        attempt.whenOver(() -> connections.end(call));
        ApiFuture<P> answer;
        try {
            answer = method.futureCall(request, context(call));
        } catch (RuntimeException refused) { // the channel was closed
            result.completeExceptionally(
                    GoogleFailures.translate(attempt.asked(), channel.login(), scheduler.instant(), refused));
            return;
        }
        attempt.whenOver(() -> answer.cancel(true));
        ApiFutures.addCallback(answer, new Taker<>(attempt, part, result), scheduler.effects());
    }

    private static ApiCallContext context(String call) {
        return HttpJsonCallContext.createDefault()
                .withRetrySettings(ONCE)
                .withRetryableCodes(Set.of())
                .withExtraHeaders(Map.of(Connections.CALL, List.of(call)));
    }

    private final class Taker<P extends Message> implements ApiFutureCallback<P> {
        private final Attempt attempt;
        private final Function<P, Message> part;
        private final CompletableFuture<JsonNode> result;

        Taker(Attempt attempt, Function<P, Message> part, CompletableFuture<JsonNode> result) {
            this.attempt = attempt;
            this.part = part;
            this.result = result;
        }

        @Override
        public void onSuccess(P answer) {
            try {
                result.complete(Faults.parse(PRINTER.print(part.apply(answer))));
            } catch (InvalidProtocolBufferException | RuntimeException unreadable) {
                result.completeExceptionally(
                        Faults.unreadable(attempt.asked(), unreadable.getClass().getSimpleName()));
            }
        }

        @Override
        public void onFailure(Throwable failure) {
            result.completeExceptionally(
                    GoogleFailures.translate(attempt.asked(), channel.login(), scheduler.instant(), failure));
        }
    }
}
