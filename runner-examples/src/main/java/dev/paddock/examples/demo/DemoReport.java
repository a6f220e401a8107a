package dev.paddock.examples.demo;

import dev.paddock.RunnerState;
import dev.paddock.examples.demo.SimulatedGitHub.Job;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** How a demo came out, in two lines, and one for each thing that is not as it should be. */
final class DemoReport {
    private DemoReport() {}

    /** Prints it; returns the exit code. */
    static int print(
            PrintStream out, DemoWorkload workload, RunnerSeconds seconds, List<String> leaked, Instant start) {
        List<Job> jobs = workload.lastAttempts();
        List<Job> wrong =
                jobs.stream().filter(job -> !workload.endedAsItShould(job)).toList();
        long lost = jobs.stream()
                .filter(job -> !job.isOver() || job.result().equals("abandoned"))
                .count();
        wrong.forEach(job -> out.println("not as it should be: " + job));
        leaked.forEach(thing -> out.println("left behind: " + thing));
        List<Duration> waits = workload.waits();
        out.printf(
                Locale.ROOT,
                "waited for a runner: median %.2f s, p95 %.2f s; runner-seconds: %.1f busy, %.1f idle; took %.1f s%n",
                percentile(waits, 0.5),
                percentile(waits, 0.95),
                seconds.in(RunnerState.BUSY),
                seconds.in(RunnerState.IDLE),
                Duration.between(start, Instant.now()).toMillis() / 1000.0);
        out.printf(
                "jobs=%d succeeded=%d lost=%d leaked=%d%n",
                jobs.size(), jobs.size() - wrong.size(), lost, leaked.size());
        return wrong.isEmpty() && lost == 0 && leaked.isEmpty() ? 0 : 1;
    }

    private static double percentile(List<Duration> sorted, double share) {
        if (sorted.isEmpty()) {
            return 0;
        }
        int index = (int) Math.ceil(share * sorted.size()) - 1;
        return sorted.get(Math.max(0, index)).toMillis() / 1000.0;
    }
}
