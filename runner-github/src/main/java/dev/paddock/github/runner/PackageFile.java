package dev.paddock.github.runner;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The part of a package that has come, and the digest of what is whole. Used by one download, call after call. */
final class PackageFile {
    private static final int PIECE = 1 << 16;

    private final Path file;
    private final AtomicLong received = new AtomicLong();

    PackageFile(Path file) {
        this.file = file;
    }

    Path file() {
        return file;
    }

    /** How much is there; 0 if nothing is. */
    long size() {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException unreadable) {
            return 0;
        }
    }

    /** How much has come in all, to see that something comes. */
    long received() {
        return received.get();
    }

    void clear() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Takes what comes, after what is there or in its place. */
    BodySubscriber<Void> receive(boolean after) {
        return new Receiver(after);
    }

    /** In hexadecimal digits. */
    static String sha256(Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer piece = ByteBuffer.allocate(PIECE);
            while (channel.read(piece) >= 0) {
                digest.update(piece.flip());
                piece.clear();
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    void force() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private final class Receiver implements BodySubscriber<Void> {
        private final boolean after;
        private final CompletableFuture<Void> body = new CompletableFuture<>();
        private @Nullable FileChannel channel;
        private @Nullable Subscription subscription;

        Receiver(boolean after) {
            this.after = after;
        }

        @Override
        public CompletionStage<Void> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Subscription given) {
            subscription = given;
            try {
                channel = FileChannel.open(
                        file,
                        after
                                ? Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                                : Set.of(
                                        StandardOpenOption.CREATE,
                                        StandardOpenOption.WRITE,
                                        StandardOpenOption.TRUNCATE_EXISTING),
                        FolderTree.only(file, "rw-------"));
                given.request(1);
            } catch (IOException failure) {
                given.cancel();
                body.completeExceptionally(failure);
            }
        }

        @Override
        public void onNext(List<ByteBuffer> pieces) {
            FileChannel open = channel;
            Subscription from = subscription;
            if (open == null || from == null || body.isDone()) {
                return;
            }
            try {
                for (ByteBuffer piece : pieces) {
                    received.addAndGet(piece.remaining());
                    while (piece.hasRemaining()) {
                        open.write(piece);
                    }
                }
                from.request(1);
            } catch (IOException failure) {
                from.cancel();
                Path folder = file.toAbsolutePath().getParent();
                end(NoRoomException.orAsIs(failure, folder == null ? file : folder, "of a package came", size()));
            }
        }

        @Override
        public void onError(Throwable failure) {
            end(failure);
        }

        @Override
        public void onComplete() {
            end(null);
        }

        private void end(@Nullable Throwable failure) {
            Throwable end = failure;
            try {
                if (channel != null) {
                    channel.close();
                }
            } catch (IOException unwritten) {
                end = end == null ? unwritten : end;
            }
            if (end == null) {
                body.complete(null);
            } else {
                body.completeExceptionally(end);
            }
        }
    }
}
