package dev.paddock.github.runner;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes secrets out of what a runner prints: the JIT configuration and what is packed in it, in the encodings they
 * are likely to appear in, and whatever looks like a GitHub token, a JWT or a JIT configuration.
 */
final class SecretMask {
    private static final String MASK = "***";
    private static final int LEAST = 8;
    private static final Pattern LOOKS_SECRET = Pattern.compile(
            "gh[a-z]_\\w{16,}|github_pat_\\w{16,}|ey[IJ][\\w+/=.-]{20,}|(?i:bearer\\s+)[\\w+/=.~-]{8,}");
    private static final int LONGEST_FILE = 1 << 16;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> secrets;

    private SecretMask(Set<String> secrets) {
        var longestFirst = new ArrayList<>(secrets);
        longestFirst.removeIf(secret -> secret.length() < LEAST);
        longestFirst.sort(Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()));
        this.secrets = List.copyOf(longestFirst);
    }

    /** Masks what looks like a secret; for a runner whose registration is no longer known. */
    static SecretMask unknown() {
        return new SecretMask(Set.of());
    }

    static SecretMask of(String registration) {
        Set<String> secrets = new LinkedHashSet<>();
        add(secrets, registration);
        JsonNode files = json(decoded(registration));
        if (files != null) {
            files.properties().forEach(file -> {
                String packed = file.getValue().asText();
                add(secrets, packed);
                if (file.getKey().startsWith(".credentials")) {
                    leaves(secrets, json(decoded(packed)));
                }
            });
        }
        return new SecretMask(secrets);
    }

    /**
     * Of a runner whose registration is no longer known, by the credentials that the runner has written into its folder.
     */
    static SecretMask ofFolder(Path folder) {
        Set<String> secrets = new LinkedHashSet<>();
        for (String name : List.of(".credentials", ".credentials_rsaparams", ".credentials_migrated")) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                    byte[] bytes = in.readNBytes(LONGEST_FILE);
                    secrets.add(Base64.getEncoder().withoutPadding().encodeToString(bytes));
                    leaves(secrets, json(new String(bytes, StandardCharsets.UTF_8).replaceFirst("^\uFEFF", "")));
                } catch (IOException unreadable) {
                    // its patterns are masked nevertheless
                }
            }
        }
        return new SecretMask(secrets);
    }

    /** Takes out what either does. */
    SecretMask and(SecretMask other) {
        Set<String> both = new LinkedHashSet<>(secrets);
        both.addAll(other.secrets);
        return new SecretMask(both);
    }

    private static void leaves(Set<String> secrets, @Nullable JsonNode node) {
        if (node == null) {
            return;
        }
        if (node.isTextual()) {
            add(secrets, node.asText());
        }
        node.forEach(child -> leaves(secrets, child));
    }

    private static void add(Set<String> secrets, String secret) {
        if (secret.length() >= LEAST) {
            byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
            secrets.add(secret);
            secrets.add(URLEncoder.encode(secret, StandardCharsets.UTF_8));
            for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
                secrets.add(encoder.encodeToString(bytes));
                secrets.add(encoder.withoutPadding().encodeToString(bytes));
                for (int before = 1; before <= 2; before++) {
                    secrets.add(amidBase64(encoder.withoutPadding(), bytes, before));
                }
            }
        }
    }

    /** How a secret looks in the Base64 of a longer text that has so many bytes before it, modulo 3. */
    private static String amidBase64(Base64.Encoder encoder, byte[] secret, int before) {
        byte[] padded = new byte[before + secret.length];
        System.arraycopy(secret, 0, padded, before, secret.length);
        String encoded = encoder.encodeToString(padded);
        // The first characters hold bits of what is before, the last may hold bits of what comes after.
        return encoded.substring(before + 1, padded.length * 8 / 6);
    }

    private static String decoded(String base64) {
        try {
            return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException other) {
            return "";
        }
    }

    private static @Nullable JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException other) {
            return null;
        }
    }

    String apply(String line) {
        if (line.length() < LEAST) {
            return line;
        }
        String masked = line;
        for (String secret : secrets) {
            masked = masked.replace(secret, MASK);
        }
        return LOOKS_SECRET.matcher(masked).replaceAll(MASK);
    }
}
