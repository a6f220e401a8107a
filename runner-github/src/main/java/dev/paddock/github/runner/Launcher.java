package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.error.ProvisioningException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Starts the runner program: which file it is, with which environment, and where its output goes. */
final class Launcher {
    static final String JIT_CONFIG = "ACTIONS_RUNNER_INPUT_JITCONFIG";
    static final String TOKEN = "ACTIONS_RUNNER_INPUT_TOKEN";
    static final String RUNNER = "PADDOCK_RUNNER";
    static final String FOLDER = "PADDOCK_RUNNER_ROOT";
    /** Without it the runner's own scripts refuse root; who has set it has decided that. */
    static final String AS_ROOT = "RUNNER_ALLOW_RUNASROOT";

    /** Makes run.sh hand SIGTERM on as SIGINT; without it the listener stays when the script goes. */
    static final String FORWARD_SIGNALS = "RUNNER_MANUALLY_TRAP_SIG";

    /** Makes the program leader of a session of its own, so that Ctrl-C in the host's terminal does not reach it. */
    private static final List<Path> SETSID = List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid"));

    /**
     * The official runner writes its key with whatever permissions are usual. A shell replaces itself by the program, so
     * the process is the same.
     */
    private static final Path SHELL = Path.of("/bin/sh");

    /**
     * A file that this JVM has written may be open for writing a little longer, in a child that was just forked and has
     * yet to close what it inherited; who starts it then is refused ("Text file busy"). A copy by another process is in
     * nobody's hands; that process need not know the registration. Such files come first, then "--", then the command.
     */
    private static final String RENEW = "(unset " + JIT_CONFIG + " " + TOKEN + "; while [ \"$1\" != -- ]; do"
            + " cp -p \"$1\" \"$1.own\" && mv -f \"$1.own\" \"$1\" || rm -f \"$1.own\"; shift; done);"
            + " while [ \"$1\" != -- ]; do shift; done; shift; ";

    private static final String PRIVATELY = "umask 077; " + RENEW + "exec \"$@\"";

    /** As {@link #PRIVATELY}, after the process has put itself into a group. */
    private static final String IN_A_GROUP = "echo 0 > \"$1/cgroup.procs\" || exit 1; shift; " + PRIVATELY;

    private static final File NOTHING = new File(File.separatorChar == '/' ? "/dev/null" : "NUL");

    private final LocalSettings settings;
    private final RunnerFiles files;
    private final LocalProgram program;
    private final Map<String, String> hooks;

    private final HostShares shares;

    Launcher(
            LocalSettings settings,
            RunnerFiles files,
            LocalProgram program,
            Map<String, String> hooks,
            HostShares shares) {
        this.settings = settings;
        this.shares = shares;
        this.files = files;
        this.program = program;
        this.hooks = hooks;
    }

    /** The variables that every process of a runner inherits, and no other process has both of. */
    Map<String, String> marks(RunnerId runner) {
        return marks(runner, files.folder(runner));
    }

    static Map<String, String> marks(RunnerId runner, Path folder) {
        return Map.of(RUNNER, runner.value(), FOLDER, folder.toString());
    }

    /** Starts the program in the runner's folder, which holds its log already, with what binds it to its place. */
    Process start(RunnerId runner, Place place, Optional<String> registration) throws IOException {
        ProcessBuilder process = prepare();
        HostShares.Grant grant = shares.grant(runner, place);
        process.environment().putAll(grant.environment());
        process.environment().putAll(place.environment());
        List<String> command = program.command(files.folder(runner));
        Path found = find(runner, command.get(0), process.environment());
        process.command(commandLine(found, command, grant.how(), program.written(files.folder(runner))));
        process.directory(files.folder(runner).toFile());
        process.environment().putAll(marks(runner));
        registration.ifPresent(secret -> process.environment().put(JIT_CONFIG, secret));
        process.redirectInput(NOTHING);
        process.redirectErrorStream(true);
        process.redirectOutput(
                ProcessBuilder.Redirect.appendTo(files.log(runner).toFile()));
        return process.start();
    }

    /** Asks the program to end: the listener as the official service host does, the script as it hands that on. */
    void ask(ProcessHandle process, Host host) {
        if (settings.launch() == ListenerLaunch.RUN_SH) {
            process.destroy();
        } else {
            Interrupt.send(
                    process,
                    host.processes(),
                    host.scheduler(),
                    settings.deadlines().interrupt());
        }
    }

    /**
     * Starts the script by which a runner registers itself, in the runner's folder, as it demands. What it finds in its
     * environment it keeps for the jobs; so that is the runner's without what binds it to its place. Its output is for
     * the caller to read.
     */
    Process configure(RunnerId runner, List<String> command, String token) throws IOException {
        ProcessBuilder process = prepare();
        Path script = executable(runner, Path.of(command.get(0)));
        process.command(commandLine(script, command, CpuBinder.Start.UNBOUND, program.written(files.folder(runner))));
        process.directory(files.folder(runner).toFile());
        process.environment().putAll(marks(runner));
        process.environment().put(TOKEN, token);
        process.redirectInput(NOTHING);
        process.redirectErrorStream(true);
        return process.start();
    }

    /** Whoever starts the listener some day, its jobs have the hooks: the runner reads them from this file too. */
    void completeEnvironment(RunnerId runner) throws IOException {
        JobHooks.addTo(files.folder(runner).resolve(".env"), hooks);
    }

    /** The same for a runner that people have installed: it keeps of this environment what is usual, and no more. */
    static Process configure(Path folder, List<String> command, String token) throws IOException {
        var process =
                new ProcessBuilder(commandLine(Path.of(command.get(0)), command, CpuBinder.Start.UNBOUND, List.of()));
        process.environment().keySet().removeIf(name -> !RunnerVariables.USUAL.contains(name) && !name.equals(AS_ROOT));
        process.environment().put(TOKEN, token);
        return process.directory(folder.toFile())
                .redirectInput(NOTHING)
                .redirectErrorStream(true)
                .start();
    }

    /** Fails if there is no program to start. */
    void check(RunnerId runner) {
        Optional<String> missing = program.whyNotReady();
        if (missing.isPresent()) {
            throw new ProvisioningException(runner, missing.get(), true, null);
        }
        if (program instanceof LocalProgram.Given given) {
            find(runner, given.line().get(0), prepare().environment());
        }
    }

    private ProcessBuilder prepare() {
        var process = new ProcessBuilder();
        process.environment().keySet().retainAll(settings.inherited());
        process.environment().putAll(settings.environment());
        if (settings.launch() == ListenerLaunch.RUN_SH) {
            process.environment().put(FORWARD_SIGNALS, "1");
        }
        process.environment().putAll(hooks);
        return process;
    }

    /** {@code written} are programs that this JVM has just written. */
    static List<String> commandLine(Path program, List<String> command, CpuBinder.Start how, List<Path> written) {
        List<String> line = new ArrayList<>();
        SETSID.stream().filter(Files::isExecutable).findFirst().ifPresent(setsid -> line.add(setsid.toString()));
        if (how.group().isPresent()) {
            line.addAll(List.of(
                    SHELL.toString(),
                    "-c",
                    IN_A_GROUP,
                    "runner",
                    how.group().get().toString()));
        } else if (Files.isExecutable(SHELL)) {
            line.addAll(List.of(SHELL.toString(), "-c", PRIVATELY, "runner"));
        }
        if (Files.isExecutable(SHELL)) {
            written.forEach(file -> line.add(file.toString()));
            line.add("--");
        }
        line.addAll(how.prefix());
        line.add(program.toString());
        line.addAll(command.subList(1, command.size()));
        return line;
    }

    private static Path find(RunnerId runner, String name, Map<String, String> environment) {
        if (name.indexOf(File.separatorChar) >= 0) {
            return executable(runner, Path.of(name));
        }
        String path = environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
        for (String directory : path.split(File.pathSeparator, -1)) {
            Path candidate =
                    Path.of(directory.isEmpty() ? "." : directory, name).toAbsolutePath();
            if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        throw new ProvisioningException(
                runner,
                "the runner program \"" + name + "\" is in no directory of PATH (" + path
                        + "); install it, or give LocalRunnerProvider.builder its absolute path",
                false,
                null);
    }

    private static Path executable(RunnerId runner, Path program) {
        if (!Files.isRegularFile(program)) {
            throw new ProvisioningException(
                    runner,
                    "the runner program " + program + (Files.exists(program) ? " is not a file" : " does not exist")
                            + "; install it there, or give LocalRunnerProvider.builder the path of one",
                    false,
                    null);
        }
        if (!Files.isExecutable(program)) {
            throw new ProvisioningException(
                    runner, "the runner program " + program + " is not executable; chmod +x it", false, null);
        }
        return program;
    }
}
