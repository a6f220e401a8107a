package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import dev.paddock.github.rest.RunnerToken;
import dev.paddock.spi.Scheduler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A unit of systemd that keeps its jobs from the rest of the host: a runner that is configured, or a program that runs a
 * fleet. What it forbids is in the unit's text; {@link Builder#directive} loosens it. Immutable; thread-safe.
 */
public final class SystemdService implements RunnerService {
    /** The device files of NVIDIA's GPUs, and those of graphics. */
    public static final List<String> NVIDIA = List.of("char-nvidia* rw", "char-drm rw");

    /** The device files of AMD's GPUs. */
    public static final List<String> AMD = List.of("char-kfd rw", "char-drm rw");

    /** What has settings of its own, or none. */
    private static final List<String> SETTLED = List.of("Environment", "ExecStart", "Type", "User", "WorkingDirectory");

    private final String name;
    private final SystemdUnit unit;

    private SystemdService(String name, SystemdUnit unit) {
        this.name = name;
        this.unit = unit;
    }

    /**
     * Begins the service of one runner, which {@code config.sh} has configured. It starts the runner's own {@code
     * runsvc.sh}, and is called what the runner calls it.
     *
     * @param folder the runner's folder
     * @param user whom it runs as, and whose the folder is
     * @return the builder
     */
    public static Builder forRunner(Path folder, String user) {
        return new Builder(folder, user, null);
    }

    /**
     * Begins the service of a program that runs a fleet. It is called {@code paddock.FOLDER.service} by the folder's last
     * name, may write to its folder alone, and is started again if it fails.
     *
     * @param folder its working directory, and its HOME
     * @param user whom it runs as, and whose the folder is
     * @param command the program by its absolute path, and its arguments; no secret, as every user of the host can read
     *     it
     * @return the builder
     */
    public static Builder forProgram(Path folder, String user, List<String> command) {
        return new Builder(folder, user, List.copyOf(command));
    }

    @Override
    public String name() {
        return name;
    }

    /** {@return the unit's text} */
    @Override
    public String definition() {
        return unit.text();
    }

    /** {@return where the unit is, once it is installed} */
    public Path file() {
        return unit.file();
    }

    /**
     * Checks the host, the user and the folder, writes the unit, and enables it. Needs the right to write to the folder
     * of units, which root has.
     *
     * @return fails, and has changed nothing, if anything speaks against it, or there is another unit of this name that
     *     {@link Builder#replace} does not allow to be replaced
     */
    @Override
    public CompletionStage<Change> install() {
        return unit.install();
    }

    @Override
    public CompletionStage<ServiceStatus> start() {
        return unit.start();
    }

    @Override
    public CompletionStage<ServiceStatus> stop() {
        return unit.stop();
    }

    @Override
    public CompletionStage<ServiceStatus> restart() {
        return unit.restart();
    }

    @Override
    public CompletionStage<ServiceStatus> status() {
        return unit.status();
    }

    /**
     * The end of what the journal has of it.
     *
     * @param lines at most so many, from 1 to 10 000
     * @return the oldest first; with a remark of the journal's own where this user may not see all
     */
    @Override
    public CompletionStage<List<String>> logs(int lines) {
        return unit.logs(lines);
    }

    @Override
    public CompletionStage<Boolean> uninstall() {
        return unit.uninstall();
    }

    /**
     * Uninstalls the service, then runs {@code config.sh remove} as its user.
     *
     * @param token GitHub's token to remove runners; it is given to the script's environment alone
     * @return fails with an IllegalStateException for a program that is no runner
     */
    @Override
    public CompletionStage<Void> remove(RunnerToken token) {
        return unit.remove(token);
    }

    /** {@return its name} */
    @Override
    public String toString() {
        return "SystemdService[" + name + "]";
    }

    /** Builds a {@link SystemdService}. Not thread-safe. */
    public static final class Builder {
        private final Path folder;
        private final String user;
        private final @Nullable List<String> command;
        private @Nullable Scheduler scheduler;
        private @Nullable String name;
        private boolean leavesRunners;
        private List<Path> writable = List.of();
        private List<String> devices = NVIDIA;
        private List<String> groups = List.of("video", "render");
        private OptionalInt cpuPercent = OptionalInt.empty();
        private Optional<ByteSize> memory = Optional.empty();
        private int tasks = 4096;
        private Duration stopTimeout = Duration.ofMinutes(5);
        private final Map<String, String> directives = new LinkedHashMap<>();
        private List<String> systemctl = List.of("systemctl");
        private List<String> journalctl = List.of("journalctl");
        private String id = "id";
        private String getent = "getent";
        private Path units = Path.of("/etc/systemd/system");
        private boolean replaces;
        private boolean privileged;

        private Builder(Path folder, String user, @Nullable List<String> command) {
            this.folder = folder.toAbsolutePath().normalize();
            this.user = ServiceAccount.checked(user);
            this.command = command;
        }

        /**
         * Time, and the threads that files are written on. Required; the caller closes it.
         *
         * @param value the scheduler
         * @return this
         */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /**
         * Calls the unit so, whatever the runner's own name for it is.
         *
         * @param value with or without {@code .service}
         * @return this
         * @throws ServiceException if it cannot be a unit's name
         */
        public Builder name(String value) {
            name = ServiceName.checked(
                    value.endsWith(".service") ? value : value + ".service", "the service was given the name");
            return this;
        }

        /**
         * For a program that runs a fleet: when it is stopped its runners are left as they are, to be taken up when it is
         * back, as with {@code ShutdownMode.LEAVE_RUNNING}. Otherwise they end with it.
         *
         * @return this
         */
        public Builder leaveRunners() {
            leavesRunners = true;
            return this;
        }

        /**
         * Lets it write to more than its own folder, such as to caches.
         *
         * @param paths absolute ones that are there
         * @return this
         */
        public Builder writable(List<Path> paths) {
            writable = List.copyOf(paths);
            return this;
        }

        /**
         * Which devices it may open, besides those every program may.
         *
         * @param values as in {@code DeviceAllow=}, such as {@link #NVIDIA}, which is the default, or {@link #AMD}; none
         *     hides all devices
         * @return this
         */
        public Builder devices(List<String> values) {
            devices = List.copyOf(values);
            return this;
        }

        /**
         * In which groups it is besides its user's, for its devices; without devices in none.
         *
         * @param values groups of this host; default {@code video} and {@code render}
         * @return this
         */
        public Builder groups(List<String> values) {
            groups = List.copyOf(values);
            return this;
        }

        /**
         * How much processor time it gets at most.
         *
         * @param count of processors, such as 2.5; from 0.01 to 10 000; no limit unless given
         * @return this
         */
        public Builder processors(double count) {
            if (!(count >= 0.01 && count <= 10_000)) {
                throw new IllegalArgumentException("processors must be from 0.01 to 10000: " + count);
            }
            cpuPercent = OptionalInt.of((int) Math.round(count * 100));
            return this;
        }

        /**
         * How much memory it gets at most; above it is ended.
         *
         * @param value at least 64 MiB; no limit unless given
         * @return this
         */
        public Builder memory(ByteSize value) {
            if (value.bytes() < 64L << 20) {
                throw new IllegalArgumentException("memory must be at least 64 MiB, for a runner to start: " + value);
            }
            memory = Optional.of(value);
            return this;
        }

        /**
         * How many processes and threads it may have.
         *
         * @param count from 64 on; default 4096
         * @return this
         */
        public Builder tasks(int count) {
            if (count < 64) {
                throw new IllegalArgumentException("tasks must be at least 64, for a runner to start: " + count);
            }
            tasks = count;
            return this;
        }

        /**
         * How long it may take to end before it is killed.
         *
         * @param value from 1 s to 1 h; default 5 min
         * @return this
         */
        public Builder stopTimeout(Duration value) {
            if (value.compareTo(Duration.ofSeconds(1)) < 0 || value.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException("stopTimeout must be from 1 s to 1 h: " + value);
            }
            stopTimeout = value;
            return this;
        }

        /**
         * Adds a line to the unit's section {@code [Service]}, or takes the place of those of that key, to loosen what is
         * forbidden: {@code directive("RestrictNamespaces", "no")} where jobs use containers of their own.
         *
         * @param key such as {@code RestrictNamespaces}
         * @param value goes there as it is
         * @return this
         */
        public Builder directive(String key, String value) {
            if (!key.matches("[A-Z][A-Za-z0-9]{1,60}") || SETTLED.contains(key)) {
                throw new IllegalArgumentException(
                        "a directive is a key of systemd's such as RestrictNamespaces, and none of " + SETTLED
                                + ", which are settled: \"" + key.replaceAll("\\p{Cntrl}", "?") + "\"");
            }
            if (value.matches("(?s).*\\p{Cntrl}.*") || value.endsWith("\\")) {
                throw new IllegalArgumentException("the value of " + key + " must be one line");
            }
            directives.put(key, value);
            return this;
        }

        /**
         * The program that asks the service manager.
         *
         * @param line its name or path, and what goes before its verb, such as {@code sudo -n systemctl}; default {@code
         *     systemctl}
         * @return this
         */
        public Builder systemctl(String... line) {
            systemctl = nonEmpty(line, "systemctl");
            return this;
        }

        /**
         * The program that reads the journal.
         *
         * @param line its name or path, and what goes before its options; default {@code journalctl}
         * @return this
         */
        public Builder journalctl(String... line) {
            journalctl = nonEmpty(line, "journalctl");
            return this;
        }

        private static List<String> nonEmpty(String[] line, String what) {
            if (line.length == 0) {
                throw new IllegalArgumentException(what + " needs at least the program's name");
            }
            return List.of(line);
        }

        /** For tests: what knows the users and groups. */
        Builder accounts(String idProgram, String getentProgram) {
            id = idProgram;
            getent = getentProgram;
            return this;
        }

        /**
         * Where units are.
         *
         * @param value a folder; default {@code /etc/systemd/system}
         * @return this
         */
        public Builder units(Path value) {
            units = value.toAbsolutePath().normalize();
            return this;
        }

        /**
         * Lets {@link SystemdService#install} replace a unit of this folder that says something else.
         *
         * @return this
         */
        public Builder replace() {
            replaces = true;
            return this;
        }

        /**
         * Allows a user by whom every job could become root: root itself, or one in a group such as {@code sudo} or
         * {@code docker}.
         *
         * @return this
         */
        public Builder allowPrivilegedUser() {
            privileged = true;
            return this;
        }

        /**
         * Builds it. Reads the runner's name in its folder unless {@link #name} was given.
         *
         * @return the service
         * @throws IllegalArgumentException if settings are missing or contradict each other; the message tells all
         * @throws ServiceException if the folder is not that of a configured runner
         */
        public SystemdService build() {
            check();
            List<String> program = command;
            boolean isRunner = program == null;
            String home = isRunner ? folder.resolve(SystemdUnit.HOME).toString() : folder.toString();
            String unit = name != null ? name : unitName();
            List<String> line =
                    program == null ? List.of(folder.resolve("runsvc.sh").toString()) : program;
            var settings = new SystemdUnit.Settings(
                    folder,
                    user,
                    (isRunner ? "GitHub Actions Runner (" : "Paddock fleet (") + unit + ")",
                    line,
                    isRunner,
                    leavesRunners,
                    home,
                    writable,
                    devices,
                    devices.isEmpty() ? List.of() : groups,
                    cpuPercent,
                    memory,
                    tasks,
                    stopTimeout,
                    new LinkedHashMap<>(directives));
            var programs = new SystemdUnit.Programs(systemctl, journalctl, id, getent, units, replaces, privileged);
            return new SystemdService(
                    unit, new SystemdUnit(unit, settings, programs, Objects.requireNonNull(scheduler, "scheduler")));
        }

        private String unitName() {
            return command == null
                    ? ServiceName.of(
                            folder,
                            ServiceName.Rules.UNIX,
                            ".service",
                            Objects.requireNonNull(scheduler, "scheduler").random())
                    : ServiceName.checked(
                            "paddock." + folder.getFileName() + ".service", "its folder gives the service the name");
        }

        private void check() {
            List<String> problems = new ArrayList<>();
            Consumer<String> wrong = problems::add;
            if (scheduler == null) {
                wrong.accept("scheduler(...) is missing");
            }
            paths(wrong);
            if (command != null && (command.isEmpty() || !command.get(0).startsWith("/"))) {
                wrong.accept("the program must be an absolute path: " + command);
            }
            if (command != null && command.stream().anyMatch(word -> word.matches("(?s).*\\p{Cntrl}.*"))) {
                wrong.accept("the program's arguments must be without control characters");
            }
            if (leavesRunners && command == null) {
                wrong.accept("leaveRunners() is for a program that runs a fleet, not for one runner");
            }
            devices.stream()
                    .filter(device -> !device.matches("(/dev/[!-~&&[^%]]+|(char|block)-[!-~&&[^%]]+) [rwm]{1,3}"))
                    .forEach(device -> wrong.accept("a device is like \"/dev/fuse rw\" or \"char-nvidia* rw\": \""
                            + device.replaceAll("\\p{Cntrl}", "?") + "\""));
            groups.forEach(ServiceAccount::checked);
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
        }

        private void paths(Consumer<String> wrong) {
            List<Path> all = new ArrayList<>(writable);
            all.add(folder);
            for (Path path : all) {
                String text = path.toString();
                if (!path.isAbsolute() || text.matches("(?s).*[\\p{Cntrl}\"'\\\\:].*")) {
                    wrong.accept("a folder must be an absolute path without control characters, quotes, backslashes and"
                            + " colons, for systemd's sake: \"" + text.replaceAll("\\p{Cntrl}", "?") + "\"");
                } else if (UnitText.isHidden(path) && text.contains(" ")) {
                    wrong.accept("a folder below /home, /root or a temporary folder must be without spaces, for"
                            + " systemd's sake: \"" + text + "\"");
                }
            }
        }
    }
}
