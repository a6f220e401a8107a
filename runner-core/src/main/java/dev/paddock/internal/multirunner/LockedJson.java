package dev.paddock.internal.multirunner;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.error.StateFileException;
import dev.paddock.error.StateFileException.Reason;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A file that holds one JSON object, which any number of threads and processes may read and change. A change is decided
 * on what the file holds, written beside it, forced, and renamed: whenever the power goes, the old or the new content is
 * there, and whole. What a decision does not touch is kept, unknown keys too. Calls block. Thread-safe.
 */
public final class LockedJson {
    private static final int MOST_BYTES = 64 << 20;
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final ObjectWriter WRITER = JSON.writer(new DefaultPrettyPrinter()
            .withObjectIndenter(new DefaultIndenter("  ", "\n"))
            .withArrayIndenter(new DefaultIndenter("  ", "\n")));

    private final Path file;
    private final String what;
    private final int version;
    private final boolean forced;
    /** Asked once, for it costs more than a change; threads that ask at a time get the same. */
    private @Nullable Path target;

    /**
     * What a decision leaves behind.
     *
     * @param result what the caller gets
     * @param content what the file is to hold; null leaves it as it is
     */
    public record Change<T>(T result, @Nullable ObjectNode content) {}

    private LockedJson(Path file, String what, int version, boolean forced) {
        this.file = file;
        this.what = what;
        this.version = version;
        this.forced = forced;
    }

    /**
     * Names a file; nothing is opened.
     *
     * @param file need not exist, its folder must by the first change
     * @param what the file in words for messages, such as {@code state file}
     * @param version the newest content that this program knows; a larger number under the key {@code version} is
     *     refused, none is taken as known
     */
    public static LockedJson of(Path file, String what, int version) {
        return new LockedJson(file.toAbsolutePath(), what, version, true);
    }

    /** The same file, whose changes survive the end of the process but perhaps not a loss of power. */
    public LockedJson unforced() {
        return new LockedJson(file, what, version, false);
    }

    /** Where it is. */
    public Path file() {
        return file;
    }

    // ---- reading and changing --------------------------------------------------------------------------------

    /**
     * What the file holds now; changes nothing and waits for nobody.
     *
     * @return a copy; null if there is no file
     * @throws StateFileException if it cannot be used
     */
    public @Nullable ObjectNode read() {
        try {
            return content(file);
        } catch (IOException failure) {
            throw inaccessible("read", failure);
        }
    }

    /**
     * Changes the file while nobody else can.
     *
     * @param decide gets a copy of the content, null if there is no file; must not change another such file. What it
     *     throws is thrown, and nothing is written
     * @return the decision's result, once the change is durable
     * @throws StateFileException if the file cannot be used, or could not be written
     */
    public <T> T change(Function<@Nullable ObjectNode, Change<T>> decide) {
        try {
            Path target = target();
            return FileGate.enter(beside(target, ".lock"), () -> {
                Change<T> change = decide.apply(content(target));
                if (change.content() != null) {
                    write(target, change.content());
                }
                return change.result();
            });
        } catch (IOException failure) {
            throw inaccessible("changed", failure);
        }
    }

    /** Behind links, so that all who change it meet at one lock, and a link is not replaced by a file. */
    private Path target() throws IOException {
        Path known = target;
        if (known == null) {
            known = resolved();
            target = known;
        }
        return known;
    }

    private Path resolved() throws IOException {
        if (Files.isSymbolicLink(file)) {
            return file.toRealPath();
        }
        Path folder = file.getParent();
        Path name = file.getFileName();
        if (folder == null || name == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(file.toString(), null, "its folder does not exist; make it first");
        }
        return folder.toRealPath().resolve(name);
    }

    static Path beside(Path target, String suffix) {
        return target.resolveSibling(target.getFileName() + suffix);
    }

    // ---- content ---------------------------------------------------------------------------------------------

    private @Nullable ObjectNode content(Path from) throws IOException {
        byte[] bytes;
        try (FileChannel channel = FileChannel.open(from, StandardOpenOption.READ)) {
            if (channel.size() > MOST_BYTES) {
                throw foreign("it has " + channel.size() + " bytes, at most " + MOST_BYTES + " are read");
            }
            bytes = new byte[(int) channel.size()];
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining() && channel.read(rest) >= 0) {
                // A file that somebody shortens meanwhile ends in zeros, and is found damaged.
            }
        } catch (NoSuchFileException none) {
            return null;
        }
        if (bytes.length == 0) {
            throw problem(Reason.DAMAGED, "it is empty", null);
        }
        JsonNode root;
        try {
            root = JSON.readTree(bytes);
        } catch (JsonProcessingException torn) {
            throw problem(
                    Reason.DAMAGED,
                    "it is no whole JSON: " + torn.getOriginalMessage() + " at line "
                            + torn.getLocation().getLineNr() + ", column "
                            + torn.getLocation().getColumnNr(),
                    torn);
        }
        if (!(root instanceof ObjectNode object)) {
            throw foreign("it holds no JSON object");
        }
        checkVersion(object);
        return object;
    }

    private void checkVersion(ObjectNode object) {
        JsonNode is = object.get("version");
        if (is == null) {
            return;
        }
        if (!is.isIntegralNumber()) {
            throw foreign("its version is " + is + ", not a whole number");
        }
        if (!is.canConvertToInt() || is.intValue() > version) {
            throw new StateFileException(
                    file,
                    Reason.NEWER,
                    "the " + what + " " + file + " is of version " + is + ", and this program knows " + version
                            + " at most; it was left as it is. Use the program that wrote it, or a newer one.",
                    null);
        }
    }

    /**
     * Says that the content is not what it should be.
     *
     * @param problem such as {@code runners[0].id is missing}
     */
    public StateFileException foreign(String problem) {
        return problem(Reason.FOREIGN, problem, null);
    }

    private StateFileException problem(Reason reason, String problem, @Nullable Throwable cause) {
        return new StateFileException(
                file,
                reason,
                "the " + what + " " + file + " cannot be used: " + problem + "; it was left as it is. Correct it,"
                        + " restore a copy, or move it away to begin anew.",
                cause);
    }

    private StateFileException inaccessible(String verb, IOException failure) {
        return new StateFileException(
                file,
                Reason.NOT_ACCESSIBLE,
                "the " + what + " " + file + " could not be " + verb + ": " + failure,
                failure);
    }

    /** A document as all files here are written; ends without a line feed. */
    public static String text(ObjectNode content) {
        try {
            return WRITER.writeValueAsString(content);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a tree of plain values was not written", impossible);
        }
    }

    // ---- writing ---------------------------------------------------------------------------------------------

    private void write(Path target, ObjectNode content) throws IOException {
        byte[] bytes = WRITER.writeValueAsBytes(content);
        Path aside = beside(target, ".new");
        try (FileChannel channel = FileChannel.open(
                aside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            keepPermissions(target, aside);
            if (forced) {
                channel.force(true);
            }
        }
        Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (forced) {
            forceFolder(target);
        }
    }

    /** Several users may share the file: the new one is open to those that the old one was open to. */
    private static void keepPermissions(Path old, Path made) throws IOException {
        var had = Files.getFileAttributeView(old, PosixFileAttributeView.class);
        var has = Files.getFileAttributeView(made, PosixFileAttributeView.class);
        if (had == null || has == null) {
            return;
        }
        try {
            var wanted = had.readAttributes().permissions();
            if (!wanted.equals(has.readAttributes().permissions())) {
                has.setPermissions(wanted);
            }
        } catch (NoSuchFileException first) {
            // there was none
        }
    }

    private static void forceFolder(Path target) throws IOException {
        Path folder = target.getParent();
        if (folder == null || File.separatorChar == '\\') {
            return; // Windows opens no folder, and writes its changes in order
        }
        try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        }
    }
}
