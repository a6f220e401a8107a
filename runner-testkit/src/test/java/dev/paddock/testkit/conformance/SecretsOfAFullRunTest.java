package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.StandInRunner;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A fleet's JVM with secrets in its environment works off jobs by real processes; meanwhile all processes of this host
 * are looked at again and again, and in the end all files.
 */
@Timeout(120)
class SecretsOfAFullRunTest extends AppCase {
    private static final String REPOSITORY = "my-org/repo";
    private static final String JIT_CONFIG = "ACTIONS_RUNNER_INPUT_JITCONFIG";
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");

    /** All that the fleet and its runners write. */
    @TempDir
    private Path folder;
    /** What the listeners tell this test, which is no part of the run: their registrations. */
    @TempDir
    private Path vault;

    /** What may be nowhere, and what only a listener may have and unpack. */
    private final Canaries canaries = new Canaries();

    private final Canaries registrations = new Canaries();
    private final String canary = "canary-" + UUID.randomUUID();
    private final String token = "ghp_" + UUID.randomUUID().toString().replace("-", "");
    private final Set<String> listeners = new ConcurrentSkipListSet<>();
    private final Set<String> steps = new ConcurrentSkipListSet<>();
    private final ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor();
    private ScheduledFuture<?> looks;
    private Process program;

    @Override
    Transport open() {
        return Transport.socket();
    }

    @BeforeEach
    void plant() throws IOException {
        canaries.add("the JVM's variable", canary);
        canaries.add("the GitHub token", token);
        PKCS1.lines()
                .filter(line -> line.length() == 64)
                .limit(8)
                .forEach(line -> canaries.add("the App's key, " + line, line));
        Files.createDirectory(folder.resolve("kept"));
    }

    @AfterEach
    void endAll() {
        looking.shutdownNow();
        if (program != null) {
            program.descendants().forEach(ProcessHandle::destroyForcibly);
            program.destroyForcibly();
        }
    }

    // ---- the run -------------------------------------------------------------------------------------------

    /** The first listener fails and says too much; the others do their job. */
    private ActionsServiceSimulator serve(String leak) {
        String command = String.join("' '", StandInRunner.command("--files"));
        String listener = """
                #!/bin/sh
                [ "$1" = run ] || exit 1
                printf '%%s' "$ACTIONS_RUNNER_INPUT_JITCONFIG" > '%s/config-'$$
                if (set -C; : > '%s/failed') 2> /dev/null; then
                    echo "cannot work with $ACTIONS_RUNNER_INPUT_JITCONFIG"
                    exit 1
                fi
                exec '%s' %s
                """.formatted(vault, vault, command, leak);
        return start(builder -> builder.rest(options -> options.runnerVersion("2.336.0")
                .runnerPackage("linux-x64", RunnerPackages.tarGz(listener, new byte[0]))));
    }

    private void begin(String... options) throws IOException {
        program = FleetProgram.start(
                folder,
                sim().configUrl(ORGANIZATION),
                SET,
                Map.of(
                        FleetProgram.CANARY,
                        canary,
                        FleetProgram.TOKEN,
                        token,
                        "SCALER_APP_CLIENT_ID",
                        CLIENT_ID,
                        "SCALER_APP_INSTALLATION_ID",
                        Long.toString(INSTALLATION),
                        "SCALER_APP_PRIVATE_KEY",
                        PKCS1),
                options);
        looks = looking.scheduleWithFixedDelay(this::look, 0, 5, TimeUnit.MILLISECONDS);
    }

    private void look() {
        for (Canaries.Shown shown : Canaries.Shown.all()) {
            if (shown.isOnItsWay() || isTheProgram(shown)) {
                continue;
            }
            byte[] argv = String.join("\0", shown.argv()).getBytes(StandardCharsets.ISO_8859_1);
            String who = String.join(" ", shown.argv()).replace(folder.toString(), "FOLDER");
            canaries.found("the command line of " + who, canaries.in(argv));
            canaries.found("the environment of " + who, canaries.in(shown.environ()));
            lookAtARunner(shown, who, new String(argv, StandardCharsets.ISO_8859_1));
        }
    }

    /** The fleet's JVM, or its child between fork and exec. */
    private static boolean isTheProgram(Canaries.Shown shown) {
        return shown.argv().contains(FleetProgram.class.getName());
    }

    private void lookAtARunner(Canaries.Shown shown, String who, String argv) {
        String runner = shown.variable("PADDOCK_RUNNER");
        if (!shown.variable("PADDOCK_RUNNER_ROOT").startsWith(folder.toString())) {
            return;
        }
        String config = shown.variable(JIT_CONFIG);
        boolean listens =
                argv.contains("/bin/Runner.Listener\0run") || shown.argv().contains(StandInRunner.class.getName());
        if (config.isEmpty()) {
            steps.add(runner);
        } else if (!listens || !name(config).equals(runner)) {
            canaries.found("the environment of " + who, Set.of("a JIT configuration, and is not its listener"));
        } else {
            listeners.add(runner);
        }
        if (!config.isEmpty() && argv.contains(config)) {
            canaries.found("the command line of " + who, Set.of("a JIT configuration"));
        }
        String others = new String(shown.environ(), StandardCharsets.ISO_8859_1).replace(JIT_CONFIG + "=" + config, "");
        if (!config.isEmpty() && others.contains(config)) {
            canaries.found("the environment of " + who, Set.of("a JIT configuration by another name"));
        }
    }

    private static JsonNode file(String config, String name) {
        JsonNode files = json(decoded(config));
        return json(decoded(files.path(name).asText()).replace("\uFEFF", ""));
    }

    private static String decoded(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    private static String name(String config) {
        return file(config, ".runner").path("AgentName").asText();
    }

    private void queue(String name, Step... all) {
        WorkflowJob.Builder job = WorkflowJob.builder(name).labels(SET);
        Stream.of(all).forEach(job::step);
        sim().submit(Workflow.builder(name)
                .repository(REPOSITORY)
                .add(job.build())
                .build());
    }

    /** What a job can easily tell of its environment, and what another user can of its parents'. */
    private Step[] steps(String name) {
        Path kept = folder.resolve("kept");
        String other = "'" + SETPRIV + "' --reuid=65534 --regid=65534 --clear-groups cat ";
        return new Step[] {
            Step.run("env", "env > " + kept + "/env-" + name),
            Step.run("self", "tr '\\0' '\\n' < /proc/self/environ > " + kept + "/self-" + name),
            Step.run(
                    "parents",
                    other + "/proc/$PPID/environ /proc/" + program.pid() + "/environ > " + kept + "/parents-" + name
                            + " 2>&1; true"),
            Step.run(
                    "hold", "touch " + kept + "/held-" + name + "; while [ ! -e " + kept + "/go ]; do sleep 0.05; done")
        };
    }

    private boolean isKept(String name) {
        return Files.exists(folder.resolve("kept").resolve(name));
    }

    private boolean isDone(String job) {
        return sim().jobs().stream().anyMatch(one -> one.name().equals(job) && one.state() == JobRecord.State.DONE);
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("fleet.log"), StandardCharsets.ISO_8859_1);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Two jobs that hold, one runner that waits, one that has failed. */
    private void untilTwoJobsHold() {
        until(() -> isKept("held-build") && isKept("held-test"), "two jobs");
        until(() -> log().contains("event: ProvisioningFailed"), "the one that fails");
        until(() -> listeners.size() >= 3 && steps.size() >= 2, "a look at all of them");
        until(() -> unpacked() == 3, "three registrations that are unpacked");
    }

    private long unpacked() {
        try (Stream<Path> runners = Files.list(folder.resolve("runners"))) {
            return runners.filter(runner -> Files.exists(runner.resolve(".credentials")))
                    .count();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void finish() throws Exception {
        Files.createFile(folder.resolve("kept/go"));
        until(() -> isDone("build") && isDone("test"), "both jobs");
        program.getOutputStream().close();
        assertThat(program.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(program.exitValue()).isZero();
        assertThat(log().lines().anyMatch("closed"::equals)).as("closed").isTrue();
        assertThat(looks.isDone()).as("a look that failed").isFalse();
        looking.shutdown();
        assertThat(looking.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        assertThat(folder.resolve("runners")).isEmptyDirectory();
        assertThat(sim().registrations()).isEmpty();
    }

    // ---- what must not be found ----------------------------------------------------------------------------

    /** All that the program has sent to identify itself; what runners send is theirs. */
    private void addWhatWasSent() {
        var sent = new TreeSet<String>();
        for (RecordedRequest request : sim().requests()) {
            if (!request.path().startsWith("/runner/")) {
                request.header("Authorization").ifPresent(header -> sent.add(header.replaceFirst("^\\S+ ", "")));
            }
        }
        assertThat(sent)
                .as("a signature, an installation token, those made with it")
                .hasSizeGreaterThanOrEqualTo(5);
        sent.forEach(one -> canaries.add("what was sent as " + one.substring(0, 4) + "…", one));
    }

    private List<String> configs() throws IOException {
        try (Stream<Path> files = Files.list(vault)) {
            return files.filter(file -> file.getFileName().toString().startsWith("config-"))
                    .map(file -> {
                        try {
                            return Files.readString(file);
                        } catch (IOException failure) {
                            throw new UncheckedIOException(failure);
                        }
                    })
                    .toList();
        }
    }

    private static void leaves(JsonNode node, Set<String> into) {
        if (node.isTextual() && node.asText().length() >= 16 && !node.asText().startsWith("http")) {
            into.add(node.asText());
        }
        node.forEach(child -> leaves(child, into));
    }

    /** What is in the registrations; as it is in them, and as the runner unpacks it. */
    private void addRegistrations() throws IOException {
        List<String> configs = configs();
        assertThat(configs).hasSizeGreaterThanOrEqualTo(4);
        for (String config : configs) {
            registrations.add("a JIT configuration", config);
            String packed = json(decoded(config)).path(".credentials").asText();
            registrations.add("a packed part of a JIT configuration", packed);
            var secrets = new TreeSet<String>();
            leaves(file(config, ".credentials"), secrets);
            assertThat(secrets).isNotEmpty();
            secrets.forEach(one -> registrations.add("an unpacked .credentials of " + name(config) + " " + one, one));
        }
    }

    /** While runners work, what they have unpacked is in their own folders, for their owner alone, and nowhere else. */
    private void assertRegistrationsAreInTheirOwnFolders() throws IOException {
        Path runners = folder.resolve("runners");
        var unpacked = new TreeSet<String>();
        registrations.below(folder).forEach((path, names) -> {
            Path file = folder.resolve(path);
            if (file.startsWith(runners) && file.getFileName().toString().startsWith(".credentials")) {
                String runner = runners.relativize(file).getName(0).toString();
                unpacked.add(runner);
                assertThat(names)
                        .allMatch(name -> name.startsWith("an unpacked .credentials") && name.contains(runner));
                assertThat(permissions(file)).isEqualTo("rw-------");
                assertThat(permissions(runners.resolve(runner))).isEqualTo("rwx------");
            } else {
                canaries.found(path.toString(), names);
            }
        });
        assertThat(unpacked).as("runners that live").hasSize(3);
    }

    private static String permissions(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void grepAll() throws IOException {
        addWhatWasSent();
        addRegistrations();
        for (Canaries each : List.of(canaries, registrations)) {
            each.below(folder).forEach((path, names) -> canaries.found(path.toString(), names));
        }
    }

    @Test
    @DisplayName(
            "RL-A55, RL-A8, RL-R28: no secret of a full run is in a file, an argument, another's environment, a log")
    void noSecretOfAFullRunIsFoundAnywhere() throws Exception {
        serve("");
        begin();
        queue("build", steps("build"));
        queue("test", steps("test"));
        untilTwoJobsHold();
        addRegistrations();
        assertRegistrationsAreInTheirOwnFolders();
        finish();
        grepAll();
        assertThat(canaries.found()).isEmpty();
        assertThat(log().contains("DEBUG dev.paddock")).as("details are logged").isTrue();
        assertThat(log().contains("cannot work with ***")).as("masked").isTrue();
        assertThat(folder.resolve("kept/env-build"))
                .content()
                .contains("GITHUB_JOB=build")
                .contains("PADDOCK_RUNNER=");
        assertThat(folder.resolve("diagnostics")).isNotEmptyDirectory();
        if (Files.isExecutable(SETPRIV) && "root".equals(System.getProperty("user.name"))) {
            assertThat(folder.resolve("kept/parents-build"))
                    .as("what another user may read of the listener and of the fleet's JVM")
                    .content()
                    .hasLineCount(2)
                    .containsPattern("(?s)Permission denied.*Permission denied");
        }
    }

    @Test
    @DisplayName("what is handed on, printed, written or given as an argument on purpose is found by the same looks")
    void whatLeaksIsFound() throws Exception {
        serve("\"$ACTIONS_RUNNER_INPUT_JITCONFIG\"");
        begin(FleetProgram.LEAKY);
        queue("build", steps("build"));
        queue("test", steps("test"));
        untilTwoJobsHold();
        finish();
        grepAll();
        assertThat(canaries.found())
                .contains(
                        "fleet.log holds the GitHub token",
                        "planted.bin holds the JVM's variable",
                        "kept/env-build holds the JVM's variable",
                        "kept/self-test holds the JVM's variable")
                .anyMatch(leak -> leak.matches("the environment of .*StandInRunner.* holds the JVM's variable"))
                .anyMatch(leak -> leak.matches("the command line of .*StandInRunner.* holds a JIT configuration"));
    }
}
