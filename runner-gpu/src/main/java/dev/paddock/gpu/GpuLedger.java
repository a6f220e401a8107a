package dev.paddock.gpu;

import dev.paddock.gpu.GpuVerdict.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What has been seen of one GPU, with patience both ways: a rule must show as often as it says, a finding goes after two
 * looks without it, and an Xid error that fails the GPU stays until it is cleared. Not thread-safe; no clock.
 */
final class GpuLedger {
    /** Looks without it, in a row, after which a finding goes. */
    private static final int GOOD_LOOKS = 2;

    private static final Duration OFTEN_WINDOW = Duration.ofMinutes(10);
    private static final int OFTEN = 5;

    private final String gpu;
    private final Map<GpuRule, Integer> bad = new EnumMap<>(GpuRule.class);
    private final Map<GpuRule, Integer> good = new EnumMap<>(GpuRule.class);
    private final Map<GpuRule, String> active = new EnumMap<>(GpuRule.class);
    /** When each number was last seen, but those of programs. */
    private final Map<Long, Instant> xids = new TreeMap<>();

    private final Deque<Instant> ofPrograms = new ArrayDeque<>();
    private Instant answered;

    GpuLedger(String gpu, Instant now) {
        this.gpu = gpu;
        this.answered = now;
    }

    /** Takes in a look. */
    void looked(GpuJudge.Look look, Instant now) {
        for (GpuRule rule : GpuRule.values()) {
            String evidence = look.shown().get(rule);
            if (evidence != null) {
                good.remove(rule);
                if (bad.merge(rule, 1, Integer::sum) >= rule.samples()) {
                    active.put(rule, evidence);
                }
            } else if (!look.open().contains(rule)) {
                bad.remove(rule);
                if (active.containsKey(rule) && good.merge(rule, 1, Integer::sum) >= patience(rule)) {
                    active.remove(rule);
                }
            }
        }
        if (!look.shown().containsKey(GpuRule.NO_ANSWER)) {
            answered = now;
        }
    }

    /** Doubt ends with the first answer. */
    private static int patience(GpuRule rule) {
        return rule.level() == Level.UNKNOWN ? 1 : GOOD_LOOKS;
    }

    /** Something is wrong that no look at the GPU has shown; looks that do not show it end it. */
    void found(GpuRule rule, String evidence) {
        active.put(rule, evidence);
        good.remove(rule);
    }

    /** The driver has reported an error; one whose level is OK is counted only. */
    void xid(long number, Level level, Instant at) {
        if (level != Level.OK) {
            xids.put(number, at);
            return;
        }
        ofPrograms.add(at);
        if (ofPrograms.size() > OFTEN) {
            ofPrograms.remove();
        }
    }

    /** Somebody knows that it is well again; what the next looks show counts anew. */
    void clear() {
        xids.clear();
        ofPrograms.clear();
        active.clear();
        bad.clear();
    }

    /** The numbers of the errors that keep it from use until they are cleared. */
    Map<Long, Instant> failing(GpuHealthPolicy policy) {
        Map<Long, Instant> failing = new TreeMap<>(xids);
        failing.keySet().removeIf(number -> !lasts(policy.xid(number)));
        return failing;
    }

    /** Whether an error of this level stays until somebody clears it. */
    static boolean lasts(Level level) {
        return level.compareTo(Level.UNKNOWN) >= 0;
    }

    GpuVerdict verdict(GpuHealthPolicy policy, Instant now) {
        List<GpuFinding> findings = new ArrayList<>();
        active.forEach((rule, evidence) -> add(findings, rule, policy.level(rule), evidence));
        xids.forEach((number, at) -> {
            Level level = policy.xid(number);
            if (lasts(level) || at.plus(OFTEN_WINDOW).isAfter(now)) {
                add(findings, GpuRule.XID, level, "Xid " + number + " at " + at);
            }
        });
        if (ofPrograms.size() == OFTEN
                && ofPrograms.getFirst().plus(OFTEN_WINDOW).isAfter(now)) {
            add(findings, GpuRule.XID_OFTEN, policy.level(GpuRule.XID_OFTEN), OFTEN + " errors of programs in 10 min");
        }
        return verdict(gpu, findings, answered);
    }

    /** The same verdict later, when its answer may be too old to go by. */
    static GpuVerdict aged(GpuVerdict verdict, GpuHealthPolicy policy, Instant now) {
        Duration age = Duration.between(verdict.at(), now);
        if (age.compareTo(policy.freshness()) <= 0) {
            return verdict;
        }
        List<GpuFinding> findings = new ArrayList<>(verdict.findings());
        String evidence = "it last answered " + age.toSeconds() + " s ago";
        add(findings, verdict.gpu(), GpuRule.STALE, policy.level(GpuRule.STALE), evidence);
        return verdict(verdict.gpu(), findings, verdict.at());
    }

    private static GpuVerdict verdict(String gpu, List<GpuFinding> findings, Instant answered) {
        findings.sort(Comparator.comparing(GpuFinding::level).reversed());
        return new GpuVerdict(
                gpu, findings.isEmpty() ? Level.OK : findings.get(0).level(), findings, answered);
    }

    private void add(List<GpuFinding> findings, GpuRule rule, Level level, String evidence) {
        add(findings, gpu, rule, level, evidence);
    }

    private static void add(List<GpuFinding> findings, String gpu, GpuRule rule, Level level, String evidence) {
        if (level != Level.OK) {
            findings.add(new GpuFinding(rule, level, evidence, rule.remedy().replace("ID", gpu)));
        }
    }
}
