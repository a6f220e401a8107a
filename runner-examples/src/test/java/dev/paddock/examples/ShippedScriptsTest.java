package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** shellcheck finds nothing in the scripts that are shipped, or that build and test what is. */
@Tag("ci")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
@DisabledIfSystemProperty(named = "paddock.shellcheck", matches = "none")
class ShippedScriptsTest {
    private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

    private static Process shellcheck(List<Path> scripts) throws IOException {
        List<String> command = new ArrayList<>(List.of("shellcheck"));
        scripts.forEach(script -> command.add(script.toString()));
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException missing) {
            throw new AssertionError(
                    "shellcheck cannot be started: install it, or leave it out with -Dpaddock.shellcheck=none"
                            + " -Dpaddock.allowSkipped=true",
                    missing);
        }
    }

    private static List<Path> scripts() throws IOException {
        List<Path> scripts = new ArrayList<>();
        for (String script : List.of(".ci/run", "benchmarks/run", "consumers/run")) {
            scripts.add(REPOSITORY.resolve(script));
        }
        for (String folder :
                List.of("deploy", "examples", "runner-gcp/src/main/resources", "runner-github/src/test/resources")) {
            try (Stream<Path> files = Files.walk(REPOSITORY.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".sh")).forEach(scripts::add);
            }
        }
        return scripts;
    }

    @Test
    void nothingIsFoundInTheScripts() throws Exception {
        assertThat(scripts()).contains(REPOSITORY.resolve("deploy/entrypoint.sh"));
        Process process = shellcheck(scripts());
        assertThat(Programs.output(process)).isEmpty();
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void somethingIsFoundInABadOne(@TempDir Path folder) throws Exception {
        Path bad = Files.writeString(folder.resolve("bad.sh"), "#!/bin/bash\nrm -r $1/*\n");
        Process process = shellcheck(List.of(bad));
        assertThat(Programs.output(process)).contains("SC2086");
        assertThat(process.waitFor()).isOne();
    }
}
