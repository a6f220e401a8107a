package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.Health;
import dev.paddock.Health.Status;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthRulesTest {
    private static Health look(char letter) {
        return switch (letter) {
            case 'h' -> Health.healthy();
            case 'd' -> Health.degraded("d");
            case 'f' -> Health.failed("f");
            default -> Health.unknown("u");
        };
    }

    private static HealthRules.Known after(String looks) {
        HealthRules.Known known = HealthRules.Known.nothing();
        for (char letter : looks.toCharArray()) {
            known = HealthRules.next(known, look(letter));
        }
        return known;
    }

    @ParameterizedTest
    @CsvSource({
        "h, HEALTHY",
        "d, DEGRADED",
        "dh, DEGRADED",
        "dhh, HEALTHY",
        "f, DEGRADED",
        "ff, DEGRADED",
        "fff, FAILED",
        "ffhf, FAILED",
        "ffhhf, DEGRADED",
        "fffh, FAILED",
        "fffhh, HEALTHY",
        "fffhfh, FAILED",
        "fffhfhh, HEALTHY",
        "u, HEALTHY",
        "uu, UNKNOWN",
        "uuh, UNKNOWN",
        "uuhh, HEALTHY",
        "uuf, DEGRADED",
        "uud, DEGRADED",
        "uhu, HEALTHY",
        "fuf, DEGRADED",
        "fufuf, FAILED",
        "fffuu, FAILED",
        "duu, UNKNOWN"
    })
    @DisplayName("RL-R25 health changes slowly: three failed looks, two good ones, two unanswered ones")
    void healthChangesSlowly(String looks, Status status) {
        assertThat(after(looks).health().status()).isEqualTo(status);
    }

    @Test
    void theEvidenceOfTheLastLookIsKept() {
        assertThat(after("fff").health()).isEqualTo(Health.failed("f"));
        assertThat(after("f").health()).isEqualTo(Health.degraded("f"));
        assertThat(after("fffu").health().evidence()).isEqualTo("f");
    }

    @Test
    void noAnswersAloneNeverLeadToFailedAndTwoGoodLooksAlwaysToHealthy() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            HealthRules.Known known = HealthRules.Known.nothing();
            int failedLooks = 0;
            for (int j = 0; j < 30; j++) {
                char letter = "hdfu".charAt(random.nextInt(4));
                failedLooks += letter == 'f' ? 1 : 0;
                HealthRules.Known next = HealthRules.next(known, look(letter));
                boolean becameFailed = next.health().status() == Status.FAILED
                        && known.health().status() != Status.FAILED;
                assertThat(!becameFailed || (letter == 'f' && failedLooks >= 3))
                        .as("seed %d", seed)
                        .isTrue();
                known = next;
            }
            known = HealthRules.next(HealthRules.next(known, Health.healthy()), Health.healthy());
            assertThat(known.health().status()).as("seed %d", seed).isEqualTo(Status.HEALTHY);
        }
    }

    @Test
    void theWorseOfTwoCounts() {
        assertThat(Health.healthy().worse(Health.degraded("x"))).isEqualTo(Health.degraded("x"));
        assertThat(Health.unknown("x").worse(Health.degraded("y"))).isEqualTo(Health.unknown("x"));
        assertThat(Health.unknown("x").worse(Health.failed("y"))).isEqualTo(Health.failed("y"));
        assertThat(Health.failed("x").worse(Health.failed("y"))).isEqualTo(Health.failed("x"));
    }
}
