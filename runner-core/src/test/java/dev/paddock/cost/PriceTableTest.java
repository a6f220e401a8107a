package dev.paddock.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.spi.PriceCatalog;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Currency;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PriceTableTest {
    private static final Currency USD = Currency.getInstance("USD");
    private static final LocalDate DAY = LocalDate.of(2026, 11, 1);
    private static final String HEADER = "InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Region,"
            + "AvailabilityZone,Price,SpotPrice\n";

    @TempDir
    private Path folder;

    private static PriceKey key(String machine, String accelerator, int count, String os, ProvisioningModel model) {
        return new PriceKey("us-central1", machine, accelerator, count, os, model);
    }

    private static PriceKey t4(String os) {
        return key("n1-standard-4", "nvidia-tesla-t4", 1, os, ProvisioningModel.STANDARD);
    }

    private PriceTable read(String rows) throws IOException {
        return PriceTable.readCsv(file(HEADER + rows), USD, DAY);
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("prices.csv"), text);
    }

    private static Optional<BigDecimal> amount(PriceCatalog prices, PriceKey key) {
        return prices.price(key).map(HourlyPrice::amount);
    }

    @Test
    @DisplayName("GCE-62 what is not known is empty, never 0")
    void unknown() {
        PriceTable prices = PriceTable.example("us-central1");
        assertThat(prices.price(t4("linux")).orElseThrow())
                .hasToString("0.70 USD/h (as of 2025-10-01, example of the documentation)");
        assertThat(amount(prices, t4("Windows"))).contains(new BigDecimal("0.826"));
        assertThat(prices.price(key("n1-standard-4", "nvidia-tesla-t4", 2, "linux", ProvisioningModel.STANDARD)))
                .isEmpty();
        assertThat(prices.price(key("n1-standard-4", "nvidia-tesla-t4", 1, "linux", ProvisioningModel.SPOT)))
                .isEmpty();
        assertThat(prices.price(new PriceKey(
                        "us-east1", "n1-standard-4", "nvidia-tesla-t4", 1, "linux", ProvisioningModel.STANDARD)))
                .isEmpty();
        assertThat(PriceTable.empty().price(t4("linux"))).isEmpty();
        assertThat(PriceCatalog.flat(BigDecimal.ONE).price(t4("linux"))).isEmpty();
    }

    @Test
    @DisplayName("GCE-62 655 hours at the mean of the example's prices and the control machine are about 515 a month,"
            + " 89.7 % less than 5 000")
    void example() {
        PriceTable prices = PriceTable.example("us-central1");
        BigDecimal linux = amount(prices, t4("linux")).orElseThrow();
        BigDecimal windows = amount(prices, t4("windows")).orElseThrow();
        BigDecimal mean = linux.add(windows).divide(BigDecimal.valueOf(2));
        assertThat(mean).isEqualByComparingTo("0.763");
        BigDecimal control = amount(prices, key("e2-small", "", 0, "linux", ProvisioningModel.STANDARD))
                .orElseThrow()
                .multiply(BigDecimal.valueOf(730));
        CostModel model = CostModel.builder(mean).controlPerMonth(control).build();
        BigDecimal month = model.month(BigDecimal.valueOf(655));
        assertThat(month.setScale(0, RoundingMode.HALF_UP)).isEqualByComparingTo("515");
        assertThat(CostModel.saving(month, new BigDecimal("5000"))).isEqualByComparingTo("0.8970");
        // 3 minutes until it waits, 10 of the job, 1 until it is deleted
        CostModel job = CostModel.builder(linux)
                .boot(Duration.ofMinutes(3))
                .idleTail(Duration.ofMinutes(1))
                .build();
        assertThat(job.job(Duration.ofMinutes(10))).isEqualByComparingTo("0.1633");
    }

    @Test
    @DisplayName("a pool costs what its machine does; one whose machine is not named or not known is unknown")
    void pools() {
        PriceTable prices = PriceTable.example("us-central1")
                .withPool("linux-gpu", t4("linux"))
                .withPool("spot", key("n1-standard-4", "nvidia-tesla-t4", 1, "linux", ProvisioningModel.SPOT));
        assertThat(prices.pricePerHour("linux-gpu")).contains(new BigDecimal("0.70"));
        assertThat(prices.pricePerHour("spot")).isEmpty();
        assertThat(prices.pricePerHour("other")).isEmpty();
    }

    @Test
    @DisplayName("a file's machines exclude accelerators, which have rows of their own: both are added")
    void csv() throws IOException {
        PriceTable prices = read("n1-standard-8,8.0,30.0,,,,us-central1,us-central1-a,0.38,0.11605\n"
                + "n1-standard-8,8.0,30.0,,,,us-central1,us-central1-b,0.39,0.11605\n"
                + "\n"
                + ",,,T4,1.0,\"{'Gpus': [{'Name': 'T4', 'Count': 1.0}]}\",us-central1,us-central1-a,0.35,0.11\n"
                + ",,,A100-80GB,1.0,,us-central1,us-central1-a,5.0,2.0\n"
                + ",,,H100,8.0,,us-central1,us-central1-a,80.0,\n");
        PriceKey one = key("n1-standard-8", "nvidia-tesla-t4", 1, "linux", ProvisioningModel.STANDARD);
        assertThat(amount(prices, one)).contains(new BigDecimal("0.74"));
        assertThat(prices.price(one).orElseThrow().source()).endsWith("prices.csv");
        assertThat(prices.price(one).orElseThrow().asOf()).isEqualTo(DAY);
        assertThat(amount(prices, key("n1-standard-8", "", 0, "linux", ProvisioningModel.SPOT)))
                .contains(new BigDecimal("0.11605"));
        assertThat(amount(prices, key("n1-standard-8", "T4", 4, "linux", ProvisioningModel.SPOT))
                        .orElseThrow())
                .isEqualByComparingTo("0.55605");
        assertThat(amount(prices, key("n1-standard-8", "nvidia-a100-80gb", 1, "linux", ProvisioningModel.STANDARD)))
                .contains(new BigDecimal("5.39"));
        assertThat(amount(prices, key("n1-standard-8", "nvidia-h100-80gb", 8, "linux", ProvisioningModel.STANDARD)))
                .contains(new BigDecimal("80.39"));
        assertThat(amount(prices, key("n1-standard-8", "nvidia-tesla-a100", 1, "linux", ProvisioningModel.STANDARD)))
                .isEmpty();
        assertThat(amount(prices, key("n1-standard-8", "nvidia-h100-80gb", 8, "linux", ProvisioningModel.SPOT)))
                .isEmpty();
        assertThat(amount(prices, key("n1-standard-8", "nvidia-tesla-t4", 1, "windows", ProvisioningModel.STANDARD)))
                .isEmpty();
        assertThat(amount(prices, key("n1-standard-4", "nvidia-tesla-t4", 1, "linux", ProvisioningModel.STANDARD)))
                .isEmpty();
        assertThat(amount(prices, key("n1-standard-8", "nvidia-tesla-t4", 1, "linux", ProvisioningModel.FLEX_START)))
                .isEmpty();
    }

    @Test
    @DisplayName("a row of one's own is in place of the file's")
    void ownRow() throws IOException {
        PriceTable prices = read("n1-standard-8,8,30,,,,us-central1,us-central1-a,0.38,0.1\n");
        PriceKey key = key("n1-standard-8", "", 0, "linux", ProvisioningModel.STANDARD);
        assertThat(amount(prices.with(key, new HourlyPrice(BigDecimal.ONE, USD, DAY, "contract")), key))
                .contains(BigDecimal.ONE);
        assertThat(amount(prices, key)).contains(new BigDecimal("0.38"));
    }

    @Test
    @DisplayName("a file of a spreadsheet, with a mark before its first column, is read")
    void marked() throws IOException {
        Path marked = file("\uFEFF" + HEADER + "n1-standard-8,8,30,,,,us-central1,us-central1-a,0.38,0.1\n");
        assertThat(amount(
                        PriceTable.readCsv(marked, USD, DAY),
                        key("n1-standard-8", "", 0, "linux", ProvisioningModel.STANDARD)))
                .contains(new BigDecimal("0.38"));
    }

    @Test
    @DisplayName("a file that is not understood is refused with its name and line")
    void refused() throws IOException {
        Path wrong = file("InstanceType,Region,Price\n");
        assertThatThrownBy(() -> PriceTable.readCsv(wrong, USD, DAY))
                .hasMessage(wrong + " has no column AcceleratorName, AcceleratorCount, SpotPrice; its first line must"
                        + " name the columns");
        assertThatThrownBy(() -> read("n1,8\n")).hasMessageEndingWith("line 2: has 2 values for 10 columns");
        assertThatThrownBy(() -> read("n1,8,30,,,,us-central1,,cheap,\n"))
                .hasMessageEndingWith("line 2: the price is not a number: 'cheap'");
        assertThatThrownBy(() -> read("n1,8,30,,,,us-central1,,-1,\n"))
                .hasMessageEndingWith("line 2: a price must not be negative: -1");
        assertThatThrownBy(() -> read("\n,8,30,T4,many,,us-central1,,1,\n"))
                .hasMessageEndingWith("line 3: AcceleratorCount is not a number: 'many'");
        assertThatThrownBy(() -> read("n1,8,30,,,,,,1,\n")).hasMessageContaining("line 2: needs a Region");
    }

    @Test
    @DisplayName("accelerators without a type, a negative count and a negative price are refused")
    void bounds() {
        assertThatThrownBy(() -> key("n1", "", 1, "linux", ProvisioningModel.SPOT))
                .hasMessage("accelerators need a type and a count of at least 1, or neither: 1 of ''");
        assertThatThrownBy(() -> key("n1", "t4", 0, "linux", ProvisioningModel.SPOT))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new HourlyPrice(new BigDecimal("-0.1"), USD, DAY, "x"))
                .hasMessage("a price must not be negative: -0.1");
        assertThat(t4("Linux")).hasToString("n1-standard-4 + 1 nvidia-tesla-t4, linux, us-central1, STANDARD");
    }
}
