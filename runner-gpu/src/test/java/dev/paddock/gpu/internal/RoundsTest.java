package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Questions to things that may never answer. */
class RoundsTest {
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Rounds rounds = new Rounds("rounds-test", 3);
    private final CountDownLatch go = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();

    @AfterEach
    void letGo() {
        go.countDown();
    }

    /** Hangs on numbers below zero. */
    private String answer(int key) {
        asked.incrementAndGet();
        if (key < 0) {
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        return "a" + key;
    }

    private List<String> ask(Duration deadline, Integer... keys) {
        Function<Integer, String> question = this::answer;
        return rounds.askEach(List.of(keys), deadline, question, k -> "silent");
    }

    @Test
    @DisplayName("HW-64: those that answer do, in order, whatever hangs between them")
    void between() {
        assertThat(ask(SHORT, 1, -2, 3, -4, 5)).containsExactly("a1", "silent", "a3", "silent", "a5");
    }

    @Test
    @DisplayName("HW-64: what hangs is not asked again; once all threads hang, nothing is, and nobody waits")
    void notAgain() {
        assertThat(ask(SHORT, -1, 2)).containsExactly("silent", "a2");
        assertThat(asked).hasValue(2);
        assertThat(ask(SHORT, -1, 2)).containsExactly("silent", "a2");
        assertThat(asked).hasValue(3);
        assertThat(ask(SHORT, -2, -3)).containsExactly("silent", "silent");
        assertThat(ask(LONG, 2, 3)).containsExactly("silent", "silent");
        assertThat(asked).hasValue(5);
    }

    @Test
    @DisplayName("HW-64: what hung is asked again after its call returned")
    void again() {
        assertThat(ask(SHORT, -1, -2, -3)).containsOnly("silent");
        go.countDown();
        long end = System.nanoTime() + LONG.toNanos();
        while (!ask(LONG, -1, -2, -3).equals(List.of("a-1", "a-2", "a-3"))) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.yield();
        }
    }

    @Test
    @DisplayName("HW-64: who is given up before he could begin to ask does not count as hanging for ever")
    void beforeTheBeginning() {
        for (int key = 0; key < 20; key++) {
            ask(Duration.ZERO, key);
            long end = System.nanoTime() + LONG.toNanos();
            while (!ask(LONG, key).equals(List.of("a" + key))) {
                assertThat(System.nanoTime()).isLessThan(end);
                Thread.yield();
            }
        }
    }

    @Test
    @DisplayName("A question that throws fails the round and frees its thread")
    void throwing() {
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> rounds.ask(
                            "key",
                            LONG,
                            () -> {
                                throw new UnsatisfiedLinkError("planned");
                            },
                            ""))
                    .isInstanceOf(IllegalStateException.class)
                    .hasRootCauseMessage("planned");
        }
        assertThat(ask(LONG, 1)).containsExactly("a1");
    }

    @Test
    @DisplayName("A caller that is interrupted gets what there is, and stays interrupted")
    void interrupted() {
        Thread.currentThread().interrupt();
        assertThat(ask(LONG, -1, 2)).containsExactly("silent", "silent");
        assertThat(Thread.interrupted()).isTrue();
    }
}
