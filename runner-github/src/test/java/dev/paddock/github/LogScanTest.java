package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.ByteSize;
import dev.paddock.github.rest.LogMatches;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogScanTest {
    private static final String LOG =
            "\uFEFF2026-05-05T10:00:00.1234567Z first\r\n2026-05-05T10:00:01Z ##[error]no GPU\n"
                    + "2026-05-05T10:00:02.0Z third\n2026-05-05 no time\n##[error]\u00e4 again";

    private static List<String> lines(LogMatches found) {
        return found.matches().stream()
                .map(match -> match.number() + " " + match.text())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 4096})
    void linesAreTheSameHoweverTheBytesCome(int piece) {
        var scan = new LogScan(LogSearch.of(Pattern.compile("^##\\[error]")));
        byte[] bytes = LOG.getBytes(StandardCharsets.UTF_8);
        for (int from = 0; from < bytes.length; from += piece) {
            scan.onNext(List.of(ByteBuffer.wrap(bytes, from, Math.min(piece, bytes.length - from))));
        }
        scan.onComplete();
        LogMatches found = scan.getBody().toCompletableFuture().join();
        assertThat(lines(found)).containsExactly("2 ##[error]no GPU", "5 ##[error]\u00e4 again");
        assertThat(found.lines()).isEqualTo(5);
        assertThat(found.isWhole()).isTrue();
        assertThat(found.isCut()).isFalse();
    }

    @Test
    void theFirstLineIsWithoutMarkTimeAndCarriageReturn() {
        assertThat(lines(LogScan.of(LOG, LogSearch.of(Pattern.compile("^first$")))))
                .containsExactly("1 first");
        assertThat(lines(LogScan.of(LOG, LogSearch.ofText("2026")))).containsExactly("4 2026-05-05 no time");
    }

    @Test
    void contextIsAsFarAsThereAreLines() {
        LogMatches found =
                LogScan.of("a\nb\nX\nX\nc\nd\n", LogSearch.ofText("X").withContext(1, 2));
        assertThat(found.matches())
                .containsExactly(
                        new LogMatches.Match(3, "X", List.of("b"), List.of("X", "c")),
                        new LogMatches.Match(4, "X", List.of("X"), List.of("c", "d")));
        assertThat(LogScan.of("X", LogSearch.ofText("X").withContext(3, 3)).matches())
                .containsExactly(new LogMatches.Match(1, "X", List.of(), List.of()));
    }

    @Test
    void matchesBeyondTheMostAreCounted() {
        String log = IntStream.range(0, 50).mapToObj(i -> "X" + i).collect(Collectors.joining("\n"));
        LogMatches found = LogScan.of(log, LogSearch.ofText("X").withMostMatches(2));
        assertThat(lines(found)).containsExactly("1 X0", "2 X1");
        assertThat(found.found()).isEqualTo(50);
        assertThat(found.isCut()).isTrue();
    }

    @Test
    void aLongLogIsLeftWhereTheSearchEnds() {
        var left = new AtomicBoolean();
        var scan = new LogScan(LogSearch.ofText("X").withLargest(new ByteSize(5)));
        scan.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                // all of it
            }

            @Override
            public void cancel() {
                left.set(true);
            }
        });
        scan.onNext(List.of(ByteBuffer.wrap("aX\nbXcX\n".getBytes(StandardCharsets.UTF_8))));
        LogMatches found = scan.getBody().toCompletableFuture().join();
        assertThat(left).isTrue();
        assertThat(found.isWhole()).isFalse();
        assertThat(lines(found)).containsExactly("1 aX", "2 bX");
    }

    @Test
    void aLogAsLongAsTheSearchAllowsIsWhole() {
        assertThat(LogScan.of("12345", LogSearch.ofText("X").withLargest(new ByteSize(5)))
                        .isWhole())
                .isTrue();
    }

    @Test
    void whatIsKeptIsBounded() {
        String line = "X".repeat(100_000);
        var scan = new LogScan(LogSearch.ofText("X").withMostMatches(10_000).withContext(50, 50));
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 2_000; i++) {
            scan.onNext(List.of(ByteBuffer.wrap(bytes)));
        }
        scan.onComplete();
        LogMatches found = scan.getBody().toCompletableFuture().join();
        assertThat(found.found()).isEqualTo(2_000);
        long kept = found.matches().stream()
                .mapToLong(match -> match.text().length()
                        + match.before().stream().mapToLong(String::length).sum()
                        + match.after().stream().mapToLong(String::length).sum())
                .sum();
        assertThat(kept).isBetween(1L, 8L << 20);
        assertThat(found.matches().get(0).text()).hasSize(16 * 1024);
    }

    @Test
    void boundsAreNamed() {
        LogSearch search = LogSearch.ofText("x");
        assertThatIllegalArgumentException().isThrownBy(() -> search.withContext(-1, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> search.withContext(0, 51))
                .withMessageContaining("50");
        assertThatIllegalArgumentException().isThrownBy(() -> search.withMostMatches(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> search.withLargest(ByteSize.ofGiB(5)))
                .withMessageContaining("4");
        assertThat(LogSearch.ofText("a.c").pattern().matcher("abc").find()).isFalse();
    }
}
