package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerId;
import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InMemoryJournalTest {
    private static JournalEntry entry(JournalEntry.Kind kind, String runner) {
        return new JournalEntry(kind, new RunnerId(runner), "p", Instant.EPOCH, Optional.empty());
    }

    @Test
    void itRemembersRunnersThatAreNotRemovedAndCountsItsLives() {
        try (var time = Scheduler.system("test")) {
            FleetJournal journal = FleetJournal.inMemory();
            var first = journal.open("f", time);
            assertThat(first.epoch()).isEqualTo(1);
            assertThat(first.recovered()).isEmpty();
            first.append(List.of(entry(JournalEntry.Kind.CREATING, "a"), entry(JournalEntry.Kind.CREATING, "b")));
            first.append(List.of(entry(JournalEntry.Kind.PROVISIONED, "b"), entry(JournalEntry.Kind.REMOVED, "a")));
            var second = journal.open("f", time);
            assertThat(second.epoch()).isEqualTo(2);
            assertThat(second.recovered())
                    .containsExactly(entry(JournalEntry.Kind.CREATING, "b"), entry(JournalEntry.Kind.PROVISIONED, "b"));
        }
    }

    @Test
    void theOldOwnerMayNotWriteOnceAnotherHasOpenedIt() {
        try (var time = Scheduler.system("test")) {
            FleetJournal journal = FleetJournal.inMemory();
            var first = journal.open("f", time);
            journal.open("f", time);
            assertThatThrownBy(() -> first.append(List.of(entry(JournalEntry.Kind.CREATING, "a")))
                            .toCompletableFuture()
                            .join())
                    .hasCauseInstanceOf(JournalException.class)
                    .hasMessageContaining("epoch 2");
        }
    }

    @Test
    void itBelongsToOneFleet() {
        try (var time = Scheduler.system("test")) {
            FleetJournal journal = FleetJournal.inMemory();
            journal.open("f", time);
            assertThatThrownBy(() -> journal.open("g", time))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("\"f\"")
                    .hasMessageContaining("\"g\"");
        }
    }
}
