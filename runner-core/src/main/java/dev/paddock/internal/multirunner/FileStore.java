package dev.paddock.internal.multirunner;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.internal.multirunner.LockedJson.Change;
import dev.paddock.multirunner.PoolStatus;
import dev.paddock.multirunner.TaskEnd;
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

    private record Done<T>(Supplier<T> result, List<TaskProcess.Signal> signals) {}

    /** {@code timeout} in minutes, {@code recovery} in milliseconds. */
    public FileStore(Path file, boolean forced, OptionalLong timeout, long recovery, InstantSource time) {
        LockedJson json = LockedJson.of(file, "state file", RosterCodec.VERSION);
        this.file = forced ? json : json.unforced();
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
    public <T> T change(Verb<T> verb) {
        Done<T> done = file.change(content -> {
            Roster roster = present(content);
            long now = time.millis();
            List<TaskEnd> overdue = roster.tick(now);
            var result = new Done<>(RosterStore.outcome(verb, roster, now, overdue), roster.takeSignals());
            return new Change<>(
                    result, roster.isChanged() && content != null ? codec.write(roster, content, now) : null);
        });
        done.signals().forEach(TaskProcess.Signal::send);
        return done.result().get();
    }

    @Override
    public PoolStatus status() {
        return present(file.read()).status();
    }

    @Override
    public boolean exists() {
        return file.read() != null;
    }

    @Override
    public void begin(Begin begin, boolean force) {
        file.change(content -> {
            RosterStore.checkNoTasks(roster(content), force);
            ObjectNode to = content == null ? JsonNodeFactory.instance.objectNode() : content;
            return new Change<>("", codec.write(begin.roster(), to, time.millis()));
        });
    }
}
