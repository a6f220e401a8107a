package dev.paddock.github;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proves that a webhook's body comes from someone who knows a secret: HMAC-SHA256 of the raw bytes, compared in
 * constant time. Immutable and thread-safe; {@code toString} is redacted.
 */
final class WebhookSignature {
    static final String HEADER = "X-Hub-Signature-256";

    private static final String ALGORITHM = "HmacSHA256";
    private static final String PREFIX = "sha256=";
    private static final int BYTES = 32;

    private final List<SecretKeySpec> keys = new ArrayList<>();

    /** Signatures by any of these secrets are good, so that one can be changed for another. */
    WebhookSignature(List<String> secrets) {
        secrets.forEach(secret -> keys.add(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM)));
    }

    boolean hasSecrets() {
        return !keys.isEmpty();
    }

    /** Whether the header's value is the body's signature by one of the secrets. */
    boolean matches(String header, byte[] body) {
        byte[] given = bytes(header.trim());
        boolean matches = false;
        for (SecretKeySpec key : keys) {
            matches |= MessageDigest.isEqual(sign(key, body), given);
        }
        return matches;
    }

    private static byte[] bytes(String header) {
        if (header.length() != PREFIX.length() + 2 * BYTES || !header.startsWith(PREFIX)) {
            return new byte[0];
        }
        try {
            return HexFormat.of().parseHex(header, PREFIX.length(), header.length());
        } catch (IllegalArgumentException notHex) {
            return new byte[0];
        }
    }

    private static byte[] sign(SecretKeySpec key, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(body);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java runtime has " + ALGORITHM, impossible);
        }
    }

    @Override
    public String toString() {
        return "WebhookSignature[" + keys.size() + " secrets, ***]";
    }
}
