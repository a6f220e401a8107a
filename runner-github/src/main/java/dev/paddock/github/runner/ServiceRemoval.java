package dev.paddock.github.runner;

import dev.paddock.github.rest.RunnerToken;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Has the runner's own script remove its registration. */
final class ServiceRemoval {
    private static final Duration LONGEST = Duration.ofMinutes(3);

    private ServiceRemoval() {}

    static CompletableFuture<@Nullable Void> run(
            ServiceCommands commands, List<String> command, Path folder, RunnerToken token) {
        return commands.run(
                        command,
                        Map.of("ACTIONS_RUNNER_INPUT_TOKEN", token.token(), "ACTIONS_RUNNER_INPUT_UNATTENDED", "true"),
                        folder,
                        LONGEST)
                .thenApply(result -> {
                    new ServiceCommands.Result(
                                    command,
                                    result.code(),
                                    SecretMask.of(token.token()).apply(result.output()))
                            .orThrow("the service is uninstalled and the runner still registered: mend that, and"
                                    + " remove it again with a fresh token");
                    return null;
                });
    }
}
