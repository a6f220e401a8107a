package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.paddock.JobKey;
import dev.paddock.spi.JobStatistics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageDecoderTest {
    private static final String STATISTICS =
            "{\"totalAvailableJobs\":0,\"totalAcquiredJobs\":0,\"totalAssignedJobs\":4,"
                    + "\"totalRunningJobs\":3,\"totalRegisteredRunners\":6,\"totalBusyRunners\":2,\"totalIdleRunners\":1}";

    static String message(long id, String body) {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("messageId", id)
                .put("messageType", "RunnerScaleSetJobMessages")
                .put("body", body);
        node.set("statistics", Wire.parse(STATISTICS));
        return node.toString();
    }

    @Test
    void everyFieldOfAJobIsRead() {
        var message = MessageDecoder.decode(message(100000173, """
                [{"messageType":"JobCompleted","runnerRequestId":0,"repositoryName":"repo","ownerName":"my-org",
                  "jobId":"b2d9","jobWorkflowRef":"my-org/repo/.github/workflows/ci.yml@refs/heads/main",
                  "jobDisplayName":"gpu-test","workflowRunId":123,"eventName":"push","requestLabels":["gpu","linux"],
                  "queueTime":"2026-05-05T10:00:00.1234567Z","scaleSetAssignTime":"2026-05-05T10:00:01Z",
                  "runnerAssignTime":"2026-05-05T12:00:02+02:00","finishTime":"2026-05-05T10:00:03+00:00",
                  "result":"succeeded","runnerId":901,"runnerName":"gpu-k3"}]"""));
        assertThat(message.id()).isEqualTo(100000173);
        assertThat(message.statistics()).contains(new JobStatistics(4, 3, 6, 2, 1));
        assertThat(message.problems()).isEmpty();
        assertThat(message.unreadable()).isEmpty();
        JobMessage news = message.jobs().get(0);
        assertThat(news.kind()).isEqualTo(JobMessage.Kind.COMPLETED);
        assertThat(news.runner()).isEqualTo("gpu-k3");
        assertThat(news.runnerId()).isEqualTo(901);
        assertThat(news.result()).isEqualTo("succeeded");
        assertThat(news.job().key()).isEqualTo(new JobKey("b2d9", 0));
        assertThat(news.job().repository()).isEqualTo("my-org/repo");
        assertThat(news.job().workflow()).startsWith("my-org/repo/.github/workflows/ci.yml");
        assertThat(news.job().runId()).isEqualTo(123);
        assertThat(news.job().labels()).containsExactly("gpu", "linux");
        assertThat(news.job().queuedAt()).contains(Instant.parse("2026-05-05T10:00:00.1234567Z"));
        assertThat(news.job().startedAt()).contains(Instant.parse("2026-05-05T10:00:02Z"));
        assertThat(news.job().finishedAt()).contains(Instant.parse("2026-05-05T10:00:03Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"body\":\"\"", ",\"body\":null", ",\"body\":\"null\"", ",\"body\":\"[]\""})
    @DisplayName("GHS-Q14 a message without body has statistics only")
    void aMessageWithoutBodyHasStatisticsOnly(String body) {
        var message = MessageDecoder.decode("{\"messageId\":1,\"messageType\":\"RunnerScaleSetJobMessages\"" + body
                + ",\"statistics\":" + STATISTICS + "}");
        assertThat(message.jobs()).isEmpty();
        assertThat(message.problems()).isEmpty();
        assertThat(message.unreadable()).isEmpty();
        assertThat(message.statistics()).isPresent();
    }

    @Test
    @DisplayName("GHS-Q15 elements are read one by one: unknown ones skipped, broken ones reported")
    void elementsAreReadOneByOne() {
        var message = MessageDecoder.decode(message(1, """
                [{"messageType":"JobAvailable","jobId":"a"},{"messageType":"JobAssigned","jobId":"b"},
                 {"messageType":"JobRequeued","jobId":"x"},
                 {"messageType":"JobStarted","jobId":"c","runnerName":"r","runnerId":5},
                 {"messageType":"JobAssigned","jobId":"y","runnerRequestId":"many"},
                 {"messageType":"JobCompleted","jobId":"d","result":"failed"}]"""));
        assertThat(message.jobs())
                .extracting(JobMessage::kind)
                .containsExactly(
                        JobMessage.Kind.AVAILABLE,
                        JobMessage.Kind.ASSIGNED,
                        JobMessage.Kind.STARTED,
                        JobMessage.Kind.COMPLETED);
        assertThat(message.problems()).singleElement().asString().contains("element 4", "runnerRequestId");
        assertThat(message.unreadable()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7",
                "null",
                "{\"messageType\":\"JobStarted\"}",
                "{\"messageType\":\"JobStarted\",\"jobId\":7}",
                "{\"messageType\":\"JobStarted\",\"jobId\":\"a\",\"requestLabels\":\"gpu\"}",
                "{\"messageType\":\"JobStarted\",\"jobId\":\"a\",\"requestLabels\":[1]}",
                "{\"messageType\":\"JobStarted\",\"jobId\":\"a\",\"workflowRunId\":1.5}"
            })
    void whatIsBrokenInAnElementIsReported(String element) {
        var message = MessageDecoder.decode(
                message(1, "[" + element + ",{\"messageType\":\"JobAssigned\",\"jobId\":\"b\"}]"));
        assertThat(message.problems()).hasSize(1);
        assertThat(message.jobs()).hasSize(1);
    }

    @Test
    @DisplayName("GHS-Q16 another type or an undecodable body is unreadable, and can be acknowledged")
    void anotherTypeIsUnreadable() {
        var other =
                MessageDecoder.decode("{\"messageId\":9,\"messageType\":\"Other\",\"statistics\":" + STATISTICS + "}");
        assertThat(other.id()).isEqualTo(9);
        assertThat(other.unreadable()).get().asString().contains("Other");
        assertThat(other.statistics()).isPresent();
        assertThat(MessageDecoder.decode(message(9, "{\"not\":\"a list\"}")).unreadable())
                .isPresent();
        assertThat(MessageDecoder.decode(message(9, "[{]")).unreadable()).isPresent();
        assertThat(MessageDecoder.decode(message(9, "[] []")).unreadable()).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "null", "[]", "7", "{", "{}", "{\"messageId\":\"x\"}", "<html>"})
    @DisplayName("GHS-Q17 a reply without a message that could be acknowledged is an error")
    void aReplyWithoutAMessageIsAnError(String text) {
        assertThatThrownBy(() -> MessageDecoder.decode(text)).isInstanceOf(WireException.class);
    }

    @Test
    void whatIsNoMessageIsToldApart() {
        assertThatThrownBy(() -> MessageDecoder.decode("null")).hasMessage("it is null");
        assertThatThrownBy(() -> MessageDecoder.decode("[7]")).hasMessage("it is not a message");
    }

    @Test
    void aBodyThatIsAListItselfIsRead() {
        var message = MessageDecoder.decode("{\"messageId\":1,\"messageType\":\"RunnerScaleSetJobMessages\","
                + "\"body\":[{\"messageType\":\"JobAssigned\",\"jobId\":\"a\"}]}");
        assertThat(message.jobs()).extracting(each -> each.job().key().jobId()).containsExactly("a");
        assertThat(MessageDecoder.decode("{\"messageId\":1,\"messageType\":\"RunnerScaleSetJobMessages\",\"body\":7}")
                        .unreadable())
                .isPresent();
    }

    @Test
    @DisplayName("GHS-Q18 one byte order mark is dropped")
    void oneByteOrderMarkIsDropped() {
        byte[] marked = ("\uFEFF" + message(3, "[]")).getBytes(StandardCharsets.UTF_8);
        assertThat(MessageDecoder.decode(HttpCalls.text(marked)).id()).isEqualTo(3);
        assertThat(HttpCalls.text("\uFEFF".getBytes(StandardCharsets.UTF_8))).isEmpty();
        assertThat(HttpCalls.text("ä".getBytes(StandardCharsets.UTF_8))).isEqualTo("ä");
    }

    @Test
    @DisplayName("GHS-Q19 keys are read in any case")
    void keysAreReadInAnyCase() {
        var message = MessageDecoder.decode("""
                {"MessageId":5,"MESSAGETYPE":"runnerscalesetjobmessages","Body":
                 "[{\\"MessageType\\":\\"jobassigned\\",\\"JobID\\":\\"a\\"}]","Statistics":{"TotalAssignedJobs":2}}""");
        assertThat(message.id()).isEqualTo(5);
        assertThat(message.jobs()).extracting(each -> each.job().key().jobId()).containsExactly("a");
        assertThat(message.statistics()).contains(new JobStatistics(2, 0, 0, 0, 0));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "0001-01-01T00:00:00Z, -",
                "0001-01-01T00:00:00+00:00, -",
                "2026-05-05T10:00:00.1234567Z, 2026-05-05T10:00:00.1234567Z",
                "2026-05-05T10:00:00+00:00, 2026-05-05T10:00:00Z",
                "2026-05-05T03:00:00-07:00, 2026-05-05T10:00:00Z",
                "9999-12-31T23:59:59Z, 9999-12-31T23:59:59Z",
                "+10000-01-01T00:00:00Z, -",
                "+1000000000-12-31T23:59:59Z, -",
                "2026-05-05 10:00:00, -",
                "2026-05-05T10:00:00, -",
                "soon, -"
            })
    @DisplayName("GHS-Q20 a zero or bad time is empty, its element kept")
    void aZeroOrBadTimeIsEmpty(String text, String expected) {
        var message = MessageDecoder.decode(
                message(1, "[{\"messageType\":\"JobAssigned\",\"jobId\":\"a\",\"queueTime\":\"" + text + "\"}]"));
        assertThat(message.jobs())
                .singleElement()
                .satisfies(news -> assertThat(news.job().queuedAt())
                        .isEqualTo(java.util.Optional.ofNullable(expected).map(Instant::parse)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "7", "{\"totalAssignedJobs\":\"many\"}"})
    @DisplayName("GHS-Q21 absent or unreadable statistics are not zero")
    void absentStatisticsAreNotZero(String statistics) {
        var message = MessageDecoder.decode(
                "{\"messageId\":1,\"messageType\":\"RunnerScaleSetJobMessages\",\"statistics\":" + statistics + "}");
        assertThat(message.statistics()).isEmpty();
    }

    @Test
    void missingAndNegativeCountersAreZero() {
        assertThat(Replies.statistics(Wire.parse("{\"totalAssignedJobs\":-3,\"totalBusyRunners\":1}")))
                .contains(new JobStatistics(0, 0, 0, 1, 0));
    }

    @Test
    @DisplayName("GHS-Q24 two jobs without request ids are two jobs")
    void twoJobsWithoutRequestIdsAreTwoJobs() {
        var message = MessageDecoder.decode(message(1, """
                [{"messageType":"JobAssigned","jobId":"a","runnerRequestId":0},
                 {"messageType":"JobAssigned","jobId":"b","runnerRequestId":0}]"""));
        assertThat(List.of(
                        message.jobs().get(0).job().key(),
                        message.jobs().get(1).job().key()))
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 100_000_173L, 1L << 40})
    @DisplayName("GHS-Q25 message ids are long")
    void messageIdsAreLong(long id) {
        assertThat(MessageDecoder.decode(message(id, "[]")).id()).isEqualTo(id);
    }

    @Test
    void theRawTextIsKeptButNotPrinted() {
        String raw = message(1, "[]");
        assertThat(MessageDecoder.decode(raw).raw()).isEqualTo(raw);
        assertThat(MessageDecoder.decode(raw).toString()).doesNotContain(raw);
    }
}
