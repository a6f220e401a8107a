package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.spi.SelfRegistration;
import dev.paddock.testkit.internal.actions.ScaleSetEntry.RunnerGroup;
import dev.paddock.testkit.internal.actions.TokenDesk.Kind;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where runners register themselves with a token, and take themselves away. What it answers is what GitHub would: the
 * protocol is the stand-in runner's own.
 */
final class RegistrationDesk {
    private static final Set<String> KEYS = Set.of("url", "name", "labels", "group", "ephemeral", "replace");

    private final TokenDesk tokens;
    private final ScaleSets sets;
    private final Agents agents;
    private final Urls urls;

    RegistrationDesk(TokenDesk tokens, ScaleSets sets, Agents agents, Urls urls) {
        this.tokens = tokens;
        this.sets = sets;
        this.agents = agents;
        this.urls = urls;
    }

    /** What a runner asks to be registered as. */
    private record Wanted(
            String url, String name, List<String> labels, Optional<String> group, boolean ephemeral, boolean replace) {}

    /** Registers a runner without a process; refused like one that has. */
    AgentEntry register(String token, String name, SelfRegistration self) {
        return register(
                token, new Wanted(self.url(), name, self.labels(), self.group(), self.ephemeral(), self.replace()));
    }

    private AgentEntry register(String token, Wanted wanted) {
        checkToken(tokens.check(token, Kind.REGISTRATION), wanted.url());
        if (!wanted.name().matches("[A-Za-z0-9._-]{1,64}")) {
            throw Refusal.of(Answers.rest(422, "not the name of a runner: " + wanted.name()));
        }
        List<String> labels = LabelDesk.read(wanted.labels(), 1);
        RunnerGroup group = group(wanted.group());
        Optional<AgentEntry> taken = agents.named(wanted.name());
        if (taken.isPresent()) {
            if (!wanted.replace()) {
                throw Refusal.of(Answers.rest(
                        409, "A runner exists with the same name " + wanted.name() + "; --replace was not given."));
            }
            if (taken.get().busy()) {
                throw Refusal.of(Answers.rest(422, "Runner \"" + wanted.name() + "\" is still running a job"));
            }
            agents.remove(taken.get());
        }
        return agents.registerByToken(
                wanted.name(), Scope.ofConfigUrl(wanted.url()), group, labels, wanted.ephemeral());
    }

    private static void checkToken(TokenDesk.Token token, String url) {
        String scope = RestDesk.scope(url);
        if (!token.subject().equalsIgnoreCase(scope)) {
            throw Refusal.of(
                    TokenDesk.unauthorized("the token is for " + token.subject() + ", the url names " + scope));
        }
    }

    private RunnerGroup group(Optional<String> name) {
        return sets.groups().stream()
                .filter(group -> name.map(group.name()::equalsIgnoreCase).orElse(group.id() == 1))
                .findFirst()
                .orElseThrow(() -> Refusal.of(Answers.rest(
                        404, "Could not find any self-hosted runner group named \"" + name.orElse("") + "\"")));
    }

    WireReply register(Call call) {
        String token = call.credentials("RemoteAuth");
        ObjectNode body = call.object(KEYS);
        var labels = new ArrayList<String>();
        body.path("labels").forEach(label -> labels.add(label.asText()));
        AgentEntry agent = register(
                token,
                new Wanted(
                        Call.requiredText(body, "url"),
                        Call.requiredText(body, "name"),
                        labels,
                        Call.text(body, "group"),
                        body.path("ephemeral").asBoolean(),
                        body.path("replace").asBoolean()));
        return Answers.json(
                201,
                Json.object()
                        .put("id", agent.id)
                        .put("serverUrl", urls.runnerServer())
                        .put("token", agent.token.text()));
    }

    /** Takes a registration away, as {@code config.sh remove} does. */
    WireReply remove(Call call) {
        TokenDesk.Token token = tokens.check(call.credentials("RemoteAuth"), Kind.REMOVE);
        AgentEntry agent = agents.find(call.match().number(0))
                .filter(found -> token.subject().equalsIgnoreCase(found.scope.configPath()))
                .orElseThrow(() -> Refusal.of(Answers.notFound()));
        if (agent.busy()) {
            throw Refusal.of(Answers.rest(422, "Runner \"" + agent.name + "\" is still running a job"));
        }
        agents.remove(agent);
        return Answers.empty(204);
    }
}
