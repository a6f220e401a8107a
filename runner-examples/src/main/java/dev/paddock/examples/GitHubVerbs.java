package dev.paddock.examples;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubRepository;
import dev.paddock.github.GitHubScope;
import dev.paddock.github.rest.Dispatch;
import dev.paddock.github.rest.WorkflowRun;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of a command that ask GitHub: which runs are active, and to start a workflow. To be mixed in; a command
 * that finds {@link #isAsked} answers with {@link #run}.
 */
public final class GitHubVerbs {
    /** GitHub lists a run some seconds after it took the request. */
    private static final Duration RUN_APPEARS = Duration.ofSeconds(10);

    private static final Duration LOOK = Duration.ofMillis(500);

    @Option(names = "--active-runs", description = "List the repository's runs that are not over.")
    private boolean activeRuns;

    @Option(
            names = "--dispatch",
            paramLabel = "WORKFLOW",
            description = "Start the workflow of that file, for example ci.yml, and print its run.")
    private @Nullable String dispatch;

    @Option(
            names = "--ref",
            paramLabel = "REF",
            description = "With --dispatch: the branch or tag; the default branch unless given.")
    private @Nullable String ref;

    @Option(
            names = "--input",
            paramLabel = "NAME=VALUE",
            description = "With --dispatch: an input of the workflow. May be given again.")
    private Map<String, String> inputs = new LinkedHashMap<>();

    @Mixin
    private GitHubOptions github = new GitHubOptions();

    /** Made by the command line. */
    public GitHubVerbs() {}

    /**
     * Whether one of the options was given.
     *
     * @return then {@link #run} has something to do, or to refuse
     */
    public boolean isAsked() {
        return activeRuns || dispatch != null || ref != null || !inputs.isEmpty();
    }

    /** Which GitHub is asked, for other verbs of the same command. */
    GitHubOptions options() {
        return github;
    }

    /**
     * Does what was asked.
     *
     * @param out gets a line for each run: {@code #number name - status (id)}
     * @param err gets everything else
     * @return the exit code: 0 done; 1 GitHub refused or did not answer in time; 2 wrong usage
     * @throws InterruptedException if interrupted while GitHub is waited for
     */
    public int run(PrintStream out, PrintStream err) throws InterruptedException {
        try (var scheduler = Scheduler.system("github")) {
            GitHubRepository repository = repository(scheduler);
            long end = System.nanoTime() + Duration.ofSeconds(github.timeout()).toNanos();
            if (dispatch == null) {
                List<WorkflowRun> runs = await(repository.activeRuns(), end);
                print(runs, out);
                if (runs.isEmpty()) {
                    err.println("no run of " + repository.name() + " is active");
                }
            } else {
                Dispatch started = await(start(repository, dispatch), end);
                print(look(repository, started, end, err), out);
            }
            return 0;
        } catch (IllegalArgumentException | IllegalStateException | IOException wrong) {
            err.println(wrong.getMessage());
            return 2;
        } catch (GitHubException refused) {
            err.println(refused.getMessage());
            return 1;
        } catch (TimeoutException late) {
            err.println("no whole answer of GitHub within " + github.timeout() + " s"
                    + (dispatch == null ? "" : "; the workflow may have been started: look with --active-runs"));
            return 1;
        } finally {
            out.flush();
            err.flush();
        }
    }

    private GitHubRepository repository(Scheduler scheduler) throws IOException {
        if (activeRuns == (dispatch != null)) {
            throw new IllegalArgumentException(
                    activeRuns
                            ? "--active-runs and --dispatch are two commands: give one"
                            : "--ref and --input belong to --dispatch WORKFLOW, which is missing");
        }
        if (dispatch == null && (ref != null || !inputs.isEmpty())) {
            throw new IllegalArgumentException("--ref and --input belong to --dispatch, not to --active-runs");
        }
        GitHubClient client = github.client(scheduler);
        if (client.scope().kind() != GitHubScope.Kind.REPOSITORY) {
            throw new IllegalArgumentException(
                    "runs belong to a repository, which " + client.scope() + " is not: add its name to the URL");
        }
        return client.repository();
    }

    private CompletionStage<Dispatch> start(GitHubRepository repository, String workflow) {
        return ref == null ? repository.dispatch(workflow, inputs) : repository.dispatch(workflow, ref, inputs);
    }

    /** The runs that may be the one that was started; what fails here does not undo the start. */
    private static List<WorkflowRun> look(GitHubRepository repository, Dispatch started, long end, PrintStream err)
            throws InterruptedException {
        String what = "started " + started.workflow() + " on " + started.ref();
        long until = Math.min(end, System.nanoTime() + RUN_APPEARS.toNanos());
        try {
            List<WorkflowRun> runs = await(repository.dispatchedRuns(started), until);
            while (runs.isEmpty() && System.nanoTime() < until) {
                TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
                runs = await(repository.dispatchedRuns(started), until);
            }
            err.println(
                    switch (runs.size()) {
                        case 0 -> what + "; GitHub does not list its run yet";
                        case 1 -> what;
                        default -> what + "; it is one of these runs, which were started there since";
                    });
            return runs;
        } catch (GitHubException failure) {
            err.println(what + "; its run could not be looked up: " + failure.getMessage());
        } catch (TimeoutException late) {
            err.println(what + "; GitHub does not list its run yet");
        }
        return List.of();
    }

    private static void print(List<WorkflowRun> runs, PrintStream out) {
        for (WorkflowRun run : runs) {
            String name = run.name().replaceAll("\\p{Cntrl}", "?"); // anybody may name a workflow
            out.println("#" + run.runNumber() + " " + name + " - " + run.status() + " (" + run.id() + ")");
        }
    }

    private static <T> T await(CompletionStage<T> stage, long end) throws InterruptedException, TimeoutException {
        return GitHubOptions.await(stage, Duration.ofNanos(end - System.nanoTime()));
    }
}
