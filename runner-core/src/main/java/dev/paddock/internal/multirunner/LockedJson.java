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
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A file that holds one JSON object, which any number of threads and processes may read and change. A change is decided
 * on what the file holds, written beside it, forced, and renamed: whenever the power goes, the old or the new content is
 * there, and whole. What a decision does not touch is kept, unknown keys too. Calls block. Thread-safe.
 */
public final class LockedJson {
    private static final int MOST_BYTES = 64 << 20;
    /** From here on a log is folded: what is left has room for a usual record. */
    private static final int LOG_FULL = ChangeLog.ROOM * 7 / 8;

    private static final int LOOKS = 5;
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final ObjectWriter LINE = JSON.writer();
    private static final ObjectWriter WRITER = JSON.writer(new DefaultPrettyPrinter()
            .withObjectIndenter(new DefaultIndenter("  ", "\n"))
            .withArrayIndenter(new DefaultIndenter("  ", "\n")));

    private final Path file;
    private final String what;
    private final int version;
    private final Mode mode;
    /** Asked once, for it costs more than a change; threads that ask at a time get the same. */
    private @Nullable Path target;
    /** What this instance left there; touched by whoever has the turn. */
    private @Nullable Known known;

    /** What becomes of a change. */
    public enum Mode {
        /** It survives a loss of power. */
        FORCED,
        /** It survives the end of the process. */
        UNFORCED,
        /** It survives a loss of power in a log beside the file, from which it is folded into the file later. */
        LOGGED
    }

    /** What makes out a file among those that had its name, and who may use it; null on systems that tell otherwise. */
    private record Identity(
            @Nullable Object key,
            long size,
            FileTime modified,
            @Nullable Set<PosixFilePermission> permissions) {
        static @Nullable Identity of(Path file) throws IOException {
            var posix = Files.getFileAttributeView(file, PosixFileAttributeView.class);
            try {
                BasicFileAttributes is =
                        posix == null ? Files.readAttributes(file, BasicFileAttributes.class) : posix.readAttributes();
                var permissions = is instanceof PosixFileAttributes it ? it.permissions() : null;
                return new Identity(is.fileKey(), is.size(), is.lastModifiedTime(), permissions);
            } catch (NoSuchFileException none) {
                return null;
            }
        }
    }

    /**
     * The content, where it is, and when it was so.
     *
     * @param mark of what the file itself holds
     * @param logEnd where the next record goes; 0 if the log holds nothing
     * @param folded the file holds what the log does
     */
    private record Content(@Nullable ObjectNode root, long mark, int logEnd, boolean folded) {
        static final Content NONE = new Content(null, 0, 0, false);
    }

    private record Known(long writes, @Nullable Identity identity, Content content) {}

    /**
     * What a decision leaves behind.
     *
     * @param result what the caller gets
     * @param content what the file is to hold; null leaves it as it is
     */
    public record Change<T>(T result, @Nullable ObjectNode content) {}

    private LockedJson(Path file, String what, int version, Mode mode) {
        this.file = file;
        this.what = what;
        this.version = version;
        this.mode = mode;
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
        return new LockedJson(file.toAbsolutePath(), what, version, Mode.FORCED);
    }

    /** The same file, whose changes are kept otherwise. */
    public LockedJson mode(Mode other) {
        return new LockedJson(file, what, version, other);
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
            return load(target()).root();
        } catch (NoSuchFileException none) {
            return null;
        } catch (IOException failure) {
            throw inaccessible("read", failure);
        }
    }

    /**
     * Changes the file while nobody else can.
     *
     * @param decide gets the content, null if there is no file; it is the object that was left at this instance's last
     *     change if nobody else changed the file. Must not keep it, nor change another such file. What it throws is
     *     thrown, and nothing is written
     * @return the decision's result, once the change is durable
     * @throws StateFileException if the file cannot be used, or could not be written
     */
    public <T> T change(Function<@Nullable ObjectNode, Change<T>> decide) {
        try {
            Path target = target();
            return FileGate.enter(beside(target, ".lock"), turn -> change(target, turn, decide));
        } catch (IOException failure) {
            throw inaccessible("changed", failure);
        }
    }

    private <T> T change(Path target, FileGate.Turn turn, Function<@Nullable ObjectNode, Change<T>> decide)
            throws IOException {
        Known last = known;
        known = null; // until all has gone well
        Identity identity = Identity.of(target);
        Known is = last != null && last.writes() == turn.writes() && Objects.equals(last.identity(), identity)
                ? last
                : looked(target, turn, identity);
        Content content = is.content();
        if (content.logEnd() > 0 && (mode != Mode.LOGGED || content.folded() || content.logEnd() > LOG_FULL)) {
            is = fold(target, turn, is);
            content = is.content();
        }
        Change<T> change = decide.apply(content.root());
        ObjectNode next = change.content();
        if (next == null) {
            return change.result();
        }
        if (mode == Mode.LOGGED && content.root() != null) {
            long writes = turn.count();
            int end = ChangeLog.append(target, content.logEnd(), content.mark(), LINE.writeValueAsBytes(next));
            known = new Known(writes, is.identity(), new Content(next, content.mark(), end, false));
        } else {
            known = write(target, turn, is.identity(), next, mode != Mode.UNFORCED);
        }
        return change.result();
    }

    /** Somebody was there: whoever may change the file may lock it from now on, whatever its creator's mask. */
    private Known looked(Path target, FileGate.Turn turn, @Nullable Identity identity) throws IOException {
        try {
            keepPermissions(target, beside(target, ".lock"));
        } catch (FileSystemException notOurs) {
            // it is for its owner to say
        }
        return new Known(turn.writes(), identity, load(target));
    }

    /** Puts what the log holds into the file, if it holds anything; only of a file with a log. */
    public void fold() {
        if (mode != Mode.LOGGED) {
            return;
        }
        try {
            Path target = target();
            FileGate.enter(beside(target, ".lock"), turn -> {
                var is = new Known(turn.writes(), Identity.of(target), load(target));
                return is.content().logEnd() > 0 ? fold(target, turn, is) : is;
            });
        } catch (IOException failure) {
            throw inaccessible("changed", failure);
        }
    }

    /** Durable in any mode, for what is in the log was promised to be. */
    private static Known fold(Path target, FileGate.Turn turn, Known is) throws IOException {
        ObjectNode root = is.content().root();
        if (root == null) {
            return is;
        }
        Known folded = write(target, turn, is.identity(), root, true);
        ChangeLog.empty(target);
        return folded;
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

    /**
     * What the log holds, or else the file. Without the turn the two may be looked at on either side of a fold, but not
     * time and again.
     */
    private Content load(Path target) throws IOException {
        for (int look = 0; look < LOOKS; look++) {
            ChangeLog.Last last = ChangeLog.last(target);
            byte[] bytes = bytes(target);
            if (last == null) {
                return bytes == null ? Content.NONE : new Content(parsed(bytes), ChangeLog.mark(bytes), 0, false);
            }
            ObjectNode root = parsed(last.bytes());
            if (bytes != null && last.mark() == ChangeLog.mark(bytes)) {
                return new Content(root, last.mark(), last.end(), false);
            }
            if (bytes != null && Arrays.equals(bytes, WRITER.writeValueAsBytes(root))) {
                return new Content(root, ChangeLog.mark(bytes), last.end(), true);
            }
        }
        throw foreign("somebody changed it, or took it away, while " + ChangeLog.of(target)
                + " held changes that were not in it yet; to go on from the file alone, move that log away");
    }

    private byte @Nullable [] bytes(Path from) throws IOException {
        try (FileChannel channel = FileChannel.open(from, StandardOpenOption.READ)) {
            if (channel.size() > MOST_BYTES) {
                throw foreign("it has " + channel.size() + " bytes, at most " + MOST_BYTES + " are read");
            }
            return bytes(channel);
        } catch (NoSuchFileException none) {
            return null;
        }
    }

    static byte[] bytes(FileChannel channel) throws IOException {
        byte[] bytes = new byte[(int) channel.size()];
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining() && channel.read(rest) >= 0) {
            // A file that somebody shortens meanwhile ends in zeros, and is found damaged.
        }
        return bytes;
    }

    private ObjectNode parsed(byte[] bytes) throws IOException {
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
        return text(content, WRITER);
    }

    /** A document as it stands in a log. */
    static String line(ObjectNode content) {
        return text(content, LINE);
    }

    private static String text(ObjectNode content, ObjectWriter as) {
        try {
            return as.writeValueAsString(content);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a tree of plain values was not written", impossible);
        }
    }

    // ---- writing ---------------------------------------------------------------------------------------------

    /** Returns what is there now, as it was before it got the file's name: by then others may replace it. */
    private static Known write(
            Path target, FileGate.Turn turn, @Nullable Identity old, ObjectNode content, boolean forced)
            throws IOException {
        long writes = turn.count();
        byte[] bytes = WRITER.writeValueAsBytes(content);
        Path aside = beside(target, ".new");
        Identity made;
        try (FileChannel channel = FileChannel.open(
                aside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ChangeLog.write(channel, ByteBuffer.wrap(bytes), 0);
            made = keepPermissions(old, aside);
            if (forced) {
                channel.force(true);
            }
        }
        Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (forced) {
            forceFolder(target);
        }
        return new Known(writes, made, new Content(content, ChangeLog.mark(bytes), 0, false));
    }

    /** Several users may share the file: what is beside it is open to those that it is open to. */
    static void keepPermissions(Path old, Path made) throws IOException {
        keepPermissions(Identity.of(old), made);
    }

    /** Returns what was made. */
    private static @Nullable Identity keepPermissions(@Nullable Identity old, Path made) throws IOException {
        Identity is = Identity.of(made);
        if (old == null
                || is == null
                || old.permissions() == null
                || old.permissions().equals(is.permissions())) {
            return is;
        }
        Files.setPosixFilePermissions(made, old.permissions());
        return new Identity(is.key(), is.size(), is.modified(), old.permissions());
    }

    static void forceFolder(Path target) throws IOException {
        Path folder = target.getParent();
        if (folder == null || File.separatorChar == '\\') {
            return; // Windows opens no folder, and writes its changes in order
        }
        try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        }
    }
}
