package dev.paddock.examples.faults;

import dev.paddock.spi.JournalEntry;
import dev.paddock.testkit.ComputeOperation;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.OperationFault;
import dev.paddock.testkit.RecordedRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** Decides what goes wrong with Compute Engine and around it, by the dice of one seed: nothing once it is told to stop. */
final class VmChaos {
    private static final double[] INTENSITIES = {0, 0.02, 0.05, 0.1, 0.2};
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(40);
    private static final String INTERNAL = "INTERNAL_ERROR";

    /** What may go wrong with any answer of Compute Engine. */
    private static final Map<String, Function<RandomGenerator, Fault>> ANSWERS = new LinkedHashMap<>();
    /** What may go wrong with an operation that makes a VM. */
    private static final Map<String, Function<RandomGenerator, OperationFault>> MAKING = new LinkedHashMap<>();
    /** And with any other. */
    private static final Map<String, Function<RandomGenerator, OperationFault>> OPERATIONS = new LinkedHashMap<>();
    /** What may go wrong with any answer of GitHub's service; the other simulation knows more. */
    private static final Map<String, Function<RandomGenerator, Fault>> SERVICE = new LinkedHashMap<>();

    static {
        ANSWERS.put("503", dice -> Fault.status(503, error(503, "backendError", "Service unavailable")));
        ANSWERS.put("500", dice -> Fault.status(500));
        ANSWERS.put("page", dice -> Fault.page(502));
        ANSWERS.put("429", dice -> Fault.retryAfter(Duration.ofSeconds(1 + dice.nextInt(20))));
        ANSWERS.put(
                "rate limit",
                dice -> Fault.status(403, error(403, "rateLimitExceeded", "Rate Limit Exceeded for operations")));
        ANSWERS.put(
                "permission",
                dice -> Fault.status(403, error(403, "forbidden", "Required 'compute.instances.use' permission")));
        ANSWERS.put("lost reply", dice -> Fault.loseReply());
        ANSWERS.put("reset", dice -> Fault.reset());
        ANSWERS.put("duplicate", dice -> Fault.duplicate());
        ANSWERS.put("hang", dice -> Fault.hang());
        ANSWERS.put("delay", dice -> Fault.delay(delay(dice)));
        ANSWERS.put("slow body", dice -> Fault.slowBody(Duration.ofSeconds(dice.nextInt(5))));
        ANSWERS.put("endless body", dice -> Fault.endlessBody());
        ANSWERS.put("cut body", dice -> Fault.cutBody());
        ANSWERS.put("bad JSON", dice -> Fault.replaceBody("{\"kind\": \"compute#"));
        ANSWERS.put("empty object", dice -> Fault.replaceBody("{}"));
        ANSWERS.put("byte order mark", dice -> Fault.byteOrderMark());
        OPERATIONS.put("stuck", dice -> OperationFault.stuck());
        OPERATIONS.put("stuck after effect", dice -> OperationFault.stuckAfterEffect());
        OPERATIONS.put("fails", dice -> OperationFault.error(INTERNAL, "Internal error", 500));
        OPERATIONS.put(
                "error while running",
                dice -> OperationFault.error(INTERNAL, "Internal error", 500)
                        .shownFor(Duration.ofSeconds(1 + dice.nextInt(40))));
        MAKING.putAll(OPERATIONS);
        MAKING.put("stock-out", dice -> OperationFault.stockOut());
        MAKING.put("stock-out with details", dice -> OperationFault.stockOutWithDetails());
        MAKING.put("stock-out while running", dice -> OperationFault.stockOut().shownFor(Duration.ofSeconds(20)));
        MAKING.put("quota", dice -> OperationFault.quotaExceeded("NVIDIA_T4_GPUS", 1, VmWorld.REGIONS.get(0)));
        SERVICE.put("503", dice -> Fault.status(503));
        SERVICE.put("429", dice -> Fault.retryAfter(Duration.ofSeconds(1 + dice.nextInt(20))));
        SERVICE.put("lost reply", dice -> Fault.loseReply());
        SERVICE.put("reset", dice -> Fault.reset());
        SERVICE.put("hang", dice -> Fault.hang());
        SERVICE.put("delay", dice -> Fault.delay(delay(dice)));
        SERVICE.put("cut body", dice -> Fault.cutBody());
    }

    /** What happens to the world as a whole, now and then. */
    enum World {
        VM_PREEMPTED,
        VM_DIES,
        STOCK_CHANGED,
        OTHERS_USE_QUOTA,
        QUOTA_CHANGED,
        QUOTAS_HIDDEN,
        ZONE_UNREACHABLE,
        REGION_UNREACHABLE,
        FILTERS_IGNORED,
        TEMPLATE_REMOVED,
        SERVICE_SLOW,
        OUTAGE,
        HOST_CRASHES
    }

    /** What is amiss with a guest. */
    enum Guest {
        NEVER_BOOTS,
        BOOT_FAILS,
        BOOT_FAILS_AND_STAYS,
        NEVER_ENDS
    }

    private static final List<CrashingJournal.Fate> WRITES = List.of(
            CrashingJournal.Fate.DEATH_BEFORE_WRITE,
            CrashingJournal.Fate.DEATH_AFTER_WRITE,
            CrashingJournal.Fate.DEATH_AFTER_WRITE,
            CrashingJournal.Fate.SLOW,
            CrashingJournal.Fate.SLOW,
            CrashingJournal.Fate.REFUSED);

    private static final String JOURNAL_LOST = "journal: LOST";

    private final RandomGenerator dice;
    private final Trace trace;
    private final double answers;
    private final double operations;
    private final double service;
    private final double guests;
    private final double writes;
    private final double events;
    private final Tally tally = new Tally(kinds(), false);
    private boolean active = true;
    private boolean outage;

    VmChaos(RandomGenerator dice, Trace trace) {
        this.dice = dice;
        this.trace = trace;
        answers = anyOf(INTENSITIES);
        operations = anyOf(INTENSITIES);
        service = anyOf(INTENSITIES) / 2;
        guests = anyOf(INTENSITIES);
        writes = dice.nextInt(3) == 0 ? 0.03 : 0;
        events = dice.nextInt(6) / 10.0;
    }

    private double anyOf(double... all) {
        return all[dice.nextInt(all.length)];
    }

    /** All that can go wrong, by name. */
    static List<String> kinds() {
        List<String> kinds = new ArrayList<>();
        ANSWERS.keySet().forEach(name -> kinds.add("compute: " + name));
        MAKING.keySet().forEach(name -> kinds.add("creation: " + name));
        OPERATIONS.keySet().forEach(name -> kinds.add("operation: " + name));
        SERVICE.keySet().forEach(name -> kinds.add("service: " + name));
        WRITES.stream().distinct().forEach(fate -> kinds.add("journal: " + fate));
        kinds.add(JOURNAL_LOST);
        for (Guest guest : Guest.values()) {
            kinds.add("guest: " + guest);
        }
        for (World world : World.values()) {
            kinds.add("world: " + world);
        }
        return kinds;
    }

    private static String error(int code, String reason, String message) {
        return "{\"error\":{\"code\":" + code + ",\"message\":\"" + message + "\",\"errors\":[{\"message\":\"" + message
                + "\",\"domain\":\"usageLimits\",\"reason\":\"" + reason + "\"}]}}";
    }

    private static Duration delay(RandomGenerator dice) {
        return Duration.ofMillis(dice.nextLong(LONGEST_DELAY.toMillis()));
    }

    Tally tally() {
        return tally;
    }

    void stop() {
        active = false;
        outage = false;
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

    private <T> T drawn(String at, String where, Map<String, Function<RandomGenerator, T>> faults) {
        List<Map.Entry<String, Function<RandomGenerator, T>>> all = List.copyOf(faults.entrySet());
        var one = all.get(dice.nextInt(all.size()));
        return note(at + ": " + one.getKey(), where, one.getValue().apply(dice));
    }

    /** From now on, or until now, most of what is asked of Compute Engine fails. */
    void outage(boolean begins) {
        outage = begins;
    }

    Optional<Fault> onCompute(ComputeRequest request) {
        return strikes(outage ? 0.9 : answers)
                ? Optional.of(drawn("compute", request.method() + " " + request.path(), ANSWERS))
                : Optional.empty();
    }

    Optional<OperationFault> onOperation(ComputeOperation operation) {
        boolean making = operation.type().equals("insert") || operation.type().equals("bulkInsert");
        boolean ours =
                making || operation.type().equals("delete") || operation.type().equals("setMetadata");
        if (!ours || !strikes(operations)) {
            return Optional.empty();
        }
        String where = operation.type() + " of " + operation.target();
        return Optional.of(making ? drawn("creation", where, MAKING) : drawn("operation", where, OPERATIONS));
    }

    Optional<Fault> onService(RecordedRequest request) {
        return strikes(service)
                ? Optional.of(drawn("service", request.method() + " " + request.path(), SERVICE))
                : Optional.empty();
    }

    CrashingJournal.Fate onWrite(List<JournalEntry> entries) {
        if (!strikes(writes)) {
            return CrashingJournal.Fate.NONE;
        }
        CrashingJournal.Fate fate = WRITES.get(dice.nextInt(WRITES.size()));
        return note("journal: " + fate, "journal", fate);
    }

    /** When a coordinator's host crashes: whether what it remembers is gone as well. */
    boolean losesJournal() {
        if (!strikes(0.15)) {
            return false;
        }
        note(JOURNAL_LOST, "journal", "lost");
        return true;
    }

    /** Once a minute: what happens to the world, if anything. */
    Optional<World> onMinute() {
        World one = World.values()[dice.nextInt(World.values().length)];
        return strikes(events) ? Optional.of(one) : Optional.empty();
    }

    /** What is amiss with a guest that would boot now. */
    Optional<Guest> onGuest(String vm) {
        if (!strikes(guests)) {
            return Optional.empty();
        }
        Guest guest = Guest.values()[dice.nextInt(Guest.values().length)];
        return Optional.of(note("guest: " + guest, vm, guest));
    }

    /** That it did happen. */
    void happened(World what, String to) {
        note("world: " + what, "world", what + " " + to);
    }
}
