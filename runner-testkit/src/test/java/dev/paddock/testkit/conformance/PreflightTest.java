package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.event.ExtensionEvent;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.github.runner.PreflightReport;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Severity;
import dev.paddock.spi.HostCheckResult.Status;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.VirtualTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a provider makes of what its preflight finds, in virtual time. */
class PreflightTest {
    @TempDir
    private Path folder;

    private final VirtualTime time = VirtualTime.seeded(17);
    private final List<PreflightReport> told = new ArrayList<>();

    /** One that answers as it is told to. */
    private final class Trial implements HostCheck {
        private final String id;
        private Severity severity = Severity.MANDATORY;
        private Status status = Status.PASS;
        private boolean hangs;
        private boolean breaks;
        private int begun;

        private Trial(String id) {
            this.id = id;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public HostCheckResult check() {
            begun++;
            if (breaks) {
                throw new IllegalStateException("it is broken");
            }
            return new HostCheckResult(id, severity, status, "seen", "wanted", "mend it");
        }

        @Override
        public CompletionStage<HostCheckResult> begin(Executor executor) {
            HostCheckResult result = check();
            return hangs ? new CompletableFuture<>() : CompletableFuture.completedStage(result);
        }
    }

    private RunnerProvider.Session open(HostCheck... checks) {
        return LocalRunnerProvider.builder(folder.resolve("runners"), List.of("true"))
                .slots(3)
                .preflight(checks)
                .build()
                .open(new Context());
    }

    private final class Context implements ProviderContext {
        @Override
        public String fleet() {
            return "fleet";
        }

        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public Scheduler scheduler() {
            return time.host("host");
        }

        @Override
        public void observe(RunnerObservation observation) {
            throw new AssertionError("there is no runner: " + observation);
        }

        @Override
        public void publish(ExtensionEvent event) {
            told.add((PreflightReport) event);
        }
    }

    private static int free(RunnerProvider.Session session) {
        return session.room("cpu").free();
    }

    @Test
    @DisplayName("RL-T1, RL-T2: there is room once every mandatory check has passed, and the results are told")
    void thereIsRoomOnceEveryCheckHasPassed() {
        var one = new Trial("ONE");
        var two = new Trial("TWO");
        two.status = Status.WARN;
        RunnerProvider.Session session = open(one, two);
        assertThat(free(session)).isZero();
        assertThat(session.room("cpu").reason()).isEqualTo("the preflight is under way: ONE, TWO");
        time.advance(Duration.ofMillis(1));
        assertThat(one.begun).as("begun by opening").isEqualTo(1);
        assertThat(free(session)).isEqualTo(3);
        assertThat(told).singleElement().satisfies(report -> {
            assertThat(report.isGo()).isTrue();
            assertThat(report.results()).extracting(HostCheckResult::id).containsExactly("ONE", "TWO");
        });
    }

    @Test
    void whileAMandatoryCheckFailsThereIsNoRoomAndItIsLookedAtAgainAfterAMinute() {
        var check = new Trial("ONE");
        check.status = Status.FAIL;
        RunnerProvider.Session session = open(check, new Trial("TWO"));
        time.advance(Duration.ofMillis(1));
        assertThat(free(session)).isZero();
        assertThat(session.room("cpu").reason()).isEqualTo("the preflight failed: ONE: seen -> mend it");
        check.status = Status.PASS;
        time.advance(Duration.ofSeconds(59));
        assertThat(free(session)).isZero();
        assertThat(check.begun).isEqualTo(1);
        time.advance(Duration.ofSeconds(1));
        assertThat(free(session)).as("as it was until it is known").isZero();
        time.advance(Duration.ofMillis(1));
        assertThat(free(session)).isEqualTo(3);
        assertThat(check.begun).isEqualTo(2);
        assertThat(told).extracting(PreflightReport::isGo).containsExactly(false, true);
    }

    @Test
    void whatWasGoodIsLookedAtAgainAfterAnHourAndMayTurnBad() {
        var check = new Trial("ONE");
        RunnerProvider.Session session = open(check);
        time.advance(Duration.ofMinutes(59));
        assertThat(free(session)).isEqualTo(3);
        check.status = Status.FAIL;
        assertThat(check.begun).isEqualTo(1);
        time.advance(Duration.ofMinutes(1).plusMillis(1));
        assertThat(free(session)).as("meanwhile what was known holds").isEqualTo(3);
        time.advance(Duration.ofMillis(1));
        assertThat(free(session)).isZero();
    }

    @Test
    void aCheckThatIsOnlyRecommendedStopsNothing() {
        var check = new Trial("ONE");
        check.severity = Severity.RECOMMENDED;
        check.status = Status.FAIL;
        RunnerProvider.Session session = open(check);
        time.advance(Duration.ofMillis(1));
        assertThat(free(session)).isEqualTo(3);
    }

    @Test
    void whatCannotBeToldStopsNothing() {
        var unknown = new Trial("ONE");
        unknown.status = Status.UNKNOWN;
        var broken = new Trial("TWO");
        broken.breaks = true;
        RunnerProvider.Session session = open(unknown, broken);
        time.advance(Duration.ofMillis(1));
        assertThat(free(session)).isEqualTo(3);
        assertThat(told.get(0).results().get(1).status()).isEqualTo(Status.UNKNOWN);
        assertThat(told.get(0).results().get(1).observed()).isEqualTo("it is broken");
    }

    @Test
    void aCheckThatHangsStopsNothingBeyondItsDeadlineAndIsNotBegunAgain() {
        var check = new Trial("ONE");
        check.hangs = true;
        RunnerProvider.Session session = open(check);
        time.advance(Duration.ofMillis(9_999));
        assertThat(free(session)).isZero();
        time.advance(Duration.ofMillis(2));
        assertThat(free(session)).isEqualTo(3);
        assertThat(told.get(0).results().get(0).observed()).isEqualTo("no answer within 10000 ms");
        time.advance(Duration.ofHours(2));
        assertThat(free(session)).isEqualTo(3);
        time.advance(Duration.ofMinutes(1));
        assertThat(check.begun).isEqualTo(1);
    }

    @Test
    void whatIsFoundIsToldOnceAndAgainWhenItIsAnother() {
        var check = new Trial("ONE");
        check.status = Status.WARN;
        RunnerProvider.Session session = open(check);
        for (int hour = 0; hour < 3; hour++) {
            time.advance(Duration.ofHours(1).plusSeconds(1));
            assertThat(free(session)).isEqualTo(3);
        }
        time.advance(Duration.ofSeconds(1));
        assertThat(check.begun).isEqualTo(4);
        assertThat(told).hasSize(1);
        check.status = Status.PASS;
        time.advance(Duration.ofHours(1));
        free(session);
        time.advance(Duration.ofSeconds(1));
        assertThat(told).hasSize(2);
    }

    @Test
    void withoutChecksThereIsRoomAtOnce() {
        assertThat(free(open())).isEqualTo(3);
        assertThat(told).isEmpty();
    }

    @Test
    void howOftenToLookHasABound() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        LocalRunnerProvider.builder(folder, List.of("true")).preflightEvery(Duration.ofMillis(999)))
                .withMessage("preflightEvery must be at least a second: PT0.999S");
    }
}
