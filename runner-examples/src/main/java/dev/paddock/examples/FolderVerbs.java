package dev.paddock.examples;

import dev.paddock.github.runner.InstalledRunners;
import dev.paddock.github.runner.InstalledRunners.Outcome;
import dev.paddock.github.runner.RunnerFolders;
import dev.paddock.github.runner.RunnerFolders.Report;
import dev.paddock.spi.Scheduler;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Option;

/** The options of the multi-runner about folders of runners that people have configured. To be mixed in. */
final class FolderVerbs {
    @Option(
            names = "--start-all",
            description =
                    "Start each configured runner in actions-runner* of the workspace that does not run. Runners of"
                            + " the pool are no folders: runner-manager runs a fleet.")
    private boolean startAll;

    @Option(
            names = "--stop-all",
            description = "Stop those runners, and no others; one with a job is left alone and told.")
    private boolean stopAll;

    @Option(names = "--runners", description = "List those runners; with --github also as GitHub sees them.")
    private boolean runners;

    @Option(names = "--drain", description = "With --stop-all: wait for jobs.")
    private boolean drain;

    @Option(
            names = "--drain-timeout",
            paramLabel = "DURATION",
            description = "With --drain: how long; ${DEFAULT-VALUE} by default.")
    private Duration drainTimeout = Duration.ofHours(6);

    @Option(
            names = "--deregister",
            description =
                    "With --drain and --github: take registrations away first, so that no job can begin meanwhile."
                            + " To be started again they must be registered anew: runner reconfigure.")
    private boolean deregister;

    @Option(names = "--cancel-jobs", description = "With --stop-all: stop those with a job too, which cancels it.")
    private boolean cancelJobs;

    /** Whether one of these verbs was given. */
    boolean isAsked() {
        return startAll || stopAll || runners;
    }

    /** Does what was asked; returns the exit code. */
    int run(Path workspace, boolean json, boolean asksGitHub, GitHubOptions github, PrintStream out, PrintStream err)
            throws InterruptedException {
        check(json, asksGitHub);
        if (runners && asksGitHub) {
            return github.answer(
                    err, client -> told(github.await(RunnerFolders.in(workspace).look(client)), json, out, err));
        }
        if (runners) {
            return told(RunnerFolders.in(workspace).look(), json, out, err);
        }
        if (deregister) {
            return github.answer(
                    err,
                    client -> done(
                            scheduler ->
                                    InstalledRunners.in(workspace, scheduler).drain(drainTimeout, client),
                            out));
        }
        try {
            return done(scheduler -> verb(InstalledRunners.in(workspace, scheduler)), out);
        } catch (TimeoutException late) {
            err.println("not done in time");
            return 1;
        }
    }

    private void check(boolean json, boolean asksGitHub) {
        if ((startAll ? 1 : 0) + (stopAll ? 1 : 0) + (runners ? 1 : 0) > 1) {
            throw new IllegalArgumentException("--start-all, --stop-all and --runners are three commands: give one");
        }
        if (json && !runners) {
            throw new IllegalArgumentException("--json belongs to --runners, not to --start-all and --stop-all");
        }
        if (drain && cancelJobs) {
            throw new IllegalArgumentException("--drain waits for jobs and --cancel-jobs does not: give one of them");
        }
        if (asksGitHub && !runners && !deregister) {
            throw new IllegalArgumentException("--github belongs to --runners and --deregister here");
        }
    }

    private CompletionStage<List<Outcome>> verb(InstalledRunners installed) {
        if (startAll) {
            return installed.start();
        }
        if (cancelJobs) {
            return installed.stopNow();
        }
        return drain ? installed.drain(drainTimeout) : installed.stop();
    }

    private interface Work {
        CompletionStage<List<Outcome>> with(Scheduler scheduler);
    }

    private int done(Work work, PrintStream out) throws InterruptedException, TimeoutException {
        try (var scheduler = Scheduler.system("runners")) {
            List<Outcome> outcomes = GitHubOptions.await(work.with(scheduler), drainTimeout.plusMinutes(2));
            outcomes.forEach(outcome -> out.println(GitHubOptions.shown(outcome.toString())));
            if (outcomes.isEmpty()) {
                out.println("there is no folder actions-runner*");
            }
            return outcomes.stream().allMatch(Outcome::isDone) ? 0 : 1;
        }
    }

    private static int told(Report report, boolean json, PrintStream out, PrintStream err) {
        if (json) {
            out.writeBytes((report.json() + "\n").getBytes(StandardCharsets.UTF_8));
        } else {
            out.print(GitHubOptions.shown(report.text()));
        }
        out.flush();
        report.problems().forEach(problem -> err.println(GitHubOptions.shown(problem)));
        report.runners()
                .forEach(runner -> runner.problems().forEach(problem -> err.println(GitHubOptions.shown(problem))));
        return report.problems().isEmpty() ? 0 : 1;
    }
}
