package dev.paddock.host.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The kernel's table of who executes programs it cannot execute itself: binfmt_misc. */
public final class BinfmtTable {
    /** Where it is mounted. */
    public static final String FOLDER = "/proc/sys/fs/binfmt_misc";

    /** How much of a file's beginning the kernel compares. */
    private static final int COMPARED = 256;

    /**
     * An entry that is found by a file's first bytes.
     *
     * @param name the file it is told in
     * @param enabled whether it is switched on
     * @param interpreter the program that executes
     * @param flags letters; F for an interpreter that was opened when the entry was made
     * @param offset of the bytes
     * @param magic the bytes, in hexadecimal
     * @param mask which of their bits count; as long as {@code magic}
     */
    public record Entry(
            String name, boolean enabled, String interpreter, String flags, int offset, String magic, String mask) {
        /**
         * Whether it takes a file, if it is enabled.
         *
         * @param file its bytes
         * @return as the kernel compares
         */
        public boolean takes(byte[] file) {
            byte[] start = Arrays.copyOf(file, COMPARED);
            byte[] wanted = HexFormat.of().parseHex(magic);
            byte[] counts = HexFormat.of().parseHex(mask);
            for (int i = 0; i < wanted.length; i++) {
                if (((start[offset + i] ^ wanted[i]) & counts[i]) != 0) {
                    return false;
                }
            }
            return true;
        }

        /**
         * Whether it works where the interpreter's file is not to be seen, as in containers.
         *
         * @return true with the flag F
         */
        public boolean isFixed() {
            return flags.contains("F");
        }

        /**
         * What to write to the table's {@code register} to make it again with the flag F.
         *
         * @return without a line break
         */
        public String registrationWithF() {
            String more = isFixed() ? flags : flags + "F";
            return ":" + name + ":M:" + offset + ":" + escaped(magic) + ":" + escaped(mask) + ":" + interpreter + ":"
                    + more;
        }

        private static String escaped(String hex) {
            return HexFormat.of().withPrefix("\\x").formatHex(HexFormat.of().parseHex(hex));
        }
    }

    private final boolean mounted;
    private final boolean enabled;
    private final List<Entry> entries;

    private BinfmtTable(boolean mounted, boolean enabled, List<Entry> entries) {
        this.mounted = mounted;
        this.enabled = enabled;
        this.entries = entries;
    }

    /**
     * Reads the table. What is no entry is passed over.
     *
     * @param files of the host
     * @return the table
     */
    public static BinfmtTable read(HostFiles files) {
        Optional<String> status = files.text(FOLDER + "/status");
        List<Entry> entries = new ArrayList<>();
        for (String name : files.names(FOLDER)) {
            if (!name.equals("status") && !name.equals("register")) {
                files.lines(FOLDER + "/" + name)
                        .flatMap(lines -> entry(name, lines))
                        .ifPresent(entries::add);
            }
        }
        boolean on = status.map(text -> text.trim().equals("enabled")).orElse(true);
        return new BinfmtTable(status.isPresent(), on, List.copyOf(entries));
    }

    private static Optional<Entry> entry(String name, List<String> lines) {
        String magic = field(lines, "magic ");
        if (!isHex(magic)) {
            return Optional.empty(); // found by the file's extension, or not an entry
        }
        String offset = field(lines, "offset ");
        int from = offset.matches("[0-9]{1,3}") ? Integer.parseInt(offset) : 0;
        if (from + magic.length() / 2 > COMPARED) {
            return Optional.empty();
        }
        String mask = field(lines, "mask ");
        boolean masked = isHex(mask) && mask.length() == magic.length();
        return Optional.of(new Entry(
                name,
                lines.get(0).trim().equals("enabled"),
                field(lines, "interpreter "),
                field(lines, "flags: "),
                from,
                magic,
                masked ? mask : "f".repeat(magic.length())));
    }

    private static String field(List<String> lines, String start) {
        return lines.stream()
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(start.length()).trim())
                .findFirst()
                .orElse("");
    }

    private static boolean isHex(String text) {
        return text.matches("([0-9a-fA-F]{2}){1,256}");
    }

    /**
     * Whether it can be seen here. Its entries may work even where it cannot, as in containers.
     *
     * @return true if it is mounted
     */
    public boolean isMounted() {
        return mounted;
    }

    /**
     * The switch for all entries; each keeps its own besides.
     *
     * @return true if on, or if it cannot be seen
     */
    public boolean isEnabled() {
        return enabled;
    }

    /**
     * The entry that takes a file: by its bytes, whatever the entry's name, and one that is switched on before others.
     *
     * @param file its bytes
     * @return empty if none does
     */
    public Optional<Entry> entryFor(byte[] file) {
        List<Entry> taking = entries.stream().filter(entry -> entry.takes(file)).toList();
        return taking.stream()
                .filter(Entry::enabled)
                .findFirst()
                .or(() -> taking.stream().findFirst());
    }
}
