package dev.paddock.testkit.internal.actions;

import dev.paddock.spi.Cancellable;
import dev.paddock.testkit.RegistrationRecord;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One registered runner. */
final class AgentEntry {
    final long id;
    final String name;
    final ScaleSetEntry scaleSet;
    final TokenDesk.Token token;
    final Instant createdAt;

    /** Of a connected runner. */
    @Nullable
    String sessionId;

    boolean online;
    /** It has had its one job, and cannot connect again. */
    boolean spent;

    @Nullable
    JobEntry job;

    private @Nullable JobWait wait;
    private Cancellable timer = () -> {};

    AgentEntry(long id, String name, ScaleSetEntry scaleSet, TokenDesk.Token token, Instant createdAt) {
        this.id = id;
        this.name = name;
        this.scaleSet = scaleSet;
        this.token = token;
        this.createdAt = createdAt;
    }

    boolean busy() {
        return job != null;
    }

    /** Begins to wait for a job. */
    void await(JobWait next) {
        wait = next;
        scaleSet.waiting.put(id, this);
    }

    @SuppressWarnings("ReferenceEquality") // this very wait, not one like it
    boolean waitsBy(JobWait candidate) {
        return wait == candidate;
    }

    /** Ends the wait, if there is one. */
    Optional<JobWait> endWait() {
        Optional<JobWait> ended = Optional.ofNullable(wait);
        wait = null;
        scaleSet.waiting.remove(id);
        return ended;
    }

    /** Replaces the one timer a runner has: of its wait, or of its silence. */
    void timer(Cancellable next) {
        timer.cancel();
        timer = next;
    }

    RegistrationRecord view() {
        return new RegistrationRecord(id, name, scaleSet.name, online, busy(), createdAt);
    }

    /** A runner's wait for a job; called once, inside the monitor. */
    interface JobWait {
        void job(JobEntry job);

        void nothing();

        void registrationGone();
    }
}
