package dev.paddock.github.runner;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A package of the official runner in the cache of a {@link RunnerInstaller}, verified. Immutable.
 *
 * @param platform what it runs on
 * @param version such as {@code 2.336.0}
 * @param archive the file, the cache's
 * @param sha256 of the file, 64 hexadecimal digits in lower case
 */
public record RunnerPackage(RunnerPlatform platform, String version, Path archive, String sha256) {
    /** Checks for nulls. */
    public RunnerPackage {
        Objects.requireNonNull(platform, "platform");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(archive, "archive");
        Objects.requireNonNull(sha256, "sha256");
    }
}
