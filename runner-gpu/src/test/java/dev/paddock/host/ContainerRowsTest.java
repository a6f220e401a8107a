package dev.paddock.host;

import dev.paddock.host.HostRow.Change;
import dev.paddock.host.HostRow.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Docker and NVIDIA's toolkit for containers; a command that is not there is an answer. */
class ContainerRowsTest {
    private static final String DOCKER = "docker version --format {{.Server.Version}}";
    private static final String CTK = "nvidia-ctk --version";

    static List<HostRow> rows() {
        String start = "sudo systemctl start docker";
        String install = "sudo apt-get install -y nvidia-container-toolkit && sudo nvidia-ctk runtime configure";
        Rows rows = new Rows();
        rows.of("DOCKER", "docker answers the runners' user")
                .pass("it answers", host -> host.prints(DOCKER, "27.3.1\n"), "27.3.1")
                .pass("another user", another("sudo -n -u gha -- " + DOCKER, "28.0\n"), "28.0")
                .fail("none", host -> {}, "no docker", start)
                .fail("no daemon", host -> host.fails(DOCKER, 1, "Cannot connect"), "Cannot connect", start)
                .unknown("sudo wants a password", ContainerRowsTest::refused, "a password", start)
                .silent(DOCKER, start)
                .skipped("no containers", host -> {}, "no job uses containers")
                .of("CTK", "nvidia-container-toolkit")
                .pass("there", host -> host.prints(CTK, "NVIDIA Container Toolkit CLI version 1.16.2\n"), "1.16.2")
                .fail("none", host -> {}, "no nvidia-ctk", install)
                .fail("broken", host -> host.fails(CTK, 127, "cannot open"), "cannot open", install)
                .silent(CTK, install)
                .skipped("no containers", host -> {}, "no job uses GPUs in containers");
        return rows.all.stream().map(ContainerRowsTest::withContainers).toList();
    }

    /** All but the rows that are skipped are about a host whose jobs use containers with GPUs. */
    private static HostRow withContainers(HostRow row) {
        Change change = row.given().equals("no containers")
                ? row.change()
                : host -> {
                    host.requirements =
                            HostRequirements.builder().gpus(1).containers(true).build();
                    row.change().to(host);
                };
        return new HostRow(row.id(), row.given(), change, row.status(), row.observed(), row.required(), row.remedy());
    }

    private static Change another(String command, String output) {
        return host -> {
            host.user = "gha";
            host.prints(command, output);
        };
    }

    private static void refused(HealthyHost host) {
        host.user = "gha";
        host.fails("sudo -n -u gha -- " + DOCKER, 1, "sudo: a password is required");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void row(HostRow row, @TempDir Path root) throws IOException {
        row.check(root);
    }
}
