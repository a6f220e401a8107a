package dev.paddock.github;

import dev.paddock.Job;
import dev.paddock.JobKey;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A workflow job as the REST API or a webhook described it.
 *
 * @param id the job's id
 * @param runId its run, 0 if unknown
 * @param attempt the run's attempt, from 1; 0 if unknown
 * @param name the name a person reads
 * @param repository {@code owner/name}
 * @param workflow the workflow's name, or empty
 * @param labels the labels it asks for
 * @param phase how far it has come
 * @param runner the runner's name, or empty
 * @param createdAt when it was queued
 * @param startedAt when a runner took it; for a queued job GitHub sends the time of its creation
 * @param completedAt when it ended
 * @param conclusion how it ended, or empty
 */
record ObservedJob(
        long id,
        long runId,
        long attempt,
        String name,
        String repository,
        String workflow,
        List<String> labels,
        Phase phase,
        String runner,
        Optional<Instant> createdAt,
        Optional<Instant> startedAt,
        Optional<Instant> completedAt,
        String conclusion) {
    /** How far a job has come; it never goes back. */
    enum Phase {
        /** It waits for something else than a runner, or for something we do not know. */
        WAITING,
        /** It waits for a runner. */
        QUEUED,
        /** A runner has it. */
        RUNNING,
        /** It is over. */
        COMPLETED;

        /** An unknown word is taken for the phase that says least. */
        static Phase of(String status) {
            return switch (status.trim().toLowerCase(Locale.ROOT)) {
                case "queued" -> QUEUED;
                case "in_progress" -> RUNNING;
                case "completed" -> COMPLETED;
                default -> WAITING;
            };
        }
    }

    ObservedJob {
        labels = List.copyOf(labels);
        // Missing data is not news: who runs it is told in a moment.
        phase = phase == Phase.RUNNING && runner.isEmpty() ? Phase.QUEUED : phase;
    }

    /**
     * GitHub gives every attempt's jobs ids of their own. The attempt is added from the second on, so that a server
     * that keeps an id is understood too, and one that does not say the first attempt is as well.
     */
    JobKey key() {
        return new JobKey(Long.toString(id), attempt > 1 ? attempt : 0);
    }

    boolean isRunning() {
        return phase == Phase.RUNNING;
    }

    boolean isOver() {
        return phase == Phase.COMPLETED;
    }

    /** What this says, and beyond that what was known: a later word may say less than an earlier one. */
    ObservedJob after(ObservedJob known) {
        return new ObservedJob(
                id,
                runId == 0 ? known.runId : runId,
                attempt,
                name.isEmpty() ? known.name : name,
                repository,
                workflow.isEmpty() ? known.workflow : workflow,
                labels.isEmpty() ? known.labels : labels,
                phase,
                runner.isEmpty() ? known.runner : runner,
                createdAt.or(known::createdAt),
                startedAt.or(known::startedAt),
                completedAt.or(known::completedAt),
                conclusion.isEmpty() ? known.conclusion : conclusion);
    }

    Job job() {
        return new Job(
                key(),
                name,
                repository,
                workflow,
                runId,
                labels,
                createdAt,
                phase.compareTo(Phase.RUNNING) >= 0 && !runner.isEmpty() ? startedAt : Optional.empty(),
                isOver() ? completedAt : Optional.empty());
    }
}
