package dev.paddock.gcp;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Which zones had no such machine, and when. Shared by all who make VMs in a project.
 *
 * <p>A zone that had none gets no request for {@link #FIRST_HALF_LIFE}, and twice as long with each stock-out that follows,
 * up to {@link #LONGEST_HALF_LIFE}; then one at a time, until one succeeds or 8 half-lives are over. What was asked before
 * the first answer came and ends the same way tells nothing new and lengthens nothing. Thread-safe; nothing waits.
 */
final class StockMemory {
    static final Duration FIRST_HALF_LIFE = Duration.ofMinutes(5);
    static final Duration LONGEST_HALF_LIFE = Duration.ofHours(1);
    /** How long Google's word that a zone has room is believed. */
    static final Duration HINT_FOR = Duration.ofMinutes(5);
    /** After how long an attempt of which nothing more was heard no longer keeps others away. */
    static final Duration PROBE_FOR = Duration.ofMinutes(10);

    private static final int FORGOTTEN_AFTER = 8;

    private final AtomicReference<State> state =
            new AtomicReference<>(new State(new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), 0));

    /** A stock: machines of one kind in one zone. */
    record Stock(String zone, String kind) implements Comparable<Stock> {
        private static final Comparator<Stock> ORDER =
                Comparator.comparing(Stock::kind).thenComparing(Stock::zone);

        static Stock of(String zone, MachineShape shape) {
            return new Stock(
                    zone,
                    shape.machineType() + "|" + shape.acceleratorCount() + "|" + shape.acceleratorType() + "|"
                            + shape.provisioningModel());
        }

        @Override
        public int compareTo(Stock other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * A request that is about to be sent.
     *
     * @param stock what is asked for
     * @param number tells what began before what
     * @param begun when
     */
    record Attempt(Stock stock, long number, Instant begun) {}

    /** A zone that had none: when, the how manyth thing that happened, the half-life, and who tries it again. */
    private record Empty(
            Instant at,
            long number,
            Duration halfLife,
            @Nullable Attempt probe) {
        Instant coolDownEnds() {
            return at.plus(halfLife);
        }

        boolean isForgotten(Instant now) {
            return !now.isBefore(at.plus(halfLife.multipliedBy(FORGOTTEN_AFTER)));
        }

        boolean isProbed(Instant now) {
            return probe != null && now.isBefore(probe.begun().plus(PROBE_FOR));
        }

        Empty probedBy(@Nullable Attempt attempt) {
            return new Empty(at, number, halfLife, attempt);
        }
    }

    /** What is known: who had none, whom Google named, how long answers take, and a counter of what happened. */
    private record State(
            SortedMap<Stock, Empty> empty,
            SortedMap<Stock, Instant> hints,
            SortedMap<Stock, Duration> answers,
            long clock) {
        State with(Stock stock, @Nullable Empty entry, Instant now) {
            SortedMap<Stock, Empty> all = new TreeMap<>(empty);
            all.values().removeIf(one -> one.isForgotten(now));
            if (entry == null) {
                all.remove(stock);
            } else {
                all.put(stock, entry);
            }
            return new State(all, hints, answers, clock + 1);
        }

        State hinting(Stock denied, List<String> zones, Instant now) {
            SortedMap<Stock, Instant> all = new TreeMap<>(hints);
            all.values().removeIf(at -> !now.isBefore(at.plus(HINT_FOR)));
            all.remove(denied);
            zones.forEach(zone -> all.put(new Stock(zone, denied.kind()), now));
            return new State(empty, all, answers, clock);
        }

        /** A quarter of the new one and the rest of what was before. */
        State answered(Attempt attempt, Instant now) {
            Duration took = Duration.between(attempt.begun(), now);
            if (took.isNegative() || took.isZero()) {
                return this;
            }
            SortedMap<Stock, Duration> all = new TreeMap<>(answers);
            all.merge(
                    attempt.stock(),
                    took,
                    (before, last) -> before.multipliedBy(3).plus(last).dividedBy(4));
            return new State(empty, hints, all, clock);
        }

        Duration answer(Stock stock) {
            return answers.getOrDefault(stock, StockEstimate.USUAL_ANSWER);
        }

        Optional<Empty> emptied(Stock stock, Instant now) {
            return Optional.ofNullable(empty.get(stock)).filter(one -> !one.isForgotten(now));
        }
    }

    /**
     * Asks whether a request may be sent now, and if so notes that it is. To be called right before it is sent; whoever got
     * an attempt tells its end by {@link #succeeded}, {@link #stockOut} or {@link #abandoned}.
     *
     * @return the attempt; empty if the zone cools down, or another one is trying whether it has any again
     */
    Optional<Attempt> begin(String zone, MachineShape shape, Instant now) {
        Stock stock = Stock.of(zone, shape);
        while (true) {
            State before = state.get();
            Attempt attempt = new Attempt(stock, before.clock(), now);
            Optional<Empty> empty = before.emptied(stock, now);
            if (empty.isPresent()
                    && (now.isBefore(empty.get().coolDownEnds()) || empty.get().isProbed(now))) {
                return Optional.empty();
            }
            State after =
                    before.with(stock, empty.map(one -> one.probedBy(attempt)).orElse(null), now);
            if (state.compareAndSet(before, after)) {
                return Optional.of(attempt);
            }
        }
    }

    /** The zone had one. */
    void succeeded(Attempt attempt, Instant now) {
        state.updateAndGet(known -> {
            State before = known.answered(attempt, now);
            return before.emptied(attempt.stock(), now)
                    .filter(empty -> attempt.number() > empty.number())
                    .map(empty -> before.with(attempt.stock(), null, now))
                    .orElse(before);
        });
    }

    /**
     * The zone had none.
     *
     * @param zonesAvailable those that Google named as having some; in regions that are not the pool's too
     */
    void stockOut(Attempt attempt, List<String> zonesAvailable, Instant now) {
        state.updateAndGet(before -> {
            Optional<Empty> known = before.emptied(attempt.stock(), now);
            boolean news =
                    known.filter(empty -> empty.number() > attempt.number()).isEmpty();
            Empty next = new Empty(
                    now,
                    before.clock(),
                    known.map(empty -> doubled(empty.halfLife())).orElse(FIRST_HALF_LIFE),
                    null);
            Empty empty = news ? next : known.orElse(next);
            return before.answered(attempt, now)
                    .with(attempt.stock(), empty, now)
                    .hinting(attempt.stock(), zonesAvailable, now);
        });
    }

    private static Duration doubled(Duration halfLife) {
        Duration twice = halfLife.multipliedBy(2);
        return twice.compareTo(LONGEST_HALF_LIFE) > 0 ? LONGEST_HALF_LIFE : twice;
    }

    /** The attempt ended in a way that tells nothing of the zone's stock. */
    void abandoned(Attempt attempt, Instant now) {
        state.updateAndGet(before -> before.emptied(attempt.stock(), now)
                .filter(empty -> attempt.equals(empty.probe()))
                .map(empty -> before.with(attempt.stock(), empty.probedBy(null), now))
                .orElse(before));
    }

    /** What to expect of a zone. */
    StockEstimate estimate(String zone, MachineShape shape, Instant now) {
        State known = state.get();
        Stock asked = Stock.of(zone, shape);
        Duration answer = known.answer(asked);
        return known.emptied(asked, now)
                .map(empty -> {
                    double halfLives = (double) Math.max(
                                    0, Duration.between(empty.at(), now).toMillis())
                            / empty.halfLife().toMillis();
                    Optional<Instant> end = Optional.of(empty.coolDownEnds()).filter(now::isBefore);
                    return new StockEstimate(Optional.of(empty.at()), end, 1 - Math.pow(0.5, halfLives), answer);
                })
                .orElseGet(() -> new StockEstimate(Optional.empty(), Optional.empty(), 1, answer));
    }

    /** The zones that Google named for such machines a short while ago, the newest word first. */
    List<String> hinted(MachineShape shape, Instant now) {
        String kind = Stock.of("", shape).kind();
        SortedMap<Stock, Instant> hints = state.get().hints();
        return hints.entrySet().stream()
                .filter(hint -> hint.getKey().kind().equals(kind)
                        && now.isBefore(hint.getValue().plus(HINT_FOR)))
                .sorted(Map.Entry.<Stock, Instant>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(hint -> hint.getKey().zone()))
                .map(hint -> hint.getKey().zone())
                .toList();
    }

    /** When such a machine may be asked for in a zone again; the past or {@code now} if it may be now. */
    Instant nextTry(String zone, MachineShape shape, Instant now) {
        return state.get()
                .emptied(Stock.of(zone, shape), now)
                .map(empty -> empty.isProbed(now) && empty.probe() != null
                        ? empty.probe().begun().plus(PROBE_FOR)
                        : empty.coolDownEnds())
                .orElse(now);
    }
}
