package dev.paddock.github.runner;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The program that runners of this host run, and how it comes into a runner's folder. */
interface LocalProgram {
    /** Why no runner can be made now; empty if one can. Asked often, it does not block, and sets going what is missing. */
    Optional<String> whyNotReady();

    /** Makes the folder of a runner, for its owner alone. What a failure leaves is the caller's to delete. */
    void makeFolder(Path folder) throws IOException;

    /** The script by which a runner in this folder registers itself; empty if there is none. */
    Optional<List<String>> configScript(Path folder);

    /** The program and its arguments. One without a separator is looked for in {@code PATH}. */
    List<String> command(Path folder);

    /** The programs that {@link #makeFolder} has written, and that are started at once. */
    List<Path> written(Path folder);

    /** A runner's program has ended. Says what that leads to, or what to do; empty if there is nothing to say. */
    String ended(ExitCause cause);

    /** One that is there already, of whatever kind. */
    record Given(List<String> line) implements LocalProgram {
        /** A relative path is taken from the directory this JVM was started in. */
        static Given of(List<String> command) {
            List<String> line = new ArrayList<>(command);
            if (line.get(0).indexOf(File.separatorChar) >= 0) {
                line.set(0, Path.of(line.get(0)).toAbsolutePath().normalize().toString());
            }
            return new Given(List.copyOf(line));
        }

        @Override
        public Optional<String> whyNotReady() {
            return Optional.empty();
        }

        @Override
        public void makeFolder(Path folder) throws IOException {
            Files.createDirectory(folder, FolderTree.only(folder, "rwx------"));
        }

        @Override
        public Optional<List<String>> configScript(Path folder) {
            return Optional.empty();
        }

        @Override
        public List<String> command(Path folder) {
            return line;
        }

        @Override
        public List<Path> written(Path folder) {
            return List.of();
        }

        @Override
        public String ended(ExitCause cause) {
            return cause == ExitCause.VERSION_DEPRECATED ? "install a newer one" : "";
        }
    }
}
