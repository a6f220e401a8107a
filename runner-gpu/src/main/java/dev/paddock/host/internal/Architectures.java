package dev.paddock.host.internal;

import dev.paddock.capacity.ArchitectureSupport.Architecture;
import java.util.Locale;
import java.util.Optional;

/** The many names of architectures. */
public final class Architectures {
    private Architectures() {}

    /**
     * The architecture of a name that a kernel or a JVM gives itself.
     *
     * @param name such as {@code amd64} or {@code armv7l}
     * @return empty if programs of it are not asked about
     */
    public static Optional<Architecture> of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return switch (lower) {
            case "x86_64", "amd64", "x64" -> Optional.of(Architecture.X64);
            case "aarch64", "arm64" -> Optional.of(Architecture.ARM64);
            case "riscv64" -> Optional.of(Architecture.RISCV64);
            default -> lower.matches("arm(v[5-8].*)?") ? Optional.of(Architecture.ARM) : Optional.empty();
        };
    }

    /**
     * GitHub's spelling where it has one.
     *
     * @param name such as {@code amd64}
     * @return such as {@code X64}; for what GitHub has no runner for, the kernel's
     */
    public static String githubName(String name) {
        return of(name).filter(architecture -> architecture != Architecture.RISCV64)
                .map(Architecture::name)
                .orElse(name);
    }

    /**
     * The kernel's own architecture, which an emulated JVM does not know of itself.
     *
     * @param files of the host
     * @param ofJvm what the JVM was built for
     * @return the kernel's name, or the JVM's where the kernel does not tell
     */
    public static String ofKernel(HostFiles files, String ofJvm) {
        return files.text("/proc/sys/kernel/arch")
                .map(String::trim)
                .filter(name -> !name.isEmpty())
                .orElse(ofJvm);
    }
}
