package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the boot script takes away from an image, and keeps from jobs. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BootHygieneTest {
    @TempDir
    private Path folder;

    private BootVm vm;

    @BeforeEach
    void make() throws IOException {
        vm = new BootVm(folder);
    }

    @AfterEach
    void close() {
        vm.close();
    }

    @Test
    @DisplayName("Registrations that an image brings, its services and the runners of other users are removed")
    void leftovers() throws Exception {
        var registration = List.of(
                ".runner", ".runner_migrated", ".credentials", ".credentials_rsaparams", ".credentials_migrated");
        for (String file : registration) {
            Files.writeString(vm.runner.resolve(file), "another's");
        }
        Files.writeString(vm.runner.resolve(".env"), "LANG=C");
        Path other = Files.createDirectories(vm.disk.resolve("home/engineer/actions-runner"));
        Files.writeString(other.resolve(".runner"), "another's");
        Path notes = Files.writeString(vm.disk.resolve("home/engineer/notes"), "stay");
        Path units = Files.createDirectories(vm.disk.resolve("etc/systemd/system"));
        Path unit = Files.writeString(units.resolve("actions.runner.acme.old.service"), "[Service]");
        vm.listener("2.330.0", "ls -a > $records/ls");

        assertThat(vm.boot()).endsWith("exit code 0");
        assertThat(vm.record("ls")).contains(".env").doesNotContainAnyElementsOf(registration);
        assertThat(other).doesNotExist();
        assertThat(notes).exists();
        assertThat(unit).doesNotExist();
        assertThat(vm.calls("systemctl disable --now actions.runner.acme.old.service"))
                .isOne();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/home/runner/actions-runner", "/home/runner/actions-runner/2.331.0"})
    @DisplayName("The runner that the pool names stays, wherever it is")
    void namedFolder(String place) throws Exception {
        Path mine = vm.disk.resolve(place.substring(1));
        vm.runnerIn(mine, "2.331.0");
        vm.attribute("runner-dir", place);
        Path beside = Files.createDirectories(vm.disk.resolve("home/run/actions-runner"));
        assertThat(vm.boot()).endsWith("exit code 0");
        assertThat(vm.record("version")).containsExactly("2.331.0");
        assertThat(vm.record("pwd")).containsExactly(mine.toRealPath().toString());
        assertThat(beside).doesNotExist();
    }

    @Test
    @DisplayName("SLANG-W42: jobs, and containers, do not reach the metadata server; names are still resolved")
    void metadataIsBlocked() throws Exception {
        vm.asRoot();
        vm.command("nft", "cat > '" + vm.records + "/rules'");
        vm.listener("2.330.0", "cp $records/rules $records/before");
        assertThat(vm.boot()).contains("jobs do not reach the metadata server").endsWith("exit code 0");
        assertThat(vm.record("before"))
                .contains(
                        "add rule inet paddock output meta skuid 1 ip daddr 169.254.169.254 tcp dport != 53 reject",
                        "add rule inet paddock output meta skuid 1 ip6 daddr fd20:ce::254 tcp dport != 53 reject",
                        "add rule inet paddock forward ip daddr 169.254.169.254 tcp dport != 53 reject");
        assertThat(vm.calls("iptables")).isZero();
    }

    @Test
    @DisplayName("Without nft it is done by iptables")
    void iptables() throws Exception {
        vm.asRoot();
        vm.command("nft", "exit 1");
        vm.listener("2.330.0", "cp $records/calls $records/before");
        assertThat(vm.boot()).contains("jobs do not reach the metadata server").endsWith("exit code 0");
        String reject = " -p tcp ! --dport 53 -m owner --uid-owner 1 -j REJECT";
        assertThat(vm.record("before"))
                .contains("iptables -w 5 -I OUTPUT -d 169.254.169.254" + reject)
                .contains("ip6tables -w 5 -I OUTPUT -d fd20:ce::254" + reject)
                .contains("iptables -w 5 -I FORWARD -d 169.254.169.254 -p tcp ! --dport 53 -j REJECT");
    }

    @Test
    @DisplayName("An image can leave the metadata server open, and a machine without a firewall serves")
    void metadataIsOpen() throws Exception {
        vm.asRoot();
        vm.command("iptables", "exit 4");
        assertThat(vm.boot()).contains("jobs reach the metadata server").endsWith("exit code 0");

        Files.createFile(Files.createDirectories(vm.disk.resolve("etc/paddock")).resolve("allow-metadata"));
        vm.metadata.put("id", "4712");
        vm.command("nft", "exit 0");
        long before = vm.calls("iptables");
        assertThat(vm.boot()).contains("open to jobs").endsWith("exit code 0");
        assertThat(vm.calls("iptables")).isEqualTo(before);
        assertThat(vm.calls("nft")).isZero();
    }

    @ParameterizedTest
    @CsvSource({"root, is root", "nobody-of-that-name, there is no user"})
    @DisplayName("SLANG-W46: jobs are never root's")
    void user(String name, String why) throws Exception {
        vm.asRoot();
        vm.attribute("user", name);
        assertThat(vm.boot()).contains("state failed:", why).endsWith("exit code 1");
        assertThat(vm.record("starts")).isEmpty();
        assertThat(vm.requests).noneMatch(request -> request.contains("jit-config"));
    }
}
