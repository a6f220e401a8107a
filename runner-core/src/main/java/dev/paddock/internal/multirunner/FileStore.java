package dev.paddock.internal.multirunner;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.internal.multirunner.LockedJson.Change;
import dev.paddock.multirunner.Expiry;
import dev.paddock.multirunner.PoolStatus;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A roster in a file that other processes change too: read, decided on and written with each change. */
public final class FileStore implements RosterStore {
    private final LockedJson file;
    private final RosterCodec codec;
    private final InstantSource time;
    /** What the last change left, and the content that it was written to; touched in a change only. */
    private @Nullable Roster lastRoster;

    private @Nullable ObjectNode lastContent;

    private record Done<T>(Supplier<T> result, List<TaskProcess.Signal> signals) {}

    /** {@code timeout} in minutes, {@code recovery} in milliseconds. */
    public FileStore(Path file, LockedJson.Mode mode, OptionalLong timeout, long recovery, InstantSource time) {
        this.file = LockedJson.of(file, "state file", RosterCodec.VERSION).mode(mode);
        this.codec = new RosterCodec(timeout, recovery);
        this.time = time;
    }

    private @Nullable Roster roster(@Nullable ObjectNode content) {
        return content == null ? null : codec.read(content, file::foreign);
    }

    private Roster present(@Nullable ObjectNode content) {
        Roster roster = roster(content);
        if (roster == null) {
            throw RosterStore.notInitialised(file.file().toString());
        }
        return roster;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the very tree that the roster was written to
    public <T> T change(Verb<T> verb) {
        Done<T> done = file.change(content -> {
            Roster known = content == null || content != lastContent ? null : lastRoster;
            lastRoster = null; // until all has gone well
            Roster roster = known == null ? present(content) : known;
            long now = time.millis();
            Expiry due = roster.tick(now);
            var result = new Done<>(RosterStore.outcome(verb, roster, now, due), roster.takeSignals());
            if (content == null || !roster.changed) {
                return new Change<>(result, null);
            }
            roster.changed = false;
            lastContent = codec.write(roster, content, now);
            lastRoster = roster;
            return new Change<>(result, lastContent);
        });
        done.signals().forEach(TaskProcess.Signal::send);
        return done.result().get();
    }

    @Override
    public PoolStatus status() {
        return present(file.read()).status();
    }

    @Override
    public void fold() {
        file.fold();
    }

    @Override
    public boolean exists() {
        return file.read() != null;
    }

    @Override
    public void begin(Begin begin, boolean force) {
        file.change(content -> {
            lastRoster = null; // the content that it was written to is about to hold another
            lastContent = null;
            RosterStore.checkNoTasks(roster(content), force);
            ObjectNode to = content == null ? JsonNodeFactory.instance.objectNode() : content;
            return new Change<>("", codec.write(begin.roster(), to, time.millis()));
        });
    }
}
