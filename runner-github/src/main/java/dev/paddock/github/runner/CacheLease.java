package dev.paddock.github.runner;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.RunnerId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * What a runner leaves in a cache that it may use.
 *
 * @param runner who it is
 * @param folder the runner's folder; with the name it is what all of its processes are marked with
 * @param keeper the program that started it, or has found it again, and takes the lease away; empty once that has let go
 * @param world where pids mean what they mean to the one who wrote this; empty if it could not be told
 */
record CacheLease(RunnerId runner, Path folder, Optional<Birth> keeper, String world) {
    static final String SUFFIX = ".lease";
    /** In another container or on another host nobody can be looked for: so long a lease is believed by itself. */
    static final Duration BELIEVED = Duration.ofHours(1);

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The namespace of our pids, of this boot of this host. */
    static String ourWorld() {
        try {
            String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id"), StandardCharsets.US_ASCII);
            return boot.strip() + "/" + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
        } catch (IOException | UnsupportedOperationException notLinux) {
            return "";
        }
    }

    /** One file for each runner, whoever keeps it. */
    String fileName() {
        CRC32C sum = new CRC32C();
        sum.update(folder.toString().getBytes(StandardCharsets.UTF_8));
        return runner.value() + "." + Long.toHexString(sum.getValue()) + SUFFIX;
    }

    byte[] toBytes() throws IOException {
        ObjectNode node = JSON.createObjectNode();
        node.put("runner", runner.value()).put("folder", folder.toString()).put("world", world);
        keeper.ifPresent(birth -> node.put("pid", birth.pid())
                .put("started", birth.started().toString())
                .put("ticks", birth.ticks()));
        return JSON.writeValueAsBytes(node);
    }

    static CacheLease of(byte[] bytes) throws IOException {
        try {
            JsonNode node = JSON.readTree(bytes);
            Optional<Birth> keeper = node.has("pid")
                    ? Optional.of(new Birth(
                            node.required("pid").longValue(),
                            Instant.parse(node.required("started").textValue()),
                            node.path("ticks").asText()))
                    : Optional.empty();
            return new CacheLease(
                    new RunnerId(node.required("runner").textValue()),
                    Path.of(node.required("folder").textValue()),
                    keeper,
                    node.path("world").asText());
        } catch (IllegalArgumentException | DateTimeException | NullPointerException incomplete) {
            throw new IOException("not a lease: " + incomplete.getMessage(), incomplete);
        }
    }

    /**
     * Whether the runner may still be at work. In doubt it is.
     *
     * @param age since the lease was last confirmed
     */
    boolean lives(ProcessTable processes, Duration age) {
        String here = ourWorld();
        if (!world.equals(here)) {
            return age.compareTo(BELIEVED) < 0;
        }
        if (keeper.flatMap(processes::find).isPresent()) {
            return true;
        }
        if (here.isEmpty()) { // no marks can be read: the record beside the folder goes when the runner has
            return Files.exists(folder.resolveSibling(folder.getFileName() + ".json"));
        }
        return !processes.marked(Launcher.marks(runner, folder)).isEmpty();
    }
}
