package dev.paddock.github.rest;

import java.net.URI;
import java.util.Objects;
import java.util.Optional;

/**
 * A package of the runner program that goes with this GitHub. {@code toString} is redacted.
 *
 * @param os for example {@code linux}, {@code osx}, {@code win}
 * @param architecture for example {@code x64}, {@code arm64}
 * @param downloadUrl where the package is
 * @param filename its name
 * @param temporaryToken a secret to send as Bearer token with the download, where one is needed
 * @param sha256 of the package, in hexadecimal, where GitHub says so
 */
public record RunnerDownload(
        String os,
        String architecture,
        URI downloadUrl,
        String filename,
        Optional<String> temporaryToken,
        Optional<String> sha256) {
    /** Checks for nulls. */
    public RunnerDownload {
        Objects.requireNonNull(os, "os");
        Objects.requireNonNull(architecture, "architecture");
        Objects.requireNonNull(downloadUrl, "downloadUrl");
        Objects.requireNonNull(filename, "filename");
        Objects.requireNonNull(temporaryToken, "temporaryToken");
        Objects.requireNonNull(sha256, "sha256");
    }

    @Override
    public String toString() {
        return "RunnerDownload[os=" + os + ", architecture=" + architecture + ", filename=" + filename + ", sha256="
                + sha256 + ", ***]";
    }
}
