package dev.paddock.examples.faults;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VmFaultSimulationTest {
    @Test
    void twoEpisodesOfOneSeedAreTheSameToTheLetter() {
        Episode.Outcome first = new VmEpisode(7).run();
        Episode.Outcome second = new VmEpisode(7).run();
        assertThat(second.trace().last(Integer.MAX_VALUE))
                .isEqualTo(first.trace().last(Integer.MAX_VALUE))
                .isNotEmpty();
        assertThat(second.tally().lines()).isEqualTo(first.tally().lines());
    }

    /** 93, 307 and 1405 have found bugs, of the provider and of the simulation; the others are a few more. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 14, 25, 93, 307, 1405})
    void seedsBreakNoPromise(long seed) {
        Episode.Outcome outcome = new VmEpisode(seed).run();
        assertThat(outcome.violation())
                .as("seed %d%n%s", seed, outcome.trace().last(100))
                .isNull();
    }
}
