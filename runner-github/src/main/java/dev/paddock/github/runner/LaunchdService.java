package dev.paddock.github.runner;

import dev.paddock.github.rest.RunnerToken;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A configured runner as a daemon of macOS: a property list in {@code /Library/LaunchDaemons}, which {@code launchctl} is
 * told of, so that it runs without anybody being logged in. Tested as text and by the commands it gives; not yet run on
 * macOS. Immutable; thread-safe.
 */
public final class LaunchdService implements RunnerService {
    private static final Duration STOPPING = Duration.ofMinutes(5);
    private static final Pattern LINE = Pattern.compile("(?m)^\\s*(state|pid|last exit code|runs) = (.*?)\\s*$");
    private static final String LOG = "service.log";

    private final String name;
    private final Path folder;
    private final String user;
    private final List<String> launchctl;
    private final String su;
    private final Path daemons;
    private final boolean replaces;
    private final ServiceCommands commands;

    private LaunchdService(Builder builder, String name, Scheduler scheduler) {
        this.name = name;
        folder = builder.folder;
        user = builder.user;
        launchctl = builder.launchctl;
        su = builder.su;
        daemons = builder.daemons;
        replaces = builder.replaces;
        commands = new ServiceCommands(scheduler);
    }

    /**
     * Begins the service of one runner, which {@code config.sh} has configured.
     *
     * @param folder the runner's folder
     * @param user whom it runs as, and whose the folder is
     * @return the builder
     */
    public static Builder builder(Path folder, String user) {
        return new Builder(folder, user);
    }

    @Override
    public String name() {
        return name;
    }

    /** {@return the property list} */
    @Override
    public String definition() {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
                <plist version="1.0">
                  <dict>
                    <key>Label</key>
                    <string>%1$s</string>
                    <key>ProgramArguments</key>
                    <array>
                      <string>%2$s/runsvc.sh</string>
                    </array>
                    <key>UserName</key>
                    <string>%3$s</string>
                    <key>WorkingDirectory</key>
                    <string>%2$s</string>
                    <key>EnvironmentVariables</key>
                    <dict>
                      <key>ACTIONS_RUNNER_SVC</key>
                      <string>1</string>
                    </dict>
                    <key>RunAtLoad</key>
                    <true/>
                    <key>Umask</key>
                    <integer>63</integer>
                    <key>ExitTimeOut</key>
                    <integer>%4$d</integer>
                    <key>ProcessType</key>
                    <string>Interactive</string>
                    <key>SessionCreate</key>
                    <true/>
                    <key>StandardOutPath</key>
                    <string>%2$s/_diag/%5$s</string>
                    <key>StandardErrorPath</key>
                    <string>%2$s/_diag/%5$s</string>
                  </dict>
                </plist>
                """.formatted(xml(name), xml(folder.toString()), xml(user), STOPPING.toSeconds(), LOG);
    }

    private static String xml(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /** {@return where the property list is, once it is installed} */
    public Path file() {
        return daemons.resolve(name + ".plist");
    }

    @Override
    public CompletionStage<Change> install() {
        return commands.onEffects(this::write).minimalCompletionStage();
    }

    private Change write() throws IOException {
        Optional<String> is = ServiceFiles.read(file());
        boolean same = is.isPresent() && is.get().equals(definition());
        Optional<String> problem = ServiceFiles.whyNot(folder, user);
        if (problem.isEmpty() && is.isPresent() && !same && !replaces) {
            problem = Optional.of(file() + " is there and says something else: uninstall it first, or call replace()");
        }
        if (problem.isPresent()) {
            throw new ServiceException(name + " is not installed: " + problem.get(), false, null);
        }
        ServiceFiles.tell(folder, file().toString()); // first: by it the name is found again if we die here
        ServiceFiles.copyScript(folder);
        ServiceFiles.makeFolder(folder, "_diag");
        if (same) {
            return Change.UNCHANGED;
        }
        ServiceFiles.replace(file(), definition(), "rw-r--r--");
        return is.isPresent() ? Change.REPLACED : Change.INSTALLED;
    }

    @Override
    public CompletionStage<ServiceStatus> start() {
        return toldTo("kickstart", target());
    }

    @Override
    public CompletionStage<ServiceStatus> restart() {
        return toldTo("kickstart", "-k", target());
    }

    /** One that launchd does not know is made known, and starts by that. */
    private CompletionStage<ServiceStatus> toldTo(String... verb) {
        return print().thenCompose(known ->
                        known.isSuccess() ? launchctl(verb) : launchctl("bootstrap", "system", file().toString()))
                .thenApply(this::orThrow)
                .thenCompose(done -> show())
                .minimalCompletionStage();
    }

    @Override
    public CompletionStage<ServiceStatus> stop() {
        return bootOut().thenCompose(done -> show()).minimalCompletionStage();
    }

    private CompletableFuture<ServiceCommands.Result> bootOut() {
        return print().thenCompose(known -> known.isSuccess()
                ? launchctl("bootout", target()).thenApply(this::orThrow)
                : CompletableFuture.completedFuture(known));
    }

    private ServiceCommands.Result orThrow(ServiceCommands.Result result) {
        return result.orThrow("run it as root, and see " + logHint());
    }

    @Override
    public CompletionStage<ServiceStatus> status() {
        return show().minimalCompletionStage();
    }

    private CompletableFuture<ServiceStatus> show() {
        return print().thenCompose(known -> commands.onEffects(() -> status(known)));
    }

    private ServiceStatus status(ServiceCommands.Result known) {
        if (!known.isSuccess()) {
            boolean there = Files.exists(file());
            return status(
                    there ? ServiceStatus.State.STOPPED : ServiceStatus.State.NOT_INSTALLED,
                    there ? "not loaded" : "no property list",
                    OptionalInt.empty(),
                    OptionalLong.empty());
        }
        String state = "";
        OptionalInt exit = OptionalInt.empty();
        OptionalLong pid = OptionalLong.empty();
        for (Matcher line = LINE.matcher(known.output()); line.find(); ) {
            String value = line.group(2);
            if (line.group(1).equals("state") && state.isEmpty()) { // the first is the service's, the others its parts'
                state = value;
            } else if (line.group(1).equals("pid") && pid.isEmpty() && value.matches("[0-9]{1,9}")) {
                pid = OptionalLong.of(Long.parseLong(value));
            } else if (line.group(1).equals("last exit code") && value.matches("[0-9]{1,9}.*")) {
                exit = OptionalInt.of(Integer.parseInt(value.replaceFirst("[^0-9].*", "")));
            }
        }
        boolean failed = exit.orElse(0) != 0;
        ServiceStatus.State is = state.equals("running")
                ? ServiceStatus.State.RUNNING
                : failed ? ServiceStatus.State.FAILED : ServiceStatus.State.STOPPED;
        return status(is, state.isEmpty() ? "state not told" : state, exit, pid);
    }

    private ServiceStatus status(ServiceStatus.State state, String detail, OptionalInt exit, OptionalLong pid) {
        return new ServiceStatus(name, state, detail, exit, OptionalInt.empty(), user, pid, logHint());
    }

    private String logHint() {
        return "tail " + folder.resolve("_diag").resolve(LOG);
    }

    private String target() {
        return "system/" + name;
    }

    private CompletableFuture<ServiceCommands.Result> print() {
        return launchctl("print", target());
    }

    private CompletableFuture<ServiceCommands.Result> launchctl(String... arguments) {
        List<String> line = new ArrayList<>(launchctl);
        line.addAll(Arrays.asList(arguments));
        return commands.run(line, STOPPING.plus(ServiceCommands.USUAL));
    }

    @Override
    public CompletionStage<List<String>> logs(int lines) {
        return commands.onEffects(() -> ServiceLog.tail(folder.resolve("_diag"), LOG, lines))
                .minimalCompletionStage();
    }

    @Override
    public CompletionStage<Boolean> uninstall() {
        return takeAway().minimalCompletionStage();
    }

    private CompletableFuture<Boolean> takeAway() {
        return bootOut()
                .thenCompose(out -> commands.onEffects(() -> {
                    boolean was = Files.deleteIfExists(file());
                    Files.deleteIfExists(folder.resolve(ServiceName.FILE));
                    return was || out.isSuccess();
                }));
    }

    @Override
    public CompletionStage<Void> remove(RunnerToken token) {
        List<String> command = "root".equals(System.getProperty("user.name"))
                ? List.of(su, "-m", user, "-c", "exec ./config.sh remove")
                : List.of(folder.resolve("config.sh").toString(), "remove");
        return takeAway()
                .thenCompose(gone -> ServiceRemoval.run(commands, command, folder, token))
                .minimalCompletionStage();
    }

    /** {@return its name} */
    @Override
    public String toString() {
        return "LaunchdService[" + name + "]";
    }

    /** Builds a {@link LaunchdService}. Not thread-safe. */
    public static final class Builder {
        private final Path folder;
        private final String user;
        private @Nullable Scheduler scheduler;
        private List<String> launchctl = List.of("launchctl");
        private String su = "su";
        private Path daemons = Path.of("/Library/LaunchDaemons");
        private boolean replaces;

        private Builder(Path folder, String user) {
            this.folder = folder.toAbsolutePath().normalize();
            this.user = ServiceAccount.checked(user);
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
         * The program that launchd is told by.
         *
         * @param line its name or path, and what goes before its verb; default {@code launchctl}
         * @return this
         */
        public Builder launchctl(String... line) {
            launchctl = List.of(line);
            return this;
        }

        /** For tests: what runs a script as another user. */
        Builder su(String program) {
            su = program;
            return this;
        }

        /**
         * Where property lists are.
         *
         * @param value a folder; default {@code /Library/LaunchDaemons}
         * @return this
         */
        public Builder daemons(Path value) {
            daemons = value.toAbsolutePath().normalize();
            return this;
        }

        /**
         * Lets {@link LaunchdService#install} replace a property list that says something else.
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
         * @throws IllegalArgumentException if the user is root, a setting is missing, or the folder's name cannot be
         *     written down
         * @throws ServiceException if the folder is not that of a configured runner
         */
        public LaunchdService build() {
            if (scheduler == null) {
                throw new IllegalArgumentException("scheduler(...) is missing");
            }
            if (user.equals("root")) {
                throw new IllegalArgumentException("as root, so would be every job: name a user made for the runner");
            }
            if (folder.toString().matches("(?s).*\\p{Cntrl}.*")) {
                throw new IllegalArgumentException("the folder's name must be without control characters");
            }
            String name = ServiceName.of(folder, ServiceName.Rules.UNIX, "", scheduler.random());
            return new LaunchdService(this, name, scheduler);
        }
    }
}
