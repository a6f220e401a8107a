package dev.paddock.github;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a scale set should be: all of it to create one, or the parts to change. Immutable.
 *
 * <p>{@link #named} is for creation, {@link #changes} for an update, where what is not set stays as it is.
 */
public final class ScaleSetSettings {
    /** The id of the group named {@code default}. The service hard-codes it. */
    static final long DEFAULT_GROUP = 1;

    private final Optional<String> name;
    private final OptionalLong runnerGroupId;
    private final List<String> labels;
    private final Optional<Boolean> disableUpdate;

    private ScaleSetSettings(
            Optional<String> name, OptionalLong runnerGroupId, List<String> labels, Optional<Boolean> disableUpdate) {
        this.name = name;
        this.runnerGroupId = runnerGroupId;
        this.labels = labels;
        this.disableUpdate = disableUpdate;
    }

    /**
     * A scale set of this name in the default group, its name as its only label, whose runners do not update
     * themselves.
     *
     * @param name not blank; unique in its group
     * @return the settings
     */
    public static ScaleSetSettings named(String name) {
        return new ScaleSetSettings(
                Optional.of(checked(name, "name")), OptionalLong.of(DEFAULT_GROUP), List.of(), Optional.of(true));
    }

    /**
     * No change yet.
     *
     * @return settings of which nothing is set
     */
    public static ScaleSetSettings changes() {
        return new ScaleSetSettings(Optional.empty(), OptionalLong.empty(), List.of(), Optional.empty());
    }

    /**
     * A copy with another name.
     *
     * @param value not blank
     * @return the copy
     */
    public ScaleSetSettings withName(String value) {
        return new ScaleSetSettings(Optional.of(checked(value, "name")), runnerGroupId, labels, disableUpdate);
    }

    /**
     * A copy in another runner group.
     *
     * @param value the group's id, positive
     * @return the copy
     */
    public ScaleSetSettings withRunnerGroupId(long value) {
        if (value < 1) {
            throw new IllegalArgumentException("runnerGroupId must be at least 1: " + value);
        }
        return new ScaleSetSettings(name, OptionalLong.of(value), labels, disableUpdate);
    }

    /**
     * A copy with other labels. The service may drop labels, so compare with what it answers.
     *
     * @param values none blank; an empty list means the name on creation and no change on an update
     * @return the copy
     */
    public ScaleSetSettings withLabels(List<String> values) {
        values.forEach(label -> checked(label, "label"));
        return new ScaleSetSettings(name, runnerGroupId, List.copyOf(values), disableUpdate);
    }

    /**
     * A copy that says whether runners stay at the version they were installed with.
     *
     * @param value true for machines that live for one job
     * @return the copy
     */
    public ScaleSetSettings withDisableUpdate(boolean value) {
        return new ScaleSetSettings(name, runnerGroupId, labels, Optional.of(value));
    }

    private static String checked(String value, String what) {
        if (Objects.requireNonNull(value, what).isBlank()) {
            throw new IllegalArgumentException("a scale set's " + what + " must not be blank");
        }
        return value;
    }

    /**
     * The name.
     *
     * @return empty if not set
     */
    public Optional<String> name() {
        return name;
    }

    /**
     * The runner group.
     *
     * @return empty if not set
     */
    public OptionalLong runnerGroupId() {
        return runnerGroupId;
    }

    /**
     * The labels.
     *
     * @return empty if not set
     */
    public List<String> labels() {
        return labels;
    }

    /**
     * Whether runners stay at their version.
     *
     * @return empty if not set
     */
    public Optional<Boolean> disableUpdate() {
        return disableUpdate;
    }

    @Override
    public String toString() {
        return "ScaleSetSettings[name=" + name.orElse("") + ", runnerGroupId=" + runnerGroupId + ", labels=" + labels
                + ", disableUpdate=" + disableUpdate + "]";
    }
}
