package dev.paddock.github;

import dev.paddock.Backoff;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Repeats a call that failed for a while, with growing jittered waits, at least as long as the service asks for. */
final class Retries {
    private static final Logger LOG = LoggerFactory.getLogger(Retries.class);

    /** The longest a service may make us wait within one call. */
    static final Duration LONGEST_WISH = Duration.ofMinutes(5);

    private static final Backoff CALL =
            Backoff.exponential(Duration.ofMillis(500), Duration.ofSeconds(15)).withFullJitter();
    private static final Backoff TOKEN_CALL =
            Backoff.exponential(Duration.ofMillis(500), Duration.ofSeconds(20)).withFullJitter();

    /** How often to repeat, after which waits, and upon what. */
    record Policy(int retries, Backoff backoff, Predicate<GitHubException> again, boolean ending) {
        Policy(int retries, Backoff backoff, Predicate<GitHubException> again) {
            this(retries, backoff, again, false);
        }
    }

    static final Policy NONE = new Policy(0, CALL, failure -> false);
    static final Policy IDEMPOTENT = new Policy(4, CALL, GitHubException::isTransient);
    /** What ends something goes out even when all else has stopped, though only once then. */
    static final Policy ENDING = new Policy(4, CALL, GitHubException::isTransient, true);

    static final Policy ACQUIRE = new Policy(2, CALL, GitHubException::isTransient);
    static final Policy TOKEN = new Policy(4, TOKEN_CALL, GitHubException::isTransient);
    /** A registration token may take a moment to be known everywhere. */
    static final Policy REGISTRATION = new Policy(
            4, TOKEN_CALL, failure -> failure.isTransient() || failure.status() == 401 || failure.status() == 403);
    /** What makes something is repeated only where the first try certainly made nothing. */
    static final Policy MAKING = new Policy(4, CALL, failure -> failure.isTransient() && !failure.isAmbiguous());
    /** Around a call that makes something and looks before it repeats. */
    static final Policy LOOKING_FIRST = new Policy(4, CALL, GitHubException::isAmbiguous);

    private final Scheduler scheduler;
    private volatile boolean stopped;

    Retries(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** From now on nothing is begun or repeated but what ends something; calls under way end as they may. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    /**
     * Runs an attempt until it succeeds, fails for good, or has been repeated often enough.
     *
     * @param attempt takes its number, from 1
     */
    <T> CompletableFuture<T> run(Policy policy, IntFunction<CompletionStage<T>> attempt) {
        var result = new CompletableFuture<T>();
        attempt(policy, attempt, 1, result);
        return result;
    }

    private <T> void attempt(
            Policy policy, IntFunction<CompletionStage<T>> attempt, int number, CompletableFuture<T> result) {
        CompletionStage<T> stage;
        try {
            stage = isOver(policy, number) ? CompletableFuture.failedStage(closed()) : attempt.apply(number);
        } catch (Throwable failure) { // an attempt that throws has failed, whatever it throws
            stage = CompletableFuture.failedStage(failure);
        }
        stage.whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(value);
                return;
            }
            GitHubException reason = GitHubException.from(failure);
            if (number > policy.retries() || !policy.again().test(reason)) {
                result.completeExceptionally(reason);
                return;
            }
            Duration wait = pause(policy, number, reason);
            LOG.warn("{}; will try again in {} ({} of {})", reason.getMessage(), wait, number, policy.retries());
            scheduler.schedule(
                    wait, () -> scheduler.effects().execute(() -> attempt(policy, attempt, number + 1, result)));
        });
    }

    private boolean isOver(Policy policy, int number) {
        return stopped && (!policy.ending() || number > 1);
    }

    static GitHubException closed() {
        return GitHubException.lasting(GitHubException.Reason.OTHER, "the client was closed");
    }

    private Duration pause(Policy policy, int failures, GitHubException failure) {
        Duration own = policy.backoff().after(failures, scheduler.random());
        Duration wish = failure.retryAfter().orElse(Duration.ZERO);
        Duration heeded = wish.compareTo(LONGEST_WISH) > 0 ? LONGEST_WISH : wish;
        return heeded.compareTo(own) > 0 ? heeded : own;
    }
}
