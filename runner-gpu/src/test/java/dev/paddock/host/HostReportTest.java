package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Severity;
import dev.paddock.spi.HostCheckResult.Status;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostReportTest {
    private static HostCheckResult result(String id, Severity severity, Status status) {
        return new HostCheckResult(id, severity, status, "9", "10", "sudo more");
    }

    private static HostReport report(HostCheckResult... results) {
        return new HostReport(HealthyHost.NOW, List.of(results));
    }

    @ParameterizedTest(name = "{1} of what is {0}: fit is {2}")
    @CsvSource({
        "MANDATORY,PASS,true",
        "MANDATORY,WARN,true",
        "MANDATORY,SKIPPED,true",
        "MANDATORY,FAIL,false",
        "MANDATORY,UNKNOWN,false",
        "RECOMMENDED,FAIL,true",
        "RECOMMENDED,UNKNOWN,true",
        "INFO,FAIL,true"
    })
    @DisplayName("only what is mandatory makes a host unfit")
    void fit(Severity severity, Status status, boolean fit) {
        HostReport report = report(result("A", Severity.MANDATORY, Status.PASS), result("B", severity, status));
        assertThat(report.isFit()).isEqualTo(fit);
        assertThat(report.exitCode()).isEqualTo(fit ? 0 : 1);
        assertThat(report.text()).endsWith(fit ? "\nfit to run runners\n" : "\nunfit to run runners\n");
        if (fit) {
            report.orThrow();
        } else {
            assertThatThrownBy(report::orThrow)
                    .isInstanceOf(UnfitHostException.class)
                    .hasMessage("this host is not fit to run runners:\n  B: 9 (required: 10)\n        -> sudo more");
        }
    }

    @Test
    @DisplayName("the text says what to do below what did not pass")
    void text() {
        HostReport report = report(
                result("A", Severity.MANDATORY, Status.PASS),
                result("B", Severity.RECOMMENDED, Status.WARN),
                new HostCheckResult("C", Severity.INFO, Status.SKIPPED, "not wanted", "", ""));
        assertThat(report.text())
                .isEqualTo("PASS    A: 9 (required: 10)\nWARN    B: 9 (required: 10)\n        -> sudo more\n"
                        + "SKIPPED C: not wanted\nfit to run runners\n");
    }

    @Test
    @DisplayName("a result is found by its id")
    void byId() {
        HostCheckResult second = result("B", Severity.INFO, Status.PASS);
        HostReport report = report(result("A", Severity.INFO, Status.WARN), second);
        assertThat(report.result("B")).contains(second);
        assertThat(report.result("C")).isEmpty();
    }

    @Test
    @DisplayName("the JSON has every field of every result")
    void json() {
        assertThat(report(result("A", Severity.INFO, Status.WARN)).json().replaceAll("\\s", ""))
                .isEqualTo("{\"fit\":true,\"takenAt\":\"2026-01-02T03:04:05Z\",\"results\":[{\"id\":\"A\","
                        + "\"severity\":\"INFO\",\"status\":\"WARN\",\"observed\":\"9\",\"required\":\"10\","
                        + "\"remedy\":\"sudomore\"}]}");
    }
}
