package dev.paddock.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A control VM in a folder: its gcloud runs commands and copies files here, its systemctl remembers which units run, and
 * both note how they were called. A pool's scaler comes up unless the jar says otherwise.
 */
final class ScalerHost {
    static final Path SCRIPTS = Path.of("../deploy/gcp").toAbsolutePath().normalize();
    static final String SECRET = "the-key-of-the-app";

    final Path disk;
    Path jar;
    final Path config;
    final Path installed;
    private final Path commands;
    private final Path state;

    ScalerHost(Path folder) throws IOException {
        disk = Files.createDirectory(folder.resolve("disk"));
        commands = Files.createDirectory(folder.resolve("commands"));
        state = Files.createDirectory(folder.resolve("state"));
        jar = Files.writeString(folder.resolve("paddock-examples.jar"), "good 1");
        config = folder.resolve("config");
        installed = disk.resolve("opt/paddock/paddock-examples.jar");
        Files.createDirectories(config.resolve("pools"));
        Files.writeString(config.resolve("scaler.env"), "SCALER_TOKEN=" + SECRET + "\n");
        pool("linux", "--platform linux");
        pool("windows", "--platform windows");
        command("sudo", "exec \"$@\"");
        command("useradd", "exit 0");
        command("apt-get", "exit 0");
        command("curl", "[ -e $state/healthy ]");
        // With "readonly" nothing can be put in place once all pools stand still.
        command(
                "mv",
                "[ ! -e $state/readonly ] || ls $state/active.* >/dev/null 2>&1 || exit 1",
                "exec /bin/mv \"$@\"");
        // A second passes: those that drain may have ended, and what was copied may have been swept away.
        command(
                "sleep",
                "[ ! -e $state/sweeps ] || rm -f '" + folder.resolve("sent.jar") + "'",
                "for unit in $state/draining.*; do",
                "  [ ! -e $unit ] || [ ! -e $state/drains ] || rm -f $state/active.${unit##*draining.}",
                "done");
        command("systemctl", systemctl());
        command("gcloud", gcloud());
    }

    void pool(String name, String flags) throws IOException {
        Files.writeString(config.resolve("pools/" + name + ".env"), "SCALER_FLAGS=" + flags + "\n");
    }

    private String systemctl() {
        return String.join(
                "\n",
                "unit=${@: -1}",
                "jar=$(cat '" + installed + "' 2>/dev/null)",
                "start() {",
                "  case $jar in bad*) return 1 ;; esac",
                "  rm -f $state/draining.$unit; touch $state/active.$unit",
                "}",
                "case $1 in",
                "  is-active) [ -e $state/active.$unit ] ;;",
                "  reload) touch $state/draining.$unit ;;",
                "  kill) rm -f $state/draining.$unit ;;",
                "  stop) rm -f $state/active.$unit ;;",
                "  start | enable | restart) start ;;",
                "  show) case $jar in flaky*) echo 3 ;; *) echo 0 ;; esac ;;",
                "esac");
    }

    private String gcloud() {
        return String.join(
                "\n",
                "case \"$2 $3\" in",
                "  'instances describe')",
                "    [ ! -e $state/forbidden ] || { echo 'Required compute.instances.get permission' >&2; exit 1; }",
                "    [ -e $state/vm ] || { echo \"The resource '$4' was not found\" >&2; exit 1; }",
                "    cat $state/vm ;;",
                "  'instances create' | 'instances start') echo RUNNING > $state/vm ;;",
                "  ssh*)",
                "    [ ! -e $state/deaf ] || exit 255",
                "    for argument; do case $argument in --command=*) exec bash -c \"${argument#--command=}\" ;; esac; done ;;",
                "  scp*)",
                "    to=${@: -1}; files=()",
                "    for argument in \"${@:3:$#-3}\"; do case $argument in --*) ;; *) files+=(\"$argument\") ;; esac; done",
                "    cp -r \"${files[@]}\" \"${to#*:}\" ;;",
                "esac");
    }

    private void command(String name, String... lines) throws IOException {
        BootVm.script(
                commands.resolve(name),
                "state='" + state + "'",
                "echo \"" + name + " $*\" >> $state/calls",
                String.join("\n", lines));
    }

    void flag(String name) throws IOException {
        Files.writeString(state.resolve(name), "RUNNING\n");
    }

    void unflag(String name) throws IOException {
        Files.deleteIfExists(state.resolve(name));
    }

    boolean isActive(String pool) {
        return Files.exists(state.resolve("active.paddock-scaler@" + pool));
    }

    List<String> calls(String start) throws IOException {
        Path file = state.resolve("calls");
        List<String> calls = Files.exists(file) ? Files.readAllLines(file) : List.of();
        return calls.stream().filter(call -> call.startsWith(start)).toList();
    }

    void forget() throws IOException {
        Files.deleteIfExists(state.resolve("calls"));
    }

    Process start(Map<String, String> environment, String script, String... arguments) throws IOException {
        List<String> line =
                new ArrayList<>(List.of("bash", SCRIPTS.resolve(script).toString()));
        line.addAll(List.of(arguments));
        var builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().keySet().retainAll(List.of("PATH"));
        builder.environment().merge("PATH", commands + ":", (path, before) -> before + path);
        builder.environment().put("PADDOCK_ROOT", disk.toString());
        builder.environment().put("SETTLE_SECONDS", "3");
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** What the script wrote, and its exit code. */
    String run(Map<String, String> environment, String script, String... arguments) throws Exception {
        Process process = start(environment, script, arguments);
        String log = Programs.output(process);
        return log + "\nexit code " + process.waitFor();
    }

    String setUp() throws Exception {
        return run(
                Map.of("PADDOCK_SSH_TRIES", "3"),
                "setup-control-vm.sh",
                "--project",
                "acme-ci",
                "--zone",
                "us-east1-c",
                "--service-account",
                "scaler@acme-ci.iam.gserviceaccount.com",
                "--config",
                config.toString(),
                "--jar",
                jar.toString());
    }

    String update(Map<String, String> environment) throws Exception {
        return run(
                environment,
                "update-scaler.sh",
                "--project",
                "acme-ci",
                "--zone",
                "us-east1-c",
                "--iap",
                "--jar",
                jar.toString());
    }
}
