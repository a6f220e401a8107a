package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.RestCalls.Answer;
import dev.paddock.github.RestCalls.Call;
import dev.paddock.github.rest.Dispatch;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Starts workflows. A server that does not know how to tell the run is asked once. Thread-safe. */
final class Dispatches {
    private static final int MOST_INPUTS = 25;
    private static final String DETAILS = "return_run_details";

    private final RestCalls calls;
    private volatile boolean withoutDetails;

    Dispatches(RestCalls calls) {
        this.calls = calls;
    }

    CompletionStage<Dispatch> start(String repository, String workflow, String ref, Map<String, String> inputs) {
        String path = repository + "/actions/workflows/" + Urls.segment(checkedWorkflow(workflow)) + "/dispatches";
        Map<String, String> all = checkedInputs(inputs);
        if (Objects.requireNonNull(ref, "ref").isBlank()) {
            throw new IllegalArgumentException("the ref of a dispatch must not be blank: name a branch or a tag");
        }
        boolean details = !withoutDetails;
        return call(path, ref, all, details)
                .exceptionallyCompose(failure -> {
                    GitHubException reason = GitHubException.from(failure);
                    if (!details || !isUnknownKey(reason)) {
                        return CompletableFuture.failedStage(reason);
                    }
                    withoutDetails = true;
                    return call(path, ref, all, false);
                })
                .thenApply(answer -> dispatch(workflow, ref, answer));
    }

    private CompletionStage<Answer> call(String path, String ref, Map<String, String> inputs, boolean details) {
        return calls.call(Call.of(Route.DISPATCH, "POST", path, Bodies.dispatch(ref, inputs, details)));
    }

    private static boolean isUnknownKey(GitHubException failure) {
        return failure.reason() == Reason.BAD_REQUEST
                && String.valueOf(failure.getMessage()).contains(DETAILS);
    }

    /** What is said beside the success may be missing or odd; the workflow was started all the same. */
    private static Dispatch dispatch(String workflow, String ref, Answer answer) {
        Optional<Instant> now = time(answer.reply().header("Date"));
        if (answer.reply().status() == 204 || answer.reply().text().isBlank()) {
            return new Dispatch(workflow, ref, now, OptionalLong.empty(), Optional.empty());
        }
        try {
            JsonNode node = Wire.parse(answer.reply().text());
            OptionalLong run = RestReplies.startedRun(node);
            return new Dispatch(workflow, ref, now, run, page(node));
        } catch (WireException unreadable) {
            return new Dispatch(workflow, ref, now, OptionalLong.empty(), Optional.empty());
        }
    }

    private static Optional<URI> page(JsonNode node) {
        try {
            String url = Wire.text(node, "html_url");
            return url.isBlank() ? Optional.empty() : Optional.of(Urls.given(url, "html_url"));
        } catch (WireException unreadable) {
            return Optional.empty();
        }
    }

    private static Optional<Instant> time(String date) {
        try {
            return Optional.of(ZonedDateTime.parse(date.trim(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant());
        } catch (DateTimeException unreadable) {
            return Optional.empty();
        }
    }

    static String checkedWorkflow(String workflow) {
        if (!Objects.requireNonNull(workflow, "workflow").matches("[A-Za-z0-9._ -]{1,255}")
                || workflow.matches("[. ]*")) {
            throw new IllegalArgumentException("a workflow is named by its file, without folders, or by its id, for"
                    + " example ci.yml: \"" + Redaction.excerpt(workflow, 100) + "\"");
        }
        return workflow;
    }

    static Map<String, String> checkedInputs(Map<String, String> inputs) {
        if (inputs.size() > MOST_INPUTS) {
            throw new IllegalArgumentException(
                    "a dispatch takes " + MOST_INPUTS + " inputs at most, these are " + inputs.size());
        }
        var all = new TreeMap<String, String>();
        inputs.forEach((name, value) ->
                all.put(Objects.requireNonNull(name, "input"), Objects.requireNonNull(value, "value of " + name)));
        return all;
    }
}
