package dev.paddock.testkit.internal.http;

/** What answers requests. */
@FunctionalInterface
public interface WireService {
    /** Takes a request; the answer may come later, from any thread. */
    void handle(WireRequest request, WireExchange exchange);
}
