package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceNameTest {
    private static final RandomGenerator CHANCE = new Random(1);

    @TempDir
    private Path root;

    private ServiceFixture fixture;

    @BeforeEach
    void open() throws IOException {
        fixture = new ServiceFixture(root);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private String name() {
        return ServiceName.of(fixture.folder, ServiceName.Rules.UNIX, ".service", CHANCE);
    }

    @Test
    @DisplayName("A service is called what the runner's own installer calls it")
    void usual() throws IOException {
        assertThat(name()).isEqualTo("actions.runner.acme-engine.gpu-1.service");
        fixture.configure("https://github.com/acme", "gpu 1");
        assertThat(name()).isEqualTo("actions.runner.acme.gpu_1.service");
        fixture.configure("https://github.example.com/enterprises/big~corp/", "gpu-1");
        assertThat(name()).isEqualTo("actions.runner.enterprises-big-corp.gpu-1.service");
    }

    @Test
    @DisplayName("A name that is too long loses its owner's end, then its own, and gets digits of chance")
    void cut() {
        String owner = "o".repeat(39) + "/" + "r".repeat(100);
        String one = ServiceName.compute(owner, "n".repeat(64), ServiceName.Rules.UNIX, ".service", CHANCE);
        assertThat(one).hasSize(150).matches("actions\\.runner\\.o{39}-r{30}\\.n{51}-[0-9]{4}\\.service");
        assertThat(ServiceName.compute(owner, "gpu-1", ServiceName.Rules.UNIX, "", CHANCE))
                .matches("actions\\.runner\\.o{39}-r{30}\\.gpu-1-[0-9]{4}");
        assertThat(ServiceName.compute(owner, "n".repeat(64), ServiceName.Rules.WINDOWS, "", CHANCE))
                .hasSize(80)
                .matches("actions\\.runner\\.o{39}-r{5}\\.n{14}-[0-9]{4}");
    }

    @Test
    @DisplayName("A name just within the limit stays whole")
    void limit() {
        int rest = 150 - "actions.runner.acme..service".length();
        assertThat(ServiceName.compute("acme", "n".repeat(rest), ServiceName.Rules.UNIX, ".service", CHANCE))
                .isEqualTo("actions.runner.acme." + "n".repeat(rest) + ".service");
        assertThat(ServiceName.compute("acme", "n".repeat(rest + 1), ServiceName.Rules.UNIX, ".service", CHANCE))
                .endsWith(".service")
                .matches(".*n-[0-9]{4}\\.service")
                .hasSize(150);
    }

    @Test
    @DisplayName("RL-A52: the name of an installed service is read from .service and never worked out")
    void read() throws IOException {
        fixture.configure("https://github.com/" + "o".repeat(39) + "/" + "r".repeat(100), "n".repeat(64));
        String written =
                "actions.runner." + "o".repeat(39) + "-" + "r".repeat(30) + "." + "n".repeat(51) + "-4711.service";
        Files.writeString(fixture.folder.resolve(".service"), written + "\n");
        for (int i = 0; i < 20; i++) {
            assertThat(name()).isEqualTo(written);
        }
        Files.delete(fixture.folder.resolve(".runner"));
        assertThat(name()).isEqualTo(written);
        Files.writeString(
                fixture.folder.resolve(".service"), "/Library/LaunchDaemons/actions.runner.acme.mac-1.plist\n");
        assertThat(name()).isEqualTo("actions.runner.acme.mac-1");
    }

    @Test
    @DisplayName("A job that writes another service's name into .service has nothing stopped by that")
    void foreign() throws IOException {
        Files.writeString(fixture.folder.resolve(".service"), "ssh.service\n");
        assertThatThrownBy(this::name).isInstanceOf(ServiceException.class).hasMessageContaining("actions.runner.");
        Files.writeString(fixture.folder.resolve(".service"), "actions.runner.x/../../ssh.service\n");
        assertThatThrownBy(this::name).isInstanceOf(ServiceException.class).hasMessageContaining("letters, digits");
    }

    @Test
    @DisplayName("A folder that is not configured, or not well, is refused with what to do")
    void malformed() throws IOException {
        Path file = fixture.folder.resolve(".runner");
        Files.writeString(file, "{\"agentName\": \"gpu-1\"}");
        assertThatThrownBy(this::name).hasMessageContaining("names no gitHubUrl");
        Files.writeString(file, "{");
        assertThatThrownBy(this::name).isInstanceOf(ServiceException.class).hasMessageContaining("configure");
        fixture.configure("mailto:acme", "gpu-1");
        assertThatThrownBy(this::name).hasMessageContaining("is no address");
        fixture.configure("https://github.com/acme", "../gpu");
        assertThatThrownBy(this::name).hasMessageContaining("another name");
        Files.delete(file);
        assertThatThrownBy(this::name).hasMessageContaining("run config.sh");
    }
}
