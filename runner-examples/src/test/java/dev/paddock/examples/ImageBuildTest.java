package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

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

/** The script by which a Linux VM becomes an image, run by bash in a folder. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ImageBuildTest {
    private static final Path SCRIPT = ScalerHost.SCRIPTS.resolve("images/linux-image.sh");

    @TempDir
    private Path folder;

    private BootVm vm;

    @BeforeEach
    void make() throws Exception {
        vm = new BootVm(folder);
        Path content = Files.createDirectory(folder.resolve("content"));
        vm.runnerIn(content, "2.336.0");
        BootVm.script(content.resolve("bin/installdependencies.sh"), "touch '" + vm.records + "/dependencies'");
        Path file = folder.resolve("runner.tar.gz");
        var tar = new ProcessBuilder("tar", "-czf", file.toString(), "-C", content.toString(), ".");
        assertThat(tar.inheritIO().start().waitFor()).isZero();
        byte[] bytes = Files.readAllBytes(file);
        vm.packages.put("runner.tar.gz", bytes);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
        vm.attribute("runner-version", "2.336.0");
        vm.attribute("runner-sha256", HexFormat.of().formatHex(digest));
        vm.attribute("runner-url", "http://" + vm.host() + "/packages/runner.tar.gz");
        for (String name : new String[] {"useradd", "chown", "apt-get"}) {
            vm.command(name, "exit 0");
        }
        Files.createDirectory(vm.disk.resolve("etc"));
    }

    @AfterEach
    void close() {
        vm.close();
    }

    private void failed(String why) throws Exception {
        vm.guestAttributes.clear();
        assertThat(vm.boot(SCRIPT)).endsWith("exit code 1");
        assertThat(vm.guestAttributes)
                .last()
                .asString()
                .startsWith("paddock/image-build=failed:")
                .contains(why);
    }

    @Test
    @DisplayName("The image has the runner and what one's own script adds, and nobody's registration or identity")
    void built() throws Exception {
        vm.attribute("image-script", "touch '" + vm.disk + "/tool'; touch '" + vm.runner + "/.credentials'");
        Files.createDirectories(vm.disk.resolve("home/engineer/actions-runner"));
        Files.writeString(vm.disk.resolve("etc/machine-id"), "0123");
        assertThat(vm.boot(SCRIPT)).endsWith("exit code 0");
        assertThat(vm.guestAttributes).containsExactly("paddock/image-build=started", "paddock/image-build=done");
        assertThat(vm.runner.resolve("bin/Runner.Listener")).content().contains("2.336.0");
        assertThat(vm.runner.resolve(".credentials")).doesNotExist();
        assertThat(vm.disk.resolve("tool")).exists();
        assertThat(vm.disk.resolve("home/engineer/actions-runner")).doesNotExist();
        assertThat(vm.disk.resolve("etc/machine-id")).isEmptyFile();
        assertThat(vm.records.resolve("dependencies")).exists();
        assertThat(vm.calls("useradd")).isOne();

        Files.delete(vm.commands.resolve("chown")); // and a VM of it serves
        vm.metadata.remove("attributes/paddock-runner-version");
        assertThat(vm.boot()).endsWith("exit code 0");
        assertThat(vm.record("version")).containsExactly("2.336.0");
    }

    @Test
    @DisplayName(
            "A metadata server that is late is asked again; one that does not answer makes no image without the script")
    void lateMetadata() throws Exception {
        vm.attribute("image-script", "touch '" + vm.disk + "/tool'");
        vm.outages.put("attributes/paddock-runner-url", 2);
        vm.outages.put("attributes/paddock-image-script", 10);
        failed("the metadata server does not answer for paddock-image-script");
        assertThat(vm.disk.resolve("tool")).doesNotExist();
        vm.outages.put("attributes/paddock-runner-sha256", 10);
        failed("the metadata server does not answer for paddock-runner-sha256");

        vm.outages.clear();
        vm.outages.put("attributes/paddock-image-script", 9);
        assertThat(vm.boot(SCRIPT)).endsWith("exit code 0");
        assertThat(vm.disk.resolve("tool")).exists();
    }

    @Test
    @DisplayName("On Windows too a script that ends with another code than 0, or cannot be read, makes no image")
    void windows() throws Exception {
        String text = Files.readString(SCRIPT.resolveSibling("windows-image.ps1"));
        assertThat(text)
                .containsSubsequence(
                        "-eq 404) { return '' }", "throw \"the metadata server does not answer for paddock-$key")
                .containsSubsequence("& $script", "if ($LASTEXITCODE -ne 0) { throw ", "Send-Progress 'done'");
    }

    @Test
    @DisplayName("A package that is not there or is another, or a script that fails, makes no image")
    void failures() throws Exception {
        vm.attribute("image-script", "exit 3");
        failed("paddock-image-script ended with 3");
        vm.attribute("runner-sha256", "0".repeat(64));
        failed("digest is another");
        vm.attribute("runner-url", "http://127.0.0.1:9/");
        failed("could not be fetched");
        vm.metadata.remove("attributes/paddock-runner-sha256");
        failed("is no digest");
        vm.attribute("runner-version", "latest");
        failed("is no version");
    }
}
