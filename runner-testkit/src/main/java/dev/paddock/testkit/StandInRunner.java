package dev.paddock.testkit;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for the official runner where there is none: a real program that takes a JIT configuration, connects to an
 * {@code ActionsServiceSimulator}, runs the steps of one job as child processes, reports and ends.
 *
 * <p>With the arguments {@code configure} and what {@code config.sh} takes it registers itself instead, with the token in
 * {@code ACTIONS_RUNNER_INPUT_TOKEN}, writes {@code .runner}, {@code .credentials} and {@code .credentials_rsaparams}
 * into the working directory, and ends; {@code remove} takes the registration and these files away again. Without a JIT
 * configuration it then runs as they say: a runner that is not ephemeral takes one job after another.
 *
 * <p>It reads the configuration from the environment variable {@code ACTIONS_RUNNER_INPUT_JITCONFIG}, which its
 * children do not inherit, prints the official runner's marker lines, and ends with its codes: 0 after a job or when
 * its registration is gone, 1 for a configuration it cannot use, 2 when the service is out of reach, 5 when it is
 * connected already. SIGTERM or SIGINT ends its steps, reports the job as canceled and ends it with 143 or 130.
 *
 * <p>Options make it do what is hard to bring about, by the official runner's tables of exit codes and lines:
 * {@code --exit=N} ends it with that code, for 1, 2, 5 and 7 before it connects and else once it waits for jobs;
 * {@code --update} ends it with 4 once it waits for jobs, its update finished; with {@code --once} either happens only at
 * the first start in a folder. {@code --stubborn} lets it ignore SIGTERM and SIGINT.
 *
 * <p>Its protocol is its own, not GitHub's, and plain HTTP. It uses nothing but the JDK, and of that only what is loaded
 * quickly: no lambdas, no string concatenation by {@code invokedynamic}, no date formats.
 */
public final class StandInRunner {
    private static final String JIT_CONFIG = "ACTIONS_RUNNER_INPUT_JITCONFIG";
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private static final int DONE = 0;
    private static final int UNUSABLE = 1;
    private static final int RETRYABLE = 2;
    private static final int UPDATING = 3;
    private static final int UPDATING_ONCE = 4;
    private static final int CONFLICT = 5;
    private static final int DEPRECATED = 7;
    private static final String CONFLICT_LINE = "A session for this runner already exists.";

    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);
    private final List<String> options;
    private final String work;
    private final boolean ephemeral;
    /** What it was told to do is in files, which go when its registration is gone. */
    private final boolean configured;

    private final StandInService service;
    private volatile @Nullable StandInJob job;
    private volatile boolean reported;
    private volatile boolean stopping;
    private volatile boolean over;

    private StandInRunner(
            Map<String, Object> runner, Map<String, Object> credentials, boolean configured, List<String> options) {
        this.configured = configured;
        this.options = options;
        ephemeral = Boolean.parseBoolean(StandInJson.text(runner, "Ephemeral"));
        String folder = StandInJson.text(runner, "WorkFolder");
        work = folder.isEmpty() ? "_work" : folder;
        String token = StandInJson.text(StandInJson.object(credentials, "Data"), "token");
        service = new StandInService(StandInJson.text(runner, "ServerUrl"), token, this);
    }

    /**
     * Runs the stand-in. Ends the JVM.
     *
     * @param arguments {@code --files} to write the configuration's files into the working directory with usual
     *     permissions, as the official runner does; {@code configure} or {@code remove} and options, as
     *     {@code config.sh} has them; the options above; anything else is ignored
     */
    public static void main(String[] arguments) {
        List<String> given = List.of(arguments);
        if (given.contains("configure")) {
            System.exit(StandInConfig.run(given.subList(given.indexOf("configure") + 1, given.size())));
        }
        System.exit(start(given));
    }

    /**
     * The command that starts the stand-in with options.
     *
     * @param options as described above
     * @return the program and its arguments
     */
    public static List<String> command(String... options) {
        List<String> line = new ArrayList<>(command());
        line.addAll(List.of(options));
        return List.copyOf(line);
    }

    /**
     * The command that starts the stand-in with this JVM's Java: for {@code LocalRunnerProvider.builder}.
     *
     * @return the program and its arguments
     * @throws IllegalStateException if the class does not lie in a folder or jar
     */
    public static List<String> command() {
        CodeSource source = StandInRunner.class.getProtectionDomain().getCodeSource();
        if (source == null) {
            throw new IllegalStateException("the stand-in runner lies in no folder or jar");
        }
        try {
            return List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:-UsePerfData",
                    "-Xshare:auto",
                    "-Xmx32m",
                    "-cp",
                    Path.of(source.getLocation().toURI()).toString(),
                    StandInRunner.class.getName());
        } catch (URISyntaxException strange) {
            throw new IllegalStateException("the stand-in runner lies at no path: " + source.getLocation(), strange);
        }
    }

    private static int start(List<String> options) {
        String config = System.getenv(JIT_CONFIG);
        StandInRunner runner;
        try {
            if (config == null || config.isEmpty()) {
                runner = new StandInRunner(
                        StandInConfig.read(".runner"), StandInConfig.read(".credentials"), true, options);
            } else {
                Map<String, Object> files = StandInJson.parse(decoded(config));
                boolean writeFiles = options.contains("--files");
                if (writeFiles) {
                    write(files);
                }
                runner = new StandInRunner(file(files, ".runner"), file(files, ".credentials"), writeFiles, options);
            }
        } catch (IllegalArgumentException | IOException unusable) {
            print(new FileOutputStream(FileDescriptor.err), JIT_CONFIG.concat(" holds no JIT configuration"));
            return UNUSABLE;
        }
        Runtime.getRuntime().addShutdownHook(new Stop(runner));
        return runner.run();
    }

    private static void write(Map<String, Object> files) throws IOException {
        for (String name : files.keySet()) {
            try (var out = new FileOutputStream(name)) {
                out.write(Base64.getDecoder().decode(StandInJson.text(files, name)));
            }
        }
    }

    private static Map<String, Object> file(Map<String, Object> files, String name) {
        String text = decoded(StandInJson.text(files, name));
        return StandInJson.parse(text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text);
    }

    private static String decoded(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    private int run() {
        int code = exitOption();
        if (code == UNUSABLE || code == RETRYABLE || code == CONFLICT || code == DEPRECATED) {
            if (code == CONFLICT) {
                print(CONFLICT_LINE);
            }
            over = true;
            return code;
        }
        try {
            code = work(code);
        } catch (StandInService.Refused refused) {
            code = refused(refused);
        } catch (IOException lost) {
            print("The service is out of reach; the runner ends.");
            code = RETRYABLE;
        } catch (InterruptedException interrupted) {
            code = RETRYABLE;
        }
        if (stopping) {
            waitForTheEnd();
        }
        over = true;
        return code;
    }

    /** The code it is to end with; -1 if it is to work. */
    private int exitOption() {
        int code = -1;
        for (String option : options) {
            if (option.startsWith("--exit=")) {
                code = Integer.parseInt(option.substring("--exit=".length()));
            } else if (option.equals("--update")) {
                code = UPDATING_ONCE;
            }
        }
        boolean again = options.contains("--once") && !isMade(".stand-in-ended");
        return again ? -1 : code;
    }

    /** Whether that file was made now, and not before. */
    private static boolean isMade(String file) {
        try {
            return new File(file).createNewFile();
        } catch (IOException unwritable) {
            return false;
        }
    }

    private int work(int endsWith) throws IOException, InterruptedException {
        String session = service.connect();
        print("√ Connected to GitHub");
        print("");
        print("Current runner version: '0.0.0-stand-in'");
        mark("Listening for Jobs");
        if (endsWith == UPDATING || endsWith == UPDATING_ONCE) {
            print("Runner update in progress, do not shutdown runner.");
            print("Downloading 0.0.1 runner");
            isMade("update.finished");
        }
        if (endsWith >= 0) {
            return endsWith;
        }
        do {
            work(session);
        } while (!ephemeral);
        forget();
        return DONE;
    }

    private void work(String session) throws IOException, InterruptedException {
        Map<String, Object> assignment = service.waitForJob(session);
        while (assignment == null) {
            assignment = service.waitForJob(session);
        }
        reported = false;
        String name = StandInJson.text(assignment, "name");
        mark("Running job: ".concat(name));
        var current = new StandInJob(assignment, new File(work), service);
        job = current;
        String result = current.run();
        if (stopping) {
            waitForTheEnd();
        }
        service.finish(current.id(), result);
        reported = true;
        String shown = result.substring(0, 1).toUpperCase(Locale.ROOT).concat(result.substring(1));
        mark("Job ".concat(name).concat(" completed with result: ").concat(shown));
    }

    /** What is left of a registration that is gone is of no use. */
    private void forget() {
        if (configured) {
            StandInConfig.delete();
        }
    }

    private int refused(StandInService.Refused refused) {
        reported = true; // there is nobody to report to
        if (refused.status() == 409) {
            print(CONFLICT_LINE);
            return CONFLICT;
        }
        if (refused.wasConnected()) {
            print("The runner no longer exists on the server. Cleaning up local configuration.");
            forget();
            return DONE;
        }
        print("Failed to create a session. The runner registration has been deleted from the server,"
                .concat(" please re-configure."));
        return UNUSABLE;
    }

    /** The shutdown hook has the word; what happened to the job by its doing is not to be reported. */
    private static void waitForTheEnd() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException ignored) {
            Thread.currentThread().interrupt();
        }
    }

    /** Prints a marker line with the time before it. */
    void mark(String text) {
        print(timestamp(Instant.now()).concat(": ").concat(text));
    }

    void print(String line) {
        print(out, line);
    }

    static synchronized void print(FileOutputStream stream, String line) {
        try {
            stream.write(line.concat("\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException nobodyListens) {
            // A runner works on when its log is full.
        }
    }

    private static String timestamp(Instant now) {
        LocalDateTime time = LocalDateTime.ofEpochSecond(now.getEpochSecond(), 0, ZoneOffset.UTC);
        String date = time.toLocalDate().toString();
        var text = new StringBuilder(date).append(' ');
        twoDigits(text, time.getHour()).append(':');
        twoDigits(text, time.getMinute()).append(':');
        return twoDigits(text, time.getSecond()).append('Z').toString();
    }

    private static StringBuilder twoDigits(StringBuilder text, int number) {
        return text.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
    }

    /** What SIGTERM sets going. On a normal end there is nothing left for it to do. */
    private static final class Stop extends Thread {
        private final StandInRunner runner;

        Stop(StandInRunner runner) {
            super("stop");
            this.runner = runner;
        }

        @Override
        public void run() {
            runner.stopping = true;
            if (runner.options.contains("--stubborn") && !runner.over) {
                waitForTheEnd();
            }
            StandInJob running = runner.job;
            if (running == null || runner.reported) {
                return;
            }
            runner.print("Exiting...");
            String result = running.result();
            if (result == null) {
                running.end();
                result = "canceled";
            }
            try {
                runner.service.report(running.id(), result);
            } catch (IOException unreported) {
                return; // its lease runs out
            }
        }
    }
}
