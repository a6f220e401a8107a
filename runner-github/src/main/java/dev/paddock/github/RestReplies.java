package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.github.rest.RateLimit;
import dev.paddock.github.rest.RunJob;
import dev.paddock.github.rest.RunnerDownload;
import dev.paddock.github.rest.RunnerGroupAccess;
import dev.paddock.github.rest.RunnerLabel;
import dev.paddock.github.rest.RunnerRelease;
import dev.paddock.github.rest.RunnerToken;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.github.rest.Variable;
import dev.paddock.github.rest.WorkflowRun;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what GitHub's REST API answers. Pure; throws {@link WireException}. */
final class RestReplies {
    private static final String SHA256 = "sha256:";
    private static final long LAST_SECOND = 253_402_300_799L; // the year 9999

    private RestReplies() {}

    /** All elements of one page, or a failure: an element left out would look gone. */
    static <T> List<T> page(JsonNode node, String key, Function<JsonNode, T> element) {
        if (!node.isObject() || Wire.get(node, key) == null) {
            throw new WireException("it lacks the list " + key);
        }
        return elements(Wire.elements(node, key), element);
    }

    private static <T> List<T> elements(Iterable<JsonNode> nodes, Function<JsonNode, T> element) {
        var all = new ArrayList<T>();
        nodes.forEach(node -> all.add(element.apply(node)));
        return List.copyOf(all);
    }

    // ---- runners ----------------------------------------------------------------------------------------------

    static RunnerToken token(JsonNode node) {
        return new RunnerToken(secret(node, "token"), Wire.time(node, "expires_at"));
    }

    /** A secret that a header can carry. */
    static String secret(JsonNode node, String key) {
        String value = Wire.text(node, key);
        if (value.isBlank()) {
            throw new WireException("it lacks " + key);
        }
        if (!GitHubCredentials.isSendable(value)) {
            throw new WireException("its " + key + " cannot be sent in a header");
        }
        return value;
    }

    /** A registration's id at GitHub and its secret. */
    record Jit(long id, String secret) {
        @Override
        public String toString() {
            return "Jit[id=" + id + ", ***]";
        }
    }

    static Jit jit(JsonNode node) {
        JsonNode runner = Wire.get(node, "runner");
        String secret = Wire.text(node, "encoded_jit_config");
        if (runner == null || !GitHubCredentials.isSendable(secret)) {
            throw new WireException("it lacks runner or encoded_jit_config");
        }
        return new Jit(Replies.id(runner, "runner"), secret);
    }

    /** What is not said of a runner must not make it look idle. */
    static SelfHostedRunner runner(JsonNode node) {
        JsonNode busy = Wire.get(node, "busy");
        JsonNode ephemeral = Wire.get(node, "ephemeral");
        return new SelfHostedRunner(
                Replies.id(node, "runner"),
                Wire.text(node, "name"),
                Wire.text(node, "os"),
                Wire.text(node, "status"),
                busy == null || !busy.isBoolean() || busy.booleanValue(),
                ephemeral != null && ephemeral.isBoolean() ? Optional.of(ephemeral.booleanValue()) : Optional.empty(),
                Wire.number(node, "runner_group_id"),
                elements(Wire.elements(node, "labels"), RestReplies::label));
    }

    static List<RunnerLabel> labels(JsonNode node) {
        return page(node, "labels", RestReplies::label);
    }

    private static RunnerLabel label(JsonNode node) {
        String name = node.isTextual() ? node.textValue() : Wire.text(node, "name");
        if (name.isBlank()) {
            throw new WireException("a label has no name");
        }
        return new RunnerLabel(Wire.number(node, "id"), name, Wire.text(node, "type"));
    }

    static List<RunnerDownload> downloads(JsonNode node) {
        if (!node.isArray()) {
            throw new WireException("it is not a list");
        }
        return elements(
                node,
                one -> new RunnerDownload(
                        Wire.text(one, "os"),
                        Wire.text(one, "architecture"),
                        Urls.given(Wire.text(one, "download_url"), "download_url"),
                        Wire.text(one, "filename"),
                        present(one, "temp_download_token"),
                        present(one, "sha256_checksum").map(sum -> sum.toLowerCase(Locale.ROOT))));
    }

    static RunnerGroupAccess runnerGroup(JsonNode node) {
        return new RunnerGroupAccess(
                Replies.id(node, "runner group"),
                Wire.text(node, "name"),
                Wire.text(node, "visibility"),
                Wire.flag(node, "default"),
                Wire.flag(node, "inherited"),
                Wire.flag(node, "allows_public_repositories"),
                Wire.flag(node, "restricted_to_workflows"),
                Wire.texts(node, "selected_workflows"));
    }

    static RunnerRelease release(JsonNode node) {
        String tag = Wire.text(node, "tag_name");
        if (tag.isBlank()) {
            throw new WireException("it lacks tag_name");
        }
        return new RunnerRelease(
                tag,
                Wire.time(node, "published_at"),
                elements(
                        Wire.elements(node, "assets"),
                        one -> new RunnerRelease.Asset(
                                Wire.text(one, "name"),
                                Urls.given(Wire.text(one, "browser_download_url"), "browser_download_url"),
                                present(one, "digest")
                                        .filter(digest -> digest.startsWith(SHA256))
                                        .map(digest -> digest.substring(SHA256.length())
                                                .toLowerCase(Locale.ROOT)),
                                Wire.number(one, "size"))));
    }

    // ---- runs, jobs, variables --------------------------------------------------------------------------------

    static String defaultBranch(JsonNode node) {
        return present(node, "default_branch").orElseThrow(() -> new WireException("it lacks default_branch"));
    }

    /** Old servers only tell whether it is private. */
    static String visibility(JsonNode node) {
        return present(node, "visibility").orElseGet(() -> {
            JsonNode isPrivate = Wire.get(node, "private");
            if (isPrivate == null || !isPrivate.isBoolean()) {
                throw new WireException("it tells neither visibility nor private");
            }
            return isPrivate.booleanValue() ? "private" : "public";
        });
    }

    static WorkflowRun run(JsonNode node) {
        return new WorkflowRun(
                Replies.id(node, "workflow run"),
                Wire.text(node, "name"),
                Wire.text(node, "display_title"),
                Wire.number(node, "workflow_id"),
                Wire.text(node, "path"),
                Wire.number(node, "run_number"),
                Wire.number(node, "run_attempt"),
                Wire.text(node, "event"),
                Wire.text(node, "status"),
                present(node, "conclusion"),
                Wire.text(node, "head_branch"),
                Wire.text(node, "head_sha"),
                login(Wire.get(node, "actor")),
                Wire.time(node, "created_at"),
                Wire.time(node, "updated_at"),
                Wire.time(node, "run_started_at"),
                Wire.text(node, "html_url"));
    }

    private static String login(@Nullable JsonNode actor) {
        return actor == null ? "" : Wire.text(actor, "login");
    }

    static RunJob job(JsonNode node) {
        return new RunJob(
                Replies.id(node, "job"),
                Wire.number(node, "run_id"),
                Wire.number(node, "run_attempt"),
                Wire.text(node, "name"),
                Wire.text(node, "workflow_name"),
                Wire.text(node, "status"),
                present(node, "conclusion"),
                Wire.text(node, "head_branch"),
                Wire.texts(node, "labels"),
                Wire.number(node, "runner_id"),
                Wire.text(node, "runner_name"),
                Wire.number(node, "runner_group_id"),
                Wire.text(node, "runner_group_name"),
                Wire.time(node, "created_at"),
                Wire.time(node, "started_at"),
                Wire.time(node, "completed_at"),
                elements(Wire.elements(node, "steps"), RestReplies::step),
                Wire.text(node, "html_url"));
    }

    private static RunJob.Step step(JsonNode node) {
        return new RunJob.Step(
                Wire.number(node, "number"),
                Wire.text(node, "name"),
                Wire.text(node, "status"),
                present(node, "conclusion"),
                Wire.time(node, "started_at"),
                Wire.time(node, "completed_at"));
    }

    /** The run that was started; empty where the server says nothing of it. */
    static OptionalLong startedRun(JsonNode node) {
        long id = node.isObject() ? Wire.number(node, "workflow_run_id") : 0;
        return id > 0 ? OptionalLong.of(id) : OptionalLong.empty();
    }

    static Variable variable(JsonNode node) {
        String name = node.isObject() ? Wire.text(node, "name") : "";
        if (name.isBlank()) {
            throw new WireException("a variable has no name");
        }
        String visibility = Wire.text(node, "visibility");
        return new Variable(
                name,
                Wire.text(node, "value"),
                visibility.isEmpty() ? Optional.empty() : Optional.of(visibility),
                Wire.time(node, "created_at"),
                Wire.time(node, "updated_at"));
    }

    static List<RateLimit> rateLimits(JsonNode node, String credential) {
        JsonNode resources = Wire.get(node, "resources");
        if (resources == null || !resources.isObject()) {
            throw new WireException("it lacks resources");
        }
        var all = new ArrayList<RateLimit>();
        for (Map.Entry<String, JsonNode> one : resources.properties()) {
            long reset = Wire.number(one.getValue(), "reset");
            all.add(new RateLimit(
                    credential,
                    one.getKey(),
                    Wire.number(one.getValue(), "limit"),
                    Wire.number(one.getValue(), "remaining"),
                    reset > 0 && reset <= LAST_SECOND ? Optional.of(Instant.ofEpochSecond(reset)) : Optional.empty()));
        }
        return List.copyOf(all);
    }

    // ---- parts ------------------------------------------------------------------------------------------------

    private static Optional<String> present(JsonNode node, String key) {
        String value = Wire.text(node, key);
        return value.isBlank() ? Optional.empty() : Optional.of(value);
    }
}
