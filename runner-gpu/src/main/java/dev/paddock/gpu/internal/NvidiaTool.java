package dev.paddock.gpu.internal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Where nvidia-smi is. */
public final class NvidiaTool {
    /** Inside WSL the distribution's own copy must not win: it talks to a driver that is not there. */
    private static final String WSL = "usr/lib/wsl/lib/nvidia-smi";

    private static final List<String> LINUX = List.of(
            "usr/bin/nvidia-smi",
            "usr/local/bin/nvidia-smi",
            "usr/local/nvidia/bin/nvidia-smi",
            "run/nvidia/driver/usr/bin/nvidia-smi",
            "opt/nvidia/bin/nvidia-smi");

    private NvidiaTool() {}

    /**
     * The tool's path, or its name, which is looked for on the {@code PATH}.
     *
     * @param fsRoot below which Linux's files are
     * @param os the operating system's name
     * @return never empty
     */
    public static String find(Path fsRoot, String os) {
        if (os.toLowerCase(Locale.ROOT).startsWith("windows")) {
            String system = System.getenv().getOrDefault("SystemRoot", "C:\\Windows") + "\\System32\\nvidia-smi.exe";
            String programs = System.getenv().getOrDefault("ProgramW6432", "C:\\Program Files");
            String older = programs + "\\NVIDIA Corporation\\NVSMI\\nvidia-smi.exe";
            return Files.exists(Path.of(system)) || !Files.exists(Path.of(older)) ? system : older;
        }
        if (Files.exists(fsRoot.resolve("dev/dxg")) && Files.exists(fsRoot.resolve(WSL))) {
            return fsRoot.resolve(WSL).toString();
        }
        return LINUX.stream()
                .map(fsRoot::resolve)
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElse("nvidia-smi");
    }
}
