package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.spi.JobStatistics;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PhantomDemandTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final PhantomDemand phantoms = new PhantomDemand();
    private JobStatistics statistics = JobStatistics.NONE;

    private void counted(int minute, int assigned, int running) {
        var next = new JobStatistics(assigned, running, 0, 0, 0);
        phantoms.counted(statistics, next, minute(minute));
        statistics = next;
    }

    private Duration look(int minute, @Nullable Integer idleSince) {
        return phantoms.look(statistics, idleSince == null ? null : minute(idleSince), minute(minute));
    }

    private static Instant minute(int minute) {
        return START.plus(Duration.ofMinutes(minute));
    }

    @Test
    @DisplayName("ARC#4397 jobs beside which a runner has idled for 5 minutes are phantoms, and no others")
    void jobsBesideWhichARunnerHasIdledArePhantoms() {
        counted(0, 3, 0);
        assertThat(look(4, 1)).isEqualTo(Duration.ofMinutes(2));
        assertThat(phantoms.phantom()).isZero();
        counted(5, 7, 1);
        assertThat(look(6, 1)).isEqualTo(Deadlines.STALE);
        assertThat(phantoms.phantom())
                .as("3 have waited, 3 more have just come")
                .isEqualTo(3);
        assertThat(look(11, 1)).isZero();
        assertThat(phantoms.phantom()).isEqualTo(6);
    }

    @Test
    void withoutAnIdleRunnerJobsMayWaitForEver() {
        counted(0, 3, 0);
        assertThat(look(600, null)).isZero();
        assertThat(phantoms.phantom()).isZero();
    }

    @Test
    void theFewestThatWaitedCount() {
        counted(0, 5, 0);
        counted(1, 5, 3);
        counted(2, 6, 1);
        look(6, 0);
        assertThat(phantoms.phantom()).isEqualTo(2);
    }

    @Test
    void jobsThatAllStartedMeanwhileLeaveNoDoubt() {
        counted(0, 5, 0);
        counted(1, 5, 5);
        counted(2, 6, 5);
        assertThat(look(6, 0)).isEqualTo(Duration.ofMinutes(1));
        assertThat(phantoms.phantom()).isZero();
    }

    @Test
    void phantomsThatAreCountedNoMoreAreForgotten() {
        counted(0, 4, 0);
        look(6, 0);
        counted(7, 1, 0);
        assertThat(phantoms.phantom()).isEqualTo(1);
        counted(8, 0, 0);
        assertThat(phantoms.phantom()).isZero();
    }

    @Test
    void onePhantomThatTurnsOutToRunMakesAllOfThemReal() {
        counted(0, 4, 0);
        look(6, 0);
        counted(7, 4, 1);
        assertThat(phantoms.phantom()).isZero();
    }
}
