package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.runner.GitHubChecks;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Severity;
import dev.paddock.spi.HostCheckResult.Status;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows about GitHub, in virtual time. */
class GitHubChecksTest extends RestCase {
    private static final String VERSION = "2.336.0";

    @TempDir
    private Path folder;

    private final VirtualTransport virtual = Transport.inMemory(23);

    @Override
    Transport open() {
        return virtual;
    }

    // ---- looking ---------------------------------------------------------------------------------------------

    private void startWithPackage() {
        start(builder -> builder.rest(rest -> rest.runnerVersion(VERSION)
                .runnerPackage("linux-x64", RunnerPackages.ofVersion(VERSION, new byte[9]))));
    }

    private RunnerInstaller installer(UnaryOperator<RunnerInstaller.Builder> adjust) {
        return adjust.apply(RunnerInstaller.builder(rest(), folder.resolve("cache"))
                        .httpClient(transport().httpClient(sim()))
                        .scheduler(transport().scheduler())
                        .platform(new RunnerPlatform("linux", "x64")))
                .build();
    }

    private GitHubChecks.Builder checks(GitHubClient github, Scheduler scheduler) {
        return GitHubChecks.builder(github)
                .httpClient(transport().httpClient(sim()))
                .scheduler(scheduler);
    }

    private GitHubChecks.Builder checks() {
        return checks(rest(), transport().scheduler());
    }

    private GitHubChecks.Builder ofRepository() {
        return checks(
                rest(REPOSITORY, GitHubCredentials.token(TOKEN)), transport().scheduler());
    }

    private HostCheckResult look(GitHubChecks.Builder checks, String id) {
        HostCheck check = checks.build().stream()
                .filter(one -> one.id().equals(id))
                .findFirst()
                .orElseThrow();
        HostCheckResult result = await(check.begin(transport().scheduler().effects()));
        assertThat(result.id()).isEqualTo(id);
        boolean remedied = result.status() == Status.PASS || result.status() == Status.SKIPPED;
        assertThat(result.remedy().isEmpty()).as("a remedy: %s", result).isEqualTo(remedied);
        return result;
    }

    private static void assertUntold(HostCheckResult result) {
        assertThat(result.status()).isEqualTo(Status.UNKNOWN);
        assertThat(result.isBlocking()).isFalse();
    }

    @Test
    void everyRowPassesWhereAllIsWell() {
        startWithPackage();
        List<HostCheck> all = checks().installer(installer(builder -> builder)).build();
        assertThat(all)
                .extracting(HostCheck::id)
                .containsExactly(
                        "NET-GITHUB",
                        "NET-LATENCY",
                        "GH-CLOCK",
                        "GH-AUTH",
                        "GH-PUBLIC",
                        "RUNNER-VERSION",
                        "RUNNER-ARCH");
        for (HostCheck check : all) {
            HostCheckResult result = await(check.begin(transport().scheduler().effects()));
            assertThat(result.status()).as(result.toString()).isEqualTo(Status.PASS);
            assertThat(check.deadline()).isEqualTo(Duration.ofSeconds(10));
        }
        assertThat(requests(Route.PACKAGE_FILE)).as("nothing is installed").isEmpty();
        assertThat(folder.resolve("cache")).doesNotExist();
    }

    // ---- the way ---------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"80, PASS", "99, PASS", "150, WARN", "499, WARN", "500, FAIL", "700, FAIL"})
    @DisplayName("RL-A59, RL-R22: a median below 100 ms passes, below 500 ms it warns, else it fails")
    void theMedianDecides(int millis, Status status) {
        start(builder -> builder.latency(Duration.ZERO));
        faults().next(Route.RATE_LIMIT, 5, new Fault.Delay(Duration.ofMillis(millis)));
        HostCheckResult result = look(checks(), "NET-LATENCY");
        assertThat(result.status()).isEqualTo(status);
        assertThat(result.observed()).startsWith("median " + millis + " ms to ");
        assertThat(requests(Route.RATE_LIMIT))
                .hasSize(5)
                .allSatisfy(request -> assertThat(request.headers()).doesNotContainKey("authorization"));
    }

    @Test
    @DisplayName("RL-R22: the first of the five requests does not count")
    void theFirstRequestDoesNotCount() {
        start(builder -> builder.latency(Duration.ZERO));
        faults().next(Route.RATE_LIMIT, new Fault.Delay(Duration.ofMillis(1400)));
        faults().next(Route.RATE_LIMIT, 2, new Fault.Delay(Duration.ofMillis(400)));
        assertThat(look(checks(), "NET-LATENCY").observed()).startsWith("median 200 ms to ");
    }

    @Test
    @DisplayName("RL-R22: two slow answers of four count half, and one that is lost is left out")
    void theMedianIsOfWhatCame() {
        start(builder -> builder.latency(Duration.ZERO));
        faults().next(Route.RATE_LIMIT, new Fault.Reset());
        faults().next(Route.RATE_LIMIT, 2, new Fault.Delay(Duration.ofMillis(210)));
        faults().next(Route.RATE_LIMIT, new Fault.Reset());
        HostCheckResult result = look(checks(), "NET-LATENCY");
        assertThat(result.observed()).startsWith("median 210 ms to ");
        assertThat(result.status()).isEqualTo(Status.WARN);
    }

    @Test
    @DisplayName("RL-A59: an API that cannot be reached fails")
    void anApiThatCannotBeReachedFails() {
        faults().next(Route.RATE_LIMIT, 5, new Fault.Hang());
        HostCheckResult latency = look(checks(), "NET-LATENCY");
        assertThat(latency.status()).isEqualTo(Status.FAIL);
        assertThat(latency.observed()).startsWith("unreachable: ").contains("no answer in time (within 1500 ms)");
        faults().next(Route.RATE_LIMIT, 1, new Fault.Reset());
        HostCheckResult hosts = look(checks(), "NET-GITHUB");
        assertThat(hosts.status()).isEqualTo(Status.FAIL);
        assertThat(hosts.isBlocking()).isTrue();
        assertThat(requests(Route.REGISTRATION_TOKEN))
                .as("nothing more is asked then")
                .isEmpty();
    }

    @Test
    void aHostThatIsNotToldToTheseCredentialsIsNoReasonToStop() {
        faults().next(Route.REGISTRATION_TOKEN, 9, Fault.status(403));
        HostCheckResult result = look(checks(), "NET-GITHUB");
        assertUntold(result);
        assertThat(result.observed()).contains("the host of the Actions service is not known: could not fetch");
        assertThat(result.remedy()).contains("GH-AUTH");
    }

    // ---- the clock -------------------------------------------------------------------------------------------

    /** A host whose clock is off. */
    private record Skewed(Scheduler time, Duration ahead) implements Scheduler {
        @Override
        public Instant instant() {
            return time.instant().plus(ahead);
        }

        @Override
        public long nanoTime() {
            return time.nanoTime();
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            return time.schedule(delay, task);
        }

        @Override
        public Executor effects() {
            return time.effects();
        }

        @Override
        public Executor events() {
            return time.events();
        }

        @Override
        public RandomGenerator random() {
            return time.random();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, PASS, 0 s off",
        "28, PASS, s ahead of GitHub's",
        "-28, PASS, s behind GitHub's",
        "40, WARN, s ahead of GitHub's",
        "-298, WARN, s behind GitHub's",
        "302, FAIL, s ahead of GitHub's",
        "-302, FAIL, s behind GitHub's"
    })
    void aClockThatIsOffWarnsAndFromFiveMinutesOnFails(int seconds, Status status, String words) {
        var skewed = new Skewed(transport().scheduler(), Duration.ofSeconds(seconds));
        HostCheckResult result = look(checks(rest(), skewed), "GH-CLOCK");
        assertThat(result.status()).isEqualTo(status);
        assertThat(result.observed()).contains(words);
    }

    @Test
    void aClockThatCannotBeComparedIsNoReasonToStop() {
        faults().next(Route.RATE_LIMIT, new Fault.Reset());
        assertUntold(look(checks(), "GH-CLOCK"));
    }

    // ---- permission ------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404})
    void aRefusalNamesThePermissionThatIsMissing(int status) {
        faults().next(Route.REST_LIST_RUNNERS, 9, Fault.status(status));
        HostCheckResult result = look(checks(), "GH-AUTH");
        assertThat(result.status()).isEqualTo(Status.FAIL);
        assertThat(result.isBlocking()).isTrue();
        assertThat(result.observed()).contains("could not list the self-hosted runners: " + status);
        assertThat(result.remedy()).contains("Self-hosted runners read and write", "admin:org");
        assertThat(result.toString()).doesNotContain(TOKEN);
    }

    @Test
    void whoMayListRunnersButNotRegisterThemIsRefused() {
        faults().next(Route.REGISTRATION_TOKEN, 9, Fault.status(403));
        HostCheckResult result = look(ofRepository(), "GH-AUTH");
        assertThat(result.status()).isEqualTo(Status.FAIL);
        assertThat(result.observed()).contains("could not fetch a registration token: 403");
        assertThat(result.remedy()).contains("Administration read and write");
    }

    @Test
    void aServiceInTroubleSaysNothingAboutTheCredentials() {
        faults().next(Route.REST_LIST_RUNNERS, 9, Fault.status(503));
        HostCheckResult result = look(checks(), "GH-AUTH");
        assertUntold(result);
        assertThat(result.remedy()).contains("NET-GITHUB");
    }

    @Test
    void aServiceThatNeverAnswersIsWaitedForNoLongerThanTheRowMay() {
        faults().next(Route.REST_LIST_RUNNERS, 9, new Fault.Hang());
        Instant begin = transport().scheduler().instant();
        assertUntold(look(checks(), "GH-AUTH"));
        assertThat(Duration.between(begin, transport().scheduler().instant())).isLessThan(Duration.ofSeconds(10));
    }

    // ---- public repositories ---------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-S3: a public repository warns, and fails where it is refused")
    void aPublicRepositoryWarnsOrFails() {
        String open = "{\"id\":7,\"full_name\":\"my-org/repo\",\"private\":false,\"visibility\":\"public\"}";
        assertThat(look(ofRepository(), "GH-PUBLIC").observed()).isEqualTo("my-org/repo is private");
        faults().next(Route.GET_REPOSITORY, new Fault.ReplaceBody(open));
        HostCheckResult warned = look(ofRepository(), "GH-PUBLIC");
        assertThat(warned.status()).isEqualTo(Status.WARN);
        assertThat(warned.observed()).isEqualTo("my-org/repo is public");
        faults().next(Route.GET_REPOSITORY, new Fault.ReplaceBody(open));
        HostCheckResult refused = look(ofRepository().refusePublicRepositories(), "GH-PUBLIC");
        assertThat(refused.status()).isEqualTo(Status.FAIL);
        assertThat(refused.isBlocking()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"true, PASS", "false, WARN"})
    void anOldServerTellsOnlyWhetherARepositoryIsPrivate(boolean isPrivate, Status status) {
        faults().next(Route.GET_REPOSITORY, new Fault.ReplaceBody("{\"id\":7,\"private\":" + isPrivate + "}"));
        assertThat(look(ofRepository(), "GH-PUBLIC").status()).isEqualTo(status);
    }

    @Test
    @DisplayName("RL-S3: of an organization it is the runner group that counts")
    void ofAnOrganizationTheRunnerGroupCounts() {
        String groups = "{\"total_count\":2,\"runner_groups\":[{\"id\":1,\"name\":\"Default\",\"visibility\":\"all\","
                + "\"default\":true,\"allows_public_repositories\":false},{\"id\":2,\"name\":\"Open\",\"visibility\":"
                + "\"all\",\"default\":false,\"allows_public_repositories\":true}]}";
        faults().next(Route.REST_RUNNER_GROUPS, 2, new Fault.ReplaceBody(groups));
        assertThat(look(checks(), "GH-PUBLIC").status()).isEqualTo(Status.PASS);
        HostCheckResult open = look(checks().runnerGroup("open"), "GH-PUBLIC");
        assertThat(open.status()).isEqualTo(Status.WARN);
        assertThat(open.observed()).isEqualTo("the runner group Open allows public repositories");
        HostCheckResult missing = look(checks().runnerGroup("gpu"), "GH-PUBLIC");
        assertUntold(missing);
        assertThat(missing.observed()).endsWith("has no runner group gpu");
        assertThat(look(checks().runnerGroup("gpu").refusePublicRepositories(), "GH-PUBLIC")
                        .severity())
                .isEqualTo(Severity.MANDATORY);
    }

    // ---- version ---------------------------------------------------------------------------------------------

    private void nextReleaseCame(int daysAgo) {
        faults().next(
                        Route.LATEST_RELEASE,
                        new Fault.ReplaceBody("{\"tag_name\":\"v2.337.0\",\"published_at\":\""
                                + transport().scheduler().instant().minus(Duration.ofDays(daysAgo))
                                + "\",\"assets\":[]}"));
    }

    @ParameterizedTest
    @CsvSource({"19, PASS", "20, WARN", "29, WARN", "30, FAIL"})
    @DisplayName("RL-R29: a pinned runner warns after 20 days behind, and fails after 30")
    void aPinnedRunnerGetsOld(int days, Status status) {
        nextReleaseCame(days);
        HostCheckResult result =
                look(checks().installer(installer(builder -> builder.pinned(VERSION))), "RUNNER-VERSION");
        assertThat(result.status()).isEqualTo(status);
        assertThat(result.observed())
                .isEqualTo("runner 2.336.0; 2.337.0 came out " + days + " days ago, which is pinned");
    }

    @Test
    @DisplayName("RL-R29: an old package in the cache stops nothing, for it is replaced before runners are made of it")
    void anOldPackageInTheCacheStopsNothing() {
        startWithPackage();
        RunnerInstaller installer = installer(builder -> builder);
        await(installer.fetch());
        nextReleaseCame(300);
        HostCheckResult result = look(checks().installer(installer), "RUNNER-VERSION");
        assertThat(result.status()).isEqualTo(Status.WARN);
        assertThat(result.observed()).endsWith("came out 300 days ago in the cache");
    }

    @Test
    void aServerThatTellsNoReleasesIsNoReasonToStop() {
        faults().next(Route.LATEST_RELEASE, 9, Fault.status(404));
        assertUntold(look(checks().installer(installer(builder -> builder.pinned(VERSION))), "RUNNER-VERSION"));
    }

    // ---- variables -------------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-R43: a variable is reported, whatever it is")
    void aVariableIsReported() {
        GitHubChecks.Builder checks = ofRepository().addVariable("enable_gpu_smoke");
        HostCheckResult unset = look(checks, "GH-VAR-ENABLE_GPU_SMOKE");
        assertThat(unset.observed()).isEqualTo("enable_gpu_smoke is not set");
        assertThat(unset.severity()).isEqualTo(Severity.INFO);
        await(repository().variables().set("ENABLE_GPU_SMOKE", "true"));
        assertThat(look(checks, "GH-VAR-ENABLE_GPU_SMOKE").observed()).isEqualTo("enable_gpu_smoke = true");
        faults().next(Route.GET_VARIABLE, 9, Fault.status(403));
        assertUntold(look(checks, "GH-VAR-ENABLE_GPU_SMOKE"));
    }

    @Test
    void contradictionsAreToldAtOnce() {
        assertThatIllegalStateException()
                .isThrownBy(() -> GitHubChecks.builder(rest(REPOSITORY, GitHubCredentials.token(TOKEN)))
                        .runnerGroup("gpu")
                        .build())
                .withMessageContainingAll("httpClient is missing", "scheduler is missing", "runnerGroup gpu");
    }
}
