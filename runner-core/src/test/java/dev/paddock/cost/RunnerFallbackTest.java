package dev.paddock.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.cost.RunnerFallback.Decision;
import dev.paddock.error.StateFileException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When jobs fall back on GitHub's runners. */
class RunnerFallbackTest {
    private static final List<List<String>> NONE = List.of();
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final RunnerFallback ENABLED = new RunnerFallback(
            true,
            List.of("self-hosted", "slate"),
            "ubuntu-latest",
            Duration.ofMinutes(5),
            true,
            new BigDecimal("50"),
            new BigDecimal("10"));

    @TempDir
    private Path folder;

    private static Decision decide(RunnerFallback fallback, List<List<String>> online, Duration waited, String spent) {
        return fallback.runsOn(online, waited, new BigDecimal(spent));
    }

    private Path file(String content) throws IOException {
        return Files.writeString(folder.resolve(RunnerFallback.USUAL_NAME), content);
    }

    @Test
    @DisplayName("SLATE-29 without a file nothing falls back, with the usual labels, runner, wait and budget")
    void withoutAFileTheDefaultsHold() {
        RunnerFallback read = RunnerFallback.read(folder.resolve(RunnerFallback.USUAL_NAME));
        assertThat(read.enabled()).isFalse();
        assertThat(read.selfHostedLabels()).containsExactly("self-hosted", "slate");
        assertThat(read.fallbackRunner()).isEqualTo("ubuntu-latest");
        assertThat(read.timeout()).isEqualTo(Duration.ofMinutes(5));
        assertThat(read.costTracking()).isTrue();
        assertThat(read.monthlyBudgetUsd()).isZero();
        assertThat(read.monthUsageUsd()).isZero();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @DisplayName("SLATE-29 a file that says a part is completed with the defaults")
    void aPartIsCompleted() throws IOException {
        RunnerFallback read = RunnerFallback.read(
                file("{\"mode\": \"fallback-enabled\", \"cost_tracking\": {\"monthly_budget_usd\": 12.5}}"));
        assertThat(read)
                .isEqualTo(new RunnerFallback(
                        true,
                        List.of("self-hosted", "slate"),
                        "ubuntu-latest",
                        Duration.ofMinutes(5),
                        true,
                        new BigDecimal("12.5"),
                        BigDecimal.ZERO));
        assertThat(RunnerFallback.read(file("{\"fallback_timeout_minutes\": 0.5}"))
                        .timeout())
                .isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void whatIsWrittenIsReadAgainAndWhatElseWasThereStays() throws IOException {
        Path file = file("{\"detected\": 1, \"cost_tracking\": {\"currency\": \"USD\"}}");
        var wanted = new RunnerFallback(
                true,
                List.of("self-hosted", "acme"),
                "ubuntu-24.04",
                Duration.ofSeconds(100),
                false,
                new BigDecimal("20"),
                new BigDecimal("1.25"));
        wanted.write(file);
        assertThat(RunnerFallback.read(file)).isEqualTo(wanted);
        assertThat(Files.readString(file)).contains("\"detected\" : 1", "\"currency\" : \"USD\"", "fallback-enabled");
        ENABLED.write(folder.resolve("new.json"));
        assertThat(RunnerFallback.read(folder.resolve("new.json"))).isEqualTo(ENABLED);
    }

    @Test
    void aFileThatIsSomethingElseIsRefusedAndLeft() throws IOException {
        for (String wrong : List.of(
                "{",
                "{\"mode\": \"both\"}",
                "{\"self_hosted_labels\": []}",
                "{\"self_hosted_labels\": \"slate\"}",
                "{\"self_hosted_labels\": [\"\"]}",
                "{\"fallback_timeout_minutes\": -1}",
                "{\"fallback_timeout_minutes\": 1e300}",
                "{\"fallback_runner\": \" \"}",
                "{\"cost_tracking\": {\"monthly_budget_usd\": \"x\"}}")) {
            Path file = file(wrong);
            assertThatThrownBy(() -> RunnerFallback.read(file))
                    .as(wrong)
                    .isInstanceOf(StateFileException.class)
                    .hasMessageContaining(file.toString());
            assertThat(file).hasContent(wrong);
        }
    }

    @Test
    void aRunnerThatIsOnlineCountsByItsLabels() {
        Decision own = decide(ENABLED, List.of(List.of("cuda"), List.of("Self-Hosted", "slate", "gpu")), LONG, "0");
        assertThat(own.fallback()).isFalse();
        assertThat(own.json()).isEqualTo("[\"self-hosted\",\"slate\"]");
        Decision other = decide(ENABLED, List.of(List.of("self-hosted", "linux"), List.of("slate")), LONG, "0");
        assertThat(other.fallback()).as("neither has all labels").isTrue();
        assertThat(other.json()).isEqualTo("[\"ubuntu-latest\"]");
        assertThat(other.reason()).contains("no runner with the labels [self-hosted, slate]");
    }

    @Test
    void theModeIsHonoured() {
        Decision waits = decide(RunnerFallback.DEFAULT, NONE, Duration.ofDays(1), "0");
        assertThat(waits.labels()).containsExactly("self-hosted", "slate");
        assertThat(waits.reason()).contains("not enabled");
    }

    @Test
    void theWaitIsHonoured() {
        assertThat(decide(ENABLED, NONE, LONG.minusSeconds(1), "0").reason()).contains("299 s of 300");
        assertThat(decide(ENABLED, NONE, LONG.minusSeconds(1), "0").fallback()).isFalse();
        assertThat(decide(ENABLED, NONE, LONG, "0").fallback()).isTrue();
    }

    @Test
    void theBudgetIsHonouredByWhateverIsKnownToBeSpent() {
        assertThat(decide(ENABLED, NONE, LONG, "49.99").fallback()).isTrue();
        Decision spent = decide(ENABLED, NONE, LONG, "50");
        assertThat(spent.fallback()).isFalse();
        assertThat(spent.reason()).contains("50 USD of this month's budget of 50");
        var behind = new RunnerFallback(
                true, List.of("x"), "ubuntu", Duration.ZERO, true, new BigDecimal("50"), new BigDecimal("50"));
        assertThat(decide(behind, NONE, LONG, "0").fallback())
                .as("the file knows of more")
                .isFalse();
        var free = new RunnerFallback(
                true, List.of("x"), "ubuntu", Duration.ZERO, false, BigDecimal.ZERO, BigDecimal.ZERO);
        assertThat(decide(free, NONE, LONG, "50").fallback())
                .as("no budget counts")
                .isTrue();
        var nothing =
                new RunnerFallback(true, List.of("x"), "ubuntu", Duration.ZERO, true, BigDecimal.ZERO, BigDecimal.ZERO);
        assertThat(decide(nothing, NONE, LONG, "0").fallback())
                .as("0 allows nothing")
                .isFalse();
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RunnerFallback(
                        true, List.of(), "ubuntu", Duration.ZERO, true, BigDecimal.ZERO, BigDecimal.ZERO))
                .withMessageContaining("selfHostedLabels");
    }
}
