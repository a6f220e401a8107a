package dev.paddock.examples.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.spi.Deregistration;
import java.util.List;
import java.util.stream.Stream;
import net.bytebuddy.asm.Advice;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bugs that one could write, each of which the fault simulation finds. */
@Tag("ci")
class PlantedBugsTest {
    private static final int SEEDS = 500;
    private static final String ENGINE = "dev.paddock.internal.engine.";
    private static final String GITHUB = "dev.paddock.github.";

    static Stream<PlantedBug> bugs() {
        return Stream.of(
                PlantedBug.advised("an effect before its intent", ENGINE + "Records", "write", ForgetsEntries.class),
                PlantedBug.doing(
                        "a machine goes before its registration", ENGINE + "RunnerLifecycle", "deregister", "remove"),
                PlantedBug.advised(
                        "UNKNOWN is read as gone", ENGINE + "RunnerLifecycle", "deregistered", UnknownIsGone.class),
                PlantedBug.advised(
                        "BUSY is read as gone", ENGINE + "RunnerLifecycle", "deregistered", BusyIsGone.class),
                PlantedBug.answering("the fleet's maximum is not looked at", ENGINE + "FleetLoop", "free", 1000),
                PlantedBug.answering(
                        "a pool's maximum is not looked at", "dev.paddock.scaling.PoolView", "maxRunners", 1000),
                PlantedBug.skipped(
                        "a creation that is over keeps its place", ENGINE + "RunnerLifecycle", "creationOver"),
                PlantedBug.skipped("a state has no way out in time", ENGINE + "RunnerLifecycle", "timeout"),
                PlantedBug.skipped("the lists are not compared", ENGINE + "Lookout", "machines"),
                PlantedBug.skipped("registrations that leaked are left", ENGINE + "Lookout", "leaked"),
                PlantedBug.skipped("a closed source keeps its session", GITHUB + "ScaleSetSession", "close"),
                PlantedBug.skipped("what idles is never retired", ENGINE + "PoolRules", "retire"),
                PlantedBug.skipped("a job announced is never forgotten", ENGINE + "DemandIntake", "forget"),
                PlantedBug.answering("no message is known again", GITHUB + "MessageIntake", "isApplied", false)
                        .and(PlantedBug.answering("no news is known again", ENGINE + "PoolState", "firstTime", true)),
                PlantedBug.skipped("a runner with a task still counts as free", ENGINE + "FreeRunners", "remove"),
                PlantedBug.skipped("the end of a task is forgotten", ENGINE + "TaskDesk", "release"),
                PlantedBug.skipped("leases of an earlier life are forgotten", ENGINE + "TaskDesk", "recover"),
                PlantedBug.answering(
                        "that a runner is not to be used again is forgotten",
                        "dev.paddock.internal.journal.LiveEntries$Remembered",
                        "retired",
                        false),
                PlantedBug.skipped("a lost task is told to nobody", ENGINE + "TaskDesk", "lost"),
                PlantedBug.answering(
                        "a pool that is paused makes runners", "dev.paddock.PoolSettings", "paused", false));
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void eachIsFoundWithinFiveHundredSeeds(PlantedBug bug) {
        String violation = bug.firstViolation(SEEDS);
        assertThat(violation).as("%s within %d seeds", bug, SEEDS).isNotNull();
    }

    @Test
    void codeThatIsLoadedAgainWithoutABugBreaksNothing() {
        PlantedBug none = PlantedBug.answering("no bug", "dev.paddock.RunnerPool", "toString", "a pool");
        assertThat(none.firstViolation(20)).isNull();
    }

    static final class UnknownIsGone {
        private UnknownIsGone() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.Argument(value = 2, readOnly = false) Deregistration answer) {
            if (answer != Deregistration.BUSY) {
                answer = Deregistration.GONE;
            }
        }
    }

    static final class BusyIsGone {
        private BusyIsGone() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.Argument(value = 2, readOnly = false) Deregistration answer) {
            if (answer == Deregistration.BUSY) {
                answer = Deregistration.GONE;
            }
        }
    }

    static final class ForgetsEntries {
        private ForgetsEntries() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.Argument(value = 0, readOnly = false) List<?> entries) {
            entries = List.of();
        }
    }
}
