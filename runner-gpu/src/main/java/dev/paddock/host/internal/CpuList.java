package dev.paddock.host.internal;

import java.util.BitSet;
import java.util.OptionalInt;

/** Linux's lists of processors, such as {@code 0-3,8}. */
final class CpuList {
    /** Linux has at most 8192. */
    private static final int HIGHEST = 1 << 16;

    private CpuList() {}

    /** How many processors a list names; empty if it is none, 0 if it is blank. */
    static OptionalInt count(String list) {
        BitSet cpus = new BitSet();
        for (String part : list.isBlank() ? new String[0] : list.trim().split(",", -1)) {
            String[] ends = part.trim().split("-", -1);
            int first = number(ends[0]);
            int last = ends.length == 1 ? first : ends.length == 2 ? number(ends[1]) : -1;
            if (first < 0 || last < first) {
                return OptionalInt.empty();
            }
            cpus.set(first, last + 1);
        }
        return OptionalInt.of(cpus.cardinality());
    }

    private static int number(String digits) {
        if (!digits.matches("[0-9]{1,6}")) {
            return -1;
        }
        int number = Integer.parseInt(digits);
        return number <= HIGHEST ? number : -1;
    }
}
