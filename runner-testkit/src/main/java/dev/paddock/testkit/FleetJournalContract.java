package dev.paddock.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.error.JournalException;
import dev.paddock.error.RunnerException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.TaskLease;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link FleetJournal} must do, as tests: extend it, say how to make the journal and how time passes.
 *
 * <p>Each test begins with an empty journal, and closes what it opened after its own {@code @AfterEach} methods: close
 * the scheduler later than that, by {@code @AutoClose}. Needs JUnit Jupiter on the class path.
 */
public abstract class FleetJournalContract {
    private static final String FLEET = "contract";
    private static final RunnerId A = new RunnerId("a");
    private static final RunnerId B = new RunnerId("b");
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00.123456789Z");

    private final List<FleetJournal.Session> opened = new ArrayList<>();

    /** For subclasses. */
    protected FleetJournalContract() {}

    /**
     * The journal under test.
     *
     * @return a journal of the same store each time within a test, which is empty at its beginning
     */
    protected abstract FleetJournal journal();

    /**
     * The time the journal lives in.
     *
     * @return the same one each time within a test
     */
    protected abstract Scheduler scheduler();

    /**
     * Lets time pass until something is true: {@link VirtualTime#advanceUntil}, or a real wait.
     *
     * @param condition what to wait for
     * @param limit the longest to wait
     * @return whether it became true
     */
    protected abstract boolean passUntil(BooleanSupplier condition, Duration limit);

    /**
     * The longest one call may take.
     *
     * @return 30 s unless overridden
     */
    protected Duration patience() {
        return Duration.ofSeconds(30);
    }

    /**
     * Whether one store holds the journals of several fleets.
     *
     * @return false unless overridden
     */
    protected boolean holdsSeveralFleets() {
        return false;
    }

    // ---- the contract --------------------------------------------------------------------------------------

    @Test
    void aNewJournalIsEmptyAndCountsItsOpenings() {
        for (int epoch = 1; epoch <= 3; epoch++) {
            FleetJournal.Session session = open();
            assertEquals(epoch, session.epoch());
            assertEquals(List.of(), session.recovered());
            await(session.close());
        }
    }

    @Test
    void everyKindOfEntryIsFoundAsItWasWritten() {
        var machine =
                new RunnerHandle(A, "another pool", "", Map.of("pid", "7", "ключ", "値 \u0000\ud83d\ude80", "", ""));
        List<JournalEntry> entries = List.of(
                JournalEntry.creating(A, "p", AT),
                JournalEntry.provisioned(A, "p", Instant.MAX, machine),
                JournalEntry.assigned(
                        A,
                        "p",
                        Instant.MIN,
                        new TaskLease("t ü", Long.MAX_VALUE, true, new ByteSize(7), Optional.of(Instant.MAX))),
                JournalEntry.retired(A, "p", AT),
                JournalEntry.creating(B, "", Instant.EPOCH));
        assertEquals(entries, afterRestart(entries));
    }

    @Test
    void runnersComeInTheOrderInWhichTheyAppeared() {
        List<JournalEntry> entries = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            entries.add(JournalEntry.creating(new RunnerId("r" + (i * 37 % 100)), "p", AT.plusNanos(i)));
        }
        assertEquals(entries, afterRestart(entries));
    }

    @Test
    void ofARunnerThatIsGoneNothingIsLeft() {
        assertEquals(
                List.of(JournalEntry.creating(B, "p", AT)),
                afterRestart(List.of(
                        JournalEntry.creating(A, "p", AT),
                        JournalEntry.creating(B, "p", AT),
                        machine(A, "7"),
                        JournalEntry.assigned(A, "p", AT, new TaskLease("t", 1)),
                        JournalEntry.removed(A, "p", AT))));
    }

    @Test
    void theLastMachineOfARunnerCounts() {
        List<JournalEntry> found =
                afterRestart(List.of(JournalEntry.creating(A, "p", AT), machine(A, "7"), machine(A, "8")));
        assertEquals(JournalEntry.creating(A, "p", AT), found.get(0));
        assertEquals(machine(A, "8"), found.get(found.size() - 1));
    }

    @Test
    void theLastNoteOfEachPoolsSourceIsRememberedUntilItIsEmpty() {
        FleetJournal.Session session = open();
        await(session.append(List.of(JournalEntry.noted("p", AT, "one"), JournalEntry.noted("q", AT, "session/1"))));
        await(session.append(List.of(JournalEntry.noted("p", AT, "two"))));
        session = reopened(session);
        assertEquals(
                List.of(JournalEntry.noted("q", AT, "session/1"), JournalEntry.noted("p", AT, "two")),
                session.recovered());
        await(session.append(List.of(JournalEntry.noted("q", AT, ""))));
        assertEquals(
                List.of(JournalEntry.noted("p", AT, "two")), reopened(session).recovered());
    }

    @Test
    void aLeaseIsRememberedUntilThatLeaseIsReleased() {
        JournalEntry creating = JournalEntry.creating(A, "p", AT);
        JournalEntry first = JournalEntry.assigned(A, "p", AT, new TaskLease("t", 1));
        JournalEntry second = JournalEntry.assigned(A, "p", AT, new TaskLease("t", 2));
        FleetJournal.Session session = open();
        await(session.append(List.of(creating, first)));
        await(session.append(List.of(JournalEntry.released(A, "p", AT, new TaskLease("u", 1)))));
        await(session.append(List.of(JournalEntry.released(B, "p", AT, new TaskLease("t", 1)))));
        session = reopened(session);
        assertEquals(List.of(creating, first), session.recovered());
        await(session.append(List.of(JournalEntry.released(A, "p", AT, new TaskLease("t", 1)), second)));
        session = reopened(session);
        assertEquals(List.of(creating, second), session.recovered());
        await(session.append(List.of(JournalEntry.released(A, "p", AT, new TaskLease("t", 2)))));
        assertEquals(List.of(creating), reopened(session).recovered());
    }

    @Test
    void manyAppendsAtOnceAreAllRemembered() {
        FleetJournal.Session session = open();
        List<CompletionStage<Void>> under = new ArrayList<>();
        List<JournalEntry> entries = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            RunnerId runner = new RunnerId("r" + i);
            entries.add(JournalEntry.creating(runner, "p", AT));
            under.add(session.append(List.of(entries.get(i))));
            if (i % 3 == 0) {
                entries.set(i, machine(runner, "" + i));
                under.add(session.append(List.of(JournalEntry.removed(runner, "p", AT), entries.get(i))));
            }
        }
        under.forEach(this::await);
        var found = new ArrayList<>(reopened(session).recovered());
        assertEquals(entries.size(), found.size());
        assertTrue(found.containsAll(entries), "all are there");
    }

    @Test
    void twoCoordinatorsNeverBothWrite() {
        FleetJournal.Session first = open();
        await(first.append(List.of(JournalEntry.creating(A, "p", AT))));
        FleetJournal.Session second;
        try {
            second = open();
        } catch (JournalException held) {
            assertTrue(held.isRetryable(), "it may be free later");
            await(first.append(List.of(JournalEntry.creating(B, "p", AT))));
            return;
        }
        assertTrue(second.epoch() > first.epoch(), "a later opening has a higher epoch");
        assertInstanceOf(JournalException.class, failureOf(first.append(List.of(JournalEntry.creating(B, "p", AT)))));
        assertEquals(
                List.of(JournalEntry.creating(A, "p", AT)), reopened(second).recovered());
    }

    @Test
    void whatWasOpenCanBeOpenedOnceItIsClosed() {
        FleetJournal.Session first = open();
        CompletionStage<Void> append = first.append(List.of(JournalEntry.creating(A, "p", AT)));
        await(first.close());
        await(append);
        await(first.close());
        assertEquals(List.of(JournalEntry.creating(A, "p", AT)), open().recovered());
    }

    @Test
    void aJournalIsOfOneFleet() {
        FleetJournal.Session first = open();
        await(first.append(List.of(JournalEntry.creating(A, "p", AT))));
        await(first.close());
        if (holdsSeveralFleets()) {
            FleetJournal.Session other = journal().open("another fleet", scheduler());
            opened.add(other);
            assertEquals(1, other.epoch());
            assertEquals(List.of(), other.recovered());
        } else {
            try {
                opened.add(journal().open("another fleet", scheduler()));
                fail("another fleet's journal was opened");
            } catch (RunnerException refused) {
                String message = String.valueOf(refused.getMessage());
                assertTrue(message.contains(FLEET), () -> "whose it is: " + message);
                assertTrue(message.contains("another fleet"), () -> "who asked: " + message);
            }
        }
        assertEquals(List.of(JournalEntry.creating(A, "p", AT)), open().recovered());
    }

    // ---- what the tests need -------------------------------------------------------------------------------

    /** Closes what a test opened. */
    @AfterEach
    final void leaveNothing() {
        opened.forEach(session -> await(session.close()));
    }

    private FleetJournal.Session open() {
        FleetJournal.Session session = journal().open(FLEET, scheduler());
        opened.add(session);
        return session;
    }

    private FleetJournal.Session reopened(FleetJournal.Session session) {
        await(session.close());
        return open();
    }

    private List<JournalEntry> afterRestart(List<JournalEntry> entries) {
        FleetJournal.Session session = open();
        entries.forEach(entry -> await(session.append(List.of(entry))));
        List<JournalEntry> found = reopened(session).recovered();
        assertEquals(found, reopened(opened.get(opened.size() - 1)).recovered(), "the same the next time");
        return found;
    }

    private static JournalEntry machine(RunnerId runner, String pid) {
        return JournalEntry.provisioned(runner, "p", AT, new RunnerHandle(runner, "p", "here", Map.of("pid", pid)));
    }

    private <T> T await(CompletionStage<T> stage) {
        var future = stage.toCompletableFuture();
        assertTrue(passUntil(future::isDone, patience()), () -> "no answer within " + patience());
        return future.join();
    }

    private Throwable failureOf(CompletionStage<?> stage) {
        try {
            Object value = await(stage);
            return fail("should have failed and gave " + value);
        } catch (CompletionException failure) {
            return failure.getCause() == null ? failure : failure.getCause();
        }
    }
}
