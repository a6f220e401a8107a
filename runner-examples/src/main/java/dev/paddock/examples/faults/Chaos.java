package dev.paddock.examples.faults;

import dev.paddock.error.RunnerException;
import dev.paddock.testkit.CallFault;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Decides what goes wrong, by the dice of one seed: nothing once it is told to stop. */
final class Chaos {
    private static final double[] INTENSITIES = {0, 0.02, 0.05, 0.1, 0.2};
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(40);

    private final RandomGenerator dice;
    private final Trace trace;
    private final double requests;
    private final double calls;
    private final double writes;
    private boolean active = true;
    private long count;

    Chaos(RandomGenerator dice, Trace trace) {
        this.dice = dice;
        this.trace = trace;
        requests = INTENSITIES[dice.nextInt(INTENSITIES.length)];
        calls = INTENSITIES[dice.nextInt(INTENSITIES.length)];
        writes = dice.nextInt(3) == 0 ? 0.03 : 0;
    }

    void stop() {
        active = false;
        trace.add("chaos", "is over");
    }

    boolean isActive() {
        return active;
    }

    long count() {
        return count;
    }

    private boolean strikes(double probability) {
        return active && dice.nextDouble() < probability;
    }

    private <T> T note(String where, T fault) {
        count++;
        trace.add("fault", where + ": " + fault);
        return fault;
    }

    /** For each request to the simulated service. */
    Optional<Fault> onRequest(RecordedRequest request) {
        if (!strikes(requests)) {
            return Optional.empty();
        }
        return Optional.of(note(request.method() + " " + request.path(), fault(request.route())));
    }

    private Fault fault(Route route) {
        if (route == Route.POLL && dice.nextInt(3) == 0) {
            return Fault.staleStatistics();
        }
        if (route == Route.OPEN_SESSION && dice.nextInt(3) == 0) {
            return Fault.sessionConflict();
        }
        return switch (dice.nextInt(7)) {
            case 0 -> Fault.status(503);
            case 1 -> Fault.status(500);
            case 2 -> Fault.loseReply();
            case 3 -> Fault.reset();
            case 4 -> Fault.duplicate();
            case 5 -> Fault.hang();
            default -> Fault.delay(delay());
        };
    }

    private Duration delay() {
        return Duration.ofMillis(dice.nextLong(LONGEST_DELAY.toMillis()));
    }

    /** Now and then: makes one call of the provider go wrong. */
    void onProvider(FakeRunnerProvider machines) {
        var kinds = List.of(
                FakeRunnerProvider.Call.PROVISION,
                FakeRunnerProvider.Call.REMOVE,
                FakeRunnerProvider.Call.LIST,
                FakeRunnerProvider.Call.HEALTH);
        for (FakeRunnerProvider.Call call : kinds) {
            if (strikes(calls)) {
                machines.next(call, note("next " + call, providerFault()));
            }
        }
    }

    private CallFault providerFault() {
        return switch (dice.nextInt(6)) {
            case 0 -> CallFault.fail(new RunnerException("refused by chance", true, null));
            case 1 -> CallFault.loseReply();
            case 2 -> CallFault.effectWithoutAnswer();
            case 3 -> CallFault.noAnswer();
            case 4 -> CallFault.delay(delay());
            default -> CallFault.delayReply(delay());
        };
    }

    /** For each write to the journal. */
    CrashingJournal.Death onWrite() {
        if (!strikes(writes)) {
            return CrashingJournal.Death.NONE;
        }
        return note(
                "journal", dice.nextBoolean() ? CrashingJournal.Death.BEFORE_WRITE : CrashingJournal.Death.AFTER_WRITE);
    }

    /** Once a minute: whether a machine is lost. */
    boolean losesMachine() {
        return strikes(calls / 4);
    }

    /** Once a minute: whether the coordinator's host crashes. */
    boolean crashesHost() {
        return strikes(writes > 0 ? 0.1 : 0.02);
    }

    /** That something went wrong of which no other method knows. */
    void happened(String what) {
        note("world", what);
    }
}
