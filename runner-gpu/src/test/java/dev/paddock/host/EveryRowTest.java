package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EveryRowTest {
    static List<HostRow> rows() {
        return Stream.of(
                        SystemRowsTest.rows(),
                        ResourceRowsTest.rows(),
                        GpuRowsTest.rows(),
                        GpuAccessRowsTest.rows(),
                        ContainerRowsTest.rows(),
                        PythonRowsTest.rows())
                .flatMap(Collection::stream)
                .toList();
    }

    @Test
    @DisplayName(
            "no row of the doctor is without a case in which it passes, one in which it does not, and one in doubt")
    void complete(@TempDir Path root) throws IOException {
        List<HostRow> rows = rows();
        List<String> ids = new HealthyHost(root)
                .report().results().stream().map(HostCheckResult::id).toList();
        assertThat(ids).doesNotHaveDuplicates();
        for (String id : ids) {
            Set<Status> covered = new HashSet<>();
            rows.stream().filter(row -> row.id().equals(id)).forEach(row -> covered.add(row.status()));
            assertThat(covered).as(id).contains(Status.PASS);
            assertThat(covered).as(id).containsAnyOf(Status.FAIL, Status.WARN);
            assertThat(covered).as(id).containsAnyOf(Status.UNKNOWN, Status.SKIPPED);
        }
    }
}
