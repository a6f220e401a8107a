package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.spi.JobStatistics;

/** A scale set's counters, right by construction. */
record Counts(int available, int assigned, int running, int registered, int busy, int idle) {
    static Counts of(ScaleSetEntry set) {
        int online = 0;
        int busy = 0;
        for (AgentEntry agent : set.agents.values()) {
            online += agent.online ? 1 : 0;
            busy += agent.busy() ? 1 : 0;
        }
        int running = set.running.size();
        var counts = new Counts(
                set.available.size(), set.assigned.size() + running, running, set.agents.size(), busy, online - busy);
        if (busy != running || counts.idle < 0) {
            throw new IllegalStateException("scale set " + set.name + ": counters disagree: " + counts);
        }
        return counts;
    }

    JobStatistics statistics() {
        return new JobStatistics(assigned, running, registered, busy, idle);
    }

    ObjectNode json() {
        var json = Json.object();
        json.put("totalAvailableJobs", available);
        json.put("totalAcquiredJobs", 0);
        json.put("totalAssignedJobs", assigned);
        json.put("totalRunningJobs", running);
        json.put("totalRegisteredRunners", registered);
        json.put("totalBusyRunners", busy);
        json.put("totalIdleRunners", idle);
        return json;
    }
}
