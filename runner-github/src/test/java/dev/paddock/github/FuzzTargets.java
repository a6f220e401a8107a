package dev.paddock.github;

import dev.paddock.RunnerId;
import dev.paddock.github.ScriptedHttpClient.Answer;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** All that reads what a service sends. A further reader is a further line. */
final class FuzzTargets {
    private static final RunnerId R1 = new RunnerId("r1");

    /** One reader; it throws whatever must not be. */
    record Target(String name, Consumer<FuzzService> play) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<Target> SERVICE = List.of(
            call("runner group", service -> service.client.runnerGroup("gpu")),
            call("scale set by name", service -> service.client.findScaleSet(7, "gpu-h200")),
            call("scale sets", service -> service.client.scaleSets()),
            call("scale set", service -> service.client.scaleSet(42)),
            call("scale set made", service -> service.client.createScaleSet(ScaleSetSettings.named("gpu-h200"))),
            call("scale set changed", service -> service.client.updateScaleSet(42, ScaleSetSettings.changes())),
            call(
                    "scale set deleted",
                    service -> service.deletingScaleSet().client.deleteScaleSet(42)),
            call("acquirable jobs", service -> service.client.acquirableJobs(42)),
            call("JIT configuration", service -> service.client.generateJitConfig(42, R1, "_work")),
            call("registration", service -> service.client.register(42, R1, "_work")),
            call("runner", service -> service.client.runner(901)),
            call("runner by name", service -> service.client.findRunner("r1")),
            call("runners", service -> service.client.runners()),
            call("runner deleted", service -> service.client.deleteRunner(901)),
            call("session", service -> service.client.openSession(42, "orchestrator-1")),
            session("poll", (service, session) -> session.nextMessage(7, 4)),
            session("message deleted", (service, session) -> session.deleteMessage(100_000_173)),
            session("jobs acquired", (service, session) -> session.acquireJobs(List.of(11L, 12L))),
            session("session renewed", (service, session) -> session.refresh()),
            session("session closed", (service, session) -> session.close()),
            new Target("life of a session", FuzzTargets::lifeOfASession),
            new Target("listener", service -> new FuzzListener(service).play()),
            reader(
                    "message",
                    FuzzCorpus.message(5, "[" + FuzzCorpus.job("JobStarted", 1) + "]"),
                    MessageDecoder::decode),
            reader("grant of a session", FuzzCorpus.session(true), text -> Grant.of(Wire.parse(text))),
            reader("webhook", FuzzCorpus.webhook(), FuzzTargets::webhook),
            reader("end of a token", FuzzCorpus.jwt("{\"exp\":1778000000}", "c2ln"), Jwt::expiry),
            reader("address", "http://127.0.0.1:8080/scalesets/message?sessionId=4f6f", FuzzTargets::addresses),
            new Target("refusal", FuzzTargets::refusal));

    static final List<Target> ALL =
            Stream.concat(SERVICE.stream(), FuzzRestTargets.all().stream()).toList();

    private FuzzTargets() {}

    /** A call of the client. */
    static Target call(String name, Function<FuzzService, CompletionStage<?>> call) {
        return new Target(name, service -> service.check(() -> call.apply(service)));
    }

    /** A call of a session. */
    static Target session(String name, BiFunction<FuzzService, ScaleSetSession, CompletionStage<?>> call) {
        return call(
                name,
                service -> service.client
                        .openSession(42, "orchestrator-1")
                        .thenCompose(session -> call.apply(service, session).thenApply(done -> {
                            FuzzService.tellsNothing("the session", session.toString() + session.id());
                            return done;
                        })));
    }

    /** Something that reads a text at once, and throws nothing but what says that it cannot be read. */
    static Target reader(String name, String right, Function<String, ?> reader) {
        return new Target(name, service -> {
            String text = right;
            for (int times = 1 + service.random.nextInt(3); times > 0; times--) {
                text = service.random.nextInt(3) == 0
                        ? new String(
                                service.mutator.bytes(text.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8)
                        : service.mutator.changed(text);
            }
            service.tell(text);
            try {
                FuzzService.tellsNothing("the value", String.valueOf(reader.apply(text)));
            } catch (WireException unreadable) {
                FuzzService.tellsNothing("the failure", String.valueOf(unreadable.getMessage()));
            }
        });
    }

    private static void lifeOfASession(FuzzService service) {
        service.check(() -> service.client.openSession(42, "orchestrator-1")).ifPresent(session -> {
            service.check(() -> session.nextMessage(0, 4));
            session.tokenExpiresAt();
            service.check(() -> session.acquireJobs(List.of(11L)));
            service.check(session::refresh);
            service.check(() -> session.nextMessage(100_000_173, 4));
            service.check(() -> session.deleteMessage(100_000_173));
            service.check(session::close);
            session.tokenExpiresAt();
        });
    }

    private static String addresses(String text) {
        URI url = Urls.given(text, "url");
        return Urls.shown(url)
                + Urls.service(url, "_apis/x?y=z", Map.of("name", "a&b"))
                + Urls.rest(url, "orgs/o")
                + Urls.poll(url, 7)
                + Urls.message(url, 8);
    }

    /** A webhook that is signed well, whatever it holds. */
    private static String webhook(String text) {
        var intake = new WebhookIntake(new WebhookSignature(List.of(JobSourceBench.SECRET)));
        var headers = Webhooks.headers(JobSourceBench.SECRET, "workflow_job", "d-1", text);
        var received = intake.receive(headers, text.getBytes(StandardCharsets.UTF_8));
        return String.valueOf(received);
    }

    private static void refusal(FuzzService service) {
        var scope = GitHubScope.of(ScriptedService.CONFIG_URL);
        var hints = new Hints(scope, GitHubCredentials.token(PlantedSecrets.ACCESS));
        Answer answer = service.damaged(FuzzCorpus.refusal(service.random));
        Route[] routes = Route.values();
        var call = new HttpCalls.Call(
                routes[service.random.nextInt(routes.length)],
                "GET",
                URI.create("https://h/p?hidden=1"),
                "Bearer " + PlantedSecrets.ACCESS,
                null,
                Map.of());
        var reply = new HttpCalls.Reply(
                call,
                answer.status(),
                HttpHeaders.of(answer.headers(), (name, value) -> true),
                HttpCalls.text(answer.body()));
        GitHubException failure = new ErrorReplies(hints, service.time).failure(reply);
        FuzzService.tellsNothing(
                "the failure", failure + " " + failure.typeName() + failure.activityId() + failure.requestId());
        failure.retryAfter().ifPresent(wish -> {
            if (wish.isNegative() || wish.compareTo(Duration.ofDays(1)) > 0) {
                throw new AssertionError("asks to wait for " + wish);
            }
        });
    }
}
