package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.rest.RunnerToken;
import dev.paddock.testkit.StandInRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;

/** Folders of runners as people make them: the official package's scripts, with a stand-in as listener. */
final class InstalledFolder {
    private InstalledFolder() {}

    static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/bash\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    static Path empty(Path folder) throws IOException {
        Files.createDirectories(folder);
        return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }

    /** As the official package's: run.sh hands SIGTERM on as SIGINT if it was told to trap signals. */
    static Path installed(Path folder) throws IOException {
        empty(folder);
        String command = String.join("' '", StandInRunner.command());
        script(folder.resolve("bin/Runner.Listener"), "exec '" + command + "' \"$@\"");
        script(folder.resolve("config.sh"), """
                echo "${1#--} ${#ACTIONS_RUNNER_INPUT_TOKEN}" >> config-calls
                env > env-of-config
                [ "$1" = remove ] && exec ./bin/Runner.Listener configure "$@"
                [ ! -e ../fail-config ] || { echo "no luck with $ACTIONS_RUNNER_INPUT_TOKEN"; exit 1; }
                exec ./bin/Runner.Listener configure "$@\"""");
        script(folder.resolve("run.sh"), """
                env > env-of-run
                set -m
                [ "$RUNNER_MANUALLY_TRAP_SIG" = 1 ] && trap 'kill -INT -$listener' TERM
                ./bin/Runner.Listener run & listener=$!
                wait $listener
                trap - TERM
                wait $listener""");
        return folder;
    }

    static Path configured(Path folder, RunnerToken token, String url, String runner, String labels)
            throws IOException, InterruptedException {
        installed(folder);
        var config = new ProcessBuilder(
                        folder.resolve("config.sh").toString(),
                        "--unattended",
                        "--url",
                        url,
                        "--name",
                        runner,
                        "--labels",
                        labels,
                        "--no-default-labels",
                        "--work",
                        "_work")
                .directory(folder.toFile());
        config.environment().put("ACTIONS_RUNNER_INPUT_TOKEN", token.token());
        Process process = config.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS) ? process.exitValue() : -1)
                .as(said)
                .isZero();
        Files.delete(folder.resolve("config-calls"));
        return folder;
    }
}
