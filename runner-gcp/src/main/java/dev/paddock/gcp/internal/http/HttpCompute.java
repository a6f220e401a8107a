package dev.paddock.gcp.internal.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.gcp.ComputeException;
import dev.paddock.gcp.ComputeFault.Kind;
import dev.paddock.gcp.internal.Attempt;
import dev.paddock.gcp.internal.Calls;
import dev.paddock.gcp.internal.Calls.Carrier;
import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.ComputeWire;
import dev.paddock.gcp.internal.Faults;
import dev.paddock.gcp.internal.Limits;
import dev.paddock.gcp.internal.OperationRef;
import dev.paddock.gcp.internal.RetryAfter;
import dev.paddock.gcp.internal.TemplateName;
import dev.paddock.gcp.internal.WiredCompute;
import dev.paddock.spi.Scheduler;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Carries calls over {@link HttpClient#sendAsync}, in the scheduler's time. Thread-safe. */
public final class HttpCompute implements ComputeWire {
    private final String base;
    private final HttpClient client;
    private final Scheduler scheduler;
    private final @Nullable Supplier<CompletionStage<String>> token;

    private HttpCompute(
            String base, HttpClient client, Scheduler scheduler, @Nullable Supplier<CompletionStage<String>> token) {
        this.base = base;
        this.client = client;
        this.scheduler = scheduler;
        this.token = token;
    }

    /**
     * Compute Engine for one project.
     *
     * @param project its id
     * @param endpoint without a path
     * @param client what sends; never closed
     * @param scheduler whose time it is
     * @param token gives an access token; null for a service that asks for none
     * @param limits how long calls may take
     * @return the calls
     */
    public static ComputeApi open(
            String project,
            URI endpoint,
            HttpClient client,
            Scheduler scheduler,
            @Nullable Supplier<CompletionStage<String>> token,
            Limits limits) {
        String base = endpoint.toString().replaceAll("/+$", "") + "/compute/v1/projects/" + encode(project);
        return new WiredCompute(project, new HttpCompute(base, client, scheduler, token), new Calls(scheduler, limits));
    }

    @Override
    public Carrier insert(String zone, String template, String requestId, ObjectNode body) {
        return send(
                "POST",
                zone(zone) + "/instances",
                Map.of("sourceInstanceTemplate", template, "requestId", requestId),
                body);
    }

    @Override
    public Carrier bulkInsert(String region, String requestId, ObjectNode body) {
        return send(
                "POST", "/regions/" + encode(region) + "/instances/bulkInsert", Map.of("requestId", requestId), body);
    }

    @Override
    public Carrier delete(String zone, String name, String requestId) {
        return send("DELETE", vm(zone, name), Map.of("requestId", requestId), null);
    }

    @Override
    public Carrier setMetadata(String zone, String name, ObjectNode body) {
        return send("POST", vm(zone, name) + "/setMetadata", Map.of(), body);
    }

    @Override
    public Carrier operation(OperationRef operation) {
        String place = (operation.zonal() ? "/zones/" : "/regions/") + encode(operation.place());
        return get(place + "/operations/" + encode(operation.name()), Map.of());
    }

    @Override
    public Carrier operations(String zone, String filter, String page) {
        Map<String, String> query = new LinkedHashMap<>(Map.of("filter", filter, "maxResults", Integer.toString(PAGE)));
        if (!page.isEmpty()) {
            query.put("pageToken", page);
        }
        return get(zone(zone) + "/operations", query);
    }

    @Override
    public Carrier instance(String zone, String name) {
        return get(vm(zone, name), Map.of());
    }

    @Override
    public Carrier instances(String filter, String page) {
        return list("/aggregated/instances", filter, page);
    }

    @Override
    public Carrier regions(String page) {
        return list("/regions", "", page);
    }

    @Override
    public Carrier project() {
        return get("", Map.of());
    }

    @Override
    public Carrier zones(String page) {
        return list("/zones", "", page);
    }

    @Override
    public Carrier accelerators(String page) {
        return list("/aggregated/acceleratorTypes", "", page);
    }

    @Override
    public Carrier machineTypes(String filter, String page) {
        return list("/aggregated/machineTypes", filter, page);
    }

    @Override
    public Carrier template(TemplateName template) {
        String project = base.substring(0, base.lastIndexOf('/') + 1) + encode(template.project());
        String place = template.region().isEmpty() ? "/global" : "/regions/" + encode(template.region());
        return attempt ->
                carry(attempt, "GET", project + place + "/instanceTemplates/" + encode(template.name()), null);
    }

    @Override
    public Carrier serialPort(String zone, String name, long start) {
        return get(vm(zone, name) + "/serialPort", Map.of("port", "1", "start", Long.toString(start)));
    }

    @Override
    public Carrier guestAttributes(String zone, String name, String queryPath) {
        return get(vm(zone, name) + "/getGuestAttributes", Map.of("queryPath", queryPath));
    }

    // ---- requests ---------------------------------------------------------------------------------------------

    private static String zone(String zone) {
        return "/zones/" + encode(zone);
    }

    private static String vm(String zone, String name) {
        return zone(zone) + "/instances/" + encode(name);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private Carrier get(String path, Map<String, String> query) {
        return send("GET", path, query, null);
    }

    private Carrier list(String path, String filter, String page) {
        Map<String, String> query = new LinkedHashMap<>();
        if (!filter.isEmpty()) {
            query.put("filter", filter);
        }
        query.put("maxResults", Integer.toString(PAGE));
        if (!page.isEmpty()) {
            query.put("pageToken", page);
        }
        query.put("returnPartialSuccess", "true");
        return get(path, query);
    }

    private Carrier send(String method, String path, Map<String, String> query, @Nullable ObjectNode body) {
        var url = new StringBuilder(base).append(path);
        char before = '?';
        for (Map.Entry<String, String> parameter : new java.util.TreeMap<>(query).entrySet()) {
            url.append(before).append(parameter.getKey()).append('=').append(encode(parameter.getValue()));
            before = '&';
        }
        String text = body == null ? null : body.toString();
        return attempt -> carry(attempt, method, url.toString(), text);
    }

    private CompletionStage<JsonNode> carry(Attempt attempt, String method, String url, @Nullable String body) {
        var request = HttpRequest.newBuilder(URI.create(url))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Accept", "application/json")
                .header("User-Agent", "paddock")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8));
        if (body != null) {
            request.header("Content-Type", "application/json; charset=utf-8");
        }
        if (token == null) {
            return exchange(attempt, request.build());
        }
        return token.get()
                .thenCompose(word -> exchange(
                        attempt,
                        request.header("Authorization", "Bearer " + word).build()));
    }

    private CompletionStage<JsonNode> exchange(Attempt attempt, HttpRequest request) {
        if (!attempt.sending()) {
            return CompletableFuture.failedStage(Faults.unanswered(attempt.asked(), Kind.UNSENT, "too late", null));
        }
        CompletableFuture<HttpResponse<String>> exchange = client.sendAsync(request, info -> new CappedBody());
        attempt.whenOver(() -> exchange.cancel(true));
        return exchange.handleAsync(
                (response, failure) -> {
                    if (failure != null) {
                        throw broken(attempt, failure);
                    }
                    return answer(attempt, response);
                },
                scheduler.effects());
    }

    private JsonNode answer(Attempt attempt, HttpResponse<String> response) {
        String body = response.body() == null ? "" : response.body();
        int status = response.statusCode();
        if (status < 200 || status > 299) {
            var wish = RetryAfter.parse(
                    response.headers().firstValue("Retry-After").orElse(null), scheduler.instant());
            throw new ComputeException(Faults.ofReply(attempt.asked(), status, wish, body), null);
        }
        JsonNode node = Faults.parse(body);
        if (!node.isObject()) {
            throw Faults.unreadable(attempt.asked(), "HTTP " + status + " without JSON");
        }
        return node;
    }

    private static ComputeException broken(Attempt attempt, Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        for (Throwable one = cause; one != null; one = one.getCause()) {
            if (one instanceof ConnectException
                    || one instanceof HttpConnectTimeoutException
                    || one instanceof UnknownHostException
                    || one instanceof NoRouteToHostException
                    || one instanceof UnresolvedAddressException) {
                return Faults.unanswered(
                        attempt.asked(),
                        Kind.UNSENT,
                        "Compute Engine cannot be reached (" + one.getClass().getSimpleName()
                                + "): check the endpoint, the network and the proxy",
                        cause);
            }
        }
        return Faults.unanswered(
                attempt.asked(),
                Kind.AMBIGUOUS,
                "the connection broke (" + cause.getClass().getSimpleName() + "); it may have been done",
                cause);
    }
}
