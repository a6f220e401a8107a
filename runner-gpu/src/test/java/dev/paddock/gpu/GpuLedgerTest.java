package dev.paddock.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.gpu.GpuVerdict.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GpuLedgerTest {
    private static final GpuJudge.Look CLEAN = new GpuJudge.Look(Map.of(), Set.of());
    private static final GpuJudge.Look NOTHING_READ = new GpuJudge.Look(Map.of(), EnumSet.allOf(GpuRule.class));

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final GpuLedger ledger = new GpuLedger("GPU-1", now);

    private void looked(GpuJudge.Look look) {
        now = now.plusSeconds(5);
        ledger.looked(look, now);
    }

    private static GpuJudge.Look shows(GpuRule rule) {
        return new GpuJudge.Look(Map.of(rule, "seen"), Set.of());
    }

    private GpuVerdict verdict() {
        GpuHealthPolicy policy = GpuHealthPolicy.standard();
        return GpuLedger.aged(ledger.verdict(policy, now), policy, now);
    }

    private Level level() {
        return verdict().level();
    }

    private List<GpuRule> rules() {
        return verdict().findings().stream().map(GpuFinding::rule).toList();
    }

    @Test
    @DisplayName("HW-62: heat warns from its third sample in a row, and no more after two clean ones")
    void softFindingsTakeThreeSamples() {
        looked(shows(GpuRule.THROTTLED));
        looked(shows(GpuRule.THROTTLED));
        looked(CLEAN);
        looked(shows(GpuRule.THROTTLED));
        looked(shows(GpuRule.THROTTLED));
        assertThat(level()).isEqualTo(Level.OK);
        looked(shows(GpuRule.THROTTLED));
        assertThat(level()).isEqualTo(Level.WARN);
        looked(CLEAN);
        assertThat(level()).isEqualTo(Level.WARN);
        looked(CLEAN);
        assertThat(level()).isEqualTo(Level.OK);
    }

    @Test
    void hardFindingsTakeOneSampleAndTwoGoodOnesInARowToGo() {
        looked(shows(GpuRule.UNCORRECTED_ECC));
        assertThat(level()).isEqualTo(Level.FAIL);
        looked(CLEAN);
        looked(shows(GpuRule.UNCORRECTED_ECC));
        looked(CLEAN);
        assertThat(level()).isEqualTo(Level.FAIL);
        looked(CLEAN);
        assertThat(level()).isEqualTo(Level.OK);
    }

    @Test
    void aLookThatCannotTellNeitherFailsNorHeals() {
        looked(shows(GpuRule.UNCORRECTED_ECC));
        for (int i = 0; i < 5; i++) {
            looked(NOTHING_READ);
        }
        assertThat(rules()).containsExactly(GpuRule.UNCORRECTED_ECC);
    }

    @Test
    @DisplayName("HW-59: an Xid error that fails a GPU stays until it is cleared; those of programs are counted")
    void xidErrors() {
        ledger.xid(79, Level.FAIL, now);
        for (int i = 0; i < 10; i++) {
            looked(CLEAN);
        }
        assertThat(rules()).containsExactly(GpuRule.XID);
        ledger.clear();
        assertThat(level()).isEqualTo(Level.OK);
        for (int i = 0; i < 4; i++) {
            ledger.xid(31, Level.OK, now);
        }
        assertThat(level()).isEqualTo(Level.OK);
        ledger.xid(31, Level.OK, now);
        assertThat(rules()).containsExactly(GpuRule.XID_OFTEN);
        now = now.plus(Duration.ofMinutes(10));
        looked(CLEAN);
        assertThat(level()).isEqualTo(Level.OK);
    }

    @Test
    void anXidErrorThatTellsOfARepairWarnsForTenMinutes() {
        ledger.xid(63, Level.WARN, now);
        assertThat(level()).isEqualTo(Level.WARN);
        now = now.plus(Duration.ofMinutes(10));
        looked(CLEAN);
        assertThat(level()).isEqualTo(Level.OK);
    }

    @Test
    @DisplayName("HW-65: an answer that is 61 s old counts no more")
    void anOldAnswerCountsNoMore() {
        looked(CLEAN);
        now = now.plusSeconds(60);
        assertThat(level()).isEqualTo(Level.OK);
        now = now.plusSeconds(1);
        GpuVerdict verdict = verdict();
        assertThat(verdict.level()).isEqualTo(Level.UNKNOWN);
        assertThat(verdict.isSchedulable()).isFalse();
        assertThat(verdict.evidence()).contains("61 s ago");
        looked(CLEAN);
        assertThat(level()).isEqualTo(Level.OK);
    }

    @Test
    void noAnswerIsDoubtAtFirstAndAHangTheSecondTime() {
        var late = new GpuJudge.Look(
                Map.of(GpuRule.NO_ANSWER, "late", GpuRule.DRIVER_HANGS, "late"),
                EnumSet.complementOf(EnumSet.of(GpuRule.NO_ANSWER, GpuRule.DRIVER_HANGS)));
        looked(late);
        assertThat(level()).isEqualTo(Level.UNKNOWN);
        looked(CLEAN);
        assertThat(level()).isEqualTo(Level.OK);
        looked(late);
        looked(late);
        assertThat(level()).isEqualTo(Level.FAIL);
        assertThat(rules()).contains(GpuRule.DRIVER_HANGS);
    }

    @Test
    void aPolicyChangesVerdictsAndKeepsRules() {
        looked(shows(GpuRule.REMAP_PENDING));
        assertThat(level()).isEqualTo(Level.WARN);
        GpuHealthPolicy strict = GpuHealthPolicy.standard().with(GpuRule.REMAP_PENDING, Level.FAIL);
        assertThat(ledger.verdict(strict, now).level()).isEqualTo(Level.FAIL);
        GpuHealthPolicy blind = GpuHealthPolicy.standard().with(GpuRule.REMAP_PENDING, Level.OK);
        assertThat(ledger.verdict(blind, now).findings()).isEmpty();
        assertThat(GpuHealthPolicy.standard().xid(79)).isEqualTo(Level.FAIL);
        assertThat(GpuHealthPolicy.standard().xid(4711)).isEqualTo(Level.FAIL);
        assertThat(GpuHealthPolicy.standard().xid(31)).isEqualTo(Level.OK);
        assertThat(GpuHealthPolicy.standard().withXid(31, Level.FAIL).xid(31)).isEqualTo(Level.FAIL);
    }

    @ParameterizedTest(name = "Xid {0}: {1}")
    @DisplayName("HW-59: each Xid error by the default map; one that is not in it fails, 14 and 999 too")
    @CsvSource({
        "13, OK",
        "31, OK",
        "43, OK",
        "45, OK",
        "68, OK",
        "109, OK",
        "63, WARN",
        "92, WARN",
        "94, WARN",
        "154, INFO",
        "48, FAIL",
        "64, FAIL",
        "74, FAIL",
        "79, FAIL",
        "95, FAIL",
        "119, FAIL",
        "120, FAIL",
        "136, FAIL",
        "140, FAIL",
        "143, FAIL",
        "1, FAIL",
        "14, FAIL",
        "32, FAIL",
        "999, FAIL",
        "4294967309, FAIL"
    })
    void defaultMap(long number, Level level) {
        ledger.xid(number, GpuHealthPolicy.standard().xid(number), now);
        assertThat(level()).isEqualTo(level);
        now = now.plus(Duration.ofMinutes(10));
        looked(CLEAN);
        assertThat(level()).isEqualTo(level == Level.FAIL ? Level.FAIL : Level.OK);
    }

    @Test
    void whatIsNotedOfAnErrorIsItsNumberAndThePolicyOfNowJudgesIt() {
        ledger.xid(79, Level.FAIL, now);
        ledger.xid(63, Level.WARN, now);
        GpuHealthPolicy lenient = GpuHealthPolicy.standard().withXid(79, Level.OK);
        assertThat(ledger.verdict(lenient, now).level()).isEqualTo(Level.WARN);
        assertThat(ledger.failing(lenient)).isEmpty();
        GpuHealthPolicy doubtful = GpuHealthPolicy.standard().withXid(79, Level.UNKNOWN);
        now = now.plus(Duration.ofHours(1));
        assertThat(ledger.verdict(doubtful, now).level()).isEqualTo(Level.UNKNOWN);
        assertThat(ledger.failing(doubtful)).containsOnlyKeys(79L);
        assertThat(ledger.failing(GpuHealthPolicy.standard())).containsOnlyKeys(79L);
    }

    @Test
    void doubtEndsWithTheFirstLookThatTells() {
        looked(shows(GpuRule.TELLS_NOTHING));
        assertThat(level()).isEqualTo(Level.UNKNOWN);
        looked(CLEAN);
        assertThat(level()).isEqualTo(Level.OK);
    }

    @ParameterizedTest(name = "{0}: {1} after {2}")
    @DisplayName("The table of verdicts: each rule with its level and how many samples in a row must show it")
    @CsvSource({
        "LOST, FAIL, 1",
        "MISSING, FAIL, 1",
        "UNUSABLE, FAIL, 1",
        "NO_PERMISSION, FAIL, 1",
        "DRIVER_MISMATCH, FAIL, 1",
        "DRIVER_UNAVAILABLE, FAIL, 1",
        "RECOVERY_RESET, FAIL, 1",
        "RECOVERY_RESTART, FAIL, 1",
        "RECOVERY_DRAIN, WARN, 1",
        "UNCORRECTED_ECC, FAIL, 1",
        "REMAP_PENDING, WARN, 1",
        "RETIREMENT_PENDING, WARN, 1",
        "REMAP_FAILED, FAIL, 1",
        "RETIRED_PAGES, FAIL, 1",
        "MANY_REMAPS, WARN, 1",
        "THROTTLED, WARN, 3",
        "THROTTLED_HOT, FAIL, 3",
        "TOO_HOT, WARN, 3",
        "MEMORY_HELD, WARN, 2",
        "STUCK_PROCESS, WARN, 3",
        "NO_PERSISTENCE, INFO, 1",
        "MIG_CHANGING, FAIL, 1",
        "PROHIBITED, FAIL, 1",
        "TELLS_NOTHING, UNKNOWN, 1",
        "NO_ANSWER, UNKNOWN, 1",
        "DRIVER_HANGS, FAIL, 2",
        "EVENTS_SILENT, WARN, 1"
    })
    void table(GpuRule rule, Level level, int samples) {
        for (int i = 1; i < samples; i++) {
            looked(shows(rule));
            assertThat(level()).isEqualTo(Level.OK);
        }
        looked(shows(rule));
        assertThat(level()).isEqualTo(level);
        assertThat(verdict().isSchedulable()).isEqualTo(level != Level.FAIL && level != Level.UNKNOWN);
        assertThat(verdict().findings().get(0).remedy()).isNotBlank().doesNotContain(" ID");
        GpuHealthPolicy ignored = GpuHealthPolicy.standard().with(rule, Level.OK);
        assertThat(ledger.verdict(ignored, now).level()).isEqualTo(Level.OK);
        looked(CLEAN);
        assertThat(level()).isEqualTo(level == Level.UNKNOWN ? Level.OK : level);
        looked(CLEAN);
        assertThat(level()).isEqualTo(Level.OK);
    }

    @ParameterizedTest(name = "{0} errors, the last {2} s after the first: {3}")
    @DisplayName("HW-59: errors of programs warn when five come within ten minutes")
    @CsvSource({"4, 0, OK", "5, 0, WARN", "5, 599, WARN", "5, 600, OK", "6, 600, WARN"})
    void errorsOfPrograms(int errors, int seconds, Level level) {
        ledger.xid(31, Level.OK, now);
        now = now.plusSeconds(seconds);
        for (int i = 1; i < errors; i++) {
            ledger.xid(13, Level.OK, now);
        }
        looked(CLEAN);
        now = now.minusSeconds(5);
        assertThat(level()).isEqualTo(level);
    }

    @ParameterizedTest(name = "{0} s old: {1}")
    @DisplayName("HW-65: the age of the last answer at its bound, which a policy may move")
    @CsvSource({"59, OK, OK", "60, OK, UNKNOWN", "61, UNKNOWN, UNKNOWN", "30, OK, OK", "31, OK, UNKNOWN"})
    void ageAtItsBound(int seconds, Level standard, Level strict) {
        looked(CLEAN);
        now = now.plusSeconds(seconds);
        assertThat(level()).isEqualTo(standard);
        GpuHealthPolicy policy = GpuHealthPolicy.standard().withFreshness(Duration.ofSeconds(seconds < 59 ? 30 : 59));
        assertThat(GpuLedger.aged(ledger.verdict(policy, now), policy, now).level())
                .isEqualTo(strict);
    }

    @Test
    void theWorstFindingComesFirstAndNoAnswerDoesNotMakeAGpuYounger() {
        looked(new GpuJudge.Look(Map.of(GpuRule.REMAP_PENDING, "a", GpuRule.UNCORRECTED_ECC, "b"), Set.of()));
        assertThat(rules()).containsExactly(GpuRule.UNCORRECTED_ECC, GpuRule.REMAP_PENDING);
        Instant answered = verdict().at();
        looked(shows(GpuRule.NO_ANSWER));
        assertThat(verdict().at()).isEqualTo(answered);
        ledger.clear();
        looked(CLEAN);
        assertThat(verdict().at()).isEqualTo(now);
    }

    @Test
    void whatIsClearedCountsAnew() {
        looked(shows(GpuRule.UNCORRECTED_ECC));
        looked(shows(GpuRule.THROTTLED));
        looked(shows(GpuRule.THROTTLED));
        for (int i = 0; i < 4; i++) {
            ledger.xid(31, Level.OK, now);
        }
        ledger.xid(63, Level.WARN, now);
        ledger.clear();
        assertThat(level()).isEqualTo(Level.OK);
        looked(shows(GpuRule.THROTTLED));
        ledger.xid(31, Level.OK, now);
        assertThat(level()).isEqualTo(Level.OK);
        looked(shows(GpuRule.THROTTLED));
        looked(shows(GpuRule.THROTTLED));
        assertThat(level()).isEqualTo(Level.WARN);
    }
}
