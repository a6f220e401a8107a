package dev.paddock.examples.faults;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FaultSimulationTest {
    @ParameterizedTest
    @ValueSource(longs = {3, 17, 118})
    void twoEpisodesOfOneSeedAreTheSameToTheLetter(long seed) {
        Episode.Outcome first = new Episode(seed).run();
        Episode.Outcome second = new Episode(seed).run();
        assertThat(second.trace().last(Integer.MAX_VALUE))
                .isEqualTo(first.trace().last(Integer.MAX_VALUE))
                .isNotEmpty();
        assertThat(second.tally().lines()).isEqualTo(first.tally().lines());
    }

    @Test
    void episodesOfDifferentSeedsDiffer() {
        assertThat(new Episode(1).run().trace().last(50))
                .isNotEqualTo(new Episode(2).run().trace().last(50));
    }

    /** Each has found a bug, of the fleet or of the simulation. */
    @ParameterizedTest
    @ValueSource(longs = {3, 30, 39, 126, 157, 439, 529, 663, 890, 911, 956, 995, 6187, 7092})
    void seedsThatOnceBrokeAPromiseDoSoNoMore(long seed) {
        Episode.Outcome outcome = new Episode(seed).run();
        assertThat(outcome.violation())
                .as("seed %d%n%s", seed, outcome.trace().last(100))
                .isNull();
    }

    @Test
    void aFewSeedsBreakNoPromise() {
        long faults = 0;
        for (long seed = 1; seed <= 10; seed++) {
            Episode.Outcome outcome = new Episode(seed).run();
            faults += outcome.tally().faults();
            assertThat(outcome.violation())
                    .as("seed %d%n%s", seed, outcome.trace().last(100))
                    .isNull();
        }
        assertThat(faults).isGreaterThan(100);
    }
}
