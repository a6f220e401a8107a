package dev.paddock.examples;

import dev.paddock.github.runner.GitHubChecks;
import dev.paddock.host.HostDoctor;
import dev.paddock.host.HostReport;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whether runners of a GitHub can run on this host. */
@Command(
        name = "doctor",
        description = "Examines this host, the way to GitHub, what the credentials may do, the runner and its service."
                + " Exit code: 0 fit, 1 unfit, 2 wrong usage.")
final class RunnerDoctorCommand implements Callable<Integer> {
    @Mixin
    private RunnerAccess access = new RunnerAccess();

    @Option(
            names = "--root",
            paramLabel = "DIR",
            description =
                    "The folder of a runner: its version and its service are examined too. Its volume is measured,"
                            + " without it that of the folder one is in.")
    private @Nullable Path root;

    @Option(names = "--json", description = "Print the report as JSON.")
    private boolean json;

    @Option(
            names = "--preset",
            description = "What is required of the host: ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
    private HostCommand.Preset preset = HostCommand.Preset.minimal;

    @Option(
            names = "--group",
            paramLabel = "NAME",
            description = "The runner group, where the URL is an organization's; the default group unless given.")
    private @Nullable String group;

    @Option(names = "--refuse-public", description = "A public repository makes the host unfit.")
    private boolean refusePublic;

    @Option(
            names = "--variable",
            paramLabel = "NAME",
            description = "Also tell this variable, such as ENABLE_GPU_SMOKE. May be given again.")
    private List<String> variables = new ArrayList<>();

    @Override
    public Integer call() {
        try (var scheduler = Scheduler.system("doctor")) {
            RunnerAccess.Open open = access.open(scheduler);
            GitHubChecks.Builder checks = GitHubChecks.builder(open.github())
                    .httpClient(open.http())
                    .scheduler(scheduler)
                    .installer(open.installer());
            Path work = Path.of("").toAbsolutePath();
            if (root != null) {
                checks.runnerFolder(root);
                work = root.toAbsolutePath();
            }
            if (group != null) {
                checks.runnerGroup(group);
            }
            if (refusePublic) {
                checks.refusePublicRepositories();
            }
            variables.forEach(checks::addVariable);
            HostDoctor.Builder doctor = HostDoctor.builder(preset.requirements(), work);
            checks.build().forEach(doctor::addCheck);
            HostReport report = doctor.build().examine();
            System.out.print(json ? report.json() + System.lineSeparator() : report.text());
            return report.exitCode();
        } catch (IOException wrong) {
            System.err.println(wrong.getMessage());
            return 2;
        }
    }
}
