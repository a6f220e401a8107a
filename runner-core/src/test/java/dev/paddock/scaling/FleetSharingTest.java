package dev.paddock.scaling;

import static dev.paddock.scaling.Views.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.RunnerProfile;
import dev.paddock.scaling.FleetSharing.Claim;
import dev.paddock.scaling.PoolHistory.RunnerTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class FleetSharingTest {
    private static final FleetSharing FAIR = FleetSharing.fair(Duration.ofHours(1));

    private static Claim claim(Views views, int priority, int wants) {
        return new Claim(views.view(), RunnerProfile.any(), priority, wants, true);
    }

    private static Views busy(int busy) {
        return Views.of(0, 0, 0, busy);
    }

    @Test
    void theHigherPriorityIsServedFirstAndEqualOnesEvenly() {
        List<Claim> claims = List.of(claim(busy(0), 0, 9), claim(busy(0), 5, 2), claim(busy(0), 0, 9));
        assertThat(FleetSharing.byPriority().share(6, claims, NOW)).containsExactly(2, 2, 2);
        assertThat(FleetSharing.byPriority().share(2, claims, NOW)).containsExactly(0, 2, 0);
    }

    @Test
    void whoHasLessGetsMore() {
        List<Claim> claims = List.of(claim(busy(4), 0, 9), claim(busy(0), 0, 9));
        assertThat(FAIR.share(6, claims, NOW)).containsExactly(1, 5);
    }

    @Test
    void whoHasUsedMoreOfLateWaits() {
        Views greedy = busy(0).ran(new RunnerTime(NOW.minus(Duration.ofMinutes(30)), Duration.ofHours(2)));
        List<Claim> claims = List.of(claim(greedy, 0, 9), claim(busy(0), 0, 9));
        int[] now = FAIR.share(4, claims, NOW);
        assertThat(now[0]).isLessThan(now[1]);
        assertThat(FAIR.share(4, claims, NOW.plus(Duration.ofHours(12))))
                .as("what is twelve half-lives ago is forgotten")
                .containsExactly(2, 2);
    }

    @Test
    void halfALifeAgoCountsHalf() {
        var first = new DominantShare(Duration.ofHours(1));
        RunnerTime then = new RunnerTime(NOW.minus(Duration.ofMinutes(15)), Duration.ofHours(40));
        Views used = busy(0).ran(then);
        List<Claim> claims = List.of(claim(used, 0, 100), claim(busy(0), 0, 100));
        int[] soon = first.share(100, claims, NOW);
        int[] later = first.share(100, claims, NOW.plus(Duration.ofHours(1)));
        assertThat((soon[1] - soon[0]) / 2).isCloseTo(later[1] - later[0], Offset.offset(1));
    }

    @Test
    void theScarcestResourceCounts() {
        RunnerProfile plain = RunnerProfile.builder("plain").cores(8).build();
        RunnerProfile gpu = RunnerProfile.builder("gpu").cores(8).gpus(1).build();
        List<Claim> claims = List.of(
                new Claim(busy(0).view(), gpu, 0, 9, true),
                new Claim(busy(0).view(), plain, 0, 9, true),
                new Claim(busy(0).view(), plain, 0, 9, true));
        assertThat(FAIR.share(8, claims, NOW))
                .as("a GPU runner is all of the GPUs' share, a plain one a third of the cores'")
                .containsExactly(2, 3, 3);
    }

    @Test
    void whoHasJobsComesBeforeWhoMerelyCouldTakeSome() {
        List<Claim> claims = List.of(
                new Claim(busy(0).view(), RunnerProfile.any(), 9, 9, false),
                new Claim(busy(9).view(), RunnerProfile.any(), 0, 3, true));
        assertThat(FAIR.share(4, claims, NOW)).containsExactly(1, 3);
    }

    @Test
    void theSharesNeverExceedWhatIsFreeNorWhatIsWantedAndNothingIsWithheld() {
        long seed = 99;
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 3_000; i++) {
            List<Claim> claims = new ArrayList<>();
            for (int p = 1 + random.nextInt(4); p > 0; p--) {
                claims.add(new Claim(
                        Views.random(random).view(),
                        RunnerProfile.any(),
                        random.nextInt(3),
                        random.nextInt(9),
                        random.nextBoolean()));
            }
            int free = random.nextInt(20);
            FleetSharing sharing = random.nextBoolean() ? FAIR : FleetSharing.byPriority();
            int[] shares = sharing.share(free, claims, NOW);
            String as = "seed " + seed + " case " + i;
            int wanted = claims.stream().mapToInt(Claim::wants).sum();
            assertThat(Arrays.stream(shares).sum()).as(as).isEqualTo(Math.min(free, wanted));
            for (int p = 0; p < shares.length; p++) {
                assertThat(shares[p]).as(as).isBetween(0, claims.get(p).wants());
            }
            assertThat(sharing.share(free, claims, NOW)).as(as).isEqualTo(shares);
        }
    }

    @Test
    void aHalfLifeThatHistoryCannotShowIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FleetSharing.fair(Duration.ofMinutes(1)))
                .withMessageContaining("PT1M");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FleetSharing.fair(Duration.ofDays(1)))
                .withMessageContaining("PT24H");
    }
}
