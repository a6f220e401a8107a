package dev.paddock.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the boot script brings an image's runner up to date, and what it does where it cannot. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BootUpdateTest {
    private static final String NEW = "2.336.0";

    @TempDir
    private Path folder;

    private BootVm vm;

    @BeforeEach
    void make() throws Exception {
        vm = new BootVm(folder);
        Path content = Files.createDirectory(folder.resolve("content"));
        vm.runnerIn(content, NEW);
        Files.writeString(content.resolve("bin/new"), "new");
        offer("good.tar.gz", content);
        wants(NEW, "good.tar.gz");
    }

    @AfterEach
    void close() {
        vm.close();
    }

    private void offer(String name, Path content) throws Exception {
        Path file = folder.resolve(name);
        var tar = new ProcessBuilder("tar", "-czf", file.toString(), "-C", content.toString(), ".");
        assertThat(tar.inheritIO().start().waitFor()).isZero();
        vm.packages.put(name, Files.readAllBytes(file));
    }

    private void wants(String version, String name) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(vm.packages.get(name));
        vm.attribute("runner-version", version);
        vm.attribute("runner-sha256", HexFormat.of().formatHex(digest));
        vm.attribute("runner-url", "http://" + vm.host() + "/packages/" + name);
    }

    private boolean hasDownloaded() {
        return vm.requests.stream().anyMatch(request -> request.contains("/packages/"));
    }

    /** The job was served by the image's own runner. */
    private void kept(String log, String why) throws IOException {
        assertThat(log).contains("runner 2.330.0 kept", why).endsWith("exit code 0");
        assertThat(vm.record("version")).containsExactly("2.330.0");
        assertThat(vm.states()).endsWith("starting", "ready", "running", "finished");
        assertThat(vm.guestAttributes)
                .anyMatch(
                        attribute -> attribute.startsWith("paddock/update=kept:2.330.0: ") && attribute.contains(why));
        assertThat(vm.disk.resolve("actions-runner.new")).doesNotExist();
        assertThat(vm.disk.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    @DisplayName("A stale image's runner is replaced by the version wanted, and what only the image has stays")
    void stale() throws Exception {
        Files.writeString(vm.runner.resolve("bin/old"), "old");
        Files.writeString(vm.runner.resolve(".env"), "LANG=C");
        Path tools = Files.createDirectories(vm.runner.resolve("_work/_tool"));
        String log = vm.boot();
        assertThat(vm.states()).as(log).containsExactly("booting", "image", "updating", "starting", "finished");
        assertThat(vm.guestAttributes).contains("paddock/update=updated:" + NEW);
        assertThat(vm.record("version")).containsExactly(NEW);
        assertThat(vm.runner.resolve("bin/new")).exists();
        assertThat(vm.runner.resolve("bin/old")).doesNotExist();
        assertThat(vm.runner.resolve(".env")).exists();
        assertThat(tools).exists();
        assertThat(vm.disk.resolve("actions-runner.old")).doesNotExist();
        assertThat(vm.disk.resolve("tmp")).isEmptyDirectory();
    }

    @ParameterizedTest(name = "{0} in the image")
    @CsvSource({NEW, "2.340.0", "3.0.0"})
    @DisplayName("SLANG-W47: an image that is current, or newer, asks nobody but its metadata server")
    void current(String version) throws Exception {
        vm.listener(version);
        BootVm.permit(vm.runner, "rwx------"); // the image's maker's alone, who may be root
        assertThat(vm.boot()).endsWith("exit code 0");
        assertThat(vm.record("version")).containsExactly(version);
        assertThat(vm.states()).doesNotContain("updating");
        assertThat(hasDownloaded()).isFalse();
    }

    @Test
    @DisplayName("SLANG-W47: with GitHub down the image's runner serves")
    void down() throws Exception {
        vm.attribute("runner-url", "http://127.0.0.1:9/runner.tar.gz?signature=secret");
        String log = vm.boot();
        kept(log, "http://127.0.0.1:9/runner.tar.gz: ");
        assertThat(log).doesNotContain("signature");
    }

    @ParameterizedTest(name = "SLANG-W63: on {0} the package for {1} is asked for")
    @CsvSource({"x86_64, x64", "aarch64, arm64", "arm64, arm64"})
    void architecture(String machine, String name) throws Exception {
        vm.metadata.remove("attributes/paddock-runner-url");
        vm.command("uname", "echo " + machine);
        vm.command(
                "curl",
                "case \"$*\" in *--location*//github.com/*) exit 6 ;; esac",
                "exec env PATH=\"${PATH#*:}\" curl \"$@\"");
        kept(
                vm.boot(),
                "https://github.com/actions/runner/releases/download/v" + NEW + "/actions-runner-linux-" + name + "-"
                        + NEW + ".tar.gz: ");
    }

    @Test
    @DisplayName("A package that is not there, or no package, or of another version, is not installed")
    void unusable() throws Exception {
        vm.attribute("runner-url", "http://" + vm.host() + "/packages/gone.tar.gz");
        kept(vm.boot(), "403");

        vm.packages.put("page.tar.gz", "<html>".getBytes(US_ASCII));
        wants(NEW, "page.tar.gz");
        again();
        kept(vm.boot(), "cannot be unpacked");

        wants("2.337.0", "good.tar.gz");
        again();
        kept(vm.boot(), "the package holds version " + NEW);
    }

    private void again() {
        vm.metadata.put("id", vm.metadata.get("id") + "1");
        vm.guestAttributes.clear();
    }

    @Test
    @DisplayName("SLANG-W48: a package whose digest is another is not installed; one without a digest is not fetched")
    void digest() throws Exception {
        vm.attribute("runner-sha256", "0".repeat(64));
        kept(vm.boot(), "the digest of http://" + vm.host() + "/packages/good.tar.gz is ");
        assertThat(vm.runner.resolve("bin/new")).doesNotExist();

        again();
        vm.requests.clear();
        vm.metadata.remove("attributes/paddock-runner-sha256");
        kept(vm.boot(), "paddock-runner-sha256 is not the digest");
        assertThat(hasDownloaded()).isFalse();

        again();
        vm.attribute("runner-version", "latest; reboot");
        kept(vm.boot(), "paddock-runner-version is no version");
    }

    @Test
    @DisplayName("An image without a runner gets one; if it cannot, the VM fails and stops")
    void none() throws Exception {
        Files.delete(vm.runner.resolve("bin/Runner.Listener"));
        Files.delete(vm.runner.resolve("bin"));
        Files.delete(vm.runner);
        String good = vm.metadata.get("attributes/paddock-runner-url");
        vm.attribute("runner-url", "http://127.0.0.1:9/");
        assertThat(vm.boot()).endsWith("exit code 1");
        assertThat(vm.states()).last().asString().startsWith("failed:there is no runner in");
        assertThat(vm.calls("shutdown -h now")).isOne();

        vm.attribute("runner-url", good);
        assertThat(vm.boot()).endsWith("exit code 0");
        assertThat(vm.record("version")).containsExactly(NEW);
    }

    @Test
    @DisplayName("A runner that does not tell its version is replaced")
    void broken() throws Exception {
        BootVm.script(vm.runner.resolve("bin/Runner.Listener"), "exit 139");
        assertThat(vm.boot()).contains("runner unknown updated to " + NEW).endsWith("exit code 0");
    }
}
