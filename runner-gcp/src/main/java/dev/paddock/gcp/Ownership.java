package dev.paddock.gcp;

import dev.paddock.RunnerId;
import dev.paddock.gcp.internal.Vm;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * By which a fleet knows its VMs again: labels that every one of them bears, and ids of requests that are the same when a
 * request is sent again. Pure functions.
 */
record Ownership(String fleet, long epoch) {
    static final String FLEET = "paddock-fleet";
    static final String EPOCH = "paddock-epoch";
    static final String RUNNER = "paddock-runner";
    static final String POOL = "paddock-pool";

    /** What Google allows as a label's value. */
    private static final Pattern VALUE = Pattern.compile("[a-z0-9_-]{0,63}");

    private static final int MOST = 63;
    private static final int HASH = 8;

    /** The labels of a VM. */
    Map<String, String> labels(RunnerId runner, String pool) {
        Map<String, String> labels = new TreeMap<>();
        labels.put(FLEET, label(fleet));
        labels.put(EPOCH, Long.toString(epoch));
        labels.put(RUNNER, label(runner.value()));
        labels.put(POOL, label(pool));
        return labels;
    }

    /** Which VMs are this fleet's, in Google's grammar. */
    String filter() {
        return "labels." + FLEET + "=" + label(fleet);
    }

    /** Whether a VM is this fleet's: whatever a list was asked for, this decides. */
    boolean owns(Vm vm) {
        return label(fleet).equals(vm.labels().get(FLEET))
                && label(vm.name()).equals(vm.labels().get(RUNNER))
                && vm.labels().containsKey(POOL);
    }

    /** Whether a VM is the one that was asked for. */
    boolean owns(Vm vm, RunnerId runner) {
        return owns(vm) && vm.name().equals(runner.value());
    }

    /** The life that made a VM; 0 if it does not say. */
    static long epoch(Vm vm) {
        String text = vm.labels().getOrDefault(EPOCH, "");
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
    }

    /** A label's value for a text: itself where that is allowed, else what is left of it and a hash. */
    static String label(String text) {
        if (VALUE.matcher(text).matches()) {
            return text;
        }
        String rest = text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_-]+", "-");
        String hash = HexFormat.of().formatHex(sha256(text), 0, HASH / 2);
        return rest.substring(0, Math.min(rest.length(), MOST - HASH - 1)) + "-" + hash;
    }

    /** The same for the same arguments: what is sent again under it takes effect once. */
    String requestId(RunnerId runner, String zone, String what, long attempt) {
        byte[] hash = sha256(String.join("\n", fleet, runner.value(), zone, what, Long.toString(attempt)));
        ByteBuffer bytes = ByteBuffer.wrap(hash);
        long most = (bytes.getLong() & ~0xF000L) | 0x4000L; // version 4
        long least = (bytes.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L; // variant 2
        return new UUID(most, least).toString();
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
