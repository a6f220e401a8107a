package dev.paddock.testkit;

import static dev.paddock.testkit.PolicyScenarios.SEED;
import static dev.paddock.testkit.PolicyScenarios.of;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.event.DecisionMade;
import dev.paddock.scaling.FleetSharing;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.scaling.WeeklySchedule;
import dev.paddock.testkit.PolicyScenarios.Row;
import dev.paddock.testkit.PolicyScenarios.Scenario;
import dev.paddock.testkit.PolicyTrial.Arrival;
import dev.paddock.testkit.PolicyTrial.Figures;
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Each policy is better than {@code onDemand} at what it is for, and does nothing where it has nothing to do. */
class ScalingScenarioTest {
    private static final Duration DAY = Duration.ofDays(1);
    private static final List<Arrival> CALM =
            PolicyScenarios.random(SEED, Duration.ofHours(1), DAY, Duration.ofMinutes(15));

    private static void aimsBetter(String name, int row, double atMost) {
        Scenario scenario = of(name);
        Row better = scenario.rows().get(row);
        assertThat(better.aim() / scenario.baseline().aim())
                .as("seed %d: %s of %s against onDemand", SEED, scenario.aim(), better.policy())
                .isLessThanOrEqualTo(atMost);
    }

    private static void changesNothing(ScalingPolicy policy, List<Arrival> jobs) {
        Figures expected =
                PolicyScenarios.run("", ScalingPolicy.onDemand(), jobs, DAY).figures();
        assertThat(PolicyScenarios.run("", ScalingPolicy.onDemand().and(policy), jobs, DAY)
                        .figures())
                .as("seed %d", SEED)
                .isEqualTo(expected);
    }

    @Test
    @DisplayName("ARC#3313 a warm pool by schedule takes the wait of an always warm one for a quarter of its idle time")
    void aScheduleKeepsRunnersWarmOnlyWhenTheyAreUsed() {
        aimsBetter("warm", 1, 0.05);
        Figures always = of("warm").rows().get(2).figures();
        assertThat(of("warm").rows().get(1).figures().idleHours()).isLessThan(always.idleHours() / 4);
    }

    @Test
    void outsideItsWindowAScheduleDoesNothing() {
        var sunday = new WeeklySchedule(
                EnumSet.of(DayOfWeek.SUNDAY), LocalTime.MIDNIGHT, LocalTime.MIDNIGHT, ZoneOffset.UTC);
        changesNothing(ScalingPolicy.warm(5, sunday), CALM);
    }

    @Test
    void runnersKeptAfterUseServeTheRestOfABunch() {
        aimsBetter("warmAfterUse", 1, 0.5);
    }

    @Test
    void withoutUseNothingIsKeptWarm() {
        changesNothing(ScalingPolicy.warmAfterUse(5, Duration.ofHours(1)), List.of());
    }

    @Test
    void thePresetsTradeIdleTimeForWaits() {
        Scenario presets = of("presets");
        assertThat(presets.row("lazy()").figures().idleHours())
                .isLessThan(presets.baseline().figures().idleHours() / 2);
        aimsBetter("presets", 2, 0.5);
        aimsBetter("presets", 3, 0.2);
        assertThat(presets.row("balanced()").figures().idleHours())
                .isLessThan(presets.row("aggressive()").figures().idleHours());
    }

    @Test
    void withoutJobsAPresetMakesNothing() {
        for (ScalingPolicy preset :
                List.of(ScalingPolicy.lazy(), ScalingPolicy.balanced(), ScalingPolicy.aggressive())) {
            assertThat(PolicyScenarios.run("", preset, List.of(), DAY).figures().created())
                    .isZero();
        }
    }

    @Test
    @DisplayName("TFA#3573 a cool-down on scale-in ends the flapping, and delays no scale-out")
    void aCooldownMakesFewerRunners() {
        aimsBetter("cooldown", 1, 0.6);
        Scenario cooldown = of("cooldown");
        assertThat(cooldown.rows().get(1).figures().meanWait())
                .isLessThanOrEqualTo(cooldown.baseline().figures().meanWait());
    }

    @Test
    void withoutASurplusACooldownDoesNothing() {
        changesNothing(ScalingPolicy.cooldown(Duration.ofMinutes(20)), CALM);
    }

    @Test
    void holdingUntilBreakEvenCostsLess() {
        aimsBetter("breakEven", 1, 0.7);
    }

    @Test
    void withoutIdleRunnersThereIsNothingToHold() {
        changesNothing(ScalingPolicy.breakEven(BigDecimal.TEN), CALM);
    }

    @Test
    void theCreateRateHoldsInABurst() {
        assertThat(of("createRate").rows().get(1).aim())
                .as("a burst of 6, and 6 a minute")
                .isLessThanOrEqualTo(12);
        assertThat(of("createRate").baseline().aim()).isEqualTo(30);
        assertThat(of("createRate").rows().get(1).figures().jobs()).isEqualTo(30);
    }

    @Test
    void belowItsRateTheBucketDoesNothing() {
        changesNothing(ScalingPolicy.createRate(30, Duration.ofMinutes(1), 30), CALM);
    }

    @Test
    @DisplayName("ARC#4602, TFA#3535 a launch that is stuck holds up nobody for longer than the usual boot once more")
    void aHedgeTakesTheJobOfAStuckLaunch() {
        aimsBetter("launchCredit", 1, 0.5);
        Scenario scenario = of("launchCredit");
        assertThat(scenario.rows().get(1).figures().created())
                .as("few more are made")
                .isLessThan(scenario.baseline().figures().created() * 115 / 100);
        assertThat(scenario.rows().get(1).figures().idleHours())
                .as("the losers do not idle")
                .isLessThan(2);
    }

    @Test
    void whereNoLaunchIsLateNoHedgeIsStarted() {
        PolicyTrial.Boots steady = (number, random) -> Duration.ofMinutes(3);
        Figures[] figures = new Figures[2];
        for (int i = 0; i < figures.length; i++) {
            ScalingPolicy policy =
                    i == 0 ? ScalingPolicy.onDemand() : ScalingPolicy.onDemand().and(ScalingPolicy.launchCredit());
            figures[i] = PolicyScenarios.onePool(
                            CALM, DAY, pool -> pool.policy(policy), new PolicyTrial(SEED, steady, provider -> provider))
                    .figures("p");
        }
        assertThat(figures[1]).as("seed %d", SEED).isEqualTo(figures[0]);
    }

    @Test
    @DisplayName("ARC#2736, garm#204 a cap for each repository leaves the others their runners")
    void aCapLeavesOthersTheirRunners() {
        aimsBetter("repositoryCap", 1, 0.5);
    }

    @Test
    void belowItsCapARepositoryIsNotHeldBack() {
        Row free = PolicyScenarios.twoPools("", 8, 5, f -> f, p -> p, p -> p);
        Row capped = PolicyScenarios.twoPools(
                "",
                8,
                5,
                f -> f,
                p -> p.policy(ScalingPolicy.onDemand()
                        .and(ScalingPolicy.repositoryCap(5))
                        .and(ScalingPolicy.ownerCap(5))),
                p -> p);
        assertThat(capped).as("seed %d", SEED).isEqualTo(free);
    }

    @Test
    @DisplayName("ARC#2736, garm#204 under a fair share a flood does not keep all slots for itself")
    void aFloodDoesNotKeepAllSlots() {
        aimsBetter("fair", 1, 0.5);
    }

    @Test
    void aPoolOfHigherPriorityComesFirst() {
        aimsBetter("byPriority", 1, 0.5);
    }

    @Test
    void whereThereIsEnoughNothingIsShared() {
        Row free = PolicyScenarios.twoPools("", 60, 20, f -> f, p -> p, p -> p);
        for (FleetSharing sharing : List.of(FleetSharing.fair(Duration.ofHours(1)), FleetSharing.byPriority())) {
            assertThat(PolicyScenarios.twoPools("", 60, 20, f -> f.sharing(sharing), p -> p, p -> p.priority(3)))
                    .as("seed %d", SEED)
                    .isEqualTo(free);
        }
    }

    @Test
    void aHardBudgetIsKeptAndASoftOneOnlyTells() {
        Scenario budgets = of("budgets");
        assertThat(budgets.rows().get(2).aim()).isLessThanOrEqualTo(60);
        assertThat(budgets.rows().get(2).aim()).as("and is used").isGreaterThan(55);
        assertThat(budgets.rows().get(1).figures()).isEqualTo(budgets.baseline().figures());
    }

    @Test
    void aBudgetThatIsNotReachedForbidsNothing() {
        changesNothing(ScalingPolicy.hardBudget(BigDecimal.valueOf(200), ZoneOffset.UTC), CALM);
    }

    @Test
    void aBudgetThatIsUsedUpIsToldOnceADay() {
        ScalingPolicy soft = ScalingPolicy.onDemand().and(ScalingPolicy.softBudget(BigDecimal.ONE, ZoneOffset.UTC));
        PolicyTrial trial = PolicyScenarios.onePool(CALM, DAY, pool -> pool.policy(soft), new PolicyTrial(SEED));
        List<String> warnings = trial.events().stream()
                .filter(DecisionMade.class::isInstance)
                .map(event -> ((DecisionMade) event).decision().target().warning())
                .distinct()
                .toList();
        assertThat(warnings).containsExactly("", "the soft budget of 1 a day is used up");
    }
}
