package dev.paddock.github.runner;

import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The rows about the systemd unit of a runner, whose name its folder tells. The script svc.sh tells no failure. */
record ServiceChecks(Path folder, Scheduler scheduler, Map<String, String> programs) {
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    private static final List<String> PROPERTIES =
            List.of("LoadState", "ActiveState", "SubState", "UnitFileState", "Result", "User", "SupplementaryGroups");
    /** Who is in one of them is as good as root. */
    private static final Set<String> AS_ROOT = Set.of("sudo", "wheel", "admin", "docker", "root", "lxd", "libvirt");

    private static final String USER = "a user of its own, neither root nor in sudo or docker";

    /** {@code programs} replaces programs by others, for tests. */
    ServiceChecks(Path folder, Scheduler scheduler) {
        this(folder, scheduler, Map.of());
    }

    Row unit() {
        return Row.mandatory("SVC-UNIT", (row, executor) -> shown(row, executor, this::judgeUnit));
    }

    Row user() {
        return Row.mandatory(
                "SVC-USER",
                (row, executor) -> shown(row, executor, unit -> {
                    String user = unit.getOrDefault("User", "");
                    return "loaded".equals(unit.get("LoadState"))
                            ? groups(row, user.isEmpty() ? "root" : user, unit, executor)
                            : CompletableFuture.completedStage(row.skipped("see SVC-UNIT"));
                }));
    }

    private interface Judge extends Function<Map<String, String>, CompletionStage<HostCheckResult>> {}

    private CompletionStage<HostCheckResult> shown(Row row, Executor executor, Judge judge) {
        return CompletableFuture.supplyAsync(this::unitName, executor)
                .thenCompose(name -> name == null
                        ? CompletableFuture.<HostCheckResult>completedStage(
                                row.skipped("no service is installed for " + folder))
                        : show(name, executor).thenCompose(judge))
                .exceptionally(failure -> row.untold(
                        InTime.message(failure), "an answer of systemd", "See what systemctl show says on this host."));
    }

    private @Nullable String unitName() {
        try {
            String name = Files.readString(folder.resolve(".service")).strip();
            if (!name.matches("[\\w.@:\\\\-]+") || name.startsWith("-")) {
                throw new IllegalStateException(folder.resolve(".service") + " names no unit");
            }
            return name;
        } catch (NoSuchFileException none) {
            return null;
        } catch (IOException unreadable) {
            throw new IllegalStateException(folder.resolve(".service") + " cannot be read: " + unreadable, unreadable);
        }
    }

    private CompletionStage<Map<String, String>> show(String unit, Executor executor) {
        var line = List.of(
                programs.getOrDefault("systemctl", "systemctl"),
                "show",
                "-p",
                String.join(",", PROPERTIES),
                "--",
                unit);
        return ShortCommand.run(line, PATIENCE, scheduler, executor).thenApply(ended -> {
            Map<String, String> properties = UnitStatus.properties(ended.output());
            properties.put("Id", unit);
            if (ended.code() != 0 || !properties.containsKey("LoadState")) {
                throw new IllegalStateException("systemctl show " + unit + " ends with " + ended.code());
            }
            return properties;
        });
    }

    private CompletionStage<HostCheckResult> judgeUnit(Map<String, String> unit) {
        Row row = unit();
        String name = unit.getOrDefault("Id", "");
        String load = unit.getOrDefault("LoadState", "");
        String active = unit.getOrDefault("ActiveState", "");
        String file = unit.getOrDefault("UnitFileState", "");
        String result = unit.getOrDefault("Result", "success");
        String observed = name + " is " + load + ", " + active + " (" + unit.getOrDefault("SubState", "") + "), "
                + (file.isEmpty() ? "not enabled" : file) + (result.equals("success") ? "" : ", result " + result);
        String required = "loaded, active and enabled";
        String remedy = "sudo systemctl enable --now " + name + "; what it said: journalctl -u " + name;
        boolean passing = active.equals("activating") || active.equals("reloading");
        HostCheckResult verdict;
        if (!load.equals("loaded") || !(active.equals("active") || passing)) {
            verdict = row.fail(observed, required, remedy);
        } else if (passing || !file.startsWith("enabled")) {
            verdict = row.warn(observed, required, remedy);
        } else {
            verdict = row.pass(observed, required);
        }
        return CompletableFuture.completedStage(verdict);
    }

    private CompletionStage<HostCheckResult> groups(Row row, String user, Map<String, String> unit, Executor executor) {
        if (user.equals("root") || user.equals("0")) {
            return CompletableFuture.completedStage(row.fail(
                    "the service runs as root",
                    USER,
                    "Make a user for it, and install the service for that user: jobs do all that it may."));
        }
        var line = List.of(programs.getOrDefault("id", "id"), "-nG", "--", user);
        return ShortCommand.run(line, PATIENCE, scheduler, executor).thenApply(ended -> {
            if (ended.code() != 0) {
                throw new IllegalStateException("id -nG " + user + " ends with " + ended.code());
            }
            Set<String> groups = new LinkedHashSet<>(words(ended.output()));
            groups.addAll(words(unit.getOrDefault("SupplementaryGroups", "")));
            Set<String> powerful = new TreeSet<>(groups);
            powerful.retainAll(AS_ROOT);
            String observed = "the service runs as " + user + " in " + String.join(", ", groups);
            return powerful.isEmpty()
                    ? row.pass(observed, USER)
                    : row.fail(
                            observed,
                            USER,
                            "sudo gpasswd -d " + user + " "
                                    + powerful.iterator().next()
                                    + ", and restart the service: jobs inherit what " + String.join(" and ", powerful)
                                    + " may.");
        });
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.strip().split("\\s+", -1))
                .filter(word -> !word.isEmpty())
                .toList();
    }
}
