package dev.paddock.github.rest;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A release of the runner program.
 *
 * @param tag for example {@code v2.336.0}
 * @param publishedAt when it came out; empty if not said
 * @param assets its files
 */
public record RunnerRelease(String tag, Optional<Instant> publishedAt, List<Asset> assets) {
    /**
     * A file of a release.
     *
     * @param name for example {@code actions-runner-linux-x64-2.336.0.tar.gz}
     * @param downloadUrl where it is
     * @param sha256 its digest in hexadecimal, where GitHub says so
     * @param size in bytes, 0 if not said
     */
    public record Asset(String name, URI downloadUrl, Optional<String> sha256, long size) {
        /** Checks for nulls. */
        public Asset {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(downloadUrl, "downloadUrl");
            Objects.requireNonNull(sha256, "sha256");
        }
    }

    /** Checks for nulls; copies the list. */
    public RunnerRelease {
        Objects.requireNonNull(tag, "tag");
        Objects.requireNonNull(publishedAt, "publishedAt");
        assets = List.copyOf(assets);
    }

    /**
     * The version, as the runner itself says it.
     *
     * @return the tag without a leading {@code v}
     */
    public String version() {
        return tag.startsWith("v") ? tag.substring(1) : tag;
    }
}
