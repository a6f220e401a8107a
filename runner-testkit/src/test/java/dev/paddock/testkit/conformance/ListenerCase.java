package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A case about a listener alone: the probe is its fleet. What a case opened is closed after it. */
abstract class ListenerCase extends Conformance {
    static final String FLEET = "fleet-1";
    /** What an empty session says, and what stands for it where a case makes its own messages. */
    static final JobStatistics NOTHING = JobStatistics.NONE;

    private static final Duration CLOSING = Duration.ofSeconds(31);

    final List<JobSource.Attachment> attachments = new ArrayList<>();
    private @Nullable ListenerProbe probe;

    ListenerProbe probe() {
        ListenerProbe known = probe;
        if (known == null) {
            known = new ListenerProbe(transport().scheduler(), FLEET);
            probe = known;
        }
        return known;
    }

    ScaleSetListener.Builder listener() {
        return ScaleSetListener.builder(sim().configUrl(ORGANIZATION), SET)
                .credentials(GitHubCredentials.token(TOKEN))
                .httpClient(transport().httpClient(sim()));
    }

    JobSource.Attachment listen(UnaryOperator<ScaleSetListener.Builder> adjust, ListenerProbe fleet) {
        JobSource.Attachment attachment = adjust.apply(listener()).build().open(fleet, fleet);
        attachments.add(attachment);
        return attachment;
    }

    JobSource.Attachment listen(UnaryOperator<ScaleSetListener.Builder> adjust) {
        return listen(adjust, probe());
    }

    JobSource.Attachment listen() {
        return listen(builder -> builder);
    }

    /** A listener whose poll has arrived at the service. */
    JobSource.Attachment listening(int capacity) {
        JobSource.Attachment attachment = listen();
        attachment.advertise(capacity);
        untilPolledWith(capacity);
        return attachment;
    }

    @AfterEach
    void closeListeners() {
        if (!attachments.isEmpty()) {
            faults().clear();
        }
        attachments.forEach(attachment -> await(attachment.close()));
    }

    void untilPolledWith(int capacity) {
        until(() -> !requests(Route.POLL).isEmpty() && capacity(lastPoll()) == capacity, "a poll with " + capacity);
    }

    void untilState(SourceState state) {
        until(() -> probe().states.contains(state), state + ", not " + probe().states);
    }

    RecordedRequest lastPoll() {
        List<RecordedRequest> polls = requests(Route.POLL);
        return polls.get(polls.size() - 1);
    }

    static int capacity(RecordedRequest poll) {
        return Integer.parseInt(poll.header("X-ScaleSetMaxCapacity").orElseThrow());
    }

    /** A poll from now on waits as long as the service holds polls. */
    void untilAnotherPoll() {
        int before = requests(Route.POLL).size();
        until(() -> requests(Route.POLL).size() > before, "another poll");
    }

    // ---- jobs ----------------------------------------------------------------------------------------------

    void submit(String... names) {
        submit(seconds(30), names);
    }

    void submit(Duration work, String... names) {
        var workflow = Workflow.builder("ci").repository("acme/engine");
        for (String name : names) {
            workflow.add(WorkflowJob.builder(name)
                    .labels(SET)
                    .step(Step.taking("work", work))
                    .build());
        }
        sim().submit(workflow.build());
    }

    JobRecord job(String name) {
        return sim().jobs().stream()
                .filter(job -> job.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    List<String> assignedJobs() {
        return probe().jobEvents().stream()
                .filter(JobEvent.Assigned.class::isInstance)
                .map(event -> event.job().name())
                .toList();
    }

    /** The counters last delivered. */
    JobStatistics statistics() {
        List<JobStatistics> all = probe().statistics();
        return all.get(all.size() - 1);
    }

    // ---- messages made by hand -----------------------------------------------------------------------------

    /** The next poll is answered so. */
    void nextMessage(long id, String statistics, String... elements) {
        faults().next(Route.POLL, Fault.status(200, message(id, statistics, elements)));
    }

    static String message(long id, String statistics, String... elements) {
        String body = ("[" + String.join(",", elements) + "]").replace("\"", "\\\"");
        return "{\"messageId\":" + id + ",\"messageType\":\"RunnerScaleSetJobMessages\",\"body\":\"" + body
                + "\",\"statistics\":" + statistics + "}";
    }

    static String counters(int assigned) {
        return "{\"totalAvailableJobs\":0,\"totalAcquiredJobs\":0,\"totalAssignedJobs\":" + assigned
                + ",\"totalRunningJobs\":0,\"totalRegisteredRunners\":0,\"totalBusyRunners\":0,"
                + "\"totalIdleRunners\":0}";
    }

    static String element(String type, String job, String more) {
        return "{\"messageType\":\"" + type + "\",\"jobId\":\"" + job + "\",\"runnerRequestId\":0,\"jobDisplayName\":\""
                + job + "\"" + more + "}";
    }

    static String assigned(String job) {
        return element("JobAssigned", job, "");
    }

    static String started(String job, String runner) {
        return element("JobStarted", job, ",\"runnerId\":1,\"runnerName\":\"" + runner + "\"");
    }

    static String completed(String job, String runner, String result) {
        return element(
                "JobCompleted",
                job,
                ",\"runnerId\":" + (runner.isEmpty() ? 0 : 1) + ",\"runnerName\":\"" + runner + "\",\"result\":\""
                        + result + "\"");
    }

    // ---- what went over the wire ---------------------------------------------------------------------------

    /** The ids acknowledged, in order. */
    List<Long> acknowledged() {
        return requests(Route.DELETE_MESSAGE).stream()
                .map(request -> Long.valueOf(request.path().replaceAll(".*/", "")))
                .toList();
    }

    static String cursor(RecordedRequest poll) {
        return poll.query().replaceAll("^(?:.*&)?lastMessageId=(\\d+).*$|^.*$", "$1");
    }

    void assertClosedWithin(JobSource.Attachment attachment) {
        var before = transport().scheduler().instant();
        await(attachment.close());
        assertThat(Duration.between(before, transport().scheduler().instant())).isLessThanOrEqualTo(CLOSING);
    }

    static ActionsServiceSimulator.Builder longPolls(ActionsServiceSimulator.Builder builder) {
        return builder.longPoll(Duration.ofMinutes(10));
    }
}
