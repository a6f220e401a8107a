package dev.paddock.examples;

import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.event.CreationsFailing;
import dev.paddock.event.EventsMissed;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.JobOverdue;
import dev.paddock.event.JobStarted;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.event.SourceStateChanged;
import dev.paddock.gcp.GcpNotice;
import dev.paddock.gcp.VmEnded;
import dev.paddock.gcp.VmNotReady;
import dev.paddock.gcp.ZoneTried;
import java.util.Optional;

/** What a fleet of VMs tells, a line each. */
public final class EventText {
    private EventText() {}

    /**
     * An event of the fleet or of its VMs in words.
     *
     * @param event the event
     * @return one line, or a few where a VM's own last words follow; empty for what only programs want to know
     */
    public static Optional<String> of(FleetEvent event) {
        if (event instanceof JobStarted started) {
            return Optional.of(started.pool() + ": job " + started.job().name() + " runs on " + started.runner());
        } else if (event instanceof JobCompleted completed) {
            return Optional.of(completed.pool() + ": job " + completed.job().name() + " ended: " + completed.result());
        } else if (event instanceof RunnerStateChanged change) {
            return Optional.of(
                    change.pool() + ": " + change.runner() + " is " + change.to() + " (" + change.detail() + ")");
        } else if (event instanceof SourceStateChanged source) {
            return Optional.of(source.pool() + ": GitHub is " + source.state() + ": " + source.detail());
        } else if (event instanceof CoordinatorStateChanged change) {
            return Optional.of("the fleet is " + change.to() + ": " + change.detail());
        }
        return ofTrouble(event).or(() -> ofVm(event));
    }

    private static Optional<String> ofTrouble(FleetEvent event) {
        if (event instanceof ProvisioningFailed failed) {
            return Optional.of(failed.pool() + ": " + failed.runner() + " could not be made: " + failed.reason());
        } else if (event instanceof CreationsFailing failing) {
            return Optional.of(failing.pool() + ": " + failing.failures() + " creations in a row failed: "
                    + String.join("; ", failing.evidence()));
        } else if (event instanceof JobOverdue overdue) {
            return Optional.of(overdue.pool() + ": " + overdue.runner() + " has been busy since " + overdue.since());
        } else if (event instanceof EventsMissed missed) {
            return Optional.of("events " + missed.from() + " to " + missed.to() + " were missed");
        }
        return Optional.empty();
    }

    /**
     * An event of VMs in words.
     *
     * @param event the event
     * @return as {@link #of}; empty for all others
     */
    public static Optional<String> ofVm(FleetEvent event) {
        if (event instanceof ZoneTried tried) {
            return Optional.of(tried.pool() + ": " + tried.zone()
                    + tried.refused()
                            .map(kind -> " has no VM for " + tried.runner() + ": " + kind)
                            .orElse(" makes VM " + tried.runner())
                    + " (" + tried.detail() + ")");
        } else if (event instanceof VmEnded ended) {
            return Optional.of(ended.pool() + ": VM " + ended.runner() + " in " + ended.zone() + " ended: "
                    + ended.cause() + ", " + ended.detail());
        } else if (event instanceof VmNotReady late) {
            return Optional.of(
                    late.pool() + ": VM " + late.runner() + " in " + late.zone() + " never got ready; it said "
                            + (late.state().isEmpty() ? "nothing" : late.state()) + "\n" + late.serialOutput());
        } else if (event instanceof GcpNotice notice) {
            return Optional.of(notice.template() + ": " + notice.detail());
        }
        return Optional.empty();
    }
}
