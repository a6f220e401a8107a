package dev.paddock.testkit.conformance;

import dev.paddock.testkit.StandInRunner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;

/** Stand-ins for the official packages: real archives with the files and links that an installer looks at. */
final class RunnerPackages {
    private static final int PROGRAM = 0100755;
    private static final int FILE = 0100644;

    /** Starts the helper again for as long as it ends with 2, and hands SIGTERM on as SIGINT if it is told to. */
    private static final String RUN = """
            #!/bin/bash
            here=$(cd "$(dirname "$0")" && pwd)
            if [ -n "$RUNNER_MANUALLY_TRAP_SIG" ]; then
                trap 'kill -INT -- -"$helper"; wait; exit 143' TERM
                set -m
            fi
            while :; do
                "$here/run-helper.sh" &
                helper=$!
                wait "$helper"
                result=$?
                [ "$result" -eq 2 ] || exit "$result"
            done
            """;

    /** Hides all codes but 7, says what it makes of them, and asks for another start by 2. */
    private static final String HELPER = """
            #!/bin/bash
            here=$(cd "$(dirname "$0")" && pwd)
            updated() {
                for ((second = 0; second < 31; second++)); do
                    [ -f "$here/update.finished" ] && rm "$here/update.finished" && break
                    sleep 1
                done
                exit 2
            }
            "$here/bin/Runner.Listener" run
            code=$?
            case $code in
                0) echo "Runner listener exit with 0 return code, stop the service, no retry needed." ;;
                1) echo "Runner listener exit with terminated error, stop the service, no retry needed." ;;
                2) echo "Runner listener exit with retryable error, re-launch runner in 5 seconds."; sleep 5; exit 2 ;;
                3) echo "Runner listener exit because of updating, re-launch runner after successful update"; updated ;;
                4) echo "Runner listener exit because of updating, re-launch ephemeral runner after update"; updated ;;
                5) echo "Runner listener exit with Session Conflict error, stop the service, no retry needed." ;;
                7) exit 7 ;;
                *) echo "Exiting with unknown error code: $code" ;;
            esac
            exit 0
            """;

    /** Stops the listener as it is stopped at a terminal, which is a good end. */
    private static final String SERVICE = """
            #!/bin/bash
            set -m
            trap 'stopped=yes; kill -INT -- -"$listener" 2>/dev/null' TERM INT
            ./bin/Runner.Listener run &
            listener=$!
            wait "$listener"
            code=$?
            while kill -0 "$listener" 2>/dev/null; do wait "$listener"; done
            [ -z "$stopped" ] || exit 0
            exit "$code"
            """;

    private RunnerPackages() {}

    /** For Linux and macOS; its listener tells its version and ends. {@code filler} makes it as large as it is to be. */
    static byte[] ofVersion(String version, byte[] filler) {
        return tarGz("#!/bin/sh\necho " + version + "\n", filler);
    }

    /** One that registers itself at a simulator, and whose listener runs its jobs. */
    static byte[] working() {
        return working(StandInRunner.command(), "true");
    }

    /**
     * The same, as a service: it refuses to be removed while it is one, and ends with 3 while there is a file named
     * {@code crash}.
     */
    static byte[] service(List<String> standIn) {
        return working(standIn, "[ ! -e crash ] || exit 3");
    }

    private static byte[] working(List<String> standIn, String first) {
        String command = String.join("' '", standIn);
        String listener = "#!/bin/sh\n"
                + first + "\n"
                + "case \"$1\" in\n"
                + "run) exec '" + command + "' --files;;\n"
                + "configure) exec '" + command + "' \"$@\";;\n"
                + "*) exit 1;;\n"
                + "esac\n";
        return tarGz(listener, new byte[0]);
    }

    /** One whose config.sh is a script, and whose listener sleeps. */
    static byte[] withConfig(String script) {
        return tarGz("#!/bin/sh\nexec sleep 300\n", "#!/bin/sh\n" + script + "\n", new byte[0]);
    }

    /** One whose listener is a script. */
    static byte[] tarGz(String listener, byte[] filler) {
        return tarGz(
                listener,
                "#!/bin/sh\n"
                        + "[ \"$1\" != remove ] || [ ! -e .service ] || { echo 'Uninstall service first'; exit 1; }\n"
                        + "exec ./bin/Runner.Listener configure \"$@\"\n",
                filler);
    }

    private static byte[] tarGz(String listener, String config, byte[] filler) {
        var bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes);
                var tar = new TarArchiveOutputStream(gzip)) {
            add(tar, "./bin/Runner.Listener", PROGRAM, listener);
            add(tar, "./run.sh", PROGRAM, RUN);
            add(tar, "./run-helper.sh", PROGRAM, HELPER);
            add(tar, "./config.sh", PROGRAM, config);
            add(tar, "./bin/runsvc.sh", PROGRAM, SERVICE);
            add(tar, "./externals/node20/lib/npm-cli.js", FILE, "// npm\n");
            var link = new TarArchiveEntry("./externals/node20/bin/npm", TarConstants.LF_SYMLINK);
            link.setLinkName("../lib/npm-cli.js");
            tar.putArchiveEntry(link);
            tar.closeArchiveEntry();
            add(tar, "./bin/filler", FILE, new String(filler, StandardCharsets.ISO_8859_1));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private static void add(TarArchiveOutputStream tar, String name, int mode, String content) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
        var entry = new TarArchiveEntry(name);
        entry.setMode(mode);
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    /** For Windows. */
    static byte[] zip() {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipArchiveOutputStream(bytes)) {
            for (String name : new String[] {"bin/Runner.Listener.exe", "run.cmd", "config.cmd"}) {
                zip.putArchiveEntry(new ZipArchiveEntry(name));
                zip.write(name.getBytes(StandardCharsets.US_ASCII));
                zip.closeArchiveEntry();
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }
}
