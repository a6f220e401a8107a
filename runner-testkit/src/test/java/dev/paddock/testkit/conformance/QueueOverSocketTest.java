package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScaleSet;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.github.ScaleSetSession;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class QueueOverSocketTest extends QueueConformance {
    private final RawServer queue = new RawServer();

    @Override
    Transport open() {
        return Transport.socket();
    }

    @AfterEach
    void closeQueue() {
        queue.close();
    }

    /** A session whose queue is the raw server. */
    private ScaleSetSession sessionOnRawQueue(Duration pollDeadline) {
        ScaleSetClient client = client(builder -> builder.pollDeadline(pollDeadline));
        ScaleSet set = createScaleSet(client, SET);
        faults().next(
                        Route.OPEN_SESSION,
                        Fault.replaceBody("{\"sessionId\":\"s1\",\"messageQueueUrl\":\"" + queue.url()
                                + "/rest/message?sessionId=s1&b=%2F\",\"messageQueueAccessToken\":\"MQ1\","
                                + "\"statistics\":{}}"));
        return await(client.openSession(set.id(), "orchestrator-1"));
    }

    @Test
    @DisplayName("GHS-Q4 GHS-Q6 on the wire: the poll's request line and headers, and nothing else")
    void thePollOnTheWire() {
        ScaleSetSession session = sessionOnRawQueue(seconds(30));
        var poll = session.nextMessage(173, 4);
        try (RawServer.Connection connection = queue.accept()) {
            List<String> head = connection.head();
            assertThat(head.get(0)).isEqualTo("GET /rest/message?b=%2F&lastMessageId=173&sessionId=s1 HTTP/1.1");
            assertThat(head.subList(1, head.size()))
                    .allMatch(header -> header.matches(
                            "(?i)(Host|Content-Length|Accept|Authorization|User-Agent|X-ScaleSet.*): .*"))
                    .contains("Accept: application/json; api-version=6.0-preview", "Authorization: Bearer MQ1")
                    .contains("X-ScaleSetMaxCapacity: 4");
            connection.write("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
            assertThat(await(poll)).isEmpty();
        }
    }

    @Test
    @DisplayName("GHS-L11 on the wire: cancelling a poll closes its connection")
    void cancellingAPollClosesItsConnection() {
        ScaleSetSession session = sessionOnRawQueue(seconds(60));
        var poll = session.nextMessage(0, 1);
        try (RawServer.Connection connection = queue.accept()) {
            connection.head();
            poll.cancel(true);
            assertThat(connection.isClosedByClient()).isTrue();
        }
    }

    @Test
    @DisplayName("GHS-L17 on the wire: a poll without an answer is ended by its deadline, its connection closed")
    void aPollWithoutAnswerIsEnded() {
        ScaleSetSession session = sessionOnRawQueue(Duration.ofMillis(200));
        var poll = session.nextMessage(0, 1);
        try (RawServer.Connection connection = queue.accept()) {
            connection.head();
            GitHubException failure = failure(poll);
            assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
            assertThat(connection.isClosedByClient()).isTrue();
        }
    }

    @Test
    @DisplayName("GHS-L17 on the wire: an answer that stops half-way is ended by the same deadline")
    void anAnswerThatStopsHalfWayIsEnded() {
        ScaleSetSession session = sessionOnRawQueue(Duration.ofMillis(300));
        var poll = session.nextMessage(0, 1);
        try (RawServer.Connection connection = queue.accept()) {
            connection.head();
            connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
                    + "{\"messageId\":1,");
            GitHubException failure = failure(poll);
            assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
            assertThat(connection.isClosedByClient()).isTrue();
        }
    }

    @Test
    @DisplayName("GHS-Q13 on the wire: an answer cut short is a broken connection, to be tried again")
    void anAnswerCutShortIsABrokenConnection() {
        ScaleSetSession session = sessionOnRawQueue(seconds(30));
        var poll = session.nextMessage(0, 1);
        try (RawServer.Connection connection = queue.accept()) {
            connection.head();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"messageId\":1,");
        }
        GitHubException failure = failure(poll);
        assertThat(failure.reason()).isEqualTo(Reason.NETWORK);
        assertThat(failure.isRetryable()).isTrue();
    }

    @Test
    @DisplayName("GHS-Q8 on the wire: a renewal has no body and says so")
    void aRenewalHasNoBody() {
        ScaleSetSession session = session();
        await(session.refresh());
        assertThat(request(Route.REFRESH_SESSION).header("Content-Length")).hasValue("0");
    }
}
