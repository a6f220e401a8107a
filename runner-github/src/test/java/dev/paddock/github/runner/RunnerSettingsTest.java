package dev.paddock.github.runner;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerPool;
import dev.paddock.capacity.ArchitectureSupport.Architecture;
import dev.paddock.github.runner.TargetArchitectures.Share;
import dev.paddock.scaling.ScalingPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RunnerSettingsTest {
    private static final RunnerPlatform HOST = new RunnerPlatform("linux", "x64");
    private static final String TOKEN = "ghp_canary0123456789canary0123456789";

    private static Map<String, String> environment(String... more) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("GITHUB_REPOSITORY", "acme/engine");
        all.put("GITHUB_TOKEN", TOKEN);
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return all;
    }

    private static RunnerSettings settings(String... more) {
        return RunnerSettings.read(environment(more), HOST, List.of());
    }

    private static RunnerPool pool(RunnerSettings settings) {
        Share share = settings.shares().get(0);
        return settings.pool(
                        share,
                        settings.jobs(share).build(),
                        settings.machines(List.of("/bin/true")).build())
                .build();
    }

    private static void refused(String message, String... more) {
        assertThatThrownBy(() -> settings(more))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("1 problem: ")
                .hasMessageContaining(message);
    }

    @Test
    @DisplayName("with what is required alone there is one runner, which is made for a job and goes when it is idle")
    void theDefaults() {
        RunnerSettings settings = settings();
        assertThat(settings.scope().configUrl()).hasToString("https://github.com/acme/engine");
        assertThat(settings.maxRunners()).isEqualTo(1);
        assertThat(settings.minRunners()).isZero();
        assertThat(settings.policy()).isEqualTo(ScalingPolicy.onDemand());
        assertThat(settings.root()).isEqualTo(Path.of("actions-runner").toAbsolutePath());
        assertThat(settings.shares())
                .containsExactly(new Share(Architecture.X64, 1, false, List.of("self-hosted", "Linux", "X64")));
        RunnerPool pool = pool(settings);
        assertThat(pool.name()).isEqualTo("paddock");
        assertThat(pool.idleTimeout()).isEqualTo(ofSeconds(300));
        assertThat(pool.healthInterval()).isEqualTo(ofSeconds(30));
        assertThat(pool.maxLifetime()).isEmpty();
        assertThat(pool.minTotal()).isZero();
        assertThat(pool.jobs().id()).contains("acme/engine").contains("paddock");
    }

    @Test
    @DisplayName("what is set reaches the builders")
    void everyUsedVariableReachesItsBuilder() {
        RunnerSettings settings = settings(
                "RUNNER_COUNT", "4",
                "RUNNER_NAME_PREFIX", "build",
                "RUNNER_LABELS", "self-hosted, linux ,x64,,fast",
                "RUNNER_IDLE_TIMEOUT", "90",
                "RUNNER_CHECK_INTERVAL", "10",
                "RUNNER_MAX_LIFETIME", "7200",
                "RUNNER_INSTALL_DIR", "/var/lib/runners/",
                "GIT_API_URL", "https://git.acme.example/api/v3/");
        assertThat(settings.scope().configUrl()).hasToString("https://git.acme.example/acme/engine");
        assertThat(settings.root()).isEqualTo(Path.of("/var/lib/runners"));
        assertThat(settings.shares().get(0).labels()).containsExactly("self-hosted", "linux", "x64", "fast");
        RunnerPool pool = pool(settings);
        assertThat(pool.name()).isEqualTo("build");
        assertThat(pool.maxRunners()).isEqualTo(4);
        assertThat(pool.idleTimeout()).isEqualTo(ofSeconds(90));
        assertThat(pool.healthInterval()).isEqualTo(ofSeconds(10));
        assertThat(pool.maxLifetime()).contains(ofHours(2));
        assertThat(pool.machines()).hasToString("LocalRunnerProvider[root=/var/lib/runners, slots=4]");
    }

    @ParameterizedTest
    @DisplayName("an address says where GitHub is, with the API's address or by itself")
    @CsvSource({
        "acme/engine, , https://github.com/acme/engine",
        "acme, , https://github.com/acme",
        "enterprises/acme, https://api.github.com/, https://github.com/enterprises/acme",
        "acme/engine, https://api.acme.ghe.com, https://acme.ghe.com/acme/engine",
        "acme/engine, http://127.0.0.1:8080/api/v3, http://127.0.0.1:8080/acme/engine",
        "https://git.acme.example/acme/engine, , https://git.acme.example/acme/engine"
    })
    void addresses(String repository, String api, String expected) {
        RunnerSettings settings = settings("GITHUB_REPOSITORY", repository, "GIT_API_URL", api == null ? "" : api);
        assertThat(settings.scope().configUrl()).hasToString(expected);
    }

    @ParameterizedTest
    @DisplayName("RL-R15: a mode stands for its thresholds and cool-down, and each of them may be set by itself")
    @CsvSource({
        "lazy, , , , 5, 0, 120",
        "balanced, , , , 2, 0, 60",
        "aggressive, , , , 1, 0, 30",
        ", 3, , , 3, 0, 60",
        "lazy, 7, 2, 15, 7, 2, 15",
        "aggressive, , 1, 0, 1, 1, 0"
    })
    void presets(String mode, String up, String down, String cooldown, int upAt, int downAt, int seconds) {
        RunnerSettings settings = settings(
                "RUNNER_ENABLE_DYNAMIC_SCALING", "true",
                "RUNNER_SCALING_MODE", mode == null ? "" : mode,
                "RUNNER_SCALE_UP_THRESHOLD", up == null ? "" : up,
                "RUNNER_SCALE_DOWN_THRESHOLD", down == null ? "" : down,
                "RUNNER_SCALE_COOLDOWN", cooldown == null ? "" : cooldown);
        ScalingPolicy threshold = ScalingPolicy.queueThreshold(upAt, downAt);
        assertThat(settings.policy())
                .isEqualTo(seconds == 0 ? threshold : threshold.and(ScalingPolicy.cooldown(ofSeconds(seconds))));
        assertThat(settings.minRunners()).isEqualTo(1);
        assertThat(settings.maxRunners()).isEqualTo(10);
    }

    @Test
    @DisplayName("a variable of dynamic scaling turns it on, unless that is said to be off, which contradicts it")
    void dynamicScaling() {
        RunnerSettings settings = settings("RUNNER_MIN_COUNT", "2", "RUNNER_MAX_COUNT", "6");
        assertThat(settings.minRunners()).isEqualTo(2);
        assertThat(pool(settings).minTotal()).isEqualTo(2);
        assertThat(pool(settings).maxRunners()).isEqualTo(6);
        refused(
                "RUNNER_MAX_COUNT is for dynamic scaling",
                "RUNNER_MAX_COUNT",
                "6",
                "RUNNER_ENABLE_DYNAMIC_SCALING",
                "no");
        refused("RUNNER_COUNT is a fixed number", "RUNNER_MAX_COUNT", "6", "RUNNER_COUNT", "3");
        refused("RUNNER_MIN_COUNT 7 is more than RUNNER_MAX_COUNT 6", "RUNNER_MAX_COUNT", "6", "RUNNER_MIN_COUNT", "7");
        refused("at least 1 in RUNNER_SCALING_MODE lazy", "RUNNER_SCALING_MODE", "lazy", "RUNNER_MIN_COUNT", "0");
        refused("RUNNER_MODE is manual", "RUNNER_MODE", "manual", "RUNNER_MAX_COUNT", "3");
    }

    @Test
    @DisplayName("in manual mode all runners are there in any case")
    void manualMode() {
        assertThat(pool(settings("RUNNER_MODE", "manual", "RUNNER_COUNT", "3")).minTotal())
                .isEqualTo(3);
    }

    @Test
    @DisplayName("RL-R5, RL-R4: five runners for three architectures are pools of 2, 2 and 1 with honest labels")
    void architectures() {
        RunnerSettings settings = settings(
                "RUNNER_COUNT",
                "5",
                "RUNNER_TARGET_ARCHITECTURES",
                "x64,aarch64,riscv64",
                "RUNNER_LABELS",
                "self-hosted,X64,ci");
        assertThat(settings.shares())
                .containsExactly(
                        new Share(Architecture.X64, 2, false, List.of("self-hosted", "X64", "ci")),
                        new Share(Architecture.ARM64, 2, true, List.of("self-hosted", "ci", "emulated-arm64")),
                        new Share(Architecture.RISCV64, 1, true, List.of("self-hosted", "ci", "emulated-riscv64")));
        var machines = settings.machines(List.of("/bin/true")).build();
        assertThat(settings.shares().stream()
                        .map(share -> settings.pool(share, settings.jobs(share).build(), machines)
                                .build())
                        .map(pool -> pool.name() + " " + pool.maxRunners()))
                .containsExactly("paddock-x64 2", "paddock-arm64 2", "paddock-riscv64 1");
    }

    @Test
    @DisplayName("all that is wrong is told at once, with variable, value and bound")
    void allProblemsAtOnce() {
        assertThatThrownBy(() -> RunnerSettings.read(
                        Map.of(
                                "RUNNER_IDLE_TIMEOUT", "300  # 5 minutes",
                                "RUNNER_COUNT", "0",
                                "RUNNER_MODE", "sometimes",
                                "RUNNER_LABELS", "self-hosted,linux,ARM64",
                                "RUNNER_IDLE_TIMOUT", "5",
                                "RUNNER_CLEAN_DOCKER", "true",
                                "RUNNER_MAX_LIFETIME", "59"),
                        HOST,
                        List.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("9 problems: ")
                .hasMessageContaining("GITHUB_REPOSITORY is not set")
                .hasMessageContaining("no GitHub credentials")
                .hasMessageContaining(
                        "RUNNER_IDLE_TIMEOUT must be a whole number from 0 to 86400: \"300  # 5 minutes\"")
                .hasMessageContaining("RUNNER_COUNT must be a whole number from 1 to 1000: \"0\"")
                .hasMessageContaining("RUNNER_MODE must be auto or manual: \"sometimes\"")
                .hasMessageContaining("use emulated-arm64")
                .hasMessageContaining(
                        "RUNNER_IDLE_TIMOUT is set and nobody reads it: is it meant to be RUNNER_IDLE_TIMEOUT?")
                .hasMessageContaining("RUNNER_CLEAN_DOCKER is set and refused: the images of a host")
                .hasMessageContaining("RUNNER_MAX_LIFETIME must be 0, for none, or at least 60: \"59\"");
    }

    static List<EnvironmentVariable> refusedOnes() {
        return EnvironmentVariable.ALL.stream()
                .filter(EnvironmentVariable::isRefused)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("refusedOnes")
    @DisplayName("what is not done here is refused by name, with what to use instead and without its value")
    void refusedVariables(EnvironmentVariable variable) {
        assertThatThrownBy(() -> settings(variable.name(), "secret-77"))
                .hasMessageContaining(variable.name() + " is set and refused: " + variable.meaning())
                .hasMessageNotContaining("secret-77");
        assertThat(settings(variable.name(), "  ").maxRunners()).isEqualTo(1);
        variable.harmless()
                .forEach(value -> assertThat(settings(variable.name(), value).maxRunners())
                        .isEqualTo(1));
    }

    @ParameterizedTest
    @DisplayName("each variable that is used refuses what it cannot be")
    @CsvSource({
        "GIT_PLATFORM, gitlab, GIT_PLATFORM must be github: \"gitlab\"",
        "GITHUB_REPOSITORY, a/b/c, GITHUB_REPOSITORY: ",
        "GIT_API_URL, https://git.example, GIT_API_URL must be",
        "RUNNER_ENABLE_DYNAMIC_SCALING, perhaps, must be true or false: \"perhaps\"",
        "RUNNER_SCALING_MODE, eager, must be lazy or balanced or aggressive: \"eager\"",
        "RUNNER_MIN_COUNT, -1, from 0 to 1000: \"-1\"",
        "RUNNER_MAX_COUNT, ten, from 1 to 1000: \"ten\"",
        "RUNNER_SCALE_UP_THRESHOLD, 0, from 1 to 1000: \"0\"",
        "RUNNER_SCALE_DOWN_THRESHOLD, -1, from 0 to 1000: \"-1\"",
        "RUNNER_SCALE_COOLDOWN, 1.5, from 0 to 86400: \"1.5\"",
        "RUNNER_NAME_PREFIX, Build, at most 30 characters: \"Build\"",
        "RUNNER_LABELS, windows, is not true of a host that is linux-x64",
        "RUNNER_WORK_DIR, /work, not absolute: \"/work\"",
        "RUNNER_VERSION, v2, must be latest or such as 2.336.0: \"v2\"",
        "RUNNER_ARCH, arm64, 'must be auto or x64, which this host is: \"arm64\"'",
        "RUNNER_TARGET_ARCHITECTURES, mips, 'x64, arm64, arm and riscv64: \"mips\"'",
        "RUNNER_TARGET_ARCHITECTURES, 'x64,amd64', names x64 twice",
        "RUNNER_TARGET_ARCHITECTURES, 'x64,arm64', each needs a runner: 1 in all",
        "RUNNER_ENABLE_EMULATION, maybe, must be true or false: \"maybe\"",
        "RUNNER_CHECK_INTERVAL, 0, from 1 to 3600: \"0\"",
        "RUNNER_COUNT, 1001, from 1 to 1000: \"1001\"",
        "RUNNER_DEPLOYMENT_STRATEGY, random, must be sequential or parallel: \"random\"",
        "RUNNER_DEPLOYMENT_STAGGER, 3601, from 0 to 3600: \"3601\"",
        "ENABLE_METRICS, some, must be true or false: \"some\"",
        "GITHUB_API_TIMEOUT, 601, from 1 to 600: \"601\"",
        "IDLE_TIMEOUT, 5, use RUNNER_IDLE_TIMEOUT",
        "RUNNER_LABLES, a, meant to be RUNNER_LABELS?"
    })
    void badValues(String name, String value, String message) {
        refused(message, name, value);
    }

    @Test
    void twoThatContradictEachOtherAreRefused() {
        refused(
                "RUNNER_DEPLOYMENT_STAGGER is for",
                "RUNNER_DEPLOYMENT_STRATEGY",
                "parallel",
                "RUNNER_DEPLOYMENT_STAGGER",
                "5");
        refused("would have to emulate", "RUNNER_TARGET_ARCHITECTURES", "arm64", "RUNNER_ENABLE_EMULATION", "false");
        refused(
                "leave one out",
                "GITHUB_REPOSITORY",
                "https://github.com/acme/engine",
                "GIT_API_URL",
                "https://api.github.com");
        refused(
                "at most 22 characters with several architectures",
                "RUNNER_NAME_PREFIX",
                "twenty-three-characters",
                "RUNNER_TARGET_ARCHITECTURES",
                "x64,arm64",
                "RUNNER_COUNT",
                "2");
    }

    @Test
    @DisplayName("variables of the official runner, and of others, are left alone")
    void foreignVariablesAreLeftAlone() {
        assertThat(settings(
                                "RUNNER_NAME",
                                "a",
                                "RUNNER_OS",
                                "Linux",
                                "RUNNER_ALLOW_RUNASROOT",
                                "1",
                                "RUNNER_ARCH",
                                "X64",
                                "RUNNER_COLOUR_OF_THE_SHED",
                                "red",
                                "PATH",
                                "/bin")
                        .maxRunners())
                .isEqualTo(1);
    }

    @Test
    @DisplayName("GIT_TOKEN comes before GITHUB_TOKEN, and neither is in any text")
    void secretsAreRedacted() {
        RunnerSettings settings = settings("GIT_TOKEN", "ghp_other0123456789other0123456789xx");
        assertThat(settings.toString() + settings.credentials())
                .doesNotContain("canary")
                .doesNotContain("other0")
                .contains("acme/engine");
        assertThat(settings().credentials().toString()).contains("GITHUB_TOKEN");
        assertThat(settings.credentials().toString()).doesNotContain("GITHUB_TOKEN");
        assertThatThrownBy(() -> settings("GITHUB_REPOSITORY", "https://" + TOKEN + "@github.com/acme/engine"))
                .hasMessageNotContaining("canary");
    }

    @Test
    @DisplayName("a file of variables may have comments, quotes and exports; the environment's own win")
    void aFileOfVariables(@TempDir Path folder) throws IOException {
        Path file = folder.resolve(".env");
        Files.writeString(file, """
                # the fleet
                GITHUB_REPOSITORY=acme/engine
                GITHUB_TOKEN='ghp_in#file'   # not for the log
                export RUNNER_COUNT = 3
                RUNNER_IDLE_TIMEOUT=300  # 5 minutes
                RUNNER_LABELS="self-hosted,c#"
                RUNNER_MODE=

                RUNNER_NAME_PREFIX=from-file
                RUNNER_COUNT=4
                """);
        RunnerSettings settings =
                RunnerSettings.fromEnvironment(Map.of("RUNNER_NAME_PREFIX", "from-env", "RUNNER_COUNT", ""), file);
        assertThat(settings.maxRunners()).isEqualTo(4);
        assertThat(settings.shares().get(0).labels()).containsExactly("self-hosted", "c#");
        assertThat(pool(settings).name()).isEqualTo("from-env");
        assertThat(pool(settings).idleTimeout()).isEqualTo(ofSeconds(300));
        assertThat(System.getenv()).doesNotContainEntry("RUNNER_NAME_PREFIX", "from-file");
    }

    @Test
    @DisplayName("a line that is no setting is told by its number, without what is in it")
    void aBadFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve(".env");
        Files.writeString(file, "GITHUB_REPOSITORY=acme/engine\nGITHUB_TOKEN='ghp_open\nghp_alone\n");
        assertThatThrownBy(() -> RunnerSettings.fromEnvironment(Map.of("GITHUB_TOKEN", TOKEN), file))
                .hasMessageContaining("2 problems")
                .hasMessageContaining(".env line 2 is not NAME=value, or its quotes do not end")
                .hasMessageContaining(".env line 3")
                .hasMessageNotContaining("ghp_");
        assertThatThrownBy(() -> RunnerSettings.fromEnvironment(environment(), folder.resolve("none")))
                .hasMessageContaining("none cannot be read");
    }

    @Test
    @DisplayName("the page about the variables has a row for each of the 56, as the code has it")
    void thePageIsTheTable() throws IOException {
        assertThat(EnvironmentVariable.ALL)
                .hasSize(56)
                .extracting(EnvironmentVariable::name)
                .doesNotHaveDuplicates();
        List<String> rows = EnvironmentVariable.ALL.stream()
                .map(variable -> "| `" + variable.name() + "` | " + variable.values() + " | "
                        + (variable.isRefused() ? "refused: " : "") + variable.meaning() + " |")
                .toList();
        assertThat(Files.readAllLines(Path.of("..", "docs", "environment.md")).stream()
                        .filter(line -> line.startsWith("| `")))
                .containsExactlyElementsOf(rows);
    }
}
