package dev.paddock.scaling;

import static dev.paddock.scaling.Views.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.internal.engine.PoolRules;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What holds for every policy, whatever a pool looks like. */
class PolicyPropertiesTest {
    private static final long SEED = 20260304;
    private static final int CASES = 3_000;

    private static Map<String, ScalingPolicy> policies() {
        var noon = WeeklySchedule.daily(LocalTime.of(11, 0), LocalTime.of(13, 0), ZoneOffset.UTC);
        Map<String, ScalingPolicy> all = new TreeMap<>();
        all.put("onDemand", ScalingPolicy.onDemand());
        all.put("warm", ScalingPolicy.warm(4, noon));
        all.put("warmAfterUse", ScalingPolicy.warmAfterUse(3, Duration.ofMinutes(30)));
        all.put("lazy", ScalingPolicy.lazy());
        all.put("balanced", ScalingPolicy.balanced());
        all.put("aggressive", ScalingPolicy.aggressive());
        Map<String, ScalingPolicy> bounds = new TreeMap<>();
        bounds.put("cooldown", ScalingPolicy.cooldown(Duration.ofMinutes(10)));
        bounds.put("idleTimeout", ScalingPolicy.idleTimeout(Duration.ofMinutes(3)));
        bounds.put("breakEven", ScalingPolicy.breakEven(BigDecimal.ONE));
        bounds.put("createRate", ScalingPolicy.createRate(10, Duration.ofMinutes(10), 5));
        bounds.put("launchCredit", ScalingPolicy.launchCredit());
        bounds.put("repositoryCap", ScalingPolicy.repositoryCap(2));
        bounds.put("ownerCap", ScalingPolicy.ownerCap(3));
        bounds.put("hardBudget", ScalingPolicy.hardBudget(BigDecimal.TEN, ZoneOffset.UTC));
        bounds.put("softBudget", ScalingPolicy.softBudget(BigDecimal.TEN, ZoneOffset.UTC));
        ScalingPolicy everything = ScalingPolicy.warm(2, noon);
        for (ScalingPolicy bound : bounds.values()) {
            everything = everything.and(bound);
        }
        bounds.forEach((name, bound) -> all.put(name, ScalingPolicy.onDemand().and(bound)));
        all.put("everything", everything);
        return all;
    }

    private interface Property {
        void holds(ScalingPolicy policy, Views views, SplittableRandom random, String as);
    }

    private static void forAll(Property property) {
        policies().forEach((name, policy) -> {
            var random = new SplittableRandom(SEED);
            for (int i = 0; i < CASES; i++) {
                Views views = Views.random(random);
                property.holds(policy, views, random, name + ", seed " + SEED + ", case " + i + ": " + views);
            }
        });
    }

    @Test
    void theTargetIsNeverNegativeAndNeverFallsWhenMoreIsAssigned() {
        forAll((policy, views, random, as) -> {
            int more = views.view().statistics().assigned() + 1 + random.nextInt(5);
            Target less = policy.target(views.view(), NOW);
            Target target = policy.target(views.assigned(more).view(), NOW);
            assertThat(less.wanted(views.view())).as(as).isNotNegative();
            assertThat(target.wanted(views.view())).as(as).isGreaterThanOrEqualTo(less.wanted(views.view()));
            assertThat(target.allowed()).as(as).isEqualTo(less.allowed());
        });
    }

    @Test
    void theSameInputGivesTheSameOutput() {
        Map<String, ScalingPolicy> again = policies();
        policies().forEach((name, policy) -> {
            var random = new SplittableRandom(SEED);
            for (int i = 0; i < CASES / 10; i++) {
                Views views = Views.random(random);
                assertThat(policy.target(views.view(), NOW))
                        .as("%s, seed %d, case %d", name, SEED, i)
                        .isEqualTo(policy.target(views.view(), NOW))
                        .isEqualTo(again.get(name).target(views.view(), NOW));
            }
        });
    }

    @Test
    void theOrderInWhichPoliciesArePutTogetherDoesNotMatter() {
        List<ScalingPolicy> all = new ArrayList<>(policies().values());
        var random = new SplittableRandom(SEED);
        for (int i = 0; i < CASES; i++) {
            PoolView view = Views.random(random).view();
            Target one = all.get(random.nextInt(all.size())).target(view, NOW);
            Target two = all.get(random.nextInt(all.size())).target(view, NOW);
            Target three = all.get(random.nextInt(all.size())).target(view, NOW);
            String as = "seed " + SEED + ", case " + i;
            assertThat(silent(one.and(two))).as(as).isEqualTo(silent(two.and(one)));
            assertThat(silent(one.and(two).and(three))).as(as).isEqualTo(silent(one.and(two.and(three))));
            assertThat(one.and(one)).as(as).isEqualTo(one);
        }
    }

    private static Target silent(Target target) {
        return new Target(
                target.runners(),
                target.late(),
                target.limit(),
                target.allowed(),
                target.idleTimeout(),
                target.recheck(),
                "",
                "");
    }

    @Test
    void neverMoreThanTheMaximumNorThanAllowed() {
        forAll((policy, views, random, as) -> {
            PoolView view = views.view();
            Target target = policy.target(view, NOW);
            var inputs = new PoolRules.Inputs(
                    view,
                    target,
                    random.nextInt(2),
                    random.nextInt(9),
                    random.nextInt(9),
                    random.nextInt(9),
                    true,
                    true,
                    false,
                    random.nextInt(9) == 0,
                    target.idleTimeout().orElse(Duration.ofMinutes(5)),
                    false,
                    List.of(),
                    false);
            PoolRules.Verdict verdict = PoolRules.decide(inputs, List.of(), NOW);
            assertThat(verdict.create()).as(as).isNotNegative();
            if (verdict.create() > 0) {
                assertThat(view.occupied() + verdict.create()).as(as).isLessThanOrEqualTo(view.maxRunners());
                assertThat(view.serving() + verdict.create()).as(as).isLessThanOrEqualTo(target.allowed());
            }
            assertThat(verdict.hedges()).as(as).isBetween(0, verdict.create());
        });
    }

    @Test
    void hedgesNeverMoreThanDoubleTheLaunchesThatAreNeeded() {
        forAll((policy, views, random, as) -> {
            PoolView view = views.view();
            Target target = policy.target(view, NOW);
            int needed = Math.max(0, target.runners() - view.idle() - view.busy());
            assertThat(target.wanted(view)).as(as).isLessThanOrEqualTo(target.runners() + needed);
        });
    }
}
