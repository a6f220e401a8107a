package dev.paddock.internal.journal;

import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A journal that is written in groups. */
record OpenJournal(long epoch, List<JournalEntry> recovered, GroupCommit commit) implements FleetJournal.Session {
    @Override
    public CompletionStage<Void> append(List<JournalEntry> entries) {
        return commit.append(List.copyOf(entries));
    }

    @Override
    public CompletionStage<Void> lost() {
        return commit.lost();
    }

    @Override
    public CompletionStage<Void> close() {
        return commit.close();
    }
}
