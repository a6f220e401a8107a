package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.internal.actions.ScaleSetEntry.RunnerGroup;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The registered runners. An ephemeral one that stays offline for a day is forgotten, another after two weeks. */
final class Agents {
    private static final Duration FORGOTTEN_AFTER = Duration.ofDays(1);
    private static final Duration PERSISTENT_FORGOTTEN_AFTER = Duration.ofDays(14);

    private final SimClock clock;
    private final TokenDesk tokens;
    private final Map<Long, AgentEntry> byId = new TreeMap<>();
    private final Map<String, AgentEntry> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    /** The classic runners that wait for a job, the longest first. */
    private final Map<Long, AgentEntry> waiting = new LinkedHashMap<>();

    private long lastId;

    Agents(SimClock clock, TokenDesk tokens) {
        this.clock = clock;
        this.tokens = tokens;
    }

    List<AgentEntry> all() {
        return List.copyOf(byId.values());
    }

    Optional<AgentEntry> find(long id) {
        return Optional.ofNullable(byId.get(id));
    }

    Optional<AgentEntry> named(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** The classic runners that wait for a job, the longest first. */
    List<AgentEntry> waiting() {
        return List.copyOf(waiting.values());
    }

    AgentEntry register(String name, Scope scope, ScaleSetEntry set) {
        long id = ++lastId;
        var agent = AgentEntry.ofScaleSet(id, name, scope, set, tokens.runner(id), clock.now());
        set.agents.put(id, agent);
        return keep(agent);
    }

    AgentEntry registerClassic(String name, Scope scope, RunnerGroup group, List<String> labels) {
        return registerByToken(name, scope, group, labels, true);
    }

    AgentEntry registerByToken(String name, Scope scope, RunnerGroup group, List<String> labels, boolean ephemeral) {
        long id = ++lastId;
        var agent = AgentEntry.classic(id, name, scope, group, waiting, tokens.runner(id), clock.now(), ephemeral);
        agent.labels.addAll(labels);
        return keep(agent);
    }

    private AgentEntry keep(AgentEntry agent) {
        byId.put(agent.id, agent);
        byName.put(agent.name, agent);
        forgetLater(agent);
        return agent;
    }

    void offline(AgentEntry agent) {
        agent.online = false;
        agent.sessionId = null;
        agent.endWait();
        forgetLater(agent);
    }

    private void forgetLater(AgentEntry agent) {
        Duration after = agent.ephemeral ? FORGOTTEN_AFTER : PERSISTENT_FORGOTTEN_AFTER;
        agent.timer(clock.after(after, () -> remove(agent)));
    }

    /** Ends a registration; a runner that waits for a job hears of it. */
    void remove(AgentEntry agent) {
        agent.timer(() -> {});
        agent.online = false;
        agent.sessionId = null;
        agent.endWait().ifPresent(AgentEntry.JobWait::registrationGone);
        tokens.revoke(agent.token);
        byId.remove(agent.id);
        byName.remove(agent.name, agent);
        if (agent.scaleSet != null) {
            agent.scaleSet.agents.remove(agent.id);
        }
    }
}
