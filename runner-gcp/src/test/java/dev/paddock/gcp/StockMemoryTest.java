package dev.paddock.gcp;

import static dev.paddock.gcp.Given.NOW;
import static dev.paddock.gcp.Given.T4;
import static dev.paddock.gcp.Given.spot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class StockMemoryTest {
    private static final String C = "us-east1-c";

    private final StockMemory stock = new StockMemory();

    private static Instant after(int minutes) {
        return NOW.plus(Duration.ofMinutes(minutes));
    }

    private StockMemory.Attempt begun(Instant now) {
        return stock.begin(C, T4, now).orElseThrow();
    }

    private void stockOut(int minute) {
        stock.stockOut(begun(after(minute)), List.of(), after(minute));
    }

    @Test
    @DisplayName("GCE-14 SLANG-61 a zone that had none gets no request for 5 minutes, from anybody")
    void coolDown() {
        stockOut(0);
        assertThat(stock.begin(C, T4, NOW)).isEmpty();
        assertThat(stock.begin(C, T4, after(5).minusMillis(1))).isEmpty();
        assertThat(stock.nextTry(C, T4, NOW)).isEqualTo(after(5));
        assertThat(stock.begin(C, T4, after(5))).isPresent();
    }

    @Test
    @DisplayName("a stock-out is one of a machine, its accelerators and its terms, not of the whole zone")
    void oneKind() {
        stockOut(0);
        assertThat(stock.begin("us-east1-d", T4, NOW)).isPresent();
        assertThat(stock.begin(C, spot(T4), NOW)).isPresent();
        assertThat(stock.begin(C, MachineShape.of("n1-standard-8", "nvidia-tesla-t4", 1), NOW))
                .isPresent();
        assertThat(stock.begin(C, MachineShape.of("n1-standard-4", "nvidia-tesla-t4", 2), NOW))
                .isPresent();
        assertThat(stock.begin(C, MachineShape.of("n1-standard-4", "nvidia-tesla-p4", 1), NOW))
                .isPresent();
    }

    @Test
    @DisplayName("each stock-out that follows doubles the time, to an hour at most; success ends it")
    void doubles() {
        int[] minutes = {5, 10, 20, 40, 60, 60};
        int at = 0;
        for (int next : minutes) {
            stockOut(at);
            assertThat(stock.nextTry(C, T4, after(at))).isEqualTo(after(at + next));
            at += next;
        }
        stock.succeeded(begun(after(at)), after(at));
        assertThat(stock.estimate(C, T4, after(at))).isEqualTo(StockEstimate.fresh());
        stockOut(at);
        assertThat(stock.nextTry(C, T4, after(at))).isEqualTo(after(at + 5));
    }

    @Test
    @DisplayName("after the cool-down one VM at a time tries the zone, until one succeeds")
    void oneProbe() {
        stockOut(0);
        StockMemory.Attempt probe = begun(after(5));
        assertThat(stock.begin(C, T4, after(5))).isEmpty();
        assertThat(stock.nextTry(C, T4, after(5))).isEqualTo(after(15));
        stock.abandoned(probe, after(6));
        StockMemory.Attempt second = begun(after(6));
        stock.abandoned(probe, after(6));
        assertThat(stock.begin(C, T4, after(6)))
                .as("ended by its own attempt only")
                .isEmpty();
        stock.succeeded(second, after(7));
        assertThat(stock.begin(C, T4, after(7))).isPresent();
        assertThat(stock.begin(C, T4, after(7))).isPresent();
    }

    @Test
    @DisplayName("a probe of which nothing more is heard keeps others away for 10 minutes")
    void lostProbe() {
        stockOut(0);
        begun(after(5));
        assertThat(stock.begin(C, T4, after(15).minusMillis(1))).isEmpty();
        assertThat(stock.begin(C, T4, after(15))).isPresent();
    }

    @Test
    @DisplayName("a zone whose last stock-out is 8 half-lives ago is as if nothing had been")
    void forgotten() {
        stockOut(0);
        assertThat(stock.estimate(C, T4, after(40).minusMillis(1)).lastStockOut())
                .contains(NOW);
        assertThat(stock.estimate(C, T4, after(40))).isEqualTo(StockEstimate.fresh());
        assertThat(stock.begin(C, T4, after(40))).isPresent();
        assertThat(stock.begin(C, T4, after(40))).isPresent();
        stockOut(40);
        assertThat(stock.nextTry(C, T4, after(40))).isEqualTo(after(45));
    }

    @Test
    @DisplayName("the chance is 0 at the stock-out and comes back by half of what is missing in each half-life")
    void chance() {
        stockOut(0);
        assertThat(stock.estimate(C, T4, NOW).chance()).isZero();
        assertThat(stock.estimate(C, T4, NOW).secondsToSuccess()).isInfinite();
        assertThat(stock.estimate(C, T4, after(5)).chance()).isCloseTo(0.5, within(1e-9));
        assertThat(stock.estimate(C, T4, after(5)).secondsToSuccess()).isCloseTo(60, within(1e-6));
        assertThat(stock.estimate(C, T4, after(10)).chance()).isCloseTo(0.75, within(1e-9));
        assertThat(stock.estimate(C, T4, after(4)).coolDownEnds()).contains(after(5));
        assertThat(stock.estimate(C, T4, after(5)).coolDownEnds()).isEmpty();
    }

    @Test
    @DisplayName("how long a zone takes for an answer, yes or no, is measured: the newest counts a quarter")
    void answers() {
        stock.succeeded(begun(NOW), NOW.plusSeconds(12));
        assertThat(stock.estimate(C, T4, NOW).answer()).isEqualTo(Duration.ofSeconds(12));
        assertThat(stock.estimate("us-east1-d", T4, NOW).answer()).isEqualTo(StockEstimate.USUAL_ANSWER);
        stock.stockOut(begun(NOW), List.of(), NOW.plusSeconds(20));
        assertThat(stock.estimate(C, T4, after(6)).answer()).isEqualTo(Duration.ofSeconds(14));
        stock.abandoned(begun(after(6)), after(60));
        stock.succeeded(begun(after(60)), after(60));
        assertThat(stock.estimate(C, T4, after(60)).answer()).isEqualTo(Duration.ofSeconds(14));
    }

    @Test
    @DisplayName("16 requests at once into two dead zones: none after a zone's first answer, and later one at a time")
    void burst() {
        List<StockMemory.Attempt> sent = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            sent.add(stock.begin(i % 2 == 0 ? C : "us-east1-d", T4, NOW).orElseThrow());
        }
        for (StockMemory.Attempt attempt : sent) {
            stock.stockOut(attempt, List.of(), NOW.plusSeconds(20));
            assertThat(stock.begin(attempt.stock().zone(), T4, NOW.plusSeconds(20)))
                    .isEmpty();
        }
        assertThat(stock.nextTry(C, T4, NOW.plusSeconds(20)))
                .as("8 answers to what was sent at once are one stock-out")
                .isEqualTo(NOW.plusSeconds(320));
        int probes = 0;
        for (int i = 0; i < 16; i++) {
            Optional<StockMemory.Attempt> probe = stock.begin(i % 2 == 0 ? C : "us-east1-d", T4, NOW.plusSeconds(320));
            probes += probe.isPresent() ? 1 : 0;
        }
        assertThat(probes).isEqualTo(2);
    }

    @Test
    @DisplayName(
            "a VM that was asked for before the stock-out and came all the same does not prove that there are more")
    void lastOne() {
        StockMemory.Attempt lucky = begun(NOW);
        stockOut(0);
        stock.succeeded(lucky, after(1));
        assertThat(stock.begin(C, T4, after(1))).isEmpty();
    }

    @Test
    @DisplayName("an echo of the first stock-out lengthens nothing, however late it comes")
    void lateEcho() {
        StockMemory.Attempt slow = begun(NOW);
        stockOut(0);
        stock.stockOut(slow, List.of(), after(4));
        assertThat(stock.nextTry(C, T4, after(4))).isEqualTo(after(5));
        StockMemory.Attempt probe = begun(after(5));
        stock.stockOut(slow, List.of(), after(6));
        stock.succeeded(probe, after(7));
        assertThat(stock.nextTry(C, T4, after(7))).as("the probe succeeded").isEqualTo(after(7));
    }

    @Test
    @DisplayName("an echo of the first stock-out does not end another VM's probe")
    void echoDuringProbe() {
        StockMemory.Attempt slow = begun(NOW);
        stockOut(0);
        begun(after(5));
        stock.stockOut(slow, List.of(), after(6));
        assertThat(stock.begin(C, T4, after(11))).isEmpty();
    }

    @Test
    @DisplayName("GCE-14 zones that Google names are remembered for 5 minutes, the newest first, until they have none")
    void hints() {
        StockMemory.Attempt first = begun(NOW);
        StockMemory.Attempt other = stock.begin("us-east1-b", T4, NOW).orElseThrow();
        stock.stockOut(first, List.of("us-east1-d", "us-east1-b"), NOW);
        stock.stockOut(other, List.of("us-east1-f"), after(1));
        assertThat(stock.hinted(T4, after(1))).containsExactly("us-east1-f", "us-east1-d");
        assertThat(stock.hinted(spot(T4), after(1))).isEmpty();
        assertThat(stock.hinted(T4, after(5))).containsExactly("us-east1-f");
        assertThat(stock.hinted(T4, after(6))).isEmpty();
    }
}
