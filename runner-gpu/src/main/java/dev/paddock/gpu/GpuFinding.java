package dev.paddock.gpu;

import java.util.Objects;

/**
 * One thing that is wrong with a GPU. Immutable.
 *
 * @param rule what
 * @param level how bad
 * @param evidence what was read, for a person
 * @param remedy what a person can do about it
 */
public record GpuFinding(GpuRule rule, GpuVerdict.Level level, String evidence, String remedy) {
    /** Checks for nulls. */
    public GpuFinding {
        Objects.requireNonNull(rule, "rule");
        Objects.requireNonNull(level, "level");
        Objects.requireNonNull(evidence, "evidence");
        Objects.requireNonNull(remedy, "remedy");
    }

    @Override
    public String toString() {
        return level + " " + rule + ": " + evidence;
    }
}
