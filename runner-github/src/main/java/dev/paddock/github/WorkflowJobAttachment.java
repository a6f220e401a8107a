package dev.paddock.github;

import dev.paddock.RunnerId;
import dev.paddock.error.RunnerException;
import dev.paddock.github.WorkflowJobApi.ListedRunner;
import dev.paddock.metrics.Metric;
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
    /** The registrations we made, so that deleting one is one call. */
    private final Map<RunnerId, Known> made = new ConcurrentHashMap<>();

    /** A registration's id, and whether the last list lacked it: it may have slipped between two pages. */
    private record Known(long id, boolean missed) {}

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
        if (settings.enrolment().byToken()) {
            return api.registerByToken(runner, settings);
        }
        return api.register(runner, group, settings.labels(), settings.workFolder())
                .thenApply(registration -> {
                    made.put(runner, new Known(Long.parseLong(registration.id()), false));
                    return registration;
                });
    }

    @Override
    public CompletionStage<Deregistration> deregister(RunnerId runner) {
        Known known = made.get(runner);
        return known != null ? delete(runner, known.id()) : findAndDelete(runner);
    }

    private CompletionStage<Deregistration> findAndDelete(RunnerId runner) {
        return api.findRunner(runner.value()).thenCompose(found -> {
            if (found.runner().isPresent()) {
                return delete(runner, found.runner().get().id());
            }
            return CompletableFuture.completedStage(found.isProof() ? Deregistration.GONE : Deregistration.UNKNOWN);
        });
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
                        made.remove(runner);
                    }
                    return end;
                });
    }

    @Override
    public CompletionStage<RegistrationList> list() {
        Map<RunnerId, Known> known = Map.copyOf(made);
        long began = loop.moment();
        return api.runners().thenApply(all -> {
            List<Entry> entries = new ArrayList<>();
            Set<String> present = new HashSet<>();
            for (ListedRunner runner : all) {
                if (context.isOurs(runner.name()) && present.add(runner.name())) {
                    entries.add(new Entry(runner.name(), Long.toString(runner.id()), presence(runner), runner.busy()));
                }
            }
            known.forEach((runner, before) -> listed(runner, before, present.contains(runner.value())));
            loop.counted(all, began);
            return new RegistrationList(true, entries);
        });
    }

    /** Lists that overlap count as one; what was registered since is not touched. */
    private void listed(RunnerId runner, Known before, boolean present) {
        if (!present && before.missed()) {
            made.remove(runner, before);
        } else {
            made.replace(runner, before, new Known(before.id(), !present));
        }
    }

    private static Presence presence(ListedRunner runner) {
        return switch (runner.status().toLowerCase(Locale.ROOT)) {
            case "online" -> Presence.ONLINE;
            case "offline" -> Presence.OFFLINE;
            default -> Presence.UNKNOWN;
        };
    }

    @Override
    public List<Metric> metrics() {
        return api.metrics(context.scheduler().instant());
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
