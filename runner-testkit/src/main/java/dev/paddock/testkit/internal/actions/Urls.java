package dev.paddock.testkit.internal.actions;

/** Where the service says its parts are. The tenant's place can move. */
final class Urls {
    private final String base;
    private final Server server;
    private int tenant = 123;

    Urls(String base, Server server) {
        this.base = base;
        this.server = server;
    }

    String base() {
        return base;
    }

    String tenant() {
        return Integer.toString(tenant);
    }

    void move() {
        tenant++;
    }

    boolean wasEverTenant(String name) {
        for (int old = 123; old <= tenant; old++) {
            if (name.equals(Integer.toString(old))) {
                return true;
            }
        }
        return false;
    }

    String service() {
        return base + (server.isEnterprise() ? "/_services/pipelines/" : "/tenant/") + tenant + "/";
    }

    String scaleSet(long id) {
        return service() + "_apis/runtime/runnerscalesets/" + id;
    }

    String acquire(long id) {
        return scaleSet(id) + "/acquirejobs";
    }

    String queue(String session) {
        return base + (server.isEnterprise() ? "/_services" : "") + "/scalesets/message?sessionId=" + session;
    }

    /** A place of the REST side. */
    String api(String path) {
        return base + "/api/v3/" + path;
    }

    String runnerServer() {
        return base + "/";
    }
}
