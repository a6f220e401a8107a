package dev.paddock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.spi.Registration;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValueTypesTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "default-abcd-0123456789", "a1-b2"})
    void aRunnerIdIsAnRfc1035Label(String name) {
        assertThat(new RunnerId(name)).hasToString(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A", "1a", "a-", "a_b", "a b", "ä"})
    void anyOtherRunnerIdIsRefusedWithItsValue(String name) {
        assertThatThrownBy(() -> new RunnerId(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + name + "\"");
    }

    @Test
    void aRunnerIdHasAtMost63Characters() {
        assertThat(new RunnerId("a".repeat(63)).value()).hasSize(63);
        assertThatThrownBy(() -> new RunnerId("a".repeat(64))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void byteSizesKeepBinaryAndDecimalUnitsApart() {
        assertThat(ByteSize.ofGiB(1).bytes()).isEqualTo(1_073_741_824L);
        assertThat(ByteSize.ofGB(1).bytes()).isEqualTo(1_000_000_000L);
        assertThat(ByteSize.ofMiB(1536)).hasToString("1.5 GiB");
        assertThat(new ByteSize(12)).hasToString("12 B");
        assertThatThrownBy(() -> new ByteSize(-1)).hasMessageContaining("-1");
        assertThatThrownBy(() -> ByteSize.ofGiB(Long.MAX_VALUE)).isInstanceOf(ArithmeticException.class);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "3,4", "7,60", "60,60"})
    void exponentialBackoffDoublesUpToItsCap(int failures, long seconds) {
        Backoff backoff = Backoff.exponential(Duration.ofSeconds(1), Duration.ofSeconds(60));
        assertThat(backoff.after(failures, new SplittableRandom(1))).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void fullJitterStaysBetweenZeroAndTheWaitAndUsesTheWholeRange() {
        var random = new SplittableRandom(7);
        Backoff backoff = Backoff.exponential(Duration.ofSeconds(8), Duration.ofSeconds(8))
                .withFullJitter();
        long low = Long.MAX_VALUE;
        long high = 0;
        for (int i = 0; i < 10_000; i++) {
            long nanos = backoff.after(1, random).toNanos();
            low = Math.min(low, nanos);
            high = Math.max(high, nanos);
        }
        assertThat(low).isBetween(0L, Duration.ofMillis(100).toNanos());
        assertThat(high)
                .isBetween(
                        Duration.ofMillis(7900).toNanos(), Duration.ofSeconds(8).toNanos());
    }

    @Test
    void aBackoffWithoutRoomToGrowIsRefused() {
        assertThatThrownBy(() -> Backoff.exponential(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .hasMessageContaining("PT2S")
                .hasMessageContaining("PT1S");
        assertThatThrownBy(() -> Backoff.exponential(Duration.ZERO, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "succeeded,SUCCEEDED",
        "Succeeded,SUCCEEDED",
        "failed,FAILED",
        "canceled,CANCELED",
        "cancelled,CANCELED",
        "abandoned,ABANDONED",
        "ignored,CANCELED",
        "brand_new,OTHER"
    })
    void jobResultsAreReadWhateverTheirSpelling(String raw, JobResult.Kind kind) {
        assertThat(JobResult.of(raw).kind()).isEqualTo(kind);
        assertThat(JobResult.of(raw)).hasToString(raw);
    }

    @Test
    void aJobIsKnownByBothItsIds() {
        assertThat(new JobKey("j1", 0)).isNotEqualTo(new JobKey("j2", 0));
        assertThat(new JobKey("", 7)).hasToString("#7");
        assertThat(new JobKey("j", 7)).hasToString("j#7");
    }

    @Test
    void aRegistrationNeverShowsItsSecret() {
        var registration = Registration.of(new RunnerId("a"), "901", "hunter2");
        assertThat(registration.toString()).doesNotContain("hunter2").contains("901");
        assertThat(registration.secret()).isEqualTo("hunter2");
    }

    @Test
    void profilesAreCopiedNotChanged() {
        var base = RunnerProfile.of("gpu");
        var big = base.toBuilder()
                .gpus(2)
                .gpuMemory(ByteSize.ofGiB(16))
                .cores(8)
                .memory(ByteSize.ofGiB(32))
                .build();
        assertThat(base.gpus()).isZero();
        assertThat(big).hasToString("gpu[cores=8, memory=32 GiB, gpus=2, gpuMemory=16 GiB]");
        assertThatThrownBy(() -> base.toBuilder().gpus(-1).build())
                .hasMessageContaining("gpus")
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> RunnerProfile.of(" ")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "0 B, 0",
        "16 GiB, 17179869184",
        "1.5GB, 1500000000",
        "2 TiB, 2199023255552",
        "3KiB, 3072",
        "7 MB, 7000000"
    })
    void aSizeIsReadAsPeopleWriteIt(String text, long bytes) {
        assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "16", "GiB", "-1 B", "1e3 B", "1 gib", "NaN B", "9000000 TiB", "16 GiB more"})
    void whatIsNoSizeIsNotGuessedAt(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"");
    }
}
