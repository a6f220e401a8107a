package dev.paddock.examples.faults;

import dev.paddock.Job;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.event.DecisionMade;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.JobAssigned;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.JobStarted;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.event.SourceStateChanged;
import dev.paddock.testkit.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What happened in an episode, a line each, by virtual time. */
final class Trace {
    private final VirtualTime time;
    private final List<String> lines = new ArrayList<>();

    Trace(VirtualTime time) {
        this.time = time;
    }

    void add(String who, String what) {
        Duration at = time.elapsed();
        lines.add(String.format(
                Locale.ROOT,
                "%02d:%02d:%02d.%03d  %-8s %s%n",
                at.toHours(),
                at.toMinutesPart(),
                at.toSecondsPart(),
                at.toMillisPart(),
                who,
                what));
    }

    static String inShort(FleetEvent event) {
        if (event instanceof RunnerStateChanged runner) {
            return runner.runner() + " " + runner.from() + " -> " + runner.to() + ": " + runner.detail();
        } else if (event instanceof DecisionMade made) {
            return made.decision().explain();
        } else if (event instanceof JobAssigned job) {
            return job.pool() + ": job " + nameOf(job.job()) + " assigned";
        } else if (event instanceof JobStarted job) {
            return job.pool() + ": job " + nameOf(job.job()) + " runs on " + job.runner();
        } else if (event instanceof JobCompleted job) {
            return job.pool() + ": job " + nameOf(job.job()) + " on "
                    + job.runner().orElse("no runner") + " ended: " + job.result();
        } else if (event instanceof SourceStateChanged source) {
            return source.pool() + " is " + source.state() + ": " + source.detail();
        } else if (event instanceof CoordinatorStateChanged state) {
            return state.from() + " -> " + state.to() + ": " + state.detail();
        }
        return event.toString();
    }

    private static String nameOf(Job job) {
        return job.name() + " of run " + job.runId();
    }

    String last(int count) {
        return String.join("", lines.subList(Math.max(0, lines.size() - count), lines.size()));
    }
}
