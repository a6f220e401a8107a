package dev.paddock.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The golden values are worked out by hand from the formula in the model's own words. */
class CostModelTest {
    private static CostModel model(String perHour, String hosted, int idleMinutes) {
        return CostModel.builder(usd(perHour))
                .hostedPerMinute(usd(hosted))
                .boot(Duration.ofMinutes(2))
                .idleTail(Duration.ofMinutes(idleMinutes))
                .build();
    }

    private static BigDecimal usd(String amount) {
        return new BigDecimal(amount);
    }

    private static int percent(BigDecimal share) {
        return share.multiply(usd("100")).setScale(0, RoundingMode.HALF_UP).intValueExact();
    }

    @ParameterizedTest(name = "RL-A57 RL-R32 {0}/h against {1}/min, {2} min of idling, jobs of {3} min: saves {4} %")
    @CsvSource({
        "0.1344, 0.008, 5, 2, -26",
        "0.1344, 0.008, 5, 5, 33",
        "0.1344, 0.008, 5, 10, 52",
        "0.1344, 0.008, 5, 15, 59",
        "0.1344, 0.008, 5, 30, 65",
        "0.1344, 0.008, 5, 60, 69",
        "0.1344, 0.008, 30, 2, -376",
        "0.1344, 0.008, 30, 5, -107",
        "0.1344, 0.008, 30, 10, -18",
        "0.1344, 0.008, 30, 15, 12",
        "0.1344, 0.008, 30, 30, 42",
        "0.1344, 0.008, 30, 60, 57",
        "0.0336, 0.005, 5, 2, 50",
        "0.0336, 0.005, 5, 5, 73",
        "0.0336, 0.005, 5, 10, 81",
        "0.0336, 0.005, 5, 15, 84",
        "0.0336, 0.005, 5, 30, 86",
        "0.0336, 0.005, 5, 60, 87"
    })
    void goldenCases(String perHour, String hosted, int idle, int job, int saved) {
        CostModel.Comparison compared = model(perHour, hosted, idle).compare(Duration.ofMinutes(job));
        assertThat(percent(compared.saving())).isEqualTo(saved);
    }

    @Test
    @DisplayName("GitHub's price is of whole minutes, ours of what is used")
    void roundedUp() {
        CostModel.Comparison compared = model("0.6", "0.01", 0).compare(Duration.ofSeconds(61));
        assertThat(compared.hosted()).isEqualByComparingTo("0.02");
        assertThat(compared.own()).isEqualByComparingTo("0.0302"); // 2 min of boot and 61 s at 0.01 a minute
    }

    @Test
    @DisplayName("a job breaks even where the formula says, and saves half from there on where it says")
    void breakEven() {
        CostModel model = model("0.1344", "0.008", 5);
        // 7 min * 0.00224 / (0.008 - 0.00224) = 2.7222 min
        assertThat(model.breakEven()).contains(Duration.ofSeconds(164));
        // 7 min * 0.00224 / (0.004 - 0.00224) = 8.9091 min
        assertThat(model.breakEven(usd("0.5"))).contains(Duration.ofSeconds(535));
        assertThat(model.breakEven(usd("0.9"))).isEmpty();
        assertThat(model("0.48", "0.008", 5).breakEven()).isEmpty();
    }

    @Test
    @DisplayName("a machine that always runs breaks even at 12 264 of GitHub's minutes a month")
    void alwaysOn() {
        CostModel model = model("0.1344", "0.008", 5);
        assertThat(model.alwaysOn(1)).isEqualByComparingTo("98.112");
        assertThat(model.breakEvenMinutes(1)).contains(usd("12264"));
    }

    @ParameterizedTest(name = "RL-R32 half is saved at {0} min from {1} an hour downwards, boots of 4 min")
    @CsvSource({"5, 0.557", "15, 0.975", "60, 1.356"})
    void dearestMachine(int job, String perHour) {
        CostModel.Builder model = CostModel.builder(usd(perHour))
                .hostedPerMinute(usd("0.052"))
                .boot(Duration.ofMinutes(4))
                .idleTail(Duration.ofMinutes(5));
        Duration length = Duration.ofMinutes(job);
        assertThat(model.build().compare(length).saving()).isGreaterThanOrEqualTo(usd("0.5"));
        CostModel dearer = CostModel.builder(usd(perHour).add(usd("0.002")))
                .hostedPerMinute(usd("0.052"))
                .boot(Duration.ofMinutes(4))
                .idleTail(Duration.ofMinutes(5))
                .build();
        assertThat(dearer.compare(length).saving()).isLessThan(usd("0.5"));
    }

    @Test
    @DisplayName("655 hours of T4 machines and a small control machine are 515 a month, 89.7 % less than 5 000")
    void scaleToZero() {
        CostModel mixed =
                CostModel.builder(usd("0.763")).controlPerMonth(usd("15")).build();
        BigDecimal month = mixed.month(usd("655.3"));
        assertThat(month.setScale(0, RoundingMode.HALF_UP)).isEqualByComparingTo("515");
        assertThat(CostModel.saving(usd("515"), usd("5000"))).isEqualByComparingTo("0.897");
        assertThat(mixed.breakEvenHours(usd("5000"))).contains(usd("6533"));
        assertThat(mixed.breakEvenHours(usd("14"))).contains(usd("0"));
        BigDecimal linux = CostModel.builder(usd("0.70")).build().alwaysOn(5);
        BigDecimal windows = CostModel.builder(usd("0.826")).build().alwaysOn(4);
        assertThat(linux.add(windows).setScale(0, RoundingMode.HALF_UP)).isEqualByComparingTo("4967");
    }

    @Test
    @DisplayName("a month of jobs is each one's boot, run and idle tail, its fee, and the control machine")
    void monthOfJobs() {
        CostModel model = CostModel.builder(usd("0.6"))
                .boot(Duration.ofMinutes(3))
                .idleTail(Duration.ofMinutes(1))
                .platformFeePerMinute(usd("0.002"))
                .controlPerMonth(usd("15"))
                .build();
        assertThat(model.job(Duration.ofMinutes(10))).isEqualByComparingTo("0.16"); // 14 * 0.01 + 10 * 0.002
        assertThat(model.month(1000, Duration.ofMinutes(10))).isEqualByComparingTo("175");
    }

    @Test
    @DisplayName("disks are paid for as long as their machine")
    void disks() {
        CostModel model = CostModel.builder(usd("0.5")).diskPerMonth(usd("73")).build();
        assertThat(model.alwaysOn(1)).isEqualByComparingTo("438");
        assertThat(model.job(Duration.ofHours(1))).isEqualByComparingTo("0.6");
    }

    @Test
    @DisplayName("what is negative, or asked without a price, is refused by name")
    void refusals() {
        assertThatThrownBy(() -> CostModel.builder(usd("-1"))).hasMessage("machinePerHour must not be negative: -1");
        assertThatThrownBy(() -> CostModel.builder(usd("1")).boot(Duration.ofMinutes(-1)))
                .hasMessage("boot must not be negative: PT-1M");
        CostModel model = CostModel.builder(usd("1")).build();
        assertThatThrownBy(() -> model.compare(Duration.ofMinutes(1))).hasMessageContaining("set hostedPerMinute");
        assertThatThrownBy(() -> model.compare(Duration.ZERO)).hasMessage("length must be positive: PT0S");
        assertThatThrownBy(() -> model.alwaysOn(-1)).hasMessage("runners must not be negative: -1");
        assertThatThrownBy(() -> model.breakEven(usd("1.1"))).hasMessage("saving must be at most 1: 1.1");
    }

    @Test
    @DisplayName("Of GitHub's runners that cost nothing nothing can be saved, and that is said")
    void hostedForNothing() {
        CostModel model = CostModel.builder(new BigDecimal("0.7"))
                .hostedPerMinute(BigDecimal.ZERO)
                .build();
        assertThatThrownBy(() -> model.compare(Duration.ofMinutes(5)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("hostedPerMinute is 0");
        assertThat(model.breakEven()).isEmpty();
    }

    @Test
    @DisplayName("A break-even further away than any duration is none")
    void breakEvenNever() {
        CostModel model = CostModel.builder(new BigDecimal("0.48"))
                .boot(Duration.ofMinutes(2))
                .hostedPerMinute(new BigDecimal("0.0080000000000000000001"))
                .build();
        assertThat(model.breakEven()).isEmpty();
    }

    @Test
    @DisplayName("A model shows what the control machine and GitHub's fee cost")
    void shown() {
        assertThat(CostModel.builder(new BigDecimal("0.7"))
                        .controlPerMonth(new BigDecimal("15"))
                        .platformFeePerMinute(new BigDecimal("0.002"))
                        .build())
                .hasToString(
                        "CostModel[0.7 an hour, boot PT0S, idle tail PT0S, control 15 a month, fee 0.002 a minute]");
    }
}
