package dev.paddock.github.rest;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which workflow runs to list: of all, the newest first, those that meet every condition set. Immutable.
 *
 * <p>GitHub lists no more than 1000 runs once there is a condition beside the workflow; ask for less at a time with
 * {@link #withCreatedSince}.
 */
public final class RunQuery {
    /** As many as GitHub lists of a filtered list. */
    private static final int DEFAULT_LIMIT = 1_000;

    private final Map<String, String> conditions;
    private final Optional<String> workflow;
    private final int limit;

    private RunQuery(Map<String, String> conditions, Optional<String> workflow, int limit) {
        this.conditions = conditions;
        this.workflow = workflow;
        this.limit = limit;
    }

    /**
     * The newest runs of any workflow.
     *
     * @return no condition, 1000 runs at most
     */
    public static RunQuery all() {
        return new RunQuery(Map.of(), Optional.empty(), DEFAULT_LIMIT);
    }

    /**
     * A copy for one workflow.
     *
     * @param value its file name, for example {@code ci.yml}, or its id
     * @return the copy
     */
    public RunQuery withWorkflow(String value) {
        return new RunQuery(conditions, Optional.of(checked(value, "workflow")), limit);
    }

    /**
     * A copy for one status or conclusion.
     *
     * @param value for example {@code queued} or {@code failure}
     * @return the copy
     */
    public RunQuery withStatus(String value) {
        return with("status", value);
    }

    /**
     * A copy for one branch.
     *
     * @param value its name
     * @return the copy
     */
    public RunQuery withBranch(String value) {
        return with("branch", value);
    }

    /**
     * A copy for one event.
     *
     * @param value for example {@code push} or {@code workflow_dispatch}
     * @return the copy
     */
    public RunQuery withEvent(String value) {
        return with("event", value);
    }

    /**
     * A copy for one person or App.
     *
     * @param value the login
     * @return the copy
     */
    public RunQuery withActor(String value) {
        return with("actor", value);
    }

    /**
     * A copy for one commit.
     *
     * @param value the full hash
     * @return the copy
     */
    public RunQuery withHeadSha(String value) {
        return with("head_sha", value);
    }

    /**
     * A copy for runs made at a time or later.
     *
     * @param value taken in whole seconds
     * @return the copy
     */
    public RunQuery withCreatedSince(Instant value) {
        return with("created", ">=" + Objects.requireNonNull(value, "created").truncatedTo(ChronoUnit.SECONDS));
    }

    /**
     * A copy for so many runs at most. Default 1000.
     *
     * @param value at least 1
     * @return the copy
     */
    public RunQuery withLimit(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("the limit of a run query must be at least 1: " + value);
        }
        return new RunQuery(conditions, workflow, value);
    }

    private RunQuery with(String name, String value) {
        var all = new TreeMap<>(conditions);
        all.put(name, checked(value, name));
        return new RunQuery(Collections.unmodifiableMap(all), workflow, limit);
    }

    private static String checked(String value, String name) {
        if (Objects.requireNonNull(value, name).isBlank()) {
            throw new IllegalArgumentException("the " + name + " of a run query must not be blank");
        }
        return value;
    }

    /**
     * The conditions, by GitHub's names.
     *
     * @return unmodifiable, without the workflow
     */
    public Map<String, String> conditions() {
        return conditions;
    }

    /**
     * The workflow.
     *
     * @return empty for any
     */
    public Optional<String> workflow() {
        return workflow;
    }

    /**
     * How many runs at most.
     *
     * @return at least 1
     */
    public int limit() {
        return limit;
    }

    @Override
    public String toString() {
        return "RunQuery[" + conditions + ", workflow=" + workflow.orElse("any") + ", limit=" + limit + "]";
    }
}
