package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.GpuDevice;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The source in JVMs of their own: other versions, other options, and its end. */
@EnabledOnOs(OS.LINUX)
class NvmlJvmTest {
    private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d+)");

    private record Ended(int code, List<String> out, String err) {}

    @TempDir
    Path folder;

    private Path library;

    @BeforeEach
    void compile() throws Exception {
        library = StubLibrary.compile(folder.resolve("lib"), StubLibrary.gpus(8));
    }

    /** This JVM, and those beside it. */
    private static Map<Integer, Path> jvms() throws IOException {
        Map<Integer, Path> found = new TreeMap<>();
        Path own = Path.of(System.getProperty("java.home"));
        try (var beside = Files.list(own.toAbsolutePath().getParent())) {
            for (Path home : beside.toList()) {
                Path release = home.resolve("release");
                if (Files.exists(release) && Files.isExecutable(home.resolve("bin/java"))) {
                    Matcher matcher = VERSION.matcher(Files.readString(release));
                    if (matcher.find() && Integer.parseInt(matcher.group(1)) >= 17) {
                        found.put(Integer.valueOf(matcher.group(1)), home);
                    }
                }
            }
        }
        found.put(Runtime.version().feature(), own);
        return found;
    }

    private Ended run(Path home, String deadline, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("-cp", System.getProperty("java.class.path"), NvmlMain.class.getName()));
        arguments.addAll(List.of(library.toString(), deadline));
        return start(home, arguments);
    }

    private Ended start(Path home, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(home.resolve("bin/java").toString()));
        command.addAll(arguments);
        File out = folder.resolve("out").toFile();
        File err = folder.resolve("err").toFile();
        Process process = new ProcessBuilder(command)
                .redirectOutput(out)
                .redirectError(err)
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS))
                    .as("the JVM ended")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readAllLines(out.toPath()), Files.readString(err.toPath()));
    }

    @Test
    @DisplayName("HW-14: each JDK at hand tells the same of the same library")
    void everyJdk() throws Exception {
        List<String> first = null;
        for (Map.Entry<Integer, Path> jvm : jvms().entrySet()) {
            Ended ended = run(jvm.getValue(), "PT30S");
            assertThat(ended.code()).as(ended.err()).isZero();
            assertThat(ended.out()).hasSize(2 * 10 + 8);
            first = first == null ? ended.out() : first;
            assertThat(ended.out()).as("JDK " + jvm.getKey()).isEqualTo(first);
        }
    }

    @Test
    @DisplayName("HW-2: where JNA cannot unpack itself, twice the native access is unavailable, and nothing is thrown")
    void noTemporaryFolder() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        Ended ended = run(Path.of(System.getProperty("java.home")), "PT30S", "-Djna.tmpdir=" + file.resolve("below"));
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.out()).hasSize(4);
        assertThat(ended.out().get(0)).startsWith("NATIVE_ACCESS_UNAVAILABLE");
        assertThat(ended.out().get(1)).startsWith("NVML: native access unavailable");
        assertThat(ended.out().subList(2, 4)).isEqualTo(ended.out().subList(0, 2));
    }

    @Test
    @DisplayName("HW-3: native access denied is such a report; allowed, NVML is used and nothing is warned of")
    void nativeAccess() throws Exception {
        for (Map.Entry<Integer, Path> jvm : jvms().entrySet()) {
            Ended allowed = run(jvm.getValue(), "PT30S", "--enable-native-access=ALL-UNNAMED");
            assertThat(allowed.out().get(0)).startsWith("FOUND");
            assertThat(allowed.err()).doesNotContain("WARNING");
            if (jvm.getKey() >= 24) {
                Ended denied = run(jvm.getValue(), "PT30S", "--illegal-native-access=deny");
                assertThat(denied.code()).as(denied.err()).isZero();
                assertThat(denied.out().get(0)).startsWith("NATIVE_ACCESS_UNAVAILABLE");
                assertThat(denied.out().get(2)).startsWith("NATIVE_ACCESS_UNAVAILABLE");
            }
        }
    }

    @Test
    @DisplayName("HW-64: a JVM with native calls that hang ends when its main does")
    void endsUnderHangingCalls() throws Exception {
        library = StubLibrary.compile(folder.resolve("hang"), StubLibrary.gpus(2, "hangms=900000"));
        Ended ended = run(Path.of(System.getProperty("java.home")), "PT0.3S");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.out().get(0)).startsWith("FOUND");
        assertThat(ended.out().get(1)).contains("0 is LOST");
    }

    @Test
    @DisplayName("HW-13: from one folder as a module path it starts, and tells the same as from the class path")
    void modulePath() throws Exception {
        String folder = modules().toString();
        for (Map.Entry<Integer, Path> jvm : jvms().entrySet()) {
            List<String> nvml = List.of(
                    "--enable-native-access=com.sun.jna",
                    "-p",
                    folder,
                    "-m",
                    "dev.paddock.gpu/" + NvmlMain.class.getName(),
                    library.toString(),
                    "PT30S");
            List<String> host = List.of(
                    "--enable-native-access=com.sun.jna",
                    "--add-modules=com.fasterxml.jackson.databind,org.slf4j",
                    "-p",
                    folder,
                    "-m",
                    "dev.paddock.gpu/" + HostMain.class.getName());

            Ended asked = start(jvm.getValue(), nvml);
            Ended used = start(jvm.getValue(), host);

            assertThat(asked.out())
                    .as(asked.err())
                    .isEqualTo(run(jvm.getValue(), "PT30S").out());
            assertThat(asked.out().get(0)).startsWith("FOUND");
            assertThat(asked.err()).doesNotContain("WARNING");
            assertThat(used.out())
                    .as(used.err())
                    .containsExactly("{\"json\":1}", "true", "dev.paddock.gpu", "com.sun.jna", "com.github.oshi");
        }
    }

    /** A folder with everything on the class path as jars, those of this build under the names they get. */
    private Path modules() throws Exception {
        Path modules = Files.createDirectory(folder.resolve("modules"));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path jar = Path.of(entry);
            if (Files.isRegularFile(jar)) {
                Files.copy(jar, modules.resolve(jar.getFileName()));
            }
        }
        Path core = home(GpuDevice.class);
        if (Files.isDirectory(core)) {
            jar(modules.resolve("core.jar"), "dev.paddock.core", core);
        }
        jar(modules.resolve("gpu.jar"), "dev.paddock.gpu", home(NvmlSource.class), home(NvmlJvmTest.class));
        return modules;
    }

    private static Path home(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private static void jar(Path jar, String module, Path... folders) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Automatic-Module-Name", module);
        try (var out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (Path folder : folders) {
                try (var files = Files.walk(folder)) {
                    for (Path file : files.filter(Files::isRegularFile).toList()) {
                        out.putNextEntry(new ZipEntry(folder.relativize(file).toString()));
                        Files.copy(file, out);
                    }
                }
            }
        }
    }

    @Test
    @DisplayName("HW-13: one jar holds JNA")
    void oneJna() throws Exception {
        List<URL> found = Collections.list(NvmlJvmTest.class.getClassLoader().getResources("com/sun/jna/Native.class"));
        assertThat(found).hasSize(1);
    }
}
