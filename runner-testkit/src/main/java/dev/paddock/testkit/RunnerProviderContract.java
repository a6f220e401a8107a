package dev.paddock.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.error.ProvisioningException;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.spi.Listing;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SelfRegistration;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link RunnerProvider} must do, as tests: extend it, say how to make the provider and how time passes.
 *
 * <p>Each test begins with a provider without machines, and removes those it made after its own {@code @AfterEach}
 * methods: close the scheduler later than that, by {@code @AutoClose}. Needs JUnit Jupiter on the class path.
 */
public abstract class RunnerProviderContract {
    private static final String FLEET = "contract";
    private static final String POOL = "pool";
    private static final int MOST_TO_FILL = 16;
    private static final Duration A_MOMENT = Duration.ofMillis(50);

    private final List<RunnerProvider.Session> opened = new ArrayList<>();
    private final Set<RunnerHandle> made = new LinkedHashSet<>();

    /** For subclasses. */
    protected RunnerProviderContract() {}

    /**
     * The provider under test; the same one each time within a test, without machines at its beginning.
     *
     * @return the provider
     */
    protected abstract RunnerProvider provider();

    /**
     * The time the provider lives in.
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
     * Ends a machine from outside, as by a crash of its program.
     *
     * @param handle the machine
     */
    protected abstract void kill(RunnerHandle handle);

    /**
     * The right to connect that a runner is given. Override it if the runner program looks at it.
     *
     * @param runner the runner
     * @return the registration
     */
    protected Registration registration(RunnerId runner) {
        return Registration.of(runner, "id-" + runner, secret(runner));
    }

    /**
     * What runners need.
     *
     * @return {@link RunnerProfile#any()} unless overridden
     */
    protected RunnerProfile profile() {
        return RunnerProfile.any();
    }

    /**
     * The longest one call may take.
     *
     * @return 30 s unless overridden
     */
    protected Duration patience() {
        return Duration.ofSeconds(30);
    }

    // ---- the contract --------------------------------------------------------------------------------------

    @Test
    void aMachineThatWasMadeIsListedWithItsRunnerPoolAndEpoch() {
        Context context = new Context(FLEET, 7);
        RunnerProvider.Session session = open(context);
        RunnerHandle handle = provision(session, runner(1));
        assertEquals(runner(1), handle.runner());
        assertEquals(POOL, handle.pool());
        Listing listing = await(session.list());
        assertTrue(listing.unreachable().isEmpty(), () -> "unreachable: " + listing);
        assertEquals(1, listing.machines().size(), () -> "one machine: " + listing);
        Listing.Machine machine = listing.machines().get(0);
        assertEquals(handle, machine.handle());
        assertTrue(machine.alive(), "it lives");
        assertEquals(7, machine.epoch());
    }

    @Test
    void oneNameIsOneMachineHoweverOftenItIsAskedFor() {
        RunnerProvider.Session session = open(new Context(FLEET, 1));
        CompletionStage<RunnerHandle> first = session.provision(request(runner(1)));
        CompletionStage<RunnerHandle> second = session.provision(request(runner(1)));
        RunnerHandle handle = await(first);
        made.add(handle);
        assertEquals(handle, await(second));
        assertEquals(handle, provision(session, runner(1)));
        assertEquals(1, await(session.list()).machines().size());
    }

    @Test
    void severalMachinesCanBeMadeAtOnce() {
        RunnerProvider.Session session = open(new Context(FLEET, 1));
        int count = Math.min(
                3,
                Math.min(
                        session.limits().concurrentCreations(),
                        session.room(POOL).free()));
        List<CompletionStage<RunnerHandle>> under = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            under.add(session.provision(request(runner(i))));
        }
        under.forEach(stage -> made.add(await(stage)));
        assertEquals(count, made.size());
        assertEquals(count, await(session.list()).machines().size());
    }

    @Test
    void aRemovedMachineIsGoneAndRemovingItAgainSaysSo() {
        RunnerProvider.Session session = open(new Context(FLEET, 1));
        RunnerHandle handle = provision(session, runner(1));
        assertEquals(Removal.REMOVED, await(session.remove(handle)));
        assertTrue(await(session.list()).machines().isEmpty(), "nothing is listed");
        assertEquals(Removal.ALREADY_GONE, await(session.remove(handle)));
    }

    @Test
    void aPlaceIsFreeAgainAfterARemoval() {
        RunnerProvider.Session session = open(new Context(FLEET, 1));
        int free = session.room(POOL).free();
        if (free == Integer.MAX_VALUE) {
            return; // no bound is known
        }
        RunnerHandle handle = provision(session, runner(1));
        await(session.remove(handle));
        assertEquals(free, session.room(POOL).free());
    }

    @Test
    void aFullProviderRefusesAndMakesNothing() {
        RunnerProvider.Session session = open(new Context(FLEET, 1));
        int free = session.room(POOL).free();
        if (free > MOST_TO_FILL) {
            return; // too many to fill, or unbounded
        }
        for (int i = 1; i <= free; i++) {
            provision(session, runner(i));
        }
        assertEquals(0, session.room(POOL).free());
        assertInstanceOf(ProvisioningException.class, failureOf(session.provision(request(runner(free + 1)))));
        assertEquals(free, await(session.list()).machines().size());
    }

    @Test
    void machinesOutliveTheSessionAndAreFoundByTheNext() {
        RunnerProvider.Session first = open(new Context(FLEET, 1));
        RunnerHandle handle = provision(first, runner(1));
        await(first.close());
        RunnerProvider.Session second = open(new Context(FLEET, 2));
        Listing listing = await(second.list());
        assertEquals(1, listing.machines().size(), () -> "found again: " + listing);
        assertEquals(handle, listing.machines().get(0).handle());
        assertEquals(1, listing.machines().get(0).epoch());
        assertEquals(Removal.REMOVED, await(second.remove(handle)));
    }

    @Test
    void aHandleReadBackFromAJournalIsAsGood() {
        RunnerProvider.Session first = open(new Context(FLEET, 1));
        RunnerHandle handle = provision(first, runner(1));
        await(first.close());
        var copy = new RunnerHandle(handle.runner(), handle.pool(), handle.place(), handle.data());
        RunnerProvider.Session second = open(new Context(FLEET, 2));
        assertEquals(Removal.REMOVED, await(second.remove(copy)));
        assertTrue(await(second.list()).machines().isEmpty(), "nothing is listed");
    }

    @Test
    void anotherFleetsMachinesAreNotListed() {
        RunnerProvider.Session ours = open(new Context(FLEET, 1));
        provision(ours, runner(1));
        RunnerProvider.Session theirs = open(new Context("another fleet", 1));
        assertTrue(await(theirs.list()).machines().isEmpty(), "not theirs");
        assertEquals(1, await(ours.list()).machines().size());
    }

    @Test
    void aMachineThatEndsIsSeenToEndOnceAndNothingIsSaidOfItAfterwards() {
        Context context = new Context(FLEET, 1);
        RunnerProvider.Session session = open(context);
        RunnerHandle handle = provision(session, runner(1));
        kill(handle);
        await(session.list()); // some providers see no more than what they list
        assertTrue(passUntil(() -> context.sawEnd(runner(1)), patience()), "its end is observed");
        Listing listing = await(session.list());
        assertTrue(
                listing.machines().stream().noneMatch(Listing.Machine::alive), () -> "not listed as alive: " + listing);
        await(session.remove(handle));
        assertTrue(await(session.list()).machines().isEmpty(), "nothing is listed");
        List<RunnerObservation> seen = List.copyOf(context.seen);
        assertEquals(
                RunnerObservation.Kind.EXITED, seen.get(seen.size() - 1).kind(), () -> "the end comes last: " + seen);
        assertEquals(
                1,
                seen.stream()
                        .filter(one -> one.kind() == RunnerObservation.Kind.EXITED)
                        .count(),
                () -> "once: " + seen);
    }

    @Test
    void aMachineThatEndedWhileNobodyWatchedIsNotListedAsAlive() {
        RunnerProvider.Session first = open(new Context(FLEET, 1));
        RunnerHandle handle = provision(first, runner(1));
        await(first.close());
        kill(handle);
        RunnerProvider.Session second = open(new Context(FLEET, 2));
        Duration waited = Duration.ZERO;
        while (await(second.list()).machines().stream().anyMatch(Listing.Machine::alive)) {
            assertTrue(waited.compareTo(patience()) < 0, "not listed as alive");
            passUntil(() -> false, A_MOMENT);
            waited = waited.plus(A_MOMENT);
        }
        await(second.remove(handle));
        assertTrue(await(second.list()).machines().isEmpty(), "nothing is listed");
    }

    @Test
    void noSecretIsInAHandle() {
        RunnerProvider.Session session = open(new Context(FLEET, 1));
        RunnerHandle handle = provision(session, runner(1));
        String secret = registration(runner(1)).secret();
        assertFalse(handle.toString().contains(secret), () -> "a secret in " + handle);
    }

    @Test
    void aRunnerThatIsToRegisterItselfIsRefusedOrKnownAsWhatItIs() {
        RunnerProvider.Session session = open(new Context(FLEET, 1));
        int free = session.room(POOL).free();
        Instant now = scheduler().instant();
        var self = new SelfRegistration(
                "http://localhost:1/contract",
                List.of("contract"),
                Optional.empty(),
                "_work",
                false,
                false,
                false,
                now,
                Optional.of(now.plus(Duration.ofHours(1))));
        var registration = Registration.byToken(runner(1), secret(runner(1)), self);
        var stage = session.provision(new ProvisionRequest(runner(1), POOL, profile(), registration));
        assertTrue(passUntil(stage.toCompletableFuture()::isDone, patience()), "an answer");
        if (stage.toCompletableFuture().isCompletedExceptionally()) {
            assertInstanceOf(ProvisioningException.class, failureOf(stage));
            assertTrue(await(session.list()).machines().isEmpty(), "nothing was made");
            assertEquals(free, session.room(POOL).free());
            return;
        }
        RunnerHandle handle = await(stage);
        made.add(handle);
        assertTrue(handle.isPersistent(), () -> "it takes one job after another: " + handle);
        assertFalse(handle.toString().contains(secret(runner(1))), () -> "a secret in " + handle);
        assertTrue(await(session.list()).machines().get(0).handle().isPersistent(), "the list tells it too");
    }

    @Test
    void closingTwiceIsClosingOnce() {
        RunnerProvider.Session session = open(new Context(FLEET, 1));
        await(session.close());
        await(session.close());
    }

    @Test
    void limitsAreTheSameEachTime() {
        RunnerProvider.Session session = open(new Context(FLEET, 1));
        assertEquals(session.limits(), session.limits());
        assertTrue(session.room(POOL).free() > 0, "a test needs room for one machine");
    }

    // ---- what the tests need -------------------------------------------------------------------------------

    /** Removes what a test left. */
    @AfterEach
    final void leaveNothing() {
        if (!made.isEmpty()) {
            RunnerProvider.Session session = open(new Context(FLEET, 99));
            made.forEach(handle -> await(session.remove(handle)));
        }
        opened.forEach(session -> await(session.close()));
    }

    private RunnerProvider.Session open(ProviderContext context) {
        RunnerProvider.Session session = provider().open(context);
        opened.add(session);
        return session;
    }

    private static RunnerId runner(int number) {
        return new RunnerId("pool-abcd-aaaaaaaaa" + (char) ('a' + number));
    }

    private static String secret(RunnerId runner) {
        return "secret-of-" + runner;
    }

    private ProvisionRequest request(RunnerId runner) {
        return new ProvisionRequest(runner, POOL, profile(), registration(runner));
    }

    private RunnerHandle provision(RunnerProvider.Session session, RunnerId runner) {
        RunnerHandle handle = await(session.provision(request(runner)));
        made.add(handle);
        return handle;
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

    private final class Context implements ProviderContext {
        private final String fleet;
        private final long epoch;
        private final Queue<RunnerObservation> seen = new ConcurrentLinkedQueue<>();

        Context(String fleet, long epoch) {
            this.fleet = fleet;
            this.epoch = epoch;
        }

        boolean sawEnd(RunnerId runner) {
            return seen.stream()
                    .anyMatch(one -> one.runner().equals(runner) && one.kind() == RunnerObservation.Kind.EXITED);
        }

        @Override
        public String fleet() {
            return fleet;
        }

        @Override
        public long epoch() {
            return epoch;
        }

        @Override
        public Scheduler scheduler() {
            return RunnerProviderContract.this.scheduler();
        }

        @Override
        public void observe(RunnerObservation observation) {
            seen.add(observation);
        }

        @Override
        public void publish(ExtensionEvent event) {}
    }
}
