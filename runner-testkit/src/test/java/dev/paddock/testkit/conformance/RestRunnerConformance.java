package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.groups.Tuple.tuple;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScaleSet;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.github.rest.RunnerDownload;
import dev.paddock.github.rest.RunnerGroupAccess;
import dev.paddock.github.rest.RunnerLabel;
import dev.paddock.github.rest.RunnerToken;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.spi.Registration;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Self-hosted runners by GitHub's REST side: lists, registrations, deletion, labels, groups, downloads. */
abstract class RestRunnerConformance extends RestCase {

    // ---- lists ---------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-R3 three pages of runners are read in order by the links given")
    void threePagesAreReadByTheirLinks() {
        registerMany(201);
        List<SelfHostedRunner> runners = await(rest().runners());
        assertThat(runners)
                .extracting(SelfHostedRunner::name)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 201)
                        .mapToObj(number -> numbered(number).value())
                        .toList());
        assertThat(requests(Route.REST_LIST_RUNNERS))
                .extracting(RecordedRequest::query)
                .containsExactly("per_page=100", "per_page=100&page=2", "per_page=100&page=3");
    }

    @Test
    @DisplayName("GHS-R3 links with a cursor are followed as they are, for their numbers mean nothing")
    void cursorsAreFollowed() {
        String list = sim().url() + "/api/v3/orgs/my-org/actions/runners?per_page=100";
        String next = "<" + list + "&after=Y3Vyc29yOjI%3D>; rel=\"next\"";
        String first = "<" + list + ">; rel=\"first\"";
        faults().next(Route.REST_LIST_RUNNERS, page(next, 1));
        faults().next(Route.REST_LIST_RUNNERS, page(first, 2));
        assertThat(await(rest().runners())).extracting(SelfHostedRunner::id).containsExactly(1L, 2L);
        assertThat(requests(Route.REST_LIST_RUNNERS))
                .extracting(RecordedRequest::query)
                .containsExactly("per_page=100", "per_page=100&after=Y3Vyc29yOjI%3D");
    }

    private static Fault page(String link, long id) {
        return Fault.status(
                200,
                "{\"total_count\":2,\"runners\":[{\"id\":" + id + ",\"name\":\"r\",\"os\":\"Linux\",\"status\":"
                        + "\"online\",\"busy\":false,\"labels\":[]}]}",
                Map.of("Link", link));
    }

    @Test
    @DisplayName("GHS-R7 a runner that slips between two pages is not gone: by its id it is there")
    void aRunnerMissingFromAListIsNotGone() {
        registerMany(101);
        GitHubClient client = rest();
        long last = await(client.runners(numbered(101).value())).get(0).id();
        faults().decide(request -> request.query().endsWith("page=2")
                ? Optional.of(Fault.replaceBody("{\"total_count\":101,\"runners\":[]}"))
                : Optional.empty());
        assertThat(await(client.runners())).hasSize(100).noneMatch(runner -> runner.id() == last);
        assertThat(await(client.runner(last))).map(SelfHostedRunner::name).contains("r-101");
    }

    @Test
    @DisplayName("the runners of scale sets are listed with the others, and found by name and by id")
    void runnersOfScaleSetsAreListed() {
        ScaleSetClient sets = client();
        ScaleSet set = createScaleSet(sets, SET);
        Registration ofSet = await(sets.register(set.id(), new RunnerId("of-set"), "_work"));
        Registration classic = register(R1, "GPU", "linux");
        GitHubClient client = rest();

        assertThat(await(client.runners())).extracting(SelfHostedRunner::id).containsExactly(id(ofSet), id(classic));
        assertThat(await(client.runners(R1.value()))).singleElement().satisfies(runner -> {
            assertThat(runner.id()).isEqualTo(id(classic));
            assertThat(runner.isOffline()).isTrue();
            assertThat(runner.busy()).isFalse();
            assertThat(runner.ephemeral()).contains(true);
            assertThat(runner.runnerGroupId()).isEqualTo(1);
            assertThat(runner.labelNames()).containsExactly("gpu", "linux");
        });
        assertThat(await(client.runners("nobody"))).isEmpty();
        assertThat(await(client.runner(id(ofSet)))).map(SelfHostedRunner::name).contains("of-set");
        assertThat(await(client.runner(99))).isEmpty();
    }

    // ---- registering ---------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-R6 a registration without a runner group is refused before any request")
    void aRegistrationNeedsAGroup() {
        GitHubClient client = rest();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.generateJitConfig(R1, 0, List.of(LABEL)))
                .withMessageContaining("runnerGroupId must be at least 1");
        assertThat(sim().requests()).isEmpty();
    }

    @Test
    @DisplayName("GHS-R6 a name that is taken is told at once, so that another is used")
    void aTakenNameIsTold() {
        GitHubClient client = rest();
        Registration first = register(R1);
        GitHubException taken = failure(client.generateJitConfig(R1, 1, List.of(LABEL)));
        assertThat(taken.reason()).isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(taken.status()).isEqualTo(409);
        assertThat(statuses(Route.REST_GENERATE_JIT_CONFIG)).containsExactly(201, 409);
        assertThat(sim().registrations())
                .singleElement()
                .satisfies(one -> assertThat(one.id()).isEqualTo(id(first)));
    }

    @Test
    @DisplayName("GHS-R6 GHS-S22 when the answer to a registration is lost, exactly one is left, and it works")
    void aLostRegistrationLeavesOne() {
        faults().next(Route.REST_GENERATE_JIT_CONFIG, Fault.loseReply());
        Registration registration = await(rest().generateJitConfig(R1, 1, List.of(LABEL)));
        assertThat(sim().requests())
                .extracting(RecordedRequest::route)
                .containsExactly(
                        Route.REST_GENERATE_JIT_CONFIG,
                        Route.REST_LIST_RUNNERS,
                        Route.REST_DELETE_RUNNER,
                        Route.REST_GENERATE_JIT_CONFIG);
        assertThat(sim().registrations())
                .singleElement()
                .satisfies(one -> assertThat(one.id()).isEqualTo(id(registration)));
        submit("build");
        RunnerByHand.withJob(this, registration).finish("succeeded");
    }

    @Test
    @DisplayName("GHS-R6 when a registration never arrived, it is made once")
    void aRegistrationThatNeverArrivedIsMadeOnce() {
        faults().next(Route.REST_GENERATE_JIT_CONFIG, Fault.reset());
        Registration registration = await(rest().generateJitConfig(R1, 1, List.of(LABEL)));
        assertThat(requests(Route.REST_DELETE_RUNNER)).isEmpty();
        assertThat(sim().registrations())
                .singleElement()
                .satisfies(one -> assertThat(one.id()).isEqualTo(id(registration)));
    }

    @Test
    @DisplayName("GHS-R6 a group that the repository may not use, or that is not there, is told")
    void aGroupThatMayNotBeUsedIsTold() {
        start(builder -> builder.runnerGroup("gpus").rest(options -> options.visibleTo("gpus", REPOSITORY)));
        GitHubCredentials credentials = GitHubCredentials.token(TOKEN);
        await(rest(REPOSITORY, credentials).generateJitConfig(R1, 2, List.of(LABEL)));
        GitHubClient other = rest("my-org/other", credentials);
        GitHubException forbidden = failure(other.generateJitConfig(numbered(1), 2, List.of(LABEL)));
        assertThat(forbidden.reason()).isEqualTo(Reason.FORBIDDEN);
        assertThat(forbidden).hasMessageContaining("gpus cannot be used by repository my-org/other");
        assertThat(failure(other.generateJitConfig(numbered(1), 9, List.of(LABEL)))
                        .reason())
                .isEqualTo(Reason.NOT_FOUND);
        assertRegistered(R1.value());
    }

    @Test
    @DisplayName("tokens for config.sh are good for an hour, and not shown")
    void tokensForTheScript() {
        GitHubClient client = rest();
        for (RunnerToken token : List.of(await(client.registrationToken()), await(client.removeToken()))) {
            assertThat(token.token()).isNotBlank();
            assertThat(token.toString()).doesNotContain(token.token());
            assertThat(Duration.between(
                            transport().scheduler().instant(), token.expiresAt().orElseThrow()))
                    .isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
        }
    }

    // ---- deleting ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-R5 a runner in the middle of a job is busy and stays; when it is gone, deleting it succeeds")
    void aBusyRunnerStays() {
        submit("build");
        RunnerByHand runner = busy(R1);
        GitHubClient client = rest();
        SelfHostedRunner known = await(client.runners(R1.value())).get(0);
        assertThat(known.busy()).isTrue();
        assertThat(known.isOnline()).isTrue();

        GitHubException busy = failure(client.deleteRunner(known.id()));
        assertThat(busy.reason()).isEqualTo(Reason.RUNNER_BUSY);
        assertThat(busy.status()).isEqualTo(422);
        assertThat(requests(Route.REST_DELETE_RUNNER)).hasSize(1);
        assertRegistered(R1.value());

        runner.finish("succeeded");
        await(client.deleteRunner(known.id()));
        assertThat(statuses(Route.REST_DELETE_RUNNER)).containsExactly(422, 404);
        assertRegistered();
    }

    @Test
    @DisplayName("GHS-R5 a runner is deleted once; that it is gone is proved before the second time succeeds")
    void aRunnerIsDeletedOnce() {
        long id = id(register(R1));
        GitHubClient client = rest();
        await(client.deleteRunner(id));
        assertRegistered();
        long before = lastRequest();
        await(client.deleteRunner(id));
        assertThat(routesSince(before))
                .containsExactly(Route.REST_DELETE_RUNNER, Route.REST_GET_RUNNER, Route.REST_LIST_RUNNERS);
        assertThat(await(client.runner(id))).isEmpty();
    }

    @Test
    @DisplayName("GHS-R5 a deletion whose answer is lost succeeds at the second try")
    void aLostDeletionSucceeds() {
        long id = id(register(R1));
        faults().next(Route.REST_DELETE_RUNNER, Fault.loseReply());
        await(rest().deleteRunner(id));
        assertRegistered();
        assertThat(requests(Route.REST_DELETE_RUNNER)).hasSize(2);
    }

    // ---- labels, groups, downloads -------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-5.1 labels are read, added, replaced and taken away, the read-only ones stay")
    void labelsAreChanged() {
        long id = id(register(R1, "linux", "GPU"));
        GitHubClient client = rest();
        assertThat(await(client.labels(id).list()))
                .extracting(RunnerLabel::name, RunnerLabel::isReadOnly)
                .containsExactly(tuple("linux", true), tuple("gpu", false));
        assertThat(await(client.labels(id).add(List.of("cuda 12/x", "big"))))
                .extracting(RunnerLabel::name)
                .containsExactly("linux", "gpu", "cuda 12/x", "big");
        assertThat(await(client.labels(id).remove("cuda 12/x")))
                .extracting(RunnerLabel::name)
                .containsExactly("linux", "gpu", "big");
        assertThat(await(client.labels(id).set(List.of("small"))))
                .extracting(RunnerLabel::name)
                .containsExactly("linux", "small");
        assertThat(await(client.labels(id).set(List.of())))
                .extracting(RunnerLabel::name)
                .containsExactly("linux");

        assertThat(failure(client.labels(id).remove("small")).reason()).isEqualTo(Reason.NOT_FOUND);
        GitHubException readOnly = failure(client.labels(id).remove("linux"));
        assertThat(readOnly.reason()).isEqualTo(Reason.BAD_REQUEST);
        assertThat(readOnly).hasMessageContaining("read-only");
    }

    @Test
    @DisplayName("GHS-5.1 the downloads name one package for each platform, with its digest")
    void downloadsAreListed() {
        List<RunnerDownload> downloads = await(rest().downloads());
        assertThat(downloads)
                .filteredOn(
                        one -> one.os().equals("linux") && one.architecture().equals("x64"))
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.filename()).isEqualTo("actions-runner-linux-x64-2.330.0.tar.gz");
                    assertThat(one.downloadUrl().toString()).endsWith(one.filename());
                    assertThat(one.sha256().orElseThrow()).hasSize(64);
                });
    }

    @Test
    @DisplayName("GHS-5.1 runner groups are listed, and those that a repository may use")
    void runnerGroupsAreListed() {
        start(builder -> builder.runnerGroup("gpus")
                .runnerGroup("secret")
                .rest(options -> options.visibleTo("secret", "my-org/other")));
        GitHubClient client = rest();
        assertThat(await(client.runnerGroups()))
                .extracting(RunnerGroupAccess::name)
                .containsExactly("Default", "gpus", "secret");
        assertThat(await(client.runnerGroups("repo")))
                .extracting(RunnerGroupAccess::name)
                .containsExactly("Default", "gpus");
        assertThat(await(client.runnerGroups("other")).get(2)).satisfies(group -> {
            assertThat(group.id()).isEqualTo(3);
            assertThat(group.visibility()).isEqualTo("selected");
            assertThat(group.isDefault()).isFalse();
        });
    }
}
