package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Route;
import dev.paddock.testkit.internal.actions.RestSettings.Rights;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What tokens may do whose rights were declared; all others may do everything. */
final class RestRights {
    private static final Set<Route> READING_RUNNERS = EnumSet.of(
            Route.REST_LIST_RUNNERS,
            Route.REST_GET_RUNNER,
            Route.LIST_RUNNER_LABELS,
            Route.RUNNER_DOWNLOADS,
            Route.REST_RUNNER_GROUPS);
    private static final Set<Route> CHANGING_RUNNERS = EnumSet.of(
            Route.REGISTRATION_TOKEN,
            Route.REMOVE_TOKEN,
            Route.REST_GENERATE_JIT_CONFIG,
            Route.REST_DELETE_RUNNER,
            Route.ADD_RUNNER_LABELS,
            Route.SET_RUNNER_LABELS,
            Route.REMOVE_RUNNER_LABELS,
            Route.REMOVE_RUNNER_LABEL);
    private static final Set<Route> READING_VARIABLES = EnumSet.of(Route.LIST_VARIABLES, Route.GET_VARIABLE);
    private static final Set<Route> CHANGING_VARIABLES =
            EnumSet.of(Route.CREATE_VARIABLE, Route.UPDATE_VARIABLE, Route.DELETE_VARIABLE);
    private static final Set<Route> READING_RUNS = EnumSet.of(
            Route.LIST_RUNS, Route.LIST_WORKFLOW_RUNS, Route.GET_RUN, Route.LIST_JOBS, Route.GET_JOB, Route.JOB_LOGS);
    private static final Set<Route> CHANGING_RUNS = EnumSet.of(
            Route.DISPATCH_WORKFLOW, Route.CANCEL_RUN, Route.FORCE_CANCEL_RUN, Route.RERUN, Route.RERUN_FAILED_JOBS);

    private final Map<String, Rights> tokens;

    RestRights(Map<String, Rights> tokens) {
        this.tokens = tokens;
    }

    private @Nullable Rights of(Call call) {
        String header = Objects.requireNonNullElse(call.header("authorization"), "");
        return tokens.get(header.substring(header.indexOf(' ') + 1));
    }

    /** Refuses what the caller's token may not do, in GitHub's words. */
    void check(Call call) {
        Rights rights = of(call);
        if (rights == null) {
            return;
        }
        if (!rights.classic()) {
            String needed = permission(call);
            String more = needed.replace(":read", ":write");
            if (!needed.isEmpty()
                    && !rights.names().contains(needed)
                    && !rights.names().contains(more)) {
                throw Refusal.of(Answers.rest(403, "Resource not accessible by personal access token"));
            }
            return;
        }
        String scope = scope(call);
        if (!scope.isEmpty() && !rights.names().contains(scope)) {
            throw Refusal.of(
                    scope.equals("repo")
                            ? Answers.notFound()
                            : Answers.rest(403, "Must have admin rights to this organization or enterprise."));
        }
    }

    /** A classic token is told its scopes with everything. */
    WireReply marked(Call call, WireReply reply) {
        Rights rights = of(call);
        return rights != null && rights.classic()
                ? reply.with("X-OAuth-Scopes", String.join(", ", rights.names()))
                : reply;
    }

    private static String scope(Call call) {
        if (permission(call).isEmpty()) {
            return "";
        }
        return switch (call.scope().kind()) {
            case REPOSITORY -> "repo";
            case ORGANIZATION -> "admin:org";
            case ENTERPRISE -> "manage_runners:enterprise";
        };
    }

    private static String permission(Call call) {
        Route route = call.match().route();
        if (READING_RUNNERS.contains(route) || CHANGING_RUNNERS.contains(route)) {
            String level = READING_RUNNERS.contains(route) ? ":read" : ":write";
            return switch (call.scope().kind()) {
                case REPOSITORY -> "administration" + level;
                case ORGANIZATION -> "organization_self_hosted_runners" + level;
                case ENTERPRISE -> "none"; // fine-grained tokens have no such permission
            };
        }
        if (READING_VARIABLES.contains(route) || CHANGING_VARIABLES.contains(route)) {
            String level = READING_VARIABLES.contains(route) ? ":read" : ":write";
            return (call.scope().kind() == Scope.Kind.REPOSITORY ? "variables" : "organization_variables") + level;
        }
        return READING_RUNS.contains(route) ? "actions:read" : CHANGING_RUNS.contains(route) ? "actions:write" : "";
    }
}
