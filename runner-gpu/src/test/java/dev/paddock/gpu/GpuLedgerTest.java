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
}
