package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.internal.engine.PoolRules.Idle;
import dev.paddock.internal.engine.PoolRules.Inputs;
import dev.paddock.internal.engine.PoolRules.Verdict;
import dev.paddock.internal.engine.TaskChoice.Candidate;
import dev.paddock.internal.engine.TaskChoice.Offer;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.PoolView;
import dev.paddock.scaling.Target;
import dev.paddock.spi.JobStatistics;
import dev.paddock.task.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The borders of the rules: what is just enough, and just not. */
class RulesBordersTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final int PLENTY = 1000;

    private static Inputs inputs(
            Target target, int max, int starting, int idle, int covered, int fleetFree, int room, int slots) {
        var view = new PoolView("p", 0, max, new JobStatistics(0, 0, 0, 0, 0), starting, idle, 0, 0);
        return new Inputs(
                view,
                target,
                covered,
                fleetFree,
                room,
                slots,
                true,
                true,
                false,
                false,
                Duration.ofMinutes(5),
                false,
                List.of(new RunnerId("c1"), new RunnerId("c2")),
                false);
    }

    private static Verdict decide(Inputs in, Idle... idle) {
        return PoolRules.decide(in, List.of(idle), NOW);
    }

    // ---- pools ---------------------------------------------------------------------------------------------

    @Test
    void whatIsJustEnoughBindsNothing() {
        var three = new Target(3, "");
        assertThat(decide(inputs(three, 3, 0, 0, 0, 3, 3, 3))).isEqualTo(Verdict.creates(3, Bound.NONE));
        assertThat(decide(inputs(three.withAllowed(3), PLENTY, 0, 0, 0, PLENTY, PLENTY, PLENTY)))
                .isEqualTo(Verdict.creates(3, Bound.NONE));
        assertThat(decide(inputs(three, 2, 0, 0, 0, 3, 3, 3)).bound()).isEqualTo(Bound.POOL_MAX);
        assertThat(decide(inputs(three, 3, 0, 0, 0, 2, 3, 3)).bound()).isEqualTo(Bound.FLEET_MAX);
        assertThat(decide(inputs(three, 3, 0, 0, 0, 3, 2, 3)).bound()).isEqualTo(Bound.PROVIDER_ROOM);
        assertThat(decide(inputs(three, 3, 0, 0, 0, 3, 3, 2)).bound()).isEqualTo(Bound.CREATION_RATE);
        assertThat(decide(inputs(three.withAllowed(2), 3, 0, 0, 0, 3, 3, 3)).bound())
                .isEqualTo(Bound.POLICY);
    }

    @Test
    void ofThoseMadeOnlyWhatIsAboveThePlainWishAreHedges() {
        Target late = new Target(3, "").withLate(1);
        assertThat(decide(inputs(late, PLENTY, 3, 0, 0, PLENTY, PLENTY, PLENTY)))
                .extracting(Verdict::create, Verdict::hedges)
                .containsExactly(1, 1);
        assertThat(decide(inputs(late, PLENTY, 2, 0, 0, PLENTY, PLENTY, PLENTY)))
                .extracting(Verdict::create, Verdict::hedges)
                .containsExactly(2, 1);
        assertThat(decide(inputs(late, PLENTY, 2, 0, 1, PLENTY, PLENTY, PLENTY)))
                .extracting(Verdict::create, Verdict::hedges)
                .containsExactly(1, 1);
    }

    @Test
    void thoseThatStartAreCancelledBeforeIdleOnesAreRetired() {
        var longIdle = new Idle(new RunnerId("i1"), NOW.minus(Duration.ofMinutes(5)));
        var other = new Idle(new RunnerId("i2"), NOW.minus(Duration.ofMinutes(5)));
        Inputs in = inputs(new Target(1, ""), PLENTY, 2, 2, 0, PLENTY, PLENTY, PLENTY);
        Verdict three = decide(in, longIdle, other);
        assertThat(three.cancel()).hasSize(2);
        assertThat(three.retire()).extracting(RunnerId::value).containsExactly("i1");
    }

    @Test
    void anIdleRunnerGoesAtItsTimeoutAndNotBefore() {
        Inputs in = inputs(new Target(0, ""), PLENTY, 2, 1, 0, PLENTY, PLENTY, PLENTY);
        var due = new Idle(new RunnerId("i"), NOW.minus(Duration.ofMinutes(5)));
        var early = new Idle(new RunnerId("i"), NOW.minus(Duration.ofMinutes(5)).plusNanos(1));
        assertThat(decide(in, due).retire()).hasSize(1);
        assertThat(decide(in, early).retire()).isEmpty();
        assertThat(decide(in, early).recheck()).isEqualTo(Duration.ofNanos(1));
    }

    @Test
    void onlyThoseAboveTheMaximumGoAtOnce() {
        var fresh = new Idle(new RunnerId("a"), NOW);
        var fresher = new Idle(new RunnerId("b"), NOW);
        Inputs in = inputs(new Target(0, ""), 3, 2, 2, 0, PLENTY, PLENTY, PLENTY);
        assertThat(decide(in, fresh, fresher).retire())
                .extracting(RunnerId::value)
                .containsExactly("a");
    }

    @Test
    void aWishOfJustTheMaximumIsNotBound() {
        assertThat(decide(inputs(new Target(2, ""), 2, 2, 0, 0, PLENTY, PLENTY, PLENTY))
                        .bound())
                .isEqualTo(Bound.NONE);
        assertThat(decide(inputs(new Target(3, ""), 2, 2, 0, 0, PLENTY, PLENTY, PLENTY))
                        .bound())
                .isEqualTo(Bound.POOL_MAX);
    }

    // ---- tasks ---------------------------------------------------------------------------------------------

    private static Offer offer(RunnerProfile profile) {
        return new Offer(profile.name(), profile, new TreeSet<>());
    }

    private static String best(Task task, Offer one, Offer other) {
        return TaskChoice.best(
                        task.needs(),
                        List.of(new Candidate(one, 0, "", "1"), new Candidate(other, 0, "", "2")),
                        List.of(one, other))
                .map(Candidate::runner)
                .orElse("none");
    }

    @Test
    void ofProfilesThatDifferInOneThingTheLesserIsTaken() {
        RunnerProfile big = RunnerProfile.builder("big")
                .gpus(2)
                .gpuMemory(ByteSize.ofGiB(2))
                .cores(2)
                .memory(ByteSize.ofGiB(2))
                .build();
        RunnerProfile small = big;
        for (RunnerProfile lesser : List.of(
                small.toBuilder().gpus(1).build(),
                small.toBuilder().gpuMemory(ByteSize.ofGiB(1)).build(),
                small.toBuilder().cores(1).build(),
                small.toBuilder().memory(ByteSize.ofGiB(1)).build())) {
            assertThat(best(Task.of("t"), offer(big), offer(lesser))).isEqualTo("2");
            assertThat(best(Task.of("t"), offer(lesser), offer(big))).isEqualTo("1");
        }
    }

    @Test
    void aProfileCoversOneThatPromisesTheSameAndNoneThatPromisesMoreOfAnything() {
        RunnerProfile wanted = RunnerProfile.builder("wanted")
                .gpus(2)
                .gpuMemory(ByteSize.ofGiB(2))
                .cores(2)
                .memory(ByteSize.ofGiB(2))
                .build();
        Offer exact = offer(wanted);
        Task task = Task.builder("t").profile("wanted").build();
        RunnerProfile twin = RunnerProfile.builder("twin")
                .gpus(2)
                .gpuMemory(ByteSize.ofGiB(2))
                .cores(2)
                .memory(ByteSize.ofGiB(2))
                .build();
        assertThat(TaskChoice.missing(task.needs(), offer(twin), List.of(exact, offer(twin))))
                .isNull();
        for (RunnerProfile lesser : List.of(
                twin.toBuilder().gpus(1).build(),
                twin.toBuilder().gpuMemory(ByteSize.ofGiB(1)).build(),
                twin.toBuilder().cores(1).build(),
                twin.toBuilder().memory(ByteSize.ofGiB(1)).build())) {
            assertThat(TaskChoice.missing(task.needs(), offer(lesser), List.of(exact, offer(lesser))))
                    .isEqualTo("profile wanted or one that promises at least as much");
        }
    }

    @Test
    void eachNeedThatIsNotMetIsNamed() {
        Offer none = offer(RunnerProfile.any());
        Task task = Task.builder("t")
                .gpus(1)
                .gpuMemory(ByteSize.ofGiB(1))
                .cores(1)
                .memory(ByteSize.ofGiB(1))
                .build();
        assertThat(TaskChoice.missing(task.needs(), none, List.of(none)))
                .isEqualTo("1 GPUs (has 0), 1 GiB of GPU memory (has 0 B), 1 cores (has 0), 1 GiB of memory (has 0 B)");
    }

    @Test
    void placesGivenToOneKindAreGoneForTheNext() {
        int[][] order = {{0, 1}, {0, 1}};
        assertThat(TaskChoice.demand(new int[] {2, 2}, order, new int[] {2, 2})).containsExactly(2, 2);
        assertThat(TaskChoice.demand(new int[] {1, 2}, order, new int[] {2, 2})).containsExactly(2, 1);
    }
}
