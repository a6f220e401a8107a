package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerState;
import dev.paddock.spi.ProviderLimits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StateTableTest {
    private static final ProviderLimits LIMITS =
            new ProviderLimits(8, Duration.ofMinutes(5), Duration.ofMinutes(10), Duration.ofMinutes(3));

    @ParameterizedTest
    @EnumSource(RunnerState.class)
    void everyStateButTheLastHasATimedExitToAStateItMayEnter(RunnerState state) {
        StateTable.Row row = StateTable.of(state);
        if (state == RunnerState.REMOVED) {
            assertThat(row.next()).isEmpty();
        } else {
            assertThat(row.timeout().apply(LIMITS))
                    .isGreaterThanOrEqualTo(Duration.ZERO)
                    .isLessThan(Duration.ofDays(6));
            assertThat(row.next()).contains(row.onTimeout());
        }
    }

    @ParameterizedTest
    @EnumSource(RunnerState.class)
    void everyStateLeadsToRemovedByTimeoutsAndAnswersAlone(RunnerState state) {
        assertThat(reachableFrom(state)).contains(RunnerState.REMOVED);
    }

    @ParameterizedTest
    @EnumSource(RunnerState.class)
    void everyStateIsReachedByARunnerOrAnOrphan(RunnerState state) {
        Set<RunnerState> reached = reachableFrom(RunnerState.PLANNED);
        reached.addAll(reachableFrom(RunnerState.ORPHANED));
        assertThat(reached).contains(state);
    }

    @Test
    void aMachineIsRemovedOnlyAfterItsRegistrationOrItsOwnEnd() {
        // From a state in which the runner may take a job, REMOVING is entered only for one that has ended; from
        // PLANNED, REGISTERING, PROVISIONING and FAILED never without DEREGISTERING first.
        for (RunnerState early :
                Set.of(RunnerState.PLANNED, RunnerState.REGISTERING, RunnerState.PROVISIONING, RunnerState.FAILED)) {
            assertThat(StateTable.of(early).next()).doesNotContain(RunnerState.REMOVING, RunnerState.REMOVED);
        }
    }

    private static Set<RunnerState> reachableFrom(RunnerState start) {
        Set<RunnerState> seen = EnumSet.of(start);
        Deque<RunnerState> todo = new ArrayDeque<>(Set.of(start));
        while (!todo.isEmpty()) {
            for (RunnerState next : StateTable.of(todo.remove()).next()) {
                if (seen.add(next)) {
                    todo.add(next);
                }
            }
        }
        return seen;
    }
}
