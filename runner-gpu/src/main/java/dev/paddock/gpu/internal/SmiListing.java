package dev.paddock.gpu.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code nvidia-smi -L} prints: the only text that tells the UUIDs and profiles of MIG devices. */
final class SmiListing {
    private static final Pattern GPU =
            Pattern.compile("\\s*GPU\\s+(\\d{1,6}):\\s*(.*?)\\s*\\(UUID:\\s*(GPU-[^)\\s]{1,91})\\)\\s*");
    private static final Pattern MIG = Pattern.compile(
            "\\s*MIG\\s+(\\S{1,40})\\s+Device\\s+(\\d{1,6}):\\s*\\(UUID:\\s*(MIG-[^)\\s]{1,120})\\)\\s*");
    /** Before driver 470: the parent's UUID, the GPU instance and the compute instance. */
    private static final Pattern OLD = Pattern.compile("MIG-(GPU-[^/]+)/(\\d{1,6})/(\\d{1,6})");

    private SmiListing() {}

    /**
     * A MIG device as listed.
     *
     * @param uuid {@code MIG-…}
     * @param profile such as {@code 1g.10gb}
     * @param index its place on its GPU
     * @param gpuInstance -1 unless the UUID tells
     * @param computeInstance -1 unless the UUID tells
     */
    record Part(String uuid, String profile, int index, int gpuInstance, int computeInstance) {}

    /** The MIG devices by the UUID of their GPU; a GPU without any has an empty list. */
    static Map<String, List<Part>> parse(String text) {
        Map<String, List<Part>> parts = new LinkedHashMap<>();
        List<Part> current = new ArrayList<>();
        for (String line : text.lines().limit(10_000).toList()) {
            if (line.length() > 1000) {
                continue;
            }
            Matcher gpu = GPU.matcher(line);
            Matcher mig = MIG.matcher(line);
            if (gpu.matches()) {
                current = parts.computeIfAbsent(gpu.group(3), uuid -> new ArrayList<>());
            } else if (mig.matches()) {
                Matcher old = OLD.matcher(mig.group(3));
                boolean tells = old.matches();
                List<Part> owner = tells ? parts.computeIfAbsent(old.group(1), uuid -> new ArrayList<>()) : current;
                owner.add(new Part(
                        mig.group(3),
                        mig.group(1),
                        Integer.parseInt(mig.group(2)),
                        tells ? Integer.parseInt(old.group(2)) : -1,
                        tells ? Integer.parseInt(old.group(3)) : -1));
            } else if (line.stripLeading().startsWith("GPU")) {
                // A GPU that cannot be named: what follows is not its predecessor's.
                current = new ArrayList<>();
            }
        }
        return parts;
    }
}
