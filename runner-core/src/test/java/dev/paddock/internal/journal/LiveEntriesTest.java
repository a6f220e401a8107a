package dev.paddock.internal.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.TaskLease;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LiveEntriesTest {
    private static final RunnerId A = new RunnerId("a");
    private static final RunnerId B = new RunnerId("b");

    private static Instant at(long second) {
        return Instant.ofEpochSecond(second);
    }

    private static JournalEntry creating(RunnerId runner, long second) {
        return JournalEntry.creating(runner, "p", at(second));
    }

    private static JournalEntry provisioned(RunnerId runner, long second) {
        return JournalEntry.provisioned(
                runner, "p", at(second), new RunnerHandle(runner, "p", "here", Map.of("pid", "" + second)));
    }

    private static JournalEntry assigned(RunnerId runner, long lease) {
        return JournalEntry.assigned(runner, "p", at(9), new TaskLease("t", lease));
    }

    private static JournalEntry released(RunnerId runner, long lease) {
        return JournalEntry.released(runner, "p", at(9), new TaskLease("t", lease));
    }

    private static JournalEntry removed(RunnerId runner) {
        return JournalEntry.removed(runner, "p", at(9));
    }

    @Test
    void theFirstCreatingAndTheLastProvisionedOfARunnerCount() {
        List<JournalEntry> live = LiveEntries.of(
                        List.of(creating(A, 1), creating(B, 2), provisioned(A, 3), creating(A, 4), provisioned(A, 5)))
                .list();
        assertThat(live).containsExactly(creating(A, 1), provisioned(A, 5), creating(B, 2));
    }

    @Test
    void aLeaseCountsUntilItIsReleasedAndOnlyOnItsRunner() {
        var live = LiveEntries.of(List.of(creating(A, 1), creating(B, 1), assigned(A, 1), assigned(B, 2)));
        live.apply(released(B, 1));
        live.apply(released(A, 3));
        live.apply(assigned(A, 1));
        assertThat(live.list()).containsExactly(creating(A, 1), assigned(A, 1), creating(B, 1), assigned(B, 2));
        live.apply(released(A, 1));
        assertThat(live.list()).containsExactly(creating(A, 1), creating(B, 1), assigned(B, 2));
    }

    @Test
    void nothingIsLeftOfWhatIsRemovedOrWasNeverCreated() {
        var live = LiveEntries.of(List.of(creating(A, 1), assigned(A, 1), removed(A), removed(B)));
        live.apply(assigned(B, 2));
        live.apply(released(B, 2));
        live.apply(released(A, 1));
        assertThat(live.list()).isEmpty();
        assertThat(live.runners()).isEmpty();
    }

    @Test
    void whoStoresEntriesIsToldWhichNoLongerCount() {
        var live = new LiveEntries();
        List<JournalEntry> stored = new ArrayList<>();
        for (JournalEntry entry : List.of(
                creating(A, 1),
                provisioned(A, 2),
                provisioned(A, 3),
                assigned(A, 1),
                assigned(A, 2),
                released(A, 1),
                creating(B, 4),
                removed(A))) {
            if (live.apply(entry, dropped -> assertThat(stored.remove(dropped)).isTrue())) {
                stored.add(entry);
            }
            assertThat(stored).containsExactlyInAnyOrderElementsOf(live.list());
        }
        assertThat(stored).containsExactly(creating(B, 4));
    }

    @Test
    void ofEachRunnerItIsKnownSinceWhenWhereAndWithWhichTasks() {
        var live = LiveEntries.of(
                List.of(creating(A, 1), provisioned(A, 2), assigned(A, 7), provisioned(B, 3), assigned(A, 8)));
        assertThat(live.runners())
                .containsExactly(
                        new LiveEntries.Remembered(
                                A,
                                "p",
                                at(1),
                                provisioned(A, 2).handle(),
                                false,
                                List.of(new TaskLease("t", 7), new TaskLease("t", 8))),
                        new LiveEntries.Remembered(
                                B, "p", at(3), provisioned(B, 3).handle(), false, List.of()));
    }

    @Test
    void thatARunnerIsRetiredMattersUntilItIsGone() {
        JournalEntry retired = JournalEntry.retired(A, "p", at(5));
        var live = LiveEntries.of(List.of(
                creating(A, 1),
                assigned(A, 7),
                retired,
                JournalEntry.retired(A, "p", at(6)),
                released(A, 7),
                creating(B, 2)));
        assertThat(live.list()).containsExactly(creating(A, 1), retired, creating(B, 2));
        assertThat(live.runners()).extracting(LiveEntries.Remembered::retired).containsExactly(true, false);
        assertThat(LiveEntries.of(List.of(retired, assigned(A, 7), released(A, 7)))
                        .list())
                .containsExactly(retired);
        assertThat(LiveEntries.of(List.of(retired, removed(A))).list()).isEmpty();
    }

    @Test
    void ofEachPoolTheLastNoteCountsUntilItIsEmpty() {
        var live = new LiveEntries();
        List<JournalEntry> stored = new ArrayList<>();
        for (JournalEntry entry : List.of(
                JournalEntry.noted("p", at(1), "one"),
                creating(A, 2),
                JournalEntry.noted("q", at(3), "other"),
                JournalEntry.noted("p", at(4), "two"),
                JournalEntry.noted("p", at(4), "two"),
                JournalEntry.noted("q", at(5), ""))) {
            if (live.apply(entry, dropped -> assertThat(stored.remove(dropped)).isTrue())) {
                stored.add(entry);
            }
            assertThat(stored).containsExactlyInAnyOrderElementsOf(live.list());
        }
        assertThat(live.note("p")).hasValue("two");
        assertThat(live.note("q")).isEmpty();
        assertThat(live.list()).containsExactly(creating(A, 2), JournalEntry.noted("p", at(4), "two"));
        assertThat(live.runners()).hasSize(1);
    }
}
