package dev.paddock.github;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** One installation of a GitHub App, and the key that speaks for the App. Immutable. */
final class AppKey {
    /** A clock a little ahead of GitHub's must not sign in GitHub's future. */
    private static final long BACKDATED = 60;
    /** GitHub refuses more than ten minutes ahead. */
    private static final long LIFE = 540;

    private static final int LONGEST_ID = 100;
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
    private static final String HEADER = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";

    /** What the parts are called where they were given. */
    record Names(String clientId, String installationId, String privateKey) {
        static final Names PARAMETERS = new Names("clientId", "installationId", "the private key");
    }

    private final String clientId;
    private final long installationId;
    private final PrivateKey key;

    private AppKey(String clientId, long installationId, PrivateKey key) {
        this.clientId = clientId;
        this.installationId = installationId;
        this.key = key;
    }

    /** Checks everything, and names all that is wrong. */
    static AppKey of(Names names, String clientId, String installationId, Callable<String> privateKey) {
        var problems = new ArrayList<String>();
        String client = clientId.trim();
        if (!GitHubCredentials.isSendable(client) || client.length() > LONGEST_ID) {
            problems.add(names.clientId() + " must be one word of 1 to " + LONGEST_ID + " visible ASCII characters: \""
                    + shown(clientId) + "\"");
        }
        long installation = installation(names, installationId, problems);
        PrivateKey key = key(names, privateKey, problems);
        if (key == null || !problems.isEmpty()) {
            throw new IllegalArgumentException("GitHub App credentials: " + String.join("; ", problems));
        }
        return new AppKey(client, installation, key);
    }

    private static long installation(Names names, String text, List<String> problems) {
        try {
            long id = Long.parseLong(text.trim());
            if (id >= 1) {
                return id;
            }
        } catch (NumberFormatException invalid) {
            // told below, as a number too small is
        }
        problems.add(names.installationId() + " must be a whole number of at least 1, the last part of the"
                + " installation's address: \"" + shown(text) + "\"");
        return 0;
    }

    private static @Nullable PrivateKey key(Names names, Callable<String> text, List<String> problems) {
        try {
            PrivateKey key = PrivateKeys.read(text.call());
            signature(key, new byte[0]);
            return key;
        } catch (IllegalArgumentException unusable) {
            problems.add(names.privateKey() + " " + unusable.getMessage());
        } catch (GeneralSecurityException unable) {
            problems.add(names.privateKey() + " cannot sign: it must be an RSA key of 2048 bits or more");
        } catch (Exception unreadable) { // a file: its failure names the path and no content
            problems.add(names.privateKey() + " cannot be read (" + unreadable + ")");
        }
        return null;
    }

    /** A key put in the wrong place is not repeated. */
    private static String shown(String value) {
        return value.contains("-----") || value.length() > LONGEST_ID ? "***" : Redaction.scrub(value, "");
    }

    /** What proves for eight minutes from then that the App itself asks. */
    String jwt(Instant now) {
        long issued = now.getEpochSecond() - BACKDATED;
        String claims = JsonNodeFactory.instance
                .objectNode()
                .put("iat", issued)
                .put("exp", issued + LIFE)
                .put("iss", clientId)
                .toString();
        String signed = base64(HEADER) + "." + base64(claims);
        try {
            byte[] signature = signature(key, signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + BASE64.encodeToString(signature);
        } catch (GeneralSecurityException unable) {
            throw new IllegalStateException("the App's private key no longer signs", unable);
        }
    }

    private static byte[] signature(PrivateKey key, byte[] content) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key);
        signature.update(content);
        return signature.sign();
    }

    private static String base64(String text) {
        return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    long installationId() {
        return installationId;
    }

    @Override
    public String toString() {
        return "GitHub App " + clientId + ", installation " + installationId;
    }
}
