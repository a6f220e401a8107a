package dev.paddock.internal.engine;

import dev.paddock.PoolControl;
import dev.paddock.PoolSettings;
import dev.paddock.error.RefusedException;
import dev.paddock.event.PoolChanged;
import dev.paddock.event.PoolRelabelled;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes of one pool, from any thread. The new settings are made outside the section, and hold only if nobody was faster. */
final class PoolControls implements PoolControl {
    private static final Logger LOG = LoggerFactory.getLogger(PoolControls.class);

    private final FleetLoop loop;
    private final PoolState pool;

    PoolControls(FleetLoop loop, PoolState pool) {
        this.loop = loop;
        this.pool = pool;
    }

    @Override
    public String name() {
        return pool.name;
    }

    @Override
    public PoolSettings settings() {
        return loop.section.ask(() -> pool.rules);
    }

    @Override
    public CompletionStage<PoolSettings> change(UnaryOperator<PoolSettings> change) {
        Objects.requireNonNull(change, "change");
        var done = new CompletableFuture<PoolSettings>();
        attempt(change, done);
        return done;
    }

    private void attempt(UnaryOperator<PoolSettings> change, CompletableFuture<PoolSettings> done) {
        loop.section.post(() -> {
            PoolSettings before = pool.rules;
            loop.section.afterwards(() -> {
                PoolSettings after;
                try {
                    after = Objects.requireNonNull(change.apply(before), "the changed settings");
                } catch (Throwable failure) {
                    done.completeExceptionally(failure);
                    return;
                }
                loop.section.post(() -> replace(before, after, change, done));
            });
        });
    }

    private void replace(
            PoolSettings before,
            PoolSettings after,
            UnaryOperator<PoolSettings> change,
            CompletableFuture<PoolSettings> done) {
        if (!pool.rules.equals(before)) {
            loop.section.afterwards(() -> attempt(change, done));
            return;
        }
        String refusal = refusal(after);
        if (refusal != null) {
            LOG.warn("{}: {}", loop.fleet, refusal);
            loop.section.afterwards(() -> done.completeExceptionally(new RefusedException(refusal)));
            return;
        }
        if (!after.equals(before)) {
            pool.rules = after;
            loop.tasks.resumed();
            LOG.info("{}: pool {} changes from {} to {}", loop.fleet, pool.name, before, after);
            loop.publish(new PoolChanged(loop.scheduler.instant(), pool.name, before, after));
            loop.book.changed();
            loop.pools.forEach(each -> each.dirty = true);
        }
        loop.section.afterwards(() -> done.complete(after));
    }

    private @Nullable String refusal(PoolSettings after) {
        String what = "the change of pool " + pool.name + " is refused: ";
        if (loop.hasEnded()) {
            return what + "the fleet has ended; start another with these settings";
        }
        if (after.minIdle() > after.maxRunners()) {
            return what + "minIdle " + after.minIdle() + " is more than maxRunners " + after.maxRunners()
                    + "; change both in one go, or ask for a minIdle of at most " + after.maxRunners();
        }
        int least = pool.settings.minTotal();
        if (after.maxRunners() < least) {
            return what + "maxRunners " + after.maxRunners() + " is less than minTotal " + least
                    + ", which does not change while the fleet runs; ask for at least " + least
                    + ", pause the pool, or start the fleet anew with a lower minTotal";
        }
        long others = 0;
        for (PoolState each : loop.pools) {
            others += each == pool ? 0 : each.rules.minIdle();
        }
        int total = loop.settings.maxRunnersTotal();
        if (after.minIdle() > pool.rules.minIdle() && others + after.minIdle() > total) {
            return what + "minIdle " + after.minIdle() + " and the " + others + " of the other pools are more than"
                    + " maxRunnersTotal " + total + "; ask for at most " + Math.max(0, total - others)
                    + ", or lower another pool's minIdle first";
        }
        return null;
    }

    @Override
    public CompletionStage<Void> retry() {
        var done = new CompletableFuture<Void>();
        loop.section.post(() -> {
            if (loop.hasEnded()) {
                loop.section.afterwards(() -> done.completeExceptionally(
                        new RefusedException("pool " + pool.name + " makes no more runners: its fleet has ended")));
                return;
            }
            if (pool.failures > 0 || pool.losses > 0) {
                LOG.info("{}: pool {} is told to try again after {} failures", loop.fleet, pool.name, pool.failures);
                loop.setbacks.retry(pool);
                loop.book.changed();
            }
            loop.section.afterwards(() -> done.complete(null));
        });
        return done;
    }

    @Override
    public CompletionStage<List<String>> relabel(List<String> labels) {
        List<String> wanted = List.copyOf(labels);
        var done = new CompletableFuture<List<String>>();
        if (wanted.isEmpty() || wanted.stream().anyMatch(String::isBlank)) {
            done.completeExceptionally(new RefusedException("pool " + pool.name
                    + " needs at least one label, and none that is blank: " + wanted + "; give all it is to have"));
            return done;
        }
        Optional<String> foreign = pool.settings.whyForeign(wanted);
        if (foreign.isPresent()) {
            done.completeExceptionally(new RefusedException("pool " + pool.name + ": " + foreign.get()));
            return done;
        }
        loop.section.post(() -> {
            var attachment = pool.attachment;
            if (loop.hasEnded() || attachment == null || pool.attachmentClosed) {
                loop.section.afterwards(() -> done.completeExceptionally(
                        new RefusedException("pool " + pool.name + " has no open source: its fleet has ended")));
                return;
            }
            loop.effects.<List<String>>run(
                    "relabelling pool " + pool.name,
                    Deadlines.RELABEL,
                    () -> attachment.relabel(wanted),
                    (held, failure) -> relabelled(held, failure, done),
                    null);
        });
        return done;
    }

    private void relabelled(
            @Nullable List<String> held, @Nullable Throwable failure, CompletableFuture<List<String>> done) {
        if (held != null) {
            LOG.info("{}: the source of pool {} has labels {} from now on", loop.fleet, pool.name, held);
            loop.publish(new PoolRelabelled(loop.scheduler.instant(), pool.name, held));
            loop.section.afterwards(() -> done.complete(held));
        } else {
            Throwable why = failure == null ? new RefusedException("the source said nothing") : failure;
            loop.section.afterwards(() -> done.completeExceptionally(why));
        }
    }
}
