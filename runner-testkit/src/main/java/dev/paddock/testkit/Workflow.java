package dev.paddock.testkit;

import dev.paddock.testkit.internal.actions.Cron;
import dev.paddock.testkit.internal.actions.WorkflowFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Jobs that belong together, for {@link ActionsServiceSimulator#submit}. Immutable.
 *
 * <p>As a file it is JSON:
 *
 * <pre>{@code
 * {"name": "ci", "repository": "acme/engine", "jobs": [
 *   {"name": "build", "labels": ["cpu"], "steps": [{"name": "compile", "command": "make", "duration": "PT3S"}]},
 *   {"name": "test", "labels": ["gpu"], "needs": ["build"], "steps": [{"name": "run", "command": "make test"}]}]}
 * }</pre>
 */
public final class Workflow {
    private final String name;
    private final String repository;
    private final List<WorkflowJob> jobs;
    private final Optional<String> schedule;

    private Workflow(Builder builder) {
        name = builder.name;
        repository = builder.repository;
        jobs = List.copyOf(builder.jobs);
        schedule = builder.schedule;
    }

    /**
     * Begins a workflow.
     *
     * @param name the name of its file, without {@code .yml}
     * @return a builder for repository {@code my-org/repo} without jobs
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * A workflow named {@code ci}.
     *
     * @param repository owner and repository, such as {@code acme/engine}
     * @param jobs its jobs
     * @return the workflow
     */
    public static Workflow of(String repository, WorkflowJob... jobs) {
        Builder builder = builder("ci").repository(repository);
        for (WorkflowJob job : jobs) {
            builder.add(job);
        }
        return builder.build();
    }

    /**
     * Reads a workflow from a JSON file.
     *
     * @param file the file
     * @return the workflow
     * @throws IllegalArgumentException if the file does not hold a workflow; the message says where and why
     * @throws java.io.UncheckedIOException if the file cannot be read
     */
    public static Workflow read(Path file) {
        return WorkflowFile.read(file);
    }

    /**
     * The workflow as JSON, in the form {@link #read} takes.
     *
     * @return one line of JSON
     */
    public String toJson() {
        return WorkflowFile.write(this);
    }

    /**
     * Its name.
     *
     * @return the name of its file, without {@code .yml}
     */
    public String name() {
        return name;
    }

    /**
     * Whose it is.
     *
     * @return owner and repository
     */
    public String repository() {
        return repository;
    }

    /**
     * Its jobs.
     *
     * @return in the order added
     */
    public List<WorkflowJob> jobs() {
        return jobs;
    }

    /**
     * When it runs by itself, once it is {@link ActionsServiceSimulator#dispatchable}.
     *
     * @return five numbers or stars, in UTC; empty if it has no schedule
     */
    public Optional<String> schedule() {
        return schedule;
    }

    @Override
    public String toString() {
        return "Workflow[" + name + ", " + repository + ", jobs=" + jobs.size() + "]";
    }

    /** Builds a workflow. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private String repository = "my-org/repo";
        private final List<WorkflowJob> jobs = new ArrayList<>();
        private Optional<String> schedule = Optional.empty();

        private Builder(String name) {
            if (Objects.requireNonNull(name, "name").isBlank()) {
                throw new IllegalArgumentException("a workflow's name must not be blank");
            }
            this.name = name;
        }

        /**
         * Whose it is. Default {@code my-org/repo}.
         *
         * @param ownerAndName such as {@code acme/engine}
         * @return this
         */
        public Builder repository(String ownerAndName) {
            if (!ownerAndName.matches("[^/\\s]+/[^/\\s]+")) {
                throw new IllegalArgumentException(
                        "repository must be an owner and a name, as in acme/engine: \"" + ownerAndName + "\"");
            }
            repository = ownerAndName;
            return this;
        }

        /**
         * When it runs by itself. Default never.
         *
         * @param cron minute, hour, day of the month, month, day of the week from Sunday 0, each a number or a star, in
         *     UTC: {@code 17 3 * * *} is every night
         * @return this
         * @throws IllegalArgumentException if it has another form
         */
        public Builder schedule(String cron) {
            Cron.parse(cron);
            schedule = Optional.of(cron);
            return this;
        }

        /**
         * Adds a job.
         *
         * @param job the next job
         * @return this
         */
        public Builder add(WorkflowJob job) {
            jobs.add(Objects.requireNonNull(job, "job"));
            return this;
        }

        /**
         * Builds the workflow.
         *
         * @return the workflow
         * @throws IllegalStateException if it has no job, two jobs of one name, or needs that cannot be met: all of it
         *     is listed
         */
        public Workflow build() {
            List<String> problems = WorkflowFile.problems(jobs);
            if (!problems.isEmpty()) {
                throw new IllegalStateException("workflow \"" + name + "\": " + String.join("; ", problems));
            }
            return new Workflow(this);
        }
    }
}
