package dev.paddock.testkit.conformance;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.paddock.Runner;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.WorkflowJobListener;
import dev.paddock.github.runner.RunnerSettings;
import dev.paddock.spi.JobSource;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Runners that are made for jobs and go when they idle, whatever tells of the jobs. */
class AutoModeTest extends Conformance {
    private static final String ENGINE = ORGANIZATION + "/engine";
    private static final String SECRET = "webhook-secret-0001";

    /** What tells of jobs. */
    enum Source {
        SCALE_SET,
        POLLING,
        WEBHOOKS
    }

    private final VirtualTransport virtual = Transport.inMemory(47);
    private final VirtualTime time = virtual.time();
    private @Nullable FakeRunnerProvider rack;
    private @Nullable RunnerCoordinator coordinator;

    @Override
    Transport open() {
        return virtual;
    }

    private FakeRunnerProvider machines() {
        FakeRunnerProvider known = rack;
        if (known == null) {
            known = FakeRunnerProvider.builder(time.network())
                    .program(sim().runnerProgram())
                    .build();
            rack = known;
        }
        return known;
    }

    private JobSource jobs(Source source) {
        if (source == Source.SCALE_SET) {
            return ScaleSetListener.builder(sim().configUrl(ORGANIZATION), SET)
                    .credentials(GitHubCredentials.token(TOKEN))
                    .httpClient(transport().httpClient(sim()))
                    .build();
        }
        WorkflowJobListener.Builder listener = WorkflowJobListener.builder(sim().configUrl(ORGANIZATION), SET)
                .credentials(GitHubCredentials.token(TOKEN))
                .repositories(ENGINE)
                .httpClient(transport().httpClient(sim()));
        if (source == Source.POLLING) {
            return listener.build();
        }
        WorkflowJobListener told =
                listener.webhookSecrets(SECRET).pollInterval(ofHours(1)).build();
        sim().webhook(
                        (headers, body) -> {
                            Map<String, List<String>> all = new TreeMap<>();
                            headers.forEach((name, value) -> all.put(name, List.of(value)));
                            told.accept(all, body);
                        },
                        SECRET);
        return told;
    }

    private void begin(Source source, UnaryOperator<RunnerCoordinator.Builder> adjust) {
        coordinator = adjust.apply(RunnerCoordinator.builder(jobs(source), machines())
                        .fleet("auto")
                        .scheduler(virtual.host()))
                .start();
        time.advance(ofMinutes(1));
    }

    private RunnerCoordinator fleet() {
        if (coordinator == null) {
            throw new IllegalStateException("begin the fleet first");
        }
        return coordinator;
    }

    @AfterEach
    void closeFleet() {
        if (coordinator != null) {
            faults().clear();
            await(coordinator.closeAsync());
        }
    }

    private void submit(String name, Duration work) {
        sim().submit(Workflow.of(ENGINE, WorkflowJob.taking(name, work, SET)));
    }

    private JobRecord job(String name) {
        return sim().jobs().stream()
                .filter(job -> job.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void untilDone(String name) {
        until(() -> job(name).state() == JobRecord.State.DONE, "the end of " + name);
        assertThat(job(name).result()).hasValue("succeeded");
    }

    private int count(RunnerState state) {
        return fleet().snapshot().count(state);
    }

    private int deletes() {
        return requests(Route.DELETE_RUNNER).size()
                + requests(Route.REST_DELETE_RUNNER).size();
    }

    /** One that idles and is not needed any more; its idle time has just begun. */
    private Runner surplus(Source source) {
        begin(source, fleet -> fleet.minIdle(1));
        until(() -> count(RunnerState.IDLE) == 1, "an idle runner");
        await(fleet().pool("default").change(settings -> settings.withMinIdle(0)));
        return fleet().snapshot().runners().get(0);
    }

    private void untilIdleFor(Runner runner, Duration idle) {
        time.advance(
                idle.minus(Duration.between(runner.stateSince(), virtual.host().instant())));
    }

    @ParameterizedTest(
            name = "RL-A10, RL-R14, RL-R36: {0}: an idle runner goes 300 to 360 s after it became idle, asked once")
    @EnumSource
    void anIdleRunnerGoes(Source source) {
        Runner runner = surplus(source);
        untilIdleFor(runner, ofSeconds(299));
        assertThat(deletes()).isZero();
        untilIdleFor(runner, ofSeconds(360));
        assertThat(deletes()).isEqualTo(1);
        assertThat(fleet().snapshot().runners()).isEmpty();
        assertThat(sim().registrations()).isEmpty();
        assertThat(machines().machines()).isEmpty();
    }

    @ParameterizedTest(name = "RL-A11: {0}: a job that comes a moment before the idle timeout keeps its runner")
    @EnumSource
    void aJobInTheLastMoment(Source source) {
        Runner runner = surplus(source);
        untilIdleFor(runner, ofSeconds(298));
        submit("late", ofMinutes(10));
        untilDone("late");
        assertThat(job("late").runner()).hasValue(runner.id().value());
        assertThat(deletes()).isZero();
    }

    @ParameterizedTest(
            name = "RL-A12: {0}: of jobs that come a minute apart for half an hour each has its runner, none idles out")
    @EnumSource
    void jobsAMinuteApart(Source source) {
        begin(source, fleet -> fleet.minIdle(1));
        for (int minute = 0; minute < 30; minute++) {
            submit("job-" + minute, ofSeconds(50));
            time.advance(ofMinutes(1));
        }
        until(() -> sim().jobs().stream().allMatch(job -> job.state() == JobRecord.State.DONE), "the end of all");
        assertThat(sim().jobs())
                .hasSize(30)
                .allMatch(job -> job.result().orElse("").equals("succeeded"));
        assertThat(deletes()).isZero();
    }

    @ParameterizedTest(name = "RL-A13: {0}: while the API fails for ten minutes no runner is removed, idle or busy")
    @EnumSource
    void anApiThatFails(Source source) {
        begin(source, fleet -> fleet.minIdle(1).maxRunners(2));
        submit("long", ofMinutes(30));
        until(() -> count(RunnerState.BUSY) == 1 && count(RunnerState.IDLE) == 1, "one at work, one idle");
        await(fleet().pool("default").change(settings -> settings.withMinIdle(0)));
        faults().decide(request ->
                request.route().name().startsWith("RUNNER_") ? Optional.empty() : Optional.of(Fault.status(503, "")));
        time.advance(ofMinutes(10));
        assertThat(machines().machines()).hasSize(2);
        assertThat(count(RunnerState.BUSY)).isEqualTo(1);
        assertThat(sim().registrations()).hasSize(2);
        faults().clear();
        untilDone("long");
        until(() -> fleet().snapshot().runners().isEmpty(), "the end of all runners");
        assertThat(machines().created()).isEqualTo(2);
    }

    @ParameterizedTest(
            name =
                    "RL-A15, RL-R16, RL-R34: {0}: a fleet that has idled to zero makes one runner for one job, by itself")
    @EnumSource
    void fromZero(Source source) {
        Runner first = surplus(source);
        until(() -> fleet().snapshot().runners().isEmpty(), "the end of the idle runner");
        time.advance(ofMinutes(20));
        submit("next", ofMinutes(2));
        untilDone("next");
        assertThat(job("next").runner().orElseThrow()).isNotEqualTo(first.id().value());
        time.advance(ofMinutes(10));
        assertThat(machines().created()).isEqualTo(2);
        assertThat(fleet().snapshot().runners()).isEmpty();
    }

    @ParameterizedTest(name = "RL-A16: {0}: of three runners the idle one goes, and the two that work stay")
    @EnumSource
    void onlyTheIdleOneGoes(Source source) {
        begin(source, fleet -> fleet.minIdle(1).maxRunners(3));
        submit("one", ofMinutes(30));
        submit("two", ofMinutes(30));
        until(() -> count(RunnerState.BUSY) == 2 && count(RunnerState.IDLE) == 1, "two at work, one idle");
        await(fleet().pool("default").change(settings -> settings.withMinIdle(0)));
        time.advance(ofMinutes(10));
        assertThat(count(RunnerState.BUSY)).isEqualTo(2);
        assertThat(fleet().snapshot().runners()).hasSize(2);
        assertThat(deletes()).isEqualTo(1);
        untilDone("one");
        untilDone("two");
    }

    static Stream<Arguments> presets() {
        return Stream.of(Source.values())
                .flatMap(source -> Stream.of(
                        arguments(source, "lazy", 1, 1, 6),
                        arguments(source, "balanced", 1, 3, 6),
                        arguments(source, "aggressive", 2, 3, 6)));
    }

    @ParameterizedTest(
            name = "RL-R15: {0}: RUNNER_SCALING_MODE {1} has {2}, {3} and {4} runners for 1, 2 and 5 jobs that wait")
    @MethodSource
    void presets(Source source, String mode, int forOne, int forTwo, int forFive) {
        RunnerSettings settings = RunnerSettings.fromEnvironment(
                Map.of("GITHUB_REPOSITORY", ENGINE, "GITHUB_TOKEN", TOKEN, "RUNNER_SCALING_MODE", mode));
        begin(
                source,
                fleet -> fleet.policy(settings.policy())
                        .minTotal(settings.minRunners())
                        .maxRunners(settings.maxRunners()));
        until(() -> count(RunnerState.IDLE) == 1, "the one that is there in any case");
        submit("first", ofHours(2));
        until(() -> count(RunnerState.BUSY) == 1, "the first at work");
        time.advance(ofMinutes(5)); // within a minute of a launch thresholds do not hold
        int submitted = 0;
        for (int[] step : new int[][] {{1, forOne}, {2, forTwo}, {5, forFive}}) {
            for (; submitted < step[0]; submitted++) {
                submit("waits-" + submitted, ofHours(2));
            }
            time.advance(ofMinutes(5)); // longer than each preset's cool-down
            assertThat(count(RunnerState.BUSY)).as("for " + step[0]).isEqualTo(step[1]);
        }
    }
}
