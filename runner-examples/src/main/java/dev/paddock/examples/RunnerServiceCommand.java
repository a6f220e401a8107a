package dev.paddock.examples;

import dev.paddock.ByteSize;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.github.runner.RunnerService;
import dev.paddock.github.runner.ServiceException;
import dev.paddock.github.runner.ServiceStatus;
import dev.paddock.github.runner.SystemdService;
import dev.paddock.github.runner.WindowsService;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A configured runner, or a program that runs a fleet, as a service of this host. */
@Command(
        name = "service",
        mixinStandardHelpOptions = true,
        description = "Keeps a runner, or a program, as a service of this host. Exit code: 0 done, and with status: it"
                + " runs; 1 refused, or it does not run; 2 wrong usage.")
final class RunnerServiceCommand implements Callable<Integer> {
    /** Whose device files a job sees. */
    enum Devices {
        nvidia,
        amd,
        none;

        List<String> rules() {
            return switch (this) {
                case nvidia -> SystemdService.NVIDIA;
                case amd -> SystemdService.AMD;
                case none -> List.of();
            };
        }
    }

    /** Which service, as each verb takes it. */
    static final class Target {
        @Parameters(index = "0", paramLabel = "FOLDER", description = "The runner's folder, or the program's.")
        private @Nullable Path folder;

        @Parameters(
                index = "1..*",
                paramLabel = "WORD",
                description = "The program that runs a fleet, by its absolute path, and its arguments; without them it"
                        + " is the folder's runner.")
        private List<String> program = List.of();

        @Option(names = "--user", paramLabel = "USER", description = "Whom it runs as; by default whose the folder is.")
        private @Nullable String user;

        @Option(names = "--name", paramLabel = "NAME", description = "What it is called; by default the runner's name.")
        private @Nullable String name;

        @Option(names = "--units", paramLabel = "FOLDER", description = "Where units are; ${DEFAULT-VALUE} by default.")
        private Path units = Path.of("/etc/systemd/system");

        @Option(
                names = "--systemctl",
                paramLabel = "WORDS",
                split = " ",
                description = "The program to ask, such as \"sudo -n systemctl\"; ${DEFAULT-VALUE} by default.")
        private String[] systemctl = {"systemctl"};

        @Option(
                names = "--journalctl",
                paramLabel = "WORDS",
                split = " ",
                description = "The program that reads the journal; ${DEFAULT-VALUE} by default.")
        private String[] journalctl = {"journalctl"};

        RunnerService service(Scheduler scheduler, Function<SystemdService.Builder, SystemdService.Builder> more)
                throws IOException {
            Path where = java.util.Objects.requireNonNull(folder);
            RunnerPlatform platform = RunnerPlatform.current();
            if (!platform.os().equals("linux")) {
                String account = platform.os().equals("win") ? WindowsService.ACCOUNTS.get(0) : owner(where);
                return RunnerService.forPlatform(platform, where, user == null ? account : user, scheduler);
            }
            String account = user == null ? owner(where) : user;
            SystemdService.Builder builder = program.isEmpty()
                    ? SystemdService.forRunner(where, account)
                    : SystemdService.forProgram(where, account, program);
            if (name != null) {
                builder.name(name);
            }
            return more.apply(builder.scheduler(scheduler)
                            .units(units)
                            .systemctl(systemctl)
                            .journalctl(journalctl))
                    .build();
        }

        private static String owner(Path folder) throws IOException {
            try {
                return Files.getOwner(folder).getName();
            } catch (IOException missing) {
                throw new IllegalArgumentException("there is no folder " + folder, missing);
            }
        }
    }

    @Override
    public Integer call() {
        System.err.println("say what: runner service install, start, stop, restart, status, logs, or uninstall");
        return 2;
    }

    private interface Verb {
        int with(RunnerService service) throws IOException;
    }

    private static int run(Target target, Function<SystemdService.Builder, SystemdService.Builder> more, Verb verb)
            throws IOException {
        try (var scheduler = Scheduler.system("service")) {
            return verb.with(target.service(scheduler, more));
        } catch (ServiceException refused) {
            System.err.println(refused.getMessage());
            return 1;
        }
    }

    private static int changed(Target target, Function<RunnerService, CompletionStage<ServiceStatus>> verb)
            throws IOException {
        return run(target, Function.identity(), service -> {
            System.out.println(await(verb.apply(service)));
            return 0;
        });
    }

    private static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw failed;
        }
    }

    @Command(
            name = "install",
            mixinStandardHelpOptions = true,
            description = "Installs it, so that it starts at the next boot. Needs root.")
    int install(
            @Mixin Target target,
            @Option(names = "--print", description = "Print what would be installed, and install nothing.")
                    boolean print,
            @Option(names = "--replace", description = "Replace a unit of the folder that says something else.")
                    boolean replace,
            @Option(
                            names = "--devices",
                            defaultValue = "nvidia",
                            description = "Which GPUs jobs may use: ${COMPLETION-CANDIDATES}.")
                    Devices devices,
            @Option(
                            names = "--group",
                            paramLabel = "GROUP",
                            description = "A group for the devices; may be given again. By default video and render.")
                    @Nullable
                    List<String> groups,
            @Option(names = "--processors", paramLabel = "N", description = "At most so many, such as 2.5.") @Nullable
                    Double processors,
            @Option(names = "--memory", paramLabel = "SIZE", description = "At most so much, such as 16GiB.") @Nullable
                    ByteSize memory,
            @Option(names = "--tasks", paramLabel = "N", description = "At most so many processes and threads.")
                    @Nullable
                    Integer tasks,
            @Option(names = "--writable", paramLabel = "FOLDER", description = "May be written to besides its own.")
                    @Nullable
                    List<Path> writable,
            @Option(
                            names = "--directive",
                            paramLabel = "KEY=VALUE",
                            description = "A line of the unit's own, such as RestrictNamespaces=no.")
                    @Nullable
                    Map<String, String> directives,
            @Option(names = "--leave-runners", description = "A fleet's runners outlive its program.")
                    boolean leaveRunners,
            @Option(names = "--allow-privileged-user", description = "Allow root, or a user who can become root.")
                    boolean privileged)
            throws IOException {
        Function<SystemdService.Builder, SystemdService.Builder> settings = builder -> {
            builder.devices(devices.rules());
            given(groups, builder::groups);
            given(processors, builder::processors);
            given(memory, builder::memory);
            given(tasks, builder::tasks);
            given(writable, builder::writable);
            new LinkedHashMap<>(directives == null ? Map.of() : directives).forEach(builder::directive);
            given(replace ? "" : null, yes -> builder.replace());
            given(leaveRunners ? "" : null, yes -> builder.leaveRunners());
            given(privileged ? "" : null, yes -> builder.allowPrivilegedUser());
            return builder;
        };
        return run(target, settings, service -> {
            if (print) {
                System.out.print(service.definition());
            } else {
                System.out.println(service.name() + ": " + await(service.install()));
            }
            return 0;
        });
    }

    private static <T> void given(@Nullable T value, Consumer<T> setting) {
        if (value != null) {
            setting.accept(value);
        }
    }

    @Command(name = "start", mixinStandardHelpOptions = true, description = "Starts it, unless it runs.")
    int start(@Mixin Target target) throws IOException {
        return changed(target, RunnerService::start);
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            description = "Stops it, and waits for that. A job that runs is cancelled.")
    int stop(@Mixin Target target) throws IOException {
        return changed(target, RunnerService::stop);
    }

    @Command(
            name = "restart",
            mixinStandardHelpOptions = true,
            description = "Stops it and starts it. A job that runs is cancelled.")
    int restart(@Mixin Target target) throws IOException {
        return changed(target, RunnerService::restart);
    }

    @Command(name = "status", mixinStandardHelpOptions = true, description = "Tells how it is. Exit code 0 if it runs.")
    int status(@Mixin Target target) throws IOException {
        return run(target, Function.identity(), service -> {
            ServiceStatus status = await(service.status());
            System.out.println(status);
            return status.isRunning() ? 0 : 1;
        });
    }

    @Command(name = "logs", mixinStandardHelpOptions = true, description = "Prints the end of its log.")
    int logs(
            @Mixin Target target,
            @Option(names = "--lines", paramLabel = "N", defaultValue = "50", description = "At most so many.")
                    int lines)
            throws IOException {
        return run(target, Function.identity(), service -> {
            for (String line : await(service.logs(lines))) {
                System.out.println(line.replaceAll("[\\p{Cntrl}&&[^\t]]", "?")); // jobs write there
            }
            return 0;
        });
    }

    @Command(
            name = "uninstall",
            mixinStandardHelpOptions = true,
            description = "Stops it and takes it from the service manager. Needs root.")
    int uninstall(@Mixin Target target) throws IOException {
        return run(target, Function.identity(), service -> {
            System.out.println(
                    service.name() + ": " + (await(service.uninstall()) ? "uninstalled" : "was not installed"));
            return 0;
        });
    }
}
