package dev.paddock.internal.capacity;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Reading;
import dev.paddock.error.HostFileException;
import dev.paddock.internal.multirunner.Fields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A host from a file. */
public final class HostFileReader {
    private static final long MOST_BYTES = 16L << 20;
    /** In cores. */
    private static final int MOST_CORES = 65_536;
    /** Larger than any host has; a size in another unit is beyond it. */
    private static final long MOST_MEMORY = 1L << 50;

    private static final long MOST_DISK = 1L << 56;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Fields root;
    private final List<String> notes = new ArrayList<>();

    private HostFileReader(Fields root) {
        this.root = root;
    }

    /** As {@link dev.paddock.capacity.HostFile#read}. */
    public static HostInventory read(Path file) {
        JsonNode root;
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw wrong(file, "it has " + Files.size(file) + " bytes, at most " + MOST_BYTES + " are read", null);
            }
            root = JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException broken) {
            throw wrong(
                    file,
                    "it is no JSON: " + broken.getOriginalMessage() + " at line "
                            + broken.getLocation().getLineNr() + ", column "
                            + broken.getLocation().getColumnNr(),
                    broken);
        } catch (IOException unreadable) {
            throw wrong(file, "it cannot be read: " + unreadable, unreadable);
        }
        if (!(root instanceof ObjectNode object)) {
            throw wrong(file, "it must hold one JSON object", null);
        }
        return new HostFileReader(new Fields(object, "", problem -> wrong(file, problem, null))).host();
    }

    private static HostFileException wrong(Path file, String problem, @Nullable Throwable cause) {
        return new HostFileException(
                file,
                "the host file " + file + " cannot be used: " + problem + ". docs/host-file.md lists the keys.",
                cause);
    }

    private HostInventory host() {
        root.only("takenAt", "platform", "cpu", "cores", "memory", "disk", "gpus", "architectures", "notes");
        notes.addAll(root.texts("notes"));
        Instant takenAt = Instant.ofEpochMilli(root.moment("takenAt", 0));
        // What other architectures it runs does not bear on capacity, and is not described.
        return new HostInventory(
                takenAt,
                platform(),
                cpu(),
                memory(),
                disk(),
                new HostFileGpus(root).devices(MOST_MEMORY),
                List.of(),
                notes);
    }

    private HostInventory.Platform platform() {
        Fields from = root.object("platform");
        if (from == null) {
            return new HostInventory.Platform("", "", "", "");
        }
        from.only("name", "version", "architecture", "bootId");
        return new HostInventory.Platform(
                from.text("name", ""), from.text("version", ""), from.text("architecture", ""), "");
    }

    private HostInventory.Cpu cpu() {
        Fields from = root.object("cpu");
        if (from != null && root.has("cores")) {
            throw root.wrong("cores", "left out where there is cpu");
        }
        if (from != null) {
            from.only("name", "physical", "logical", "effective", "limit");
            return new HostInventory.Cpu(
                    from.text("name", ""),
                    from.reading("physical", 1, MOST_CORES),
                    from.reading("logical", 1, MOST_CORES),
                    required(from, "effective", MOST_CORES * 1000L),
                    from.text("limit", ""));
        }
        if (!root.has("cores")) {
            throw root.wrong("cores", "a number from 0.001 to " + MOST_CORES + ", or cpu an object");
        }
        double cores = root.decimal("cores", 0, 0.001, MOST_CORES);
        Reading whole = Reading.of((long) Math.ceil(cores));
        return new HostInventory.Cpu("", Reading.notSupported(), whole, Reading.of(Math.round(cores * 1000)), "");
    }

    private static Reading required(Fields from, String key, long most) {
        if (!from.has(key)) {
            throw from.wrong(key, "a whole number from 1 to " + most);
        }
        return from.reading(key, 1, most);
    }

    private HostInventory.Memory memory() {
        if (!root.has("memory")) {
            throw root.wrong("memory", "a size from 1 to " + MOST_MEMORY + " bytes, or an object");
        }
        if (!root.isObject("memory")) {
            Reading all = root.size("memory", 1, MOST_MEMORY);
            return new HostInventory.Memory(all, all, all, all, "");
        }
        Fields from = root.required("memory");
        from.only("total", "available", "effectiveTotal", "effectiveAvailable", "limit");
        Reading total = from.size("total", 1, MOST_MEMORY);
        Reading available = from.has("available") ? from.size("available", 0, MOST_MEMORY) : total;
        Reading effective = from.has("effectiveTotal") ? from.size("effectiveTotal", 1, MOST_MEMORY) : total;
        Reading free = from.has("effectiveAvailable") ? from.size("effectiveAvailable", 0, MOST_MEMORY) : available;
        if (available.orElse(0) > total.orElse(MOST_MEMORY)) {
            throw from.wrong("available", "at most the total, " + total);
        }
        if (free.orElse(0) > effective.orElse(MOST_MEMORY)) {
            throw from.wrong(from.has("effectiveAvailable") ? "effectiveAvailable" : "available", "at most the total");
        }
        return new HostInventory.Memory(total, available, effective, free, from.text("limit", ""));
    }

    private HostInventory.Disk disk() {
        Path none = Path.of("");
        if (!root.has("disk")) {
            return HostInventory.Disk.unknown(none, Reading.notSupported());
        }
        Reading unknown = Reading.notSupported();
        if (!root.isObject("disk")) {
            Reading all = root.size("disk", 1, MOST_DISK);
            return new HostInventory.Disk(none, none, "", all, all, unknown, unknown);
        }
        Fields from = root.required("disk");
        from.only("folder", "measuredAt", "total", "usable", "inodes", "freeInodes");
        Reading total = from.size("total", 1, MOST_DISK);
        Reading usable = from.has("usable") ? from.size("usable", 0, MOST_DISK) : total;
        if (usable.orElse(0) > total.orElse(MOST_DISK)) {
            throw from.wrong("usable", "at most the total, " + total);
        }
        return new HostInventory.Disk(
                from.checked(() -> Path.of(from.text("folder", ""))),
                from.checked(() -> Path.of(from.text("measuredAt", ""))),
                "",
                total,
                usable,
                from.reading("inodes", 0, Long.MAX_VALUE),
                from.reading("freeInodes", 0, Long.MAX_VALUE));
    }
}
