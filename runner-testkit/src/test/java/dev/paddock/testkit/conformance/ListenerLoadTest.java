package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.Job;
import dev.paddock.error.RunnerException;
import dev.paddock.github.MessageQuarantined;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A taker of demand that fails, and more to do than usual: cases that need virtual time. */
class ListenerLoadTest extends ListenerCase {
    private final VirtualTransport virtual = Transport.inMemory(14);
    private final VirtualTime time = virtual.time();

    @Override
    Transport open() {
        return virtual;
    }

    // ---- the sink ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-L6 a message is put aside the third time though its counters differ each time")
    void poisonIsKnownByItsJobs() {
        listening(1);
        probe().answer = update -> update.events().isEmpty()
                ? CompletableFuture.completedStage(null)
                : CompletableFuture.failedStage(new IllegalStateException("cannot apply"));
        for (int i = 1; i <= 3; i++) {
            nextMessage(5, counters(i), assigned("poison"));
        }
        until(() -> acknowledged().equals(List.of(5L)), "the acknowledgement of the poison");
        assertThat(probe().events)
                .filteredOn(MessageQuarantined.class::isInstance)
                .hasSize(1);
        assertThat(assignedJobs()).hasSize(3);
    }

    @Test
    @DisplayName(
            "GHS-L6 a message that its taker refuses for a while is never put aside, and is waited for longer and longer")
    void aRefusalForAWhileIsNotPoison() {
        listening(1);
        boolean[] busy = {true};
        probe().answer = update -> busy[0] && !update.events().isEmpty()
                ? CompletableFuture.failedStage(new RunnerException("busy", true, null))
                : CompletableFuture.completedStage(null);
        submit("one");
        time.advance(Duration.ofMinutes(10));
        assertThat(acknowledged()).isEmpty();
        assertThat(assignedJobs()).hasSizeBetween(10, 60);
        busy[0] = false;
        until(() -> acknowledged().size() == 1, "the acknowledgement");
        assertThat(probe().events)
                .filteredOn(MessageQuarantined.class::isInstance)
                .isEmpty();
    }

    @Test
    @DisplayName("a taker that never answers is asked again after a minute; the message is not acknowledged")
    void aTakerThatNeverAnswers() {
        listening(1);
        boolean[] mute = {true};
        probe().answer = update -> mute[0] && !update.events().isEmpty()
                ? new CompletableFuture<>()
                : CompletableFuture.completedStage(null);
        submit("one");
        until(() -> assignedJobs().size() == 3, "three tries");
        assertThat(acknowledged()).isEmpty();
        mute[0] = false;
        until(() -> acknowledged().size() == 1, "the acknowledgement");
    }

    @Test
    @DisplayName("a taker that dies of an error does not end the listener")
    void aTakerThatDies() {
        listening(1);
        boolean[] once = {true};
        probe().answer = update -> {
            if (once[0] && !update.events().isEmpty()) {
                once[0] = false;
                throw new StackOverflowError("for the test");
            }
            return CompletableFuture.completedStage(null);
        };
        submit("one");
        until(() -> acknowledged().size() == 1, "the acknowledgement");
        assertThat(assignedJobs()).containsExactly("one", "one");
        var polls = requests(Route.POLL).size();
        time.advance(seconds(500));
        assertThat(requests(Route.POLL).size() - polls).as("one poll at a time").isBetween(9, 11);
    }

    @Test
    @DisplayName("GHS-L1 the first counters are delivered before the first poll though the taker throws at first")
    void theFirstCountersAreNotSkipped() {
        boolean[] once = {true};
        probe().answer = update -> {
            if (once[0]) {
                once[0] = false;
                throw new IllegalStateException("not yet");
            }
            assertThat(requests(Route.POLL)).isEmpty();
            return CompletableFuture.completedStage(null);
        };
        listen();
        until(() -> probe().updates.size() == 2, "the counters again");
        assertThat(requests(Route.POLL)).isEmpty();
    }

    // ---- capacity and load ---------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-L11 thousands of changes of capacity cost a handful of polls, and the last one counts")
    void manyChangesOfCapacityCostLittle() {
        start(ListenerCase::longPolls);
        JobSource.Attachment attachment = listening(1);
        int polls = requests(Route.POLL).size();
        for (int i = 0; i < 5_000; i++) {
            attachment.advertise(i % 7);
        }
        attachment.advertise(9);
        untilPolledWith(9);
        assertThat(requests(Route.POLL).size() - polls).isEqualTo(1);
        for (int i = 0; i < 1_000; i++) {
            attachment.advertise(i % 2 == 0 ? 3 : 9);
            time.advance(Duration.ofMillis(1));
        }
        time.advance(seconds(1));
        assertThat(requests(Route.POLL).size() - polls).isLessThan(15);
        assertThat(capacity(lastPoll())).isEqualTo(9);
    }

    @Test
    @DisplayName("GHS-L11 a change that is taken back at once does not disturb the poll")
    void aChangeTakenBackDisturbsNothing() {
        start(ListenerCase::longPolls);
        JobSource.Attachment attachment = listening(4);
        int polls = requests(Route.POLL).size();
        attachment.advertise(3);
        time.advance(Duration.ofMillis(20));
        attachment.advertise(4);
        time.advance(seconds(30));
        assertThat(requests(Route.POLL)).hasSize(polls);
    }

    @Test
    @DisplayName("a thousand messages of fifty jobs are applied once, in order, each acknowledged after it was applied")
    void aThousandFullMessages() {
        listening(50);
        for (int i = 1; i <= 1_000; i++) {
            var elements = new String[50];
            for (int j = 0; j < 50; j++) {
                elements[j] = assigned("job-" + i + "-" + j);
            }
            nextMessage(i, counters(i), elements);
        }
        until(() -> probe().updates.size() > 1_000, "a thousand messages");
        time.advance(seconds(1));
        List<String> expected = new ArrayList<>();
        List<Long> ids = new ArrayList<>();
        for (int i = 1; i <= 1_000; i++) {
            ids.add((long) i);
            for (int j = 0; j < 50; j++) {
                expected.add("job-" + i + "-" + j);
            }
        }
        assertThat(acknowledged()).isEqualTo(ids);
        assertThat(probe().jobEvents().stream()
                        .map(JobEvent::job)
                        .map(Job::name)
                        .toList())
                .isEqualTo(expected);
        assertThat(statistics()).isEqualTo(new JobStatistics(1_000, 0, 0, 0, 0));
    }
}
