package dev.paddock.internal.report;

import dev.paddock.ByteSize;
import dev.paddock.spi.DiagnosticsSink;
import dev.paddock.spi.RunnerDiagnostics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The diagnostics of runners in a folder, one of its own for each. A crash leaves at most a draft. */
public final class DiagnosticsFolder implements DiagnosticsSink {
    private static final ByteSize LEAST = ByteSize.ofMiB(1);
    /** Of all that may be kept, one runner's share. */
    private static final int SHARES = 4;
    /** A draft of which nothing more has come for this long is of a process that has died. */
    private static final Duration DRAFT = Duration.ofDays(1);

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final Pattern NAME = Pattern.compile("\\.?(\\d{8}T\\d{6}\\.\\d{3}Z)-[a-z0-9-]+");

    private final Path folder;
    private final ByteSize most;
    private final Duration oldest;

    /**
     * A sink.
     *
     * @param folder where to
     * @param most for all runners
     * @param oldest how long
     */
    public DiagnosticsFolder(Path folder, ByteSize most, Duration oldest) {
        this.folder = Objects.requireNonNull(folder, "folder").toAbsolutePath().normalize();
        this.most = Objects.requireNonNull(most, "most");
        this.oldest = Objects.requireNonNull(oldest, "oldest");
        if (most.compareTo(LEAST) < 0) {
            throw new IllegalArgumentException("most must be at least " + LEAST + ": " + most);
        }
        if (oldest.isNegative() || oldest.isZero()) {
            throw new IllegalArgumentException("oldest must be positive: " + oldest);
        }
    }

    @Override
    public CompletionStage<Void> keep(RunnerDiagnostics diagnostics) {
        try {
            copy(diagnostics);
            return CompletableFuture.completedFuture(null);
        } catch (IOException | UncheckedIOException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private void copy(RunnerDiagnostics diagnostics) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, only("rwx------"));
        }
        List<MaskedCopy> copies = MaskedCopy.of(diagnostics, most.bytes() / SHARES);
        long need = copies.stream().mapToLong(MaskedCopy::bytes).sum();
        tidy(diagnostics.at(), most.bytes() - need);
        String name = TIME.format(diagnostics.at()) + "-" + diagnostics.runner().value();
        Path draft = folder.resolve("." + name);
        delete(draft);
        Files.createDirectory(draft, only("rwx------"));
        try {
            Path about = Files.createFile(draft.resolve("about.txt"), only("rw-------"));
            Files.writeString(about, about(diagnostics));
            for (MaskedCopy one : copies) {
                Path target = draft.resolve(one.name());
                Files.createDirectories(target.getParent(), only("rwx------"));
                one.write(Files.createFile(target, only("rw-------")), diagnostics.mask());
            }
            publish(draft, name);
        } catch (IOException | RuntimeException failure) {
            delete(draft);
            throw failure;
        }
    }

    /** A runner that is kept twice in one instant is kept once, the last time. */
    private void publish(Path draft, String name) throws IOException {
        Path target = folder.resolve(name);
        delete(target);
        Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String about(RunnerDiagnostics diagnostics) {
        String text = "runner " + diagnostics.runner() + "\npool " + diagnostics.pool() + "\nat " + diagnostics.at()
                + "\ncause " + diagnostics.cause() + "\nexit code "
                + (diagnostics.exitCode().isPresent() ? diagnostics.exitCode().getAsInt() : "unknown") + "\n\n"
                + diagnostics.tail() + "\n";
        return diagnostics.mask().apply(text);
    }

    // ---- bounds --------------------------------------------------------------------------------------------

    private record Kept(Path path, Instant at, boolean draft, long bytes) {}

    private void tidy(Instant now, long room) throws IOException {
        List<Kept> kept = kept();
        long total = kept.stream().mapToLong(Kept::bytes).sum();
        for (Kept one : kept) {
            Duration age = Duration.between(one.at(), now);
            boolean goes = one.draft() ? age.compareTo(DRAFT) > 0 : age.compareTo(oldest) > 0 || total > room;
            if (goes) {
                delete(one.path());
                total -= one.bytes();
            }
        }
    }

    /** What is ours, the oldest first. */
    private List<Kept> kept() throws IOException {
        List<Kept> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                Matcher ours = NAME.matcher(name);
                if (ours.matches() && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    Instant at = LocalDateTime.parse(ours.group(1), TIME).toInstant(ZoneOffset.UTC);
                    found.add(new Kept(entry, at, name.startsWith("."), size(entry)));
                }
            }
        } catch (DirectoryIteratorException failure) {
            throw failure.getCause();
        } catch (DateTimeException noTime) {
            throw new IOException(folder + " holds a name that is no time: " + noTime.getMessage(), noTime);
        }
        found.sort(Comparator.comparing(Kept::at).thenComparing(Kept::path));
        return found;
    }

    /** Several runners may be kept at once, so what is looked at may be gone. */
    private static long size(Path tree) {
        try (Stream<Path> files = Files.walk(tree)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException | UncheckedIOException gone) {
            return 0;
        }
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> files = Files.walk(tree)) {
            all = new ArrayList<>(files.toList());
        } catch (UncheckedIOException gone) {
            return; // another keeps a runner, and tidies too
        }
        all.sort(Comparator.reverseOrder());
        for (Path one : all) {
            Files.deleteIfExists(one);
        }
    }

    private FileAttribute<?>[] only(String permissions) {
        return folder.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
