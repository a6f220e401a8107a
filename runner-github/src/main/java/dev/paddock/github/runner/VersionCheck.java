package dev.paddock.github.runner;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.runner.RunnerFreshness.Verdict;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The row about the version of the runner: of one that is installed, or of what an installer would install.
 *
 * @param folder of a runner, whose version counts; null if there is none
 */
record VersionCheck(
        GitHubClient github,
        Scheduler scheduler,
        @Nullable RunnerInstaller installer,
        @Nullable Path folder) {
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    private static final String REQUIRED = "less than " + RunnerFreshness.LIMIT.toDays() + " days behind";

    /** Which version it is, and whether it stays that one. */
    private record Found(Optional<String> version, boolean stays, String where) {}

    Row row() {
        return Row.mandatory("RUNNER-VERSION", (row, executor) -> {
            Optional<UnsupportedPlatformException> none = unsupported();
            return none.isPresent()
                    ? CompletableFuture.completedStage(row.fail(
                            "no official runner exists for this host",
                            "one of " + RunnerPlatform.all(),
                            String.valueOf(none.get().getMessage())))
                    : found(executor)
                            .thenCompose(found -> judged(row, found))
                            .exceptionally(failure -> row.untold(
                                    InTime.message(failure), REQUIRED, "See that it can be started, and its folder."));
        });
    }

    private Optional<UnsupportedPlatformException> unsupported() {
        try {
            if (installer == null) {
                RunnerPlatform.current();
            }
            return Optional.empty();
        } catch (UnsupportedPlatformException none) {
            return Optional.of(none);
        }
    }

    private CompletionStage<Found> found(Executor executor) {
        Path listener = folder == null ? null : listener(folder);
        if (listener != null) {
            return ShortCommand.run(List.of(listener.toString(), "--version"), PATIENCE, scheduler, executor)
                    .thenApply(said -> new Found(Optional.of(version(said)), true, " in " + folder));
        }
        RunnerInstaller source = installer;
        if (source == null) {
            return CompletableFuture.completedStage(new Found(Optional.empty(), false, ""));
        }
        String pin = source.catalog().pin();
        if (pin != null) {
            return CompletableFuture.completedStage(new Found(Optional.of(pin), true, ", which is pinned"));
        }
        return CompletableFuture.supplyAsync(() -> newest(source.cache()), executor)
                .thenApply(version -> new Found(version, false, " in the cache"));
    }

    private static Optional<String> newest(PackageCache cache) {
        try {
            return cache.versions().stream().findFirst();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static @Nullable Path listener(Path folder) {
        for (String name : List.of("Runner.Listener", "Runner.Listener.exe")) {
            Path listener = folder.resolve("bin").resolve(name);
            if (Files.isRegularFile(listener)) {
                return listener;
            }
        }
        return null;
    }

    private static String version(ShortCommand.Ended said) {
        String version = said.output().strip();
        if (said.code() != 0 || !PackageCatalog.VERSION.matcher(version).matches()) {
            throw new IllegalStateException("Runner.Listener --version tells no version, ends with " + said.code());
        }
        return version;
    }

    private CompletionStage<HostCheckResult> judged(Row row, Found found) {
        if (found.version().isEmpty()) {
            return CompletableFuture.completedStage(row.pass("none is installed yet", REQUIRED));
        }
        String version = found.version().get();
        return InTime.of(RunnerFreshness.of(version, github, scheduler), PATIENCE, scheduler)
                .thenApply(freshness -> judged(row, found, freshness));
    }

    private static HostCheckResult judged(Row row, Found found, RunnerFreshness freshness) {
        String observed = freshness + found.where();
        Verdict verdict = freshness.verdict();
        String then = "GitHub gives no jobs to runners that are " + RunnerFreshness.LIMIT.toDays() + " days behind";
        if (verdict == Verdict.CURRENT) {
            return row.pass(observed, REQUIRED);
        } else if (verdict == Verdict.UNKNOWN) {
            return row.untold(observed, REQUIRED, "A GitHub Enterprise Server tells no releases; look there yourself.");
        } else if (!found.stays()) {
            return row.warn(observed, REQUIRED, "A newer one is fetched before runners are made of it: " + then + ".");
        }
        String remedy = "Update it, or pin a newer one: " + then + ".";
        return verdict == Verdict.AGING ? row.warn(observed, REQUIRED, remedy) : row.fail(observed, REQUIRED, remedy);
    }
}
