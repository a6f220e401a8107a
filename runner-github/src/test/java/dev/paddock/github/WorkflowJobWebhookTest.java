package dev.paddock.github;

import static dev.paddock.github.FakeJobApi.ENGINE;
import static dev.paddock.github.FakeJobApi.failure;
import static dev.paddock.github.FakeJobApi.job;
import static dev.paddock.github.JobSourceBench.SECRET;
import static dev.paddock.github.JobSourceBench.engine;
import static dev.paddock.github.JobSourceBench.organization;
import static dev.paddock.github.JobSourceBench.ours;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.github.WorkflowJobListener.Answer.Kind;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.SourceState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Webhooks handed to an open listener, with polls to mend them. */
class WorkflowJobWebhookTest {
    private static final String MINE = ours(0).value();
    private static final ObservedJob QUEUED = job(1, Phase.QUEUED, "", "gpu");
    private static final ObservedJob RUNNING = job(1, Phase.RUNNING, MINE, "gpu");
    private static final ObservedJob COMPLETED = job(1, Phase.COMPLETED, MINE, "gpu");

    private final JobSourceBench bench = new JobSourceBench();
    private final FakeJobApi api = bench.api;
    private final ManualTime time = bench.time;
    private final WorkflowJobListener listener = engine().webhookSecrets(SECRET).build();
    private int deliveries;

    private WorkflowJobListener.Answer send(ObservedJob job) {
        return send(listener, "d-" + ++deliveries, job);
    }

    private WorkflowJobListener.Answer send(WorkflowJobListener to, String delivery, ObservedJob job) {
        WorkflowJobListener.Answer answer = Webhooks.send(to, delivery, job);
        time.settle();
        return answer;
    }

    @Test
    void aWebhookMakesAJobKnownAtOnce() {
        bench.open(listener);
        assertThat(send(QUEUED).kind()).isEqualTo(Kind.ACCEPTED);
        assertThat(bench.assigned()).isEqualTo(1);
        assertThat(send(RUNNING).status()).isEqualTo(202);
        assertThat(bench.statistics().running()).isEqualTo(1);
        send(COMPLETED);
        assertThat(bench.assigned()).isZero();
        assertThat(bench.events())
                .containsExactly("assigned 1", "started 1 " + MINE, "completed 1 " + MINE + " SUCCEEDED");
    }

    @Test
    void acceptReturnsBeforeAnythingFollows() {
        bench.open(listener);
        int before = bench.updates.size();
        Webhooks.send(listener, "d", QUEUED);
        assertThat(bench.updates).hasSize(before);
        time.settle();
        assertThat(bench.updates).hasSize(before + 1);
    }

    @Test
    @DisplayName("GHS-R8 completed before queued, and a delivery that comes twice: completed in the end, handled once")
    void lateAndDoubledDeliveriesChangeNothing() {
        bench.open(listener);
        assertThat(send(listener, "d-3", COMPLETED).kind()).isEqualTo(Kind.ACCEPTED);
        assertThat(send(listener, "d-1", QUEUED).kind()).isEqualTo(Kind.ACCEPTED);
        assertThat(send(listener, "d-2", RUNNING).kind()).isEqualTo(Kind.ACCEPTED);
        assertThat(send(listener, "d-3", COMPLETED).kind()).isEqualTo(Kind.DUPLICATE);
        assertThat(send(listener, "d-1", QUEUED).kind()).isEqualTo(Kind.DUPLICATE);
        assertThat(send(listener, "d-4", QUEUED).kind())
                .as("redelivered under another id")
                .isEqualTo(Kind.ACCEPTED);
        assertThat(bench.assigned()).isZero();
        assertThat(bench.events()).containsExactly("started 1 " + MINE, "completed 1 " + MINE + " SUCCEEDED");
    }

    @Test
    @DisplayName("GHS-R8 in whatever order the deliveries of many jobs come, each job is completed once in the end")
    void anyOrderEndsTheSame() {
        long seed = 20260505;
        var random = new Random(seed);
        bench.open(listener);
        List<ObservedJob> words = new ArrayList<>();
        for (int id = 1; id <= 60; id++) {
            for (Phase phase : Phase.values()) {
                String runner =
                        phase.compareTo(Phase.RUNNING) < 0 ? "" : ours(id % 8).value();
                words.add(job(id, phase, runner, "gpu"));
                if (random.nextBoolean()) {
                    words.add(words.get(words.size() - 1));
                }
            }
        }
        Collections.shuffle(words, random);
        words.forEach(this::send);
        assertThat(bench.assigned()).as("seed %d", seed).isZero();
        List<String> completed = bench.events().stream()
                .filter(event -> event.startsWith("completed"))
                .toList();
        assertThat(completed).as("seed %d", seed).hasSize(60).doesNotHaveDuplicates();
    }

    @Test
    void aLateWordDoesNotBringBackAJobThatRanElsewhere() {
        bench.open(listener);
        api.set(QUEUED);
        send(job(1, Phase.RUNNING, "foreign", "gpu"));
        api.hide(1);
        time.advance(Duration.ofMinutes(6));
        send(QUEUED);
        assertThat(bench.assigned()).isZero();
        assertThat(bench.events()).isEmpty();
    }

    @Test
    void aLostDeliveryIsMadeGoodByThePoll() {
        bench.open(listener);
        api.set(QUEUED);
        send(QUEUED);
        api.set(RUNNING);
        time.advance(Duration.ofMinutes(6));
        assertThat(bench.statistics().running()).isEqualTo(1);
        api.set(COMPLETED);
        api.hide(1);
        time.advance(Duration.ofMinutes(6));
        assertThat(bench.assigned()).isZero();
        api.set(job(2, Phase.QUEUED, "", "gpu"));
        time.advance(Duration.ofMinutes(6));
        assertThat(bench.assigned()).isEqualTo(1);
    }

    @Test
    void whileTheApiFailsWebhooksStillCountAndNothingIsConcluded() {
        bench.open(listener);
        api.fail("job", failure(Reason.UNAVAILABLE));
        send(QUEUED);
        time.advance(Duration.ofHours(1));
        assertThat(bench.assigned()).isEqualTo(1);
        assertThat(bench.state()).isEqualTo(SourceState.BACKOFF);
        send(RUNNING);
        send(COMPLETED);
        assertThat(bench.assigned()).isZero();
    }

    @Test
    void aJobHeardOfWhileAListingIsUnderWayIsNotMissingFromIt() {
        api.latency = Duration.ofSeconds(5);
        bench.open(listener);
        time.advance(Duration.ofSeconds(5));
        send(QUEUED);
        time.advance(Duration.ofSeconds(30));
        assertThat(api.count("jobs")).isEqualTo(1);
        assertThat(api.count("job 1")).isZero();
        assertThat(bench.assigned()).isEqualTo(1);
        time.advance(Duration.ofMinutes(6));
        assertThat(bench.assigned()).as("it never was").isZero();
    }

    // ---- whose it is ---------------------------------------------------------------------------------------

    @Test
    void jobsForOthersAreIgnored() {
        bench.open(listener);
        var answer = send(job(1, Phase.QUEUED, "", "gpu", "h200"));
        assertThat(answer.kind()).isEqualTo(Kind.IGNORED);
        assertThat(send(job(2, Phase.QUEUED, "")).kind()).isEqualTo(Kind.IGNORED);
        assertThat(send(job("umbrella/engine", 3, 1, Phase.QUEUED, "", "gpu")).reason())
                .contains("is not in");
        assertThat(send(job(4, Phase.RUNNING, MINE)).kind())
                .as("one of ours has it")
                .isEqualTo(Kind.ACCEPTED);
        assertThat(bench.assigned()).isEqualTo(1);
    }

    @Test
    void aRepositorysListenerKnowsOnlyThatRepository() {
        var engines = WorkflowJobListener.builder("https://github.com/Acme/Engine", "gpu")
                .credentials(GitHubCredentials.token("x"))
                .webhookSecrets(SECRET)
                .build();
        bench.open(engines);
        assertThat(send(engines, "1", QUEUED).kind()).isEqualTo(Kind.ACCEPTED);
        assertThat(send(engines, "2", job("acme/other", 3, 1, Phase.QUEUED, "", "gpu"))
                        .kind())
                .isEqualTo(Kind.IGNORED);
    }

    // ---- repositories that nobody named --------------------------------------------------------------------

    @Test
    void aRepositoryThatAWebhookNamesIsPolledFromThenOn() {
        var all = organization().webhookSecrets(SECRET).build();
        bench.open(all);
        assertThat(bench.state()).isEqualTo(SourceState.CONNECTED);
        assertThat(api.count("jobs")).isZero();
        api.set(job("acme/new", 1, 1, Phase.QUEUED, "", "gpu"));
        api.set(job("acme/new", 2, 1, Phase.QUEUED, "", "gpu"));
        send(all, "1", job("acme/new", 1, 1, Phase.QUEUED, "", "gpu"));
        assertThat(bench.assigned()).isEqualTo(1);
        time.advance(Duration.ofSeconds(1));
        assertThat(bench.assigned()).as("polled at once").isEqualTo(2);
        time.advance(Duration.ofHours(3));
        assertThat(api.count("jobs acme/new")).isGreaterThan(30);
    }

    @Test
    void aLearnedRepositoryIsLeftAnHourAfterItsLastJob() {
        var all = organization().webhookSecrets(SECRET).build();
        bench.open(all);
        send(all, "1", job("acme/new", 1, 1, Phase.QUEUED, "", "gpu"));
        time.advance(Duration.ofMinutes(50));
        long polls = api.count("jobs acme/new");
        assertThat(polls).isGreaterThan(8);
        time.advance(Duration.ofHours(3));
        assertThat(api.count("jobs acme/new")).isLessThan(polls + 5);
        send(all, "2", job("acme/new", 2, 1, Phase.QUEUED, "", "gpu"));
        time.advance(Duration.ofSeconds(1));
        assertThat(api.count("jobs acme/new")).isGreaterThan(polls);
    }

    @Test
    void aLearnedRepositoryIsNotLeftWhileWebhooksNameIt() {
        var all = organization().webhookSecrets(SECRET).build();
        bench.open(all);
        send(all, "1", job("acme/new", 1, 1, Phase.QUEUED, "", "gpu"));
        time.advance(Duration.ofMinutes(50));
        send(all, "2", job("acme/new", 2, 1, Phase.QUEUED, "", "gpu"));
        time.advance(Duration.ofMinutes(20));
        long polls = api.count("jobs acme/new");
        time.advance(Duration.ofMinutes(30));
        assertThat(api.count("jobs acme/new") - polls).isGreaterThan(4);
    }

    @Test
    void soManyRepositoriesAreLearnedAndNoMore() {
        var all = organization().repositories(ENGINE).webhookSecrets(SECRET).build();
        bench.open(all);
        for (int i = 0; i < JobPolling.MOST_LEARNED + 3; i++) {
            ObservedJob there = job("acme/r" + i, 100 + i, 1, Phase.QUEUED, "", "gpu");
            api.set(there);
            send(all, "d" + i, there);
        }
        time.advance(Duration.ofSeconds(10));
        assertThat(bench.assigned()).isEqualTo(JobPolling.MOST_LEARNED);
        send(all, "engine", QUEUED);
        assertThat(bench.assigned()).isEqualTo(JobPolling.MOST_LEARNED + 1);
    }

    @Test
    void theEndOfAJobNobodyKnewTeachesNoRepository() {
        var all = organization().webhookSecrets(SECRET).build();
        bench.open(all);
        send(all, "1", job("acme/new", 1, 1, Phase.COMPLETED, "foreign", "gpu"));
        time.advance(Duration.ofMinutes(10));
        assertThat(api.count("jobs")).isZero();
    }

    // ---- when --------------------------------------------------------------------------------------------------

    @Test
    void beforeItIsOpenedAndAfterItWasClosedItSaysSo() {
        assertThat(send(QUEUED).status()).isEqualTo(503);
        JobSource.Attachment attachment = bench.open(listener);
        assertThat(send(QUEUED).kind()).isEqualTo(Kind.ACCEPTED);
        time.await(attachment.close());
        assertThat(send(RUNNING).kind()).isEqualTo(Kind.REJECTED);
        assertThat(send(RUNNING).status()).isEqualTo(503);
    }

    @Test
    void whatWasTakenInButNotYetHandledWhenItClosedIsDropped() {
        JobSource.Attachment attachment = bench.open(listener);
        int before = bench.updates.size();
        Webhooks.send(listener, "d", QUEUED);
        time.await(attachment.close());
        time.advance(Duration.ofMinutes(1));
        assertThat(bench.updates).hasSize(before);
    }

    @Test
    void whileItConnectsWebhooksAreKept() {
        api.fail("runners", failure(Reason.UNAVAILABLE));
        bench.open(listener);
        assertThat(send(QUEUED).kind()).isEqualTo(Kind.ACCEPTED);
        assertThat(bench.assigned()).isEqualTo(1);
        assertThat(bench.states).doesNotContain(SourceState.CONNECTED);
    }

    @Test
    void oneThatGaveUpSaysSo() {
        api.fail("runners", failure(Reason.FORBIDDEN));
        bench.open(listener);
        time.advance(Duration.ofMinutes(10));
        assertThat(bench.state()).isEqualTo(SourceState.FAILED);
        assertThat(send(QUEUED).status()).isEqualTo(503);
    }

    @Test
    void openedTwiceBothAreTold() {
        var second = new JobSourceBench();
        bench.open(listener);
        second.open(listener);
        assertThat(send(listener, "1", QUEUED).kind()).isEqualTo(Kind.ACCEPTED);
        second.time.settle();
        assertThat(bench.assigned()).isEqualTo(1);
        assertThat(second.assigned()).isEqualTo(1);
        assertThat(send(listener, "1", QUEUED).kind()).isEqualTo(Kind.DUPLICATE);
    }

    @Test
    void aPingIsAnsweredWell() {
        bench.open(listener);
        String body = "{\"zen\":\"Speak like a human.\",\"hook_id\":1}";
        var answer =
                listener.accept(Webhooks.headers(SECRET, "ping", "p", body), body.getBytes(StandardCharsets.UTF_8));
        assertThat(answer.kind()).isEqualTo(Kind.IGNORED);
        assertThat(answer.status()).isEqualTo(200);
    }
}
