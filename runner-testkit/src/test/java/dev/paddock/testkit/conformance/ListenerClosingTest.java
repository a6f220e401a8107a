package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Flow;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A listener closed in each of its states ends within half a minute, leaves no session and sends nothing more. */
class ListenerClosingTest extends ListenerCase {
    private final VirtualTransport virtual = Transport.inMemory(13);
    private final VirtualTime time = virtual.time();

    @Override
    Transport open() {
        return virtual;
    }

    private void closeIn(JobSource.Attachment attachment) {
        CompletableFuture<Void> first = attachment.close().toCompletableFuture();
        assertClosedWithin(attachment);
        assertThat(first).as("an earlier close").isCompletedWithValue(null);
        assertThat(probe().states).last().isEqualTo(SourceState.CLOSED);
        time.advance(Duration.ofMinutes(1)); // what is on its way arrives
        List<RecordedRequest> before = sim().requests();
        time.advance(Duration.ofHours(1));
        assertThat(sim().requests()).as("requests after the end").hasSameSizeAs(before);
        assertClosedWithin(attachment);
        assertThat(probe().states).filteredOn(SourceState.CLOSED::equals).hasSize(1);
    }

    private void closeInAndLeaveNothing(JobSource.Attachment attachment) {
        closeIn(attachment);
        assertThat(sim().sessions()).isEmpty();
    }

    private void untilSent(Route route) {
        until(() -> !requests(route).isEmpty(), "a request on " + route);
    }

    /** What can hang before there is a session. */
    @ParameterizedTest
    @EnumSource(
            value = Route.class,
            names = {
                "REGISTRATION_TOKEN",
                "RUNNER_REGISTRATION",
                "RUNNER_GROUPS",
                "LIST_SCALE_SETS",
                "CREATE_SCALE_SET",
                "OPEN_SESSION"
            })
    @DisplayName("closing while it finds its place and the service never answers")
    void whileResolving(Route hanging) {
        start(builder -> builder.runnerGroup("gpu"));
        faults().next(hanging, 9, Fault.hang());
        JobSource.Attachment attachment = listen(builder -> builder.runnerGroup("gpu"));
        untilSent(hanging);
        closeInAndLeaveNothing(attachment);
        assertThat(probe().updates).isEmpty();
    }

    @Test
    @DisplayName("closing at once, before anything was answered")
    void atOnce() {
        closeInAndLeaveNothing(listen());
        assertThat(requests(Route.OPEN_SESSION)).isEmpty();
    }

    @Test
    @DisplayName("closing while a session opens: it is waited for and ended")
    void whileOpening() {
        faults().next(Route.OPEN_SESSION, Fault.delay(seconds(8)));
        JobSource.Attachment attachment = listen();
        untilSent(Route.OPEN_SESSION);
        closeInAndLeaveNothing(attachment);
        assertThat(requests(Route.CLOSE_SESSION)).hasSize(1);
        assertThat(requests(Route.POLL)).isEmpty();
    }

    @Test
    @DisplayName("closing while a session opens very late: it is ended when it is there")
    void whileOpeningVeryLate() {
        faults().next(Route.OPEN_SESSION, Fault.delay(seconds(25)));
        JobSource.Attachment attachment = listen();
        untilSent(Route.OPEN_SESSION);
        closeInAndLeaveNothing(attachment);
        assertThat(requests(Route.CLOSE_SESSION)).hasSize(1);
    }

    @Test
    @DisplayName("closing while another client holds the session ends at once and leaves that alone")
    void whileInConflict() {
        JobSource.Attachment first =
                listen(builder -> builder, new ListenerProbe(transport().scheduler(), "first"));
        until(() -> !sim().sessions().isEmpty(), "the first one's session");
        JobSource.Attachment second = listen();
        untilState(SourceState.CONFLICT);
        var before = time.now();
        await(second.close());
        assertThat(time.now()).isEqualTo(before);
        assertThat(requests(Route.CLOSE_SESSION)).isEmpty();
        assertThat(sim().sessions())
                .singleElement()
                .satisfies(session -> assertThat(session.owner()).isEqualTo("first"));
        await(first.close());
    }

    @Test
    @DisplayName("closing while it polls")
    void whilePolling() {
        closeInAndLeaveNothing(listening(1));
    }

    @Test
    @DisplayName("closing while a poll hangs does not wait for it")
    void whileAPollHangs() {
        faults().next(Route.POLL, Fault.hang());
        JobSource.Attachment attachment = listen();
        untilSent(Route.POLL);
        var before = time.now();
        await(attachment.close());
        assertThat(Duration.between(before, time.now())).isLessThan(seconds(1));
        assertThat(sim().sessions()).isEmpty();
    }

    @Test
    @DisplayName("closing while the session is renewed")
    void whileRefreshing() {
        JobSource.Attachment attachment = listening(1);
        faults().next(Route.REFRESH_SESSION, 9, Fault.hang());
        sim().faults().expireQueueToken(SET);
        untilSent(Route.REFRESH_SESSION);
        closeInAndLeaveNothing(attachment);
    }

    @Test
    @DisplayName("closing while a message is handled by a taker that never answers")
    void whileATakerNeverAnswers() {
        JobSource.Attachment attachment = listening(1);
        probe().answer = update -> new CompletableFuture<>();
        submit("one");
        until(() -> assignedJobs().contains("one"), "a message");
        closeInAndLeaveNothing(attachment);
        assertThat(acknowledged()).as("what was not applied").isEmpty();
    }

    @Test
    @DisplayName("closing while the first counters are handled by a taker that never answers")
    void whileTheFirstCountersAreHandled() {
        probe().answer = update -> new CompletableFuture<>();
        JobSource.Attachment attachment = listen();
        until(() -> !probe().updates.isEmpty(), "the first counters");
        closeInAndLeaveNothing(attachment);
        assertThat(requests(Route.POLL)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Route.class,
            names = {"DELETE_MESSAGE", "POLL"})
    @DisplayName("closing while it waits after a failure ends at once")
    void whileBackingOff(Route failing) {
        JobSource.Attachment attachment = listening(1);
        faults().next(failing, 99, Fault.status(failing == Route.POLL ? 500 : 403));
        submit("one");
        untilState(SourceState.BACKOFF);
        closeInAndLeaveNothing(attachment);
    }

    @Test
    @DisplayName("closing while an acknowledgement hangs")
    void whileAcknowledging() {
        JobSource.Attachment attachment = listening(1);
        faults().next(Route.DELETE_MESSAGE, 9, Fault.hang());
        submit("one");
        untilSent(Route.DELETE_MESSAGE);
        closeInAndLeaveNothing(attachment);
    }

    @Test
    @DisplayName("closing while an acquisition hangs")
    void whileAcquiring() {
        start(builder -> builder.flow(Flow.ACQUIRE));
        JobSource.Attachment attachment = listening(1);
        faults().next(Route.ACQUIRE_JOBS, 9, Fault.hang());
        submit("one");
        untilSent(Route.ACQUIRE_JOBS);
        closeInAndLeaveNothing(attachment);
    }

    @Test
    @DisplayName("closing while an old session is replaced")
    void whileReplacingASession() {
        JobSource.Attachment attachment = listen(builder -> builder.sessionMaxAge(Duration.ofMinutes(2)));
        untilState(SourceState.CONNECTED);
        faults().next(Route.CLOSE_SESSION, Fault.delay(seconds(5)));
        untilSent(Route.CLOSE_SESSION);
        closeInAndLeaveNothing(attachment);
        assertThat(requests(Route.OPEN_SESSION)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-Q26 closing when the session is gone already, or cannot be ended, still ends")
    void whenTheSessionIsGone() {
        JobSource.Attachment gone = listening(1);
        faults().next(Route.CLOSE_SESSION, Fault.status(404));
        closeIn(gone);
        assertThat(requests(Route.CLOSE_SESSION)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-Q26 closing when ending the session hangs for ever is bounded; the session runs out")
    void whenTheEndHangs() {
        JobSource.Attachment attachment = listening(1);
        faults().next(Route.CLOSE_SESSION, 99, Fault.hang());
        assertClosedWithin(attachment);
        time.advance(Duration.ofMinutes(10));
        assertThat(sim().sessions()).isEmpty();
    }

    @Test
    @DisplayName("closing while nothing answers at the address ends at once")
    void whileTheHostIsUnreachable() {
        JobSource.Attachment attachment = ScaleSetListener.builder("https://github.example.com/my-org", SET)
                .credentials(GitHubCredentials.token(TOKEN))
                .httpClient(transport().httpClient(sim()))
                .build()
                .open(probe(), probe());
        untilState(SourceState.BACKOFF);
        closeIn(attachment);
        assertThat(sim().requests()).isEmpty();
    }

    @Test
    @DisplayName("closing after it has given up ends at once, and says no more")
    void afterGivingUp() {
        faults().next(Route.REGISTRATION_TOKEN, 99, Fault.status(401));
        JobSource.Attachment attachment = listen();
        untilState(SourceState.FAILED);
        var before = time.now();
        await(attachment.close());
        assertThat(time.now()).isEqualTo(before);
        assertThat(probe().states).last().isEqualTo(SourceState.FAILED);
    }
}
