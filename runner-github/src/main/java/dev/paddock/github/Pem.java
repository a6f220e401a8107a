package dev.paddock.github;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** One block of PEM text, such as a key or a certificate. Its {@code toString} keeps the content out. */
record Pem(String label, String body) {
    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";
    private static final int LONGEST_LABEL = 40;
    /** A system's whole bundle of authorities is about a quarter of it. */
    private static final int LARGEST_FILE = 1024 * 1024;

    /** All whole blocks. Line ends may be of any kind, also those that a shell or a JSON file has escaped. */
    static List<Pem> blocks(String text) {
        String clean = text.replace("\\r", "")
                .replace("\\n", "\n")
                .replace("\r\n", "\n")
                .replace('\r', '\n');
        var blocks = new ArrayList<Pem>();
        int at = clean.indexOf(BEGIN);
        while (at >= 0) {
            int label = at + BEGIN.length();
            int body = clean.indexOf(DASHES, label);
            if (body < 0 || body - label > LONGEST_LABEL) {
                at = clean.indexOf(BEGIN, label);
                continue;
            }
            String name = clean.substring(label, body);
            int end = clean.indexOf(END + name + DASHES, body);
            if (end < 0) {
                break;
            }
            blocks.add(new Pem(name, clean.substring(body + DASHES.length(), end)));
            at = clean.indexOf(BEGIN, end);
        }
        return blocks;
    }

    /** The text of a file. */
    static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LARGEST_FILE + 1);
            if (bytes.length > LARGEST_FILE) {
                throw new IOException("it is larger than " + LARGEST_FILE + " bytes");
            }
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }

    /** What the block holds, or an {@link IllegalArgumentException}. */
    byte[] bytes() {
        return Base64.getDecoder().decode(body.replaceAll("\\s", ""));
    }

    @Override
    public String toString() {
        return "Pem[" + label + ", ***]";
    }
}
