package dev.paddock.internal.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerId;
import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.TaskLease;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InMemoryJournalTest {
    private static final RunnerId A = new RunnerId("a");
    private static final RunnerId B = new RunnerId("b");
    private static final RunnerHandle MACHINE = new RunnerHandle(B, "p", "here", Map.of("pid", "7"));
    private static final TaskLease LEASE = new TaskLease("t", 1);

    private static JournalEntry creating(RunnerId runner) {
        return JournalEntry.creating(runner, "p", Instant.EPOCH);
    }

    @Test
    void itRemembersRunnersThatAreNotRemovedAndCountsItsLives() {
        try (var time = Scheduler.system("test")) {
            FleetJournal journal = FleetJournal.inMemory();
            var first = journal.open("f", time);
            assertThat(first.epoch()).isEqualTo(1);
            assertThat(first.recovered()).isEmpty();
            first.append(List.of(creating(A), creating(B)));
            first.append(List.of(provisioned(), JournalEntry.removed(A, "p", Instant.EPOCH)));
            var second = journal.open("f", time);
            assertThat(second.epoch()).isEqualTo(2);
            assertThat(second.recovered()).containsExactly(creating(B), provisioned());
        }
    }

    private static JournalEntry provisioned() {
        return JournalEntry.provisioned(B, "p", Instant.EPOCH, MACHINE);
    }

    @Test
    void aLeaseIsRememberedUntilItIsReleased() {
        try (var time = Scheduler.system("test")) {
            FleetJournal journal = FleetJournal.inMemory();
            var first = journal.open("f", time);
            JournalEntry assigned = JournalEntry.assigned(B, "p", Instant.EPOCH, LEASE);
            first.append(List.of(creating(B), assigned));
            first.append(List.of(JournalEntry.released(B, "p", Instant.EPOCH, new TaskLease("t", 2))));
            var second = journal.open("f", time);
            assertThat(second.recovered()).as("another lease was released").containsExactly(creating(B), assigned);
            second.append(List.of(JournalEntry.released(B, "p", Instant.EPOCH, LEASE)));
            assertThat(journal.open("f", time).recovered()).containsExactly(creating(B));
        }
    }

    @Test
    void theOldOwnerMayNotWriteOnceAnotherHasOpenedIt() {
        try (var time = Scheduler.system("test")) {
            FleetJournal journal = FleetJournal.inMemory();
            var first = journal.open("f", time);
            journal.open("f", time);
            assertThatThrownBy(() -> first.append(List.of(creating(A)))
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
