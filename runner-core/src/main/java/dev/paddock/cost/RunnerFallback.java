package dev.paddock.cost;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.error.StateFileException;
import dev.paddock.internal.multirunner.LockedJson;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * Whether jobs may fall back on GitHub's runners while none of one's own is there, in the terms of the SLATE
 * multi-runner's {@code .slate_runner_config.json}.
 *
 * @param enabled whether they may at all
 * @param selfHostedLabels what a runner of one's own must have, each of them
 * @param fallbackRunner the label of GitHub's runner
 * @param timeout how long a job waits for a runner of one's own first
 * @param costTracking whether the budget counts
 * @param monthlyBudgetUsd what GitHub's runners may cost a month; 0 allows nothing
 * @param monthUsageUsd what they have cost this month, as the file says; may be behind a {@link CostLedger}
 */
public record RunnerFallback(
        boolean enabled,
        List<String> selfHostedLabels,
        String fallbackRunner,
        Duration timeout,
        boolean costTracking,
        BigDecimal monthlyBudgetUsd,
        BigDecimal monthUsageUsd) {
    /** What the SLATE multi-runner calls the file. */
    public static final String USUAL_NAME = ".slate_runner_config.json";

    /** As long as nothing else is said: no fall-back, labels self-hosted and slate, ubuntu-latest, 5 minutes. */
    public static final RunnerFallback DEFAULT = new RunnerFallback(
            false,
            List.of("self-hosted", "slate"),
            "ubuntu-latest",
            Duration.ofMinutes(5),
            true,
            BigDecimal.ZERO,
            BigDecimal.ZERO);

    private static final BigDecimal MILLIS_PER_MINUTE = new BigDecimal(60_000);
    private static final String ONLY = "self-hosted-only";
    private static final String FALLBACK = "fallback-enabled";

    /**
     * Where a job is to run.
     *
     * @param labels for the workflow's {@code runs-on}
     * @param fallback whether that is GitHub's runner
     * @param reason why, in a sentence
     */
    public record Decision(List<String> labels, boolean fallback, String reason) {
        /** Copies the list. */
        public Decision {
            labels = List.copyOf(labels);
            Objects.requireNonNull(reason, "reason");
        }

        /**
         * The labels for a workflow: {@code runs-on: ${{ fromJSON(…) }}}.
         *
         * @return a JSON list
         */
        public String json() {
            ArrayNode list = JsonNodeFactory.instance.arrayNode();
            labels.forEach(list::add);
            return list.toString();
        }
    }

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there is no label, or a number is negative
     */
    public RunnerFallback {
        selfHostedLabels = List.copyOf(selfHostedLabels);
        if (selfHostedLabels.isEmpty()) {
            throw new IllegalArgumentException("selfHostedLabels must not be empty: any runner would do");
        }
        if (fallbackRunner.isBlank()) {
            throw new IllegalArgumentException("fallbackRunner must not be blank: use ubuntu-latest");
        }
        if (timeout.isNegative() || monthlyBudgetUsd.signum() < 0 || monthUsageUsd.signum() < 0) {
            throw new IllegalArgumentException("timeout, budget and usage must not be negative: " + timeout + ", "
                    + monthlyBudgetUsd + ", " + monthUsageUsd);
        }
    }

    /**
     * Decides where a job is to run. Same input, same answer.
     *
     * @param online the labels of each runner of one's own that is connected
     * @param waited how long the job has waited for one
     * @param spentUsd what GitHub's runners have cost this month; the larger of this and the usage counts
     * @return the labels, and why
     */
    public Decision runsOn(Collection<? extends Collection<String>> online, Duration waited, BigDecimal spentUsd) {
        if (online.stream().anyMatch(this::serves)) {
            return own("a runner with the labels " + selfHostedLabels + " is online");
        }
        String none = "no runner with the labels " + selfHostedLabels + " is online; ";
        if (!enabled) {
            return own(none + "the job waits, for falling back is not enabled");
        }
        if (waited.compareTo(timeout) < 0) {
            return own(none + "the job has waited " + waited.toSeconds() + " s of " + timeout.toSeconds());
        }
        BigDecimal spent = spentUsd.max(monthUsageUsd);
        if (costTracking && spent.compareTo(monthlyBudgetUsd) >= 0) {
            return own(none + "the job waits, for " + spent.toPlainString() + " USD of this month's budget of "
                    + monthlyBudgetUsd.toPlainString() + " are spent");
        }
        return new Decision(List.of(fallbackRunner), true, none + "it falls back on " + fallbackRunner);
    }

    private Decision own(String reason) {
        return new Decision(selfHostedLabels, false, reason);
    }

    private boolean serves(Collection<String> labels) {
        return selfHostedLabels.stream().allMatch(wanted -> labels.stream().anyMatch(wanted::equalsIgnoreCase));
    }

    // ---- the file --------------------------------------------------------------------------------------------

    /**
     * Reads a file.
     *
     * @param file what it does not say is as in {@link #DEFAULT}, and all of it if there is none
     * @return what it says
     * @throws StateFileException if it cannot be used
     */
    public static RunnerFallback read(Path file) {
        LockedJson json = json(file);
        ObjectNode content = json.read();
        if (content == null) {
            return DEFAULT;
        }
        JsonNode costs = content.path("cost_tracking");
        String mode = content.path("mode").asText(ONLY);
        if (!mode.equals(ONLY) && !mode.equals(FALLBACK)) {
            throw json.foreign("mode is \"" + mode + "\", neither " + ONLY + " nor " + FALLBACK);
        }
        try {
            return new RunnerFallback(
                    mode.equals(FALLBACK),
                    labels(json, content.path("self_hosted_labels")),
                    content.path("fallback_runner").asText(DEFAULT.fallbackRunner()),
                    Duration.ofMillis(number(
                                    json,
                                    content.path("fallback_timeout_minutes"),
                                    BigDecimal.valueOf(DEFAULT.timeout().toMinutes()))
                            .multiply(MILLIS_PER_MINUTE)
                            .setScale(0, RoundingMode.HALF_UP)
                            .longValueExact()),
                    costs.path("enabled").asBoolean(DEFAULT.costTracking()),
                    number(json, costs.path("monthly_budget_usd"), DEFAULT.monthlyBudgetUsd()),
                    number(json, costs.path("current_month_usage_usd"), DEFAULT.monthUsageUsd()));
        } catch (IllegalArgumentException | ArithmeticException wrong) {
            throw json.foreign(String.valueOf(wrong.getMessage()));
        }
    }

    private static LockedJson json(Path file) {
        return LockedJson.of(file, "runner configuration", 1);
    }

    private static List<String> labels(LockedJson json, JsonNode value) {
        if (value.isMissingNode()) {
            return DEFAULT.selfHostedLabels();
        }
        List<String> labels = new ArrayList<>();
        value.forEach(label -> labels.add(label.asText()));
        if (!value.isArray() || labels.contains("")) {
            throw json.foreign("self_hosted_labels is no list of labels: " + value);
        }
        return labels;
    }

    private static BigDecimal number(LockedJson json, JsonNode value, BigDecimal otherwise) {
        if (!value.isMissingNode() && !value.isNumber()) {
            throw json.foreign("not a number: " + value);
        }
        return value.isMissingNode() ? otherwise : value.decimalValue();
    }

    /**
     * Writes this into a file, which keeps what else it says.
     *
     * @param file need not exist, its folder must
     * @throws StateFileException if the file cannot be used, or could not be written
     */
    public void write(Path file) {
        json(file).change(old -> {
            ObjectNode next = old == null ? JsonNodeFactory.instance.objectNode() : old;
            next.put("mode", enabled ? FALLBACK : ONLY);
            ArrayNode labels = next.putArray("self_hosted_labels");
            selfHostedLabels.forEach(labels::add);
            next.put("fallback_runner", fallbackRunner);
            next.put(
                    "fallback_timeout_minutes",
                    BigDecimal.valueOf(timeout.toMillis()).divide(MILLIS_PER_MINUTE, 6, RoundingMode.HALF_UP));
            ObjectNode costs =
                    next.get("cost_tracking") instanceof ObjectNode kept ? kept : next.putObject("cost_tracking");
            costs.put("enabled", costTracking)
                    .put("monthly_budget_usd", monthlyBudgetUsd)
                    .put("current_month_usage_usd", monthUsageUsd);
            return new LockedJson.Change<>(next, next);
        });
    }
}
