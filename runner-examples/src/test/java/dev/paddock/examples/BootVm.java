package dev.paddock.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A VM of which only the boot script is real: a folder is its disk, a server on loopback its metadata server, and scripts
 * stand in for the runner and for the commands that would change the machine.
 */
final class BootVm implements AutoCloseable {
    static final Path SCRIPT = Path.of("../runner-gcp/src/main/resources/dev/paddock/gcp/boot/linux.sh");
    static final String JIT = "eyJhLXJlZ2lzdHJhdGlvbiI6InRoYXQtc2VydmVzLW9uY2UifQ==";
    static final boolean IS_ROOT = "root".equals(System.getProperty("user.name"));

    private static final String GUEST = "/computeMetadata/v1/instance/guest-attributes/";
    private static final String INSTANCE = "/computeMetadata/v1/instance/";

    /** What the metadata server knows of the instance, by its path below {@code instance/}. */
    final Map<String, String> metadata = new ConcurrentHashMap<>();

    /** How often a path below {@code instance/} is still answered with 503. */
    final Map<String, Integer> outages = new ConcurrentHashMap<>();

    final ConcurrentLinkedQueue<String> guestAttributes = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();

    /** Files for download below {@code /packages/}. */
    final Map<String, byte[]> packages = new ConcurrentHashMap<>();

    final Path disk;
    final Path commands;
    final Path records;
    final Path runner;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    volatile boolean takesGuestAttributes = true;

    BootVm(Path folder) throws IOException {
        permit(folder, "rwxr-xr-x");
        disk = Files.createDirectory(folder.resolve("disk"));
        commands = Files.createDirectory(folder.resolve("commands"));
        records = Files.createDirectory(folder.resolve("records"));
        permit(records, "rwxrwxrwx"); // of the runner's user too
        Files.createDirectory(disk.resolve("tmp"));
        runner = Files.createDirectory(disk.resolve("actions-runner"));
        Files.createDirectory(runner.resolve("bin"));

        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();

        metadata.put("id", "4711");
        metadata.put("attributes/paddock-jit-config", JIT);
        metadata.put("attributes/paddock-expect-gpu", "false");
        metadata.put("attributes/paddock-user", "daemon");
        for (String name : List.of("shutdown", "poweroff", "systemctl", "iptables", "ip6tables")) {
            command(name, "exit 0");
        }
        command("sleep", "exec /bin/sleep 0.05");
        listener("2.330.0", "say 'Listening for Jobs'", "say 'Running job: build'");
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            requests.add(exchange.getRequestMethod() + " " + path);
            byte[] body = exchange.getRequestBody().readAllBytes();
            boolean isGoogle = "Google".equals(exchange.getRequestHeaders().getFirst("Metadata-Flavor"));
            byte[] file = path.startsWith("/packages/") ? packages.get(path.substring("/packages/".length())) : null;
            if (file != null) {
                reply(exchange, 200, file);
            } else if (!isGoogle || !path.startsWith(INSTANCE)) {
                reply(exchange, isGoogle ? 404 : 403, new byte[0]);
            } else if (path.startsWith(GUEST) && "PUT".equals(exchange.getRequestMethod())) {
                guestAttributes.add(path.substring(GUEST.length()) + "=" + new String(body, UTF_8));
                reply(exchange, takesGuestAttributes ? 200 : 403, new byte[0]);
            } else {
                tell(exchange, path.substring(INSTANCE.length()));
            }
        }
    }

    private void tell(HttpExchange exchange, String key) throws IOException {
        Integer left = outages.computeIfPresent(key, (path, times) -> times - 1);
        if (left != null && left >= 0) {
            reply(exchange, 503, new byte[0]);
            return;
        }
        String value = metadata.get(key);
        reply(exchange, value == null ? 404 : 200, value == null ? new byte[0] : value.getBytes(UTF_8));
    }

    private static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    void attribute(String key, String value) {
        metadata.put("attributes/paddock-" + key, value);
    }

    static void permit(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    static void script(Path file, String... lines) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/bash\n" + String.join("\n", lines) + "\n");
        permit(file, "rwxr-xr-x");
    }

    /** A command on the script's PATH, which notes how it was called. */
    void command(String name, String... lines) throws IOException {
        script(
                commands.resolve(name),
                "echo \"" + name + " $*\" >> '" + records.resolve("calls") + "'",
                String.join("\n", lines));
    }

    /** Lets the script believe that it is root, where it is not. */
    void asRoot() throws IOException {
        if (!IS_ROOT) {
            command("id", "[ \"$*\" = -u ] && echo 0 || exec /usr/bin/id \"$@\"");
            command("chown", "exit 0");
            command("setpriv", "shift 5; exec \"$@\"");
        }
    }

    /** A runner on the disk that notes how it was started, does as the lines say, and ends with 0. */
    void listener(String version, String... lines) throws IOException {
        runnerIn(runner, version, lines);
    }

    void runnerIn(Path folder, String version, String... lines) throws IOException {
        script(
                folder.resolve("bin/Runner.Listener"),
                "if [ \"$1\" = --version ]; then echo " + version + "; exit; fi",
                "records='" + records + "'",
                "say() { echo \"2026-05-05 10:11:12Z: $1\"; }",
                "echo start >> $records/starts",
                "env > $records/env; pwd > $records/pwd; umask > $records/umask; id -un > $records/user",
                "echo " + version + " > $records/version; echo \"$#:$*\" > $records/arguments",
                "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' > $records/processes",
                String.join("\n", lines));
    }

    Process start() throws IOException {
        return start(host());
    }

    Process start(String metadataHost) throws IOException {
        return start(SCRIPT, metadataHost);
    }

    Process start(Path script, String metadataHost) throws IOException {
        var builder = new ProcessBuilder(
                "env",
                "--default-signal=INT",
                "bash",
                script.toAbsolutePath().normalize().toString());
        builder.environment().keySet().retainAll(List.of("PATH"));
        builder.environment().merge("PATH", commands + ":", (path, before) -> before + path);
        builder.environment().put("PADDOCK_ROOT", disk.toString());
        builder.environment().put("GCE_METADATA_HOST", metadataHost);
        builder.environment().put("TMPDIR", disk.resolve("tmp").toString());
        builder.environment().put("A_SECRET_OF_THE_VM", "none of the job's business");
        return builder.redirectErrorStream(true).start();
    }

    /** Boots, and gives what the script wrote. */
    String boot() throws Exception {
        return boot(SCRIPT);
    }

    String boot(Path script) throws Exception {
        Process process = start(script, host());
        String log = Programs.output(process);
        process.waitFor();
        return log + "\nexit code " + process.exitValue();
    }

    List<String> states() {
        return guestAttributes.stream()
                .filter(attribute -> attribute.startsWith("paddock/state="))
                .map(attribute -> attribute.substring("paddock/state=".length()))
                .toList();
    }

    List<String> record(String name) throws IOException {
        Path file = records.resolve(name);
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    long calls(String start) throws IOException {
        return record("calls").stream().filter(call -> call.startsWith(start)).count();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
