package dev.paddock.testkit.internal.actions;

import dev.paddock.spi.Cancellable;
import dev.paddock.testkit.RegistrationRecord;
import dev.paddock.testkit.internal.actions.ScaleSetEntry.RunnerGroup;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One registered runner: of a scale set, or a classic one, which has labels of its own. */
final class AgentEntry {
    final long id;
    final String name;
    final Scope scope;

    /** Null for a classic runner. */
    final @Nullable ScaleSetEntry scaleSet;

    final TokenDesk.Token token;
    final Instant createdAt;
    /** Whether it is for one job, after which its registration is gone. */
    final boolean ephemeral;

    /** Of a connected runner. */
    @Nullable
    String sessionId;

    boolean online;
    /** It has told what it is: it has been online. */
    boolean known;
    /** It is ephemeral and has had its one job, and cannot connect again. */
    boolean spent;

    @Nullable
    JobEntry job;

    /** Of a classic runner. */
    final List<String> labels = new ArrayList<>();

    private final RunnerGroup group;
    private final Map<Long, AgentEntry> room;
    private @Nullable JobWait wait;
    private Cancellable timer = () -> {};

    private AgentEntry(
            long id,
            String name,
            Scope scope,
            @Nullable ScaleSetEntry scaleSet,
            RunnerGroup group,
            Map<Long, AgentEntry> room,
            TokenDesk.Token token,
            Instant createdAt,
            boolean ephemeral) {
        this.id = id;
        this.name = name;
        this.scope = scope;
        this.scaleSet = scaleSet;
        this.group = group;
        this.room = room;
        this.token = token;
        this.createdAt = createdAt;
        this.ephemeral = ephemeral;
    }

    static AgentEntry ofScaleSet(
            long id, String name, Scope scope, ScaleSetEntry set, TokenDesk.Token token, Instant createdAt) {
        return new AgentEntry(id, name, scope, set, set.group, set.waiting, token, createdAt, true);
    }

    /** A classic runner, which waits for jobs in a room shared by all of them. */
    static AgentEntry classic(
            long id,
            String name,
            Scope scope,
            RunnerGroup group,
            Map<Long, AgentEntry> room,
            TokenDesk.Token token,
            Instant createdAt,
            boolean ephemeral) {
        return new AgentEntry(id, name, scope, null, group, room, token, createdAt, ephemeral);
    }

    boolean busy() {
        return job != null;
    }

    RunnerGroup group() {
        return scaleSet == null ? group : scaleSet.group;
    }

    /** The names of its labels, of a scale set's runner those of its set. */
    List<String> labelNames() {
        return scaleSet == null ? labels : scaleSet.labelNames();
    }

    /** Whether a classic runner may take a job. */
    boolean serves(JobEntry candidate) {
        return scope.covers(candidate.run.workflow().repository())
                && candidate.spec.labels().stream()
                        .allMatch(wanted -> labels.stream().anyMatch(wanted::equalsIgnoreCase));
    }

    /** Begins to wait for a job. */
    void await(JobWait next) {
        wait = next;
        room.put(id, this);
    }

    @SuppressWarnings("ReferenceEquality") // this very wait, not one like it
    boolean waitsBy(JobWait candidate) {
        return wait == candidate;
    }

    /** Ends the wait, if there is one. */
    Optional<JobWait> endWait() {
        Optional<JobWait> ended = Optional.ofNullable(wait);
        wait = null;
        room.remove(id);
        return ended;
    }

    /** Replaces the one timer a runner has: of its wait, or of its silence. */
    void timer(Cancellable next) {
        timer.cancel();
        timer = next;
    }

    RegistrationRecord view() {
        String set = scaleSet == null ? "" : scaleSet.name;
        return new RegistrationRecord(id, name, set, online, busy(), createdAt, ephemeral);
    }

    /** A runner's wait for a job; called once, inside the monitor. */
    interface JobWait {
        void job(JobEntry job);

        void nothing();

        void registrationGone();
    }
}
