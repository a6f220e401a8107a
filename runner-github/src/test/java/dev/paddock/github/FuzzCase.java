package dev.paddock.github;

import java.util.List;
import java.util.SplittableRandom;

/** One case, a function of a seed and its number. */
final class FuzzCase {
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final long seed;
    private final long number;
    private final FuzzTargets.Target target;
    private final FuzzService service;

    FuzzCase(long seed, long number, List<FuzzTargets.Target> targets) {
        this.seed = seed;
        this.number = number;
        var random = new SplittableRandom(seed * SPREAD + number);
        this.target = targets.get(random.nextInt(targets.size()));
        this.service = new FuzzService(random);
    }

    /** Plays it, and throws what is wrong. */
    void play() {
        RecordedLogs.start();
        try {
            target.play().accept(service);
            service.mustNotHaveStrayed();
            RecordedLogs.lines().forEach(line -> FuzzService.tellsNothing("the log", line));
            List<String> bugs = RecordedLogs.lines().stream()
                    .filter(line -> line.startsWith("ERROR") && !line.contains("gives up"))
                    .toList();
            if (!bugs.isEmpty()) {
                throw new AssertionError("logged: " + bugs);
            }
        } finally {
            RecordedLogs.stop();
        }
    }

    long number() {
        return number;
    }

    /** The line that replays this case alone. */
    String replay() {
        return "./mvnw -Dquick verify -pl runner-github -am -Dtest=FuzzTest -Dsurefire.failIfNoSpecifiedTests=false"
                + " -Dpaddock.fuzz.seed=" + seed + " -Dpaddock.fuzz.case=" + number;
    }

    @Override
    public String toString() {
        return "case " + number + " of seed " + seed + ": " + target + "\n  " + String.join("\n  ", service.story());
    }
}
