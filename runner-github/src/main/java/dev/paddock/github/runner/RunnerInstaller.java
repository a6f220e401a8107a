package dev.paddock.github.runner;

import dev.paddock.github.GitHubClient;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the official runner into folders: finds the package for this platform, downloads it once, verifies it, and
 * unpacks it. Which version: the pinned one; else what the service lists for its scope, which is what it expects its
 * runners to be; and while the service cannot be asked, the newest that the cache has.
 *
 * <pre>{@code
 * var installer = RunnerInstaller.builder(github, Path.of("/var/cache/runners"))
 *         .httpClient(httpClient)
 *         .scheduler(scheduler)
 *         .build();
 * installer.install(Path.of("/srv/runner-1")).toCompletableFuture().join();
 * }</pre>
 *
 * <p>A version that nobody has used for 60 days leaves the cache. Nothing is used whose SHA-256 is not what the service, or the pin, says. A folder appears whole or not at all.
 * Several processes may share a cache. Each runner has files of its own, for the runner updates itself in place; with
 * {@link Builder#hardLinks} they are the cache's by another name, which takes no time and no space, and lets a job that
 * may write them change them for all runners.
 *
 * <p>Stages fail with {@link InstallationException} and complete on {@link Scheduler#effects()}, where all files are
 * read and written. Thread-safe. Owns nothing that needs closing.
 */
public final class RunnerInstaller {
    private static final Logger LOG = LoggerFactory.getLogger(RunnerInstaller.class);

    private final Settings settings;
    private final PackageCatalog catalog;
    private final PackageCache cache;
    /** What is being done now, by what it is: those who want the same wait for it. */
    private final ConcurrentMap<String, CompletableFuture<?>> underWay = new ConcurrentSkipListMap<>();

    private record Settings(
            GitHubClient github,
            HttpClient httpClient,
            Scheduler scheduler,
            RunnerPlatform platform,
            @Nullable String pin,
            Optional<String> pinnedSha256,
            boolean unverified,
            boolean hardLinks,
            Duration limit) {}

    private RunnerInstaller(Settings settings, PackageCatalog catalog, PackageCache cache) {
        this.settings = settings;
        this.catalog = catalog;
        this.cache = cache;
    }

    /**
     * Begins an installer.
     *
     * @param github of the scope that the runners are for; its downloads are listed
     * @param cache a folder for packages, made if it is missing; this user's alone
     * @return the builder
     */
    public static Builder builder(GitHubClient github, Path cache) {
        return new Builder(Objects.requireNonNull(github, "github"), Objects.requireNonNull(cache, "cache"));
    }

    /** {@return what it installs runners for} */
    public RunnerPlatform platform() {
        return settings.platform();
    }

    /** The version it installs whatever the service lists. */
    Optional<String> pin() {
        return Optional.ofNullable(settings.pin());
    }

    // ---- packages --------------------------------------------------------------------------------------------

    /**
     * Gets the package into the cache, if it is not there. A pinned one that is there needs no network.
     *
     * @return the verified package
     */
    public CompletionStage<RunnerPackage> fetch() {
        return once("fetch", this::fetchNow);
    }

    private CompletableFuture<RunnerPackage> fetchNow() {
        return onEffects(() -> {
                    cache.prepare();
                    return settings.pin() == null
                            ? Optional.<RunnerPackage>empty()
                            : cache.find(settings.pin()).filter(this::isAsPinned);
                })
                .thenCompose(found -> found.isPresent()
                        ? CompletableFuture.completedFuture(found.get())
                        : catalog.find()
                                .handle((entry, failure) -> failure == null ? get(entry) : fallBack(failure))
                                .thenCompose(stage -> stage)
                                .toCompletableFuture());
    }

    private boolean isAsPinned(RunnerPackage runner) {
        return settings.pinnedSha256().isEmpty()
                || settings.pinnedSha256().get().equals(runner.sha256());
    }

    private CompletableFuture<RunnerPackage> get(PackageCatalog.Entry entry) {
        Optional<String> sha256 = settings.pinnedSha256().or(entry::sha256);
        if (sha256.isEmpty() && !settings.unverified()) {
            return CompletableFuture.failedFuture(new InstallationException(
                    "nobody says what the SHA-256 of " + entry.file() + " is, so it is not used: give it with"
                            + " pinned(version, sha256), or call withoutChecksum()",
                    false,
                    null));
        }
        return onEffects(() -> cache.find(entry.version())
                        .filter(there -> sha256.isEmpty() || sha256.get().equals(there.sha256())))
                .thenCompose(there ->
                        there.isPresent() ? CompletableFuture.completedFuture(there.get()) : download(entry, sha256));
    }

    private CompletableFuture<RunnerPackage> download(PackageCatalog.Entry entry, Optional<String> sha256) {
        LOG.info("downloading {} from {}", entry.file(), entry.address().getHost());
        PackageFile part = cache.part(entry.file());
        return new PackageDownload(
                        settings.httpClient(),
                        settings.scheduler(),
                        settings.limit(),
                        entry.address(),
                        entry.token(),
                        part)
                .run()
                .thenCompose(done -> onEffects(() -> verified(entry, sha256, part)))
                .whenCompleteAsync(
                        (added, failure) -> {
                            if (failure != null) {
                                part.clear();
                            }
                        },
                        settings.scheduler().effects());
    }

    private RunnerPackage verified(PackageCatalog.Entry entry, Optional<String> sha256, PackageFile part)
            throws IOException {
        String is = PackageFile.sha256(part.file());
        if (sha256.isEmpty()) {
            LOG.warn("{} is used though nobody says what its SHA-256 should be; it is {}", entry.file(), is);
        } else if (!is.equals(sha256.get())) {
            throw new InstallationException(
                    "what came as " + entry.file() + " is not that: its SHA-256 is " + is + " and should be "
                            + sha256.get() + "; see what is between this host and "
                            + entry.address().getHost(),
                    true,
                    null);
        }
        return cache.add(part, entry.version(), is);
    }

    /** The last good one, while the service cannot be asked. */
    private CompletableFuture<RunnerPackage> fallBack(Throwable failure) {
        Throwable cause = InTime.cause(failure);
        if (settings.pin() != null && settings.pinnedSha256().isPresent()) {
            return get(catalog.usual(settings.pin())); // we know all there is to know
        }
        if (settings.pin() != null || cause instanceof InstallationException) {
            return CompletableFuture.failedFuture(cause);
        }
        return onEffects(cache::newest).thenCompose(newest -> {
            if (newest.isEmpty()) {
                return CompletableFuture.failedFuture(cause);
            }
            LOG.warn(
                    "{} of the cache is used, since the downloads of {} cannot be listed: {}",
                    newest.get().archive().getFileName(),
                    settings.github().scope(),
                    cause.getMessage());
            return CompletableFuture.completedFuture(newest.get());
        });
    }

    /**
     * How old a package is by the newest release, as far as that can be looked up.
     *
     * @param runner the package
     * @return never fails; what is not known is {@code UNKNOWN}
     */
    public CompletionStage<RunnerFreshness> freshness(RunnerPackage runner) {
        return RunnerFreshness.of(runner.version(), settings.github(), settings.scheduler());
    }

    // ---- folders ---------------------------------------------------------------------------------------------

    /**
     * Puts the runner into a folder, which must not be there: an attempt that was interrupted leaves none. Only one at
     * a time may install into the same folder. A pinned version that GitHub gives no jobs any more is refused.
     *
     * @param folder its parent is made if it is missing
     * @return the package that is in the folder now
     */
    public CompletionStage<RunnerPackage> install(Path folder) {
        Path target = folder.toAbsolutePath().normalize();
        return fetch().thenCompose(this::unlessExpired)
                .thenCompose(runner -> unpacked(runner)
                        .thenCompose(tree -> onEffects(() -> {
                            cache.put(tree, target, settings.hardLinks());
                            return runner;
                        })));
    }

    PackageCatalog catalog() {
        return catalog;
    }

    PackageCache cache() {
        return cache;
    }

    /** The cache's folder of what is to be copied into runners' folders. */
    CompletionStage<Path> prepare() {
        return fetch().thenCompose(this::unlessExpired).thenCompose(this::unpacked);
    }

    private CompletionStage<Path> unpacked(RunnerPackage runner) {
        return once("unpack " + runner.sha256(), () -> onEffects(() -> cache.unpacked(runner)));
    }

    /** Copies what {@link #prepare} has told of. Blocks; what a failure leaves is the caller's to delete. */
    void copy(Path tree, Path folder) throws IOException {
        PackageCache.copy(tree, folder, settings.hardLinks());
    }

    private CompletionStage<RunnerPackage> unlessExpired(RunnerPackage runner) {
        if (settings.pin() == null) {
            return CompletableFuture.completedStage(runner);
        }
        return freshness(runner).thenApply(freshness -> {
            if (freshness.verdict() == RunnerFreshness.Verdict.EXPIRED) {
                throw new InstallationException(
                        freshness + ", and GitHub gives no jobs to runners that are " + RunnerFreshness.LIMIT.toDays()
                                + " days behind; pin a newer one, or none",
                        false,
                        null);
            } else if (freshness.verdict() == RunnerFreshness.Verdict.AGING) {
                LOG.warn("{}; at {} days GitHub gives it no jobs", freshness, RunnerFreshness.LIMIT.toDays());
            }
            return runner;
        });
    }

    // ---- how it is done --------------------------------------------------------------------------------------

    private static String chance(Scheduler scheduler) {
        return HexFormat.of().toHexDigits(scheduler.random().nextLong());
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> CompletableFuture<T> onEffects(Work<T> work) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return work.run();
                    } catch (IOException failure) {
                        String what = failure instanceof java.nio.file.FileSystemException
                                ? failure.toString()
                                : failure.getMessage();
                        throw new InstallationException(
                                "the runner cannot be installed: " + what
                                        + (failure instanceof NoRoomException
                                                ? ""
                                                : "; see to the disk, or name another folder"),
                                true,
                                failure);
                    }
                },
                settings.scheduler().effects());
    }

    @SuppressWarnings("unchecked") // by its name the work is of one type
    private <T> CompletionStage<T> once(String what, Supplier<CompletableFuture<T>> work) {
        var mine = new CompletableFuture<T>();
        CompletableFuture<?> others = underWay.putIfAbsent(what, mine);
        if (others != null) {
            return ((CompletableFuture<T>) others).minimalCompletionStage();
        }
        return work.get()
                .whenComplete((result, failure) -> {
                    underWay.remove(what, mine);
                    if (failure != null) {
                        mine.completeExceptionally(InTime.cause(failure));
                    } else {
                        mine.complete(result);
                    }
                })
                .minimalCompletionStage();
    }

    /** {@return what it installs from where} */
    @Override
    public String toString() {
        return "RunnerInstaller[" + settings.platform() + ", "
                + (settings.pin() == null ? settings.github().scope().toString() : "pinned to " + settings.pin()) + "]";
    }

    /** Builds a {@link RunnerInstaller}. Not thread-safe. */
    public static final class Builder {
        private static final Duration LONGEST = Duration.ofHours(6);

        private final GitHubClient github;
        private final Path cache;
        private @Nullable HttpClient httpClient;
        private @Nullable Scheduler scheduler;
        private @Nullable RunnerPlatform platform;
        private @Nullable String pin;
        private Optional<String> sha256 = Optional.empty();
        private @Nullable URI mirror;
        private boolean unverified;
        private boolean hardLinks;
        private Duration limit = Duration.ofMinutes(15);
        private PackageArchive.Limits limits = PackageArchive.Limits.USUAL;

        private Builder(GitHubClient github, Path cache) {
            this.github = github;
            this.cache = cache.toAbsolutePath().normalize();
        }

        /**
         * What downloads. Required; the same as the client's will do. Made by {@link
         * dev.paddock.github.GitHubConnection#newHttpClient} it goes through a proxy and knows more authorities.
         *
         * @param value a client that follows no redirects; the caller closes it
         * @return this
         * @throws IllegalArgumentException if it follows redirects, and would take tokens along
         */
        public Builder httpClient(HttpClient value) {
            if (value.followRedirects() != HttpClient.Redirect.NEVER) {
                throw new IllegalArgumentException("an httpClient that follows redirects would carry tokens to other"
                        + " hosts: build it with followRedirects(HttpClient.Redirect.NEVER)");
            }
            httpClient = value;
            return this;
        }

        /**
         * Time, chance, and the threads that files are written on. Required; the caller closes it.
         *
         * @param value the scheduler
         * @return this
         */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /**
         * Installs for another platform than this JVM's.
         *
         * @param value the platform; default {@link RunnerPlatform#current()}
         * @return this
         */
        public Builder platform(RunnerPlatform value) {
            platform = Objects.requireNonNull(value, "platform");
            return this;
        }

        /**
         * Installs one version, whatever the service lists. Its digest is what the service says; for a version that it
         * does not list any more use {@link #pinned(String, String)}.
         *
         * @param version such as {@code 2.336.0}
         * @return this
         * @throws IllegalArgumentException if it is no version
         */
        public Builder pinned(String version) {
            if (!PackageCatalog.VERSION.matcher(version).matches()) {
                throw new IllegalArgumentException("a version is like 2.336.0: \"" + version + "\"");
            }
            pin = version;
            return this;
        }

        /**
         * Installs one version with a known digest.
         *
         * @param version such as {@code 2.336.0}
         * @param digest its SHA-256, 64 hexadecimal digits, as in the release's notes
         * @return this
         * @throws IllegalArgumentException if it is no version or no digest
         */
        public Builder pinned(String version, String digest) {
            String lower = digest.toLowerCase(Locale.ROOT);
            if (!PackageCatalog.SHA256.matcher(lower).matches()) {
                throw new IllegalArgumentException("a SHA-256 has 64 hexadecimal digits: \"" + digest + "\"");
            }
            sha256 = Optional.of(lower);
            return pinned(version);
        }

        /**
         * Downloads packages from elsewhere. Digests are still the service's, or the pin's.
         *
         * @param base below which the packages' files are, by their names
         * @return this
         * @throws IllegalArgumentException if it is no http or https address
         */
        public Builder mirror(URI base) {
            if (!"https".equalsIgnoreCase(base.getScheme()) && !"http".equalsIgnoreCase(base.getScheme())) {
                throw new IllegalArgumentException("a mirror is at an https or http address, not " + base.getScheme());
            }
            if (base.getHost() == null || base.getRawUserInfo() != null) {
                throw new IllegalArgumentException(
                        "a mirror's address names a host and no login, which would not be sent: " + base.getHost());
            }
            mirror = base;
            return this;
        }

        /**
         * Uses packages whose digest nobody says, with a warning. One that is said is still kept to.
         *
         * @return this
         */
        public Builder withoutChecksum() {
            unverified = true;
            return this;
        }

        /**
         * Gives all runners the cache's files by other names in place of copies, if they are in one file system. For
         * runners whose jobs cannot write to them, such as those of another user.
         *
         * @return this
         */
        public Builder hardLinks() {
            hardLinks = true;
            return this;
        }

        /**
         * How long one attempt of a download may take; there are three. Default 15 minutes, as the runner's own updater
         * has it.
         *
         * @param value positive, at most 6 hours
         * @return this
         */
        public Builder downloadTimeout(Duration value) {
            if (value.isNegative() || value.isZero() || value.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(
                        "downloadTimeout must be positive and at most " + LONGEST + ": " + value);
            }
            limit = value;
            return this;
        }

        Builder limits(PackageArchive.Limits value) {
            limits = value;
            return this;
        }

        /**
         * Builds the installer. Nothing is read, written or asked yet.
         *
         * @return the installer
         * @throws IllegalStateException naming what is missing
         * @throws UnsupportedPlatformException if there is no package for this JVM's platform and no other was named
         */
        public RunnerInstaller build() {
            List<String> missing = new ArrayList<>();
            if (httpClient == null) {
                missing.add("httpClient");
            }
            if (scheduler == null) {
                missing.add("scheduler");
            }
            if (httpClient == null || scheduler == null) {
                throw new IllegalStateException("an installer needs: " + String.join(", ", missing));
            }
            RunnerPlatform on = platform == null ? RunnerPlatform.current() : platform;
            Scheduler clock = scheduler;
            var settings = new Settings(github, httpClient, clock, on, pin, sha256, unverified, hardLinks, limit);
            return new RunnerInstaller(
                    settings,
                    new PackageCatalog(github, on, pin, mirror),
                    new PackageCache(cache, on, limits, clock, () -> chance(clock)));
        }
    }
}
