package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.FakeRunnerProvider.Call;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecoveryTest {
    private final FleetFixture f = new FleetFixture();

    RecoveryTest() {
        f.machines(machines ->
                machines.program(f.connecting()).provisionTime(ofMillis(100)).bootTime(ofSeconds(1)));
    }

    /** The moments of one creation: registering, asking, waiting for the machine, booting, connected. */
    @ParameterizedTest
    @ValueSource(longs = {0, 20, 50, 90, 150, 250, 400, 100_050, 100_150, 600_000, 1_100_100, 1_100_300, 2_000_000})
    @DisplayName("GHS-L7 a crash at any moment of a creation leaks nothing and makes no duplicate")
    void aCrashAtAnyMomentOfACreationLeaksNothingAndMakesNoDuplicate(long micros) {
        f.start();
        f.settle();
        f.source.assigned(2);
        f.advance(Duration.ofNanos(micros * 1000));
        f.crash();
        f.start(fleet -> fleet.idleTimeout(ofMinutes(60)));
        f.until(() -> f.count(RunnerState.IDLE) == 2, ofMinutes(5));
        f.advance(ofMinutes(10));
        assertThat(f.snapshot().runners()).hasSize(2);
        assertThat(f.machines.machines()).hasSize(2);
        assertThat(f.source.registrations()).hasSize(2);
        assertThat(f.machines.mostAtOnce()).isLessThanOrEqualTo(4);
        assertThat(f.snapshot().epoch()).isEqualTo(2);
    }

    @Test
    @DisplayName("SLANG-51, SLANG-W10: runners of an earlier life are adopted, and no further one is made")
    void runnersOfAnEarlierLifeAreAdopted() {
        f.start();
        f.source.assigned(3);
        f.untilIdle(3);
        List<RunnerId> before = f.ids();
        f.crash();
        f.start();
        f.untilIdle(3);
        assertThat(f.ids()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(f.machines.created()).isEqualTo(3);
        assertThat(f.source.registered()).isEqualTo(3);
    }

    @Test
    void aRunnerIsNoSurplusBeforeItsSourceHasCounted() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(1)));
        f.source.assigned(2);
        f.untilIdle(2);
        f.crash();
        f.source.doNotConnect();
        f.start(fleet -> fleet.idleTimeout(ofMinutes(1)));
        f.source.state(SourceState.CONNECTED, "has not read all it must");
        f.untilIdle(2);
        f.advance(ofMinutes(30));
        assertThat(f.snapshot().runners()).as("nobody knows what waits").hasSize(2);
        f.source.connect();
        f.source.assigned(0);
        f.untilNothingIsLeft(ofMinutes(2));
    }

    private RunnerId oneThatIsAdoptedAsBusy() {
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId id = f.only();
        f.source.presence(id, Presence.ONLINE, true);
        f.crash();
        f.start();
        f.until(() -> f.count(RunnerState.BUSY) == 1);
        return id;
    }

    @Test
    void aBusyRunnerOfAnEarlierLifeIsAdoptedAsBusy() {
        RunnerId id = oneThatIsAdoptedAsBusy();
        f.source.message(
                JobStatistics.NONE,
                new dev.paddock.spi.JobEvent.Completed(
                        job("a"), Optional.of(id.value()), dev.paddock.JobResult.of("succeeded")));
        f.source.forget(id);
        f.machines.kill(id);
        f.untilNothingIsLeft(ofMinutes(1));
    }

    /** It was killed with its job; both are told at once after a restart, in the order that tempts most. */
    @ParameterizedTest
    @ValueSource(strings = {"abandoned", "canceled"})
    void aRegistrationGoesThoughItsJobIsOver(String result) {
        RunnerId id = oneThatIsAdoptedAsBusy();
        f.source.presence(id, Presence.OFFLINE, false);
        f.source.message(
                JobStatistics.NONE,
                new dev.paddock.spi.JobEvent.Completed(
                        job("a"), Optional.of(id.value()), dev.paddock.JobResult.of(result)));
        f.machines.kill(id);
        f.until(() -> f.ids().isEmpty());
        assertThat(f.source.registrations()).isEmpty();
    }

    @Test
    void withoutAJournalThePastIsFoundByListsBeforeAnythingIsMade() {
        f.start(fleet -> fleet.maxRunners(3));
        f.source.assigned(3);
        f.untilIdle(3);
        f.crash();
        f.machines.always(Call.LIST, CallFault.delay(ofSeconds(5)));
        f.start(fleet -> fleet.maxRunners(3).journal(FleetJournal.inMemory()));
        f.untilIdle(3);
        assertThat(f.machines.created()).isEqualTo(3);
    }

    @Test
    void aRunnerThatEndedWhileNobodyWatchedIsCleanedUp() {
        f.start();
        f.source.assigned(2);
        f.untilIdle(2);
        f.crash();
        List<RunnerId> ids =
                f.machines.machines().stream().map(machine -> machine.runner()).toList();
        f.machines.kill(ids.get(0));
        f.machines.vanish(ids.get(1));
        f.start();
        f.source.assigned(0);
        f.until(() -> f.ids().stream().noneMatch(ids::contains), ofMinutes(1));
        f.untilNothingIsLeft(ofMinutes(7));
    }

    @Test
    void aRunnerThatEndsBetweenTheFirstListsIsCleanedUp() {
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId id = f.only();
        f.crash();
        f.machines.next(Call.LIST, CallFault.delayReply(ofSeconds(2)));
        f.start();
        f.advance(ofSeconds(1));
        f.machines.kill(id);
        f.source.assigned(0);
        f.untilNothingIsLeft(ofMinutes(1));
    }

    @Test
    void aListThatOmitsAnAdoptedMachineOnceDoesNotEndItsRunner() {
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId id = f.only();
        f.crash();
        f.machines.hide(id);
        int lists = f.machines.count(Call.LIST);
        f.start();
        f.until(() -> f.machines.count(Call.LIST) == lists + 1);
        f.machines.heal();
        f.untilIdle(1);
        assertThat(f.only()).isEqualTo(id);
        assertThat(f.machines.created()).isEqualTo(1);
    }

    @Test
    void aRunnerBeingRemovedAtTheCrashIsRemovedAfterIt() {
        f.start(fleet -> fleet.idleTimeout(Duration.ZERO));
        f.source.assigned(1);
        f.untilIdle(1);
        f.machines.next(Call.REMOVE, CallFault.noAnswer());
        f.source.assigned(0);
        f.until(() -> f.machines.count(Call.REMOVE) == 1);
        f.crash();
        f.start();
        f.untilNothingIsLeft(ofMinutes(2));
    }

    @Test
    void manyCrashesInARowLeaveNoMoreThanOne() {
        f.start(fleet -> fleet.maxRunners(4));
        for (int i = 0; i < 20; i++) {
            f.source.assigned(4);
            f.advance(ofMillis(40 + 90 * i));
            f.crash();
            f.start(fleet -> fleet.maxRunners(4));
            f.settle();
        }
        f.until(() -> f.count(RunnerState.IDLE) == 4, ofMinutes(5));
        f.until(() -> f.snapshot().runners().size() == 4, ofMinutes(5));
        f.until(
                () -> f.machines.machines().size() == 4
                        && f.source.registrations().size() == 4,
                ofMinutes(5));
        assertThat(f.machines.mostAtOnce()).isEqualTo(4);
    }

    @Test
    @DisplayName("RL-A34: an offline registration with our name and no runner is deleted")
    void aRegistrationLeftByALifeNobodyRemembersIsDeleted() {
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        String name = f.only().value();
        f.source.plant(name.substring(0, name.length() - 10) + "aaaaaaaaaa");
        int lists = f.source.count(FakeJobSource.Call.LIST);
        f.until(() -> f.source.registrations().size() == 1, ofSeconds(85));
        f.advance(ofMinutes(5));
        assertThat(f.source.count(FakeJobSource.Call.LIST) - lists)
                .as("looks are close only while something is in doubt")
                .isLessThan(10);
    }

    @Test
    void aMachineLeftByALifeNobodyRemembersIsAdopted() {
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId id = f.only();
        f.crash();
        f.start(fleet -> fleet.journal(FleetJournal.inMemory()));
        f.untilIdle(1);
        assertThat(f.only()).isEqualTo(id);
    }

    @Test
    void anotherFleetsJournalIsRefusedAndNothingIsOpened() {
        FleetJournal journal = FleetJournal.inMemory();
        journal.open("somebody else", f.host);
        assertThatThrownBy(() -> f.start(fleet -> fleet.journal(journal))).hasMessageContaining("somebody else");
        assertThat(f.source.isOpen()).isFalse();
    }

    @Test
    void aSourceThatCannotBeOpenedFailsTheStartAndLeavesNothingOpen() {
        dev.paddock.spi.JobSource broken = new dev.paddock.spi.JobSource() {
            @Override
            public String id() {
                return "broken";
            }

            @Override
            public Attachment open(dev.paddock.spi.JobSink sink, dev.paddock.spi.SourceContext context) {
                throw new IllegalStateException("cannot open");
            }
        };
        RunnerCoordinator.Builder fleet = RunnerCoordinator.builder()
                .addPool(dev.paddock.RunnerPool.builder("one", f.source, f.machines)
                        .build())
                .addPool(dev.paddock.RunnerPool.builder("two", broken, f.machines)
                        .build())
                .scheduler(f.host);
        assertThatThrownBy(fleet::start).hasMessage("cannot open");
        f.settle();
        assertThat(f.source.isOpen()).isFalse();
        assertThat(f.machines.count(Call.CLOSE)).isEqualTo(1);
        f.advance(ofMinutes(10));
        assertThat(f.machines.count(Call.LIST)).isZero();
    }

    @Test
    void aSecondCoordinatorOnTheSameJournalEndsTheFirst() {
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerCoordinator first = f.fleet();
        f.start();
        f.untilIdle(1);
        assertThat(f.machines.created()).isEqualTo(1);
        f.machines.vanish(f.only());
        f.until(() -> first.snapshot().state() == CoordinatorState.FAILED, ofMinutes(10));
        assertThatThrownBy(first::awaitTermination)
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("opened again by another coordinator");
        f.until(() -> f.count(RunnerState.IDLE) == 1 && f.snapshot().runners().size() == 1, ofMinutes(10));
        assertThat(f.snapshot().state()).isEqualTo(CoordinatorState.RUNNING);
    }

    @Test
    void aFleetWithANewJournalMakesNothingBeforeItHasSeenItsMachines() {
        f.machines.unreachable("zone-a");
        f.start();
        f.source.assigned(1);
        f.advance(ofMinutes(9));
        assertThat(f.machines.created()).isZero();
        f.machines.heal();
        f.untilIdle(1);
    }

    @Test
    void aMachineThatTheFirstWholeListShowsIsTakenUpBeforeAnyIsMade() {
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId before = f.only();
        f.crash();
        f.machines.hide(before);
        f.machines.unreachable("zone-a");
        f.start(fleet -> fleet.journal(FleetJournal.inMemory()));
        f.source.assigned(1);
        f.advance(ofMinutes(2));
        f.machines.heal();
        f.advance(ofMinutes(2));
        assertThat(f.machines.created()).as("made by both lives").isEqualTo(1);
        assertThat(f.only()).isEqualTo(before);
    }

    @Test
    void aMachineThatIsSeenIsThereThoughNoListShowsIt() {
        List<MachineProgram.Machine> booted = new ArrayList<>();
        f.machines(machines -> machines.program(machine -> {
            booted.add(machine);
            machine.observe(RunnerObservation.Kind.LISTENING);
        }));
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId id = f.only();
        f.machines.hide(id);
        for (int i = 0; i < 20; i++) {
            f.advance(ofSeconds(30));
            booted.get(0).observe(RunnerObservation.Kind.LISTENING);
        }
        assertThat(f.runner(id).state()).isEqualTo(RunnerState.IDLE);
        f.until(() -> f.machines.created() == 2, ofMinutes(4));
    }

    @Test
    void aLifeThatEndedBeforeItSawItsMachinesSparesTheNextNoList() {
        f.machines.unreachable("zone-a");
        f.start();
        f.advance(ofMinutes(1));
        f.crash();
        f.start();
        f.source.assigned(1);
        f.advance(ofMinutes(9));
        assertThat(f.machines.created()).isZero();
        f.machines.heal();
        f.untilIdle(1);
    }

    @Test
    void aPlaceThatIsGoneForGoodKeepsNoFleetFromWorking() {
        f.machines.unreachable("zone-a");
        f.start();
        f.source.assigned(1);
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(11));
        assertThat(f.time.elapsed()).isGreaterThan(ofMinutes(10));
    }

    @Test
    void aFleetThatRemembersNeedsNoList() {
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        f.crash();
        f.machines.unreachable("zone-a");
        f.start(fleet -> fleet.maxRunners(5));
        f.source.assigned(2);
        f.until(() -> f.machines.created() == 2, ofMinutes(2));
    }

    // ---- a journal in a file -------------------------------------------------------------------------------

    /** What the disk of a crashed host holds; the crashed life still has its lock, for the JVM lives on. */
    private static Path found(Path file) throws IOException {
        return Files.copy(file, file.resolveSibling(file.getFileName() + "-after"));
    }

    private void startFrom(Path file) {
        f.start(fleet -> fleet.fleet("film").idleTimeout(Duration.ofDays(1)).journal(FleetJournal.file(file)));
    }

    @Test
    void runnersAreAdoptedFromAFileBeforeAnyListIsRead(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("journal");
        startFrom(file);
        f.source.assigned(3);
        f.untilIdle(3);
        List<RunnerId> before = f.ids();
        f.crash();
        startFrom(found(file));
        assertThat(f.snapshot().epoch()).isEqualTo(2);
        assertThat(f.count(RunnerState.ORPHANED)).isEqualTo(3);
        assertThat(f.ids()).containsExactlyElementsOf(before);
        assertThat(f.snapshot().runners()).allMatch(runner -> runner.place().isPresent());
        f.untilIdle(3);
        assertThat(f.ids()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(f.machines.created()).isEqualTo(3);
        assertThat(f.source.registered()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 20, 50, 90, 150, 250, 400, 100_050, 100_150, 600_000, 1_100_100, 1_100_300, 2_000_000})
    void aCrashAtAnyMomentOfACreationLeaksNothingWithAFile(long micros, @TempDir Path folder) throws IOException {
        Path file = folder.resolve("journal");
        startFrom(file);
        f.settle();
        f.source.assigned(2);
        f.advance(Duration.ofNanos(micros * 1000));
        f.crash();
        startFrom(found(file));
        f.until(() -> f.count(RunnerState.IDLE) == 2, ofMinutes(5));
        f.advance(ofMinutes(10));
        assertThat(f.snapshot().runners()).hasSize(2);
        assertThat(f.machines.machines()).hasSize(2);
        assertThat(f.source.registrations()).hasSize(2);
    }

    @Test
    void aFileHoldsNoRegistration(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("journal");
        startFrom(file);
        f.source.assigned(2);
        f.untilIdle(2);
        String content = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(content).contains(f.ids().get(0).value()).doesNotContain("secret of");
        assertThat(f.source.registered())
                .as("secrets that were there to be written")
                .isEqualTo(2);
    }

    @Test
    void aSecondCoordinatorOnAFileIsRefusedAndTheFirstGoesOn(@TempDir Path folder) {
        Path file = folder.resolve("journal");
        startFrom(file);
        RunnerCoordinator first = f.fleet();
        assertThatThrownBy(() -> startFrom(file))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining(file.toString());
        f.source.assigned(1);
        f.until(() -> first.snapshot().count(RunnerState.IDLE) == 1);
        f.await(first.closeAsync(), ofMinutes(40));
        startFrom(file);
        assertThat(f.snapshot().epoch()).isEqualTo(2);
    }
}
