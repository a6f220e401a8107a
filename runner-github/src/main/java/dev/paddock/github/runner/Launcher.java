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

/** Starts the runner program: which file it is, with which environment, and where its output goes. */
final class Launcher {
    static final String JIT_CONFIG = "ACTIONS_RUNNER_INPUT_JITCONFIG";
    static final String RUNNER = "PADDOCK_RUNNER";
    static final String FOLDER = "PADDOCK_RUNNER_ROOT";

    /** Makes the program leader of a session of its own, so that Ctrl-C in the host's terminal does not reach it. */
    private static final List<Path> SETSID = List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid"));

    private static final File NOTHING = new File(File.separatorChar == '/' ? "/dev/null" : "NUL");

    private final LocalSettings settings;
    private final RunnerFiles files;

    Launcher(LocalSettings settings, RunnerFiles files) {
        this.settings = settings;
        this.files = files;
    }

    /** The variables that every process of a runner inherits, and no other process has both of. */
    Map<String, String> marks(RunnerId runner) {
        return Map.of(RUNNER, runner.value(), FOLDER, files.folder(runner).toString());
    }

    /** Starts the program in the runner's folder, which holds its log already, with what binds it to its place. */
    Process start(RunnerId runner, Map<String, String> place, String registration) throws IOException {
        ProcessBuilder process = prepare();
        process.environment().putAll(place);
        process.command(commandLine(program(runner, process.environment())));
        process.directory(files.folder(runner).toFile());
        process.environment().putAll(marks(runner));
        process.environment().put(JIT_CONFIG, registration);
        process.redirectInput(NOTHING);
        process.redirectErrorStream(true);
        process.redirectOutput(
                ProcessBuilder.Redirect.appendTo(files.log(runner).toFile()));
        return process.start();
    }

    /** Fails if there is no program to start. */
    void check(RunnerId runner) {
        program(runner, prepare().environment());
    }

    private ProcessBuilder prepare() {
        var process = new ProcessBuilder();
        process.environment().keySet().retainAll(settings.inherited());
        process.environment().putAll(settings.environment());
        return process;
    }

    private List<String> commandLine(Path program) {
        List<String> line = new ArrayList<>();
        SETSID.stream().filter(Files::isExecutable).findFirst().ifPresent(setsid -> line.add(setsid.toString()));
        line.add(program.toString());
        line.addAll(settings.command().subList(1, settings.command().size()));
        return line;
    }

    private Path program(RunnerId runner, Map<String, String> environment) {
        String name = settings.command().get(0);
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
