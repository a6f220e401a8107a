package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.gpu.GpuReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Where the library is looked for. */
class NvmlLibraryTest {
    private static final String NAME = "libnvidia-ml.so.1";

    @TempDir
    Path root;

    private NvmlLibrary library(String os) {
        return new NvmlLibrary(os, root, Optional.empty(), Map.of("SystemRoot", "D:\\Win", "ProgramW6432", "D:\\Apps"));
    }

    private Path file(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "no library");
    }

    @Test
    @DisplayName("HW-1: on Linux a system's folders come before a container's, and a link without version never")
    void linuxFolders() throws IOException {
        Path container = file("usr/local/nvidia/lib64/" + NAME);
        Path debian = file("usr/lib/x86_64-linux-gnu/" + NAME);
        file("usr/lib64/libnvidia-ml.so");
        assertThat(library("Linux").candidates()).containsExactly(debian.toString(), container.toString());
    }

    @Test
    @DisplayName("HW-1: on the real root the name alone comes first, and leaves the search to the system")
    void plainName() {
        NvmlLibrary real = new NvmlLibrary("Linux", Path.of("/"), Optional.empty(), Map.of());
        assertThat(real.candidates()).startsWith(NAME);
    }

    @Test
    @DisplayName("HW-51: under WSL the library that Windows lends comes before one installed in Linux")
    void wsl() throws IOException {
        Path linux = file("usr/lib/x86_64-linux-gnu/" + NAME);
        Path windows = file("usr/lib/wsl/lib/" + NAME);
        assertThat(library("Linux").candidates()).containsExactly(linux.toString());
        file("dev/dxg");
        assertThat(library("Linux").candidates()).containsExactly(windows.toString(), linux.toString());
    }

    @Test
    @DisplayName("HW-1: Windows has two folders for it")
    void windows() {
        assertThat(library("Windows 11").candidates())
                .containsExactly(
                        "nvml.dll", "D:\\Win\\System32\\nvml.dll", "D:\\Apps\\NVIDIA Corporation\\NVSMI\\nvml.dll");
    }

    @Test
    @DisplayName("HW-52: another operating system has none, and nothing native is tried")
    void otherSystem() {
        NvmlLibrary.Opened opened = library("Mac OS X").open();
        assertThat(opened.nvml()).isNull();
        assertThat(opened.report().state()).isEqualTo(GpuReport.State.ABSENT);
        assertThat(opened.report().message()).isEqualTo("NVML: there is none for this operating system");
    }

    @Test
    @DisplayName("HW-1: the CUDA toolkit's stub is never loaded, chosen or found on the way")
    void stubs() throws IOException {
        Path stub = file("usr/local/cuda/lib64/stubs/" + NAME);
        NvmlLibrary chosen = new NvmlLibrary("Linux", root, Optional.of(stub), Map.of());
        assertThat(chosen.open().report().state()).isEqualTo(GpuReport.State.ABSENT);
        assertThat(chosen.open().report().message()).contains("stub");
        NvmlLibrary found = new NvmlLibrary(
                "Linux", Path.of("/"), Optional.empty(), Map.of("LD_LIBRARY_PATH", "/x:" + stub.getParent()));
        assertThat(found.candidates()).doesNotContain(NAME);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName("HW-1: a file that cannot be loaded is named, in one line; one that is missing is not found")
    void broken() throws IOException {
        Path file = file("usr/lib64/" + NAME);
        GpuReport report = library("Linux").open().report();
        assertThat(report.state()).isEqualTo(GpuReport.State.FAILED);
        assertThat(report.message())
                .contains(file.toString())
                .doesNotContain("\n")
                .doesNotContain(".jar");
        NvmlLibrary missing = new NvmlLibrary("Linux", root, Optional.of(root.resolve("no.so")), Map.of());
        assertThat(missing.open().report().message()).isEqualTo("NVML: library not found");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName("HW-1: a library in a container's folder is loaded from there")
    void container() throws Exception {
        StubLibrary.compile(root.resolve("usr/local/nvidia/lib64"), StubLibrary.gpus(1));
        try (NvmlSource source = NvmlSource.open(NvmlOptions.standard().withFsRoot(root))) {
            assertThat(source.inventory().devices()).hasSize(1);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName("HW-21: a name of 95 bytes is not cut, and bytes that are no text do not throw")
    void names() throws Exception {
        String name = "é" + "x".repeat(94);
        Path library = StubLibrary.compile(
                root.resolve("lib"), List.of("gpu name=" + name + " uuid=" + "u".repeat(95) + " total=1024"));
        try (NvmlSource source = NvmlSource.open(NvmlOptions.standard().withLibrary(library))) {
            var device = source.inventory().devices().get(0);
            assertThat(device.name()).isEqualTo("\uFFFD" + "x".repeat(94));
            assertThat(device.id()).isEqualTo("u".repeat(95));
        }
    }
}
