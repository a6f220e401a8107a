package dev.paddock.gpu.internal;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import dev.paddock.gpu.GpuReport;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the driver's management library and loads it. Only the driver's own: the development link without a version is
 * missing on many hosts, and what the CUDA toolkit keeps in a folder {@code stubs} is there to link against and answers
 * nothing.
 */
final class NvmlLibrary {
    /** What came of it: the functions, or a report of why there are none. */
    record Opened(@Nullable Nvml nvml, GpuReport report) {
        static Opened of(Nvml nvml) {
            return new Opened(nvml, GpuReport.none("nvml", GpuReport.State.FOUND, "", ""));
        }

        static Opened none(GpuReport.State state, String message, String remedy) {
            return new Opened(null, GpuReport.none("nvml", state, "NVML: " + message, remedy));
        }
    }

    private static final String LINUX_NAME = "libnvidia-ml.so.1";
    private static final String WINDOWS_NAME = "nvml.dll";
    private static final String NATIVE_REMEDY = "start the JVM with --enable-native-access=ALL-UNNAMED (JDK 24 and"
            + " newer) and with -Djna.tmpdir=FOLDER, a folder that may be written and executed in";

    /** Debian's, Red Hat's, containers' and GKE's, the GPU operator's, NixOS'. */
    private static final List<String> LINUX_FOLDERS = List.of(
            "usr/lib/x86_64-linux-gnu",
            "usr/lib/aarch64-linux-gnu",
            "usr/lib64",
            "usr/local/nvidia/lib64",
            "run/nvidia/driver/usr/lib/x86_64-linux-gnu",
            "run/nvidia/driver/usr/lib/aarch64-linux-gnu",
            "run/nvidia/driver/usr/lib64",
            "run/opengl-driver/lib");

    private final String os;
    private final Path fsRoot;
    private final Optional<Path> chosen;
    private final Map<String, String> environment;

    /**
     * Looks on a system.
     *
     * @param os as {@code os.name} says it
     * @param environment where Windows says its folders and Linux the folders of libraries
     */
    NvmlLibrary(String os, Path fsRoot, Optional<Path> chosen, Map<String, String> environment) {
        this.os = os.toLowerCase(Locale.ROOT);
        this.fsRoot = fsRoot;
        this.chosen = chosen;
        this.environment = environment;
    }

    /** Loads the first that can be loaded. Blocks as long as the dynamic linker does. */
    Opened open() {
        if (chosen.isPresent() && isStub(chosen.get())) {
            return Opened.none(
                    GpuReport.State.ABSENT,
                    chosen.get() + " is the CUDA toolkit's stub, which answers nothing",
                    "name the driver's own library, " + LINUX_NAME);
        }
        List<String> candidates = candidates();
        if (candidates.isEmpty() && !isLinux() && !isWindows()) {
            return Opened.none(GpuReport.State.ABSENT, "there is none for this operating system", "");
        }
        try {
            return load(candidates);
        } catch (LinkageError e) {
            return Opened.none(
                    GpuReport.State.NATIVE_ACCESS_UNAVAILABLE, "native access unavailable" + why(e), NATIVE_REMEDY);
        }
    }

    private static Opened load(List<String> candidates) {
        // Starts JNA, which is what may fail for good, apart from what may fail for one library.
        if (Native.POINTER_SIZE != Long.BYTES) {
            return Opened.none(GpuReport.State.ABSENT, "there is none for a 32-bit JVM", "");
        }
        String broken = "";
        for (String candidate : candidates) {
            try {
                NativeLibrary library = NativeLibrary.getInstance(candidate);
                if (!isStub(library.getFile().toPath())) {
                    return Opened.of(new JnaNvml(name -> find(library, name)));
                }
            } catch (UnsatisfiedLinkError e) {
                if (new File(candidate).exists()) {
                    broken = candidate;
                }
            }
        }
        return broken.isEmpty()
                ? Opened.none(GpuReport.State.ABSENT, "library not found", "")
                : Opened.none(
                        GpuReport.State.FAILED,
                        broken + " cannot be loaded: made for another processor or C library, or damaged",
                        "install the driver again");
    }

    private static @Nullable Function find(NativeLibrary library, String name) {
        try {
            return library.getFunction(name);
        } catch (UnsatisfiedLinkError e) {
            return null;
        }
    }

    /** In the order in which they are tried. A name without a folder leaves the search to the system. */
    List<String> candidates() {
        if (chosen.isPresent()) {
            return List.of(chosen.get().toString());
        }
        List<String> found = new ArrayList<>();
        if (isLinux()) {
            if (Files.exists(fsRoot.resolve("dev/dxg"))) {
                // A Linux driver installed inside WSL must not win over the one that Windows lends.
                addIfThere(found, fsRoot.resolve("usr/lib/wsl/lib").resolve(LINUX_NAME));
            }
            if (isRealRoot() && !aStubComesFirst()) {
                found.add(LINUX_NAME);
            }
            for (String folder : LINUX_FOLDERS) {
                addIfThere(found, fsRoot.resolve(folder).resolve(LINUX_NAME));
            }
        } else if (isWindows()) {
            found.add(WINDOWS_NAME);
            String system = environment.getOrDefault("SystemRoot", "C:\\Windows");
            found.add(system + "\\System32\\" + WINDOWS_NAME);
            String programs = environment.getOrDefault("ProgramW6432", "C:\\Program Files");
            found.add(programs + "\\NVIDIA Corporation\\NVSMI\\" + WINDOWS_NAME);
        }
        return found;
    }

    private static void addIfThere(List<String> found, Path library) {
        if (Files.exists(library)) {
            found.add(library.toString());
        }
    }

    private boolean aStubComesFirst() {
        String folders =
                environment.getOrDefault("LD_LIBRARY_PATH", "") + ":" + System.getProperty("jna.library.path", "");
        for (String folder : folders.split(":", -1)) {
            Path library = Path.of(folder.isEmpty() ? "/" : folder).resolve(LINUX_NAME);
            if (isStub(library) && Files.exists(library)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isStub(Path library) {
        for (Path part : library) {
            if (part.toString().equals("stubs")) {
                return true;
            }
        }
        return false;
    }

    private boolean isRealRoot() {
        return fsRoot.equals(Path.of("/"));
    }

    private boolean isLinux() {
        return os.startsWith("linux");
    }

    private boolean isWindows() {
        return os.startsWith("windows");
    }

    /** The first line of the deepest cause, cut: such messages go on to quote every path of the JVM. */
    private static String why(Throwable e) {
        Throwable deepest = e;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        String message = deepest.getMessage();
        if (message == null || message.isBlank()) {
            return "";
        }
        String line = message.lines().findFirst().orElse("");
        return ": " + (line.length() > 120 ? line.substring(0, 120) + "…" : line);
    }
}
