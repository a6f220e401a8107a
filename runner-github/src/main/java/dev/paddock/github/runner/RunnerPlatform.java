package dev.paddock.github.runner;

import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * An operating system and an architecture that there is a package of the official runner for. There are seven; others,
 * RISC-V among them, have none, and none stands in for them. Immutable.
 *
 * @param os {@code linux}, {@code osx} or {@code win}, as in the packages' names
 * @param architecture {@code x64}, {@code arm64} or {@code arm}, as in the packages' names
 */
public record RunnerPlatform(String os, String architecture) {
    /** In the order of the runner's release notes. */
    private static final List<String> PACKAGES =
            List.of("win-x64", "win-arm64", "osx-x64", "osx-arm64", "linux-x64", "linux-arm64", "linux-arm");

    /**
     * Checks that there is a package.
     *
     * @throws UnsupportedPlatformException if there is none; the message names those that there are
     */
    public RunnerPlatform {
        Objects.requireNonNull(os, "os");
        Objects.requireNonNull(architecture, "architecture");
        if (!PACKAGES.contains(os + "-" + architecture)) {
            throw new UnsupportedPlatformException(os + "-" + architecture, PACKAGES);
        }
    }

    /**
     * The platform of this JVM. A 32-bit JVM on a 64-bit system, and one that is emulated, say what they are and not
     * what the machine is.
     *
     * @return of the system properties {@code os.name} and {@code os.arch}
     * @throws UnsupportedPlatformException if there is no package for it
     */
    public static RunnerPlatform current() {
        return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    }

    /**
     * Translates what Java calls a system.
     *
     * @param osName as the system property {@code os.name} has it, such as {@code Mac OS X}
     * @param osArch as the system property {@code os.arch} has it, such as {@code amd64} or {@code aarch64}
     * @return the platform
     * @throws UnsupportedPlatformException if there is no package for it
     */
    public static RunnerPlatform of(String osName, String osArch) {
        String name = osName.toLowerCase(Locale.ROOT);
        String os = name.equals("linux")
                ? "linux"
                : name.startsWith("mac") || name.equals("darwin") ? "osx" : name.startsWith("windows") ? "win" : name;
        return new RunnerPlatform(os, architecture(osArch));
    }

    /** As the packages' names have it; what none is for stays as it is. */
    static String architecture(String told) {
        return switch (told.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64", "x64" -> "x64";
            case "aarch64", "arm64" -> "arm64";
            case "arm", "armv7l", "armv7", "armhf" -> "arm";
            default -> told.toLowerCase(Locale.ROOT);
        };
    }

    /**
     * All there are packages for.
     *
     * @return seven
     */
    public static List<RunnerPlatform> all() {
        return PACKAGES.stream()
                .map(name -> name.split("-", 2))
                .map(parts -> new RunnerPlatform(parts[0], parts[1]))
                .toList();
    }

    /**
     * The labels that a runner of this platform gives itself, after {@code self-hosted}.
     *
     * @return such as {@code Linux} and {@code X64}
     */
    public List<String> systemLabels() {
        String osLabel = switch (os) {
            case "linux" -> "Linux";
            case "osx" -> "macOS";
            default -> "Windows";
        };
        return List.of(osLabel, architecture.toUpperCase(Locale.ROOT));
    }

    /**
     * The name of a package's file.
     *
     * @param version such as {@code 2.336.0}
     * @return such as {@code actions-runner-linux-x64-2.336.0.tar.gz}
     */
    public String packageFile(String version) {
        return packagePrefix() + version + (isWindows() ? ".zip" : ".tar.gz");
    }

    String packagePrefix() {
        return "actions-runner-" + this + "-";
    }

    boolean isWindows() {
        return os.equals("win");
    }

    /** {@return as in the packages' names, such as {@code linux-x64}} */
    @Override
    public String toString() {
        return os + "-" + architecture;
    }
}
