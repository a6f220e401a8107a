package dev.paddock.internal.engine;

import dev.paddock.RunnerId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.random.RandomGenerator;

/** The names of a fleet's runners: {@code <pool ≤ 30>-<fleet 4>-<10 base32>}. */
public final class Identity {
    private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
    private static final int FLEET_CHARS = 4;
    private static final int CHANCE_CHARS = 10;

    private final String fleetPart;

    /** The names of the fleet with this id. */
    public Identity(String fleet) {
        byte[] hash = sha256(fleet);
        var text = new StringBuilder();
        for (int i = 0; i < FLEET_CHARS; i++) {
            text.append(BASE32.charAt(hash[i] & 31));
        }
        fleetPart = text.toString();
    }

    RunnerId newRunner(String pool, RandomGenerator random) {
        var text = new StringBuilder(prefix(pool));
        for (int i = 0; i < CHANCE_CHARS; i++) {
            text.append(BASE32.charAt(random.nextInt(32)));
        }
        return new RunnerId(text.toString());
    }

    /** What every runner of this fleet's pool begins with. */
    String prefix(String pool) {
        return pool + "-" + fleetPart + "-";
    }

    /** Whether a name has the shape of this fleet's pool's names. */
    public boolean isOurs(String pool, String name) {
        String prefix = prefix(pool);
        return name.startsWith(prefix)
                && name.length() == prefix.length() + CHANCE_CHARS
                && name.chars().skip(prefix.length()).allMatch(letter -> BASE32.indexOf(letter) >= 0);
    }

    /** The part of chance as a number, so that names of one pool are in the order of their numbers. */
    static long chanceBits(String name) {
        long bits = 0;
        for (int i = Math.max(0, name.length() - CHANCE_CHARS); i < name.length(); i++) {
            char letter = name.charAt(i);
            int value = letter >= 'a' && letter <= 'z'
                    ? letter - 'a' + 6
                    : letter >= '2' && letter <= '7' ? letter - '2' : -1;
            if (value < 0) {
                return -1;
            }
            bits = (bits << 5) | value;
        }
        return bits;
    }

    /** The fleet in four characters, for thread names and log lines. */
    String fleetPart() {
        return fleetPart;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java runtime has SHA-256", impossible);
        }
    }
}
