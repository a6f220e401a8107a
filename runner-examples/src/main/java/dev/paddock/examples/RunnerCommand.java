package dev.paddock.examples;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** The official runner on this host. */
@Command(
        name = "runner",
        mixinStandardHelpOptions = true,
        description = "The official runner on this host.",
        subcommands = {RunnerInstallCommand.class, RunnerDoctorCommand.class})
final class RunnerCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        System.err.println("say what: runner install, or runner doctor");
        return 2;
    }
}
