package dev.paddock.internal.journal;

import dev.paddock.error.JournalException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A disk that loses power before a chosen operation. What survives is what finished forces covered; of the rest, any
 * part of any write, and any number of the last changes of names.
 */
class LossyStorage implements Storage {
    /** The power is gone; nothing after it happens. */
    static final class PowerLoss extends Error {
        private static final long serialVersionUID = 1;

        PowerLoss() {
            super("the power is gone", null, false, false);
        }
    }

    private record Write(int position, byte[] bytes) {}

    private static final class Content {
        private byte[] durable = {};
        private byte[] current = {};
        private final List<Write> unforced = new ArrayList<>();

        void write(int position, byte[] bytes) {
            current = written(current, position, bytes);
            unforced.add(new Write(position, bytes));
        }

        void force() {
            durable = current.clone();
            unforced.clear();
        }

        Content survivor(RandomGenerator chance) {
            var left = new Content();
            left.durable = durable;
            int grain = 1 << chance.nextInt(10);
            for (Write write : unforced) {
                for (int at = 0; at < write.bytes.length; at += grain) {
                    if (chance.nextBoolean()) {
                        byte[] part = Arrays.copyOfRange(write.bytes, at, Math.min(write.bytes.length, at + grain));
                        left.durable = written(left.durable, write.position + at, part);
                    }
                }
            }
            left.current = left.durable.clone();
            return left;
        }

        private static byte[] written(byte[] old, int position, byte[] bytes) {
            byte[] all = Arrays.copyOf(old, Math.max(old.length, position + bytes.length));
            System.arraycopy(bytes, 0, all, position, bytes.length);
            return all;
        }
    }

    private final Map<String, Content> names = new LinkedHashMap<>();
    private final Map<String, Content> durableNames = new LinkedHashMap<>();
    private final List<Runnable> unforcedNames = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private Predicate<String> ignored = force -> false;
    private int operationsLeft = Integer.MAX_VALUE;
    private boolean failing;
    private boolean dead;
    private boolean claimed;
    private @Nullable Content ours;

    /** Goes through so many more operations, then loses power. */
    LossyStorage losingPowerAfter(int operations) {
        operationsLeft = operations;
        return this;
    }

    /** Says that it has forced, and has not, where the force of a file, or of the {@code folder}, is to be left out. */
    LossyStorage ignoring(Predicate<String> forces) {
        ignored = forces;
        return this;
    }

    /** Whether every operation fails from now on, as on a full disk. */
    void failing(boolean failing) {
        this.failing = failing;
    }

    /** What was done, an operation each. */
    List<String> log() {
        return log;
    }

    boolean lostPower() {
        return dead;
    }

    /** What is found when the power is back. */
    LossyStorage survivor(RandomGenerator chance) {
        var left = new LossyStorage();
        left.ignored = ignored;
        int lucky = unforcedNames.isEmpty() ? 0 : chance.nextInt(unforcedNames.size() + 1);
        unforcedNames.subList(0, lucky).forEach(Runnable::run);
        Map<Content, Content> copies = new LinkedHashMap<>();
        durableNames.forEach(
                (name, content) -> left.names.put(name, copies.computeIfAbsent(content, one -> one.survivor(chance))));
        left.durableNames.putAll(left.names);
        return left;
    }

    private void operation(String what) throws IOException {
        if (dead || operationsLeft-- <= 0) {
            dead = true;
            throw new PowerLoss();
        }
        if (failing) {
            throw new IOException("no space left on device");
        }
        log.add(what);
    }

    @Override
    public @Nullable ByteBuffer read(String name) {
        Content content = names.get(name);
        return content == null ? null : ByteBuffer.wrap(content.current.clone());
    }

    @Override
    public void create(String name, long size) throws IOException {
        operation("create " + name);
        var made = new Content();
        ours = made;
        names.put(name, made);
        unforcedNames.add(() -> durableNames.put(name, made));
        made.write(0, new byte[(int) size]);
    }

    @Override
    public void write(String name, long position, ByteBuffer bytes) throws IOException {
        operation("write " + name);
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        content(name).write((int) position, copy);
    }

    private Content content(String name) throws IOException {
        Content content = names.get(name);
        if (content == null) {
            throw new IOException("no file " + name);
        }
        return content;
    }

    @Override
    public void force(String name) throws IOException {
        operation("force " + name);
        if (!ignored.test(name)) {
            content(name).force();
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        operation("rename " + from);
        Content content = content(from);
        names.remove(from);
        names.put(to, content);
        unforcedNames.add(() -> {
            durableNames.remove(from);
            durableNames.put(to, content);
        });
    }

    @Override
    public void forceFolder() throws IOException {
        operation("force folder");
        if (!ignored.test("folder")) {
            unforcedNames.forEach(Runnable::run);
            unforcedNames.clear();
        }
    }

    @Override
    public boolean isOurs(String name) {
        return names.get(name) == ours;
    }

    Storage claim() {
        if (claimed) {
            throw new JournalException("another coordinator holds the disk", true, null);
        }
        claimed = true;
        return this;
    }

    @Override
    public void close() {
        claimed = false;
    }
}
