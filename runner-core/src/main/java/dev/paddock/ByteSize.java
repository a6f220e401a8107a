package dev.paddock;

/**
 * A number of bytes. Binary and decimal units have different factories: memory is sold in GiB, disks in GB.
 *
 * @param bytes at least 0
 */
public record ByteSize(long bytes) implements Comparable<ByteSize> {
    /** No bytes. */
    public static final ByteSize ZERO = new ByteSize(0);

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
