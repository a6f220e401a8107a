package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.JobResult;
import dev.paddock.github.LabelsDropped;
import dev.paddock.github.MessageQuarantined;
import dev.paddock.github.ScaleSet;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.github.ScaleSetCreated;
import dev.paddock.github.ScaleSetSession;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Flow;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The listener on any transport. */
abstract class ListenerConformance extends ListenerCase {
    // ---- finding the scale set -----------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-S12 a label the service leaves out is told by name, and the listener listens")
    void aDroppedLabelIsTold() {
        start(builder -> builder.dropLabel("gpu"));
        listen(builder -> builder.labels("linux", "gpu"));
        untilState(SourceState.CONNECTED);

        assertThat(probe().events).filteredOn(LabelsDropped.class::isInstance).satisfiesExactly(event -> {
            LabelsDropped dropped = (LabelsDropped) event;
            assertThat(dropped.labels()).containsExactly("gpu");
            assertThat(dropped.scaleSet()).isEqualTo(SET);
        });
        assertThat(sim().scaleSets())
                .singleElement()
                .satisfies(set -> assertThat(set.labels()).containsExactly("linux"));
    }

    @Test
    @DisplayName("GHS-S12 labels that differ on an existing scale set are brought in line")
    void labelsAreBroughtInLine() {
        createScaleSet(client(), SET, "old");
        listen(builder -> builder.labels("linux", "gpu"));
        untilState(SourceState.CONNECTED);

        assertThat(requests(Route.UPDATE_SCALE_SET)).hasSize(1);
        assertThat(sim().scaleSets())
                .singleElement()
                .satisfies(set -> assertThat(set.labels()).containsExactly("linux", "gpu"));
        assertThat(probe().events).isEmpty();
    }

    @Test
    @DisplayName("GHS-S13 a scale set made by somebody else between the look and the call is adopted")
    void aScaleSetMadeMeanwhileIsAdopted() {
        ScaleSet theirs = createScaleSet(client(), SET);
        faults().next(Route.LIST_SCALE_SETS, Fault.status(200, "{\"count\":0,\"value\":[]}"));
        faults().next(
                        Route.CREATE_SCALE_SET,
                        Fault.status(
                                400,
                                "{\"message\":\"The runner scale set " + SET
                                        + " already exists in runner group Default.\"}"));
        listen();
        untilState(SourceState.CONNECTED);

        assertThat(sim().scaleSets()).hasSize(1);
        assertThat(sim().sessions())
                .singleElement()
                .satisfies(session -> assertThat(session.owner()).isEqualTo(FLEET));
        assertThat(requests(Route.OPEN_SESSION).get(0).path()).contains("/" + theirs.id() + "/sessions");
        assertThat(probe().events).isEmpty();
    }

    @Test
    @DisplayName("GHS-L15 a scale set deleted on the server is made again, told, and listened to")
    void aDeletedScaleSetIsMadeAgain() {
        listening(2);
        sim().faults().removeScaleSet(SET);
        until(() -> sim().sessions().size() == 1 && requests(Route.OPEN_SESSION).size() == 2, "a new session");

        assertThat(probe().events)
                .filteredOn(ScaleSetCreated.class::isInstance)
                .extracting(event -> ((ScaleSetCreated) event).again())
                .containsExactly(false, true);
        untilPolledWith(2);
        submit("after");
        until(() -> assignedJobs().contains("after"), "a job of the new scale set");
    }

    // ---- one message after another -------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-L1 what the session says is delivered before the first poll")
    void theSessionsCountersComeFirst() {
        ScaleSetClient client = client();
        ScaleSet set = createScaleSet(client, SET);
        ScaleSetSession before = await(client.openSession(set.id(), "earlier"));
        submit("one", "two");
        await(before.nextMessage(0, 2));
        await(before.close());
        var pollsBefore = new AtomicInteger(-1);
        int polls = requests(Route.POLL).size();
        probe().answer = update -> {
            pollsBefore.compareAndSet(-1, requests(Route.POLL).size() - polls);
            return CompletableFuture.completedStage(null);
        };
        listen().advertise(5);
        until(() -> requests(Route.POLL).size() > polls, "a poll");

        assertThat(probe().statistics().get(0).assigned()).isEqualTo(2);
        assertThat(pollsBefore).hasValue(0);
    }

    @Test
    @DisplayName("GHS-L5 each empty poll delivers the counters again, and the next poll follows at once")
    void emptyPollsDeliverTheCounters() {
        listen().advertise(3);
        until(() -> probe().updates.size() >= 4, "counters again");
        assertThat(probe().updates)
                .as("nothing but counters")
                .allSatisfy(update -> assertThat(update).isEqualTo(DemandUpdate.of(NOTHING)));
        assertThat(probe().states).doesNotContain(SourceState.BACKOFF);
        assertThat(acknowledged()).isEmpty();
    }

    @Test
    @DisplayName("GHS-L4 a close while a message is handled lets it be applied and acknowledged, then ends the session")
    void closingFinishesTheMessageInHand() {
        JobSource.Attachment attachment = listening(1);
        var applied = new CompletableFuture<Void>();
        probe().answer = update ->
                update.events().isEmpty() ? CompletableFuture.completedStage(null) : applied.minimalCompletionStage();
        submit("one");
        until(() -> !probe().jobEvents().isEmpty(), "a message");
        CompletableFuture<Void> closed = attachment.close().toCompletableFuture();
        assertThat(requests(Route.DELETE_MESSAGE)).isEmpty();
        assertThat(requests(Route.CLOSE_SESSION)).isEmpty();
        assertThat(closed).isNotDone();

        applied.complete(null);
        await(closed);
        assertThat(sim().requests())
                .extracting(RecordedRequest::route)
                .endsWith(Route.DELETE_MESSAGE, Route.CLOSE_SESSION);
        assertThat(sim().sessions()).isEmpty();
        assertThat(probe().states).last().isEqualTo(SourceState.CLOSED);
    }

    @Test
    @DisplayName("GHS-L4 a close ends the poll under way and the session, once, and nothing is sent afterwards")
    void closingEndsThePoll() {
        start(ListenerCase::longPolls);
        JobSource.Attachment attachment = listening(1);
        CompletableFuture<Void> first = attachment.close().toCompletableFuture();
        CompletableFuture<Void> second = attachment.close().toCompletableFuture();
        await(first);
        await(second);
        await(attachment.close());
        attachment.advertise(7);

        assertThat(requests(Route.CLOSE_SESSION)).hasSize(1);
        assertThat(sim().requests()).extracting(RecordedRequest::route).endsWith(Route.CLOSE_SESSION);
        assertThat(sim().sessions()).isEmpty();
        assertThat(sim().scaleSets()).as("closing leaves the scale set").hasSize(1);
        assertThat(probe().states).filteredOn(SourceState.CLOSED::equals).hasSize(1);
    }

    @Test
    @DisplayName("GHS-L4 closing deletes the scale set where asked to, after the session")
    void closingDeletesTheScaleSetWhereAsked() {
        JobSource.Attachment attachment = listen(builder -> builder.deleteScaleSetOnClose(true));
        untilState(SourceState.CONNECTED);
        await(attachment.close());
        assertThat(sim().requests())
                .extracting(RecordedRequest::route)
                .endsWith(Route.CLOSE_SESSION, Route.DELETE_SCALE_SET);
        assertThat(sim().scaleSets()).isEmpty();
    }

    @Test
    @DisplayName("GHS-L6 a message that cannot be applied comes again, and is put aside the third time")
    void poisonIsPutAside() {
        listening(2);
        probe().answer = update -> {
            if (!update.events().isEmpty()
                    && update.events().get(0).job().name().equals("poison")) {
                throw new IllegalStateException("cannot apply");
            }
            return CompletableFuture.completedStage(null);
        };
        submit("poison");
        until(() -> !probe().events.isEmpty() && acknowledged().size() == 1, "the end of the poison");
        submit("next");
        until(() -> assignedJobs().contains("next"), "the next message");

        assertThat(assignedJobs()).containsExactly("poison", "poison", "poison", "next");
        assertThat(probe().events)
                .filteredOn(MessageQuarantined.class::isInstance)
                .satisfiesExactly(event -> {
                    MessageQuarantined quarantined = (MessageQuarantined) event;
                    assertThat(quarantined.messageId()).isEqualTo(acknowledged().get(0));
                    assertThat(quarantined.reason()).contains("cannot apply");
                    assertThat(quarantined.raw()).contains("poison");
                });
        until(() -> acknowledged().size() == 2, "the next acknowledgement");
    }

    @Test
    @DisplayName("GHS-L8 a message delivered again is acknowledged again and applied once; its counters are news")
    void aDuplicateIsAppliedOnce() {
        listening(1);
        nextMessage(7, counters(1), assigned("a"));
        nextMessage(7, counters(4), assigned("a"));
        nextMessage(8, counters(2), assigned("b"));
        until(() -> acknowledged().size() == 3, "three acknowledgements");

        assertThat(acknowledged()).containsExactly(7L, 7L, 8L);
        assertThat(assignedJobs()).containsExactly("a", "b");
        assertThat(probe().statistics()).contains(new dev.paddock.spi.JobStatistics(4, 0, 0, 0, 0));
    }

    @Test
    @DisplayName("GHS-L11 a capacity that drops or rises ends the poll under way and is in the next one")
    void aChangedCapacityPollsAnew() {
        start(ListenerCase::longPolls);
        JobSource.Attachment attachment = listening(5);
        for (int capacity : new int[] {2, 4, 0}) {
            var changed = transport().scheduler().instant();
            attachment.advertise(capacity);
            untilPolledWith(capacity);
            assertQuick(changed, lastPoll());
        }
        assertThat(requests(Route.POLL)).extracting(ListenerCase::capacity).endsWith(5, 2, 4, 0);
        assertThat(probe().states).doesNotContain(SourceState.BACKOFF);
    }

    /** Only virtual time can tell. */
    abstract void assertQuick(java.time.Instant since, RecordedRequest request);

    @Test
    @DisplayName("GHS-L14 as many of the offered jobs are acquired as there is capacity for, oldest first")
    void theOldestOffersAreAcquired() {
        start(builder -> builder.flow(Flow.ACQUIRE));
        createScaleSet(client(), SET);
        for (String name : List.of("a", "b", "c", "d", "e")) {
            submit(name);
        }
        var advertised = new CompletableFuture<Void>();
        probe().answer = update -> advertised.minimalCompletionStage();
        listen().advertise(2);
        advertised.complete(null);
        until(() -> assignedJobs().size() == 2, "two jobs");

        RecordedRequest acquire = request(Route.ACQUIRE_JOBS);
        assertThat(acquire.body()).isEqualTo("[" + job("a").requestId() + "," + job("b").requestId() + "]");
        assertThat(acquire.number())
                .as("before the acknowledgement")
                .isLessThan(requests(Route.DELETE_MESSAGE).get(0).number());
        assertThat(assignedJobs()).containsExactly("a", "b");
        assertThat(job("c").state()).isEqualTo(JobRecord.State.AVAILABLE);
    }

    @Test
    @DisplayName("GHS-L14 the oldest offers are acquired though the message lists them in another order")
    void theOldestOffersAreFoundInAnyOrder() {
        listening(3);
        faults().next(Route.ACQUIRE_JOBS, Fault.status(200, "{\"count\":0,\"value\":[]}"));
        nextMessage(5, counters(1), offered(31, "10:03"), offered(11, "10:01"), offered(41, ""), offered(21, "10:02"));
        until(() -> acknowledged().contains(5L), "an acknowledgement");
        assertThat(request(Route.ACQUIRE_JOBS).body()).isEqualTo("[11,21]");
    }

    private static String offered(long request, String time) {
        return "{\"messageType\":\"JobAvailable\",\"jobId\":\"\",\"runnerRequestId\":" + request + ",\"queueTime\":\""
                + (time.isEmpty() ? "0001-01-01T00:00:00Z" : "2026-05-05T" + time + ":00Z") + "\"}";
    }

    @Test
    @DisplayName("GHS-L14 an acquisition that fails does not hold up the rest of the message")
    void aFailedAcquisitionHoldsUpNothing() {
        start(builder -> builder.flow(Flow.ACQUIRE));
        listening(3);
        faults().next(Route.ACQUIRE_JOBS, Fault.status(404));
        submit("a");
        until(() -> acknowledged().size() == 1, "an acknowledgement");
        assertThat(probe().states).doesNotContain(SourceState.BACKOFF);
    }

    // ---- what a queue may send -----------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-Q16 a message of another type is put aside, acknowledged, and its counters count")
    void anotherTypeIsPutAside() {
        listening(1);
        faults().next(
                        Route.POLL,
                        Fault.status(
                                200,
                                "{\"messageId\":5,\"messageType\":\"Other\",\"body\":\"[]\",\"statistics\":"
                                        + counters(3) + "}"));
        nextMessage(6, counters(3), assigned("next"));
        until(() -> acknowledged().size() == 2, "two acknowledgements");

        assertThat(acknowledged()).containsExactly(5L, 6L);
        assertThat(assignedJobs()).containsExactly("next");
        assertThat(probe().statistics().get(probe().statistics().size() - 2).assigned())
                .isEqualTo(3);
        assertThat(probe().events)
                .filteredOn(MessageQuarantined.class::isInstance)
                .singleElement()
                .satisfies(event ->
                        assertThat(((MessageQuarantined) event).reason()).contains("Other"));
    }

    @Test
    @DisplayName("GHS-Q21 counters that are null leave the last ones standing")
    void nullCountersLeaveTheLast() {
        listening(1);
        nextMessage(5, counters(3));
        nextMessage(6, "null", assigned("a"));
        until(() -> acknowledged().size() == 2, "two acknowledgements");

        assertThat(assignedJobs()).containsExactly("a");
        assertThat(statistics().assigned()).isEqualTo(3);
        assertThat(probe().states).doesNotContain(SourceState.BACKOFF);
    }

    @Test
    @DisplayName("GHS-Q24 two jobs whose request id is 0 are two jobs")
    void jobsWithoutRequestIdAreDistinct() {
        listening(2);
        submit("a", "b");
        until(() -> assignedJobs().size() == 2, "two jobs");
        assertThat(probe().jobEvents())
                .extracting(event -> event.job().key())
                .doesNotHaveDuplicates()
                .allSatisfy(key -> assertThat(key.requestId()).isZero());
    }

    @Test
    @DisplayName("GHS-Q25 large message ids survive in the acknowledgement and in the cursor")
    void largeIdsSurvive() {
        listening(1);
        for (long id : new long[] {100_000_173L, 1L << 40}) {
            nextMessage(id, counters(0));
            until(() -> acknowledged().contains(id), "acknowledgement of " + id);
            until(() -> cursor(lastPoll()).equals(Long.toString(id)), "the cursor " + id);
        }
    }

    @Test
    @DisplayName("GHS-Q15 of a batch with a broken element the others are applied, in order")
    void aBrokenElementSpoilsNothing() {
        listening(1);
        nextMessage(
                9,
                counters(1),
                assigned("a"),
                "{\"messageType\":\"JobAssigned\"}",
                element("JobSomething", "x", ""),
                started("a", "r-1"),
                completed("a", "r-1", "succeeded"));
        until(() -> acknowledged().contains(9L), "an acknowledgement");
        assertThat(probe().jobEvents())
                .satisfiesExactly(
                        event -> assertThat(event).isInstanceOf(JobEvent.Assigned.class),
                        event -> assertThat(event).isInstanceOf(JobEvent.Started.class),
                        event -> assertThat(((JobEvent.Completed) event).result())
                                .isEqualTo(JobResult.of("succeeded")));
    }

    // ---- sessions ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-Q27 a session the service has forgotten is replaced, and no job is lost")
    void aForgottenSessionIsReplaced() {
        listening(3);
        submit("before");
        until(() -> acknowledged().size() == 1, "a job before");
        sim().faults().evictSession(SET);
        submit("meanwhile");
        until(() -> assignedJobs().contains("meanwhile"), "the job of the meantime");

        assertThat(assignedJobs()).containsExactly("before", "meanwhile");
        assertThat(requests(Route.REFRESH_SESSION))
                .hasSize(1)
                .allSatisfy(request -> assertThat(request.status()).hasValue(404));
        assertThat(requests(Route.OPEN_SESSION)).hasSize(2);
        assertThat(sim().sessions()).hasSize(1);
        RecordedRequest firstPoll = requests(Route.POLL).stream()
                .filter(poll -> poll.query().contains(sim().sessions().get(0).id()))
                .findFirst()
                .orElseThrow();
        assertThat(cursor(firstPoll)).as("the cursor of a new session").isEmpty();
    }

    @Test
    @DisplayName("GHS-Q8 a queue token that expires in the middle of a poll is renewed once, and the poll goes on")
    void anExpiredTokenIsRenewed() {
        start(ListenerCase::longPolls);
        listening(1);
        sim().faults().expireQueueToken(SET);
        until(() -> !requests(Route.REFRESH_SESSION).isEmpty(), "a renewal");
        submit("after");
        until(() -> assignedJobs().contains("after"), "a job");
        assertThat(requests(Route.REFRESH_SESSION)).hasSize(1);
        assertThat(requests(Route.OPEN_SESSION)).hasSize(1);
        assertThat(probe().states).doesNotContain(SourceState.BACKOFF);
    }

    @Test
    @DisplayName("GHS-Q11 an acknowledgement answered 404 counts; one answered 503 is made again")
    void acknowledgementsSurvive() {
        listening(2);
        faults().next(Route.DELETE_MESSAGE, Fault.status(404));
        nextMessage(5, counters(0), assigned("a"));
        until(() -> cursor(lastPoll()).equals("5"), "the cursor 5");
        faults().next(Route.DELETE_MESSAGE, Fault.status(503));
        nextMessage(6, counters(0), assigned("b"));
        until(() -> cursor(lastPoll()).equals("6"), "the cursor 6");
        assertThat(assignedJobs()).containsExactly("a", "b");
        assertThat(acknowledged()).containsExactly(5L, 6L, 6L);
    }
}
