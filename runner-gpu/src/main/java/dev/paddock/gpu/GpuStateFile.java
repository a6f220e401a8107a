package dev.paddock.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where failures by Xid errors outlive the process, until the host restarts. Thread-safe; only {@link #read} and
 * {@link #write} touch the disk.
 */
final class GpuStateFile {
    private static final Logger LOG = LoggerFactory.getLogger(GpuStateFile.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path path;
    private final String bootId;
    private final AtomicReference<@Nullable Map<String, Map<Long, Instant>>> next = new AtomicReference<>();
    private final AtomicBoolean writing = new AtomicBoolean();

    GpuStateFile(Path path, Path fsRoot) {
        this.path = path;
        this.bootId = bootId(fsRoot);
    }

    private static String bootId(Path fsRoot) {
        try {
            return Files.readString(fsRoot.resolve("proc/sys/kernel/random/boot_id"))
                    .trim();
        } catch (IOException | RuntimeException unknown) {
            return "";
        }
    }

    /**
     * What a former process has noted; nothing if the host was restarted since.
     *
     * @return for each GPU its errors by number, when they were last seen
     */
    Map<String, Map<Long, Instant>> read() {
        Map<String, Map<Long, Instant>> failed = new TreeMap<>();
        try {
            JsonNode root = JSON.readTree(Files.readString(path));
            if (bootId.isEmpty() || !root.path("bootId").asText().equals(bootId)) {
                LOG.info("the host was restarted: what is noted in {} of its GPUs counts no more", path);
                return Map.of();
            }
            root.path("failed").properties().forEach(gpu -> {
                Map<Long, Instant> xids = failed.computeIfAbsent(gpu.getKey(), id -> new TreeMap<>());
                gpu.getValue()
                        .properties()
                        .forEach(xid -> xids.put(
                                Long.valueOf(xid.getKey()),
                                Instant.parse(xid.getValue().asText())));
            });
        } catch (NoSuchFileException none) {
            LOG.debug("nothing is noted in {}", path);
        } catch (IOException | RuntimeException unreadable) {
            LOG.warn("what is noted of GPUs in {} cannot be read, and is left out: {}", path, unreadable.toString());
            return Map.of();
        }
        return failed;
    }

    /** What is to be written next; whatever waited to be written before it never is. */
    void note(Map<String, Map<Long, Instant>> failed) {
        next.set(failed);
    }

    /** Writes what was noted last. One thread at a time does, for the others too; so the newest is written last. */
    void write() {
        while (next.get() != null && writing.compareAndSet(false, true)) {
            try {
                Map<String, Map<Long, Instant>> failed = next.getAndSet(null);
                if (failed != null) {
                    write(failed);
                }
            } finally {
                writing.set(false);
            }
        }
    }

    private void write(Map<String, Map<Long, Instant>> failed) {
        ObjectNode root = JSON.createObjectNode().put("bootId", bootId);
        ObjectNode gpus = root.putObject("failed");
        failed.forEach((gpu, xids) -> {
            ObjectNode one = gpus.putObject(gpu);
            xids.forEach((number, at) -> one.put(String.valueOf(number), at.toString()));
        });
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        try {
            Files.writeString(fresh, root.toPrettyString());
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failure) {
            LOG.warn("failures of GPUs cannot be noted in {}: {}", path, failure.toString());
        }
    }
}
