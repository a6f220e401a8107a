package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Route;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which of GitHub's servers is simulated.
 *
 * @param version of an Enterprise Server; empty for github.com
 * @param customLabels whether scale sets keep labels other than their name
 * @param missing the routes it does not have: they are answered 404 without a body
 */
public record Server(Optional<String> version, boolean customLabels, Set<Route> missing) {
    private static final Pattern VERSION = Pattern.compile("3\\.(\\d{1,3})(?:\\.\\d{1,3})?");
    /** Scale sets came with 3.9; before, the service knows nothing of them. */
    private static final int SCALE_SETS = 9;
    /** Labels came with 3.18 behind a flag that is off, which went with 3.21. */
    private static final int CUSTOM_LABELS = 21;

    private static final Set<Route> OF_SCALE_SETS = Set.of(
            Route.LIST_SCALE_SETS,
            Route.GET_SCALE_SET,
            Route.CREATE_SCALE_SET,
            Route.UPDATE_SCALE_SET,
            Route.DELETE_SCALE_SET,
            Route.OPEN_SESSION,
            Route.REFRESH_SESSION,
            Route.CLOSE_SESSION,
            Route.ACQUIRE_JOBS,
            Route.ACQUIRABLE_JOBS,
            Route.GENERATE_JIT_CONFIG);

    public static Server hosted() {
        return new Server(Optional.empty(), true, Set.of());
    }

    /** An Enterprise Server, by a version such as {@code 3.14} or {@code 3.14.2}. */
    public static Server enterprise(String version) {
        Matcher matcher = VERSION.matcher(version);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a version of GitHub Enterprise Server is like 3.14: " + version);
        }
        int minor = Integer.parseInt(matcher.group(1));
        return new Server(Optional.of(version), minor >= CUSTOM_LABELS, minor >= SCALE_SETS ? Set.of() : OF_SCALE_SETS);
    }

    boolean isEnterprise() {
        return version.isPresent();
    }
}
