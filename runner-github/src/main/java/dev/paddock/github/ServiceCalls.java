package dev.paddock.github;

import dev.paddock.github.HttpCalls.Reply;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Calls of the Actions service with the admin token, repeated as their route allows. */
final class ServiceCalls {
    static final String SCALE_SETS = "_apis/runtime/runnerscalesets";
    static final String AGENTS = "_apis/distributedtask/pools/0/agents";

    /** A call, relative to the service's address. */
    record Call(
            Route route,
            String method,
            String path,
            Map<String, String> query,
            @Nullable String body,
            long scaleSetId) {
        static Call of(Route route, String method, String path, @Nullable String body, long scaleSetId) {
            return new Call(route, method, path, Map.of(), body, scaleSetId);
        }
    }

    private final AdminTokens tokens;
    private final Transport transport;

    ServiceCalls(AdminTokens tokens, Transport transport) {
        this.tokens = tokens;
        this.transport = transport;
    }

    AdminTokens tokens() {
        return tokens;
    }

    Transport transport() {
        return transport;
    }

    CompletableFuture<Reply> call(Call call) {
        return transport
                .retries()
                .run(
                        call.route().retries(),
                        number -> attempt(call)
                                .thenApply(reply -> isGone(call, number, reply) && isCertain(call, reply)
                                        ? reply
                                        : transport.errors().checked(reply)));
    }

    /** The try before this one may have deleted it, and its answer been lost. */
    static boolean isGone(Call call, int number, Reply reply) {
        return number > 1 && reply.status() == 404 && call.route().deletes();
    }

    /** Others than the service may answer a bare 404, and a runner said to be gone loses its machine. */
    private boolean isCertain(Call call, Reply reply) {
        return call.route() != Route.DELETE_RUNNER
                || transport.errors().failure(reply).namesMissingAgent();
    }

    private CompletionStage<Reply> attempt(Call call) {
        return tokens.current()
                .thenCompose(held -> send(call, held.value())
                        .thenCompose(reply -> reply.status() == 401
                                ? tokens.renewed(held.version()).thenCompose(fresh -> send(call, fresh.value()))
                                : CompletableFuture.completedFuture(reply)));
    }

    private CompletionStage<Reply> send(Call call, AdminTokens.Admin admin) {
        var request = new HttpCalls.Call(
                call.route(),
                call.method(),
                Urls.service(admin.serviceUrl(), call.path(), call.query()),
                "Bearer " + admin.token(),
                call.body(),
                headers(call.scaleSetId()));
        return transport.http().send(request, transport.callDeadline());
    }

    Map<String, String> headers(long scaleSetId) {
        return Map.of(
                "Content-Type",
                "application/json",
                "User-Agent",
                transport.userAgent().forScaleSet(scaleSetId));
    }
}
