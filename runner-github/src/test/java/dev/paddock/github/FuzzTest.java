package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whatever the service sends, a call ends with a value or a documented exception, and nobody is told a secret.
 *
 * <p>{@code -Dpaddock.fuzz.seed=N} makes other cases, {@code -Dpaddock.fuzz.cases=N} more or fewer, and
 * {@code -Dpaddock.fuzz.case=N} plays one alone and tells what was said in it.
 */
class FuzzTest {
    private static final long SEED = Long.getLong("paddock.fuzz.seed", 20260505);
    private static final Long ONE = Long.getLong("paddock.fuzz.case");
    private static final int FEW = Integer.getInteger("paddock.fuzz.cases", 5_000);
    private static final int MANY = Integer.getInteger("paddock.fuzz.cases", 200_000);

    @Test
    @DisplayName("GHS-E8 five thousand damaged conversations end in a documented way and tell no secret")
    void fewDamagedConversations() throws InterruptedException {
        play(FEW);
    }

    @Test
    @Tag("ci")
    @DisplayName("GHS-E8 two hundred thousand damaged conversations end in a documented way and tell no secret")
    void manyDamagedConversations() throws InterruptedException {
        play(MANY);
    }

    private static void play(int cases) throws InterruptedException {
        System.out.println("fuzz: seed " + SEED + ", " + (ONE == null ? cases + " cases" : "case " + ONE));
        if (ONE == null) {
            assertThat(new FuzzRun(SEED, cases, FuzzTargets.ALL).failures(Duration.ofMinutes(1)))
                    .isEmpty();
            return;
        }
        var alone = new FuzzCase(SEED, ONE, FuzzTargets.ALL);
        try {
            alone.play();
            System.out.println(alone);
        } catch (Throwable failure) {
            throw new AssertionError(alone.toString(), failure);
        }
    }
}
