package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.error.RunnerException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runners on disk: for each the folder {@code <root>/<name>} and, beside it where a job that tidies up does not
 * reach it, the record {@code <root>/<name>.json}. The record is written first and deleted last.
 */
final class RunnerFiles {
    private static final Logger LOG = LoggerFactory.getLogger(RunnerFiles.class);
    private static final String SUFFIX = ".json";
    /** How a folder is called whose runner has ended, and which could not be deleted yet. */
    private static final String ASIDE = ".gone";

    /** A job may put anything there. */
    private static final int DIAGNOSTICS_DEPTH = 3;

    private static final int DIAGNOSTICS_FILES = 1_000;

    private final Path root;
    /** How drafts of records end; other fleets may use the same root. */
    private final String draftSuffix;

    private final boolean posix;

    RunnerFiles(Path root, String fleet) {
        this.root = root;
        draftSuffix = "." + Integer.toHexString(fleet.hashCode()) + ".tmp";
        posix = FolderTree.isPosix(root);
    }

    Path root() {
        return root;
    }

    Path folder(RunnerId runner) {
        return root.resolve(runner.value());
    }

    Path log(RunnerId runner) {
        return folder(runner).resolve("runner.log");
    }

    /** The end of what the log was before it was cut. */
    Path olderLog(RunnerId runner) {
        return folder(runner).resolve("runner.log.1");
    }

    /** What a runner leaves that helps to understand it: its log, and what the official runner writes of itself. */
    List<Path> diagnostics(RunnerId runner) {
        List<Path> found = new ArrayList<>(List.of(log(runner), olderLog(runner)));
        Path official = folder(runner).resolve("_diag");
        if (Files.isDirectory(official, LinkOption.NOFOLLOW_LINKS)) {
            try (Stream<Path> walk = Files.walk(official, DIAGNOSTICS_DEPTH)) {
                walk.limit(DIAGNOSTICS_FILES).sorted().forEach(found::add);
            } catch (IOException | UncheckedIOException unreadable) {
                LOG.debug("{} cannot be read: {}", official, unreadable.toString());
            }
        }
        found.removeIf(file -> !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
        return found;
    }

    Path record(RunnerId runner) {
        return root.resolve(runner.value() + SUFFIX);
    }

    void prepare() throws IOException {
        if (!Files.isDirectory(root)) {
            Path parent = root.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.createDirectory(root, FolderTree.only(root, "rwx------"));
        }
        if (!Files.isWritable(root)) {
            throw new java.nio.file.AccessDeniedException(root.toString());
        }
        if (posix) {
            checkThatItIsOurs();
        }
        deleteDrafts();
    }

    /** A crash in the middle of a write leaves a draft, which nobody reads. */
    private void deleteDrafts() throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root, ".*" + draftSuffix)) {
            for (Path entry : entries) {
                if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                    Files.deleteIfExists(entry);
                }
            }
        } catch (java.nio.file.DirectoryIteratorException failure) {
            throw failure.getCause();
        }
    }

    /** Who may write here can pass off any process as a runner, and have it ended. */
    private void checkThatItIsOurs() throws IOException {
        Optional<String> problem = FolderTree.whyNotOurs(root, draftSuffix);
        if (problem.isPresent()) {
            throw refused(problem.get());
        }
    }

    private RunnerException refused(String problem) {
        return new RunnerException("the runners' root " + root + " cannot be used: " + problem, false, null);
    }

    /** The runners that have a record, whosever they are. */
    List<RunnerId> runners() throws IOException {
        List<RunnerId> runners = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root, "*" + SUFFIX)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                try {
                    runners.add(new RunnerId(name.substring(0, name.length() - SUFFIX.length())));
                } catch (IllegalArgumentException foreign) {
                    // a file of someone else
                }
            }
        } catch (java.nio.file.DirectoryIteratorException failure) {
            throw failure.getCause();
        }
        runners.sort(null);
        return runners;
    }

    Optional<RunnerRecord> read(RunnerId runner) throws IOException {
        try {
            return Optional.of(RunnerRecord.of(Files.readAllBytes(record(runner))));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
    }

    /** Replaces the record as a whole: a crash leaves the old one or the new one. */
    void write(RunnerRecord record) throws IOException {
        Path draft = draft(record.runner());
        Files.deleteIfExists(draft);
        try (FileChannel channel = FileChannel.open(
                draft,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                FolderTree.only(root, "rw-------"))) {
            var bytes = ByteBuffer.wrap(record.toBytes());
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(draft, record(record.runner()), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path draft(RunnerId runner) {
        return root.resolve("." + runner.value() + draftSuffix);
    }

    /** Makes the folder with what the program needs and an empty log in it, all for the owner alone. */
    void makeFolder(RunnerId runner, LocalProgram program) throws IOException {
        program.makeFolder(folder(runner));
        Files.createFile(log(runner), FolderTree.only(root, "rw-------"));
    }

    boolean exists(RunnerId runner) {
        return Files.exists(folder(runner), LinkOption.NOFOLLOW_LINKS)
                || Files.exists(record(runner), LinkOption.NOFOLLOW_LINKS);
    }

    boolean hasFolder(RunnerId runner) {
        return Files.exists(folder(runner), LinkOption.NOFOLLOW_LINKS);
    }

    /** Deletes the folder, or moves it aside if it cannot be deleted, then the record. */
    void delete(RunnerId runner) throws IOException {
        if (hasFolder(runner)) {
            try {
                FolderTree.delete(folder(runner));
            } catch (IOException failure) {
                moveAside(runner, failure);
            }
        }
        Files.deleteIfExists(draft(runner));
        Files.deleteIfExists(record(runner));
    }

    private void moveAside(RunnerId runner, IOException failure) throws IOException {
        int number = 0;
        while (Files.exists(aside(runner, number), LinkOption.NOFOLLOW_LINKS)) {
            number++;
        }
        Path aside = aside(runner, number);
        try {
            Files.move(folder(runner), aside, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException stuck) {
            failure.addSuppressed(stuck);
            throw failure;
        }
        LOG.warn(
                "the folder of {}, which has ended, cannot be deleted ({}); it is now {}, and is tried again now and"
                        + " then: give its files back to this user, or delete it by hand",
                runner,
                failure.toString(),
                aside);
    }

    private Path aside(RunnerId runner, int number) {
        return root.resolve("." + runner.value() + "." + number + ASIDE);
    }

    /** Deletes what of ended runners could not be deleted before. */
    void sweep() throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root, ".*" + ASIDE)) {
            for (Path entry : entries) {
                try {
                    FolderTree.delete(entry);
                } catch (IOException failure) {
                    LOG.debug("{} still cannot be deleted: {}", entry, failure.toString());
                }
            }
        } catch (java.nio.file.DirectoryIteratorException failure) {
            throw failure.getCause();
        }
    }
}
