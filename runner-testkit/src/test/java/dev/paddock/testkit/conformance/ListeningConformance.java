package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.MessageQuarantined;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.ScaleSetRecord;
import dev.paddock.testkit.SessionRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The queue as a listener meets it: what a session tells, and how it goes on. */
abstract class ListeningConformance extends Conformance {
    private JobSource.@Nullable Attachment source;
    private @Nullable ListenerProbe current;

    /** Opens a listener that offers room for four and waits until it polls. */
    final ListenerProbe listening() {
        ListenerProbe probe = opened();
        until(() -> polls() > 0, "the first poll");
        return probe;
    }

    /** Opens a listener that offers room for four. */
    final ListenerProbe opened() {
        ListenerProbe probe = newProbe();
        current = probe;
        source = listen(probe, SET);
        source.advertise(4);
        return probe;
    }

    /** The listener is over: closed, or its host crashed. */
    final void forget() {
        source = null;
        current = null;
    }

    final int polls() {
        return requests(Route.POLL).size();
    }

    final void untilPolls(int count) {
        until(() -> polls() >= count, count + " polls");
    }

    final void untilAcknowledged() {
        until(
                () -> sim().scaleSets().stream()
                        .mapToInt(ScaleSetRecord::undelivered)
                        .allMatch(left -> left == 0),
                "all messages to be acknowledged");
    }

    /** After each case the listener still lives, closes, and leaves no session. */
    @AfterEach
    void closeListener() {
        if (source != null && current != null) {
            assertThat(current.states).doesNotContain(SourceState.FAILED, SourceState.CLOSED);
            await(source.close());
            forget();
            assertThat(sim().sessions()).isEmpty();
        }
    }

    static List<String> assigned(ListenerProbe probe) {
        return probe.jobEvents().stream()
                .filter(JobEvent.Assigned.class::isInstance)
                .map(event -> event.job().name())
                .toList();
    }

    @Test
    @DisplayName("GHS-Q11 an acknowledgement answered 404 counts as done")
    void anAcknowledgementAnswered404IsDone() {
        ListenerProbe probe = listening();
        faults().next(Route.DELETE_MESSAGE, Fault.status(404));
        Jobs.submit(sim(), "train");
        until(() -> requests(Route.DELETE_MESSAGE).size() == 1, "an acknowledgement");
        int before = polls();
        untilPolls(before + 1);
        assertThat(probe.states).doesNotContain(SourceState.BACKOFF);
        assertThat(requests(Route.POLL).get(before).query()).contains("lastMessageId=100000001");
        assertThat(assigned(probe)).containsExactly("train");
    }

    @Test
    @DisplayName("GHS-Q13 a poll that meets trouble is made again")
    void aPollInTroubleIsMadeAgain() {
        start(builder -> builder);
        faults().next(Route.POLL, Fault.status(503));
        ListenerProbe probe = listening();
        untilPolls(2);
        Jobs.submit(sim(), "train");
        until(() -> !assigned(probe).isEmpty(), "the job");
        assertThat(requests(Route.POLL).get(0).status()).hasValue(503);
        assertThat(requests(Route.OPEN_SESSION)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-Q16 a message of another type is put aside and acknowledged, and the loop goes on")
    void aMessageOfAnotherTypeIsPutAside() {
        faults().next(Route.POLL, Fault.status(200, "{\"messageId\":6,\"messageType\":\"Other\",\"body\":\"[]\"}"));
        ListenerProbe probe = listening();
        until(() -> requests(Route.DELETE_MESSAGE).size() == 1, "an acknowledgement");
        assertThat(request(Route.DELETE_MESSAGE).path()).endsWith("/6");
        assertThat(probe.events)
                .filteredOn(MessageQuarantined.class::isInstance)
                .singleElement()
                .satisfies(event -> {
                    var quarantined = (MessageQuarantined) event;
                    assertThat(quarantined.messageId()).isEqualTo(6);
                    assertThat(quarantined.raw()).contains("\"Other\"");
                });
        Jobs.submit(sim(), "train");
        until(() -> !assigned(probe).isEmpty(), "the job behind it");
    }

    @Test
    @DisplayName("GHS-Q21 null statistics leave the last ones standing")
    void nullStatisticsLeaveTheLastOnes() {
        ListenerProbe probe = listening();
        Jobs.submit(sim(), "train");
        until(() -> !assigned(probe).isEmpty(), "the job");
        untilAcknowledged();
        int known = probe.statistics().size();
        faults().next(
                        Route.POLL,
                        Fault.status(
                                200,
                                "{\"messageId\":100000009,\"messageType\":\"RunnerScaleSetJobMessages\","
                                        + "\"body\":\"[]\",\"statistics\":null}"));
        until(
                () -> requests(Route.DELETE_MESSAGE).stream()
                        .anyMatch(delete -> delete.path().endsWith("/100000009")),
                "the message without statistics");
        List<JobStatistics> after =
                probe.statistics().subList(known, probe.statistics().size());
        assertThat(after)
                .isNotEmpty()
                .allSatisfy(counters -> assertThat(counters.assigned()).isEqualTo(1));
    }

    @Test
    @DisplayName("GHS-Q27 a session the service forgot is opened anew, and no job is lost")
    void aForgottenSessionIsOpenedAnew() {
        ListenerProbe probe = listening();
        String first = sim().sessions().get(0).id();
        sim().faults().evictSession(SET);
        Jobs.submit(sim(), "train");
        until(() -> assigned(probe).contains("train"), "the job");
        untilAcknowledged();
        assertThat(sim().sessions())
                .singleElement()
                .extracting(SessionRecord::id)
                .isNotEqualTo(first);
        assertThat(requests(Route.REFRESH_SESSION))
                .anySatisfy(refresh -> assertThat(refresh.status()).hasValue(404));
        assertThat(assigned(probe)).containsOnly("train");
        assertThat(sim().scaleSets()).hasSize(1);
    }
}
