package dev.paddock.host;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.spi.HostCheckResult;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * What a {@link HostDoctor} found. Immutable.
 *
 * @param takenAt when it began
 * @param results one for each check, in the order of the checks
 */
public record HostReport(Instant takenAt, List<HostCheckResult> results) {
    /** Checks for nulls and copies. */
    public HostReport {
        Objects.requireNonNull(takenAt, "takenAt");
        results = List.copyOf(results);
    }

    /**
     * Whether runners may be started here.
     *
     * @return false if a mandatory check failed or brought no answer
     */
    public boolean isFit() {
        return results.stream().noneMatch(HostCheckResult::isBlocking);
    }

    /**
     * What one check found.
     *
     * @param id of the check, such as {@code GPU-DRIVER}
     * @return empty if no check has this id
     */
    public Optional<HostCheckResult> result(String id) {
        return results.stream().filter(result -> result.id().equals(id)).findFirst();
    }

    /**
     * What a command that prints this report ends with.
     *
     * @return 0 if fit, 1 if not
     */
    public int exitCode() {
        return isFit() ? 0 : 1;
    }

    /**
     * Returns if the host is fit.
     *
     * @throws UnfitHostException if not; its message names each check that stands in the way
     */
    public void orThrow() {
        if (isFit()) {
            return;
        }
        StringBuilder message = new StringBuilder("this host is not fit to run runners:");
        for (HostCheckResult result : results) {
            if (result.isBlocking()) {
                message.append("\n  ").append(line(result));
            }
        }
        throw new UnfitHostException(message.toString(), this);
    }

    /**
     * The report for a person: a line for each check, what to do below those that did not pass, and a verdict.
     *
     * @return several lines, each ended
     */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (HostCheckResult result : results) {
            text.append(String.format(Locale.ROOT, "%-7s ", result.status()))
                    .append(line(result))
                    .append('\n');
        }
        return text.append(isFit() ? "fit" : "unfit")
                .append(" to run runners\n")
                .toString();
    }

    /**
     * The report for a program: an object with {@code fit}, {@code takenAt} and {@code results}, an array of objects
     * with the fields of {@link HostCheckResult}.
     *
     * @return JSON
     */
    public String json() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("fit", isFit()).put("takenAt", takenAt.toString());
        var array = root.putArray("results");
        for (HostCheckResult result : results) {
            array.addObject()
                    .put("id", result.id())
                    .put("severity", result.severity().name())
                    .put("status", result.status().name())
                    .put("observed", result.observed())
                    .put("required", result.required())
                    .put("remedy", result.remedy());
        }
        return root.toPrettyString();
    }

    private static String line(HostCheckResult result) {
        String line = result.id() + ": " + result.observed();
        if (!result.required().isEmpty()) {
            line += " (required: " + result.required() + ")";
        }
        boolean quiet = result.status() == HostCheckResult.Status.PASS
                || result.remedy().isEmpty();
        return quiet ? line : line + "\n        -> " + result.remedy();
    }
}
