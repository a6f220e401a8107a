package dev.paddock.internal.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A buffer that grows and is used again. Outside the heap, so that a channel need not copy it. Not thread-safe. */
final class Bytes {
    private static final int FIRST_SIZE = 16 * 1024;

    private ByteBuffer buffer = ByteBuffer.allocateDirect(FIRST_SIZE);

    void clear() {
        buffer.clear();
    }

    int size() {
        return buffer.position();
    }

    void putByte(byte value) {
        room(Byte.BYTES);
        buffer.put(value);
    }

    void putInt(int value) {
        room(Integer.BYTES);
        buffer.putInt(value);
    }

    void putLong(long value) {
        room(Long.BYTES);
        buffer.putLong(value);
    }

    void putText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        room(Integer.BYTES + bytes.length);
        buffer.putInt(bytes.length);
        buffer.put(bytes);
    }

    void putBytes(byte[] bytes) {
        room(bytes.length);
        buffer.put(bytes);
    }

    /** Replaces an integer put before. */
    void setInt(int position, int value) {
        buffer.putInt(position, value);
    }

    /** What was put from a position on; valid until the next put. */
    ByteBuffer from(int position) {
        ByteBuffer view = buffer.duplicate();
        view.flip();
        view.position(position);
        return view;
    }

    byte[] toArray() {
        byte[] copy = new byte[size()];
        from(0).get(copy);
        return copy;
    }

    private void room(int more) {
        if (buffer.remaining() < more) {
            long wanted = Math.max(2L * buffer.capacity(), (long) buffer.position() + more);
            ByteBuffer larger = ByteBuffer.allocateDirect(Math.toIntExact(wanted));
            buffer.flip();
            larger.put(buffer);
            buffer = larger;
        }
    }
}
