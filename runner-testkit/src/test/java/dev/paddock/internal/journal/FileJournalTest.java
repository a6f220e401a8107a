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
import dev.paddock.testkit.VirtualTime;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileJournalTest {
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
    private static final RunnerId R = new RunnerId("gpu-abcd-aaaaaaaaaa");
    private static final List<JournalEntry> LIFE = List.of(
            JournalEntry.creating(R, "gpu", AT),
            JournalEntry.provisioned(
                    R, "gpu", AT.plusNanos(1), new RunnerHandle(R, "gpu", "this host", Map.of("pid", "77"))),
            JournalEntry.assigned(R, "gpu", AT.plusSeconds(2), new TaskLease("task", 1)));

    @TempDir
    Path folder;

    private final VirtualTime time = VirtualTime.seeded(1);
    private final Scheduler host = time.host("a");

    private Path path() {
        return folder.resolve("journal");
    }

    private FleetJournal.Session open() {
        return new FileJournal(path().toString(), "journal", fleet -> DiskStorage.claim(path(), fleet), 4096)
                .open("f", host);
    }

    private <T> T await(CompletionStage<T> stage) {
        return time.await(stage, Duration.ofMinutes(1));
    }

    /** The file after each entry of {@link #LIFE} was appended in a write of its own, and closed. */
    private byte[] written() throws IOException {
        FleetJournal.Session session = open();
        LIFE.forEach(entry -> await(session.append(List.of(entry))));
        await(session.close());
        return Files.readAllBytes(path());
    }

    private int endOf(byte[] file, int records) {
        int end = SegmentFormat.read("here", ByteBuffer.wrap(file)).fleet().length() + 36;
        for (int i = 0; i < records; i++) {
            end += 20 + ByteBuffer.wrap(file).getInt(end + 4);
        }
        return end;
    }

    // ---- formats -------------------------------------------------------------------------------------------

    /** Three records of fleet f, epoch 7, by another program than ours; never to be changed. The rest is zeros. */
    private static final String VERSION_1 = ""
            + "504144444f434b4a000000010000000000000007000000000000100000000001662e14a01f9a4a5243000000"
            + "2b00000000000000019118f8ec01000000136770752d616263642d6161616161616161616100000003677075"
            + "000000006955b900000000009a4a5243000000670000000000000002012ee91202000000136770752d616263"
            + "642d6161616161616161616100000003677075000000006955b90000000001000000136770752d616263642d"
            + "6161616161616161616100000003677075000000097468697320686f73740000000100000003706964000000"
            + "0237379a4a52430000003b0000000000000003ed84c9d703000000136770752d616263642d61616161616161"
            + "61616100000003677075000000006955b90200000000000000047461736b0000000000000001";

    @Test
    @DisplayName("a file of format version 1 opens, byte by byte as it was released")
    void aFileOfVersion1Opens() throws IOException {
        Files.write(path(), Arrays.copyOf(HexFormat.of().parseHex(VERSION_1), 4096));
        FleetJournal.Session session = open();
        assertThat(session.recovered()).isEqualTo(LIFE);
        assertThat(session.epoch()).isEqualTo(8);
        await(session.close());
    }

    @Test
    void whatIsWrittenNowIsVersion1() throws IOException {
        byte[] written = written();
        byte[] golden = HexFormat.of().parseHex(VERSION_1);
        assertThat(HexFormat.of().formatHex(written, 37, endOf(written, 3)))
                .isEqualTo(HexFormat.of().formatHex(golden, 37, endOf(written, 3)));
    }

    @Test
    void aNewerFormatIsRefusedAndLeftUntouched() throws IOException {
        byte[] newer = written();
        ByteBuffer.wrap(newer).putInt(8, SegmentFormat.VERSION + 1);
        refused(newer, "format " + (SegmentFormat.VERSION + 1), "newer");
    }

    @Test
    void whatIsNoJournalIsRefusedAndLeftUntouched() throws IOException {
        refused(
                "some text that somebody keeps here, longer than a header".getBytes(StandardCharsets.UTF_8),
                "is not a journal");
        refused(new byte[0], "0 bytes", "is not a journal");
        refused(new byte[4096], "is not a journal");
    }

    private void refused(byte[] file, String... words) throws IOException {
        Files.write(path(), file);
        assertThatThrownBy(this::open)
                .isInstanceOf(JournalException.class)
                .hasMessageContaining(path().toString())
                .hasMessageContainingAll(words);
        assertThat(Files.readAllBytes(path())).isEqualTo(file);
        try (var files = Files.list(folder)) {
            assertThat(files.map(one -> one.getFileName().toString())).containsOnly("journal", "journal.lock");
        }
    }

    // ---- damage --------------------------------------------------------------------------------------------

    @Test
    void aTornTailIsCutWhereverItIsTorn() throws IOException {
        byte[] whole = written();
        int start = endOf(whole, 2);
        int end = endOf(whole, 3);
        for (int cut = start; cut < end; cut += 5) {
            byte[] zeroed = whole.clone();
            Arrays.fill(zeroed, cut, end, (byte) 0);
            cut(zeroed);
            cut(Arrays.copyOf(whole, cut));
            byte[] head = whole.clone();
            Arrays.fill(head, start, cut + 1, (byte) 0);
            cut(head);
        }
    }

    private void cut(byte[] file) throws IOException {
        Files.write(path(), file);
        FleetJournal.Session session = open();
        assertThat(session.recovered()).isEqualTo(LIFE.subList(0, 2));
        await(session.append(List.of(LIFE.get(2))));
        await(session.close());
        session = open();
        assertThat(session.recovered()).isEqualTo(LIFE);
        await(session.close());
    }

    @Test
    void howMuchOfATornTailIsCutIsKnown() throws IOException {
        byte[] torn = written();
        int start = endOf(torn, 2);
        Arrays.fill(torn, start + 30, torn.length, (byte) 0);
        torn[start + 29] = 1;
        SegmentFormat.Contents contents = SegmentFormat.read("here", ByteBuffer.wrap(torn));
        assertThat(contents.end()).isEqualTo(start);
        assertThat(contents.torn()).isEqualTo(30);
        assertThat(contents.missing()).isZero();
        assertThat(SegmentFormat.read("here", ByteBuffer.wrap(Arrays.copyOf(torn, 1000)))
                        .missing())
                .isEqualTo(3096);
    }

    @Test
    void whatIsCutIsReportedWithItsPlace() throws IOException {
        byte[] torn = written();
        int start = endOf(torn, 2);
        String length = Integer.toString(endOf(torn, 3) - start);
        torn[start + 30] ^= 1;
        Files.write(path(), torn);
        var log = new ByteArrayOutputStream();
        PrintStream before = System.err;
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            open();
        } finally {
            System.setErr(before);
        }
        assertThat(log.toString(StandardCharsets.UTF_8))
                .contains("WARN", "f: the journal " + path(), length + " bytes at offset " + start + " are cut");
    }

    @Test
    void aBitThatFlipsBeforeTheLastRecordIsAnErrorThatNamesThePlaceAndTheWayOut() throws IOException {
        byte[] whole = written();
        int last = endOf(whole, 2);
        int header = endOf(whole, 0);
        for (int at = 12; at < last; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            int place = at < header ? 0 : at < endOf(whole, 1) ? header : endOf(whole, 1);
            refused(flipped, "damaged at offset " + place + ":", "move it away");
        }
    }

    @Test
    void aSectorOfZerosInTheMiddleIsAnError() throws IOException {
        byte[] whole = written();
        int start = endOf(whole, 1);
        int end = endOf(whole, 2);
        Arrays.fill(whole, start, end, (byte) 0);
        refused(whole, "damaged at offset " + start, "a good one at offset " + end);
    }

    @Test
    void aRecordTakenOutIsAnError() throws IOException {
        byte[] whole = written();
        int from = endOf(whole, 2);
        int to = endOf(whole, 1);
        System.arraycopy(whole, from, whole, to, whole.length - from);
        refused(whole, "record 3 follows record 1");
    }

    // ---- one owner -----------------------------------------------------------------------------------------

    @Test
    void theSecondCoordinatorIsToldWhoHoldsWhichFile() {
        FleetJournal.Session first = open();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(this::open)
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining(path().toString())
                    .hasMessageContaining("another coordinator of this JVM")
                    .hasMessageContaining("close that one first");
        }
        await(first.append(LIFE));
        await(first.close());
        assertThat(open().recovered()).isEqualTo(LIFE);
    }

    @Test
    void anotherProcessIsToldWhichProcessHoldsTheFileAndGetsItWhenThatIsGone() throws Exception {
        FleetJournal.Session first = open();
        assertThatThrownBy(this::open).hasMessageContaining("this JVM");
        assertThat(OtherProcess.tries(path()))
                .as("a refused opening must not have ended the lock")
                .startsWith("refused ")
                .contains(
                        path().toString(), "process " + ProcessHandle.current().pid(), "fleet \"f\"");
        await(first.append(LIFE));
        await(first.close());
        try (OtherProcess other = OtherProcess.holding(path())) {
            assertThatThrownBy(this::open)
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("process " + other.pid());
            other.kill();
            FleetJournal.Session after = open();
            assertThat(after.epoch()).isEqualTo(3);
            assertThat(after.recovered()).isEqualTo(LIFE);
        }
    }

    @Test
    void ofAProcessThatIsKilledWhileItWritesAllThatItWasToldOfIsThere() throws Exception {
        try (OtherProcess other = OtherProcess.writing(path())) {
            int told = 0;
            while (told < 300) {
                told = other.next();
            }
            other.kill();
            List<JournalEntry> found = open().recovered();
            assertThat(found).hasSizeGreaterThanOrEqualTo(told);
            for (int i = 0; i < found.size(); i++) {
                assertThat(found.get(i).runner()).isEqualTo(OtherProcess.runner(i + 1));
            }
        }
    }

    @Test
    void whoWritesAFileThatWasMovedAwayIsTold() throws IOException {
        FleetJournal.Session session = open();
        await(session.append(LIFE.subList(0, 1)));
        Files.move(path(), folder.resolve("elsewhere"));
        assertThatThrownBy(() -> await(session.append(LIFE.subList(1, 2)))).hasMessageContaining("was moved");
        assertThatThrownBy(() -> await(session.append(LIFE.subList(2, 3)))).hasMessageContaining("was moved");
    }

    @Test
    void anotherFleetsFileAndAMissingFolderAreRefused() throws IOException {
        byte[] file = written();
        assertThatThrownBy(() -> FleetJournal.file(path()).open("g", host))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("\"f\"")
                .hasMessageContaining("\"g\"");
        assertThat(Files.readAllBytes(path())).isEqualTo(file);
        assertThatThrownBy(() -> FleetJournal.file(folder.resolve("not/here")).open("f", host))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("the folder of the journal");
        assertThatThrownBy(() -> FleetJournal.file(folder).open("f", host)).hasMessageContaining("plain file");
    }

    // ---- writing -------------------------------------------------------------------------------------------

    @Test
    void oneForceServesAllWhoWait() {
        var storage = new LossyStorage();
        FleetJournal.Session session = new FileJournal("/d/j", "j", fleet -> storage.claim(), 1 << 16).open("f", host);
        int before = storage.log().size();
        List<CompletionStage<Void>> appends = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            appends.add(session.append(List.of(JournalEntry.creating(new RunnerId("r" + i), "p", AT))));
        }
        appends.forEach(this::await);
        assertThat(storage.log().subList(before, storage.log().size())).containsExactly("write j", "force j");
    }

    @Test
    void afterAWriteThatFailedNothingIsWrittenAnyMore() {
        var storage = new LossyStorage();
        FleetJournal.Session session = new FileJournal("/d/j", "j", fleet -> storage.claim(), 4096).open("f", host);
        await(session.append(LIFE.subList(0, 1)));
        storage.failing(true);
        CompletionStage<Void> full = session.append(LIFE.subList(1, 2));
        assertThatThrownBy(() -> await(full))
                .hasCauseInstanceOf(JournalException.class)
                .hasMessageContaining("no space left");
        storage.failing(false);
        assertThatThrownBy(() -> await(session.append(LIFE.subList(2, 3)))).hasMessageContaining("no space left");
        await(session.close());
        FleetJournal.Session next = new FileJournal("/d/j", "j", fleet -> storage.claim(), 4096).open("f", host);
        assertThat(next.recovered()).isEqualTo(LIFE.subList(0, 1));
    }

    @Test
    void onlyTheJournalsThreadTouchesAFileThatIsWritten() {
        var threads = new ConcurrentSkipListSet<String>();
        try (var real = Scheduler.system("f1")) {
            var storage = new LossyStorage() {
                @Override
                public void write(String name, long position, ByteBuffer bytes) throws IOException {
                    threads.add(Thread.currentThread().getName());
                    super.write(name, position, bytes);
                }

                @Override
                public void force(String name) throws IOException {
                    threads.add(Thread.currentThread().getName());
                    super.force(name);
                }
            };
            FleetJournal.Session session = new FileJournal("/d/j", "j", fleet -> storage.claim(), 400).open("f", real);
            threads.clear();
            for (int i = 0; i < 50; i++) {
                session.append(LIFE).toCompletableFuture().join();
            }
            session.close().toCompletableFuture().join();
        }
        assertThat(threads).containsExactly("paddock-f1-journal");
    }

    @Test
    void aFullFileIsReplacedByWhatIsLive() throws IOException {
        FleetJournal.Session session = open();
        await(session.append(LIFE));
        for (int i = 2; i < 2000; i++) {
            await(session.append(List.of(
                    JournalEntry.released(R, "gpu", AT, new TaskLease("task", i - 1)),
                    JournalEntry.assigned(R, "gpu", AT, new TaskLease("task", i)))));
        }
        assertThat(Files.size(path())).isEqualTo(4096);
        await(session.close());
        assertThat(open().recovered())
                .containsExactly(
                        LIFE.get(0), LIFE.get(1), JournalEntry.assigned(R, "gpu", AT, new TaskLease("task", 1999)));
    }
}
