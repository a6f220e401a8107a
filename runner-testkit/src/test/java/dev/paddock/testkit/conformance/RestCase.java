package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubRepository;
import dev.paddock.spi.Registration;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A case about the client of GitHub's REST side, with runners that are registered there. */
abstract class RestCase extends Conformance {
    static final String REPOSITORY = "my-org/repo";
    static final String LABEL = "classic-gpu";
    static final RunnerId R1 = new RunnerId("classic-gpu-k3f9a2c1");

    private static final int CALLS_AT_ONCE = 10;

    /** A client with credentials of its own: it knows nothing of what others have used up. */
    final GitHubClient rest() {
        return rest(GitHubCredentials.token(TOKEN));
    }

    final GitHubClient rest(GitHubCredentials credentials) {
        return rest(ORGANIZATION, credentials);
    }

    final GitHubClient rest(String path, GitHubCredentials credentials) {
        return GitHubClient.builder(sim().configUrl(path), credentials)
                .httpClient(transport().httpClient(sim()))
                .scheduler(transport().scheduler())
                .build();
    }

    final GitHubRepository repository() {
        return rest().repository(REPOSITORY);
    }

    final Registration register(RunnerId runner, String... labels) {
        return await(rest().generateJitConfig(runner, 1, labels.length == 0 ? List.of(LABEL) : List.of(labels)));
    }

    static long id(Registration registration) {
        return Long.parseLong(registration.id());
    }

    /** Registers runners named from r-001 on, with enough credentials that no budget slows it down. */
    final void registerMany(int count) {
        GitHubClient client = rest();
        for (int i = 1; i <= count; i++) {
            if (i % CALLS_AT_ONCE == 0) {
                client = rest();
            }
            await(client.generateJitConfig(numbered(i), 1, List.of(LABEL)));
        }
    }

    static RunnerId numbered(int number) {
        return new RunnerId(String.format(Locale.ROOT, "r-%03d", number));
    }

    /** Queues a run of one job for a classic runner. */
    final long submit(String job) {
        return sim().submit(workflow("ci", job));
    }

    static Workflow workflow(String name, String... jobs) {
        Workflow.Builder workflow = Workflow.builder(name).repository(REPOSITORY);
        for (String job : jobs) {
            workflow.add(WorkflowJob.builder(job)
                    .labels(LABEL)
                    .step(Step.taking("work", seconds(1)))
                    .build());
        }
        return workflow.build();
    }

    /** A new runner, in the middle of the job that waits the longest. */
    final RunnerByHand busy(RunnerId runner) {
        return RunnerByHand.withJob(this, register(runner));
    }

    /** A refusal for a while, as GitHub words it. */
    static Fault secondaryLimit(Map<String, String> headers) {
        return Fault.status(
                403,
                "{\"message\":\"You have exceeded a secondary rate limit.\",\"documentation_url\":\"https://docs.github"
                        + ".com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits\"}",
                headers);
    }

    final List<Integer> statuses(Route route) {
        return requests(route).stream()
                .map(request -> request.status().orElseThrow())
                .toList();
    }

    /** The routes asked for from a request on, by its number. */
    final List<Route> routesSince(long number) {
        return sim().requests().stream()
                .filter(request -> request.number() > number)
                .map(RecordedRequest::route)
                .toList();
    }

    final long lastRequest() {
        List<RecordedRequest> all = sim().requests();
        return all.isEmpty() ? 0 : all.get(all.size() - 1).number();
    }

    final void assertRegistered(String... names) {
        assertThat(sim().registrations())
                .extracting(registration -> registration.name())
                .containsExactlyInAnyOrder(names);
    }
}
