package dev.paddock.examples;

import dev.paddock.error.RefusedException;
import dev.paddock.error.RunnerException;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.github.runner.RunnerReconfiguration;
import dev.paddock.github.runner.RunnerService;
import dev.paddock.github.runner.SystemdService;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Registers the runner of a folder anew. */
@Command(
        name = "reconfigure",
        description = "Registers the runner of a folder anew: with other labels, another group or name, or because its"
                + " registration is gone. A runner with a job is refused. Its service is uninstalled before, and installed"
                + " again. Exit code: 0 done, 1 it broke off: do it again, 2 refused, and nothing was changed.")
final class RunnerReconfigureCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FOLDER", description = "The runner's folder.")
    private @Nullable Path folder;

    @Mixin
    private RunnerAccess access = new RunnerAccess();

    @Option(
            names = "--labels",
            paramLabel = "LABEL",
            split = ",",
            description = "Exactly the labels it is to have, with commas between them; by default those it has.")
    private List<String> labels = List.of();

    @Option(names = "--name", paramLabel = "NAME", description = "What it is to be called; by default as before.")
    private @Nullable String name;

    @Option(names = "--group", paramLabel = "GROUP", description = "Its runner group; by default the default one.")
    private @Nullable String group;

    @Option(names = "--units", paramLabel = "FOLDER", description = "Where units are; ${DEFAULT-VALUE} by default.")
    private Path units = Path.of("/etc/systemd/system");

    @Option(
            names = "--systemctl",
            paramLabel = "WORDS",
            split = " ",
            description = "The program to ask, such as \"sudo -n systemctl\"; ${DEFAULT-VALUE} by default.")
    private String[] systemctl = {"systemctl"};

    @Override
    public Integer call() throws IOException {
        Path where = Objects.requireNonNull(folder).toAbsolutePath().normalize();
        try (var scheduler = Scheduler.system("reconfigure")) {
            checkService(where, scheduler);
            RunnerReconfiguration.Builder wanted = RunnerReconfiguration.builder(
                            where, access.open(scheduler).github(), scheduler)
                    .service(() -> service(where, scheduler));
            if (!labels.isEmpty()) {
                wanted.labels(labels);
            }
            if (name != null) {
                wanted.name(name);
            }
            if (group != null) {
                wanted.group(group);
            }
            RunnerReconfiguration.Outcome done =
                    wanted.build().run().toCompletableFuture().join();
            System.out.println(GitHubOptions.shown("registered " + done.name() + " with labels "
                    + String.join(",", done.labels())
                    + (done.replaced() ? ", in place of a registration of its name that was offline" : "")
                    + (done.service()
                            ? "; its service is installed again" + (done.running() ? " and runs" : "")
                            : "")));
            return 0;
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof RunnerException known) {
                System.err.println(GitHubOptions.shown(known.getMessage()));
                return known instanceof RefusedException ? 2 : 1;
            }
            throw failed;
        }
    }

    /** A unit that was installed with other settings would lose them. */
    private void checkService(Path where, Scheduler scheduler) throws IOException {
        if (Files.exists(where.resolve(".service")) && service(where, scheduler) instanceof SystemdService unit) {
            if (Files.exists(unit.file()) && !Files.readString(unit.file()).equals(unit.definition())) {
                throw new IllegalStateException(
                        unit.file() + " has settings of its own, which would be lost: uninstall it"
                                + " by runner service uninstall, do this, and install it again with them");
            }
        }
    }

    private RunnerService service(Path where, Scheduler scheduler) {
        String owner;
        try {
            owner = Files.getOwner(where).getName();
        } catch (IOException gone) {
            throw new IllegalArgumentException("there is no folder " + where, gone);
        }
        RunnerPlatform platform = RunnerPlatform.current();
        return platform.os().equals("linux")
                ? SystemdService.forRunner(where, owner)
                        .scheduler(scheduler)
                        .units(units)
                        .systemctl(systemctl)
                        .build()
                : RunnerService.forPlatform(platform, where, owner, scheduler);
    }
}
