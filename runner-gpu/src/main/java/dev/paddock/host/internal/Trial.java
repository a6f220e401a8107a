package dev.paddock.host.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Executes a program for a trial. */
@FunctionalInterface
public interface Trial {
    /** Instead of an exit code: the program did not end in time and was killed. */
    int NO_ANSWER = -1;

    /**
     * Executes.
     *
     * @param program the executable's bytes
     * @param folder where to write it meanwhile
     * @param deadline after which it is killed
     * @return its exit code, or {@link #NO_ANSWER}
     * @throws IOException if it could not be written or started; {@link #errorNumber} tells why
     */
    int execute(byte[] program, Path folder, Duration deadline) throws IOException;

    /**
     * The operating system's number of what kept a program from starting.
     *
     * @param thrown by {@link #execute}
     * @return such as 2 for a missing file, 13 for no permission
     */
    static Optional<Integer> errorNumber(IOException thrown) {
        // JDK 17 writes "error=2, …", JDK 25 "error: 2 (…)".
        Matcher number = Pattern.compile("error(?:=|: ?)([0-9]{1,4})\\b").matcher(String.valueOf(thrown.getMessage()));
        return number.find() ? Optional.of(Integer.valueOf(number.group(1))) : Optional.empty();
    }

    /**
     * Executes for real, without standard input and output.
     *
     * @return the trial
     */
    static Trial onThisHost() {
        return (program, folder, deadline) -> {
            Path file = Files.createTempFile(
                    folder,
                    "paddock-",
                    ".trial",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            try {
                Files.write(file, program);
                return waitFor(start(file), deadline);
            } finally {
                Files.deleteIfExists(file);
            }
        };
    }

    private static Process start(Path file) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        for (int attempt = 1; ; attempt++) {
            try {
                return builder.start();
            } catch (IOException e) {
                // Another thread's child was forked while the file was open for writing, and has not let go of it yet.
                boolean busy = errorNumber(e).filter(number -> number == 26).isPresent();
                if (!busy || attempt == 20) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    private static int waitFor(Process process, Duration deadline) throws IOException {
        try {
            process.getOutputStream().close();
            if (process.waitFor(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                return process.exitValue();
            }
            return NO_ANSWER;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return NO_ANSWER;
        } finally {
            process.destroyForcibly();
        }
    }
}
