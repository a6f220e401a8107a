package dev.paddock.github;

import static dev.paddock.github.FuzzTargets.call;

import dev.paddock.RunnerId;
import dev.paddock.github.FuzzTargets.Target;
import dev.paddock.github.rest.Dispatch;
import dev.paddock.github.rest.Permission;
import dev.paddock.github.rest.RunQuery;
import dev.paddock.github.rest.WantedLabels;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** All that reads what the REST API sends. A public call's target bears its name and the types of its parameters. */
final class FuzzRestTargets {
    private static final RunnerId R1 = new RunnerId("r1");
    private static final List<String> GPU = List.of("gpu");
    private static final AppKey APP = AppKey.of(AppKey.Names.PARAMETERS, "Iv23liABC", "77", () -> AppKeys.PKCS8);

    private FuzzRestTargets() {}

    static List<Target> all() {
        return List.of(
                client("registrationToken()", GitHubClient::registrationToken),
                client("removeToken()", GitHubClient::removeToken),
                client("generateJitConfig(RunnerId, long, List)", rest -> rest.generateJitConfig(R1, 1, GPU)),
                client(
                        "generateJitConfig(RunnerId, long, List, String)",
                        rest -> rest.generateJitConfig(R1, 1, GPU, "w")),
                client("runners()", GitHubClient::runners),
                client("runners(String)", rest -> rest.runners("r1")),
                client("runnersWithLabels(List)", rest -> rest.runnersWithLabels(GPU)),
                client("auditLabels(List)", rest -> rest.auditLabels(List.of(new WantedLabels("r*", GPU)))),
                client(
                        "checkPermissions(Set)",
                        rest -> rest.checkPermissions(Set.of(
                                Permission.READ_RUNNERS, Permission.REGISTER_RUNNERS, Permission.WRITE_VARIABLES))),
                client("runner(long)", rest -> rest.runner(901)),
                client("deleteRunner(long)", rest -> rest.deleteRunner(901)),
                labels("list()", RunnerLabels::list),
                labels("add(List)", own -> own.add(GPU)),
                labels("set(List)", own -> own.set(GPU)),
                labels("change(List, List)", own -> own.change(List.of("big"), GPU)),
                labels("remove(String)", own -> own.remove("gpu")),
                client("downloads()", GitHubClient::downloads),
                client("runnerGroups()", GitHubClient::runnerGroups),
                client("runnerGroups(String)", rest -> rest.runnerGroups("engine")),
                client("rateLimits()", GitHubClient::rateLimits),
                client("latestRunnerRelease()", GitHubClient::latestRunnerRelease),
                client("actionsService()", GitHubClient::actionsService),
                repository(
                        "dispatch(String, String, Map)", there -> there.dispatch("ci.yml", "main", Map.of("k", "v"))),
                repository("dispatch(String, Map)", there -> there.dispatch("ci.yml", Map.of())),
                repository("defaultBranch()", GitHubRepository::defaultBranch),
                repository("visibility()", GitHubRepository::visibility),
                repository("dispatchedRuns(Dispatch)", there -> there.dispatchedRuns(dispatched())),
                repository("runs(RunQuery)", there -> there.runs(RunQuery.all().withLimit(5))),
                repository("activeRuns()", GitHubRepository::activeRuns),
                repository("run(long)", there -> there.run(30)),
                repository(
                        "watch(long, RunWatch)",
                        there -> there.watch(
                                30, RunWatch.every(Duration.ofSeconds(5)).withDeadline(Duration.ofMinutes(5)))),
                repository("cancel(long)", there -> there.cancel(30)),
                repository("forceCancel(long)", there -> there.forceCancel(30)),
                repository("rerun(long)", there -> there.rerun(30)),
                repository("rerunFailedJobs(long)", there -> there.rerunFailedJobs(30)),
                repository("jobs(long)", there -> there.jobs(30)),
                repository("jobsOfAllAttempts(long)", there -> there.jobsOfAllAttempts(30)),
                repository("job(long)", there -> there.job(7)),
                // A log is whatever was logged; only its length is looked at.
                repository("jobLog(long)", there -> there.jobLog(7).thenApply(String::length)),
                repository("searchLog(long, LogSearch)", there -> there.searchLog(7, LogSearch.ofText("absent"))),
                variables("list()", GitHubVariables::list),
                variables("find(String)", own -> own.find("size")),
                variables("set(String, String)", own -> own.set("size", "4")),
                variables("delete(String)", own -> own.delete("size")),
                call(
                        "started run",
                        service -> service.repository()
                                .dispatch("ci.yml", "main", Map.of())
                                .thenCompose(service.repository()::dispatchedRuns)),
                new Target("lists asked for again", FuzzRestTargets::again),
                new Target("installation tokens", FuzzRestTargets::installation),
                new Target("workflow job listener", service -> new FuzzPolling(service).play()),
                FuzzTargets.reader(
                        "next page",
                        "<" + FuzzRestCorpus.API + "/x?page=1>; rel=\"prev\", <" + FuzzRestCorpus.API
                                + "/x?page=3>; title=\"a, b\"; rel=\"next last\"",
                        text -> Links.next(List.of(text), URI.create(FuzzRestCorpus.API))));
    }

    private static Target client(String name, Function<GitHubClient, CompletionStage<?>> call) {
        return call("GitHubClient." + name, service -> call.apply(service.rest()));
    }

    private static Target repository(String name, Function<GitHubRepository, CompletionStage<?>> call) {
        return call("GitHubRepository." + name, service -> call.apply(service.repository()));
    }

    private static Target labels(String name, Function<RunnerLabels, CompletionStage<?>> call) {
        return call("RunnerLabels." + name, service -> call.apply(service.rest().labels(901)));
    }

    private static Target variables(String name, Function<GitHubVariables, CompletionStage<?>> call) {
        return call(
                "GitHubVariables." + name,
                service -> call.apply(service.repository().variables()));
    }

    private static Dispatch dispatched() {
        return new Dispatch("ci.yml", "main", Optional.of(ManualTime.START), OptionalLong.empty(), Optional.empty());
    }

    /** With answers kept by their ETag, and with what the headers said is left. */
    private static void again(FuzzService service) {
        GitHubClient rest = service.rest();
        for (int i = 0; i < 3; i++) {
            service.check(rest::runners);
            service.check(rest::rateLimits);
            service.check(() -> rest.repository("my-org/engine").activeRuns());
            service.check(rest::latestRunnerRelease);
            service.time.advance(Duration.ofMinutes(service.random.nextInt(90)));
        }
        healed(service, () -> service.check(rest::runners).isPresent());
    }

    private static void installation(FuzzService service) {
        GitHubClient rest = service.rest(ScriptedService.CONFIG_URL, GitHubCredentials.of(APP));
        for (int i = 0; i < 2; i++) {
            service.check(rest::runners);
            service.time.advance(Duration.ofMinutes(service.random.nextInt(90)));
        }
    }

    /** Whatever was, a client whose service is well again gets answers within some hours. */
    private static void healed(FuzzService service, java.util.function.BooleanSupplier answered) {
        service.heal();
        for (int i = 0; i < 5; i++) {
            if (answered.getAsBoolean()) {
                return;
            }
            service.time.advance(Duration.ofHours(1));
        }
        throw new AssertionError("gets no answer any more");
    }
}
