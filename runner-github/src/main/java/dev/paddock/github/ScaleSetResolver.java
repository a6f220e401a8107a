package dev.paddock.github;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds a scale set by name, makes it if there is none, and brings its labels in line. */
final class ScaleSetResolver {
    private static final Logger LOG = LoggerFactory.getLogger(ScaleSetResolver.class);

    private final Settings settings;
    private final ScaleSetClient client;
    /** Replaced as a whole. */
    private final AtomicReference<List<String>> labels;

    ScaleSetResolver(Settings settings, ScaleSetClient client) {
        this.settings = settings;
        this.client = client;
        this.labels = new AtomicReference<>(settings.labels());
    }

    ScaleSetClient client() {
        return client;
    }

    /** Changes the labels of a scale set, and of the one that is made in its place if it is lost. */
    CompletionStage<List<String>> relabel(ScaleSet set, List<String> wanted) {
        return client.updateScaleSet(set.id(), wanted(set.runnerGroupId(), wanted))
                .thenApply(updated -> {
                    labels.set(wanted);
                    return updated.labels();
                });
    }

    /** The scale set as the server has it now, and whether it was made just now. */
    record Resolved(ScaleSet set, boolean created, List<String> droppedLabels) {}

    CompletionStage<Resolved> resolve() {
        return client.runnerGroup(settings.runnerGroup())
                .thenCompose(group -> client.findScaleSet(group.id(), settings.name())
                        .thenCompose(found -> found.isPresent() ? align(found.get(), group.id()) : create(group.id())))
                .thenApply(resolved -> {
                    warnOfRivals(resolved.set());
                    return resolved;
                });
    }

    /** GitHub gives a job that fits two scale sets to either. Nothing waits for this look. */
    private void warnOfRivals(ScaleSet ours) {
        Stages.onEnd(client.scaleSets(), (all, failure) -> {
            if (failure != null) {
                LOG.debug("{}: could not look for rivals: {}", settings.name(), failure.getMessage());
                return;
            }
            for (ScaleSet other : all) {
                if (other.id() != ours.id() && (other.name().equalsIgnoreCase(ours.name()) || hasAll(other, ours))) {
                    LOG.warn(
                            "{}: scale set {} with id {} in runner group {} has the same {}; GitHub gives jobs to"
                                    + " either of them. Rename one, or give it other labels",
                            settings.name(),
                            other.name(),
                            other.id(),
                            other.runnerGroupId(),
                            hasAll(other, ours) ? "labels " + ours.labels() : "name");
                }
            }
        });
    }

    private static boolean hasAll(ScaleSet other, ScaleSet ours) {
        return !ours.labels().isEmpty()
                && ours.labels().stream()
                        .allMatch(label -> other.labels().stream().anyMatch(label::equalsIgnoreCase));
    }

    private CompletionStage<Resolved> create(long groupId) {
        return client.createScaleSet(wanted(groupId, labels.get()))
                .thenApply(set -> new Resolved(set, true, dropped(set)))
                .handle((made, failure) ->
                        failure == null ? CompletableFuture.completedStage(made) : adoptIfItExists(groupId, failure))
                .thenCompose(stage -> stage);
    }

    /** Somebody else made it between our look and our call. */
    private CompletionStage<Resolved> adoptIfItExists(long groupId, Throwable failure) {
        if (reason(failure) != GitHubException.Reason.ALREADY_EXISTS) {
            return CompletableFuture.failedStage(failure);
        }
        return client.findScaleSet(groupId, settings.name())
                .thenCompose(found -> found.isPresent()
                        ? align(found.get(), groupId)
                        : CompletableFuture.<Resolved>failedStage(failure));
    }

    private CompletionStage<Resolved> align(ScaleSet set, long groupId) {
        if (dropped(set).isEmpty()) {
            return CompletableFuture.completedStage(new Resolved(set, false, List.of()));
        }
        return client.updateScaleSet(set.id(), wanted(groupId, labels.get())).handle((updated, failure) -> {
            if (failure == null) {
                return new Resolved(updated, false, dropped(updated));
            }
            if (reason(failure) != GitHubException.Reason.BAD_REQUEST) {
                throw new CompletionException(Stages.cause(failure));
            }
            LOG.debug("{}: the labels cannot be changed: {}", settings.name(), failure.getMessage());
            return new Resolved(set, false, dropped(set));
        });
    }

    private ScaleSetSettings wanted(long groupId, List<String> wanted) {
        return ScaleSetSettings.named(settings.name())
                .withRunnerGroupId(groupId)
                .withLabels(wanted)
                .withDisableUpdate(true);
    }

    /** Labels are compared ignoring case, as GitHub routes by them. */
    private List<String> dropped(ScaleSet set) {
        List<String> missing = new ArrayList<>();
        for (String label : labels.get()) {
            if (set.labels().stream().noneMatch(label::equalsIgnoreCase)) {
                missing.add(label);
            }
        }
        return missing;
    }

    static GitHubException.Reason reason(Throwable failure) {
        return Stages.cause(failure) instanceof GitHubException known ? known.reason() : GitHubException.Reason.OTHER;
    }
}
