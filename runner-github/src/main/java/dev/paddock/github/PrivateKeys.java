package dev.paddock.github;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;

/** Reads the RSA keys that GitHub gives to Apps. No message holds a part of what was read. */
final class PrivateKeys {
    private static final String EXPECTED = "expected is the .pem file that GitHub gives for an App, which begins with"
            + " -----BEGIN RSA PRIVATE KEY----- (PKCS#1) or -----BEGIN PRIVATE KEY----- (PKCS#8)";
    private static final String PKCS1 = "RSA PRIVATE KEY";
    private static final String PKCS8 = "PRIVATE KEY";
    /** What base64 makes of the beginning of a PEM text. */
    private static final String BASE64_OF_PEM = "LS0tLS1CRUdJTi";

    /** INTEGER 0, then SEQUENCE { OBJECT IDENTIFIER rsaEncryption, NULL }. */
    private static final byte[] VERSION_AND_RSA = {
        0x02,
        0x01,
        0x00,
        0x30,
        0x0d,
        0x06,
        0x09,
        0x2a,
        (byte) 0x86,
        0x48,
        (byte) 0x86,
        (byte) 0xf7,
        0x0d,
        0x01,
        0x01,
        0x01,
        0x05,
        0x00
    };

    private static final byte SEQUENCE = 0x30;
    private static final byte OCTET_STRING = 0x04;
    /** The tag and the length of the outermost element. */
    private static final int LONGEST_HEADER = 6;

    private PrivateKeys() {}

    /**
     * Reads a key.
     *
     * @throws IllegalArgumentException if the text is anything else; the message goes on after "the private key"
     */
    static PrivateKey read(String text) {
        List<Pem> blocks = Pem.blocks(text);
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException(noBlock(text) + ": " + EXPECTED);
        }
        Pem block = blocks.stream()
                .filter(each -> each.label().equals(PKCS1) || each.label().equals(PKCS8))
                .findFirst()
                .or(() -> blocks.stream()
                        .filter(each -> each.label().endsWith(PKCS8))
                        .findFirst())
                .orElse(blocks.get(0));
        if (block.body().contains("ENCRYPTED") || block.label().contains("ENCRYPTED")) {
            throw new IllegalArgumentException("is encrypted with a passphrase, which cannot be given here: decrypt it"
                    + " with \"openssl pkcs8 -topk8 -nocrypt\", or let GitHub generate another; " + EXPECTED);
        }
        return switch (block.label()) {
            case PKCS1 -> rsa(wrapped(bytes(block)));
            case PKCS8 -> rsa(bytes(block));
            default -> throw new IllegalArgumentException(other(block.label()) + ": " + EXPECTED);
        };
    }

    private static String noBlock(String text) {
        if (text.contains("-----BEGIN ")) {
            return "has a beginning but no end; it was cut off";
        }
        return text.trim().startsWith(BASE64_OF_PEM)
                ? "is PEM text encoded once more in base64; decode it first"
                : "is no PEM text (not shown here)";
    }

    private static String other(String label) {
        return switch (label) {
            case "EC PRIVATE KEY" -> "is an EC key, and GitHub wants RSA";
            case "DSA PRIVATE KEY" -> "is a DSA key, and GitHub wants RSA";
            case "OPENSSH PRIVATE KEY" ->
                "is in OpenSSH's own format; if it is RSA, \"ssh-keygen -p -m PEM\" converts it";
            case "PUBLIC KEY", "RSA PUBLIC KEY" -> "is a public key, which cannot sign";
            case "CERTIFICATE" -> "is a certificate, which holds no private key";
            default -> "is a PEM text of another kind, \"" + label + "\"";
        };
    }

    private static byte[] bytes(Pem block) {
        try {
            return block.bytes();
        } catch (IllegalArgumentException damaged) {
            throw new IllegalArgumentException("is damaged between its first and its last line: " + EXPECTED);
        }
    }

    private static PrivateKey rsa(byte[] pkcs8) {
        try {
            return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException notRsa) {
            String what = namesRsa(pkcs8) ? "cannot be decoded as an RSA key" : algorithm(pkcs8);
            throw new IllegalArgumentException(what + ": " + EXPECTED);
        }
    }

    /** Java's factories do not look at the algorithm's name: to one of another kind, what is left of a key may fit. */
    private static boolean namesRsa(byte[] pkcs8) {
        int last = Math.min(pkcs8.length - VERSION_AND_RSA.length, LONGEST_HEADER);
        for (int at = 0; at <= last; at++) {
            if (Arrays.equals(pkcs8, at, at + VERSION_AND_RSA.length, VERSION_AND_RSA, 0, VERSION_AND_RSA.length)) {
                return true;
            }
        }
        return false;
    }

    private static String algorithm(byte[] pkcs8) {
        for (String other : new String[] {"EC", "EdDSA", "DSA"}) {
            try {
                KeyFactory.getInstance(other).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
                return (other.startsWith("E") ? "is an " : "is a ") + other + " key, and GitHub wants RSA";
            } catch (GeneralSecurityException notThisEither) {
                // the next may fit
            }
        }
        return "cannot be decoded as an RSA key";
    }

    /** Java reads only PKCS#8, which is PKCS#1 and the name of the algorithm. */
    private static byte[] wrapped(byte[] pkcs1) {
        var inner = new ByteArrayOutputStream();
        inner.writeBytes(VERSION_AND_RSA);
        element(inner, OCTET_STRING, pkcs1);
        var whole = new ByteArrayOutputStream();
        element(whole, SEQUENCE, inner.toByteArray());
        return whole.toByteArray();
    }

    /** A DER element; no key is longer than four bytes can say. */
    private static void element(ByteArrayOutputStream out, byte tag, byte[] content) {
        out.write(tag);
        int length = content.length;
        if (length < 0x80) {
            out.write(length);
        } else {
            int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
            out.write(0x80 | bytes);
            for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
                out.write(length >> shift);
            }
        }
        out.writeBytes(content);
    }
}
