package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LauncherTest {
    @TempDir
    Path folder;

    private Path program;

    @BeforeEach
    void writeAProgram() throws IOException {
        program = folder.resolve("the program");
        Files.writeString(program, "#!/bin/sh\necho ran with \"$1\"; umask\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    private String run(List<Path> written) throws IOException {
        Process process = new ProcessBuilder(Launcher.commandLine(
                        program, List.of("program", "an argument"), CpuBinder.Start.UNBOUND, written))
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("a program that is still open for writing, in a child that was just forked, is started nevertheless")
    void aProgramThatIsStillOpenForWriting() throws IOException {
        try (OutputStream held = Files.newOutputStream(program, StandardOpenOption.APPEND)) {
            assertThat(run(List.of())).contains("Text file busy");
            assertThat(run(List.of(folder.resolve("gone"), program))).endsWith("ran with an argument\n0077\n");
            held.write('\n');
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(program);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(program)))
                .isEqualTo("rwx------");
    }

    @Test
    void aProgramThatWasNotWrittenIsStartedAsItIs() throws IOException {
        Object before = Files.readAttributes(program, "unix:ino").get("ino");
        assertThat(run(List.of())).isEqualTo("ran with an argument\n0077\n");
        assertThat(Files.readAttributes(program, "unix:ino")).containsEntry("ino", before);
    }
}
