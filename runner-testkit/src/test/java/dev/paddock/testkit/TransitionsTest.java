package dev.paddock.testkit;

import static dev.paddock.RunnerState.BACKOFF;
import static dev.paddock.RunnerState.BUSY;
import static dev.paddock.RunnerState.DEREGISTERING;
import static dev.paddock.RunnerState.DRAINING;
import static dev.paddock.RunnerState.FAILED;
import static dev.paddock.RunnerState.IDLE;
import static dev.paddock.RunnerState.ORPHANED;
import static dev.paddock.RunnerState.PLANNED;
import static dev.paddock.RunnerState.PROVISIONING;
import static dev.paddock.RunnerState.RECONNECTING;
import static dev.paddock.RunnerState.REGISTERING;
import static dev.paddock.RunnerState.REMOVED;
import static dev.paddock.RunnerState.REMOVING;
import static dev.paddock.RunnerState.STARTING;
import static dev.paddock.RunnerState.UPDATING;
import static dev.paddock.testkit.RunnerStory.LONG;
import static dev.paddock.testkit.RunnerStory.REFUSED;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerState;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.internal.engine.StateTable;
import dev.paddock.spi.ProviderLimits;
import dev.paddock.spi.RunnerObservation.Kind;
import dev.paddock.task.Assignment;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import dev.paddock.testkit.RunnerStory.Boot;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Takes a runner of a real fleet through each transition of the table of states, and out of each state by its time. */
class TransitionsTest {
    /** In the table, and no code leads there. */
    private static final Set<String> NEVER = Set.of(name(STARTING, REMOVING), name(ORPHANED, REMOVING));

    private static final Map<String, Consumer<RunnerStory>> STORIES = new LinkedHashMap<>();

    private static String name(RunnerState from, RunnerState to) {
        return from + " -> " + to;
    }

    private static void story(RunnerState from, RunnerState to, Consumer<RunnerStory> story) {
        STORIES.put(name(from, to), story);
    }

    static {
        making();
        connected();
        ending();
        orphans();
    }

    private static void making() {
        story(PLANNED, REGISTERING, s -> s.start().one(IDLE));
        story(PLANNED, DEREGISTERING, s -> {
            s.start();
            s.journal.takes = ofSeconds(2);
            s.one(PLANNED).f.fleet().closeAsync();
            s.soon();
        });
        story(REGISTERING, PROVISIONING, s -> s.start().one(IDLE));
        story(REGISTERING, FAILED, s -> {
            s.f.source.next(FakeJobSource.Call.REGISTER, CallFault.fail(REFUSED));
            s.start().one(IDLE);
        });
        story(REGISTERING, DEREGISTERING, s -> {
            s.f.source.next(FakeJobSource.Call.REGISTER, CallFault.delayReply(ofSeconds(5)));
            s.start().one(REGISTERING).f.fleet().closeAsync();
            s.soon();
        });
        story(PROVISIONING, STARTING, s -> s.start().one(IDLE));
        story(PROVISIONING, FAILED, s -> {
            s.f.machines.next(FakeRunnerProvider.Call.PROVISION, CallFault.fail(REFUSED));
            s.start().one(IDLE);
        });
        story(PROVISIONING, IDLE, s -> fasterThanItsProvider(s, Boot.CONNECTS, IDLE));
        story(PROVISIONING, BUSY, s -> fasterThanItsProvider(s, Boot.WORKS, BUSY));
        story(PROVISIONING, DEREGISTERING, TransitionsTest::aHedgeIsSooner);
        story(STARTING, IDLE, s -> s.start().one(IDLE));
        story(STARTING, BUSY, s -> s.begins(Boot.WORKS).start().one(BUSY));
        story(
                STARTING,
                FAILED,
                s -> s.begins(Boot.IS_SILENT).start().one(STARTING).soon().exits(17));
        story(STARTING, DEREGISTERING, s -> {
            s.begins(Boot.IS_SILENT).start().one(STARTING);
            s.f.source.forget(s.id());
            s.waits(ofMinutes(5));
        });
        story(
                FAILED,
                DEREGISTERING,
                s -> s.begins(Boot.IS_SILENT).start().one(STARTING).soon().exits(17));
    }

    private static void fasterThanItsProvider(RunnerStory s, Boot boot, RunnerState state) {
        s.machines(machines -> machines.bootTime(Duration.ZERO));
        s.f.machines.next(FakeRunnerProvider.Call.PROVISION, CallFault.delayReply(ofSeconds(20)));
        s.begins(boot).start().one(state);
    }

    private static void aHedgeIsSooner(RunnerStory s) {
        s.machines(machines -> machines.deadlines(ofMinutes(20), ofMinutes(20), ofMinutes(1)));
        s.start(fleet -> fleet.maxRunners(30)
                .idleTimeout(Duration.ZERO)
                .policy(dev.paddock.scaling.ScalingPolicy.onDemand()
                        .and(dev.paddock.scaling.ScalingPolicy.launchCredit())));
        s.f.source.assigned(20);
        s.f.untilIdle(20);
        s.f.source.assigned(0);
        s.f.untilNothingIsLeft(ofMinutes(2));
        s.f.machines.next(FakeRunnerProvider.Call.PROVISION, CallFault.delay(ofMinutes(15)));
        s.f.source.assigned(1);
        s.waits(ofMinutes(10));
    }

    private static void connected() {
        story(IDLE, BUSY, s -> s.start().busy());
        story(IDLE, DEREGISTERING, s -> s.start().one(IDLE).unwanted());
        story(IDLE, RECONNECTING, s -> s.start().one(IDLE).sees(Kind.RECONNECTING));
        story(IDLE, UPDATING, s -> s.start().one(IDLE).sees(Kind.UPDATING));
        // Its job ended while it was away: it is idle again, and ends as one does after its job.
        story(
                IDLE,
                REMOVING,
                s -> s.start()
                        .busy()
                        .sees(Kind.RECONNECTING)
                        .completes("a")
                        .sees(Kind.LISTENING)
                        .exits(0));
        story(BUSY, DRAINING, s -> s.start().busy().completes("a"));
        story(BUSY, RECONNECTING, s -> s.start().busy().sees(Kind.RECONNECTING));
        story(BUSY, UPDATING, s -> s.start().busy().sees(Kind.UPDATING));
        story(BUSY, REMOVING, s -> s.start().busy().exits(0));
        story(BUSY, DEREGISTERING, s -> s.start().busy().exits(1));
        story(BUSY, IDLE, s -> {
            Assignment held =
                    s.startForTasks().f.fleet().tryAssign(Task.of("t")).orElseThrow();
            s.f.fleet().complete(held, Outcome.succeeded());
            s.f.settle();
        });
        story(
                RECONNECTING,
                IDLE,
                s -> s.start().one(IDLE).sees(Kind.RECONNECTING).sees(Kind.LISTENING));
        story(RECONNECTING, BUSY, s -> s.start().busy().sees(Kind.RECONNECTING).sees(Kind.LISTENING));
        story(
                RECONNECTING,
                REMOVING,
                s -> s.start().busy().sees(Kind.RECONNECTING).exits(0));
        story(
                RECONNECTING,
                DEREGISTERING,
                s -> s.start().one(IDLE).sees(Kind.RECONNECTING).exits(1));
        story(UPDATING, IDLE, s -> s.start().one(IDLE).sees(Kind.UPDATING).sees(Kind.LISTENING));
        story(UPDATING, BUSY, s -> s.start().busy().sees(Kind.UPDATING).sees(Kind.LISTENING));
        story(UPDATING, REMOVING, s -> s.start().busy().sees(Kind.UPDATING).exits(0));
        story(
                UPDATING,
                DEREGISTERING,
                s -> s.start().one(IDLE).sees(Kind.UPDATING).exits(1));
    }

    private static void ending() {
        story(DRAINING, BUSY, s -> s.start().busy().completes("a").starts("b"));
        story(DRAINING, REMOVING, s -> s.start().busy().completes("a").exits(0));
        story(DRAINING, DEREGISTERING, s -> s.start().busy().completes("a").waits(ofMinutes(3)));
        story(DEREGISTERING, REMOVING, s -> s.start().one(IDLE).unwanted().soon());
        story(DEREGISTERING, BUSY, s -> {
            s.start().one(IDLE);
            s.f.source.presence(s.id(), dev.paddock.spi.RegistrationList.Presence.ONLINE, true);
            s.unwanted().soon();
        });
        story(DEREGISTERING, BACKOFF, TransitionsTest::cannotBeDeregistered);
        story(BACKOFF, DEREGISTERING, TransitionsTest::cannotBeDeregistered);
        story(REMOVING, BACKOFF, TransitionsTest::cannotBeRemoved);
        story(BACKOFF, REMOVING, TransitionsTest::cannotBeRemoved);
        story(REMOVING, REMOVED, s -> s.start().one(IDLE).unwanted().soon());
    }

    private static void cannotBeDeregistered(RunnerStory s) {
        s.f.source.next(FakeJobSource.Call.DEREGISTER, CallFault.fail(REFUSED));
        s.start().one(IDLE).unwanted().soon();
    }

    private static void cannotBeRemoved(RunnerStory s) {
        s.f.machines.next(FakeRunnerProvider.Call.REMOVE, CallFault.fail(REFUSED));
        s.start().one(IDLE).unwanted().soon();
    }

    private static void orphans() {
        story(ORPHANED, IDLE, s -> s.start().one(IDLE).restart().soon());
        story(ORPHANED, BUSY, s -> s.start().busy().restart().soon());
        story(
                ORPHANED,
                STARTING,
                s -> s.begins(Boot.IS_SILENT)
                        .start()
                        .one(STARTING)
                        .soon()
                        .restart()
                        .soon());
        story(ORPHANED, DEREGISTERING, s -> {
            s.start().one(IDLE);
            s.f.crash();
            s.machine().exit(0);
            s.start().soon();
        });
    }

    // ---- each transition -----------------------------------------------------------------------------------

    @Test
    void eachTransitionOfTheTableHasAStoryAndEachStoryATransition() {
        Set<String> table = new TreeSet<>();
        for (RunnerState from : RunnerState.values()) {
            StateTable.of(from).next().forEach(to -> table.add(name(from, to)));
        }
        Set<String> told = new TreeSet<>(STORIES.keySet());
        assertThat(told).doesNotContainAnyElementsOf(NEVER).isSubsetOf(table);
        table.removeAll(NEVER);
        assertThat(told).isEqualTo(table);
    }

    static Stream<String> stories() {
        return STORIES.keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("stories")
    void aRunnerGoesThrough(String transition) {
        var story = new RunnerStory();
        STORIES.get(transition).accept(story);
        story.f.settle();
        assertThat(story.changes())
                .extracting(change -> name(change.from(), change.to()))
                .contains(transition);
    }

    // ---- each state's time ---------------------------------------------------------------------------------

    /** Brings a runner into the state, and lets it hear nothing more. */
    private static void silence(RunnerStory s, RunnerState state) {
        switch (state) {
            case REGISTERING -> {
                s.f.source.next(FakeJobSource.Call.REGISTER, CallFault.noAnswer());
                s.start().one(state);
            }
            case PROVISIONING -> {
                s.f.machines.next(FakeRunnerProvider.Call.PROVISION, CallFault.noAnswer());
                s.start().one(state);
            }
            case STARTING -> s.begins(Boot.IS_SILENT).start().one(state);
            case FAILED -> s.begins(Boot.IS_SILENT).start().one(STARTING).soon().exits(17);
            case IDLE -> s.start().one(state);
            case BUSY -> s.start().busy();
            case DRAINING -> s.start().busy().completes("a");
            case RECONNECTING -> s.start().busy().sees(Kind.RECONNECTING);
            case UPDATING -> s.start().busy().sees(Kind.UPDATING);
            case DEREGISTERING -> {
                s.f.source.next(FakeJobSource.Call.DEREGISTER, CallFault.noAnswer());
                s.start().one(IDLE).unwanted();
            }
            case REMOVING -> {
                s.f.machines.next(FakeRunnerProvider.Call.REMOVE, CallFault.noAnswer());
                s.start().one(IDLE).unwanted().soon();
            }
            case BACKOFF -> cannotBeDeregistered(s);
            case ORPHANED -> {
                s.start().one(IDLE);
                s.f.machines.always(FakeRunnerProvider.Call.LIST, CallFault.noAnswer());
                s.restart();
            }
            default -> throw new IllegalArgumentException(state + " has no story");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RunnerState.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"PLANNED", "REMOVED"})
    void aRunnerThatHearsNothingMoreLeavesItsStateInTime(RunnerState state) {
        var story = new RunnerStory();
        silence(story, state);
        StateTable.Row row = StateTable.of(state);
        Duration limit = row.timeout()
                .apply(new ProviderLimits(8, ofMinutes(2), ofMinutes(20), ofMinutes(1)))
                .plus(ofMillis(10));
        story.waits(limit);
        assertThat(story.lasted(state, row.onTimeout()))
                .as("%s", story.changes())
                .isNotNull()
                .isLessThanOrEqualTo(limit);
    }

    @Test
    void aRunnerWhoseIntentIsNeverWrittenIsNotMadeAndItsFleetEndsInTime() {
        var story = new RunnerStory();
        story.start();
        story.journal.takes = ofDays(1);
        story.one(PLANNED).waits(LONG);
        assertThat(story.f.events(CoordinatorStateChanged.class))
                .extracting(CoordinatorStateChanged::to)
                .contains(CoordinatorState.FAILED);
        assertThat(story.f.machines.created()).isZero();
        assertThat(story.f.source.registered()).isZero();
    }

    @Test
    void allStatesAreEitherTimedOrTheLast() {
        Set<RunnerState> left = EnumSet.allOf(RunnerState.class);
        left.removeIf(state -> !StateTable.of(state).next().isEmpty());
        assertThat(left).containsExactly(REMOVED);
    }
}
