package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import dev.paddock.github.rest.RunnerToken;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done with a unit of systemd, and how. */
final class SystemdUnit {
    /** In the runner's folder: jobs find an empty home of their own here; the user's is hidden from them. */
    static final String HOME = "_home";

    private static final Logger LOG = LoggerFactory.getLogger(SystemdUnit.class);

    private final Settings settings;
    private final Programs programs;
    private final ServiceCommands commands;
    private final String name;

    /** What the unit's text is made of. */
    record Settings(
            Path folder,
            String user,
            String description,
            List<String> command,
            boolean isRunner,
            boolean leavesRunners,
            String home,
            List<Path> writable,
            List<String> devices,
            List<String> groups,
            OptionalInt cpuPercent,
            Optional<ByteSize> memory,
            int tasks,
            Duration stopTimeout,
            Map<String, String> directives) {}

    /** How the host is asked, and what is allowed. */
    record Programs(
            List<String> systemctl,
            List<String> journalctl,
            String id,
            String getent,
            Path units,
            boolean replaces,
            boolean privileged) {}

    SystemdUnit(String name, Settings settings, Programs programs, Scheduler scheduler) {
        this.name = name;
        this.settings = settings;
        this.programs = programs;
        this.commands = new ServiceCommands(scheduler);
    }

    String text() {
        return new UnitText(settings).text();
    }

    Path file() {
        return programs.units().resolve(name);
    }

    // ---- verbs -----------------------------------------------------------------------------------------------

    CompletionStage<RunnerService.Change> install() {
        return check().thenCompose(checked -> commands.onEffects(this::write))
                .thenCompose(change -> systemctl("see what it says of the unit", "daemon-reload")
                        .thenCompose(reloaded -> systemctl("see what it says of the unit", "enable", name))
                        .thenApply(enabled -> {
                            LOG.info("{}: {}", name, change);
                            return change;
                        }))
                .minimalCompletionStage();
    }

    private CompletableFuture<List<String>> check() {
        ServiceAccount account = new ServiceAccount(commands, programs.id(), programs.getent(), settings.user());
        return systemctl(
                        "this host has no systemd that answers: start the runner with LocalRunnerProvider, or in a"
                                + " container",
                        "show",
                        "--property=Version")
                .thenCompose(there -> account.problems(programs.privileged()))
                .thenCompose(problems -> account.missing(settings.groups()).thenApply(more -> joined(problems, more)))
                .thenCompose(problems -> commands.onEffects(() -> joined(problems, files())))
                .thenApply(problems -> {
                    if (!problems.isEmpty()) {
                        throw new ServiceException(
                                name + " is not installed: " + String.join("; ", problems), false, null);
                    }
                    return problems;
                });
    }

    private static List<String> joined(List<String> some, List<String> more) {
        List<String> all = new ArrayList<>(some);
        all.addAll(more);
        return all;
    }

    private List<String> files() throws IOException {
        List<String> problems = new ArrayList<>();
        ServiceFiles.whyNot(settings.folder(), settings.user()).ifPresent(problems::add);
        if (settings.isRunner()
                && !Files.exists(settings.folder().resolve("runsvc.sh"))
                && !Files.exists(settings.folder().resolve("bin/runsvc.sh"))) {
            problems.add(settings.folder() + " has no bin/runsvc.sh: install the runner's package there");
        }
        if (!Files.isWritable(programs.units())) {
            problems.add("this user may not write to " + programs.units() + ": run it as root");
        }
        Optional<String> is = ServiceFiles.read(file());
        if (is.isPresent() && !is.get().equals(text())) {
            if (!isOurs(is.get())) {
                problems.add(file() + " is a unit of another folder: see whose it is, or register the runner under"
                        + " another name");
            } else if (!programs.replaces()) {
                problems.add(file() + " is there and says something else: uninstall it first, or call replace()");
            }
        }
        return problems;
    }

    /** Units of the runner's own installer have such a line, too. */
    private boolean isOurs(String unit) {
        String folder = settings.folder().toString();
        return unit.lines()
                .filter(line -> line.startsWith("WorkingDirectory="))
                .map(line -> line.substring("WorkingDirectory=".length()))
                .anyMatch(path -> path.equals(folder) || path.equals(UnitText.specifiers(folder)));
    }

    private RunnerService.Change write() throws IOException {
        if (settings.isRunner()) {
            ServiceFiles.tell(settings.folder(), name); // first: by it the name is found again if we die here
            ServiceFiles.copyScript(settings.folder());
            ServiceFiles.makeFolder(settings.folder(), HOME);
        }
        Optional<String> is = ServiceFiles.read(file());
        if (is.isPresent() && is.get().equals(text())) {
            return RunnerService.Change.UNCHANGED;
        }
        ServiceFiles.replace(file(), text(), "rw-r--r--");
        return is.isPresent() ? RunnerService.Change.REPLACED : RunnerService.Change.INSTALLED;
    }

    CompletionStage<ServiceStatus> start() {
        return changed("start", ServiceCommands.USUAL.multipliedBy(4));
    }

    CompletionStage<ServiceStatus> stop() {
        return changed("stop", stopDeadline());
    }

    CompletionStage<ServiceStatus> restart() {
        return changed("restart", stopDeadline());
    }

    private Duration stopDeadline() {
        return settings.stopTimeout().plus(ServiceCommands.USUAL);
    }

    private CompletionStage<ServiceStatus> changed(String verb, Duration deadline) {
        return commands.run(line(programs.systemctl(), verb, name), deadline)
                .thenApply(result -> result.orThrow("see " + logHint()))
                .thenCompose(done -> show())
                .minimalCompletionStage();
    }

    CompletionStage<ServiceStatus> status() {
        return show().minimalCompletionStage();
    }

    private CompletableFuture<ServiceStatus> show() {
        return systemctl(
                        "nothing is known of " + name,
                        "show",
                        name,
                        "--property=LoadState,ActiveState,SubState,Result,ExecMainStatus,NRestarts,User,MainPID")
                .thenApply(result -> UnitStatus.of(name, result.output(), logHint()));
    }

    private String logHint() {
        return "journalctl -u " + name;
    }

    CompletionStage<List<String>> logs(int lines) {
        if (lines < 1 || lines > 10_000) {
            throw new IllegalArgumentException("from 1 to 10000 lines of a log can be had: " + lines);
        }
        return commands.run(line(
                        programs.journalctl(),
                        "--unit=" + name,
                        "--lines=" + lines,
                        "--no-pager",
                        "--quiet",
                        "--output=short-iso"))
                .thenApply(result -> result.orThrow("run it as root, or as a user of the group systemd-journal")
                        .output()
                        .lines()
                        .toList())
                .minimalCompletionStage();
    }

    CompletionStage<Boolean> uninstall() {
        return takeAway().minimalCompletionStage();
    }

    private CompletableFuture<Boolean> takeAway() {
        return commands.onEffects(() -> ServiceFiles.read(file())).thenCompose(unit -> {
            if (unit.isPresent() && !isOurs(unit.get())) {
                throw new ServiceException(
                        file() + " is a unit of another folder than " + settings.folder() + " and is left alone: see"
                                + " whose it is",
                        false,
                        null);
            }
            return show().thenCompose(status -> unit.isEmpty() && !status.isInstalled()
                    ? commands.onEffects(() -> forget(false))
                    : takeAway(unit.isPresent()));
        });
    }

    private CompletableFuture<Boolean> takeAway(boolean hasFile) {
        String wayOut = "the service is left as it is; see " + logHint();
        CompletableFuture<ServiceCommands.Result> stopped = commands.run(
                        line(programs.systemctl(), "stop", name), stopDeadline())
                .thenApply(result -> result.orThrow(wayOut));
        return (hasFile ? stopped.thenCompose(done -> systemctl(wayOut, "disable", name)) : stopped)
                .thenCompose(disabled -> commands.onEffects(() -> Files.deleteIfExists(file())))
                .thenCompose(deleted -> systemctl("the unit's file is deleted already", "daemon-reload"))
                // A failed unit is remembered; one that has not failed is an error, and none of ours.
                .thenCompose(reloaded -> commands.run(line(programs.systemctl(), "reset-failed", name)))
                .thenCompose(reset -> commands.onEffects(() -> forget(true)));
    }

    private boolean forget(boolean was) throws IOException {
        if (settings.isRunner()) {
            Files.deleteIfExists(settings.folder().resolve(ServiceName.FILE));
        }
        if (was) {
            LOG.info("{}: uninstalled", name);
        }
        return was;
    }

    CompletionStage<Void> remove(RunnerToken token) {
        if (!settings.isRunner()) {
            return CompletableFuture.failedStage(
                    new IllegalStateException(name + " is no runner, so it has no registration: uninstall it"));
        }
        Path script = settings.folder().resolve("config.sh");
        return takeAway()
                .thenCompose(gone -> ServiceRemoval.run(
                        commands, ServiceAccount.as(settings.user(), script, "remove"), settings.folder(), token))
                .minimalCompletionStage();
    }

    private CompletableFuture<ServiceCommands.Result> systemctl(String wayOut, String... arguments) {
        return commands.run(line(programs.systemctl(), arguments)).thenApply(result -> result.orThrow(wayOut));
    }

    private static List<String> line(List<String> program, String... arguments) {
        List<String> line = new ArrayList<>(program);
        line.addAll(Arrays.asList(arguments));
        return line;
    }
}
