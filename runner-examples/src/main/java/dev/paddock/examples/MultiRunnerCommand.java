package dev.paddock.examples;

import dev.paddock.ByteSize;
import dev.paddock.capacity.CapacityPreset;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.HostFile;
import dev.paddock.capacity.HostInventory;
import dev.paddock.error.MultiRunnerException;
import dev.paddock.gpu.GpuProbe;
import dev.paddock.host.HostProbe;
import dev.paddock.multirunner.BenchmarkReport;
import dev.paddock.multirunner.Expiry;
import dev.paddock.multirunner.MultiRunner;
import dev.paddock.multirunner.QueuedTask;
import dev.paddock.multirunner.ScaleOutcome;
import dev.paddock.multirunner.TaskEnd;
import dev.paddock.multirunner.TaskPlace;
import dev.paddock.task.Task;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** A pool of runners on this host: each option is one call of {@link MultiRunner}, which this prints. */
@Command(
        name = "multi-runner",
        mixinStandardHelpOptions = true,
        description = "A pool of runners on this host, in one file that all processes share.",
        footer = {
            "Exit code: 0 done, or the task waits in the queue; 1 not possible now,",
            "or not with each runner; 3 GitHub could not be asked;",
            "2 wrong usage, a file that cannot be used, or a bound.",
            "SLATE_MAX_RUNNERS bounds the runners (50), SLATE_RUNNER_TIMEOUT the",
            "minutes of a task (30)."
        })
final class MultiRunnerCommand implements Callable<Integer> {
    /** What is done; one of them. */
    static final class Verb {
        @Option(names = "--status", description = "Print the pool; the default.")
        boolean status;

        @Option(names = "--init", description = "Plan the host and make a pool of the plan.")
        boolean init;

        @Option(names = "--scale", paramLabel = "N", description = "Let N runners stay; none loses its task.")
        @Nullable
        Integer scale;

        @Option(names = "--assign", paramLabel = "TASK", description = "Give a task to a runner, or queue it.")
        @Nullable
        String assign;

        @Option(names = "--complete", paramLabel = "RUNNER", description = "End the task of a runner.")
        @Nullable
        String complete;

        @Option(names = "--queue", description = "Print the tasks that wait.")
        boolean queue;

        @Option(names = "--benchmark", description = "Print what the host holds, and the plan for it.")
        boolean benchmark;

        @Option(
                names = "--watch",
                paramLabel = "SECONDS",
                description = "Each second for so many seconds: fail tasks that had their time, start what waits.")
        @Nullable
        Integer watch;

        boolean isGiven() {
            return status
                    || init
                    || scale != null
                    || assign != null
                    || complete != null
                    || queue
                    || benchmark
                    || watch != null;
        }
    }

    /** The options that mean nothing without another, and which those are. */
    private static final List<Belonging> BELONGINGS = List.of(
            new Belonging(List.of("--failed", "--task"), List.of("--complete")),
            new Belonging(List.of("--force"), List.of("--init")),
            new Belonging(List.of("--preset", "--minimal"), List.of("--init", "--benchmark")),
            new Belonging(
                    List.of("--host", "--overcommit", "--no-headroom"), List.of("--init", "--benchmark", "--scale")),
            new Belonging(List.of("--profile"), List.of("--assign", "--benchmark")),
            new Belonging(List.of("--gpu-memory", "--cores", "--memory", "--priority", "--pid"), List.of("--assign")),
            new Belonging(
                    List.of("--github", "--token-file", "--github-timeout"),
                    List.of("--active-runs", "--dispatch", "--runners", "--deregister")),
            new Belonging(List.of("--drain", "--cancel-jobs"), List.of("--stop-all")),
            new Belonging(List.of("--drain-timeout", "--deregister"), List.of("--drain")));

    private record Belonging(List<String> options, List<String> to) {
        void check(ParseResult given) {
            for (String option : options) {
                if (given.hasMatchedOption(option) && to.stream().noneMatch(given::hasMatchedOption)) {
                    throw new IllegalArgumentException(option + " belongs to " + String.join(" or ", to));
                }
            }
        }
    }

    @Spec
    @Nullable
    private CommandSpec spec;

    @ArgGroup
    private Verb verb = new Verb();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--workspace", paramLabel = "DIR", description = "Where .slate_runners.json is; by default here.")
    private Path workspace = Path.of("").toAbsolutePath();

    @Option(names = "--state", paramLabel = "FILE", description = "Another state file.")
    private @Nullable Path state;

    @ArgGroup(heading = "Which plan (--init, --benchmark):%n", validate = false)
    private PlanOptions plan = new PlanOptions();

    static final class PlanOptions {
        @Option(
                names = "--preset",
                paramLabel = "P",
                description = "dual_gpu_scaled, single_gpu_balanced, cpu_only, minimal.")
        @Nullable
        String preset;

        @Option(names = "--minimal", description = "Two runners.")
        boolean minimal;

        @Option(names = "--force", description = "With --init: forget tasks that run or wait.")
        boolean force;

        @Option(names = "--host", paramLabel = "FILE", description = "A described host in place of this one.")
        @Nullable
        Path host;

        @Option(names = "--overcommit", paramLabel = "X", description = "Promise each core X times; by default once.")
        double overcommit = 1;

        @Option(names = "--no-headroom", description = "Promise all that is free.")
        boolean noHeadroom;
    }

    @ArgGroup(heading = "What a task needs (--assign; --profile also with --benchmark):%n", validate = false)
    private TaskOptions task = new TaskOptions();

    @Mixin
    private GitHubVerbs github = new GitHubVerbs();

    @Mixin
    private FolderVerbs folders = new FolderVerbs();

    static final class TaskOptions {
        @Option(names = "--profile", paramLabel = "P", description = "light, standard, gpu_light, gpu_heavy, gpu_max.")
        @Nullable
        String profile;

        @Option(names = "--gpu-memory", paramLabel = "SIZE", description = "GPU memory, such as 8GiB.")
        ByteSize gpuMemory = ByteSize.ZERO;

        @Option(names = "--cores", description = "CPU cores.")
        int cores;

        @Option(names = "--memory", paramLabel = "SIZE", description = "Main memory, such as 512MiB.")
        ByteSize memory = ByteSize.ZERO;

        @Option(names = "--priority", description = "From -1000 to 1000; higher goes first.")
        int priority;

        @Option(names = "--pid", paramLabel = "N", description = "The task's process, stopped when its time is over.")
        @Nullable
        Long pid;

        @Option(names = "--task", paramLabel = "TASK", description = "With --complete: only if it is this task.")
        @Nullable
        String task;

        @Option(names = "--failed", description = "With --complete: the task failed.")
        boolean failed;
    }

    @Override
    public Integer call() throws InterruptedException {
        boolean asksGitHub = false;
        if (spec != null) {
            ParseResult given = spec.commandLine().getParseResult();
            BELONGINGS.forEach(each -> each.check(given));
            asksGitHub = given.hasMatchedOption("--github");
        }
        if (folders.isAsked()) {
            if (verb.isGiven() || github.isAsked()) {
                throw new IllegalArgumentException("what is done with folders of runners goes with no other verb");
            }
            return folders.run(workspace, json, asksGitHub, github.options(), System.out, System.err);
        }
        if (github.isAsked()) {
            if (json) {
                throw new IllegalArgumentException("--json belongs to what is done with the pool");
            }
            if (verb.isGiven()) {
                throw new IllegalArgumentException("what asks GitHub and what is done with the pool: give one of them");
            }
            return github.run(System.out, System.err);
        }
        MultiRunner pool = MultiRunner.fromEnvironment(state == null ? workspace.resolve(".slate_runners.json") : state)
                .build();
        try {
            return run(pool);
        } catch (MultiRunnerException refused) {
            System.err.println(printable(refused.getMessage() + hint(refused)));
            refused.started().forEach(place -> System.err.println(printable(line(place))));
            return switch (refused.reason()) {
                case UNKNOWN_RUNNER, TOO_MANY -> 2;
                default -> 1;
            };
        }
    }

    private static String hint(MultiRunnerException refused) {
        return refused.reason() == MultiRunnerException.Reason.NOT_INITIALISED ? " (multi-runner --init)" : "";
    }

    private int run(MultiRunner pool) throws InterruptedException {
        if (verb.benchmark) {
            benchmark(pool);
        } else if (verb.init) {
            init(pool);
        } else if (verb.scale != null) {
            scale(pool, verb.scale);
        } else if (verb.assign != null) {
            assign(pool, verb.assign);
        } else if (verb.complete != null) {
            complete(pool, verb.complete);
        } else if (verb.queue) {
            queue(pool);
        } else if (verb.watch != null) {
            watch(pool, verb.watch);
        } else {
            status(pool);
        }
        return 0;
    }

    /** Anybody may name a task. */
    private static String printable(String line) {
        return line.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", "?");
    }

    private static void say(String line) {
        System.out.println(printable(line));
    }

    /** JSON is UTF-8 whatever the terminal is. */
    private static void document(String json) {
        System.out.writeBytes((json + "\n").getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }

    private void status(MultiRunner pool) {
        if (json) {
            document(pool.status().json());
        } else {
            System.out.print(pool.status().text());
        }
    }

    private void benchmark(MultiRunner pool) {
        BenchmarkReport report = report(pool);
        String profile = task.profile;
        if (json) {
            document(profile == null ? report.json() : report.profileJson(profile));
        } else {
            System.out.print(profile == null ? report.text() : report.profileText(profile) + "\n");
        }
    }

    private void init(MultiRunner pool) {
        BenchmarkReport report = report(pool);
        pool.initialise(report.plan(), report.parallel(), plan.force);
        if (!json) {
            say("Initialized " + report.plan().slots().size() + " runners");
            System.out.print(report.configurationText());
        }
        status(pool);
    }

    private void scale(MultiRunner pool, int runners) {
        ScaleOutcome outcome = pool.scale(runners, host(), settings());
        if (json) {
            document(outcome.json());
            return;
        }
        say("Scaled to " + outcome.after() + " runners");
        outcome.started().forEach(MultiRunnerCommand::print);
        if (!outcome.draining().isEmpty()) {
            say("These go once their task is complete: " + String.join(", ", outcome.draining()));
        }
    }

    private void assign(MultiRunner pool, String id) {
        Task.Builder needs = Task.builder(id)
                .gpuMemory(task.gpuMemory)
                .cores(task.cores)
                .memory(task.memory)
                .priority(task.priority);
        if (task.profile != null) {
            needs.profile(task.profile);
        }
        TaskPlace place = task.pid == null ? pool.assign(needs.build()) : pool.assign(needs.build(), process(task.pid));
        if (json) {
            document(place.json());
            return;
        }
        place.started().forEach(MultiRunnerCommand::print);
        print(place);
    }

    private static ProcessHandle process(long pid) {
        return ProcessHandle.of(pid).orElseThrow(() -> new IllegalArgumentException("there is no process " + pid));
    }

    private static void print(TaskPlace place) {
        say(line(place));
    }

    private static String line(TaskPlace place) {
        return place.isAssigned()
                ? "Assigned task '" + place.task() + "' to " + place.runner().name() + " ("
                        + place.runner().id() + ")"
                : "Queued task '" + place.task() + "' at position "
                        + place.position().getAsInt();
    }

    private void complete(MultiRunner pool, String runner) {
        TaskEnd end =
                task.task == null ? pool.complete(runner, task.failed) : pool.complete(runner, task.task, task.failed);
        if (json) {
            document(end.json());
            return;
        }
        say((end.failed() ? "Failed" : "Completed") + " task for runner " + end.runner());
        end.started().forEach(MultiRunnerCommand::print);
    }

    private void queue(MultiRunner pool) {
        List<QueuedTask> queue = pool.queue();
        if (json) {
            status(pool);
            return;
        }
        say(queue.size() + " tasks wait");
        for (QueuedTask waiting : queue) {
            say(String.format(
                    "%4d  %s  since %s", waiting.position(), waiting.task().id(), waiting.since()));
        }
    }

    private void watch(MultiRunner pool, int seconds) throws InterruptedException {
        if (seconds < 1) {
            throw new IllegalArgumentException("--watch must be at least 1 second: " + seconds);
        }
        for (int second = 0; second < seconds; second++) {
            tell(pool.expire());
            Thread.sleep(1000);
        }
    }

    private void tell(Expiry due) {
        if (json && !(due.failed().isEmpty() && due.started().isEmpty())) {
            document(due.json());
        }
        if (!json) {
            due.failed().forEach(end -> say("Task '" + end.task() + "' had its time on " + end.runner()));
            due.started().forEach(MultiRunnerCommand::print);
        }
    }

    private BenchmarkReport report(MultiRunner pool) {
        if (plan.minimal && plan.preset != null) {
            throw new IllegalArgumentException("--minimal is a preset of its own: leave --preset out");
        }
        if (!plan.minimal && plan.preset == null) {
            return BenchmarkReport.of(host(), settings(), pool.maxRunners());
        }
        CapacityPreset preset = plan.preset == null ? CapacityPreset.MINIMAL : CapacityPreset.named(plan.preset);
        return BenchmarkReport.of(preset, host(), settings(), pool.maxRunners());
    }

    private CapacitySettings settings() {
        CapacitySettings.Builder settings = CapacitySettings.builder().cpuOvercommit(plan.overcommit);
        return (plan.noHeadroom ? settings.noHeadroom() : settings).build();
    }

    private HostInventory host() {
        if (plan.host != null) {
            return HostFile.read(plan.host);
        }
        try (GpuProbe probe = GpuProbe.builder().build()) {
            return HostProbe.builder(workspace).gpus(probe).build().inventory();
        }
    }
}
