package dev.paddock.testkit.internal.actions;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The registered runners. One that stays offline for a day is forgotten, as the service does with ephemeral ones. */
final class Agents {
    private static final Duration FORGOTTEN_AFTER = Duration.ofDays(1);

    private final SimClock clock;
    private final TokenDesk tokens;
    private final Map<Long, AgentEntry> byId = new TreeMap<>();
    private final Map<String, AgentEntry> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
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

    AgentEntry register(String name, ScaleSetEntry set) {
        long id = ++lastId;
        var agent = new AgentEntry(id, name, set, tokens.runner(id), clock.now());
        byId.put(id, agent);
        byName.put(name, agent);
        set.agents.put(id, agent);
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
        agent.timer(clock.after(FORGOTTEN_AFTER, () -> remove(agent)));
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
        agent.scaleSet.agents.remove(agent.id);
    }
}
