package dev.paddock.testkit;

import dev.paddock.testkit.internal.actions.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A job of a {@link Workflow}: its labels, its steps and the jobs it waits for. Immutable. */
public final class WorkflowJob {
    private final String name;
    private final List<String> labels;
    private final List<String> needs;
    private final List<Step> steps;
    private final Optional<String> condition;

    private WorkflowJob(Builder builder) {
        name = builder.name;
        labels = List.copyOf(builder.labels);
        needs = List.copyOf(builder.needs);
        steps = List.copyOf(builder.steps);
        condition = builder.condition;
    }

    /**
     * A job of one step that takes some time and succeeds.
     *
     * @param name unique in its workflow
     * @param duration how long it runs
     * @param labels the labels it asks for
     * @return the job
     */
    public static WorkflowJob taking(String name, Duration duration, String... labels) {
        return builder(name).labels(labels).step(Step.taking(name, duration)).build();
    }

    /**
     * Begins a job.
     *
     * @param name unique in its workflow
     * @return a builder without labels, needs or steps
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * Its name.
     *
     * @return unique in its workflow
     */
    public String name() {
        return name;
    }

    /**
     * What a runner must have.
     *
     * @return the labels, a scale set's name among them or not
     */
    public List<String> labels() {
        return labels;
    }

    /**
     * What must have succeeded before.
     *
     * @return names of jobs of the same workflow
     */
    public List<String> needs() {
        return needs;
    }

    /**
     * What it does.
     *
     * @return the steps in order
     */
    public List<Step> steps() {
        return steps;
    }

    /**
     * Without what it is skipped.
     *
     * @return such as {@code vars.ENABLE_GPU_SMOKE == 'true'}; empty if it runs in any case
     */
    public Optional<String> condition() {
        return condition;
    }

    @Override
    public String toString() {
        return "WorkflowJob[" + name + ", labels=" + labels + ", needs=" + needs + ", steps=" + steps.size() + "]";
    }

    /** Builds a job. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private List<String> labels = List.of();
        private List<String> needs = List.of();
        private final List<Step> steps = new ArrayList<>();
        private Optional<String> condition = Optional.empty();

        private Builder(String name) {
            if (Objects.requireNonNull(name, "name").isBlank()) {
                throw new IllegalArgumentException("a job's name must not be blank");
            }
            this.name = name;
        }

        /**
         * What a runner must have. Default none: any scale set or runner will do.
         *
         * @param values the labels
         * @return this
         */
        public Builder labels(String... values) {
            labels = List.of(values);
            return this;
        }

        /**
         * What must have succeeded before. Default nothing.
         *
         * @param jobs names of jobs of the same workflow
         * @return this
         */
        public Builder needs(String... jobs) {
            needs = List.of(jobs);
            return this;
        }

        /**
         * Skips the job unless a variable of the repository, or else of its organization, has a value when the job could
         * begin. Default it runs in any case.
         *
         * @param value as {@code vars.ENABLE_GPU_SMOKE == 'true'}; strings are the same in any case
         * @return this
         * @throws IllegalArgumentException if it has another form
         */
        public Builder condition(String value) {
            condition = Optional.of(Condition.parse(value).text());
            return this;
        }

        /**
         * Adds a step.
         *
         * @param step the next step
         * @return this
         */
        public Builder step(Step step) {
            steps.add(Objects.requireNonNull(step, "step"));
            return this;
        }

        /**
         * Builds the job.
         *
         * @return the job
         */
        public WorkflowJob build() {
            return new WorkflowJob(this);
        }
    }
}
