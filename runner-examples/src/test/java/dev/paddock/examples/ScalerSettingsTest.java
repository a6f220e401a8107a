package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each flag, variable and entry of a file comes to. */
class ScalerSettingsTest {
    private static final Map<ScalerSetting, String> NEEDED = Map.of(
            ScalerSetting.URL, "https://github.com/acme/engine",
            ScalerSetting.GCP_PROJECT, "acme-ci",
            ScalerSetting.GCP_INSTANCE_TEMPLATE, "linux-gpu-runner",
            ScalerSetting.TOKEN, "ghp_secret");

    @TempDir
    private Path folder;

    /** A setting: what is given, and what it then is; what else may be given; what it is where nothing is. */
    private record Case(
            ScalerSetting setting,
            String given,
            Object is,
            String other,
            Object usually,
            Function<ScalerSettings, Object> read) {
        @Override
        public String toString() {
            return setting.flag();
        }
    }

    private static Case ofPool(
            ScalerSetting setting, String given, Object is, Object usually, Function<ScalerPool, Object> read) {
        return new Case(
                setting,
                given,
                is,
                "",
                usually,
                settings -> read.apply(settings.pools().get(0)));
    }

    private static Case duration(
            ScalerSetting setting, String given, Object is, Object usually, Function<ScalerSettings, Object> read) {
        return new Case(setting, given, is, "47m", usually, read);
    }

    static Stream<Case> cases() {
        return Stream.of(
                ofPool(ScalerSetting.URL, "https://github.com/a", "https://github.com/a", null, ScalerPool::url),
                ofPool(ScalerSetting.NAME, "set", "set", "windows-gpu-runners", ScalerPool::name),
                ofPool(
                        ScalerSetting.LABELS,
                        " a, b,,c ",
                        List.of("a", "b", "c"),
                        List.of("Windows", "self-hosted", "GCP-T4"),
                        ScalerPool::labels),
                ofPool(ScalerSetting.RUNNER_GROUP, "g", "g", "default", ScalerPool::runnerGroup),
                ofPool(ScalerSetting.MAX_RUNNERS, "16", 16, 5, ScalerPool::maxRunners),
                ofPool(ScalerSetting.MIN_RUNNERS, "2", 2, 0, ScalerPool::minRunners),
                ofPool(ScalerSetting.GCP_PROJECT, "p", "p", null, ScalerPool::project),
                ofPool(
                        ScalerSetting.GCP_ZONES,
                        "us-west1-b, us-west1-a",
                        List.of("us-west1-b", "us-west1-a"),
                        List.of("us-east1-c", "us-east1-d", "us-central1-a", "us-west1-a"),
                        ScalerPool::zones),
                ofPool(ScalerSetting.GCP_INSTANCE_TEMPLATE, "t", "t", null, ScalerPool::template),
                ofPool(
                        ScalerSetting.GCP_GPU_TYPE,
                        "none",
                        Optional.empty(),
                        Optional.of("nvidia-tesla-t4"),
                        ScalerPool::gpuType),
                ofPool(ScalerSetting.PLATFORM, "linux", false, true, ScalerPool::windows),
                ofPool(ScalerSetting.VM_PREFIX, "ci", "ci", "win-test", ScalerPool::vmPrefix),
                duration(
                        ScalerSetting.GCP_CLEANUP_INTERVAL,
                        "90s",
                        Duration.ofSeconds(90),
                        Duration.ofMinutes(2),
                        ScalerSettings::cleanupInterval),
                duration(
                        ScalerSetting.SESSION_MAX_AGE,
                        "3h",
                        Optional.of(Duration.ofHours(3)),
                        Optional.of(Duration.ofHours(2)),
                        settings -> settings.pools().get(0).sessionMaxAge()),
                duration(
                        ScalerSetting.ORPHAN_GRACE_PERIOD,
                        "5m",
                        Optional.of(Duration.ofMinutes(5)),
                        Optional.of(Duration.ofMinutes(30)),
                        settings -> settings.pools().get(0).orphanGrace()),
                new Case(
                        ScalerSetting.GCP_ENDPOINT,
                        "http://127.0.0.1:1",
                        URI.create("http://127.0.0.1:1"),
                        "http://127.0.0.1:2",
                        URI.create("https://compute.googleapis.com"),
                        ScalerSettings::endpoint),
                new Case(ScalerSetting.FLEET, "f", Optional.of("f"), "g", Optional.empty(), ScalerSettings::fleet),
                new Case(
                        ScalerSetting.JOURNAL,
                        "/f",
                        Optional.of(Path.of("/f")),
                        "/g",
                        Optional.empty(),
                        ScalerSettings::journal),
                new Case(
                        ScalerSetting.HTTP_PORT,
                        "9090",
                        Optional.of(9090),
                        "1",
                        Optional.empty(),
                        ScalerSettings::httpPort));
    }

    private static ScalerSettings read(Map<ScalerSetting, String> more, Map<String, String> environment) {
        Map<ScalerSetting, String> flags = new EnumMap<>(NEEDED);
        flags.putAll(more);
        return ScalerSettings.of(flags, environment);
    }

    @ParameterizedTest(name = "{0}: the flag, then the variable, then the default")
    @MethodSource("cases")
    void precedence(Case one) {
        assertThat(one.read().apply(read(Map.of(one.setting(), one.given()), Map.of())))
                .isEqualTo(one.is());
        if (one.usually() == null) {
            Map<ScalerSetting, String> without = new EnumMap<>(NEEDED);
            without.remove(one.setting());
            assertThatThrownBy(() -> ScalerSettings.of(without, Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(one.setting().flag() + " is missing");
        } else {
            assertThat(one.read().apply(read(Map.of(), Map.of()))).isEqualTo(one.usually());
        }
        one.setting().variable().ifPresent(name -> {
            assertThat(one.read().apply(read(Map.of(), Map.of(name, one.given()))))
                    .as("the variable")
                    .isEqualTo(one.is());
            assertThat(one.read().apply(read(Map.of(one.setting(), one.given()), Map.of(name, one.other()))))
                    .as("the flag goes before the variable")
                    .isEqualTo(one.is());
            assertThat(one.read().apply(read(Map.of(), Map.of(name, " "))))
                    .as("blank is absent")
                    .isEqualTo(one.usually());
        });
    }

    @Test
    @DisplayName("Each setting has a case here, but for those of who asks GitHub, and the file")
    void allSettings() {
        assertThat(cases().map(Case::setting))
                .containsExactlyInAnyOrderElementsOf(Stream.of(ScalerSetting.values())
                        .filter(setting -> !List.of(
                                        ScalerSetting.APP_CLIENT_ID,
                                        ScalerSetting.APP_INSTALLATION_ID,
                                        ScalerSetting.APP_PRIVATE_KEY,
                                        ScalerSetting.TOKEN,
                                        ScalerSetting.TOKEN_FILE,
                                        ScalerSetting.CONFIG)
                                .contains(setting))
                        .toList());
    }

    // ---- durations ---------------------------------------------------------------------------------------

    @ParameterizedTest(name = "SLANG-33, SLANG-35: {0} is {1}")
    @CsvSource({
        "90s,PT1M30S",
        "2h,PT2H",
        "0,PT0S",
        "0s,PT0S",
        "1h30m,PT1H30M",
        "1.5h,PT1H30M",
        "250ms,PT0.25S",
        "-1s,PT-1S",
        "+2m,PT2M",
        "PT2H,PT2H"
    })
    void durations(String text, Duration is) {
        assertThat(DurationText.parse(text)).isEqualTo(is);
    }

    @ParameterizedTest(name = "SLANG-34: \"{0}\" is refused")
    @ValueSource(strings = {"not-a-duration", "90", "1d", "s", "1h 30m", "99999999999h", ""})
    void noDurations(String text) {
        assertThatThrownBy(() -> DurationText.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\" is no duration such as 90s");
    }

    @Test
    @DisplayName("SLANG-34: a variable that is no duration is refused by its name")
    void noDurationInAVariable() {
        assertThatThrownBy(() -> read(Map.of(), Map.of("SCALER_GCP_CLEANUP_INTERVAL", "not-a-duration")))
                .hasMessageContaining("SCALER_GCP_CLEANUP_INTERVAL: \"not-a-duration\" is no duration");
    }

    private static Optional<Duration> sessionMaxAge(String text) {
        return read(Map.of(), Map.of("SCALER_SESSION_MAX_AGE", text))
                .pools()
                .get(0)
                .sessionMaxAge();
    }

    @Test
    @DisplayName("SLANG-36: a session's age of 0 is off")
    void sessionsOfAnyAge() {
        assertThat(sessionMaxAge("0")).isEmpty();
    }

    @ParameterizedTest(name = "SLANG-37, SLANG-38: a session''s age of {0} is refused")
    @ValueSource(strings = {"-1s", "-2h", "30s"})
    void noSessionMaxAge(String text) {
        assertThatThrownBy(() -> sessionMaxAge(text))
                .hasMessageContaining("SCALER_SESSION_MAX_AGE: \"" + text + "\" is too short")
                .hasMessageContaining("0 is never, else at least 1m");
    }

    @Test
    @DisplayName(
            "SLANG-7: a grace of 0 is the default, a negative one is off; a cleanup interval of 0 or less the default")
    void zeroes() {
        for (String text : List.of("0", "-5s")) {
            assertThat(read(Map.of(ScalerSetting.GCP_CLEANUP_INTERVAL, text), Map.of())
                            .cleanupInterval())
                    .isEqualTo(Duration.ofMinutes(2));
        }
        assertThat(grace("0")).contains(Duration.ofMinutes(30));
        assertThat(grace("-1s")).isEmpty();
        assertThat(grace("45m")).contains(Duration.ofMinutes(45));
    }

    private static Optional<Duration> grace(String text) {
        return read(Map.of(ScalerSetting.ORPHAN_GRACE_PERIOD, text), Map.of())
                .pools()
                .get(0)
                .orphanGrace();
    }

    // ---- the rest ----------------------------------------------------------------------------------------

    @Test
    @DisplayName("All that is wrong is told at once, with its flag and its value, and no secret")
    void problems() {
        assertThatThrownBy(() -> ScalerSettings.of(
                        Map.of(
                                ScalerSetting.MAX_RUNNERS, "many",
                                ScalerSetting.PLATFORM, "beos",
                                ScalerSetting.MIN_RUNNERS, "-1",
                                ScalerSetting.HTTP_PORT, "65536",
                                ScalerSetting.GCP_CLEANUP_INTERVAL, "2h",
                                ScalerSetting.TOKEN, "two words"),
                        Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                        "9 problems",
                        "--max-runners: \"many\" is no number",
                        "--platform: \"beos\" is neither windows nor linux",
                        "--min-runners: \"-1\" is no number",
                        "--http-port: \"65536\" is no number from 0 to 65535",
                        "--gcp-cleanup-interval: \"2h\" is not from 1s to 1h",
                        "--url is missing",
                        "--gcp-project is missing",
                        "--gcp-instance-template is missing",
                        "SCALER_TOKEN")
                .hasMessageNotContaining("two words");
        assertThatThrownBy(() -> read(Map.of(ScalerSetting.MIN_RUNNERS, "6"), Map.of()))
                .hasMessage("--min-runners 6 is more than --max-runners 5");
    }

    @Test
    @DisplayName("On Linux VMs are called linux-test; systemd's folder of the unit holds the journal")
    void derivedDefaults() {
        ScalerSettings settings =
                read(Map.of(ScalerSetting.PLATFORM, "linux"), Map.of("STATE_DIRECTORY", "/var/lib/paddock/a:/b"));
        assertThat(settings.pools().get(0).vmPrefix()).isEqualTo("linux-test");
        assertThat(settings.journal()).contains(Path.of("/var/lib/paddock/a/fleet.journal"));
    }

    private String pem() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(generator.generateKeyPair().getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
    }

    private static String login(Map<ScalerSetting, String> flags, Map<String, String> environment) {
        Map<ScalerSetting, String> all = new EnumMap<>(NEEDED);
        all.remove(ScalerSetting.TOKEN);
        all.putAll(flags);
        return ScalerSettings.of(all, environment).credentials().toString();
    }

    @Test
    @DisplayName("An App goes before a token; each part of it may be a flag or a variable, its key a text or a file;"
            + " a token that is a flag goes before an App that is not")
    void whoAsks() throws Exception {
        String key = pem();
        Map<String, String> app = new HashMap<>(Map.of(
                "SCALER_APP_CLIENT_ID", "Iv1.abc", "SCALER_APP_INSTALLATION_ID", "42", "SCALER_APP_PRIVATE_KEY", key));
        assertThat(login(Map.of(), app)).contains("Iv1.abc", "42").doesNotContain("BEGIN");
        Path file = Files.writeString(folder.resolve("app.pem"), key);
        assertThat(login(
                        Map.of(
                                ScalerSetting.APP_CLIENT_ID, "Iv1.flag",
                                ScalerSetting.APP_PRIVATE_KEY, file.toString(),
                                ScalerSetting.TOKEN, "ghp_x"),
                        Map.of("SCALER_APP_INSTALLATION_ID", "43")))
                .contains("Iv1.flag", "43");
        assertThat(login(Map.of(ScalerSetting.TOKEN, "ghp_x"), app))
                .doesNotContain("Iv1")
                .doesNotContain("ghp_x");
        app.put("SCALER_TOKEN", "ghp_x");
        assertThat(login(Map.of(), app)).contains("Iv1.abc");
        app.put("SCALER_APP_INSTALLATION_ID", "many");
        assertThatThrownBy(() -> login(Map.of(), app)).hasMessageContaining("SCALER_APP_INSTALLATION_ID");
        assertThatThrownBy(() -> login(Map.of(), Map.of())).hasMessageContaining("no GitHub credentials");
        assertThatThrownBy(() -> login(Map.of(ScalerSetting.TOKEN_FILE, folder + "/none"), Map.of()))
                .hasMessageContaining("--token-file: the token's file " + folder + "/none cannot be read");
    }

    // ---- files -------------------------------------------------------------------------------------------

    private static final String YAML = """
            fleet: acme-gpu
            url: https://github.com/acme/engine
            gcp-project: acme-ci
            platform: linux
            gcp-cleanup-interval: 45s
            pools:
              - name: linux-gpu
                labels: [Linux, self-hosted, GPU]
                gcp-instance-template: linux-gpu-runner
                max-runners: 16
                vm-prefix: linux-gpu
              - name: linux-build
                labels: Linux,self-hosted,build
                gcp-instance-template: linux-build-runner
                gcp-gpu-type: none
                vm-prefix: linux-build
                session-max-age: 30m
            """;

    private ScalerSettings ofFile(String name, String text, Map<String, String> environment) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        Map<String, String> all = new HashMap<>(environment);
        all.putIfAbsent("SCALER_TOKEN", "ghp_x");
        return ScalerSettings.of(Map.of(ScalerSetting.CONFIG, file.toString()), all);
    }

    @Test
    @DisplayName("A file has several pools, and beside them what holds for all; what it says goes before variables")
    void fileOfPools() throws Exception {
        ScalerSettings settings = ofFile(
                "pools.yaml",
                YAML,
                Map.of("SCALER_SESSION_MAX_AGE", "5h", "SCALER_GCP_CLEANUP_INTERVAL", "3m", "SCALER_HTTP_PORT", "81"));
        assertThat(settings.fleet()).contains("acme-gpu");
        assertThat(settings.cleanupInterval()).isEqualTo(Duration.ofSeconds(45));
        assertThat(settings.httpPort()).contains(81);
        assertThat(settings.pools()).extracting(ScalerPool::name).containsExactly("linux-gpu", "linux-build");
        ScalerPool gpu = settings.pools().get(0);
        ScalerPool build = settings.pools().get(1);
        assertThat(gpu.labels()).containsExactly("Linux", "self-hosted", "GPU");
        assertThat(build.labels()).containsExactly("Linux", "self-hosted", "build");
        assertThat(gpu.maxRunners()).isEqualTo(16);
        assertThat(build.maxRunners()).isEqualTo(5);
        assertThat(gpu.sessionMaxAge()).contains(Duration.ofHours(5));
        assertThat(build.sessionMaxAge()).contains(Duration.ofMinutes(30));
        assertThat(build.gpuType()).isEmpty();
        assertThat(List.of(gpu, build)).allMatch(pool -> pool.project().equals("acme-ci") && !pool.windows());
    }

    @Test
    @DisplayName("The same in JSON")
    void jsonOfPools() throws Exception {
        ScalerSettings settings = ofFile("pools.json", """
                {"url": "https://github.com/acme", "gcp-project": "acme-ci",
                 "pools": [{"gcp-instance-template": "t", "max-runners": 3, "labels": ["a", "b"]}]}
                """, Map.of());
        assertThat(settings.pools()).singleElement().satisfies(pool -> {
            assertThat(pool.maxRunners()).isEqualTo(3);
            assertThat(pool.labels()).containsExactly("a", "b");
        });
    }

    @ParameterizedTest(name = "A file is refused: {0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "fleet: acme-gpu|fleet: ''|--fleet is missing",
                "vm-prefix: linux-build|vm-prefix: linux-gpu|two pools have the vm-prefix linux-gpu",
                "name: linux-build|name: linux-gpu|two pools have the scale set linux-gpu",
                "max-runners: 16|max-runers: 16|pool 1: there is no setting \"max-runers\"",
                "max-runners: 16|http-port: 16|pool 1: http-port is not of a pool: write it beside \"pools\"",
                "platform: linux|token: ghp_y|token is a secret: set SCALER_TOKEN, or token-file",
                "max-runners: 16|max-runners: {a: 1}|max-runners is neither a value nor a list of them",
                "platform: linux|config: other|config is not of a pool",
                "platform: linux|fleet: twice|cannot be read",
                "pools:|pool:|needs a list \"pools\" with a pool at least",
            })
    void filesThatAreWrong(String said, String instead, String problem) {
        assertThatThrownBy(() -> ofFile("pools.yml", YAML.replace(said, instead), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(problem)
                .hasMessageNotContaining("ghp_y");
    }

    @Test
    @DisplayName("Beside a file a flag of one pool is refused, and one of the process goes before it")
    void flagsBesideAFile() throws Exception {
        Path file = Files.writeString(folder.resolve("pools.yaml"), YAML);
        Map<ScalerSetting, String> flags = new EnumMap<>(Map.of(
                ScalerSetting.CONFIG, file.toString(),
                ScalerSetting.FLEET, "of-the-flag",
                ScalerSetting.TOKEN, "ghp_x"));
        assertThat(ScalerSettings.of(flags, Map.of()).fleet()).contains("of-the-flag");
        flags.put(ScalerSetting.NAME, "one");
        assertThatThrownBy(() -> ScalerSettings.of(flags, Map.of()))
                .hasMessageContaining("--name is of one pool: with --config write it into the file as name");
    }

    @Test
    @DisplayName("The examples in deploy/gcp are flags that it takes")
    void deployExamples() throws Exception {
        for (String system : List.of("linux", "windows")) {
            String text = Files.readString(Path.of("../deploy/gcp/pools/" + system + ".env.example"));
            String flags = text.substring(text.indexOf("SCALER_FLAGS=") + 13).replace("\\\n", " ");
            Map<ScalerSetting, String> given = new EnumMap<>(ScalerSetting.class);
            String[] words = flags.strip().split("\\s+");
            for (int word = 0; word < words.length; word += 2) {
                given.put(ScalerSetting.ofKey(words[word].substring(2)).orElseThrow(), words[word + 1]);
            }
            ScalerSettings settings = ScalerSettings.of(given, Map.of("SCALER_TOKEN", "ghp_x"));
            assertThat(settings.pools().get(0).windows()).isEqualTo(system.equals("windows"));
            assertThat(settings.pools().get(0).zones()).hasSize(4);
        }
        Path pools = Files.copy(Path.of("../deploy/gcp/pools.yaml.example"), folder.resolve("of-the-example.yaml"));
        ScalerSettings together =
                ScalerSettings.of(Map.of(ScalerSetting.CONFIG, pools.toString()), Map.of("SCALER_TOKEN", "ghp_x"));
        assertThat(together.pools()).extracting(ScalerPool::vmPrefix).containsExactly("linux-gpu", "win-gpu");
        assertThat(Files.readString(Path.of("../deploy/gcp/pools/all.env.example")))
                .endsWith("SCALER_FLAGS=--config /etc/paddock/pools.yaml\n");
        for (String line : Files.readAllLines(Path.of("../deploy/gcp/scaler.env.example"))) {
            if (line.matches("#?SCALER_[A-Z_]+=.*")) {
                String name = line.replaceAll("#|=.*", "");
                assertThat(ScalerSetting.values())
                        .anyMatch(setting -> setting.variable().equals(Optional.of(name)));
            }
        }
    }

    @Test
    @DisplayName("The page has each flag with its variable and its default, and no others")
    void page() throws Exception {
        List<String> rows = Files.readAllLines(Path.of("../docs/gcp-scaler.md")).stream()
                .filter(line -> line.startsWith("| `--"))
                .map(line -> line.split(" \\| ")[0] + " | " + line.split(" \\| ")[1] + " | " + line.split(" \\| ")[2])
                .toList();
        assertThat(rows)
                .containsExactlyElementsOf(Stream.of(ScalerSetting.values())
                        .map(setting -> "| `" + setting.flag() + "` | "
                                + setting.variable()
                                        .map(name -> "`" + name + "`")
                                        .orElse("") + " | "
                                + (setting.usual().isEmpty() ? "" : "`" + setting.usual() + "`"))
                        .toList());
    }
}
