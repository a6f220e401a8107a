package dev.paddock.examples;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubRepository;
import dev.paddock.github.RunWatch;
import dev.paddock.github.rest.RunOutcome;
import dev.paddock.github.rest.RunQuery;
import dev.paddock.github.rest.WorkflowRun;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Watches a workflow run until it is over. */
@Command(
        name = "watch-run",
        mixinStandardHelpOptions = true,
        description = "Watches a workflow run until it is over, and prints what changes.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:the run succeeded",
            "1:it failed, was cancelled or skipped, or GitHub refused",
            "2:wrong usage",
            "3:GitHub could not be reached, or the run was not over in time"
        })
final class WatchRun implements Callable<Integer> {
    @Parameters(
            paramLabel = "RUN",
            arity = "0..1",
            description = "The run's id: the number in its page's address, or the one that --dispatch prints.")
    private @Nullable Long run;

    @Option(
            names = "--workflow",
            paramLabel = "FILE",
            description = "In place of RUN: the newest run of that workflow, for example ci.yml.")
    private @Nullable String workflow;

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            description = "How long from one look to the next; ${DEFAULT-VALUE} by default.")
    private long interval = 10;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "How long to watch at most; a day by default.")
    private long timeout = Duration.ofDays(1).toSeconds();

    @Mixin
    private GitHubOptions github = new GitHubOptions();

    @Override
    public Integer call() throws InterruptedException {
        return github.answer(System.err, this::watch);
    }

    private int watch(GitHubClient client) throws InterruptedException, TimeoutException {
        if ((run == null) == (workflow == null)) {
            throw new IllegalArgumentException("which run? Give its id, or --workflow FILE for the newest of that one");
        }
        var watch = RunWatch.every(Duration.ofSeconds(interval))
                .withDeadline(Duration.ofSeconds(timeout))
                .withProgress(change -> System.out.println(GitHubOptions.shown(change.text())));
        GitHubRepository repository = client.repository();
        Optional<Long> id = run == null ? newest(repository, String.valueOf(workflow)) : Optional.of(run);
        if (id.isEmpty()) {
            System.err.println("there is no run of " + workflow + " in " + repository.name());
            return GitHubOptions.NO;
        }
        RunOutcome outcome = GitHubOptions.await(
                repository.watch(id.get(), watch), watch.deadline().plusMinutes(1));
        System.out.print(GitHubOptions.shown(outcome.text()));
        return outcome.isSuccess() ? 0 : GitHubOptions.NO;
    }

    private Optional<Long> newest(GitHubRepository repository, String file)
            throws InterruptedException, TimeoutException {
        return github.await(repository.runs(RunQuery.all().withWorkflow(file).withLimit(1))).stream()
                .map(WorkflowRun::id)
                .findFirst();
    }
}
