package dev.paddock.examples;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** GitHub's runner on this host. */
@Command(
        name = "runner",
        mixinStandardHelpOptions = true,
        description = "GitHub's runner on this host.",
        subcommands = {
            RunnerInstallCommand.class,
            RunnerDoctorCommand.class,
            RunnerServiceCommand.class,
            RunnerReconfigureCommand.class,
            RunnerCleanCommand.class
        })
final class RunnerCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        System.err.println("say what: runner install, doctor, service, reconfigure, or clean");
        return 2;
    }
}
