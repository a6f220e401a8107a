package dev.paddock.gcp;

import dev.paddock.gcp.internal.Quota;
import dev.paddock.gcp.internal.RegionFacts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a project's quotas are and what is promised of them. Immutable.
 *
 * <p>{@link Level#usage} is Google's usage without what is held here. Whether Google has already counted a VM that is
 * being made cannot be seen, so a new reading is taken as between all of them counted and none, and there as close as can
 * be to what was expected: the usage before and what has been finished since. While nobody else uses the quota that is
 * exact, and otherwise it is bounded by Google's own number.
 *
 * @param levels limit and usage, by quota; what is not there is unknown
 * @param held what is promised, by the VM's name
 * @param promised the sum of that, by quota
 * @param blocks quotas that Google said are used up
 * @param unread why a region's quotas are unknown, by region
 * @param readings when the last reading of a region, or of the project, was begun
 * @param clock numbers what happens
 */
record LedgerState(
        SortedMap<Key, Level> levels,
        SortedMap<String, Held> held,
        SortedMap<Key, Double> promised,
        SortedMap<Key, Block> blocks,
        SortedMap<String, String> unread,
        SortedMap<String, Long> readings,
        long clock) {
    static final String PROJECT = "";

    /** No region's name, for what is unknown of all of them. */
    private static final String ANY_REGION = "*";

    private static final String UNTOLD = "Google does not tell it";
    /** The stamp of a VM that is still being made. */
    static final long MAKING = -1;

    LedgerState {
        levels = Collections.unmodifiableSortedMap(levels);
        held = Collections.unmodifiableSortedMap(held);
        promised = Collections.unmodifiableSortedMap(promised);
        blocks = Collections.unmodifiableSortedMap(blocks);
        unread = Collections.unmodifiableSortedMap(unread);
        readings = Collections.unmodifiableSortedMap(readings);
    }

    /** With other promises, of which the sum is new. */
    private LedgerState(
            SortedMap<Key, Level> levels,
            SortedMap<String, Held> held,
            SortedMap<Key, Block> blocks,
            SortedMap<String, String> unread,
            SortedMap<String, Long> readings,
            long clock) {
        this(levels, held, sums(held), blocks, unread, readings, clock);
    }

    private static SortedMap<Key, Double> sums(SortedMap<String, Held> held) {
        SortedMap<Key, Double> sums = new TreeMap<>();
        held.values()
                .forEach(
                        one -> one.charges().forEach(charge -> sums.merge(charge.key(), charge.amount(), Double::sum)));
        return sums;
    }

    /** A quota: its region, or {@link #PROJECT}, and its name. */
    record Key(String scope, String metric) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::scope).thenComparing(Key::metric);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }

        @Override
        public String toString() {
            return metric + (scope.isEmpty() ? " of the project" : " in " + scope);
        }
    }

    record Level(double limit, double usage) {}

    record Charge(Key key, double amount) {}

    /** A promise; {@code done} is {@link #MAKING}, or when the VM was made. */
    record Held(String zone, String region, List<Charge> charges, long done) {
        Held {
            charges = List.copyOf(charges);
        }
    }

    /** A block; {@code firm} if no reading lifts it, since nobody knows how much a VM takes of that quota. */
    record Block(Instant until, long stamp, boolean firm) {}

    static LedgerState empty() {
        return new LedgerState(new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), 0);
    }

    LedgerState ticked() {
        return new LedgerState(levels, held, promised, blocks, unread, readings, clock + 1);
    }

    LedgerState withHeld(SortedMap<String, Held> changed) {
        return new LedgerState(levels, changed, blocks, unread, readings, clock + 1);
    }

    LedgerState withBlock(Key key, Instant until, boolean firm) {
        SortedMap<Key, Block> all = new TreeMap<>(blocks);
        all.put(key, new Block(until, clock, firm));
        return new LedgerState(levels, held, promised, all, unread, readings, clock + 1);
    }

    double pending(Key key) {
        return promised.getOrDefault(key, 0.0);
    }

    QuotaReading reading(Key key) {
        Level level = levels.get(key);
        if (level != null) {
            return QuotaReading.of(level.limit(), level.usage());
        }
        String general = key.scope().equals(PROJECT) ? UNTOLD : unread.getOrDefault(ANY_REGION, UNTOLD);
        return QuotaReading.unknown(unread.getOrDefault(key.scope(), general));
    }

    // ---- what Google told ----------------------------------------------------------------------------------

    /** With new readings, asked for at {@code begun}; what is not there was not read. */
    LedgerState refreshed(long begun, Optional<List<RegionFacts>> regions, Optional<Map<String, Quota>> project) {
        SortedMap<String, Map<String, Quota>> read = new TreeMap<>();
        SortedMap<String, String> why = new TreeMap<>(unread);
        regions.ifPresent(all -> why.remove(ANY_REGION));
        regions.ifPresent(all -> all.stream()
                .filter(region -> isNews(region.name(), begun))
                .forEach(region -> {
                    read.put(region.name(), region.quotas());
                    why.put(region.name(), region.warning().isEmpty() ? UNTOLD : region.warning());
                }));
        project.filter(quotas -> isNews(PROJECT, begun)).ifPresent(quotas -> {
            read.put(PROJECT, quotas);
            why.remove(PROJECT);
        });
        SortedMap<String, Long> newest = new TreeMap<>(readings);
        read.keySet().forEach(scope -> newest.put(scope, begun));
        SortedMap<Key, Double> finished = new TreeMap<>();
        SortedMap<Key, Double> making = new TreeMap<>();
        SortedMap<String, Held> left = settle(begun, read, finished, making);
        SortedMap<Key, Level> changed = new TreeMap<>(levels);
        changed.keySet().removeIf(key -> read.containsKey(key.scope()));
        read.forEach((scope, quotas) -> quotas.forEach((metric, quota) -> {
            Key key = new Key(scope, metric);
            changed.put(
                    key, level(quota, levels.get(key), finished.getOrDefault(key, 0.0), making.getOrDefault(key, 0.0)));
        }));
        SortedMap<Key, Block> blocked = new TreeMap<>(blocks);
        blocked.entrySet()
                .removeIf(block -> !block.getValue().firm()
                        && block.getValue().stamp() < begun
                        && read.containsKey(block.getKey().scope())
                        && changed.containsKey(block.getKey()));
        return new LedgerState(changed, left, blocked, why, newest, clock + 1);
    }

    /** Readings may overtake each other: one that was begun before the last one that came knows less. */
    private boolean isNews(String scope, long begun) {
        Long newest = readings.get(scope);
        return newest == null || newest < begun;
    }

    /** Ends the promises that a reading begun afterwards surely counts; sums up the others. */
    private SortedMap<String, Held> settle(
            long begun,
            SortedMap<String, Map<String, Quota>> read,
            SortedMap<Key, Double> finished,
            SortedMap<Key, Double> making) {
        SortedMap<String, Held> left = new TreeMap<>();
        held.forEach((name, one) -> {
            boolean seen = one.done() != MAKING && one.done() < begun;
            List<Charge> kept = new ArrayList<>();
            for (Charge charge : one.charges()) {
                if (seen && read.containsKey(charge.key().scope())) {
                    finished.merge(charge.key(), charge.amount(), Double::sum);
                } else {
                    kept.add(charge);
                    making.merge(charge.key(), charge.amount(), Double::sum);
                }
            }
            if (!seen || !kept.isEmpty()) {
                left.put(name, new Held(one.zone(), one.region(), kept, one.done()));
            }
        });
        return left;
    }

    private static Level level(Quota read, @Nullable Level before, double finished, double making) {
        double usage = read.usage();
        if (before != null) {
            double expected = before.usage() + finished;
            usage = Math.min(usage, Math.max(usage - making, expected));
        }
        return new Level(read.limit(), usage);
    }

    /**
     * A call failed. What was read before stays unless it is too old, and what is not known is so for this reason.
     *
     * @param ofProject whether it was the call for the project, else that for the regions
     * @param tooOld whether what was read before no longer tells anything
     */
    LedgerState unreadable(boolean ofProject, boolean tooOld, String reason) {
        SortedMap<String, String> why = new TreeMap<>(unread);
        why.put(ofProject ? PROJECT : ANY_REGION, reason);
        if (!tooOld) {
            return new LedgerState(levels, held, promised, blocks, why, readings, clock + 1);
        }
        SortedMap<Key, Level> known = new TreeMap<>(levels);
        known.keySet().removeIf(key -> key.scope().equals(PROJECT) == ofProject);
        why.keySet().removeIf(scope -> !scope.equals(PROJECT) && !scope.equals(ANY_REGION) && !ofProject);
        SortedMap<String, Held> left = new TreeMap<>();
        held.forEach((name, one) -> {
            List<Charge> kept = one.charges().stream()
                    .filter(charge ->
                            one.done() == MAKING || charge.key().scope().equals(PROJECT) != ofProject)
                    .toList();
            if (!kept.isEmpty()) {
                left.put(name, new Held(one.zone(), one.region(), kept, one.done()));
            }
        });
        return new LedgerState(known, left, blocks, why, readings, clock + 1);
    }

    // ---- what fits -----------------------------------------------------------------------------------------

    /** How many VMs a quota still allows, and whether that is known. */
    private record Fit(int told, int left, boolean known) {
        static final int ANY = Integer.MAX_VALUE;

        static Fit of(QuotaReading reading, double pending, double amount, boolean blocked) {
            if (blocked) {
                return new Fit(0, 0, true);
            }
            if (reading instanceof QuotaReading.Known known) {
                return new Fit(
                        vms(known.limit() - known.usage(), amount),
                        vms(known.limit() - known.usage() - pending, amount),
                        true);
            }
            return new Fit(ANY, ANY, reading instanceof QuotaReading.Unlimited);
        }

        private static int vms(double free, double amount) {
            return (int) Math.max(0, Math.min(ANY, Math.floor(free / amount)));
        }

        /** What either of two quotas allows; one that is unknown counts only if the other has nothing. */
        Fit or(Fit other) {
            if (known != other.known) {
                Fit sure = known ? this : other;
                return sure.left > 0 ? sure : new Fit(ANY, ANY, false);
            }
            return new Fit(plus(told, other.told), plus(left, other.left), known);
        }

        private static int plus(int a, int b) {
            return (int) Math.min(ANY, (long) a + b);
        }
    }

    private Fit fit(Key key, double amount, Instant now) {
        return Fit.of(reading(key), pending(key), amount, isBlocked(key, now));
    }

    /** The quotas a need may be met from, the first one preferred. */
    List<Key> sources(QuotaNeed need, String region, FlexStartQuota flex, Instant now) {
        String scope = need.projectWide() ? PROJECT : region;
        Key standard = new Key(scope, need.standard());
        if (need.spot().isEmpty()) {
            return List.of(standard);
        }
        Key spot = new Key(scope, need.spot().get());
        if (!need.flexible()) {
            // a project that was given no quota of spot VMs uses the one on demand for them
            Level level = levels.get(spot);
            return List.of(level != null && level.limit() == 0 ? standard : spot);
        }
        if (flex == FlexStartQuota.BOTH) {
            return List.of(spot, standard);
        }
        return List.of(roomier(spot, standard, now));
    }

    /** The one with more room by what Google tells; if that is not told of both, the one of which it is. */
    private Key roomier(Key spot, Key standard, Instant now) {
        return room(standard, now) > room(spot, now) ? standard : spot;
    }

    private double room(Key key, Instant now) {
        if (isBlocked(key, now)) {
            return Double.NEGATIVE_INFINITY;
        }
        Level level = levels.get(key);
        return level == null ? 0 : level.limit() - level.usage();
    }

    private boolean isBlocked(Key key, Instant now) {
        Block block = blocks.get(key);
        return block != null && now.isBefore(block.until());
    }

    private Fit fit(List<Key> sources, double amount, Instant now) {
        return sources.stream()
                .map(key -> fit(key, amount, now))
                .reduce(Fit::or)
                .orElseThrow();
    }

    Headroom headroom(String region, List<QuotaNeed> needs, FlexStartQuota flex, Instant now) {
        int inRegion = Fit.ANY;
        int left = Fit.ANY;
        boolean known = false;
        @Nullable Key limit = null;
        for (QuotaNeed need : needs) {
            List<Key> sources = sources(need, region, flex, now);
            Fit fit = fit(sources, need.amount(), now);
            known |= need.matters() && fit.known();
            if (!need.projectWide()) {
                inRegion = Math.min(inRegion, fit.told());
            }
            if (fit.left() < left) {
                left = fit.left();
                limit = sources.get(sources.size() - 1);
            }
        }
        return new Headroom(inRegion, left, known, limit == null ? "" : text(limit, now));
    }

    private String text(Key key, Instant now) {
        Block block = blocks.get(key);
        if (block != null && isBlocked(key, now)) {
            return key + ": Google said that it is used up; not asked again before " + block.until();
        }
        double pending = pending(key);
        return key + ": " + reading(key) + (pending == 0 ? "" : ", " + (long) Math.ceil(pending) + " being made");
    }

    /** Promises a VM, or says why not. */
    Promise promise(String name, String zone, String region, List<QuotaNeed> needs, FlexStartQuota flex, Instant now) {
        Held already = held.get(name);
        if (already != null) {
            return new Promise(this, Optional.of(name + " is being made already, in " + already.zone()));
        }
        List<Charge> charges = new ArrayList<>();
        for (QuotaNeed need : needs) {
            List<Key> sources = sources(need, region, flex, now);
            Optional<Key> source = source(sources, need.amount(), now);
            if (source.isEmpty()) {
                return new Promise(this, Optional.of("quota used up: " + text(sources.get(sources.size() - 1), now)));
            }
            charges.add(new Charge(source.get(), need.amount()));
        }
        SortedMap<String, Held> all = new TreeMap<>(held);
        all.put(name, new Held(zone, region, charges, MAKING));
        return new Promise(withHeld(all), Optional.empty());
    }

    private Optional<Key> source(List<Key> sources, double amount, Instant now) {
        List<Key> possible =
                sources.stream().filter(key -> fit(key, amount, now).left() > 0).toList();
        return possible.stream()
                .filter(key -> fit(key, amount, now).known())
                .findFirst()
                .or(() -> possible.stream().findFirst());
    }

    /** The state after a promise, or the same and why there is none. */
    record Promise(LedgerState state, Optional<String> refusal) {}
}
