package dev.paddock.github.runner;

import dev.paddock.github.rest.RunnerToken;
import dev.paddock.spi.Scheduler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A configured runner as a service of Windows, told of by {@code sc.exe}: the runner's own {@code RunnerService.exe}, as
 * an account that needs no password. Tested by the commands it gives; not yet run on Windows. Immutable; thread-safe.
 */
public final class WindowsService implements RunnerService {
    /** By their numbers, since their names are translated: LocalSystem, and the local administrators. */
    private static final String SYSTEM = "*S-1-5-18";

    private static final String ADMINISTRATORS = "*S-1-5-32-544";

    /** The accounts a service may run as; others have passwords, which every user could read in a command line. */
    public static final List<String> ACCOUNTS = List.of("NT AUTHORITY\\NETWORK SERVICE", "NT AUTHORITY\\LOCAL SERVICE");

    private static final int DOES_NOT_EXIST = 1060;
    private static final int RUNS_ALREADY = 1056;
    private static final int IS_NOT_STARTED = 1062;
    /** The exit code of a service that nobody has started since the host was. */
    private static final int NEVER_STARTED = 1077;

    private static final Duration LOOK = Duration.ofMillis(500);
    private static final int LOOKS = 660;
    private static final Pattern LINE = Pattern.compile("(?m)^\\s*(STATE|PID|WIN32_EXIT_CODE)\\s*:\\s*(\\d{1,9})");
    private static final Pattern PROGRAM = Pattern.compile("(?m)^\\s*BINARY_PATH_NAME\\s*:\\s*(.*?)\\s*$");

    private final String name;
    private final Path folder;
    private final String account;
    private final List<String> sc;
    private final List<String> icacls;
    private final boolean replaces;
    private final ServiceCommands commands;

    private WindowsService(Builder builder, String name, Scheduler scheduler) {
        this.name = name;
        folder = builder.folder;
        account = builder.account;
        sc = builder.sc;
        icacls = builder.icacls;
        replaces = builder.replaces;
        commands = new ServiceCommands(scheduler);
    }

    /**
     * Begins the service of one runner, which {@code config.cmd} has configured.
     *
     * @param folder the runner's folder, without spaces in its name
     * @param account one of {@link #ACCOUNTS}
     * @return the builder
     */
    public static Builder builder(Path folder, String account) {
        return new Builder(folder, account);
    }

    @Override
    public String name() {
        return name;
    }

    /** {@return the commands that install it} */
    @Override
    public String definition() {
        return String.join(
                        "\n",
                        List.of(
                                String.join(" ", settings("create")),
                                String.join(" ", recovery()),
                                String.join(" ", rights())))
                + "\n";
    }

    private List<String> settings(String verb) {
        return line(
                sc,
                verb,
                name,
                "binPath=",
                program().toString(),
                "start=",
                "delayed-auto",
                "obj=",
                account,
                "DisplayName=",
                "GitHub Actions Runner (" + name + ")");
    }

    private List<String> recovery() {
        return line(sc, "failure", name, "reset=", "86400", "actions=", "restart/60000/restart/60000//");
    }

    /** In place of a umask: the account, the system and administrators, and what the folder above gives is not taken over. */
    private List<String> rights() {
        return line(
                icacls,
                folder.toString(),
                "/inheritance:r",
                "/grant:r",
                account + ":(OI)(CI)F",
                SYSTEM + ":(OI)(CI)F",
                ADMINISTRATORS + ":(OI)(CI)F",
                "/T",
                "/Q");
    }

    private Path program() {
        return folder.resolve("bin").resolve("RunnerService.exe");
    }

    @Override
    public CompletionStage<Change> install() {
        return commands.run(line(sc, "qc", name)).thenCompose(this::install).minimalCompletionStage();
    }

    private CompletableFuture<Change> install(ServiceCommands.Result is) {
        boolean isThere = isThere(is);
        Matcher runs = PROGRAM.matcher(is.output());
        boolean same = isThere
                && runs.find()
                && runs.group(1).equalsIgnoreCase(program().toString());
        if (isThere && !same && !replaces) {
            throw new ServiceException(
                    "the service " + name + " is there and runs another program: uninstall it first, or call replace()",
                    false,
                    null);
        }
        return commands.onEffects(() -> {
                    if (!Files.exists(program())) {
                        throw new ServiceException(
                                program() + " is missing: install the runner's package there", false, null);
                    }
                    ServiceFiles.tell(folder, name);
                    return name;
                })
                .thenCompose(told -> same
                        ? CompletableFuture.completedFuture(is)
                        : asAdministrator(settings(isThere ? "config" : "create")))
                .thenCompose(made -> asAdministrator(recovery()))
                .thenCompose(made -> asAdministrator(rights()))
                .thenApply(done -> same ? Change.UNCHANGED : isThere ? Change.REPLACED : Change.INSTALLED);
    }

    private CompletableFuture<ServiceCommands.Result> asAdministrator(List<String> command) {
        return commands.run(command).thenApply(result -> result.orThrow("run it as an administrator"));
    }

    /** What sc could not do is its exit code, and in its output in any language. */
    private static boolean is(ServiceCommands.Result result, int failure) {
        return result.code() == failure
                || (!result.isSuccess() && result.output().contains(" " + failure + ":"));
    }

    private static boolean isThere(ServiceCommands.Result result) {
        if (is(result, DOES_NOT_EXIST)) {
            return false;
        }
        return result.orThrow("nothing is known of the service").isSuccess();
    }

    @Override
    public CompletionStage<ServiceStatus> start() {
        return up().minimalCompletionStage();
    }

    private CompletableFuture<ServiceStatus> up() {
        return unless(RUNS_ALREADY, "start").thenCompose(done -> settled(LOOKS));
    }

    @Override
    public CompletionStage<ServiceStatus> stop() {
        return down().minimalCompletionStage();
    }

    private CompletableFuture<ServiceStatus> down() {
        return unless(IS_NOT_STARTED, "stop").thenCompose(done -> settled(LOOKS));
    }

    @Override
    public CompletionStage<ServiceStatus> restart() {
        return down().thenCompose(stopped -> up()).minimalCompletionStage();
    }

    private CompletableFuture<ServiceCommands.Result> unless(int already, String verb) {
        return commands.run(line(sc, verb, name))
                .thenApply(result -> is(result, already) ? result : result.orThrow("run it as an administrator"));
    }

    /** {@code sc} does not wait for what it has begun. */
    private CompletableFuture<ServiceStatus> settled(int looks) {
        return show().thenCompose(status -> {
            if (status.state() != ServiceStatus.State.CHANGING) {
                return CompletableFuture.completedFuture(status);
            }
            if (looks == 0) {
                throw new ServiceException(
                        name + " is still " + status.detail() + " after "
                                + LOOK.multipliedBy(LOOKS).toSeconds() + " s; see " + status.logHint(),
                        true,
                        null);
            }
            var later = new CompletableFuture<@Nullable Void>();
            commands.scheduler().schedule(LOOK, () -> later.complete(null));
            return later.thenCompose(now -> settled(looks - 1));
        });
    }

    @Override
    public CompletionStage<ServiceStatus> status() {
        return show().minimalCompletionStage();
    }

    private CompletableFuture<ServiceStatus> show() {
        return commands.run(line(sc, "queryex", name)).thenApply(this::status);
    }

    private ServiceStatus status(ServiceCommands.Result result) {
        if (!isThere(result)) {
            return status(ServiceStatus.State.NOT_INSTALLED, "no such service", OptionalInt.empty(), 0);
        }
        int state = 0;
        long pid = 0;
        OptionalInt exit = OptionalInt.empty();
        for (Matcher line = LINE.matcher(result.output()); line.find(); ) {
            int value = Integer.parseInt(line.group(2));
            switch (line.group(1)) {
                case "STATE" -> state = value;
                case "PID" -> pid = value;
                default -> exit = OptionalInt.of(value);
            }
        }
        if (state == 0) {
            throw new ServiceException("sc told no state of " + name + ": see that sc queryex answers", true, null);
        }
        boolean failed = exit.isPresent() && exit.getAsInt() != 0 && exit.getAsInt() != NEVER_STARTED;
        return switch (state) {
            case 1 -> status(failed ? ServiceStatus.State.FAILED : ServiceStatus.State.STOPPED, "stopped", exit, pid);
            case 4 -> status(ServiceStatus.State.RUNNING, "running", exit, pid);
            default -> status(ServiceStatus.State.CHANGING, "in state " + state, exit, pid);
        };
    }

    private ServiceStatus status(ServiceStatus.State state, String detail, OptionalInt exit, long pid) {
        return new ServiceStatus(
                name,
                state,
                detail,
                exit,
                OptionalInt.empty(),
                account,
                pid > 0 ? OptionalLong.of(pid) : OptionalLong.empty(),
                "the newest file of " + folder.resolve("_diag"));
    }

    /**
     * The end of the newest of the runner's own logs.
     *
     * @param lines at most so many, from 1 to 10 000
     * @return the oldest first
     */
    @Override
    public CompletionStage<List<String>> logs(int lines) {
        return commands.onEffects(() -> ServiceLog.tail(folder.resolve("_diag"), "Runner_*.log", lines))
                .minimalCompletionStage();
    }

    @Override
    public CompletionStage<Boolean> uninstall() {
        return takeAway().minimalCompletionStage();
    }

    private CompletableFuture<Boolean> takeAway() {
        return show().thenCompose(status -> status.isInstalled()
                        ? down().thenCompose(stopped -> asAdministrator(line(sc, "delete", name)))
                                .thenApply(deleted -> true)
                        : CompletableFuture.completedFuture(false))
                .thenCompose(was -> commands.onEffects(() -> {
                    Files.deleteIfExists(folder.resolve(ServiceName.FILE));
                    return was;
                }));
    }

    @Override
    public CompletionStage<Void> remove(RunnerToken token) {
        List<String> command = List.of(folder.resolve("config.cmd").toString(), "remove");
        return takeAway()
                .thenCompose(gone -> ServiceRemoval.run(commands, command, folder, token))
                .minimalCompletionStage();
    }

    private static List<String> line(List<String> program, String... arguments) {
        List<String> line = new ArrayList<>(program);
        line.addAll(Arrays.asList(arguments));
        return line;
    }

    /** {@return its name} */
    @Override
    public String toString() {
        return "WindowsService[" + name + "]";
    }

    /** Builds a {@link WindowsService}. Not thread-safe. */
    public static final class Builder {
        private final Path folder;
        private final String account;
        private @Nullable Scheduler scheduler;
        private List<String> sc = List.of("sc.exe");
        private List<String> icacls = List.of("icacls.exe");
        private boolean replaces;

        private Builder(Path folder, String account) {
            this.folder = folder.toAbsolutePath().normalize();
            this.account = Objects.requireNonNull(account, "account");
        }

        /**
         * Time, and the threads that files are written on. Required; the caller closes it.
         *
         * @param value the scheduler
         * @return this
         */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /**
         * The program that the service manager is told by.
         *
         * @param line its name or path, and what goes before its verb; default {@code sc.exe}
         * @return this
         */
        public Builder sc(String... line) {
            sc = List.of(line);
            return this;
        }

        /** For tests: what gives rights to folders. */
        Builder icacls(String... line) {
            icacls = List.of(line);
            return this;
        }

        /**
         * Lets {@link WindowsService#install} replace a service of this name that runs another program.
         *
         * @return this
         */
        public Builder replace() {
            replaces = true;
            return this;
        }

        /**
         * Builds it. Reads the runner's name in its folder.
         *
         * @return the service
         * @throws IllegalArgumentException if the account is none of {@link WindowsService#ACCOUNTS}, a setting is missing, or the
         *     folder's name has a space
         * @throws ServiceException if the folder is not that of a configured runner
         */
        public WindowsService build() {
            if (scheduler == null) {
                throw new IllegalArgumentException("scheduler(...) is missing");
            }
            if (ACCOUNTS.stream().noneMatch(account.toUpperCase(Locale.ROOT)::equals)) {
                throw new IllegalArgumentException("a service runs as one of " + ACCOUNTS
                        + ", which need no password: \"" + account.replaceAll("\\p{Cntrl}", "?") + "\"");
            }
            if (folder.toString().matches("(?s).*[\\s\"\\p{Cntrl}].*")) {
                throw new IllegalArgumentException(
                        "for sc.exe's sake the folder must be without spaces and quotes: " + folder);
            }
            String name = ServiceName.of(folder, ServiceName.Rules.WINDOWS, "", scheduler.random());
            return new WindowsService(this, name, scheduler);
        }
    }
}
