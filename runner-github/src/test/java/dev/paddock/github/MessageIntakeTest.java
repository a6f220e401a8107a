package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.JobResult;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobStatistics;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageIntakeTest {
    private static final JobStatistics FOUR = new JobStatistics(4, 3, 6, 2, 1);

    private final MessageIntake intake = new MessageIntake();

    private static ScaleSetMessage message(long id, String... elements) {
        return MessageDecoder.decode(MessageDecoderTest.message(id, "[" + String.join(",", elements) + "]"));
    }

    private static String element(String type, String job, long request, String more) {
        return "{\"messageType\":\"Job" + type + "\",\"jobId\":\"" + job + "\",\"runnerRequestId\":" + request + more
                + "}";
    }

    @Test
    void eachKindOfNewsBecomesItsEvent() {
        DemandUpdate update = intake.demand(message(
                1,
                element("Available", "a", 1, ""),
                element("Assigned", "b", 0, ""),
                element("Started", "c", 0, ",\"runnerName\":\"r1\""),
                element("Completed", "d", 0, ",\"runnerName\":\"r2\",\"result\":\"succeeded\""),
                element("Completed", "e", 0, ",\"runnerName\":\"\",\"result\":\"canceled\"")));
        assertThat(update.statistics()).contains(FOUR);
        assertThat(update.events())
                .satisfiesExactly(
                        assigned -> assertThat(assigned).isInstanceOf(JobEvent.Assigned.class),
                        started -> assertThat(((JobEvent.Started) started).runner())
                                .isEqualTo("r1"),
                        completed -> {
                            assertThat(((JobEvent.Completed) completed).runner())
                                    .contains("r2");
                            assertThat(((JobEvent.Completed) completed).result())
                                    .isEqualTo(JobResult.of("succeeded"));
                        },
                        never -> assertThat(((JobEvent.Completed) never).runner())
                                .isEmpty());
    }

    @Test
    void whatWasAppliedBringsItsCountersOnly() {
        ScaleSetMessage message = message(1, element("Assigned", "a", 0, ""), element("Available", "b", 7, ""));
        intake.applied(message);
        assertThat(intake.isApplied(message)).isTrue();
        assertThat(intake.demand(message)).isEqualTo(DemandUpdate.of(FOUR));
        assertThat(intake.toAcquire(message, 9)).isEmpty();
        assertThat(intake.isApplied(message(1, element("Assigned", "other", 0, ""))))
                .as("another message of the same number")
                .isFalse();
        assertThat(intake.isApplied(message(2, element("Assigned", "a", 0, ""))))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"4, ''", "3, ''", "0, ''", "5, 2", "6, '2,1'", "7, '2,1,3'", "9, '2,1,3'"})
    @DisplayName("GHS-L14 only offers are acquired, the oldest first, as many as are free beside the four assigned")
    void onlyOffersAreAcquired(int capacity, String expected) {
        ScaleSetMessage message = message(
                1,
                element("Assigned", "a", 8, ",\"queueTime\":\"2020-01-01T00:00:00Z\""),
                element("Available", "b", 1, ",\"queueTime\":\"2026-01-01T00:00:02Z\""),
                element("Available", "c", 2, ",\"queueTime\":\"2026-01-01T00:00:01Z\""),
                element("Started", "d", 9, ",\"queueTime\":\"2020-01-01T00:00:00Z\""),
                element("Available", "e", 3, ""));
        List<Long> wanted = expected.isEmpty()
                ? List.of()
                : List.of(expected.split(",")).stream().map(Long::valueOf).toList();
        assertThat(intake.toAcquire(message, capacity)).isEqualTo(wanted);
    }

    @Test
    @DisplayName("GHS-L14 what was won counts as taken until a message tells of it, or offers it again")
    void whatWasWonCountsUntilItIsToldOf() {
        ScaleSetMessage two = message(2, element("Available", "x", 21, ""), element("Available", "y", 22, ""));
        intake.won(List.of(1L, 2L));
        assertThat(intake.toAcquire(two, 6)).as("two are won, four assigned").isEmpty();
        assertThat(intake.toAcquire(two, 7)).containsExactly(21L);
        assertThat(intake.toAcquire(message(3, element("Assigned", "a", 1, ""), element("Available", "x", 21, "")), 6))
                .as("one of them is counted now")
                .containsExactly(21L);
        assertThat(intake.toAcquire(message(4, element("Available", "b", 2, "")), 5))
                .as("the other was not ours after all")
                .containsExactly(2L);
        intake.won(List.of(9L));
        intake.begin(JobStatistics.NONE);
        assertThat(intake.toAcquire(two, 6)).as("a new session's counters know").hasSize(2);
    }

    @Test
    void aJobThatWasWonAndIsNotToldOfIsForgottenAfterThreeMessages() {
        intake.won(List.of(1L));
        for (int id = 2; id < 2 + MessageIntake.MOST_SILENT; id++) {
            assertThat(intake.toAcquire(message(id, element("Available", "x", 21, "")), 5))
                    .as("message " + id)
                    .isEmpty();
        }
        assertThat(intake.toAcquire(message(9, element("Available", "x", 21, "")), 5))
                .as("what told of it was lost, and must not cost a place for ever")
                .containsExactly(21L);
    }

    @Test
    @DisplayName("GHS-L6 the third failure is one too many, unless the message was applied in between")
    void theThirdFailureIsOneTooMany() {
        ScaleSetMessage message = message(1, element("Assigned", "a", 0, ""));
        assertThat(intake.failed(message)).isFalse();
        assertThat(intake.failed(message)).isFalse();
        intake.applied(message);
        assertThat(intake.failed(message)).isFalse();
        assertThat(intake.failed(message)).isFalse();
        assertThat(intake.failed(message)).isTrue();
    }

    @Test
    @DisplayName("GHS-Q21 without counters the last ones stand")
    void withoutCountersTheLastOnesStand() {
        intake.statistics(FOUR);
        var without = new ScaleSetMessage(1, List.of(), List.of(), Optional.empty(), Optional.empty(), "");
        assertThat(intake.demand(without)).isEqualTo(DemandUpdate.of(FOUR));
        assertThat(intake.statistics()).isEqualTo(FOUR);
    }

    @Test
    void aThousandMessagesAreRememberedAndNotWithoutEnd() {
        for (int i = 1; i <= 5_000; i++) {
            intake.applied(message(i));
        }
        assertThat(intake.isApplied(message(5_000))).isTrue();
        assertThat(intake.isApplied(message(4_000))).isTrue();
        assertThat(intake.isApplied(message(3_000))).isFalse();
    }
}
