package dev.paddock;

import dev.paddock.metrics.AvailabilityGoal;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.spi.HealthCheck;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.RunnerProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One source of jobs, one provider of machines and one profile: the runners that serve one kind of job.
 *
 * <p>Immutable and inert; several pools may share a provider, none may share a source.
 */
public final class RunnerPool {
    private static final Pattern NAME = Pattern.compile("[a-z]([-a-z0-9]{0,28}[a-z0-9])?");

    private final String name;
    private final JobSource jobs;
    private final RunnerProvider machines;
    private final int maxRunners;
    private final int minIdle;
    private final int minTotal;
    private final int priority;
    private final Duration idleTimeout;
    private final Optional<Duration> maxLifetime;
    private final RunnerProfile profile;
    private final ScalingPolicy policy;
    private final Duration healthInterval;
    private final List<HealthCheck> healthChecks;
    private final Duration jobAlert;
    private final AvailabilityGoal availability;
    private final Duration failureRest;
    private final boolean foreignLabels;

    private RunnerPool(Builder builder) {
        name = builder.name;
        jobs = builder.jobs;
        machines = builder.machines;
        maxRunners = builder.maxRunners;
        minIdle = builder.minIdle;
        minTotal = builder.minTotal;
        priority = builder.priority;
        idleTimeout = builder.idleTimeout;
        maxLifetime = Optional.ofNullable(builder.maxLifetime);
        profile = builder.profile;
        policy = builder.policy;
        healthInterval = builder.healthInterval;
        healthChecks = List.copyOf(builder.healthChecks);
        jobAlert = builder.jobAlert;
        availability = builder.availability;
        failureRest = builder.failureRest;
        foreignLabels = builder.foreignLabels;
    }

    /**
     * Begins a pool.
     *
     * @param name first part of its runners' names: a lower-case letter, then letters, digits and inner hyphens, at
     *     most 30 characters
     * @param jobs where its jobs come from
     * @param machines where its runners run
     * @return a builder
     * @throws IllegalArgumentException if the name does not fit
     */
    public static Builder builder(String name, JobSource jobs, RunnerProvider machines) {
        return new Builder(name, jobs, machines);
    }

    /**
     * The pool's name.
     *
     * @return unique in its fleet
     */
    public String name() {
        return name;
    }

    /**
     * Where its jobs come from.
     *
     * @return the source
     */
    public JobSource jobs() {
        return jobs;
    }

    /**
     * Where its runners run.
     *
     * @return the provider
     */
    public RunnerProvider machines() {
        return machines;
    }

    /**
     * The most runners it may have at once.
     *
     * @return at least 0
     */
    public int maxRunners() {
        return maxRunners;
    }

    /**
     * How many runners wait beyond the assigned jobs.
     *
     * @return at least 0
     */
    public int minIdle() {
        return minIdle;
    }

    /**
     * How many runners there are in any case, busy ones included.
     *
     * @return at least 0
     */
    public int minTotal() {
        return minTotal;
    }

    /**
     * Its rank where pools compete for what is free in the fleet; see {@link dev.paddock.scaling.FleetSharing}.
     *
     * @return the higher the sooner
     */
    public int priority() {
        return priority;
    }

    /**
     * How long a runner that is not needed stays idle before it is removed.
     *
     * @return not negative
     */
    public Duration idleTimeout() {
        return idleTimeout;
    }

    /**
     * How old a runner may become.
     *
     * @return positive; empty if it may become as old as it likes
     */
    public Optional<Duration> maxLifetime() {
        return maxLifetime;
    }

    /**
     * What each runner needs.
     *
     * @return the profile
     */
    public RunnerProfile profile() {
        return profile;
    }

    /**
     * How many runners there should be.
     *
     * @return the policy
     */
    public ScalingPolicy policy() {
        return policy;
    }

    /**
     * How often each connected runner is looked at.
     *
     * @return positive
     */
    public Duration healthInterval() {
        return healthInterval;
    }

    /**
     * What looks at its runners, beside its provider.
     *
     * @return in the order added
     */
    public List<HealthCheck> healthChecks() {
        return healthChecks;
    }

    /**
     * How long a runner may be busy before that is told.
     *
     * @return positive
     */
    public Duration jobAlert() {
        return jobAlert;
    }

    /**
     * How much of the time its runners are to be there.
     *
     * @return the goal
     */
    public AvailabilityGoal availability() {
        return availability;
    }

    /**
     * How long it rests after five creations in a row have failed.
     *
     * @return positive
     */
    public Duration failureRest() {
        return failureRest;
    }

    /**
     * Why labels may not be those of this pool's runners: they name another system than its provider's.
     *
     * @param labels the labels
     * @return in words; empty if they may
     */
    public Optional<String> whyForeign(List<String> labels) {
        return foreignLabels ? Optional.empty() : SystemLabels.whyForeign(labels, machines.systemLabels());
    }

    @Override
    public String toString() {
        return name + "[maxRunners=" + maxRunners + ", minIdle=" + minIdle + ", idleTimeout=" + idleTimeout
                + ", profile=" + profile.name() + ", jobs=" + jobs.id() + "]";
    }

    /** Builds a {@link RunnerPool}. Not thread-safe; reusable. */
    public static final class Builder {
        private final String name;
        private final JobSource jobs;
        private final RunnerProvider machines;
        private int maxRunners = 5;
        private int minIdle;
        private int minTotal;
        private int priority;
        private Duration idleTimeout = Duration.ofMinutes(5);
        private @Nullable Duration maxLifetime;
        private RunnerProfile profile = RunnerProfile.any();
        private ScalingPolicy policy = ScalingPolicy.onDemand();
        private Duration healthInterval = Duration.ofSeconds(30);
        private final List<HealthCheck> healthChecks = new ArrayList<>();
        private Duration jobAlert = Duration.ofMinutes(15);
        private AvailabilityGoal availability = AvailabilityGoal.percent(99.5);
        private Duration failureRest = Duration.ofMinutes(5);
        private boolean foreignLabels;

        private Builder(String name, JobSource jobs, RunnerProvider machines) {
            this.name = Objects.requireNonNull(name, "name");
            this.jobs = Objects.requireNonNull(jobs, "jobs");
            this.machines = Objects.requireNonNull(machines, "machines");
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("a pool's name must be a lower-case letter followed by letters,"
                        + " digits and inner hyphens, at most 30 characters: \"" + name + "\"");
            }
        }

        /**
         * Sets the most runners the pool may have at once, those being made and removed included.
         *
         * @param maxRunners at least 0; default 5
         * @return this
         */
        public Builder maxRunners(int maxRunners) {
            if (maxRunners < 0) {
                throw new IllegalArgumentException("maxRunners must be at least 0: " + maxRunners);
            }
            this.maxRunners = maxRunners;
            return this;
        }

        /**
         * Sets how many runners wait for jobs beyond those assigned.
         *
         * @param minIdle at least 0 and at most {@code maxRunners}; default 0
         * @return this
         */
        public Builder minIdle(int minIdle) {
            if (minIdle < 0) {
                throw new IllegalArgumentException("minIdle must be at least 0: " + minIdle);
            }
            this.minIdle = minIdle;
            return this;
        }

        /**
         * Sets how many runners there are in any case, busy ones included: with a {@code minTotal} of 3 and two jobs
         * running one more waits, with {@code minIdle} of 3 three more do.
         *
         * @param minTotal at least 0 and at most {@code maxRunners}; default 0
         * @return this
         */
        public Builder minTotal(int minTotal) {
            if (minTotal < 0) {
                throw new IllegalArgumentException("minTotal must be at least 0: " + minTotal);
            }
            this.minTotal = minTotal;
            return this;
        }

        /**
         * Sets its rank where pools compete for what is free in the fleet. It matters only with a
         * {@link RunnerCoordinator.Builder#sharing} that heeds it.
         *
         * @param priority any number, the higher the sooner; default 0
         * @return this
         */
        public Builder priority(int priority) {
            this.priority = priority;
            return this;
        }

        /**
         * Sets how long a runner that is not needed stays idle before it is removed.
         *
         * @param idleTimeout not negative; default 5 minutes
         * @return this
         */
        public Builder idleTimeout(Duration idleTimeout) {
            if (Objects.requireNonNull(idleTimeout, "idleTimeout").isNegative()) {
                throw new IllegalArgumentException("idleTimeout must not be negative: " + idleTimeout);
            }
            this.idleTimeout = idleTimeout;
            return this;
        }

        /**
         * Sets how old a runner may become, counted from when it was decided to make it, over restarts of the
         * coordinator too. One that is older ends no job: a busy one goes when its job is over, an idle one is
         * deregistered, and replaced if it is wanted. Those that are wanted go one at a time: the next only when the
         * successor of the last is connected, and none while its successor could not be made, as in a pause or after
         * failures. So a pool whose runners were all made at once lacks one of them at a time. One whose making nobody
         * remembers counts from when it was found.
         *
         * @param maxLifetime from one minute to 365 days; default: no limit
         * @return this
         */
        public Builder maxLifetime(Duration maxLifetime) {
            if (Objects.requireNonNull(maxLifetime, "maxLifetime").compareTo(Duration.ofMinutes(1)) < 0
                    || maxLifetime.compareTo(Duration.ofDays(365)) > 0) {
                throw new IllegalArgumentException("maxLifetime must be from 1 min to 365 days: " + maxLifetime);
            }
            this.maxLifetime = maxLifetime;
            return this;
        }

        /**
         * Sets what each runner needs.
         *
         * @param profile the profile; default {@link RunnerProfile#any()}
         * @return this
         */
        public Builder profile(RunnerProfile profile) {
            this.profile = Objects.requireNonNull(profile, "profile");
            return this;
        }

        /**
         * Sets how many runners there should be.
         *
         * @param policy the policy; default {@link ScalingPolicy#onDemand()}
         * @return this
         */
        public Builder policy(ScalingPolicy policy) {
            this.policy = Objects.requireNonNull(policy, "policy");
            return this;
        }

        /**
         * Sets how often each connected runner is looked at, by its provider and by the checks of
         * {@link #addHealthCheck}; each look comes up to a tenth sooner or later.
         *
         * @param healthInterval at least one second; default 30 s
         * @return this
         */
        public Builder healthInterval(Duration healthInterval) {
            if (Objects.requireNonNull(healthInterval, "healthInterval").compareTo(Duration.ofSeconds(1)) < 0) {
                throw new IllegalArgumentException("healthInterval must be at least 1 s: " + healthInterval);
            }
            this.healthInterval = healthInterval;
            return this;
        }

        /**
         * Adds a check of the pool's runners; the worst answer of all counts.
         *
         * @param check asked at each look
         * @return this
         */
        public Builder addHealthCheck(HealthCheck check) {
            healthChecks.add(Objects.requireNonNull(check, "check"));
            return this;
        }

        /**
         * Sets how long a runner may be busy before a {@link dev.paddock.event.JobOverdue} tells so; seen at the looks
         * at its health.
         *
         * @param jobAlert positive; default 15 minutes
         * @return this
         */
        public Builder jobAlert(Duration jobAlert) {
            if (Objects.requireNonNull(jobAlert, "jobAlert").isNegative() || jobAlert.isZero()) {
                throw new IllegalArgumentException("jobAlert must be positive: " + jobAlert);
            }
            this.jobAlert = jobAlert;
            return this;
        }

        /**
         * Sets how much of the time its runners are to be there; {@link dev.paddock.metrics.Availability} says what
         * that means. When more is missing than the goal allows, an {@link dev.paddock.event.AvailabilityBudget} tells
         * so.
         *
         * @param goal the goal; default 99.5 percent of all hours, in windows of 30 days
         * @return this
         */
        public Builder availability(AvailabilityGoal goal) {
            this.availability = Objects.requireNonNull(goal, "goal");
            return this;
        }

        /**
         * Sets how long the pool rests after five creations in a row have failed, none of which led to a runner that
         * waits for a job. A {@link dev.paddock.event.CreationsFailing} tells of it; while it rests the pool makes no
         * runners and is offered no new jobs. After the rest it tries one, and rests again if that fails too.
         * {@link PoolControl#retry} ends a rest. For a pool that is to wait for a person, set a long one.
         *
         * @param failureRest from one second to 365 days; default 5 minutes
         * @return this
         */
        public Builder failureRest(Duration failureRest) {
            if (Objects.requireNonNull(failureRest, "failureRest").compareTo(Duration.ofSeconds(1)) < 0
                    || failureRest.compareTo(Duration.ofDays(365)) > 0) {
                throw new IllegalArgumentException("failureRest must be from 1 s to 365 days: " + failureRest);
            }
            this.failureRest = failureRest;
            return this;
        }

        /**
         * Lets the source's labels name another operating system or architecture than the one that the provider's
         * runners are made for. Such a runner is given jobs that it may not be able to run. Where it can run them by
         * emulation, give it a label of its own for that instead, such as {@code emulated-arm64}.
         *
         * @param foreignLabels true to allow it; default false
         * @return this
         */
        public Builder foreignLabels(boolean foreignLabels) {
            this.foreignLabels = foreignLabels;
            return this;
        }

        /**
         * Makes the pool.
         *
         * @return the pool
         * @throws IllegalStateException naming every contradiction
         */
        public RunnerPool build() {
            List<String> problems = problems();
            if (!problems.isEmpty()) {
                throw new IllegalStateException(String.join("; ", problems));
            }
            return unchecked();
        }

        List<String> problems() {
            List<String> problems = new ArrayList<>();
            if (minIdle > maxRunners) {
                problems.add("pool " + name + ": minIdle " + minIdle + " is more than maxRunners " + maxRunners);
            }
            if (minTotal > maxRunners) {
                problems.add("pool " + name + ": minTotal " + minTotal + " is more than maxRunners " + maxRunners);
            }
            if (jobs.id().isBlank()) {
                problems.add("pool " + name + ": the job source has a blank id");
            }
            unchecked()
                    .whyForeign(jobs.runnerLabels())
                    .ifPresent(why ->
                            problems.add("pool " + name + ": " + why + ", or call foreignLabels(true) if it is meant"));
            return problems;
        }

        RunnerPool unchecked() {
            return new RunnerPool(this);
        }
    }
}
