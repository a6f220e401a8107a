package dev.paddock.github;

import static dev.paddock.github.FakeJobApi.failure;
import static dev.paddock.github.JobSourceBench.engine;
import static dev.paddock.github.JobSourceBench.ours;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerId;
import dev.paddock.error.RunnerException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.WorkflowJobApi.ListedRunner;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList;
import dev.paddock.spi.RegistrationList.Entry;
import dev.paddock.spi.RegistrationList.Presence;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The registrations of an open listener's runners. */
class WorkflowJobRunnersTest {
    private static final RunnerId ONE = ours(0);

    private final JobSourceBench bench = new JobSourceBench();
    private final FakeJobApi api = bench.api;
    private final ManualTime time = bench.time;

    private void set(RunnerId runner, long id, String status, boolean busy) {
        api.runners.put(runner.value(), new ListedRunner(id, runner.value(), status, busy));
    }

    // ---- register ------------------------------------------------------------------------------------------

    @Test
    void aRegistrationHasTheLabelsExactlyAsGiven() {
        var listener = WorkflowJobListener.builder(JobSourceBench.ORGANIZATION, "self-hosted", "Linux", "GPU")
                .credentials(GitHubCredentials.token("x"))
                .repositories(FakeJobApi.ENGINE)
                .runnerGroup("gpus")
                .workFolder("work")
                .build();
        JobSource.Attachment attachment = bench.open(listener);
        var registration = time.await(attachment.register(ONE));
        assertThat(registration.runner()).isEqualTo(ONE);
        assertThat(registration.id()).isEqualTo("900");
        assertThat(api.calls).contains("group gpus", "register " + ONE + " 7 [self-hosted, Linux, GPU] work");
    }

    @Test
    void theDefaultGroupNeedsNoLookup() {
        JobSource.Attachment attachment = bench.open(engine().build());
        time.await(attachment.register(ONE));
        assertThat(api.count("group")).isZero();
        assertThat(api.count("register " + ONE + " 1 [")).isEqualTo(1);
    }

    @Test
    void beforeTheGroupIsKnownNothingIsRegistered() {
        api.fail("group", failure(Reason.UNAVAILABLE));
        JobSource.Attachment attachment =
                bench.open(engine().runnerGroup("gpus").build());
        assertThatThrownBy(() -> time.await(attachment.register(ONE)))
                .hasCauseInstanceOf(RunnerException.class)
                .hasMessageContaining("gpus")
                .hasMessageContaining("once the source is connected");
    }

    // ---- deregister ----------------------------------------------------------------------------------------

    @Test
    void whatWasRegisteredHereIsDeletedByOneCall() {
        JobSource.Attachment attachment = bench.open(engine().build());
        time.await(attachment.register(ONE));
        assertThat(time.await(attachment.deregister(ONE))).isEqualTo(Deregistration.GONE);
        assertThat(api.count("find")).isZero();
        assertThat(api.runners).isEmpty();
    }

    @Test
    @DisplayName("GHS-R5 deleting a runner that is gone is success, one that works is busy")
    void goneAndBusyAreToldApart() {
        JobSource.Attachment attachment = bench.open(engine().build());
        assertThat(time.await(attachment.deregister(ONE))).isEqualTo(Deregistration.GONE);
        set(ONE, 5, "online", true);
        assertThat(time.await(attachment.deregister(ONE))).isEqualTo(Deregistration.BUSY);
        assertThat(api.runners).hasSize(1);
        set(ONE, 5, "online", false);
        assertThat(time.await(attachment.deregister(ONE))).isEqualTo(Deregistration.GONE);
    }

    @Test
    @DisplayName("GHS-R7 a runner not found by its name is not gone unless that is proved")
    void aRunnerNotFoundIsNotGone() {
        JobSource.Attachment attachment = bench.open(engine().build());
        api.provesAbsence = false;
        assertThat(time.await(attachment.deregister(ONE))).isEqualTo(Deregistration.UNKNOWN);
        set(ONE, 5, "offline", false);
        assertThat(time.await(attachment.deregister(ONE))).isEqualTo(Deregistration.GONE);
        assertThat(api.runners).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"RATE_LIMITED", "UNAVAILABLE", "NETWORK", "FORBIDDEN", "NOT_FOUND"})
    void anythingElseIsUnknown(Reason reason) {
        JobSource.Attachment attachment = bench.open(engine().build());
        set(ONE, 5, "online", false);
        api.fail("delete", failure(reason));
        assertThat(time.failure(attachment.deregister(ONE)).reason()).isEqualTo(reason);
        api.heal("delete");
        api.fail("find", failure(reason));
        assertThat(time.failure(attachment.deregister(ONE)).reason()).isEqualTo(reason);
        assertThat(api.runners).hasSize(1);
    }

    // ---- list ----------------------------------------------------------------------------------------------

    @Test
    void onlyOursAreListed() {
        JobSource.Attachment attachment = bench.open(engine().build());
        set(ours(0), 1, "online", true);
        set(ours(1), 2, "Offline", false);
        set(ours(2), 3, "", false);
        api.runners.put("x", new ListedRunner(4, "somebody-else", "online", false));
        assertThat(time.await(attachment.list()))
                .isEqualTo(new RegistrationList(
                        true,
                        java.util.List.of(
                                new Entry(ours(0).value(), "1", Presence.ONLINE, true),
                                new Entry(ours(1).value(), "2", Presence.OFFLINE, false),
                                new Entry(ours(2).value(), "3", Presence.UNKNOWN, false))));
        assertThat(bench.statistics()).isEqualTo(new JobStatistics(0, 0, 3, 1, 0));
    }

    @Test
    @DisplayName("GHS-R7 a list that lacks a page is none, and changes no count")
    void aListThatFailsFails() {
        set(ours(0), 1, "online", true);
        JobSource.Attachment attachment = bench.open(engine().build());
        assertThat(bench.statistics().registered()).isEqualTo(1);
        api.runners.clear();
        api.fail("runners", failure(Reason.RATE_LIMITED));
        assertThat(time.failure(attachment.list()).reason()).isEqualTo(Reason.RATE_LIMITED);
        time.settle();
        assertThat(bench.statistics().registered()).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-R7 a runner that one list lacks is still deleted by its id")
    void aRunnerThatOneListLacksIsDeletedByItsId() {
        JobSource.Attachment attachment = bench.open(engine().build());
        time.await(attachment.register(ONE));
        ListedRunner slipped = api.runners.remove(ONE.value());
        time.await(attachment.list());
        api.runners.put(ONE.value(), slipped);
        time.await(attachment.list());
        api.runners.clear();
        time.await(attachment.list());
        assertThat(time.await(attachment.deregister(ONE))).isEqualTo(Deregistration.GONE);
        assertThat(api.count("find")).isZero();
        assertThat(api.count("delete 900")).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-R7 lists that overlap or fail are not two that lack a runner")
    void listsThatOverlapOrFailAreNotTwo() {
        api.latency = Duration.ofSeconds(1);
        JobSource.Attachment attachment = bench.open(engine().build());
        time.advance(Duration.ofSeconds(3));
        time.await(attachment.register(ONE));
        api.runners.clear();
        var first = attachment.list();
        var second = attachment.list();
        time.await(first);
        time.await(second);
        api.fail("runners", failure(Reason.BAD_REPLY));
        time.failure(attachment.list());
        time.await(attachment.deregister(ONE));
        assertThat(api.count("find")).isZero();
    }

    @Test
    @DisplayName("GHS-R7 a runner that two lists in a row lack is looked up by name again")
    void aRunnerThatTwoListsLackIsLookedUpByNameAgain() {
        JobSource.Attachment attachment = bench.open(engine().build());
        time.await(attachment.register(ONE));
        api.runners.clear();
        time.await(attachment.list());
        time.await(attachment.list());
        assertThat(time.await(attachment.deregister(ONE))).isEqualTo(Deregistration.GONE);
        assertThat(api.count("find")).isEqualTo(1);
        assertThat(api.count("delete")).isZero();
    }

    @Test
    void aRunnerRegisteredWhileAListIsUnderWayIsNotForgotten() {
        api.latency = Duration.ofSeconds(1);
        JobSource.Attachment attachment = bench.open(engine().build());
        time.advance(Duration.ofSeconds(3));
        var list = attachment.list();
        var registration = attachment.register(ONE);
        time.await(list);
        time.await(registration);
        time.await(attachment.deregister(ONE));
        assertThat(api.count("find")).isZero();
    }

    @Test
    void aNegativeCapacityIsRefused() {
        JobSource.Attachment attachment = bench.open(engine().build());
        assertThatThrownBy(() -> attachment.advertise(-1)).hasMessageContaining("at least 0: -1");
    }
}
