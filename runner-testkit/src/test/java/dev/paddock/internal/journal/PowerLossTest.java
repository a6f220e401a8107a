package dev.paddock.internal.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.TaskLease;
import dev.paddock.testkit.VirtualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several writers append; the power goes before any operation of the store; whoever opens what is left finds all that
 * was acknowledged, in order, and nothing that was never appended.
 */
class PowerLossTest {
    private static final String NAME = "journal";
    private static final int SEEDS = 40;

    @Test
    @DisplayName("whatever was acknowledged survives a loss of power before any operation of the store")
    void whateverWasAcknowledgedSurvivesALossOfPowerBeforeAnyOperation() {
        int points = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            points += atEachPoint(seed, force -> false);
        }
        assertThat(points).as("places where the power went").isGreaterThan(SEEDS * 20);
    }

    @Test
    void manyLivesOfOneJournalLoseNothing() {
        for (long seed = 1; seed <= 60; seed++) {
            var chance = new SplittableRandom(seed);
            var story = new Story(seed, new LossyStorage());
            for (int life = 0; life < 8; life++) {
                story.live(chance.nextInt(60));
                story.powerIsBack();
            }
        }
    }

    /** The files of a new segment, of appends, and the folder: none of them may be spared. */
    @ParameterizedTest
    @ValueSource(strings = {NAME + ".new", NAME, "folder"})
    @DisplayName("leaving out one kind of force loses something, and is seen")
    void leavingOutOneKindOfForceIsSeen(String spared) {
        AssertionError seen = null;
        for (long seed = 1; seed <= SEEDS && seen == null; seed++) {
            try {
                atEachPoint(seed, spared::equals);
            } catch (AssertionError violated) {
                seen = violated;
            }
        }
        assertThat(seen)
                .as("a run without the force of %s in which nothing was lost", spared)
                .isNotNull();
    }

    @Test
    void betweenTheRenamingAndTheFoldersForceEitherFileWillDo() {
        int[] found = new int[2];
        for (long seed = 1; seed <= 40; seed++) {
            var story = new Story(seed, new LossyStorage());
            story.live(4); // create, write, force, rename: the folder is not forced yet
            assertThat(story.storage.log())
                    .last()
                    .isEqualTo("rename " + NAME + ".new")
                    .as("seed %d", seed);
            story.powerIsBack();
            found[story.storage.read(NAME) == null ? 0 : 1]++;
            story.live(Integer.MAX_VALUE);
        }
        assertThat(found)
                .as("how often the old name, and the new one, was found")
                .doesNotContain(0);
    }

    private static int atEachPoint(long seed, Predicate<String> ignored) {
        int point = 0;
        boolean more = true;
        while (more) {
            var story = new Story(seed, new LossyStorage().ignoring(ignored));
            story.live(point++);
            more = story.storage.lostPower();
            story.powerIsBack();
            story.live(Integer.MAX_VALUE);
        }
        return point;
    }

    // ---- one journal through its lives ---------------------------------------------------------------------

    private static final class Story {
        private final long seed;
        private final SplittableRandom chance;
        private final VirtualTime time;
        private final List<List<JournalEntry>> appended = new ArrayList<>();
        private LossyStorage storage;
        /** The last append that its writer was told is durable. */
        private int acknowledged = -1;

        private long epoch;
        private int writers;

        Story(long seed, LossyStorage storage) {
            this.seed = seed;
            this.chance = new SplittableRandom(seed);
            this.time = VirtualTime.seeded(seed);
            this.storage = storage;
        }

        /** Opens, checks, and appends from several writers until they are done or the power goes. */
        void live(int operations) {
            LossyStorage disk = storage.losingPowerAfter(operations);
            var journal = new FileJournal("/disk/" + NAME, NAME, fleet -> disk.claim(), 400 + chance.nextInt(2000));
            VirtualTime.Host host = time.host("a");
            FleetJournal.Session session;
            try {
                session = journal.open("f", host);
            } catch (LossyStorage.PowerLoss gone) {
                return;
            } catch (JournalException unreadable) {
                throw new AssertionError("seed " + seed + ": " + unreadable.getMessage(), unreadable);
            }
            check(session);
            int count = 1 + chance.nextInt(4);
            for (int i = 0; i < count; i++) {
                new Writer(session, host, writers++).next(4 + chance.nextInt(12));
            }
            time.advance(Duration.ofSeconds(10));
            host.crash();
        }

        void powerIsBack() {
            storage = storage.survivor(chance);
        }

        private void check(FleetJournal.Session session) {
            assertThat(session.epoch()).as("epoch, seed %d", seed).isGreaterThan(epoch);
            epoch = session.epoch();
            int most = appended.size();
            for (int length = acknowledged + 1; length <= most; length++) {
                if (session.recovered().equals(live(appended.subList(0, length)))) {
                    // What was never acknowledged and is not there is as if it had never been appended.
                    appended.subList(length, most).clear();
                    return;
                }
            }
            throw new AssertionError("seed " + seed + ": of " + most + " appends, " + (acknowledged + 1)
                    + " acknowledged, the journal knows " + session.recovered() + " but wanted at least "
                    + live(appended.subList(0, acknowledged + 1)));
        }

        /** As the contract says it, without a thought for speed. */
        private static List<JournalEntry> live(List<List<JournalEntry>> appends) {
            List<JournalEntry> all = new ArrayList<>();
            for (JournalEntry entry : appends.stream().flatMap(List::stream).toList()) {
                switch (entry.kind()) {
                    case REMOVED -> all.removeIf(one -> one.runner().equals(entry.runner()));
                    case RELEASED ->
                        all.removeIf(one -> one.kind() == JournalEntry.Kind.ASSIGNED
                                && one.runner().equals(entry.runner())
                                && one.lease().equals(entry.lease()));
                    case RETIRED -> {
                        if (all.stream()
                                .noneMatch(one -> one.kind() == entry.kind()
                                        && one.runner().equals(entry.runner()))) {
                            all.add(entry);
                        }
                    }
                    default -> all.add(entry);
                }
            }
            List<RunnerId> order =
                    all.stream().map(JournalEntry::runner).distinct().toList();
            return order.stream()
                    .flatMap(id -> all.stream().filter(one -> one.runner().equals(id)))
                    .toList();
        }

        /** Takes one runner through its life, sometimes without waiting for the journal. */
        private final class Writer {
            private final FleetJournal.Session session;
            private final VirtualTime.Host host;
            private final RunnerId runner;
            private int step;
            private boolean retired;
            private @Nullable TaskLease lease;

            Writer(FleetJournal.Session session, VirtualTime.Host host, int number) {
                this.session = session;
                this.host = host;
                this.runner = new RunnerId("r" + number);
            }

            void next(int left) {
                if (left == 0) {
                    return;
                }
                List<JournalEntry> entries = entries(left == 1 && chance.nextBoolean());
                int number = appended.size();
                appended.add(entries);
                boolean waits = chance.nextInt(3) > 0;
                session.append(entries).whenComplete((done, failure) -> {
                    if (failure == null) {
                        acknowledged = Math.max(acknowledged, number);
                        if (waits) {
                            next(left - 1);
                        }
                    }
                });
                if (!waits) {
                    host.schedule(Duration.ofNanos(chance.nextInt(100_000)), () -> next(left - 1));
                }
            }

            private List<JournalEntry> entries(boolean last) {
                Instant at = Instant.ofEpochSecond(step, chance.nextInt(1_000_000_000));
                TaskLease held = lease;
                step++;
                if (step == 1) {
                    return List.of(JournalEntry.creating(runner, "p", at));
                }
                if (step == 2) {
                    var handle = new RunnerHandle(runner, "p", "here", Map.of("pid", "" + chance.nextInt()));
                    return List.of(JournalEntry.provisioned(runner, "p", at, handle));
                }
                if (last) {
                    return List.of(JournalEntry.removed(runner, "p", at));
                }
                if (retired) {
                    return List.of(JournalEntry.retired(runner, "p", at));
                }
                if (held != null && chance.nextInt(8) == 0) {
                    retired = true;
                    return List.of(JournalEntry.retired(runner, "p", at), JournalEntry.released(runner, "p", at, held));
                }
                if (held == null) {
                    lease = new TaskLease("t" + step, step);
                    return List.of(JournalEntry.assigned(runner, "p", at, lease));
                }
                lease = new TaskLease("t" + step, step);
                return List.of(
                        JournalEntry.released(runner, "p", at, held), JournalEntry.assigned(runner, "p", at, lease));
            }
        }
    }
}
