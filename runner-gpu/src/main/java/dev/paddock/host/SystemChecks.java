package dev.paddock.host;

import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The operating system, its architecture, libraries, programs and user. */
final class SystemChecks {
    private static final String USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /** Those that GitHub has a runner for. */
    static final List<String> ARCHITECTURES = List.of("X64", "ARM64", "ARM");

    private SystemChecks() {}

    static List<HostCheck> of(HostFacts facts) {
        return List.of(
                Look.mandatory("OS-ID", look -> distribution(look, facts)),
                Look.mandatory("OS-ARCH", look -> architecture(look, facts)),
                Look.recommended("OS-LIBS", look -> libraries(look, facts)),
                Look.mandatory("OS-TOOLS", look -> tools(look, facts))
                        .onlyIf(!facts.needs.tools.isEmpty(), "no tool is required"),
                Look.mandatory("OS-ROOT", look -> root(look, facts)));
    }

    private static HostCheckResult distribution(Look look, HostFacts facts) {
        List<String> tested = facts.needs.distributions;
        String required = tested.isEmpty() ? "a supported Linux" : String.join(" or ", tested);
        String remedy = "Use " + required + ". GitHub's runner starts at Ubuntu 20.04, Debian 10 and RHEL 8.";
        Map<String, String> release = release(facts);
        String id = release.getOrDefault("ID", "");
        String version = release.getOrDefault("VERSION_ID", "");
        if (id.isEmpty() || !(version.isEmpty() || DottedVersion.parse(version).isPresent())) {
            return look.unknown("not told by /etc/os-release: " + id + " " + version, required, remedy);
        }
        String observed = (id + " " + version).strip();
        if (tested.stream().anyMatch(observed::equalsIgnoreCase)) {
            return look.pass(observed, required);
        }
        if (!isSupported(id, version)) {
            return look.fail(observed, required, remedy);
        }
        return tested.isEmpty() ? look.pass(observed, required) : look.warn(observed, required, remedy);
    }

    private static Map<String, String> release(HostFacts facts) {
        Map<String, String> values = new HashMap<>();
        List<String> lines = facts.files
                .lines("/etc/os-release")
                .or(() -> facts.files.lines("/usr/lib/os-release"))
                .orElse(List.of());
        for (String line : lines) {
            int equals = line.indexOf('=');
            if (equals > 0 && !line.startsWith("#")) {
                String value = line.substring(equals + 1).strip();
                if (value.length() > 1
                        && value.charAt(0) == value.charAt(value.length() - 1)
                        && (value.startsWith("\"") || value.startsWith("'"))) {
                    value = value.substring(1, value.length() - 1);
                }
                values.put(line.substring(0, equals).strip(), value);
            }
        }
        return values;
    }

    /** What GitHub says that its runner supports, by the first version. */
    private static boolean isSupported(String id, String version) {
        String lowest = switch (id.toLowerCase(Locale.ROOT)) {
            case "ubuntu" -> "20.04";
            case "debian" -> "10";
            case "rhel", "centos", "rocky", "almalinux", "ol" -> "8";
            case "fedora" -> "29";
            case "linuxmint" -> "20";
            case "opensuse-leap", "sles" -> "15.2";
            default -> "";
        };
        var have = DottedVersion.parse(version);
        return !lowest.isEmpty()
                && (have.isEmpty()
                        || have.get().isAtLeast(DottedVersion.parse(lowest).orElseThrow()));
    }

    private static HostCheckResult architecture(Look look, HostFacts facts) {
        String have = facts.host().platform().architecture();
        String wanted = facts.needs.architecture;
        String required = wanted.isEmpty() ? String.join(", ", ARCHITECTURES) : wanted;
        String remedy = "Use a host of another architecture: GitHub has runners for X64, ARM64 and ARM.";
        if (have.isEmpty()) {
            return look.unknown("not told", required, remedy);
        }
        boolean fits = ARCHITECTURES.contains(have) && (wanted.isEmpty() || wanted.equals(have));
        return fits ? look.pass(have, required) : look.fail(have, required, remedy);
    }

    private static HostCheckResult libraries(Look look, HostFacts facts) {
        String required = "libicu and libssl, which the runner loads";
        CommandRunner.Result cache = facts.run("ldconfig", "-p");
        if (!cache.isSuccess() || !cache.output().contains(" => ")) {
            return look.unknown(Told.of(cache), required, "sudo ./bin/installdependencies.sh");
        }
        List<String> missing = new ArrayList<>();
        for (String library : List.of("libicuuc.so", "libssl.so")) {
            if (!cache.output().contains(library)) {
                missing.add(library);
            }
        }
        return missing.isEmpty()
                ? look.pass("found", required)
                : look.fail("missing: " + String.join(", ", missing), required, "sudo ./bin/installdependencies.sh");
    }

    private static HostCheckResult tools(Look look, HostFacts facts) {
        List<String> missing = new ArrayList<>();
        for (String tool : facts.needs.tools) {
            if (!isOnPath(tool, facts)) {
                missing.add(tool);
            }
        }
        String required = String.join(", ", facts.needs.tools);
        return missing.isEmpty()
                ? look.pass("all found", required)
                : look.fail(
                        "missing: " + String.join(", ", missing),
                        required,
                        "sudo apt-get install -y " + String.join(" ", missing));
    }

    private static boolean isOnPath(String tool, HostFacts facts) {
        for (String folder : facts.environment.getOrDefault("PATH", USUAL_PATH).split(":", -1)) {
            Path file = facts.files.at(folder + "/" + tool);
            if (folder.startsWith("/") && Files.isRegularFile(file) && Files.isExecutable(file)) {
                return true;
            }
        }
        return false;
    }

    private static HostCheckResult root(Look look, HostFacts facts) {
        String required = facts.needs.rootAllowed ? "any user" : "another user than root";
        CommandRunner.Result id = facts.uid();
        String uid = id.output().strip();
        String remedy = "Create a user for runners: sudo useradd --create-home gha-runner";
        if (!id.isSuccess() || !uid.matches("\\d+")) {
            return look.unknown(Told.of(id), required, remedy);
        }
        return uid.equals("0") && !facts.needs.rootAllowed
                ? look.fail("uid 0", required, remedy)
                : look.pass("uid " + uid, required);
    }
}
