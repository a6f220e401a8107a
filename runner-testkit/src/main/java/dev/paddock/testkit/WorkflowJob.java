package dev.paddock.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A job of a {@link Workflow}: its labels, its steps and the jobs it waits for. Immutable. */
public final class WorkflowJob {
    private final String name;
    private final List<String> labels;
    private final List<String> needs;
    private final List<Step> steps;

    private WorkflowJob(Builder builder) {
        name = builder.name;
        labels = List.copyOf(builder.labels);
        needs = List.copyOf(builder.needs);
        steps = List.copyOf(builder.steps);
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
