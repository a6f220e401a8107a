package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A library with NVML's functions, compiled from C, with the GPUs a test wants. */
final class StubLibrary {
    private StubLibrary() {}

    /** Compiles one into a folder; each has its own file of GPUs, so that two in a JVM do not meet. */
    static Path compile(Path folder, List<String> lines) throws IOException, InterruptedException {
        assumeFalse("none".equals(System.getProperty("paddock.gcc")), "no gcc here");
        Files.createDirectories(folder);
        Path conf = Files.write(folder.resolve("gpus.conf"), lines, StandardCharsets.ISO_8859_1);
        Path library = folder.resolve("libnvidia-ml.so.1");
        Path log = folder.resolve("gcc.log");
        ProcessBuilder command = new ProcessBuilder(
                        "gcc",
                        "-O2",
                        "-shared",
                        "-fPIC",
                        "-fvisibility=hidden",
                        "-Wl,-Bsymbolic",
                        "-DCONF=\"" + conf + "\"",
                        "-o",
                        library.toString(),
                        Path.of("src/test/c/nvml_stub.c").toAbsolutePath().toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        assertThat(start(command).waitFor())
                .as("gcc: " + Files.readString(log, StandardCharsets.UTF_8))
                .isZero();
        return library;
    }

    private static Process start(ProcessBuilder gcc) {
        try {
            return gcc.start();
        } catch (IOException missing) {
            throw new AssertionError(
                    "gcc cannot be started: install it, or leave out what needs it with -Dpaddock.gcc=none"
                            + " -Dpaddock.allowSkipped=true",
                    missing);
        }
    }

    /** GPUs that are well, with what is to be different. */
    static List<String> gpus(int count, String... extras) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add("gpu name=NVIDIA_H100_80GB_HBM3 uuid=GPU-0000-" + i + " bus=00000000:"
                    + Integer.toHexString(0x3b + i) + ":00.0 total=81559 reserved=479 used=1000 "
                    + (i < extras.length ? extras[i] : ""));
        }
        return lines;
    }
}
