package dev.paddock.github.runner;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.rest.RunnerDownload;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which package is wanted, where it is and what its digest has to be: by the pin, else as the service lists it. */
record PackageCatalog(
        GitHubClient github,
        RunnerPlatform platform,
        @Nullable String pin,
        @Nullable URI mirror) {
    static final Pattern VERSION = Pattern.compile("\\d{1,6}\\.\\d{1,6}\\.\\d{1,6}");
    static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private static final String RELEASES = "https://github.com/actions/runner/releases/download/v";

    /** A package somewhere; {@code sha256} in lower case. */
    record Entry(String version, String file, URI address, Optional<String> token, Optional<String> sha256) {}

    /** Fails if the service cannot be asked, or has none for this platform. */
    CompletionStage<Entry> find() {
        return github.downloads().thenCompose(all -> {
            Optional<Entry> listed = all.stream()
                    .filter(one ->
                            one.os().equals(platform.os()) && one.architecture().equals(platform.architecture()))
                    .flatMap(one -> listed(one).stream())
                    .filter(one -> pin == null || one.version().equals(pin))
                    .findFirst();
            return listed.isPresent()
                    ? CompletableFuture.completedStage(listed.get())
                    : pin == null ? CompletableFuture.failedStage(notListed(all)) : released(pin);
        });
    }

    /** What a version is called, and where it is, as long as nobody says otherwise. */
    Entry usual(String version) {
        String file = platform.packageFile(version);
        return new Entry(
                version,
                file,
                mirror == null ? URI.create(RELEASES + version + "/" + file) : mirrored(mirror, file),
                Optional.empty(),
                Optional.empty());
    }

    private Optional<Entry> listed(RunnerDownload one) {
        String file = one.filename();
        String prefix = platform.packagePrefix();
        String version =
                file.startsWith(prefix) ? file.substring(prefix.length()).replaceAll("\\.(tar\\.gz|zip)$", "") : "";
        if (!VERSION.matcher(version).matches() || !file.equals(platform.packageFile(version))) {
            return Optional.empty();
        }
        Optional<String> sha256 = one.sha256()
                .map(digest -> digest.toLowerCase(Locale.ROOT))
                .filter(digest -> SHA256.matcher(digest).matches());
        return Optional.of(
                mirror == null
                        ? new Entry(version, file, one.downloadUrl(), one.temporaryToken(), sha256)
                        : new Entry(version, file, mirrored(mirror, file), Optional.empty(), sha256));
    }

    /** Of the newest release we learn the digest; of others the builder of the installer has to. */
    private CompletionStage<Entry> released(String version) {
        Entry usual = usual(version);
        return github.latestRunnerRelease()
                .handle((release, failure) ->
                        release == null || !release.version().equals(version)
                                ? usual
                                : release.assets().stream()
                                        .filter(asset -> asset.name().equals(usual.file()))
                                        .findFirst()
                                        .map(asset -> new Entry(
                                                version,
                                                usual.file(),
                                                mirror == null ? asset.downloadUrl() : usual.address(),
                                                Optional.empty(),
                                                asset.sha256().map(digest -> digest.toLowerCase(Locale.ROOT))))
                                        .orElse(usual));
    }

    private static URI mirrored(URI mirror, String file) {
        String base = mirror.toString();
        return URI.create(base.endsWith("/") ? base + file : base + "/" + file);
    }

    private InstallationException notListed(List<RunnerDownload> all) {
        List<String> there = all.stream()
                .map(one -> one.os() + "-" + one.architecture())
                .sorted()
                .toList();
        return new InstallationException(
                github.scope() + " lists no package of the runner for " + platform + ", only for " + there
                        + "; pin a version, or use a host of another kind",
                false,
                null);
    }
}
