package dev.paddock.github;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.RestCalls.Call;
import dev.paddock.github.rest.RunnerLabel;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The labels of one self-hosted runner. Made by {@link GitHubClient#labels(long)}; what is said there of errors,
 * repeating and limits holds here. Thread-safe.
 */
public final class RunnerLabels {
    private static final int MOST = 100;
    private static final int LONGEST = 256;

    private final RestCalls calls;
    private final String path;

    RunnerLabels(RestCalls calls, String path) {
        this.calls = calls;
        this.path = path;
    }

    /** Labels as a runner may have them. */
    static List<String> checked(List<String> labels) {
        if (Objects.requireNonNull(labels, "labels").isEmpty() || labels.size() > MOST) {
            throw new IllegalArgumentException("a runner needs 1 to " + MOST + " labels, these are " + labels.size());
        }
        labels.forEach(RunnerLabels::checked);
        return List.copyOf(labels);
    }

    private static String checked(String label) {
        if (Objects.requireNonNull(label, "label").isBlank()
                || label.length() > LONGEST
                || label.equals(".")
                || label.equals("..")) {
            throw new IllegalArgumentException("a label must not be blank, nor . or .., and have " + LONGEST
                    + " characters at most, this has " + label.length() + ": \"" + Redaction.excerpt(label, 64) + "\"");
        }
        return label;
    }

    /**
     * Reads the labels.
     *
     * @return all, the read-only ones included
     */
    public CompletionStage<List<RunnerLabel>> list() {
        return calls.read(Call.get(Route.RUNNER_LABELS, path), RestReplies::labels);
    }

    /**
     * Adds labels.
     *
     * @param labels 1 to 100, none blank, of 256 characters at most; those the runner has stay
     * @return all its labels now
     * @throws IllegalArgumentException if a label cannot be right
     */
    public CompletionStage<List<RunnerLabel>> add(List<String> labels) {
        return change("POST", checked(labels));
    }

    /**
     * Gives the runner these custom labels and no others.
     *
     * @param labels up to 100, as for {@link #add}; with none, only the read-only ones stay
     * @return all its labels now
     * @throws IllegalArgumentException if a label cannot be right
     */
    public CompletionStage<List<RunnerLabel>> set(List<String> labels) {
        return change("PUT", Objects.requireNonNull(labels, "labels").isEmpty() ? List.of() : checked(labels));
    }

    private CompletionStage<List<RunnerLabel>> change(String method, List<String> labels) {
        return calls.read(Call.of(Route.CHANGE_LABELS, method, path, Bodies.labels(labels)), RestReplies::labels);
    }

    /**
     * Takes a label away. If an answer was lost and the label is gone then, that is what was wanted.
     *
     * @param label its name; read-only ones cannot be taken
     * @return all labels now; fails with {@code NOT_FOUND} if the runner has no such label
     * @throws IllegalArgumentException if the label cannot be right
     */
    public CompletionStage<List<RunnerLabel>> remove(String label) {
        String one = path + "/" + Urls.segment(checked(label));
        return calls.call(Call.of(Route.REMOVE_LABEL, "DELETE", one, null))
                .thenCompose(answer -> answer.isAbsent()
                        ? list()
                        : CompletableFuture.completedStage(answer.read(RestReplies::labels)));
    }

    /**
     * Adds labels and takes others away. What is so already stays so, thus a change that broke off may be made again.
     * The labels are read first; read-only ones are refused before anything is changed.
     *
     * @param more to add, as for {@link #add}; may be none
     * @param fewer to take away, in any case; those the runner does not have count as taken
     * @return all its labels then; fails with {@code BAD_REQUEST} if one to be taken is read-only
     * @throws IllegalArgumentException if a label cannot be right, or is in both lists
     */
    public CompletionStage<List<RunnerLabel>> change(List<String> more, List<String> fewer) {
        List<String> added = more.isEmpty() ? List.of() : checked(more);
        List<String> taken = fewer.isEmpty() ? List.of() : checked(fewer);
        for (String one : added) {
            if (taken.stream().anyMatch(one::equalsIgnoreCase)) {
                throw new IllegalArgumentException(
                        "a label cannot be added and taken away at once: " + Redaction.excerpt(one, 64));
            }
        }
        return list().thenCompose(has -> {
            List<String> going = has.stream()
                    .filter(own -> taken.stream().anyMatch(own.name()::equalsIgnoreCase))
                    .map(own -> own.isReadOnly() ? refuse(own) : own.name())
                    .toList();
            CompletionStage<List<RunnerLabel>> now =
                    added.isEmpty() ? CompletableFuture.completedStage(has) : add(added);
            for (String one : going) {
                now = now.thenCompose(before -> remove(one).exceptionallyCompose(failure -> {
                    GitHubException reason = GitHubException.from(failure);
                    return reason.reason() == Reason.NOT_FOUND ? list() : CompletableFuture.failedStage(reason);
                }));
            }
            return now;
        });
    }

    private static String refuse(RunnerLabel label) {
        throw GitHubException.lasting(
                Reason.BAD_REQUEST,
                "the label " + label.name() + " is read-only: GitHub gives it for what the runner is; a runner without"
                        + " it is one that was configured with --no-default-labels, or by generateJitConfig");
    }
}
