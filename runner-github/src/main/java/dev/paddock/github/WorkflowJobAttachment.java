package dev.paddock.github;

import dev.paddock.RunnerId;
import dev.paddock.error.RunnerException;
import dev.paddock.github.WorkflowJobApi.ListedRunner;
import dev.paddock.spi.Deregistration;
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
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** An open {@link WorkflowJobListener}: its loop, and the registrations of its runners. */
final class WorkflowJobAttachment implements JobSource.Attachment {
    private final WorkflowJobSettings settings;
    private final WorkflowJobApi api;
    private final SourceContext context;
    private final WorkflowJobLoop loop;
    private final Runnable afterClose;
    /** Ids of registrations we made, so that deleting one is one call; pruned by each list. */
    private final Map<RunnerId, Long> ids = new ConcurrentHashMap<>();

    WorkflowJobAttachment(
            WorkflowJobSettings settings,
            WorkflowJobApi api,
            SourceContext context,
            WorkflowJobLoop loop,
            Runnable afterClose) {
        this.settings = settings;
        this.api = api;
        this.context = context;
        this.loop = loop;
        this.afterClose = afterClose;
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
        Long group = loop.group();
        if (group == null) {
            return CompletableFuture.failedFuture(new RunnerException(
                    "runner group " + settings.runnerGroup() + " of " + settings.scope()
                            + " has not been found yet; ask again once the source is connected",
                    true,
                    null));
        }
        return api.register(runner, group, settings.labels(), settings.workFolder())
                .thenApply(registration -> {
                    ids.put(runner, Long.valueOf(registration.id()));
                    return registration;
                });
    }

    @Override
    public CompletionStage<Deregistration> deregister(RunnerId runner) {
        Long id = ids.get(runner);
        return id != null ? delete(runner, id) : findAndDelete(runner);
    }

    private CompletionStage<Deregistration> findAndDelete(RunnerId runner) {
        return api.findRunner(runner.value())
                .thenCompose(found -> found.isEmpty()
                        ? CompletableFuture.completedStage(Deregistration.GONE)
                        : delete(runner, found.get().id()));
    }

    private CompletionStage<Deregistration> delete(RunnerId runner, long id) {
        return api.deleteRunner(id)
                .thenApply(done -> Deregistration.GONE)
                .exceptionallyCompose(failure -> {
                    GitHubException refused = GitHubException.from(failure);
                    return refused.reason() == GitHubException.Reason.RUNNER_BUSY
                            ? CompletableFuture.completedStage(Deregistration.BUSY)
                            : CompletableFuture.failedStage(refused);
                })
                .thenApply(end -> {
                    if (end == Deregistration.GONE) {
                        ids.remove(runner);
                    }
                    return end;
                });
    }

    @Override
    public CompletionStage<RegistrationList> list() {
        Set<RunnerId> known = new HashSet<>(ids.keySet());
        long began = loop.moment();
        return api.runners().thenApply(all -> {
            List<Entry> entries = new ArrayList<>();
            Set<String> present = new HashSet<>();
            for (ListedRunner runner : all) {
                if (context.isOurs(runner.name()) && present.add(runner.name())) {
                    entries.add(new Entry(runner.name(), Long.toString(runner.id()), presence(runner), runner.busy()));
                }
            }
            known.removeIf(runner -> present.contains(runner.value()));
            ids.keySet().removeAll(known);
            loop.counted(all, began);
            return new RegistrationList(true, entries);
        });
    }

    private static Presence presence(ListedRunner runner) {
        return switch (runner.status().toLowerCase(Locale.ROOT)) {
            case "online" -> Presence.ONLINE;
            case "offline" -> Presence.OFFLINE;
            default -> Presence.UNKNOWN;
        };
    }

    @Override
    public CompletionStage<Void> close() {
        return loop.close().whenComplete((done, failure) -> afterClose.run());
    }

    @Override
    public String toString() {
        return settings.id();
    }
}
