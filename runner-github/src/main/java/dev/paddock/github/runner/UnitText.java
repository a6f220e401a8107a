package dev.paddock.github.runner;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the text of a systemd unit; each value is escaped for its place. */
final class UnitText {
    /** What jobs may not see of the host, and what is lost by it. Order as in the manual's chapters. */
    private static final Map<String, String> SANDBOX = sandbox();

    /** Below these a hidden home or a private temporary folder would hide the runner's own folder, too. */
    private static final List<Path> HIDDEN =
            List.of(Path.of("/home"), Path.of("/root"), Path.of("/run/user"), Path.of("/tmp"), Path.of("/var/tmp"));

    private final List<String> unit = new ArrayList<>();
    private final Map<String, List<String>> service = new LinkedHashMap<>();

    private static Map<String, String> sandbox() {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("NoNewPrivileges", "yes");
        lines.put("CapabilityBoundingSet", "");
        lines.put("AmbientCapabilities", "");
        lines.put("ProtectSystem", "strict");
        lines.put("ProtectHome", "tmpfs");
        lines.put("PrivateTmp", "yes");
        lines.put("ProtectKernelTunables", "yes");
        lines.put("ProtectKernelModules", "yes");
        lines.put("ProtectKernelLogs", "yes");
        lines.put("ProtectControlGroups", "yes");
        lines.put("ProtectClock", "yes");
        lines.put("ProtectHostname", "yes");
        lines.put("ProtectProc", "invisible");
        lines.put("RestrictSUIDSGID", "yes");
        lines.put("RestrictRealtime", "yes");
        lines.put("RestrictNamespaces", "yes");
        lines.put("LockPersonality", "yes");
        lines.put("RemoveIPC", "yes");
        lines.put("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK");
        lines.put("SystemCallArchitectures", "native");
        lines.put("SystemCallFilter", "@system-service");
        lines.put("IPAddressDeny", "169.254.169.254/32");
        lines.put("OOMPolicy", "stop");
        return lines;
    }

    UnitText(SystemdUnit.Settings settings) {
        unit.add("Description=" + specifiers(settings.description()));
        unit.add("Wants=network-online.target");
        unit.add("After=network-online.target");
        process(settings);
        files(settings);
        devices(settings);
        SANDBOX.forEach(this::put);
        limits(settings);
        settings.directives().forEach((key, value) -> service.put(key, List.of(value)));
    }

    private void process(SystemdUnit.Settings settings) {
        put("Type", "exec");
        put("ExecStart", commandLine(settings.command()));
        put("User", settings.user());
        put("WorkingDirectory", specifiers(settings.folder().toString()));
        put("Environment", quoted("HOME=" + settings.home()));
        put("UMask", "0077");
        put("KillMode", settings.leavesRunners() ? "process" : "mixed");
        put("KillSignal", "SIGTERM");
        put("TimeoutStopSec", settings.stopTimeout().toSeconds() + "s");
        if (settings.isRunner()) {
            put("Restart", "no"); // the runner's own service host starts its listener again
        } else {
            put("Restart", "on-failure");
            put("RestartSec", "10s");
        }
    }

    private void files(SystemdUnit.Settings settings) {
        List<String> writable = new ArrayList<>();
        writable.add(quoted(settings.folder().toString()));
        settings.writable().forEach(path -> writable.add(quoted(path.toString())));
        put("ReadWritePaths", String.join(" ", writable));
        List<Path> all = new ArrayList<>(settings.writable());
        all.add(0, settings.folder());
        List<String> hidden = all.stream()
                .filter(UnitText::isHidden)
                .map(path -> specifiers(path.toString()))
                .toList();
        if (!hidden.isEmpty()) {
            put("BindPaths", String.join(" ", hidden));
        }
    }

    static boolean isHidden(Path path) {
        return HIDDEN.stream().anyMatch(path::startsWith);
    }

    private void devices(SystemdUnit.Settings settings) {
        if (settings.devices().isEmpty()) {
            put("PrivateDevices", "yes");
            return;
        }
        put("PrivateDevices", "no"); // would hide the GPUs
        put("DevicePolicy", "closed");
        service.put("DeviceAllow", settings.devices());
        if (!settings.groups().isEmpty()) {
            put("SupplementaryGroups", String.join(" ", settings.groups()));
        }
    }

    private void limits(SystemdUnit.Settings settings) {
        settings.cpuPercent().ifPresent(percent -> put("CPUQuota", percent + "%"));
        settings.memory().ifPresent(memory -> put("MemoryMax", String.valueOf(memory.bytes())));
        put("TasksMax", String.valueOf(settings.tasks()));
    }

    private void put(String key, String value) {
        service.put(key, List.of(value));
    }

    String text() {
        var text = new StringBuilder("[Unit]\n");
        unit.forEach(line -> text.append(line).append('\n'));
        text.append("\n[Service]\n");
        service.forEach((key, values) -> values.forEach(
                value -> text.append(key).append('=').append(value).append('\n')));
        return text.append("\n[Install]\nWantedBy=multi-user.target\n").toString();
    }

    /** A value that is taken as it is but for the specifiers. */
    static String specifiers(String value) {
        return value.replace("%", "%%");
    }

    /** A word of a list of words. */
    static String quoted(String word) {
        return "\"" + specifiers(word).replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    private static String commandLine(List<String> command) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < command.size(); i++) {
            // Variables are replaced in arguments and never in the program's path.
            words.add(quoted(i == 0 ? command.get(i) : command.get(i).replace("$", "$$")));
        }
        return String.join(" ", words);
    }
}
