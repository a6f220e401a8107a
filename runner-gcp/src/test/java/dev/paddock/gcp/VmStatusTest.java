package dev.paddock.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which VMs live, and how long they may take for it. */
class VmStatusTest {
    @ParameterizedTest(name = "GCE-48, SLANG-3, SLANG-58: {0} is {1}")
    @CsvSource({
        "PROVISIONING, LIVE",
        "STAGING, LIVE",
        "RUNNING, LIVE",
        "REPAIRING, LIVE",
        "PENDING, LIVE",
        "FOO, LIVE",
        "'', LIVE",
        "STOPPING, ENDING",
        "SUSPENDING, ENDING",
        "DEPROVISIONING, ENDING",
        "TERMINATED, DEAD",
        "STOPPED, DEAD",
        "suspended, DEAD"
    })
    void status(String status, VmStatus meaning) {
        assertThat(VmStatus.of(status)).isEqualTo(meaning);
    }

    @Test
    @DisplayName("A VM's time to get ready has a default, and a bound in place of a number that switches it off")
    void startupDeadline() {
        var builder = GcpRunnerProvider.builder("acme-ci", "t").zones("us-east1-c");
        assertThat(builder.settings().startupDeadline()).isEqualTo(Duration.ofMinutes(10));
        assertThat(builder.startupDeadline(Duration.ofMinutes(45)).settings().startupDeadline())
                .isEqualTo(Duration.ofMinutes(45));
        for (Duration wrong : new Duration[] {Duration.ZERO, Duration.ofMinutes(-1)}) {
            assertThatThrownBy(builder.startupDeadline(wrong)::build)
                    .hasMessageContaining("startupDeadline must be PT10S to PT168H: " + wrong);
        }
    }
}
