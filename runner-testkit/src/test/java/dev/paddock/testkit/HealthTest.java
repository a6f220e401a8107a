package dev.paddock.testkit;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.Health;
import dev.paddock.Runner;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.event.CreationsFailing;
import dev.paddock.event.JobOverdue;
import dev.paddock.event.RunnerHealthChanged;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.HealthCheck;
import dev.paddock.testkit.FakeRunnerProvider.Call;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HealthTest {
    private static final Duration INTERVAL = ofSeconds(30);

    private final FleetFixture f = new FleetFixture();

    private void start(UnaryOperator<RunnerPool.Builder> settings) {
        RunnerPool pool = settings.apply(
                        RunnerPool.builder("gpu", f.source, f.machines).maxRunners(5))
                .build();
        f.fleet = RunnerCoordinator.builder()
                .addPool(pool)
                .scheduler(f.host)
                .journal(f.journal)
                .onEvent(f.events::add)
                .start();
    }

    private RunnerId idle() {
        f.source.assigned(0);
        f.untilIdle(1);
        return f.only();
    }

    private List<Health.Status> told(RunnerId runner) {
        return f.events(RunnerHealthChanged.class).stream()
                .filter(event -> event.runner().equals(runner))
                .map(event -> event.to().status())
                .toList();
    }

    @Test
    @DisplayName(
            "RL-R8, RL-R25 each runner is looked at every 30 s, a tenth more or less, and no two at the same moment")
    void eachRunnerIsLookedAtEveryThirtySeconds() {
        Map<RunnerId, List<Instant>> looks = new HashMap<>();
        start(pool -> pool.minIdle(5).addHealthCheck(runner -> {
            looks.computeIfAbsent(runner.id(), id -> new ArrayList<>()).add(f.time.now());
            return CompletableFuture.completedFuture(Health.healthy());
        }));
        f.source.assigned(0);
        f.untilIdle(5);
        f.advance(ofSeconds(600));
        assertThat(looks).hasSize(5);
        looks.values().forEach(of -> {
            assertThat(of.size()).isBetween(18, 22);
            for (int i = 1; i < of.size(); i++) {
                assertThat(Duration.between(of.get(i - 1), of.get(i))).isBetween(ofSeconds(27), ofSeconds(33));
            }
        });
        assertThat(looks.values().stream().map(of -> of.get(0)).distinct()).hasSize(5);
        assertThat(f.snapshot().runners())
                .allSatisfy(runner -> assertThat(runner.health()).contains(Health.healthy()));
        assertThat(f.events(RunnerHealthChanged.class)).isEmpty();
    }

    @Test
    @DisplayName("RL-R25 a check that never answers delays no other runner's, and makes its own UNKNOWN")
    void aSlowCheckDelaysNobody() {
        List<RunnerId> silent = new ArrayList<>();
        Map<RunnerId, Integer> looks = new HashMap<>();
        HealthCheck check = runner -> {
            looks.merge(runner.id(), 1, Integer::sum);
            return silent.contains(runner.id())
                    ? new CompletableFuture<>()
                    : CompletableFuture.completedFuture(Health.healthy());
        };
        start(pool -> pool.minIdle(3).addHealthCheck(check));
        f.source.assigned(0);
        f.untilIdle(3);
        silent.add(f.ids().get(0));
        f.advance(ofSeconds(300));
        assertThat(looks.values()).allSatisfy(count -> assertThat(count).isBetween(9, 11));
        assertThat(told(silent.get(0))).containsExactly(Health.Status.UNKNOWN);
        assertThat(f.events(RunnerHealthChanged.class)).hasSize(1);
        assertThat(f.runner(silent.get(0)).health().orElseThrow().evidence()).contains("within PT10S");
    }

    @Test
    void howARunnerIsIsToldByTheStatusTheExplanationAndTheMetrics() {
        start(pool -> pool.minIdle(1)
                .addHealthCheck(runner -> CompletableFuture.completedFuture(Health.degraded("the disk fills up"))));
        RunnerId id = idle();
        f.advance(ofMinutes(2));
        assertThat(f.fleet().explain(id).text()).contains("Its health: DEGRADED, the disk fills up.");
        assertThat(f.snapshot().toText()).contains("DEGRADED");
        assertThat(f.snapshot().toJson())
                .contains("\"health\" : \"DEGRADED\"", "\"healthEvidence\" : \"the disk fills up\"");
        assertThat(f.fleet().metrics().value("paddock_runner_health", "pool", "gpu", "status", "degraded"))
                .hasValue(1);
    }

    @Test
    @DisplayName("RL-A17, RL-R24 an idle runner that is killed is replaced within 5 s and its start")
    void aKilledRunnerIsReplaced() {
        start(pool -> pool.minIdle(1));
        RunnerId first = idle();
        f.machines.kill(first);
        f.until(
                () -> f.snapshot().runners().stream()
                        .anyMatch(one ->
                                one.state() == RunnerState.IDLE && !one.id().equals(first)),
                ofSeconds(5).plusMillis(1_500));
    }

    @Test
    void aMachineThatVanishedUnseenIsReplacedAfterTheNextLook() {
        start(pool -> pool.minIdle(1));
        RunnerId first = idle();
        f.machines.vanish(first);
        Duration bound =
                INTERVAL.multipliedBy(11).dividedBy(10).plus(ofSeconds(5)).plusMillis(1_500);
        f.until(
                () -> f.snapshot().runners().stream()
                        .anyMatch(one ->
                                one.state() == RunnerState.IDLE && !one.id().equals(first)),
                bound);
    }

    @Test
    void anIdleRunnerThatFailsThreeLooksIsReplacedAndTwoAreNotEnough() {
        start(pool -> pool.minIdle(1));
        RunnerId first = idle();
        f.machines.health(first, Health.failed("GPU 0 fell off the bus"));
        f.until(() -> told(first).equals(List.of(Health.Status.DEGRADED)), ofSeconds(34));
        f.machines.health(first, Health.healthy());
        f.until(() -> told(first).equals(List.of(Health.Status.DEGRADED, Health.Status.HEALTHY)), ofSeconds(70));
        assertThat(f.only()).isEqualTo(first);
        f.machines.health(first, Health.failed("GPU 0 fell off the bus"));
        f.until(() -> f.machines.created() == 2, ofSeconds(110));
        f.until(() -> f.snapshot().runners().stream().map(Runner::id).noneMatch(first::equals));
        f.untilIdle(1);
        assertThat(f.events(RunnerStateChanged.class))
                .anySatisfy(event -> assertThat(event.detail()).contains("unfit: GPU 0 fell off the bus"));
    }

    @Test
    void aBusyRunnerThatFailedIsToldAndLeftAlone() {
        start(pool -> pool);
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId runner = f.only();
        f.source.started(FleetFixture.job("j"), runner.value());
        f.machines.health(runner, Health.failed("out of memory"));
        f.until(() -> told(runner).contains(Health.Status.FAILED), ofMinutes(3));
        f.advance(ofMinutes(10));
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.machines.count(Call.REMOVE)).isZero();
    }

    @Test
    @DisplayName("RL-A13 an UNKNOWN runner is neither retired as idle nor taken for dead, for however long")
    void anUnknownRunnerIsNeitherIdleNorDead() {
        start(pool -> pool.idleTimeout(ofMinutes(2)));
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId runner = f.only();
        f.machines.always(Call.HEALTH, CallFault.fail(new IllegalStateException("no answer from the zone")));
        f.until(() -> told(runner).equals(List.of(Health.Status.UNKNOWN)), ofSeconds(70));
        f.source.assigned(0);
        f.advance(ofMinutes(10));
        assertThat(f.only()).as("the job went elsewhere").isEqualTo(runner);
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.IDLE);
        f.machines.always(Call.HEALTH, CallFault.none());
        f.untilNothingIsLeft(ofMinutes(3));
    }

    @Test
    @DisplayName("RL-A14 a runner that is found unfit and is busy after all keeps its job")
    void anUnfitRunnerThatTookAJobIsKept() {
        start(pool -> pool.minIdle(1));
        RunnerId runner = idle();
        f.source.answerDeregister(Deregistration.BUSY);
        f.machines.health(runner, Health.failed("slow disk"));
        f.until(() -> f.runner(runner).state() == RunnerState.BUSY, ofMinutes(3));
        f.advance(ofMinutes(5));
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
    }

    @Test
    @DisplayName("RL-A18, RL-R24 after five creations in a row the pool gives up, says why, rests, and tries one")
    void creationsThatFailAgainAndAgainAreTold() {
        start(pool -> pool.failureRest(ofMinutes(20)));
        f.machines.always(
                Call.PROVISION, CallFault.fail(new dev.paddock.error.RunnerException("no such image", true, null)));
        f.source.assigned(3);
        f.until(() -> !f.events(CreationsFailing.class).isEmpty(), ofMinutes(5));
        CreationsFailing told = f.events(CreationsFailing.class).get(0);
        assertThat(told.failures()).isEqualTo(5);
        assertThat(told.evidence()).hasSize(5).allMatch("no such image"::equals);
        assertThat(told.retryAfter()).isEqualTo(ofMinutes(20));
        int made = f.machines.count(Call.PROVISION);
        assertThat(made).isLessThanOrEqualTo(3 * 5);
        assertThat(f.pool().failing()).contains(told);
        assertThat(f.snapshot().toText())
                .contains(
                        "gpu: 5 creations in a row failed, as told at ",
                        " on, or after retry(); the last: no such image");
        assertThat(f.snapshot().toJson()).contains("\"creationsFailed\" : 5");
        f.advance(ofMinutes(19));
        assertThat(f.source.capacity()).as("advertised while it rests").isZero();
        assertThat(f.machines.count(Call.PROVISION)).isEqualTo(made);
        f.until(() -> f.events(CreationsFailing.class).size() == 2, ofMinutes(3));
        assertThat(f.machines.count(Call.PROVISION)).isEqualTo(made + 1);
        f.machines.heal();
        f.source.assigned(3);
        f.until(() -> f.count(RunnerState.IDLE) == 3, ofMinutes(22));
        assertThat(f.pool().failing()).isEmpty();
        assertThat(f.snapshot().toText()).doesNotContain("in a row failed");
    }

    @Test
    @DisplayName("a pool that has given up tries again at once when it is told to, and has all its tries again")
    void retryEndsTheRest() {
        start(pool -> pool.failureRest(ofDays(365)));
        f.machines.always(
                Call.PROVISION, CallFault.fail(new dev.paddock.error.RunnerException("no such image", true, null)));
        f.source.assigned(2);
        f.until(() -> !f.events(CreationsFailing.class).isEmpty(), ofMinutes(5));
        int made = f.machines.count(Call.PROVISION);
        assertThat(made).isLessThanOrEqualTo(2 * 5);
        f.advance(ofDays(2));
        assertThat(f.machines.count(Call.PROVISION)).isEqualTo(made);
        f.await(f.fleet().pool("gpu").retry(), ofSeconds(1));
        assertThat(f.pool().failing()).isEmpty();
        f.until(() -> f.events(CreationsFailing.class).size() == 2, ofMinutes(5));
        assertThat(f.events(CreationsFailing.class).get(1).failures()).isEqualTo(5);
        assertThat(f.machines.count(Call.PROVISION) - made).isBetween(5, 2 * 5);
        f.machines.heal();
        f.await(f.fleet().pool("gpu").retry(), ofSeconds(1));
        f.until(() -> f.count(RunnerState.IDLE) == 2, ofMinutes(5));
        f.advance(ofMinutes(5));
        assertThat(f.source.capacity()).isEqualTo(5);
    }

    @Test
    @DisplayName("RL-R20, RL-R33 a runner that is busy for longer than the pool's alert is told, once for each job")
    void aLongJobIsToldOnce() {
        start(pool -> pool.jobAlert(ofMinutes(15)));
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId runner = f.only();
        f.source.started(FleetFixture.job("long"), runner.value());
        f.settle();
        f.advance(ofMinutes(14));
        assertThat(f.events(JobOverdue.class)).isEmpty();
        f.advance(ofMinutes(60));
        assertThat(f.events(JobOverdue.class)).singleElement().satisfies(event -> {
            assertThat(event.runner()).isEqualTo(runner);
            assertThat(event.job()).contains(FleetFixture.job("long").key());
            assertThat(event.limit()).isEqualTo(ofMinutes(15));
            assertThat(Duration.between(event.since(), event.at())).isBetween(ofMinutes(15), ofSeconds(15 * 60 + 34));
        });
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.pool().overdue()).isEqualTo(f.events(JobOverdue.class));
        assertThat(f.snapshot().toText())
                .contains("gpu: " + runner + " has been busy since ", "with job long, longer than 15 min");
        assertThat(f.snapshot().toJson()).contains("\"overdue\" : [\n        \"" + runner + "\"");
        f.machines.kill(runner);
        f.until(() -> f.pool().overdue().isEmpty());
    }

    @Test
    void aRunnerThatIsGoneIsLookedAtNoMore() {
        start(pool -> pool.idleTimeout(ofSeconds(40)));
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId runner = f.only();
        f.source.assigned(0);
        f.untilNothingIsLeft(ofMinutes(3));
        int looks = f.machines.count(Call.HEALTH);
        f.advance(ofMinutes(5));
        assertThat(f.machines.count(Call.HEALTH)).isEqualTo(looks);
    }
}
