package dev.paddock.github.runner;

import dev.paddock.scaling.ScalingPolicy;
import java.time.Duration;
import java.util.List;

/**
 * How many runners the variables ask for.
 *
 * @param least how many there are in any case
 * @param most the most
 * @param policy how many between them
 */
record EnvironmentScaling(int least, int most, ScalingPolicy policy) {
    private static final int MOST_RUNNERS = 1000;
    private static final int A_DAY = 86_400;
    private static final List<String> DYNAMIC = List.of(
            "RUNNER_SCALING_MODE",
            "RUNNER_MIN_COUNT",
            "RUNNER_MAX_COUNT",
            "RUNNER_SCALE_UP_THRESHOLD",
            "RUNNER_SCALE_DOWN_THRESHOLD",
            "RUNNER_SCALE_COOLDOWN");

    /** What a word stands for. */
    private enum Mode {
        LAZY(5, 120),
        BALANCED(2, 60),
        AGGRESSIVE(1, 30);

        private final int up;
        private final int cooldown;

        Mode(int up, int cooldown) {
            this.up = up;
            this.cooldown = cooldown;
        }
    }

    static EnvironmentScaling of(EnvironmentReader in, boolean manual) {
        List<String> set = DYNAMIC.stream().filter(in::isSet).toList();
        boolean dynamic = in.flag("RUNNER_ENABLE_DYNAMIC_SCALING", !set.isEmpty());
        int count = in.number("RUNNER_COUNT", 1, 1, MOST_RUNNERS);
        EnvironmentScaling between = dynamic(in);
        if (!dynamic) {
            if (!set.isEmpty()) {
                in.problem(
                        String.join(", ", set) + (set.size() > 1 ? " are" : " is")
                                + " for dynamic scaling, which RUNNER_ENABLE_DYNAMIC_SCALING turns off: unset one or the other");
            }
            return new EnvironmentScaling(manual ? count : 0, count, ScalingPolicy.onDemand());
        }
        if (manual) {
            in.problem("RUNNER_MODE is manual, which keeps RUNNER_COUNT runners, and RUNNER_ENABLE_DYNAMIC_SCALING or a"
                    + " variable of it asks for a changing number: use one of them");
        }
        if (in.isSet("RUNNER_COUNT")) {
            in.problem(
                    "RUNNER_COUNT is a fixed number, and RUNNER_ENABLE_DYNAMIC_SCALING or a variable of it asks for a"
                            + " changing one: use RUNNER_MIN_COUNT and RUNNER_MAX_COUNT alone");
        }
        return between;
    }

    private static EnvironmentScaling dynamic(EnvironmentReader in) {
        Mode mode = switch (in.oneOf("RUNNER_SCALING_MODE", "balanced", "lazy", "balanced", "aggressive")) {
            case "lazy" -> Mode.LAZY;
            case "aggressive" -> Mode.AGGRESSIVE;
            default -> Mode.BALANCED;
        };
        int least = in.number("RUNNER_MIN_COUNT", 1, 0, MOST_RUNNERS);
        int most = in.number("RUNNER_MAX_COUNT", Math.max(least, 10), 1, MOST_RUNNERS);
        if (least > most) {
            in.problem("RUNNER_MIN_COUNT " + least + " is more than RUNNER_MAX_COUNT " + most);
        }
        if (mode == Mode.LAZY && least == 0) {
            in.problem(
                    "RUNNER_MIN_COUNT must be at least 1 in RUNNER_SCALING_MODE lazy, whose few jobs wait for it: 0");
        }
        int up = in.number("RUNNER_SCALE_UP_THRESHOLD", mode.up, 1, MOST_RUNNERS);
        int down = in.number("RUNNER_SCALE_DOWN_THRESHOLD", 0, 0, MOST_RUNNERS);
        Duration cooldown = in.seconds("RUNNER_SCALE_COOLDOWN", mode.cooldown, 0, A_DAY);
        ScalingPolicy policy = ScalingPolicy.queueThreshold(up, down);
        return new EnvironmentScaling(
                Math.min(least, most), most, cooldown.isZero() ? policy : policy.and(ScalingPolicy.cooldown(cooldown)));
    }
}
