package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.FleetSnapshot;
import dev.paddock.Runner;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.spi.Deregistration;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Random faults against a fleet with work to do. A failure names its seed; {@code -Dpaddock.seed=N} replays it. */
class FleetSimulationTest {
    private static final int MAX = 5;
    private static final ScalingPolicy POLICY = ScalingPolicy.aggressive()
            .and(ScalingPolicy.warmAfterUse(1, Duration.ofMinutes(5)))
            .and(ScalingPolicy.launchCredit())
            .and(ScalingPolicy.createRate(6, Duration.ofMinutes(1), 3))
            .and(ScalingPolicy.repositoryCap(3));
    private static final Duration CONVERGENCE = Duration.ofMinutes(90);

    @Test
    void whateverGoesWrongNoRuleIsBrokenAndAllIsWellInTheEnd() {
        run(1, 60);
    }

    @Test
    void theRulesHoldWithPoliciesThatHedgeHoldAndForbid() {
        run(5_000, 60, POLICY);
    }

    @Test
    @Tag("ci")
    void whateverGoesWrongForManySeeds() {
        run(1_000, 1_000);
    }

    @Test
    @Tag("ci")
    void theRulesHoldWithPoliciesForManySeeds() {
        run(6_000, 1_000, POLICY);
    }

    private static void run(long firstSeed, int seeds) {
        run(firstSeed, seeds, ScalingPolicy.onDemand());
    }

    private static void run(long firstSeed, int seeds, ScalingPolicy policy) {
        Long only = Long.getLong("paddock.seed");
        long last = only == null ? firstSeed + seeds - 1 : only;
        for (long seed = only == null ? firstSeed : only; seed <= last; seed++) {
            try {
                new Simulation(seed, policy).run();
            } catch (AssertionError | RuntimeException failure) {
                throw new AssertionError("seed " + seed + ": replay with -Dpaddock.seed=" + seed, failure);
            }
        }
    }

    private static final class Simulation {
        private final FleetFixture f;
        private final JobWorld world;
        private final RandomGenerator random;
        private final ScalingPolicy policy;
        private long lastVersion;
        private RunnerId[] machineIds = {};

        Simulation(long seed, ScalingPolicy policy) {
            this.policy = policy;
            f = new FleetFixture(seed);
            random = f.time.random();
            world = new JobWorld(f.time, f.source);
            f.machines(machines -> machines.program(world.program()).concurrentCreations(3));
        }

        void run() {
            start();
            for (int i = 0; i < 120; i++) {
                somethingHappens();
                Duration step = Duration.ofMillis(random.nextInt(30_000));
                f.time.advanceUntil(this::check, step);
            }
            world.calm();
            f.machines.heal();
            f.source.heal();
            boolean over = f.time.advanceUntil(() -> check() || allIsWell(), CONVERGENCE);
            assertThat(over)
                    .as(
                            "%s; %s; machines %s; registrations %s",
                            world, f.snapshot(), f.machines.machines(), f.source.registrations())
                    .isTrue();
        }

        private void start() {
            f.start(fleet ->
                    fleet.maxRunners(MAX).idleTimeout(Duration.ofMinutes(2)).policy(policy));
            lastVersion = 0;
        }

        private boolean allIsWell() {
            return world.isOver()
                    && f.snapshot().runners().isEmpty()
                    && f.machines.machines().isEmpty()
                    && f.source.registrations().isEmpty();
        }

        // ---- what happens ----------------------------------------------------------------------------------

        private void somethingHappens() {
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> submit();
                case 3 -> kill(false);
                case 4 -> kill(true);
                case 5 -> f.machines.next(anyOf(FakeRunnerProvider.Call.values()), fault());
                case 6 -> f.source.next(anyOf(FakeJobSource.Call.values()), fault());
                case 7 -> f.machines.next(FakeRunnerProvider.Call.PROVISION, fault(), fault());
                case 8 -> f.source.answerDeregister(Deregistration.UNKNOWN, Deregistration.BUSY);
                case 9 -> f.machines.unreachable(random.nextBoolean() ? new String[] {"a zone"} : new String[0]);
                case 10 -> f.source.listsWhole(random.nextBoolean());
                default -> crash();
            }
        }

        private void submit() {
            for (int i = random.nextInt(6); i >= 0; i--) {
                world.submit(Duration.ofMillis(100 + random.nextInt(180_000)));
            }
        }

        private void kill(boolean unseen) {
            machineIds = f.machines.machines().stream()
                    .map(FakeRunnerProvider.MachineRecord::runner)
                    .toArray(RunnerId[]::new);
            if (machineIds.length > 0) {
                RunnerId id = anyOf(machineIds);
                world.expectTheEndOf(id);
                if (unseen) {
                    f.machines.vanish(id);
                } else {
                    f.machines.kill(id);
                }
            }
        }

        private void crash() {
            f.crash();
            f.time.advance(Duration.ofMillis(random.nextInt(20_000)));
            start();
        }

        private <T> T anyOf(T[] things) {
            return things[random.nextInt(things.length)];
        }

        private CallFault fault() {
            return switch (random.nextInt(7)) {
                case 0 -> CallFault.fail(new RunnerException("made up", true, null));
                case 1 -> CallFault.fail(new ProvisioningException(new RunnerId("any"), "made up", true, null));
                case 2 -> CallFault.throwAtOnce(new IllegalStateException("made up"));
                case 3 -> CallFault.loseReply();
                case 4 -> CallFault.noAnswer();
                case 5 -> CallFault.delay(Duration.ofMillis(random.nextInt(100_000)));
                default -> CallFault.delayReply(Duration.ofMillis(random.nextInt(200_000)));
            };
        }

        // ---- what must hold --------------------------------------------------------------------------------

        /** Checks the invariants; always false, so that time goes on. */
        private boolean check() {
            assertThat(world.violations()).isEmpty();
            assertThat(f.machines.mostAtOnce()).isLessThanOrEqualTo(MAX);
            assertThat(f.machines.mostUnderWay()).isLessThanOrEqualTo(MAX);
            assertThat(f.source.capacity()).isLessThanOrEqualTo(MAX);
            FleetSnapshot snapshot = f.snapshot();
            assertThat(snapshot.version()).isGreaterThanOrEqualTo(lastVersion);
            if (snapshot.version() != lastVersion) {
                lastVersion = snapshot.version();
                isConsistent(snapshot);
            }
            return false;
        }

        private static void isConsistent(FleetSnapshot snapshot) {
            FleetSnapshot.Pool pool = snapshot.pools().get(0);
            List<Runner> runners = snapshot.runners();
            assertThat(runners).doesNotHaveDuplicates();
            assertThat(runners).extracting(Runner::state).doesNotContain(RunnerState.REMOVED);
            assertThat(pool.starting() + pool.idle() + pool.busy() + pool.leaving())
                    .isEqualTo(runners.size());
            assertThat(pool.idle()).isEqualTo(snapshot.count(RunnerState.IDLE));
            assertThat(runners.size()).isLessThanOrEqualTo(MAX);
        }
    }
}
