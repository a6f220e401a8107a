package dev.paddock.examples;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubRepository;
import dev.paddock.github.GitHubScope;
import dev.paddock.github.GitHubVariables;
import dev.paddock.github.LogSearch;
import dev.paddock.github.rest.LabelAudit;
import dev.paddock.github.rest.LogMatches;
import dev.paddock.github.rest.Permission;
import dev.paddock.github.rest.PermissionReport;
import dev.paddock.github.rest.RunnerLabel;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.github.rest.Variable;
import dev.paddock.github.rest.WantedLabels;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a person asks GitHub about a repository and its runners: a library call and its print-out each. */
@Command(
        name = "github",
        mixinStandardHelpOptions = true,
        description = "Asks GitHub about a repository and its runners.",
        subcommands = {
            GitHubCommand.Runners.class,
            GitHubCommand.AuditLabels.class,
            GitHubCommand.Relabel.class,
            GitHubCommand.Logs.class,
            GitHubCommand.Permissions.class,
            GitHubCommand.VariableCommand.class
        })
final class GitHubCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        System.err.println("which? runners, audit-labels, relabel, logs, permissions or variable");
        return GitHubOptions.USAGE;
    }

    /** What the subcommands have in common. */
    interface Asking extends Callable<Integer>, GitHubOptions.Question {
        GitHubOptions github();

        @Override
        default Integer call() throws InterruptedException {
            return github().answer(System.err, this);
        }
    }

    private static void print(String text) {
        System.out.println(GitHubOptions.shown(text));
    }

    @Command(name = "runners", description = "Lists the runners that have all of some labels.")
    static final class Runners implements Asking {
        @Mixin
        private GitHubOptions github = new GitHubOptions();

        @Option(names = "--label", paramLabel = "LABEL", description = "In any case. May be given again.")
        private List<String> labels = List.of();

        @Override
        public GitHubOptions github() {
            return github;
        }

        @Override
        public int ask(GitHubClient client) throws InterruptedException, TimeoutException {
            List<SelfHostedRunner> found =
                    github.await(labels.isEmpty() ? client.runners() : client.runnersWithLabels(labels));
            for (SelfHostedRunner one : found) {
                print(one.name() + " - " + one.status() + (one.busy() ? ", busy" : "") + " - "
                        + String.join(", ", one.labelNames()) + " (" + one.id() + ")");
            }
            return found.isEmpty() ? GitHubOptions.NO : 0;
        }
    }

    @Command(name = "audit-labels", description = "Compares wanted labels with those that runners have.")
    static final class AuditLabels implements Asking {
        @Mixin
        private GitHubOptions github = new GitHubOptions();

        @Option(
                names = "--want",
                paramLabel = "RUNNERS=LABEL,…",
                required = true,
                description = "Which runners, by name or with *, should have which labels. May be given again.")
        private List<String> wanted = List.of();

        @Override
        public GitHubOptions github() {
            return github;
        }

        @Override
        public int ask(GitHubClient client) throws InterruptedException, TimeoutException {
            var all = new ArrayList<WantedLabels>();
            for (String one : wanted) {
                int equals = one.indexOf('=');
                if (equals < 1) {
                    throw new IllegalArgumentException("--want is RUNNERS=LABEL,LABEL, as in gpu-*=linux,gpu: " + one);
                }
                all.add(new WantedLabels(
                        one.substring(0, equals),
                        List.of(one.substring(equals + 1).split(",", -1))));
            }
            LabelAudit audit = github.await(client.auditLabels(all));
            System.out.print(GitHubOptions.shown(audit.text()));
            return audit.isClean() ? 0 : GitHubOptions.NO;
        }
    }

    @Command(name = "relabel", description = "Changes the custom labels of a runner.")
    static final class Relabel implements Asking {
        @Mixin
        private GitHubOptions github = new GitHubOptions();

        @Parameters(paramLabel = "RUNNER", description = "Its name.")
        private String name = "";

        @Option(names = "--add", paramLabel = "LABEL", description = "May be given again.")
        private List<String> more = List.of();

        @Option(names = "--remove", paramLabel = "LABEL", description = "May be given again.")
        private List<String> fewer = List.of();

        @Override
        public GitHubOptions github() {
            return github;
        }

        @Override
        public int ask(GitHubClient client) throws InterruptedException, TimeoutException {
            if (more.isEmpty() && fewer.isEmpty()) {
                throw new IllegalArgumentException("which labels? Give --add LABEL or --remove LABEL");
            }
            Optional<SelfHostedRunner> runner = github.await(client.runners(name)).stream()
                    .filter(one -> one.name().equalsIgnoreCase(name))
                    .findFirst();
            if (runner.isEmpty()) {
                System.err.println("there is no runner named " + GitHubOptions.shown(name) + " in " + client.scope());
                return GitHubOptions.NO;
            }
            List<RunnerLabel> now =
                    github.await(client.labels(runner.get().id()).change(more, fewer));
            print(now.stream().map(RunnerLabel::name).collect(Collectors.joining(", ")));
            return 0;
        }
    }

    @Command(name = "logs", description = "Prints a job's log, or the lines of it in which something is found.")
    static final class Logs implements Asking {
        @Mixin
        private GitHubOptions github = new GitHubOptions();

        @Parameters(paramLabel = "JOB", description = "The job's id: the last number in its page's address.")
        private long job;

        @Option(names = "--grep", paramLabel = "REGEX", description = "Found in a line, without the time before it.")
        private @Nullable String regex;

        @Option(names = "--context", paramLabel = "LINES", description = "Lines around each line found.")
        private int context;

        @Override
        public GitHubOptions github() {
            return github;
        }

        @Override
        public int ask(GitHubClient client) throws InterruptedException, TimeoutException {
            GitHubRepository repository = client.repository();
            if (regex == null) {
                System.out.print(GitHubOptions.shown(github.await(repository.jobLog(job))));
                return 0;
            }
            LogMatches found = github.await(
                    repository.searchLog(job, LogSearch.of(pattern(regex)).withContext(context, context)));
            for (LogMatches.Match one : found.matches()) {
                one.before().forEach(line -> print("  " + line));
                print(one.number() + ": " + one.text());
                one.after().forEach(line -> print("  " + line));
            }
            if (found.isCut() || !found.isWhole()) {
                System.err.println(found.found() + " lines of " + found.lines() + " read"
                        + (found.isWhole() ? "" : ", the log goes on"));
            }
            return found.found() > 0 ? 0 : GitHubOptions.NO;
        }

        private static Pattern pattern(String regex) {
            try {
                return Pattern.compile(regex);
            } catch (PatternSyntaxException bad) {
                throw new IllegalArgumentException("--grep: " + bad.getMessage(), bad);
            }
        }
    }

    @Command(name = "permissions", description = "Says what the token may do, and what it lacks by GitHub's name.")
    static final class Permissions implements Asking {
        @Mixin
        private GitHubOptions github = new GitHubOptions();

        @Option(
                names = "--for",
                paramLabel = "PERMISSION",
                split = ",",
                description = "Of ${COMPLETION-CANDIDATES}; all that the scope has unless given.")
        private List<Permission> wanted = List.of();

        @Override
        public GitHubOptions github() {
            return github;
        }

        @Override
        public int ask(GitHubClient client) throws InterruptedException, TimeoutException {
            Set<Permission> asked = wanted.isEmpty() ? all(client.scope()) : EnumSet.copyOf(wanted);
            PermissionReport report = github.await(client.checkPermissions(asked));
            System.out.print(GitHubOptions.shown(report.text()));
            return report.isSufficient() ? 0 : GitHubOptions.NO;
        }

        private static Set<Permission> all(GitHubScope scope) {
            return switch (scope.kind()) {
                case REPOSITORY -> EnumSet.allOf(Permission.class);
                case ORGANIZATION -> EnumSet.range(Permission.READ_RUNNERS, Permission.WRITE_VARIABLES);
                case ENTERPRISE -> EnumSet.of(Permission.READ_RUNNERS, Permission.REGISTER_RUNNERS);
            };
        }
    }

    @Command(name = "variable", description = "Prints a variable of the repository or organization, or sets it.")
    static final class VariableCommand implements Asking {
        @Mixin
        private GitHubOptions github = new GitHubOptions();

        @Parameters(index = "0", paramLabel = "NAME", description = "For example ENABLE_GPU_SMOKE.")
        private String name = "";

        @Parameters(index = "1", paramLabel = "VALUE", arity = "0..1", description = "Sets it.")
        private @Nullable String value;

        @Override
        public GitHubOptions github() {
            return github;
        }

        @Override
        public int ask(GitHubClient client) throws InterruptedException, TimeoutException {
            GitHubVariables variables = client.scope().kind() == GitHubScope.Kind.ORGANIZATION
                    ? client.organizationVariables()
                    : client.repository().variables();
            if (value != null) {
                github.await(variables.set(name, value));
                return 0;
            }
            Optional<Variable> found = github.await(variables.find(name));
            if (found.isEmpty()) {
                System.err.println("there is no variable " + name + " in " + client.scope());
                return GitHubOptions.NO;
            }
            print(found.get().value());
            return 0;
        }
    }
}
