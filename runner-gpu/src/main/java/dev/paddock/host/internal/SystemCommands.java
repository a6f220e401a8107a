package dev.paddock.host.internal;

import dev.paddock.host.CommandRunner;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Starts processes for {@link CommandRunner#system}. */
public final class SystemCommands implements CommandRunner {
    private static final SystemCommands INSTANCE = new SystemCommands(System.getenv(), 1 << 20);

    /** Errors of exec that mean that the program is none for this user and machine: ENOENT, ENOEXEC, EACCES, ENOTDIR. */
    private static final Set<String> NOT_RUNNABLE = Set.of("2", "8", "13", "20");

    private static final Pattern ERRNO = Pattern.compile("error=(\\d+)");

    /** How many starts may hang at a time, as they do on a file system whose server is gone. */
    private static final int START_LIMIT = 8;

    private final Map<String, String> environment;
    private final int cap;
    private final BoundedCalls starts = new BoundedCalls("paddock-command-start", START_LIMIT);
    private final AtomicInteger started = new AtomicInteger();
    private final Map<String, ProcessHandle> stuck = new ConcurrentHashMap<>();

    /**
     * A runner with an environment and a cap.
     *
     * @param environment of this JVM; what is passed on is chosen from it
     * @param cap bytes kept of each stream
     */
    SystemCommands(Map<String, String> environment, int cap) {
        this.environment = Map.copyOf(environment);
        this.cap = cap;
    }

    /**
     * The JVM's one.
     *
     * @return the same each time
     */
    public static SystemCommands instance() {
        return INSTANCE;
    }

    /** Lets no further process of a program start while one lives. */
    void remember(Path program, ProcessHandle alive) {
        stuck.put(program.toString(), alive);
    }

    @Override
    public Result run(List<String> command, Duration deadline) {
        List<String> argv = List.copyOf(command);
        if (argv.isEmpty() || argv.get(0).isEmpty()) {
            throw new IllegalArgumentException("a command must name a program: " + argv);
        }
        if (deadline.isNegative() || deadline.isZero()) {
            throw new IllegalArgumentException("a command's deadline must be more than 0: " + deadline);
        }
        long end = System.nanoTime() + deadline.toNanos();
        Program program = find(argv.get(0));
        if (program.file() == null) {
            return Result.none(Outcome.ABSENT, program.problem());
        }
        String file = program.file().toString();
        ProcessHandle earlier = stuck.get(file);
        if (earlier != null && earlier.isAlive()) {
            return Result.none(
                    Outcome.TIMED_OUT,
                    file + " is not started: one that cannot be ended still runs, pid " + earlier.pid());
        }
        stuck.remove(file);
        List<String> started = new ArrayList<>(argv);
        started.set(0, file);
        return start(file, started, deadline, end);
    }

    private Result start(String file, List<String> argv, Duration deadline, long end) {
        String mark = RunningCommand.newMark(started.incrementAndGet());
        ProcessBuilder builder = new ProcessBuilder(argv);
        builder.environment().clear();
        builder.environment().putAll(ChildEnvironment.of(environment));
        builder.environment().put(RunningCommand.MARK, mark);
        // Whoever comes second, the start or the deadline, sees the other's trace and ends the process.
        AtomicReference<Object> first = new AtomicReference<>(mark);
        try {
            Process process = starts.call(deadline, () -> {
                Process made = builder.start();
                if (!first.compareAndSet(mark, made)) {
                    made.destroyForcibly();
                }
                return made;
            });
            return new RunningCommand(process, file, mark, cap).await(deadline, end, stuck);
        } catch (TimeoutException e) {
            if (!first.compareAndSet(mark, e) && first.get() instanceof Process made) {
                made.destroyForcibly();
            }
            return Result.none(Outcome.TIMED_OUT, file + " could not be started within " + seconds(deadline));
        } catch (ExecutionException e) {
            return notStarted(file, e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            if (!first.compareAndSet(mark, e) && first.get() instanceof Process made) {
                made.destroyForcibly();
            }
            Thread.currentThread().interrupt();
            return Result.none(Outcome.FAILED, "interrupted while starting " + file);
        }
    }

    private static Result notStarted(String file, Throwable cause) {
        String why = cause instanceof IOException && cause.getCause() instanceof IOException inner
                ? String.valueOf(inner.getMessage())
                : String.valueOf(cause.getMessage());
        Matcher errno = ERRNO.matcher(why);
        boolean absent = errno.find() && NOT_RUNNABLE.contains(errno.group(1));
        return Result.none(
                absent ? Outcome.ABSENT : Outcome.FAILED,
                file + " cannot be run: " + why.lines().findFirst().orElse(""));
    }

    static String seconds(Duration duration) {
        return duration.toMillis() / 1000.0 + " s";
    }

    /** A program that was found, or why not. */
    private record Program(@Nullable Path file, String problem) {}

    private Program find(String name) {
        try {
            if (name.indexOf('/') >= 0 || name.indexOf(File.separatorChar) >= 0) {
                return check(Path.of(name));
            }
            Program last = new Program(null, name + " is not on the PATH");
            for (String folder : path().split(Pattern.quote(File.pathSeparator), -1)) {
                for (String ending : endings()) {
                    Path file = folder.isEmpty() ? Path.of("") : Path.of(folder, name + ending);
                    if (file.isAbsolute() && Files.exists(file)) {
                        Program found = check(file);
                        if (found.file() != null) {
                            return found;
                        }
                        last = found;
                    }
                }
            }
            return last;
        } catch (InvalidPathException e) {
            return new Program(null, name + " is no name of a program");
        }
    }

    private static Program check(Path file) {
        if (Files.isDirectory(file)) {
            return new Program(null, file + " is a folder");
        }
        if (!Files.exists(file)) {
            return new Program(null, file + " does not exist");
        }
        if (!Files.isExecutable(file)) {
            return new Program(null, file + " is not executable for this user");
        }
        return new Program(file.toAbsolutePath(), "");
    }

    private String path() {
        return environment.entrySet().stream()
                .filter(entry -> entry.getKey().equalsIgnoreCase("PATH"))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
    }

    private static List<String> endings() {
        boolean windows = File.separatorChar == '\\';
        return windows ? List.of(".exe", ".cmd", ".bat", "") : List.of("");
    }
}
