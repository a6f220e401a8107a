package dev.paddock.host.internal;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a child is told of this JVM's environment: what programs need to find their files and devices. The host
 * application's secrets are in its environment as well, and are none of a tool's business.
 */
final class ChildEnvironment {
    private static final Set<String> NAMES = Set.of(
            "PATH",
            "HOME",
            "USER",
            "LOGNAME",
            "SHELL",
            "TZ",
            "TMPDIR",
            "TMP",
            "TEMP",
            "LD_LIBRARY_PATH",
            "DYLD_LIBRARY_PATH",
            "XDG_RUNTIME_DIR",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "DBUS_SESSION_BUS_ADDRESS",
            "DOCKER_HOST",
            "DOCKER_CONFIG",
            "DOCKER_CONTEXT",
            "VIRTUAL_ENV",
            "PYTHONPATH",
            "PYTHONHOME",
            "SYSTEMROOT",
            "SYSTEMDRIVE",
            "WINDIR",
            "COMSPEC",
            "PATHEXT",
            "PROGRAMFILES",
            "PROGRAMW6432",
            "PROGRAMDATA",
            "USERPROFILE",
            "APPDATA",
            "LOCALAPPDATA",
            "NUMBER_OF_PROCESSORS",
            "PROCESSOR_ARCHITECTURE");
    private static final List<String> PREFIXES =
            List.of("CUDA_", "NVIDIA_", "ROCR_", "ROCM_", "HIP_", "HSA_", "GPU_", "ZE_", "ONEAPI_", "CONDA_", "MAMBA_");
    private static final Set<String> SECRETS = Set.of("TOKEN", "SECRET", "PASSWORD", "KEY", "CREDENTIAL");

    private ChildEnvironment() {}

    static Map<String, String> of(Map<String, String> parent) {
        Map<String, String> child = new HashMap<>();
        parent.forEach((name, value) -> {
            String upper = name.toUpperCase(Locale.ROOT);
            boolean wanted = NAMES.contains(upper) || PREFIXES.stream().anyMatch(upper::startsWith);
            if (wanted && SECRETS.stream().noneMatch(upper::contains)) {
                child.put(name, value);
            }
        });
        child.put("LC_ALL", "C");
        return child;
    }
}
