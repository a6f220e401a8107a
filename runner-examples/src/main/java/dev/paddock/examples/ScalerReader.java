package dev.paddock.examples;

import dev.paddock.github.GitHubCredentials;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Makes {@link ScalerSettings} of flags, a file, variables and defaults, and collects all that is wrong with them. */
final class ScalerReader {
    private static final Duration CLEANUP = Duration.ofMinutes(2);
    private static final Duration GRACE = Duration.ofMinutes(30);
    private static final int MOST_PORTS = 65_535;

    private final Map<ScalerSetting, String> flags = new EnumMap<>(ScalerSetting.class);
    private final Map<String, String> environment;
    private final List<String> problems = new ArrayList<>();
    private ScalerFile file = new ScalerFile(Map.of(), List.of(Map.of()));
    private Map<ScalerSetting, String> pool = Map.of();

    ScalerReader(Map<ScalerSetting, String> flags, Map<String, String> environment) {
        flags.forEach((setting, text) -> {
            if (!text.isBlank()) {
                this.flags.put(setting, text);
            }
        });
        this.environment = environment;
    }

    /** A value, and where it stood, for whoever has to mend it. */
    private record Given(String text, String from) {}

    private Optional<Given> given(ScalerSetting setting) {
        return found(flags, setting, setting.flag())
                .or(() -> found(pool, setting, setting.key() + " in the file"))
                .or(() -> found(file.shared(), setting, setting.key() + " in the file"))
                .or(() -> setting.variable()
                        .flatMap(name -> Optional.ofNullable(environment.get(name))
                                .filter(text -> !text.isBlank())
                                .map(text -> new Given(text.strip(), name))));
    }

    private static Optional<Given> found(Map<ScalerSetting, String> values, ScalerSetting setting, String from) {
        return Optional.ofNullable(values.get(setting))
                .filter(text -> !text.isBlank())
                .map(text -> new Given(text.strip(), from));
    }

    private String text(ScalerSetting setting) {
        return given(setting).map(Given::text).orElse(setting.usual());
    }

    private String needed(ScalerSetting setting) {
        String text = text(setting);
        if (text.isEmpty()) {
            problems.add(setting.flag() + " is missing: " + setting.meaning());
        }
        return text;
    }

    /** A value that is read, or the default where there is none or it is wrong. */
    private <T> T read(ScalerSetting setting, T usual, Function<String, T> reader) {
        Optional<Given> given = given(setting);
        if (given.isEmpty()) {
            return usual;
        }
        try {
            return reader.apply(given.get().text());
        } catch (IllegalArgumentException wrong) {
            problems.add(given.get().from() + ": " + wrong.getMessage());
            return usual;
        }
    }

    private int number(ScalerSetting setting, int usual, int most) {
        return read(setting, usual, text -> {
            int number;
            try {
                number = Integer.parseInt(text);
            } catch (NumberFormatException unreadable) {
                number = -1;
            }
            if (number < 0 || number > most) {
                throw new IllegalArgumentException("\"" + text + "\" is no number from 0 to " + most);
            }
            return number;
        });
    }

    private static List<String> parts(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    ScalerSettings read() {
        given(ScalerSetting.CONFIG).ifPresent(given -> file = ScalerFile.read(Path.of(given.text()), problems));
        if (given(ScalerSetting.CONFIG).isPresent()) {
            flags.keySet().stream()
                    .filter(setting -> setting.of() == ScalerSetting.Of.POOL)
                    .forEach(setting -> problems.add(setting.flag() + " is of one pool: with "
                            + ScalerSetting.CONFIG.flag() + " write it into the file as " + setting.key()));
        }
        List<ScalerPool> pools = new ArrayList<>();
        for (Map<ScalerSetting, String> one : file.pools()) {
            pool = one;
            pools.add(pool());
        }
        pool = Map.of();
        Optional<String> fleet = given(ScalerSetting.FLEET).map(Given::text);
        checkTogether(pools, fleet);
        Optional<GitHubCredentials> credentials = credentials();
        Optional<Path> journal = journal();
        Optional<Integer> port = port();
        Duration interval = cleanupInterval();
        URI endpoint = endpoint();
        if (!problems.isEmpty() || credentials.isEmpty()) {
            throw new IllegalArgumentException(
                    (problems.size() == 1 ? "" : problems.size() + " problems:\n") + String.join("\n", problems));
        }
        return new ScalerSettings(fleet, pools, credentials.get(), journal, port, interval, endpoint);
    }

    private void checkTogether(List<ScalerPool> pools, Optional<String> fleet) {
        Set<String> prefixes = new LinkedHashSet<>();
        Set<String> sets = new LinkedHashSet<>();
        for (ScalerPool one : pools) {
            if (!prefixes.add(one.vmPrefix())) {
                problems.add("two pools have the vm-prefix " + one.vmPrefix() + ": give each its own");
            }
            if (!sets.add(one.url() + " " + one.runnerGroup() + " " + one.name())) {
                problems.add("two pools have the scale set " + one.name() + " of " + one.url());
            }
        }
        if (pools.size() > 1 && fleet.isEmpty()) {
            problems.add(ScalerSetting.FLEET.flag() + " is missing: with several pools give them a name together, which"
                    + " stays when one is added");
        }
    }

    // ---- one pool ------------------------------------------------------------------------------------------

    private ScalerPool pool() {
        boolean windows = read(ScalerSetting.PLATFORM, true, text -> switch (text) {
            case "windows" -> true;
            case "linux" -> false;
            default -> throw new IllegalArgumentException("\"" + text + "\" is neither windows nor linux");
        });
        int most = number(ScalerSetting.MAX_RUNNERS, 5, Integer.MAX_VALUE);
        int least = number(ScalerSetting.MIN_RUNNERS, 0, Integer.MAX_VALUE);
        if (least > most) {
            problems.add(ScalerSetting.MIN_RUNNERS.flag() + " " + least + " is more than "
                    + ScalerSetting.MAX_RUNNERS.flag() + " " + most);
        }
        String gpu = text(ScalerSetting.GCP_GPU_TYPE);
        return new ScalerPool(
                needed(ScalerSetting.URL),
                text(ScalerSetting.NAME),
                parts(text(ScalerSetting.LABELS)),
                text(ScalerSetting.RUNNER_GROUP),
                most,
                least,
                needed(ScalerSetting.GCP_PROJECT),
                parts(text(ScalerSetting.GCP_ZONES)),
                needed(ScalerSetting.GCP_INSTANCE_TEMPLATE),
                gpu.equals("none") ? Optional.empty() : Optional.of(gpu),
                windows,
                given(ScalerSetting.VM_PREFIX).map(Given::text).orElse(windows ? "win-test" : "linux-test"),
                read(ScalerSetting.SESSION_MAX_AGE, Optional.of(Duration.ofHours(2)), ScalerReader::sessionMaxAge),
                orphanGrace());
    }

    /** Not negative; 0 is empty, for off. */
    private static Optional<Duration> sessionMaxAge(String text) {
        Duration age = DurationText.parse(text);
        if (!age.isZero() && age.compareTo(Duration.ofMinutes(1)) < 0) {
            throw new IllegalArgumentException("\"" + text + "\" is too short: 0 is never, else at least 1m");
        }
        return Optional.of(age).filter(given -> !given.isZero());
    }

    private Optional<Duration> orphanGrace() {
        Duration grace = read(ScalerSetting.ORPHAN_GRACE_PERIOD, GRACE, DurationText::parse);
        return grace.isNegative() ? Optional.empty() : Optional.of(grace.isZero() ? GRACE : grace);
    }

    // ---- the process ---------------------------------------------------------------------------------------

    private Duration cleanupInterval() {
        return read(ScalerSetting.GCP_CLEANUP_INTERVAL, CLEANUP, text -> {
            Duration interval = DurationText.parse(text);
            if (interval.isNegative() || interval.isZero()) {
                return CLEANUP;
            }
            if (interval.compareTo(Duration.ofSeconds(1)) < 0 || interval.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException("\"" + text + "\" is not from 1s to 1h");
            }
            return interval;
        });
    }

    private Optional<Integer> port() {
        return given(ScalerSetting.HTTP_PORT).isEmpty()
                ? Optional.empty()
                : Optional.of(number(ScalerSetting.HTTP_PORT, 0, MOST_PORTS));
    }

    private URI endpoint() {
        return read(ScalerSetting.GCP_ENDPOINT, URI.create(ScalerSetting.GCP_ENDPOINT.usual()), URI::create);
    }

    /** systemd names the unit's own folder. */
    private Optional<Path> journal() {
        return given(ScalerSetting.JOURNAL)
                .map(given -> Path.of(given.text()))
                .or(() -> Optional.ofNullable(environment.get("STATE_DIRECTORY"))
                        .filter(folders -> !folders.isBlank())
                        .map(folders -> Path.of(folders.split(":", -1)[0], "fleet.journal")))
                .map(Path::toAbsolutePath);
    }

    // ---- who asks GitHub -----------------------------------------------------------------------------------

    /** As the environment would hold them, so that there is one reader of them. */
    private Optional<GitHubCredentials> credentials() {
        Map<String, String> as = new LinkedHashMap<>();
        List<ScalerSetting> app =
                List.of(ScalerSetting.APP_CLIENT_ID, ScalerSetting.APP_INSTALLATION_ID, ScalerSetting.APP_PRIVATE_KEY);
        boolean tokenFlag = flags.containsKey(ScalerSetting.TOKEN) || flags.containsKey(ScalerSetting.TOKEN_FILE);
        if (!tokenFlag || app.stream().anyMatch(flags::containsKey)) {
            app.forEach(setting ->
                    given(setting).ifPresent(given -> as.put(setting.variable().orElseThrow(), given.text())));
        }
        token().ifPresent(token -> as.put("SCALER_TOKEN", token));
        Optional.ofNullable(environment.get("GITHUB_TOKEN")).ifPresent(token -> as.put("GITHUB_TOKEN", token));
        try {
            return Optional.of(GitHubCredentials.fromEnvironment(as));
        } catch (IllegalArgumentException | IllegalStateException wrong) {
            problems.add(String.valueOf(wrong.getMessage()));
            return Optional.empty();
        }
    }

    /** Of the token and a file of it the one counts that stands nearer: the flag's before the file's before the variable's. */
    private Optional<String> token() {
        Optional<String> flag = Optional.ofNullable(flags.get(ScalerSetting.TOKEN));
        if (flag.isPresent()) {
            return flag;
        }
        Optional<Given> token = given(ScalerSetting.TOKEN);
        Optional<Given> stored = given(ScalerSetting.TOKEN_FILE)
                .filter(given -> token.isEmpty()
                        || !given.from()
                                .equals(ScalerSetting.TOKEN_FILE.variable().orElseThrow()));
        if (stored.isEmpty()) {
            return token.map(Given::text);
        }
        try {
            return Optional.of(Files.readString(Path.of(stored.get().text())).strip());
        } catch (IOException unreadable) {
            problems.add(
                    stored.get().from() + ": the token's file " + stored.get().text() + " cannot be read");
            return Optional.empty();
        }
    }
}
