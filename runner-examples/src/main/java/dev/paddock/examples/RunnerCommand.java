package dev.paddock.examples;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** GitHub's runner on this host. */
@Command(
        name = "runner",
        mixinStandardHelpOptions = true,
        description = "GitHub's runner on this host.",
        subcommands = {RunnerServiceCommand.class})
final class RunnerCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        System.err.println("say what: runner service");
        return 2;
    }
}
