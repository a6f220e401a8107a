package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.LabelsDropped;
import dev.paddock.github.RunnerGroup;
import dev.paddock.github.ScaleSet;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.github.ScaleSetRunner;
import dev.paddock.github.ScaleSetSettings;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.Registration;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.RegistrationRecord;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.ScaleSetRecord;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runner groups, scale sets and the registrations of runners. */
abstract class ScaleSetConformance extends Conformance {
    static final RunnerId R1 = new RunnerId("gpu-h200-k3f9a2c1");

    private static final String NONE = "{\"count\":0,\"value\":[]}";

    private static String two(String name) {
        return "{\"count\":2,\"value\":[{\"id\":1,\"name\":\"" + name + "\"},{\"id\":2,\"name\":\"" + name + "\"}]}";
    }

    @Test
    @DisplayName("GHS-S1 a name nobody has finds none")
    void aNameNobodyHasFindsNone() {
        assertThat(await(client().findScaleSet(1, SET))).isEmpty();
        assertThat(request(Route.LIST_SCALE_SETS).query())
                .isEqualTo("api-version=6.0-preview&name=gpu-h200&runnerGroupId=1");
    }

    @Test
    @DisplayName("GHS-S2 a name finds its scale set; two of one name are an error")
    void aNameFindsItsScaleSet() {
        ScaleSetClient client = client();
        ScaleSet made = createScaleSet(client, SET, "gpu", "linux");
        createScaleSet(client, "other");
        assertThat(await(client.findScaleSet(1, SET))).get().satisfies(found -> {
            assertThat(found.id()).isEqualTo(made.id());
            assertThat(found.name()).isEqualTo(SET);
            assertThat(found.labels()).containsExactly("gpu", "linux");
            assertThat(found.statistics()).isPresent();
        });
        faults().next(Route.LIST_SCALE_SETS, Fault.replaceBody(two(SET)));
        GitHubException failure = failure(client.findScaleSet(1, SET));
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(failure).hasMessageContainingAll("multiple", SET);
        assertThat(failure.isRetryable()).isFalse();
    }

    @Test
    @DisplayName("GHS-U15 any name reaches the service as it is")
    void anyNameReachesTheService() {
        ScaleSetClient client = client();
        String name = "a&b #c+d%";
        ScaleSet made = createScaleSet(client, name);
        assertThat(await(client.findScaleSet(1, name)).map(ScaleSet::id)).contains(made.id());
        assertThat(await(client.findScaleSet(1, "a"))).isEmpty();
    }

    @Test
    @DisplayName("GHS-S3 by id: null is none, an unknown id an error")
    void anIdFindsNoneOrIsRefused() {
        ScaleSetClient client = client();
        faults().next(Route.GET_SCALE_SET, Fault.status(200, "null"));
        assertThat(await(client.scaleSet(42))).isEmpty();
        GitHubException failure = failure(client.scaleSet(42));
        assertThat(failure.reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(failure.status()).isEqualTo(404);
        assertThat(requests(Route.GET_SCALE_SET)).hasSize(2);

        ScaleSet made = createScaleSet(client, SET);
        assertThat(await(client.scaleSet(made.id())).map(ScaleSet::name)).contains(SET);
    }

    @Test
    @DisplayName("GHS-S4 GHS-S5 a group is found by name or is an error; the path keeps its slash")
    void aGroupIsFoundByName() {
        start(builder -> builder.runnerGroup("gpu & co"));
        ScaleSetClient client = client();
        assertThat(await(client.runnerGroup("gpu & co"))).isEqualTo(new RunnerGroup(2, "gpu & co", false));
        RecordedRequest request = request(Route.RUNNER_GROUPS);
        assertThat(request.path()).endsWith("/_apis/runtime/runnergroups/");
        assertThat(request.query()).isEqualTo("api-version=6.0-preview&groupName=gpu+%26+co");

        GitHubException none = failure(client.runnerGroup("nobody"));
        assertThat(none.reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(none).hasMessageContaining("nobody");
        faults().next(Route.RUNNER_GROUPS, Fault.replaceBody(two("gpu")));
        assertThat(failure(client.runnerGroup("gpu"))).hasMessageContaining("multiple");
    }

    @Test
    @DisplayName("GHS-S6 created without labels, the name is the one label")
    void withoutLabelsTheNameIsTheLabel() {
        ScaleSet made = await(client().createScaleSet(ScaleSetSettings.named(SET)));
        assertThat(made.labels()).containsExactly(SET);
        assertThat(json(request(Route.CREATE_SCALE_SET).body()))
                .isEqualTo(json("{\"name\":\"gpu-h200\",\"runnerGroupId\":1,\"labels\":[{\"type\":\"System\","
                        + "\"name\":\"gpu-h200\"}],\"RunnerSetting\":{\"disableUpdate\":true},"
                        + "\"createdOn\":\"0001-01-01T00:00:00Z\"}"));
    }

    @Test
    @DisplayName("GHS-S7 labels are sent in order, with type System")
    void labelsAreSentInOrder() {
        assertThat(createScaleSet(client(), SET, "self-hosted", "linux", "gpu").labels())
                .containsExactly("self-hosted", "linux", "gpu");
        assertThat(json(request(Route.CREATE_SCALE_SET).body()).path("labels"))
                .isEqualTo(json("[{\"type\":\"System\",\"name\":\"self-hosted\"},{\"type\":\"System\","
                        + "\"name\":\"linux\"},{\"type\":\"System\",\"name\":\"gpu\"}]"));
    }

    @Test
    @DisplayName("GHS-S8 without name and labels nothing is sent")
    void withoutNameAndLabelsNothingIsSent() {
        ScaleSetClient client = client();
        assertThatIllegalArgumentException().isThrownBy(() -> client.createScaleSet(ScaleSetSettings.changes()));
        assertThat(sim().requests()).isEmpty();
    }

    @Test
    @DisplayName("GHS-S9 created with any status but 200 is an error, and is not repeated")
    void createdMeans200() {
        faults().next(Route.CREATE_SCALE_SET, Fault.status(201, "{\"id\":42,\"name\":\"gpu-h200\"}"));
        GitHubException failure = failure(client().createScaleSet(ScaleSetSettings.named(SET)));
        assertThat(failure.status()).isEqualTo(201);
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(requests(Route.CREATE_SCALE_SET)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-S10 an update sends what changes and leaves the rest")
    void anUpdateLeavesTheRest() {
        start(builder -> builder.runnerGroup("gpu"));
        ScaleSetClient client = client();
        ScaleSet made = createScaleSet(client, SET, "a", "b");

        ScaleSet moved = await(
                client.updateScaleSet(made.id(), ScaleSetSettings.changes().withRunnerGroupId(2)));
        assertThat(moved.runnerGroupId()).isEqualTo(2);
        assertThat(moved.labels()).containsExactly("a", "b");
        RecordedRequest request = request(Route.UPDATE_SCALE_SET);
        assertThat(request.method()).isEqualTo("PATCH");
        assertThat(request.path()).endsWith("/_apis/runtime/runnerscalesets/" + made.id());
        assertThat(json(request.body()))
                .isEqualTo(
                        json("{\"runnerGroupId\":2,\"RunnerSetting\":{}," + "\"createdOn\":\"0001-01-01T00:00:00Z\"}"));
        assertThat(sim().scaleSets()).singleElement().satisfies(set -> {
            assertThat(set.runnerGroup()).isEqualTo("gpu");
            assertThat(set.name()).isEqualTo(SET);
        });
    }

    @Test
    @DisplayName("GHS-S11 204 deletes; 200 and 404 are errors, told apart")
    void only204Deletes() {
        ScaleSetClient client = client();
        ScaleSet made = createScaleSet(client, SET);
        faults().next(Route.DELETE_SCALE_SET, Fault.status(200));
        assertThat(failure(client.deleteScaleSet(made.id())).reason()).isEqualTo(Reason.BAD_REPLY);
        await(client.deleteScaleSet(made.id()));
        assertThat(sim().scaleSets()).isEmpty();
        assertThat(failure(client.deleteScaleSet(made.id())).reason()).isEqualTo(Reason.SCALE_SET_NOT_FOUND);
        assertThat(requests(Route.DELETE_SCALE_SET)).hasSize(3);
    }

    @Test
    @DisplayName("GHS-S11 a deletion whose answer is lost counts as done")
    void aDeletionWhoseAnswerIsLostIsDone() {
        ScaleSetClient client = client();
        ScaleSet made = createScaleSet(client, SET);
        faults().next(Route.DELETE_SCALE_SET, Fault.loseReply());
        await(client.deleteScaleSet(made.id()));
        assertThat(requests(Route.DELETE_SCALE_SET)).hasSize(2);
    }

    @Test
    @DisplayName("GHS-S12 a label the service drops is told by name")
    void aDroppedLabelIsTold() {
        start(builder -> builder.dropLabel("gpu"));
        ListenerProbe probe = newProbe();
        JobSource.Attachment source = listen(probe, "linux", "gpu");
        until(() -> probe.states.contains(SourceState.CONNECTED), "a session");
        assertThat(probe.events)
                .filteredOn(LabelsDropped.class::isInstance)
                .singleElement()
                .satisfies(event -> assertThat(((LabelsDropped) event).labels()).containsExactly("gpu"));
        await(source.close());
    }

    @Test
    @DisplayName("GHS-S13 a scale set made by another in between is adopted")
    void aScaleSetMadeInBetweenIsAdopted() {
        ScaleSet others = createScaleSet(client(), SET, SET);
        faults().next(Route.LIST_SCALE_SETS, Fault.status(200, NONE));
        ListenerProbe probe = newProbe();
        JobSource.Attachment source = listen(probe, SET);
        until(() -> probe.states.contains(SourceState.CONNECTED), "a session");
        assertThat(requests(Route.CREATE_SCALE_SET).get(1).status()).hasValue(400);
        assertThat(sim().scaleSets()).extracting(ScaleSetRecord::id).containsExactly(others.id());
        assertThat(sim().sessions()).hasSize(1);
        await(source.close());
        assertThat(sim().sessions()).isEmpty();
    }

    @Test
    @DisplayName("GHS-S13 the client alone tells that the name is taken")
    void theClientTellsThatTheNameIsTaken() {
        ScaleSetClient client = client();
        createScaleSet(client, SET);
        GitHubException failure = failure(client.createScaleSet(ScaleSetSettings.named(SET)));
        assertThat(failure.reason()).isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(failure).hasMessageContaining("already exists in runner group");
    }

    @Test
    @DisplayName("GHS-S14 a plain-text refusal is told as it is")
    void aPlainTextRefusalIsTold() {
        faults().next(Route.CREATE_SCALE_SET, Fault.status(400, "labels must not be spicy"));
        GitHubException failure = failure(client().createScaleSet(ScaleSetSettings.named(SET)));
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REQUEST);
        assertThat(failure).hasMessageContaining("labels must not be spicy");
        assertThat(requests(Route.CREATE_SCALE_SET)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503})
    @DisplayName("GHS-S15 trouble is tried five times, and no more")
    void troubleIsTriedFiveTimes(int status) {
        faults().next(Route.GET_SCALE_SET, 9, Fault.status(status, "down"));
        GitHubException failure = failure(client().scaleSet(42));
        assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessageContaining("down");
        assertThat(requests(Route.GET_SCALE_SET)).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {501, 404})
    @DisplayName("GHS-S16 what the service does not know is tried once")
    void whatIsNotKnownIsTriedOnce(int status) {
        faults().next(Route.GET_SCALE_SET, 9, Fault.status(status));
        GitHubException failure = failure(client().scaleSet(42));
        assertThat(failure.status()).isEqualTo(status);
        assertThat(requests(Route.GET_SCALE_SET)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-S18 a runner's name finds none, one, or too many")
    void aRunnersNameFindsNoneOneOrTooMany() {
        ScaleSetClient client = client();
        ScaleSet set = createScaleSet(client, SET);
        assertThat(await(client.findRunner(R1.value()))).isEmpty();
        Registration registration = await(client.register(set.id(), R1, "_work"));
        long id = Long.parseLong(registration.id());
        assertThat(await(client.findRunner(R1.value()))).get().satisfies(runner -> {
            assertThat(runner.id()).isEqualTo(id);
            assertThat(runner.scaleSetId()).isEqualTo(set.id());
            assertThat(runner.busy()).isFalse();
        });
        assertThat(await(client.runners())).extracting(ScaleSetRunner::id).containsExactly(id);
        assertThat(await(client.runner(id)).map(ScaleSetRunner::name)).contains(R1.value());
        faults().next(Route.LIST_RUNNERS, Fault.replaceBody(two("r1")));
        assertThat(failure(client.findRunner("r1"))).hasMessageContaining("multiple");
    }

    @Test
    @DisplayName("GHS-S19 deleting a runner: done, gone and busy are told apart")
    void deletingARunner() {
        ScaleSetClient client = client();
        ScaleSet set = createScaleSet(client, SET);
        Registration idle = await(client.register(set.id(), new RunnerId("idle"), "_work"));
        await(client.deleteRunner(Long.parseLong(idle.id())));
        assertThat(sim().registrations()).isEmpty();
        GitHubException gone = failure(client.deleteRunner(Long.parseLong(idle.id())));
        assertThat(gone.reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(gone.typeName()).get().asString().contains("AgentNotFoundException");

        Jobs.submit(sim(), "train");
        var session = await(client.openSession(set.id(), "tester"));
        await(session.nextMessage(0, 1));
        Registration registration = await(client.register(set.id(), R1, "_work"));
        RunnerByHand runner = RunnerByHand.withJob(this, registration);
        GitHubException busy = failure(client.deleteRunner(Long.parseLong(registration.id())));
        assertThat(busy.reason()).isEqualTo(Reason.RUNNER_BUSY);
        assertThat(busy.isRetryable()).isTrue();
        assertThat(sim().registrations()).hasSize(1);
        runner.finish("succeeded");
        assertThat(sim().registrations()).isEmpty();
        await(session.close());
    }

    @Test
    @DisplayName("GHS-S20 a JIT configuration is asked for by name and folder, and read")
    void aJitConfigurationIsRead() {
        ScaleSetClient client = client();
        ScaleSet set = createScaleSet(client, SET);
        Registration registration = await(client.generateJitConfig(set.id(), R1, "_work"));
        RecordedRequest request = request(Route.GENERATE_JIT_CONFIG);
        assertThat(json(request.body())).isEqualTo(json("{\"name\":\"gpu-h200-k3f9a2c1\",\"workFolder\":\"_work\"}"));
        assertThat(sim().registrations()).singleElement().satisfies(made -> {
            assertThat(Long.toString(made.id())).isEqualTo(registration.id());
            assertThat(made.name()).isEqualTo(R1.value());
        });
        assertThat(registration.secret()).matches("[A-Za-z0-9+/]+=*");
        assertThat(registration.toString()).doesNotContain(registration.secret());
    }

    @Test
    @DisplayName("GHS-S21 a taken name is told; one left by an earlier try is cleared and made again")
    void aTakenName() {
        ScaleSetClient client = client();
        ScaleSet set = createScaleSet(client, SET);
        Registration first = await(client.generateJitConfig(set.id(), R1, "_work"));
        GitHubException taken = failure(client.generateJitConfig(set.id(), R1, "_work"));
        assertThat(taken.reason()).isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(taken.typeName()).get().asString().contains("AgentExistsException");

        Registration again = await(client.register(set.id(), R1, "_work"));
        assertThat(again.id()).isNotEqualTo(first.id());
        assertThat(sim().registrations())
                .extracting(made -> Long.toString(made.id()))
                .containsExactly(again.id());
        Jobs.submit(sim(), "train");
        var session = await(client.openSession(set.id(), "tester"));
        await(session.nextMessage(0, 1));
        RunnerByHand.withJob(this, again).finish("succeeded");
        await(session.close());
    }

    @Test
    @DisplayName("GHS-S21 a name that belongs to another scale set is left alone")
    void aNameOfAnotherScaleSetIsLeftAlone() {
        ScaleSetClient client = client();
        ScaleSet set = createScaleSet(client, SET);
        ScaleSet other = createScaleSet(client, "other");
        Registration theirs = await(client.register(other.id(), R1, "_work"));
        GitHubException failure = failure(client.register(set.id(), R1, "_work"));
        assertThat(failure.reason()).isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(failure.isRetryable()).isFalse();
        assertThat(sim().registrations())
                .extracting(made -> Long.toString(made.id()))
                .containsExactly(theirs.id());
    }

    @Test
    @DisplayName("GHS-S22 a registration whose answer is lost leaves exactly one runner, with a config that works")
    void aLostRegistrationLeavesOneRunner() {
        ScaleSetClient client = client();
        ScaleSet set = createScaleSet(client, SET);
        faults().next(Route.GENERATE_JIT_CONFIG, 2, Fault.loseReply());
        Registration registration = await(client.register(set.id(), R1, "_work"));
        assertThat(sim().registrations())
                .extracting(RegistrationRecord::id)
                .containsExactly(Long.valueOf(registration.id()));
        Jobs.submit(sim(), "train");
        var session = await(client.openSession(set.id(), "tester"));
        await(session.nextMessage(0, 1));
        RunnerByHand.withJob(this, registration).finish("succeeded");
        await(session.close());
    }

    @Test
    @DisplayName("GHS-S22 a registration refused in trouble before it took effect is simply repeated")
    void aRegistrationRefusedInTroubleIsRepeated() {
        ScaleSetClient client = client();
        ScaleSet set = createScaleSet(client, SET);
        faults().next(Route.GENERATE_JIT_CONFIG, Fault.status(503));
        await(client.register(set.id(), R1, "_work"));
        assertThat(requests(Route.GENERATE_JIT_CONFIG)).hasSize(2);
        assertThat(requests(Route.LIST_RUNNERS)).isEmpty();
    }

    @Test
    @DisplayName("GHS-S22 a scale set whose answer is lost is made once")
    void aScaleSetWhoseAnswerIsLostIsMadeOnce() {
        faults().next(Route.CREATE_SCALE_SET, Fault.loseReply());
        ScaleSet made = createScaleSet(client(), SET);
        assertThat(requests(Route.CREATE_SCALE_SET)).hasSize(1);
        assertThat(sim().scaleSets()).extracting(ScaleSetRecord::id).isEqualTo(List.of(made.id()));
    }

    @Test
    @DisplayName("GHS-S23 fifty registrations are under way at once")
    void fiftyRegistrationsAreUnderWayAtOnce() {
        ScaleSetClient client = client();
        ScaleSet set = createScaleSet(client, SET);
        faults().next(Route.GENERATE_JIT_CONFIG, 50, Fault.hang());
        for (int i = 0; i < 50; i++) {
            client.generateJitConfig(set.id(), new RunnerId("r" + i), "_work");
        }
        until(() -> requests(Route.GENERATE_JIT_CONFIG).size() == 50, "fifty requests, none of them answered");
        assertThat(await(client.findScaleSet(1, SET))).isPresent();
    }
}
