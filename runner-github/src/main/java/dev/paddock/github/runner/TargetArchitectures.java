package dev.paddock.github.runner;

import dev.paddock.capacity.ArchitectureSupport.Architecture;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * How the runners of one host are divided among the architectures that jobs build for, and by which labels jobs find
 * them. Pure functions.
 *
 * <p>The runner program is always the host's own. A share for another architecture is for jobs that execute such programs
 * through an emulator; {@code dev.paddock.host.Emulation} of runner-gpu tells whether this host has one.
 */
public final class TargetArchitectures {
    private TargetArchitectures() {}

    /**
     * The runners for one architecture; a pool can be made of it.
     *
     * @param architecture which
     * @param runners how many, 0 or more
     * @param emulated whether it is not the host's own
     * @param labels what its jobs ask for: {@code self-hosted}, the system's label, and the architecture's, such as
     *     {@code ARM64}, or {@code emulated-arm64} where it is emulated
     */
    public record Share(Architecture architecture, int runners, boolean emulated, List<String> labels) {
        /** Copies the labels and checks for nulls. */
        public Share {
            Objects.requireNonNull(architecture, "architecture");
            labels = List.copyOf(labels);
        }
    }

    /**
     * Divides runners: each architecture gets {@code floor(runners / architectures)}, and the first ones one more until
     * all are dealt out, so that 5 over 3 are 2, 2 and 1.
     *
     * @param runners how many, at least 0
     * @param targets the architectures, none twice; not empty
     * @return how many for each, in the order given
     * @throws IllegalArgumentException naming the value and its bound
     */
    public static Map<Architecture, Integer> distribute(int runners, List<Architecture> targets) {
        if (runners < 0) {
            throw new IllegalArgumentException("runners must be at least 0: " + runners);
        }
        if (targets.isEmpty() || Set.copyOf(targets).size() < targets.size()) {
            throw new IllegalArgumentException("target architectures must be at least one, and none twice: " + targets);
        }
        Map<Architecture, Integer> shares = new LinkedHashMap<>();
        for (Architecture target : targets) {
            int first = runners % targets.size();
            shares.put(target, runners / targets.size() + (shares.size() < first ? 1 : 0));
        }
        return shares;
    }

    /**
     * Divides the runners of a host, with the labels of each share.
     *
     * @param runners how many, at least 0
     * @param host what the host is
     * @param targets the architectures, none twice; not empty
     * @return a share for each, in the order given
     * @throws IllegalArgumentException naming the value and its bound
     */
    public static List<Share> distribute(int runners, RunnerPlatform host, List<Architecture> targets) {
        List<Share> shares = new ArrayList<>();
        distribute(runners, targets)
                .forEach((target, count) ->
                        shares.add(new Share(target, count, target != own(host), labels(host, target))));
        return List.copyOf(shares);
    }

    /**
     * The architecture of a platform's programs.
     *
     * @param platform a platform
     * @return {@code X64}, {@code ARM64} or {@code ARM}
     */
    public static Architecture own(RunnerPlatform platform) {
        return Architecture.valueOf(platform.architecture().toUpperCase(Locale.ROOT));
    }

    private static List<String> labels(RunnerPlatform host, Architecture target) {
        String architecture = target == own(host)
                ? target.name()
                : "emulated-" + target.name().toLowerCase(Locale.ROOT);
        return List.of("self-hosted", host.systemLabels().get(0), architecture);
    }

    /**
     * Checks that labels do not claim another system or architecture: a job that asks for {@code ARM64} on an x64 host
     * would get what it cannot run on. Case does not matter.
     *
     * @param host what the host is
     * @param labels labels to be given to its runners
     * @return the same labels
     * @throws IllegalArgumentException if one is another platform's; names the label to use instead
     */
    public static List<String> honest(RunnerPlatform host, List<String> labels) {
        for (String label : labels) {
            foreign(host, label).ifPresent(why -> {
                throw new IllegalArgumentException(why);
            });
        }
        return List.copyOf(labels);
    }

    private static Optional<String> foreign(RunnerPlatform host, String label) {
        Set<String> others = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        others.addAll(List.of("Linux", "macOS", "Windows"));
        for (Architecture architecture : Architecture.values()) {
            others.add(architecture.name());
        }
        host.systemLabels().forEach(others::remove);
        if (!others.contains(label)) {
            return Optional.empty();
        }
        boolean system = Set.of("linux", "macos", "windows").contains(label.toLowerCase(Locale.ROOT));
        return Optional.of("the label \"" + label + "\" is not true of a host that is " + host + ": "
                + (system
                        ? "leave it out"
                        : "leave it out, or if the host can emulate it use emulated-"
                                + label.toLowerCase(Locale.ROOT)));
    }

    /** The labels of a share where others than the usual ones are wanted, such as those of a person's choice. */
    static List<String> labels(RunnerPlatform host, Share share, List<String> chosen) {
        if (chosen.isEmpty()) {
            return share.labels();
        }
        Set<String> labels = new LinkedHashSet<>(chosen);
        if (share.emulated()) {
            labels.removeIf(label -> label.equalsIgnoreCase(own(host).name()));
            labels.add(share.labels().get(2));
        }
        return List.copyOf(labels);
    }
}
