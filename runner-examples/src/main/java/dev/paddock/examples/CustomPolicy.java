package dev.paddock.examples;

import dev.paddock.RunnerCoordinator;
import dev.paddock.event.DecisionMade;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.scaling.Target;
import dev.paddock.testkit.FakeJobSource;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.VirtualTime;
import java.time.Duration;

/** A policy of one's own: two runners wait in office hours. A day of it in virtual time, each decision explained. */
public final class CustomPolicy {
    static final ScalingPolicy OFFICE_HOURS = (pool, now) -> {
        int hour = now.atZone(java.time.ZoneOffset.UTC).getHour();
        int warm = hour >= 8 && hour < 18 ? 2 : 0;
        return new Target(pool.statistics().assigned() + warm, warm + " warm at " + hour + " o'clock");
    };

    private CustomPolicy() {}

    /**
     * Prints a day of decisions.
     *
     * @param args none
     */
    public static void main(String... args) {
        var time = VirtualTime.seeded(1);
        var machines = FakeRunnerProvider.builder(time.network()).build();
        var fleet = RunnerCoordinator.builder(FakeJobSource.of("office"), machines)
                .policy(OFFICE_HOURS)
                .scheduler(time.host("here"))
                .on(
                        DecisionMade.class,
                        made -> System.out.println(made.decision().explain()))
                .start();
        time.advance(Duration.ofHours(24));
        time.await(fleet.closeAsync(), Duration.ofHours(1));
    }
}
