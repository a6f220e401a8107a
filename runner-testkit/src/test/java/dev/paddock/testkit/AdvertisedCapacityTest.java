package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerProfile;
import dev.paddock.RunnerState;
import dev.paddock.error.ProvisioningException;
import dev.paddock.event.DecisionMade;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.FleetSharing;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.scaling.Target;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.PriceCatalog;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.ZoneOffset;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is advertised can be provided now. */
class AdvertisedCapacityTest {
    private final FleetFixture f = new FleetFixture();

    private static ScalingPolicy onDemand(ScalingPolicy bound) {
        return ScalingPolicy.onDemand().and(bound);
    }

    @Test
    @DisplayName("ARC#3446, ARC#4515 a pool whose budget is used up advertises the runners it has, and no more")
    void aPoolWithoutMoneyAdvertisesWhatItHas() {
        f.start(fleet -> fleet.maxRunners(9)
                .prices(PriceCatalog.flat(BigDecimal.TEN))
                .policy(onDemand(ScalingPolicy.hardBudget(BigDecimal.valueOf(35), ZoneOffset.UTC))));
        f.settle();
        assertThat(f.source.capacity()).isEqualTo(3);
        f.source.assigned(9);
        f.untilIdle(3);
        f.ids().forEach(id -> f.source.started(FleetFixture.job("job of " + id), id.value()));
        f.source.statistics(new JobStatistics(9, 3, 3, 3, 0));
        f.settle();
        assertThat(f.source.capacity()).isEqualTo(3);
        assertThat(f.pool().lastDecision().orElseThrow().bound()).isEqualTo(Bound.POLICY);
        f.advance(Duration.ofHours(2));
        assertThat(f.machines.created()).isEqualTo(3);
        assertThat(f.events(DecisionMade.class))
                .anyMatch(made -> made.decision().target().warning().contains("hard budget of 35 a day is used up"));
        f.ids().forEach(id -> {
            f.source.completed(FleetFixture.job("job of " + id), id.value(), "succeeded");
            f.machines.kill(id);
        });
        f.source.statistics(new JobStatistics(6, 0, 0, 0, 0));
        f.advance(Duration.ofHours(3));
        assertThat(f.machines.created()).isEqualTo(3);
        assertThat(f.source.capacity()).isZero();
        f.until(() -> f.machines.created() == 6, Duration.ofHours(20));
        assertThat(f.time.network().instant()).as("a new day").isAfterOrEqualTo("2026-01-02T00:00:00Z");
    }

    @Test
    void withoutAPriceAHardBudgetAllowsNothing() {
        f.start(fleet -> fleet.policy(onDemand(ScalingPolicy.hardBudget(BigDecimal.valueOf(35), ZoneOffset.UTC))));
        f.source.assigned(3);
        f.advance(ofMinutes(5));
        assertThat(f.machines.created()).isZero();
        assertThat(f.source.capacity()).isZero();
        assertThat(f.pool().lastDecision().orElseThrow().target().warning()).contains("price of pool default");
    }

    @Test
    void whatTheCreateRateForbidsIsNotAdvertised() {
        f.start(fleet -> fleet.maxRunners(20).policy(onDemand(ScalingPolicy.createRate(2, ofMinutes(1), 4))));
        f.settle();
        assertThat(f.source.capacity()).isEqualTo(4);
        f.source.assigned(10);
        f.untilIdle(4);
        assertThat(f.source.capacity()).isEqualTo(4);
        f.until(() -> f.machines.created() == 5, ofSeconds(32));
        f.until(() -> f.machines.created() == 10, ofMinutes(3));
        f.until(() -> f.source.capacity() == 14, ofMinutes(3));
        assertThat(f.machines.created()).isEqualTo(10);
    }

    @Test
    @DisplayName(
            "SLANG-49 a pool that waits after failures in a row advertises no more than it has, and then all again")
    void aPoolThatWaitsAfterFailuresAdvertisesWhatItHas() {
        f.start(fleet -> fleet.maxRunners(6));
        f.source.assigned(1);
        f.untilIdle(1);
        assertThat(f.source.capacity()).isEqualTo(6);
        f.machines.always(
                FakeRunnerProvider.Call.PROVISION,
                CallFault.fail(new ProvisioningException(new RunnerId("any"), "out of stock", true, null)));
        f.source.assigned(3);
        f.until(() -> f.events(ProvisioningFailed.class).size() == 2);
        f.settle();
        assertThat(f.source.capacity())
                .as("a wait of 2 s is over before it would be heard of")
                .isEqualTo(6);
        f.until(() -> f.events(ProvisioningFailed.class).size() == 6);
        f.settle();
        assertThat(f.source.capacity()).isEqualTo(1);
        f.machines.heal();
        f.until(() -> f.count(RunnerState.IDLE) == 3, ofMinutes(2));
        f.settle();
        assertThat(f.source.capacity()).isEqualTo(6);
    }

    @Test
    void aPoolWhosePolicyFailsAdvertisesWhatItHas() {
        boolean[] broken = {false};
        f.start(fleet -> fleet.maxRunners(6).policy((pool, now) -> {
            if (broken[0]) {
                throw new IllegalStateException("a bug in the policy");
            }
            return new Target(2, "two");
        }));
        f.untilIdle(2);
        assertThat(f.source.capacity()).isEqualTo(6);
        broken[0] = true;
        f.source.assigned(1);
        f.settle();
        assertThat(f.source.capacity()).isEqualTo(2);
    }

    @Test
    void minTotalIsThereInAnyCaseAndNotOnTopOfTheJobs() {
        f.start(fleet -> fleet.minTotal(3).maxRunners(5));
        f.untilIdle(3);
        f.source.assigned(2);
        f.advance(ofMinutes(1));
        assertThat(f.machines.created()).isEqualTo(3);
        f.source.assigned(4);
        f.untilIdle(4);
    }

    @Test
    void aSharingThatFailsIsNoSharing() {
        FakeJobSource other = FakeJobSource.of("others", f.time.network());
        FleetSharing broken = (free, claims, now) -> new int[] {free + 1, 0};
        f.fleet = RunnerCoordinator.builder()
                .addPool(RunnerPool.builder("one", f.source, f.machines)
                        .maxRunners(4)
                        .build())
                .addPool(RunnerPool.builder("two", other, f.machines)
                        .maxRunners(4)
                        .build())
                .maxRunnersTotal(5)
                .sharing(broken)
                .scheduler(f.host)
                .start();
        f.settle();
        assertThat(f.source.capacity() + other.capacity()).isEqualTo(5);
        f.source.assigned(4);
        other.assigned(4);
        f.untilIdle(5);
        f.advance(ofMinutes(1));
        assertThat(f.machines.mostAtOnce()).isEqualTo(5);
    }

    @Test
    void poolsWhoseRoomsAreTheirOwnAdvertiseThemAllAtOnce() {
        FakeJobSource other = FakeJobSource.of("other", f.time.network());
        var machines = new RoomyMachines(f.machines);
        f.fleet = RunnerCoordinator.builder()
                .addPool(RunnerPool.builder("one", f.source, machines)
                        .profile(RunnerProfile.builder("two-fit").cores(2).build())
                        .build())
                .addPool(RunnerPool.builder("two", other, machines)
                        .profile(RunnerProfile.builder("one-fits").cores(1).build())
                        .build())
                .scheduler(f.host)
                .journal(f.journal)
                .start();
        f.settle();
        assertThat(f.source.capacity()).isEqualTo(2);
        assertThat(other.capacity()).isEqualTo(1);
    }
}
