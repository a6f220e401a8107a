package dev.paddock;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes. Binary and decimal units have different factories: memory is sold in GiB, disks in GB.
 *
 * @param bytes at least 0
 */
public record ByteSize(long bytes) implements Comparable<ByteSize> {
    /** No bytes. */
    public static final ByteSize ZERO = new ByteSize(0);

    private static final Pattern SIZE = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?) ?([KMGT]iB|[MGT]?B)");

    /**
     * Checks the bound.
     *
     * @throws IllegalArgumentException if negative
     */
    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size must be at least 0 bytes: " + bytes);
        }
    }

    /**
     * Returns a size in units of 2^20 bytes.
     *
     * @param mebibytes at least 0
     * @return the size
     */
    public static ByteSize ofMiB(long mebibytes) {
        return new ByteSize(Math.multiplyExact(mebibytes, 1L << 20));
    }

    /**
     * Returns a size in units of 2^30 bytes.
     *
     * @param gibibytes at least 0
     * @return the size
     */
    public static ByteSize ofGiB(long gibibytes) {
        return new ByteSize(Math.multiplyExact(gibibytes, 1L << 30));
    }

    /**
     * Returns a size in units of 10^9 bytes.
     *
     * @param gigabytes at least 0
     * @return the size
     */
    public static ByteSize ofGB(long gigabytes) {
        return new ByteSize(Math.multiplyExact(gigabytes, 1_000_000_000L));
    }

    /**
     * Reads a size as people write it.
     *
     * @param text a number, perhaps with a fraction, and a unit: {@code B}, {@code KiB}, {@code MiB}, {@code GiB},
     *     {@code TiB}, {@code MB}, {@code GB} or {@code TB}; such as {@code 16 GiB} or {@code 1.5GB}
     * @return the size; a fraction of a byte is left out
     * @throws IllegalArgumentException if it is no such text, or more than fits into a long
     */
    public static ByteSize parse(String text) {
        Matcher parts = SIZE.matcher(text.strip());
        if (parts.matches()) {
            BigDecimal bytes = new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(unit(parts.group(2))));
            if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0) {
                return new ByteSize(bytes.longValue());
            }
        }
        throw new IllegalArgumentException(
                "a size is written like \"16 GiB\" or \"500 MB\", and is less than 8 EiB: \"" + text + "\"");
    }

    private static long unit(String name) {
        return switch (name) {
            case "KiB" -> 1L << 10;
            case "MiB" -> 1L << 20;
            case "GiB" -> 1L << 30;
            case "TiB" -> 1L << 40;
            case "MB" -> 1_000_000;
            case "GB" -> 1_000_000_000;
            case "TB" -> 1_000_000_000_000L;
            default -> 1;
        };
    }

    @Override
    public int compareTo(ByteSize other) {
        return Long.compare(bytes, other.bytes);
    }

    @Override
    public String toString() {
        if (bytes >= 1L << 30) {
            return tenths(1L << 30) + " GiB";
        }
        return bytes >= 1L << 20 ? tenths(1L << 20) + " MiB" : bytes + " B";
    }

    private String tenths(long unit) {
        long tenths = bytes / unit * 10 + bytes % unit * 10 / unit;
        return tenths % 10 == 0 ? String.valueOf(tenths / 10) : tenths / 10 + "." + tenths % 10;
    }
}
