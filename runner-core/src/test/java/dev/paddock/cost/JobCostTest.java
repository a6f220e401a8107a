package dev.paddock.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a job cost and saved. */
class JobCostTest {
    private static final Instant START = Instant.parse("2026-11-26T10:00:00Z");
    private static final MinutePrices PRICES = MinutePrices.slate();

    private static JobCost job(Duration ran, String... labels) {
        return JobCost.of(List.of(labels), Optional.of(START), Optional.of(START.plus(ran)), PRICES);
    }

    @Test
    @DisplayName("SLATE-26 five minutes on a runner of one's own cost nothing and save what GitHub takes")
    void aRunnerOfOnesOwnCostsNothing() {
        JobCost five = job(Duration.ofMinutes(5), "self-hosted", "linux");
        assertThat(five.selfHosted()).isTrue();
        assertThat(five.minutes()).isEqualByComparingTo("5");
        assertThat(five.usd()).isEqualByComparingTo("0");
        assertThat(five.savedUsd()).isEqualByComparingTo("0.04");
        assertThat(five.note()).isEmpty();
        assertThat(job(Duration.ofSeconds(330), "slate").savedUsd()).isEqualTo("0.0440");
        for (String label : List.of("slate", "paddock", "Self-Hosted")) {
            assertThat(job(Duration.ofMinutes(5), "gpu", label).selfHosted()).isTrue();
        }
    }

    @Test
    @DisplayName("SLATE-26 a fleet's own label counts as self-hosted too")
    void aFleetsLabelCountsToo() {
        JobCost job = JobCost.of(
                List.of("acme"),
                Optional.of(START),
                Optional.of(START.plusSeconds(60)),
                PRICES.withFleetLabel("acme").withFleetLabel("acme"));
        assertThat(job.selfHosted()).isTrue();
        assertThat(job(Duration.ofMinutes(1), "acme").selfHosted()).isFalse();
    }

    @Test
    @DisplayName("SLATE-27 ten minutes of ubuntu cost 0.08, of windows and macos more, and save nothing")
    void githubsRunnersCostByTheirSystem() {
        JobCost ubuntu = job(Duration.ofMinutes(10), "ubuntu-latest");
        assertThat(ubuntu.usd()).isEqualTo("0.0800");
        assertThat(ubuntu.savedUsd()).isEqualByComparingTo("0");
        assertThat(ubuntu.selfHosted()).isFalse();
        assertThat(job(Duration.ofMinutes(10), "windows-2025").usd()).isEqualTo("0.1600");
        assertThat(job(Duration.ofMinutes(10), "large", "macos").usd()).isEqualTo("0.8000");
        assertThat(job(Duration.ofMinutes(10), "gpu-t4-4-core").usd())
                .as("what is not known goes by ubuntu")
                .isEqualTo("0.0800");
        assertThat(job(Duration.ofMinutes(10), "ubuntustudio", "windows").usd())
                .as("a label is known by its whole beginning")
                .isEqualTo("0.1600");
    }

    @Test
    void aSavingIsByTheSystemThatTheJobWantedAndNotAlwaysByUbuntus() {
        assertThat(job(Duration.ofMinutes(10), "self-hosted", "Windows", "X64").savedUsd())
                .isEqualTo("0.1600");
        assertThat(job(Duration.ofMinutes(10), "self-hosted", "macOS").savedUsd())
                .isEqualTo("0.8000");
    }

    @Test
    @DisplayName("SLATE-27 without times it is 0 minutes and 0 cost, and that is said")
    void withoutTimesNothingIsKnown() {
        List<String> labels = List.of("ubuntu-latest");
        for (JobCost unknown : List.of(
                JobCost.of(labels, Optional.empty(), Optional.of(START), PRICES),
                JobCost.of(labels, Optional.of(START), Optional.empty(), PRICES),
                JobCost.of(labels, Optional.of(START), Optional.of(START.minusMillis(1)), PRICES))) {
            assertThat(unknown.minutes()).isEqualByComparingTo("0");
            assertThat(unknown.usd()).isEqualByComparingTo("0");
            assertThat(unknown.savedUsd()).isEqualByComparingTo("0");
            assertThat(unknown.note()).isPresent();
        }
        assertThat(job(Duration.ZERO, "ubuntu-latest").note())
                .as("known to be nothing")
                .isEmpty();
    }

    @Test
    void pricesHaveADateAndCanBeChanged() {
        assertThat(PRICES.asOf()).isEqualTo("2025-12-31");
        MinutePrices now = PRICES.with(LocalDate.of(2026, 1, 1), "ubuntu", new BigDecimal("0.006"))
                .with(LocalDate.of(2026, 1, 1), "ubuntu-24.04-arm", new BigDecimal("0.005"));
        assertThat(now.asOf()).isEqualTo("2026-01-01");
        Optional<Instant> end = Optional.of(START.plusSeconds(600));
        assertThat(JobCost.of(List.of("ubuntu-24.04"), Optional.of(START), end, now)
                        .usd())
                .isEqualTo("0.0600");
        assertThat(JobCost.of(List.of("ubuntu-24.04-arm"), Optional.of(START), end, now)
                        .usd())
                .as("the longest counts")
                .isEqualTo("0.0500");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PRICES.with(LocalDate.EPOCH, "gpu", new BigDecimal("-1")))
                .withMessageContaining("gpu");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MinutePrices(LocalDate.EPOCH, Map.of(), List.of()))
                .withMessageContaining("ubuntu");
    }
}
