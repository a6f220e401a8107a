package dev.paddock.github.runner;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which process runs the fleet of a root, or the runner of a folder, in a file there. */
final class OwnerFile {
    private static final Logger LOG = LoggerFactory.getLogger(OwnerFile.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path root;
    private final String name;

    OwnerFile(Path root) {
        this(root, ".owner");
    }

    OwnerFile(Path root, String name) {
        this.root = root;
        this.name = name;
    }

    Path file() {
        return root.resolve(name);
    }

    /** Empty if there is none, or what is there names no process: then nobody is known to run it. */
    Optional<Birth> read() throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file());
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
        try {
            JsonNode node = JSON.readTree(bytes);
            return Optional.of(new Birth(
                    node.required("pid").longValue(),
                    Instant.parse(node.required("started").asText()),
                    node.path("ticks").asText()));
        } catch (IOException | IllegalArgumentException | DateTimeException malformed) {
            LOG.warn("{} names no process, and is left out of account: {}", file(), malformed.getMessage());
            return Optional.empty();
        }
    }

    /** Replaces the file as a whole. */
    void write(Birth birth) throws IOException {
        Path draft = root.resolve(name + "." + birth.pid() + ".tmp");
        Files.deleteIfExists(draft);
        byte[] bytes = JSON.writeValueAsBytes(JSON.createObjectNode()
                .put("pid", birth.pid())
                .put("started", birth.started().toString())
                .put("ticks", birth.ticks()));
        try (var channel = Files.newByteChannel(
                draft,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                FolderTree.only(root, "rw-------"))) {
            channel.write(ByteBuffer.wrap(bytes));
        }
        Files.move(draft, file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Unless another process has taken over meanwhile. */
    void deleteIf(Birth birth) {
        try {
            if (read().filter(birth::equals).isPresent()) {
                Files.deleteIfExists(file());
            }
        } catch (IOException failure) {
            LOG.warn("{} cannot be deleted: {}", file(), failure.toString());
        }
    }
}
