package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Brings one cache down to a size, so much work a turn: looks through it, takes out what is too much, deletes it. */
final class CacheSweep {
    /** Files looked at in a turn. */
    private static final int LOOKED_AT = 20_000;
    /** Entries taken out in a turn, while runners that start must wait. */
    private static final int TAKEN_OUT = 64;
    /** Files deleted in a turn. */
    private static final int DELETED = 5_000;

    /**
     * What came of it.
     *
     * @param living the runners for whose sake nothing, or not all, was taken out
     * @param entries how many were taken out
     * @param freed what they held
     * @param left what the cache holds now
     * @param failure why it was given up
     */
    record Ended(List<RunnerId> living, int entries, long freed, long left, Optional<IOException> failure) {}

    private final CacheFolder cache;
    private final long goal;
    private final Consumer<Runnable> turns;
    private final Consumer<Ended> ended;
    private @Nullable CacheSurvey survey;
    private List<CacheSurvey.Entry> surplus = List.of();
    private List<RunnerId> living = List.of();
    private int looked;
    private int taken;
    private long freed;

    /** {@code turns} runs a turn some time, one after the other. */
    CacheSweep(CacheFolder cache, long goal, Consumer<Runnable> turns, Consumer<Ended> ended) {
        this.cache = cache;
        this.goal = goal;
        this.turns = turns;
        this.ended = ended;
    }

    /** What this would evict if it could, and what then is left; looks through all of it at once. */
    static List<CacheSurvey.Entry> plan(CacheFolder cache, long goal) throws IOException {
        return cache.surplus(cache.survey().lookAtAll(), goal);
    }

    void begin() {
        next(this::lookThrough);
    }

    private interface Step {
        void run() throws IOException;
    }

    private void next(Step step) {
        turns.accept(() -> {
            try {
                step.run();
            } catch (IOException failure) {
                end(Optional.of(failure));
            }
        });
    }

    private void lookThrough() throws IOException {
        CacheSurvey looking = survey == null ? cache.survey() : survey;
        survey = looking;
        if (!looking.look(LOOKED_AT)) {
            next(this::lookThrough);
            return;
        }
        surplus = cache.surplus(looking, goal);
        next(this::takeOut);
    }

    private void takeOut() throws IOException {
        List<CacheSurvey.Entry> some = surplus.subList(looked, Math.min(surplus.size(), looked + TAKEN_OUT));
        if (!some.isEmpty()) {
            CacheFolder.Taken out = cache.takeOut(some);
            living = out.living();
            if (living.isEmpty()) {
                looked += some.size();
                taken += out.taken().size();
                out.taken().forEach(entry -> freed += entry.bytes());
                next(this::takeOut);
                return;
            }
        }
        next(this::delete);
    }

    private void delete() throws IOException {
        if (cache.empty(new SecureTree.Budget(DELETED))) {
            end(Optional.empty());
        } else {
            next(this::delete);
        }
    }

    private void end(Optional<IOException> failure) {
        CacheSurvey seen = survey;
        long left = seen == null ? 0 : seen.bytes() - freed;
        ended.accept(new Ended(living, taken, freed, left, failure));
    }
}
