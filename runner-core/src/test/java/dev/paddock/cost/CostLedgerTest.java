package dev.paddock.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.cost.CostLedger.Entry;
import dev.paddock.cost.CostLedger.Sums;
import dev.paddock.cost.CostLedger.Totals;
import dev.paddock.error.StateFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of what jobs cost. */
class CostLedgerTest {
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
    private static final Instant OCTOBER = Instant.parse("2026-10-31T23:59:59Z");
    private static final Instant NOVEMBER = Instant.parse("2026-11-01T00:00:00Z");

    @TempDir
    private Path folder;

    private Path file;
    private CostLedger ledger;

    @BeforeEach
    void name() {
        file = folder.resolve(CostLedger.USUAL_NAME);
        ledger = CostLedger.in(file);
    }

    /** A job of ten minutes. */
    private static Entry job(long id, Instant end, String label) {
        return new Entry(
                id,
                "build",
                end,
                JobCost.of(List.of(label), Optional.of(end.minusSeconds(600)), Optional.of(end), MinutePrices.slate()));
    }

    private static void assertSums(Sums sums, String own, String hosted, String saved, String spent) {
        assertThat(sums.selfHostedMinutes()).as("own minutes").isEqualByComparingTo(own);
        assertThat(sums.hostedMinutes()).as("hosted minutes").isEqualByComparingTo(hosted);
        assertThat(sums.savedUsd()).as("saved").isEqualByComparingTo(saved);
        assertThat(sums.spentUsd()).as("spent").isEqualByComparingTo(spent);
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(file.toFile());
    }

    @Test
    @DisplayName("SLATE-28 without a file there is nothing, and reading makes none")
    void withoutAFileThereIsNothing() {
        assertThat(ledger.read().updatedAt()).isEmpty();
        assertThat(ledger.read().months()).isEmpty();
        assertSums(ledger.read().all(), "0", "0", "0", "0");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @DisplayName("SLATE-28 what is saved is read again, with the time, under the keys others read")
    void whatIsSavedIsReadAgain() throws IOException {
        Totals added = ledger.add(List.of(job(1, OCTOBER, "ubuntu"), job(2, NOVEMBER, "slate")), NOW);
        Totals read = CostLedger.in(file).read();
        assertThat(read.updatedAt()).contains(NOW);
        assertSums(read.all(), "10", "10", "0.08", "0.08");
        assertSums(read.of(YearMonth.of(2026, 10)), "0", "10", "0", "0.08");
        assertSums(read.of(YearMonth.of(2026, 11)), "10", "0", "0.08", "0");
        assertSums(read.of(YearMonth.of(2026, 12)), "0", "0", "0", "0");
        assertThat(added.all().spentUsd()).isEqualByComparingTo(read.all().spentUsd());
        JsonNode json = json();
        assertThat(json.get("last_updated").asText()).isEqualTo("2026-11-26T12:00:00Z");
        assertThat(json.at("/monthly_summaries/2026-10/spent_usd").decimalValue())
                .isEqualByComparingTo("0.08");
        assertThat(json.get("total_self_hosted_minutes").decimalValue()).isEqualByComparingTo("10");
        assertThat(json.get("runs")).hasSize(2);
        assertThat(json.at("/runs/0/id").asInt()).as("the newest first").isEqualTo(2);
    }

    @Test
    void monthsAreAddedToAndAJobIsAddedOnce() throws IOException {
        ledger.add(List.of(job(1, NOVEMBER, "ubuntu")), NOW);
        ledger.add(List.of(job(1, NOVEMBER, "ubuntu"), job(2, NOVEMBER, "ubuntu"), job(2, NOVEMBER, "ubuntu")), NOW);
        assertSums(ledger.read().of(YearMonth.of(2026, 11)), "0", "20", "0", "0.16");
        assertSums(ledger.read().all(), "0", "20", "0", "0.16");
        ledger.add(
                LongStream.rangeClosed(3, 150)
                        .mapToObj(id -> job(id, NOVEMBER, "ubuntu"))
                        .toList(),
                NOW);
        ledger.add(List.of(job(1, NOVEMBER, "ubuntu")), NOW);
        assertSums(ledger.read().all(), "0", "1500", "0", "12");
        assertThat(json().get("runs")).hasSize(100);
    }

    @Test
    void aJobOfUnknownCostIsLeftOutUntilItIsKnown() {
        JobCost unknown = JobCost.of(List.of("ubuntu"), Optional.empty(), Optional.of(NOVEMBER), MinutePrices.slate());
        ledger.add(List.of(new Entry(1, "build", NOVEMBER, unknown)), NOW);
        assertSums(ledger.read().all(), "0", "0", "0", "0");
        ledger.add(List.of(job(1, NOVEMBER, "ubuntu")), NOW);
        assertSums(ledger.read().all(), "0", "10", "0", "0.08");
    }

    @Test
    void anothersFileIsContinuedAndItsOwnKeysStay() throws IOException {
        Files.writeString(file, """
                {"last_updated": "2026-11-20T10:00:00.123456", "note": "ours",
                 "runs": [{"run_id": 7, "x": 1}],
                 "monthly_summaries": {"2026-11": {"self_hosted_minutes": 5.5, "saved_usd": 0.044, "why": "y"}},
                 "total_self_hosted_minutes": 5.5, "total_saved_usd": 0.044}
                """);
        assertThat(ledger.read().updatedAt()).as("it names no zone").isEmpty();
        assertSums(ledger.read().all(), "5.5", "0", "0.044", "0");
        ledger.add(List.of(job(1, NOVEMBER, "slate")), NOW);
        assertSums(ledger.read().of(YearMonth.of(2026, 11)), "15.5", "0", "0.124", "0");
        JsonNode json = json();
        assertThat(json.get("note").asText()).isEqualTo("ours");
        assertThat(json.at("/monthly_summaries/2026-11/why").asText()).isEqualTo("y");
        assertThat(json.at("/runs/1/run_id").asInt()).isEqualTo(7);
    }

    @Test
    void aFileThatIsSomethingElseIsRefusedAndLeft() throws IOException {
        for (String wrong : List.of(
                "",
                "{\"runs\": [",
                "{\"total_spent_usd\": \"much\"}",
                "{\"monthly_summaries\": []}",
                "{\"monthly_summaries\": {\"2026-13\": {}}}",
                "{\"monthly_summaries\": {\"2026-11\": 5}}",
                "{\"runs\": {}}")) {
            Files.writeString(file, wrong);
            assertThatThrownBy(() -> ledger.add(List.of(job(1, NOVEMBER, "ubuntu")), NOW))
                    .as(wrong)
                    .isInstanceOf(StateFileException.class)
                    .hasMessageContaining(file.toString());
            assertThat(file).hasContent(wrong);
        }
    }
}
