package dev.paddock.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The two boot scripts as texts: Windows' own cannot be run here, so it is held to what that of Linux is run for. */
class BootScriptsAgreeTest {
    private static final Path WINDOWS = BootVm.SCRIPT.resolveSibling("windows.ps1");

    private static SortedSet<String> found(String pattern, Path script) throws IOException {
        SortedSet<String> found = new TreeSet<>();
        Pattern.compile(pattern)
                .matcher(Files.readString(script))
                .results()
                .forEach(match -> found.add(match.group(1)));
        return found;
    }

    @Test
    @DisplayName(
            "SLANG-W51: both scripts ask for the same attributes and tell the same states, that of the GPU among them")
    void agree() throws IOException {
        String asked = "(?:attribute |Get-Attribute '|attributes/)(paddock-[a-z0-9-]+)";
        assertThat(found(asked, BootVm.SCRIPT))
                .isEqualTo(found(asked, WINDOWS))
                .containsExactly(
                        "paddock-expect-gpu",
                        "paddock-jit-config",
                        "paddock-runner-dir",
                        "paddock-runner-sha256",
                        "paddock-runner-url",
                        "paddock-runner-version",
                        "paddock-user");
        String told = "(?:\\bstate |Set-State '|\\$state = ['\"])(booting|gpu|image|updating|starting|ready|running"
                + "|finished)\\b";
        assertThat(found(told, BootVm.SCRIPT)).hasSize(8).isEqualTo(found(told, WINDOWS));
    }

    @Test
    @DisplayName(
            "SLANG-W49: on Windows whatever may fail, the question whose machine it is too, is in what stops the VM")
    void windowsStops() throws IOException {
        String text = Files.readString(WINDOWS);
        assertThat(text.split("\ntry \\{", -1)).hasSize(2);
        String before = text.substring(0, text.indexOf("\ntry {"));
        String after = text.substring(text.indexOf("\ntry {"));
        assertThat(before).doesNotContain("Get-CimInstance");
        assertThat(after.indexOf("Get-CimInstance")).isBetween(0, after.indexOf("Start-Vm"));
        assertThat(after.indexOf("Stop-Computer")).isGreaterThan(after.indexOf("\n} finally {"));
    }

    @Test
    @DisplayName("GCE-21: both fit into a metadata value, and are plain ASCII, which no code page changes")
    void fit() throws IOException {
        for (Path script : new Path[] {BootVm.SCRIPT, WINDOWS}) {
            assertThat(Files.size(script)).isLessThan(256 * 1024);
            assertThat(US_ASCII.newEncoder().canEncode(Files.readString(script)))
                    .isTrue();
        }
    }
}
