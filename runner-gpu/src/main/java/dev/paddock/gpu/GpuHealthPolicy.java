package dev.paddock.gpu;

import dev.paddock.ByteSize;
import dev.paddock.gpu.GpuVerdict.Level;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Which finding leads to which verdict, as data. Immutable; {@code with…} methods copy.
 *
 * <p>Xid errors, by their number: 13, 31, 43, 45, 68 and 109 come from a program's own mistakes and are counted only,
 * unless they come often; 63, 92 and 94 tell of a repair and are a warning for ten minutes; 154 says that the driver's
 * advice has changed, which the next sample reads; every other number, 999 for one the driver does not know included,
 * fails the GPU until it is cleared, as NVIDIA's k8s device plugin has it.
 */
public final class GpuHealthPolicy {
    private static final GpuHealthPolicy STANDARD = standardPolicy();

    private final Map<GpuRule, Level> levels;
    private final Map<Integer, Level> xids;
    private final Duration freshness;
    private final ByteSize heldMemory;

    private GpuHealthPolicy(
            Map<GpuRule, Level> levels, Map<Integer, Level> xids, Duration freshness, ByteSize heldMemory) {
        this.levels = levels;
        this.xids = xids;
        this.freshness = freshness;
        this.heldMemory = heldMemory;
    }

    private static GpuHealthPolicy standardPolicy() {
        Map<Integer, Level> xids = new TreeMap<>();
        for (int ofPrograms : new int[] {13, 31, 43, 45, 68, 109}) {
            xids.put(ofPrograms, Level.OK);
        }
        for (int ofRepairs : new int[] {63, 92, 94}) {
            xids.put(ofRepairs, Level.WARN);
        }
        xids.put(154, Level.INFO);
        return new GpuHealthPolicy(new EnumMap<>(GpuRule.class), xids, Duration.ofSeconds(60), ByteSize.ofGiB(1));
    }

    /**
     * The policy described above, with the levels that {@link GpuRule} states.
     *
     * @return the default
     */
    public static GpuHealthPolicy standard() {
        return STANDARD;
    }

    /**
     * A copy in which a rule has another verdict.
     *
     * @param rule which; not {@link GpuRule#XID}, whose verdict depends on the number
     * @param level {@link Level#OK} to ignore it
     * @return the copy
     * @throws IllegalArgumentException for {@link GpuRule#XID}
     */
    public GpuHealthPolicy with(GpuRule rule, Level level) {
        if (rule == GpuRule.XID) {
            throw new IllegalArgumentException("the verdict of an Xid depends on its number: use withXid");
        }
        Map<GpuRule, Level> next = new EnumMap<>(GpuRule.class);
        next.putAll(levels);
        next.put(rule, Objects.requireNonNull(level, "level"));
        return new GpuHealthPolicy(next, xids, freshness, heldMemory);
    }

    /**
     * A copy in which an Xid error has another verdict.
     *
     * @param number of the error, at least 1
     * @param level {@link Level#OK} to count it only; {@link Level#INFO} and {@link Level#WARN} last ten minutes, the
     *     others until they are cleared
     * @return the copy
     */
    public GpuHealthPolicy withXid(int number, Level level) {
        if (number < 1) {
            throw new IllegalArgumentException("an Xid's number is at least 1: " + number);
        }
        Map<Integer, Level> next = new TreeMap<>(xids);
        next.put(number, Objects.requireNonNull(level, "level"));
        return new GpuHealthPolicy(levels, next, freshness, heldMemory);
    }

    /**
     * A copy with another bound of how old an answer may be.
     *
     * @param freshness positive; by default 60 s. A GPU whose last answer is older is {@link GpuRule#STALE}
     * @return the copy
     */
    public GpuHealthPolicy withFreshness(Duration freshness) {
        if (freshness.isNegative() || freshness.isZero()) {
            throw new IllegalArgumentException("freshness must be positive: " + freshness);
        }
        return new GpuHealthPolicy(levels, xids, freshness, heldMemory);
    }

    /**
     * A copy with another bound of {@link GpuRule#MEMORY_HELD}.
     *
     * @param heldMemory how much may be in use by nobody; by default 1 GiB
     * @return the copy
     */
    public GpuHealthPolicy withHeldMemory(ByteSize heldMemory) {
        return new GpuHealthPolicy(levels, xids, freshness, Objects.requireNonNull(heldMemory, "heldMemory"));
    }

    /**
     * The verdict of a rule.
     *
     * @param rule which
     * @return the rule's own, unless it was changed
     */
    public Level level(GpuRule rule) {
        return levels.getOrDefault(rule, rule.level());
    }

    /**
     * The verdict of an Xid error.
     *
     * @param number of the error
     * @return {@link Level#OK} if it is counted only
     */
    public Level xid(long number) {
        Level known = number == (int) number ? xids.get((int) number) : null;
        return known == null ? Level.FAIL : known;
    }

    /**
     * How old an answer may be.
     *
     * @return positive
     */
    public Duration freshness() {
        return freshness;
    }

    /**
     * How much memory may be in use by nobody.
     *
     * @return the bound
     */
    public ByteSize heldMemory() {
        return heldMemory;
    }
}
