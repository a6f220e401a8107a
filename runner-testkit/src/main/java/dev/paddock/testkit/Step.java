package dev.paddock.testkit;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/**
 * A step of a job. A real stand-in runner runs the command; a runner in memory waits the duration and takes the exit
 * code.
 *
 * @param name shown in logs
 * @param command what {@code sh -c} is given
 * @param duration how long it takes in memory; not negative
 * @param exitCode how it ends in memory; anything but 0 fails the job
 */
public record Step(String name, String command, Duration duration, int exitCode) {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the name is blank or the duration negative
     */
    public Step {
        Objects.requireNonNull(command, "command");
        if (Objects.requireNonNull(name, "name").isBlank()) {
            throw new IllegalArgumentException("a step's name must not be blank");
        }
        if (Objects.requireNonNull(duration, "duration").isNegative()) {
            throw new IllegalArgumentException("step \"" + name + "\": duration must not be negative: " + duration);
        }
    }

    /**
     * A step that runs a command; in memory it takes a second and succeeds.
     *
     * @param name shown in logs
     * @param command what {@code sh -c} is given
     * @return the step
     */
    public static Step run(String name, String command) {
        return new Step(name, command, Duration.ofSeconds(1), 0);
    }

    /**
     * A step that takes a while and succeeds.
     *
     * @param name shown in logs
     * @param duration how long
     * @return the step
     */
    public static Step taking(String name, Duration duration) {
        return new Step(name, "sleep " + seconds(duration), duration, 0);
    }

    /**
     * A step that takes a while and fails with exit code 1.
     *
     * @param name shown in logs
     * @param duration how long
     * @return the step
     */
    public static Step failing(String name, Duration duration) {
        return new Step(name, "sleep " + seconds(duration) + "; exit 1", duration, 1);
    }

    private static String seconds(Duration duration) {
        return duration.toSeconds() + "." + String.format(Locale.ROOT, "%03d", duration.toMillisPart());
    }
}
