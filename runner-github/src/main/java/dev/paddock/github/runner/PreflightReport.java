package dev.paddock.github.runner;

import dev.paddock.event.ExtensionEvent;
import dev.paddock.spi.HostCheckResult;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * What the preflight of a {@link LocalRunnerProvider} found, told when it is first known and whenever it is another.
 *
 * @param at when it was known
 * @param results one for each check, in the order of the checks
 */
public record PreflightReport(Instant at, List<HostCheckResult> results) implements ExtensionEvent {
    /** Copies the list and checks for nulls. */
    public PreflightReport {
        Objects.requireNonNull(at, "at");
        results = List.copyOf(results);
    }

    /**
     * Whether runners are started.
     *
     * @return false if a mandatory check failed; one that could not be told stops nothing
     */
    public boolean isGo() {
        return results.stream().noneMatch(PreflightReport::stops);
    }

    static boolean stops(HostCheckResult result) {
        return result.severity() == HostCheckResult.Severity.MANDATORY
                && result.status() == HostCheckResult.Status.FAIL;
    }
}
