package dev.paddock.github;

import dev.paddock.RunnerId;
import dev.paddock.error.RunnerException;
import dev.paddock.metrics.Metric;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RegistrationList;
import dev.paddock.spi.RegistrationList.Entry;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.SourceContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** An open {@link ScaleSetListener}: its loop, and the registrations of its runners. */
final class ScaleSetAttachment implements JobSource.Attachment {
    private final Settings settings;
    private final ScaleSetClient client;
    private final ScaleSetResolver resolver;
    private final SourceContext context;
    private final ScaleSetLoop loop;
    private final Runnable afterClose;
    /** Ids of registrations we made, so that deleting one is one call; pruned by each list. */
    private final Map<RunnerId, Long> ids = new ConcurrentHashMap<>();

    ScaleSetAttachment(
            Settings settings, ScaleSetClient client, JobSink sink, SourceContext context, Runnable afterClose) {
        this.settings = settings;
        this.client = client;
        this.afterClose = afterClose;
        this.resolver = new ScaleSetResolver(settings, client);
        this.context = context;
        this.loop = new ScaleSetLoop(settings, resolver, sink, context);
    }

    void start() {
        loop.start();
    }

    @Override
    public void advertise(int capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("capacity must be at least 0: " + capacity);
        }
        loop.advertise(capacity);
    }

    @Override
    public CompletionStage<Registration> register(RunnerId runner) {
        ScaleSet set = loop.scaleSet();
        if (set == null) {
            return CompletableFuture.failedFuture(notConnected());
        }
        return client.register(set.id(), runner, settings.workFolder()).thenApply(registration -> {
            ids.put(runner, Long.valueOf(registration.id()));
            return registration;
        });
    }

    private RunnerException notConnected() {
        return new RunnerException(
                "scale set " + settings.name() + " has not been found yet; ask again once it is connected", true, null);
    }

    @Override
    public CompletionStage<Deregistration> deregister(RunnerId runner) {
        Long id = ids.get(runner);
        if (id != null) {
            return delete(runner, id);
        }
        ScaleSet set = loop.scaleSet();
        if (set == null) {
            return CompletableFuture.failedFuture(notConnected());
        }
        return client.findRunner(runner.value()).thenCompose(found -> {
            if (found.isEmpty()) {
                return CompletableFuture.completedFuture(Deregistration.GONE);
            }
            ScaleSetRunner there = found.get();
            return isOfOurSet(there, set)
                    .thenCompose(ours -> ours && there.isNamed(runner)
                            ? delete(runner, there.id())
                            : CompletableFuture.completedStage(Deregistration.UNKNOWN));
        });
    }

    /** A busy runner outlives its scale set: when that was deleted and made again, what is left of the old is ours. */
    private CompletionStage<Boolean> isOfOurSet(ScaleSetRunner runner, ScaleSet set) {
        boolean same = runner.scaleSetId() == set.id();
        return same || runner.scaleSetId() == 0
                ? CompletableFuture.completedStage(same)
                : client.scaleSets().thenApply(all -> all.stream().noneMatch(one -> one.id() == runner.scaleSetId()));
    }

    private CompletionStage<Deregistration> delete(RunnerId runner, long id) {
        return client.deleteRunner(id)
                .thenApply(done -> Deregistration.GONE)
                .exceptionallyCompose(failure -> {
                    GitHubException refused = GitHubException.from(failure);
                    return switch (refused.reason()) {
                        case NOT_FOUND ->
                            refused.namesMissingAgent()
                                    ? CompletableFuture.completedStage(Deregistration.GONE)
                                    : confirmGone(runner);
                        case RUNNER_BUSY -> CompletableFuture.completedStage(Deregistration.BUSY);
                        default -> CompletableFuture.failedStage(refused);
                    };
                })
                .thenApply(end -> {
                    if (end != Deregistration.BUSY) {
                        // What is not known to be gone is looked up anew the next time.
                        ids.remove(runner);
                    }
                    return end;
                });
    }

    /** Any machine in between can answer a bare 404; only the service can say that it has no such runner. */
    private CompletionStage<Deregistration> confirmGone(RunnerId runner) {
        return client.findRunner(runner.value())
                .thenApply(found -> found.isEmpty() ? Deregistration.GONE : Deregistration.UNKNOWN);
    }

    @Override
    public CompletionStage<RegistrationList> list() {
        ScaleSet set = loop.scaleSet();
        if (set == null) {
            return CompletableFuture.completedFuture(new RegistrationList(false, List.of()));
        }
        Set<RunnerId> known = new HashSet<>(ids.keySet());
        return client.runners()
                .thenCompose(runners -> setsOf(runners, set).thenApply(sets -> listed(runners, sets, known)));
    }

    private RegistrationList listed(List<ScaleSetRunner> runners, Set<Long> sets, Set<RunnerId> known) {
        List<Entry> entries = new ArrayList<>();
        Set<String> present = new HashSet<>();
        for (ScaleSetRunner runner : runners) {
            if (sets.contains(runner.scaleSetId())) {
                present.add(runner.name());
                entries.add(
                        new Entry(runner.name(), Long.toString(runner.id()), presence(runner.status()), runner.busy()));
            }
        }
        known.removeIf(runner -> present.contains(runner.value()));
        ids.keySet().removeAll(known);
        return new RegistrationList(true, entries);
    }

    /** Our scale set, and those of our runners that exist no more. */
    private CompletionStage<Set<Long>> setsOf(List<ScaleSetRunner> runners, ScaleSet set) {
        Set<Long> sets = new HashSet<>();
        for (ScaleSetRunner runner : runners) {
            if (runner.scaleSetId() != 0 && context.isOurs(runner.name())) {
                sets.add(runner.scaleSetId());
            }
        }
        sets.remove(set.id());
        if (sets.isEmpty()) {
            return CompletableFuture.completedStage(Set.of(set.id()));
        }
        return client.scaleSets().thenApply(all -> {
            all.forEach(one -> sets.remove(one.id()));
            sets.add(set.id());
            return sets;
        });
    }

    private static Presence presence(Optional<String> status) {
        return switch (status.orElse("").toLowerCase(Locale.ROOT)) {
            case "online" -> Presence.ONLINE;
            case "offline" -> Presence.OFFLINE;
            default -> Presence.UNKNOWN;
        };
    }

    @Override
    public CompletionStage<List<String>> relabel(List<String> labels) {
        ScaleSet set = loop.scaleSet();
        return set == null ? CompletableFuture.failedFuture(notConnected()) : resolver.relabel(set, labels);
    }

    @Override
    public List<Metric> metrics() {
        return client.meter().metrics(context.scheduler().instant());
    }

    @Override
    public CompletionStage<Void> close() {
        return loop.close().whenComplete((done, failure) -> afterClose.run());
    }

    @Override
    public String toString() {
        return settings.scope().configUrl() + "#" + settings.name();
    }
}
