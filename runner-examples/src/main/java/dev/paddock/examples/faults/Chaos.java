package dev.paddock.examples.faults;

import dev.paddock.RunnerId;
import dev.paddock.error.RunnerException;
import dev.paddock.spi.JournalEntry;
import dev.paddock.testkit.CallFault;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** Decides what goes wrong, by the dice of one seed: nothing once it is told to stop. */
final class Chaos {
    private static final double[] INTENSITIES = {0, 0.02, 0.05, 0.1, 0.2};
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(40);
    private static final Set<Route> WITH_MESSAGES = EnumSet.of(Route.POLL);
    private static final Set<Route> WITH_SESSIONS = EnumSet.of(Route.OPEN_SESSION, Route.REFRESH_SESSION);

    /** What may go wrong with any answer of the service. */
    private static final Map<String, Function<RandomGenerator, Fault>> ANSWERS = new LinkedHashMap<>();
    /** And with one that brings jobs. */
    private static final Map<String, Function<RandomGenerator, Fault>> MESSAGES = new LinkedHashMap<>();
    /** And with one that opens or renews a session. */
    private static final Map<String, Function<RandomGenerator, Fault>> SESSIONS = new LinkedHashMap<>();
    /** What may go wrong with a call of the provider. */
    private static final Map<String, Function<RandomGenerator, CallFault>> CALLS = new LinkedHashMap<>();

    static {
        ANSWERS.put("503", dice -> Fault.status(503));
        ANSWERS.put("500", dice -> Fault.status(500));
        ANSWERS.put("page", dice -> Fault.page(502));
        ANSWERS.put("429", dice -> Fault.retryAfter(Duration.ofSeconds(1 + dice.nextInt(20))));
        ANSWERS.put("429 until", dice -> Fault.retryAfterDate(Duration.ofSeconds(1 + dice.nextInt(20))));
        ANSWERS.put("lost reply", dice -> Fault.loseReply());
        ANSWERS.put("reset", dice -> Fault.reset());
        ANSWERS.put("duplicate", dice -> Fault.duplicate());
        ANSWERS.put("hang", dice -> Fault.hang());
        ANSWERS.put("delay", dice -> Fault.delay(delay(dice)));
        ANSWERS.put("slow body", dice -> Fault.slowBody(Duration.ofSeconds(dice.nextInt(5))));
        ANSWERS.put("endless body", dice -> Fault.endlessBody());
        ANSWERS.put("cut body", dice -> Fault.cutBody());
        ANSWERS.put("byte order mark", dice -> Fault.byteOrderMark());
        ANSWERS.put("wrong count", dice -> Fault.wrongCount(1 + dice.nextInt(3)));
        ANSWERS.put("no expiry", dice -> Fault.noExpiry());
        ANSWERS.put("empty object", dice -> Fault.replaceBody("{}"));
        MESSAGES.put("stale statistics", dice -> Fault.staleStatistics());
        MESSAGES.put("null statistics", dice -> Fault.nullStatistics());
        MESSAGES.put("no statistics", dice -> Fault.noStatistics());
        MESSAGES.put("reordered", dice -> Fault.reorder());
        MESSAGES.put("capacity ignored", dice -> Fault.ignoreCapacity());
        MESSAGES.put("unknown message", dice -> Fault.unknownMessage());
        MESSAGES.put("unknown element", dice -> Fault.unknownElement());
        MESSAGES.put("broken element", dice -> Fault.brokenElement());
        SESSIONS.put("session conflict", dice -> Fault.sessionConflict());
        SESSIONS.put("no queue url", dice -> Fault.noQueueUrl());
        CALLS.put("refused", dice -> CallFault.fail(new RunnerException("refused by chance", true, null)));
        CALLS.put("thrown", dice -> CallFault.throwAtOnce(new RunnerException("thrown by chance", true, null)));
        CALLS.put("lost reply", dice -> CallFault.loseReply());
        CALLS.put("effect without answer", dice -> CallFault.effectWithoutAnswer());
        CALLS.put("no answer", dice -> CallFault.noAnswer());
        CALLS.put("delay", dice -> CallFault.delay(delay(dice)));
        CALLS.put("late reply", dice -> CallFault.delayReply(delay(dice)));
    }

    /** What happens to the world as a whole, now and then. */
    enum World {
        MACHINE_KILLED,
        MACHINE_VANISHED,
        MACHINE_UNFIT,
        LIST_UNREACHABLE,
        LIST_HIDES_ONE,
        NO_ROOM,
        ROOM_FAILS,
        HOST_CRASHES,
        SESSION_EVICTED,
        SCALE_SET_REMOVED,
        QUEUE_TOKEN_EXPIRED,
        ADMIN_TOKENS_EXPIRED,
        SERVICE_MOVED,
        SERVICE_SLOW,
        CLOCK_SKEWED,
        MAXIMUM_CHANGED,
        POLICY_CHANGED,
        POOL_PAUSED,
        POOL_RELABELLED,
        FLEET_DRAINED
    }

    /** What the fleet's own program does to it. */
    private static final Set<World> BY_ITS_HOST = EnumSet.of(
            World.MAXIMUM_CHANGED, World.POLICY_CHANGED, World.POOL_PAUSED, World.POOL_RELABELLED, World.FLEET_DRAINED);

    /** What comes of a write that goes wrong; most are slow only. */
    private static final List<CrashingJournal.Fate> WRITES = List.of(
            CrashingJournal.Fate.DEATH_BEFORE_WRITE,
            CrashingJournal.Fate.DEATH_AFTER_WRITE,
            CrashingJournal.Fate.DEATH_BEFORE_WRITE,
            CrashingJournal.Fate.DEATH_AFTER_WRITE,
            CrashingJournal.Fate.SLOW,
            CrashingJournal.Fate.SLOW,
            CrashingJournal.Fate.SLOW,
            CrashingJournal.Fate.STUCK,
            CrashingJournal.Fate.TOO_LATE,
            CrashingJournal.Fate.REFUSED);

    private static final String JOURNAL_LOST = "journal: LOST";

    private final RandomGenerator dice;
    private final Trace trace;
    private final double requests;
    private final double calls;
    private final double writes;
    private final Tally tally = new Tally(kinds(), true);
    private boolean active = true;
    private boolean outage;

    Chaos(RandomGenerator dice, Trace trace) {
        this.dice = dice;
        this.trace = trace;
        requests = INTENSITIES[dice.nextInt(INTENSITIES.length)];
        calls = INTENSITIES[dice.nextInt(INTENSITIES.length)];
        writes = dice.nextInt(3) == 0 ? 0.03 : 0;
    }

    /** All that can go wrong, by name. */
    static List<String> kinds() {
        List<String> kinds = new ArrayList<>();
        for (var faults : List.of(ANSWERS, MESSAGES, SESSIONS)) {
            faults.keySet().forEach(name -> kinds.add("service: " + name));
        }
        CALLS.keySet().forEach(name -> kinds.add("provider: " + name));
        for (CrashingJournal.Fate fate : CrashingJournal.Fate.values()) {
            if (fate != CrashingJournal.Fate.NONE) {
                kinds.add("journal: " + fate);
            }
        }
        kinds.add(JOURNAL_LOST);
        for (Flapping.Flaw flaw : Flapping.Flaw.values()) {
            kinds.add("runner: " + flaw);
        }
        for (World world : World.values()) {
            kinds.add("world: " + world);
        }
        return kinds;
    }

    Tally tally() {
        return tally;
    }

    void stop() {
        active = false;
        trace.add("chaos", "is over");
    }

    boolean isActive() {
        return active;
    }

    private boolean strikes(double probability) {
        return active && dice.nextDouble() < probability;
    }

    private <T> T note(String kind, String where, T fault) {
        tally.fault(kind);
        trace.add("fault", where + ": " + fault);
        return fault;
    }

    private <T> T anyOf(T[] all) {
        return List.of(all).get(dice.nextInt(all.length));
    }

    private static Duration delay(RandomGenerator dice) {
        return Duration.ofMillis(dice.nextLong(LONGEST_DELAY.toMillis()));
    }

    private <T> Map.Entry<String, T> drawn(Map<String, Function<RandomGenerator, T>> faults) {
        List<String> names = List.copyOf(faults.keySet());
        String name = names.get(dice.nextInt(names.size()));
        Function<RandomGenerator, T> fault = faults.get(name);
        if (fault == null) {
            throw new IllegalStateException("no fault " + name);
        }
        return Map.entry(name, fault.apply(dice));
    }

    /** From now on, or until now, most requests fail: calls do with all their retries, and no message comes through. */
    void outage(boolean begins) {
        outage = begins;
    }

    /** For each request to the simulated service. */
    Optional<Fault> onRequest(RecordedRequest request) {
        if (!strikes(outage ? 0.9 : requests)) {
            return Optional.empty();
        }
        var own = WITH_MESSAGES.contains(request.route())
                ? MESSAGES
                : WITH_SESSIONS.contains(request.route()) ? SESSIONS : ANSWERS;
        Map.Entry<String, Fault> fault = drawn(dice.nextInt(3) == 0 ? own : ANSWERS);
        return Optional.of(
                note("service: " + fault.getKey(), request.method() + " " + request.path(), fault.getValue()));
    }

    /** Now and then: makes one call of the provider go wrong. */
    void onProvider(FakeRunnerProvider machines) {
        for (FakeRunnerProvider.Call call : FakeRunnerProvider.Call.values()) {
            if (call != FakeRunnerProvider.Call.CLOSE && strikes(calls)) {
                Map.Entry<String, CallFault> fault = drawn(CALLS);
                machines.next(call, note("provider: " + fault.getKey(), "next " + call, fault.getValue()));
            }
        }
    }

    /** For each write to the journal; what is written seldom is struck more often. */
    CrashingJournal.Fate onWrite(List<JournalEntry> entries) {
        boolean seldom = entries.stream().anyMatch(entry -> entry.kind() == JournalEntry.Kind.RETIRED);
        if (!strikes(seldom ? 10 * writes : writes)) {
            return CrashingJournal.Fate.NONE;
        }
        CrashingJournal.Fate fate = WRITES.get(dice.nextInt(WRITES.size()));
        return note("journal: " + fate, "journal", fate);
    }

    /** When a coordinator's host crashes: whether what it remembers is gone as well. */
    boolean losesJournal() {
        if (!strikes(0.2)) {
            return false;
        }
        note(JOURNAL_LOST, "journal", "lost");
        return true;
    }

    /** Once a minute: what happens to the world, if anything. */
    Optional<World> onMinute() {
        World one = anyOf(World.values());
        double chance = one == World.HOST_CRASHES
                ? (writes > 0 ? 0.5 : 0.2)
                : BY_ITS_HOST.contains(one) ? 0.4 : calls + requests;
        return strikes(chance) ? Optional.of(one) : Optional.empty();
    }

    /** What is amiss with a runner that boots. */
    Optional<Flapping.Flaw> onRunner(RunnerId runner) {
        if (!strikes(calls)) {
            return Optional.empty();
        }
        Flapping.Flaw flaw = anyOf(Flapping.Flaw.values());
        return Optional.of(note("runner: " + flaw, runner.value(), flaw));
    }

    /**
     * Whether more jobs may have been assigned than the fleet has places for, so that its service gave some up: because
     * it took no heed of the capacity, or because the fleet was told to take less on.
     */
    boolean mayOverbook() {
        return tally.happened("service: capacity ignored")
                || BY_ITS_HOST.stream().anyMatch(one -> tally.happened("world: " + one));
    }

    /** That it did happen. */
    void happened(World what, String to) {
        note("world: " + what, "world", what + " " + to);
    }
}
