package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.github.rest.RunJob;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.github.rest.WorkflowRun;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestRepliesTest {
    private static final List<Function<JsonNode, Object>> READERS = List.of(
            RestReplies::token,
            RestReplies::jit,
            RestReplies::runner,
            RestReplies::labels,
            RestReplies::runnerGroup,
            RestReplies::release,
            RestReplies::run,
            RestReplies::job,
            RestReplies::variable,
            RestReplies::downloads,
            node -> RestReplies.rateLimits(node, "c"),
            node -> RestReplies.page(node, "runners", RestReplies::runner));

    @ParameterizedTest
    @ValueSource(strings = {"null", "7", "\"text\"", "true", "{}", "[[]]", "[null]", "{\"id\":0}", "{\"id\":\"x\"}"})
    void whatIsNotTheThingIsNotTakenForIt(String json) {
        for (Function<JsonNode, Object> reader : READERS) {
            assertThatThrownBy(() -> reader.apply(Wire.parse(json))).isInstanceOf(WireException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "abc\\u0000def", "abc def", "abc\\ndef", "\u00e9"})
    void aConfigurationThatNoEnvironmentHoldsIsRefused(String config) {
        JsonNode node = Wire.parse("{\"runner\":{\"id\":1},\"encoded_jit_config\":\"" + config + "\"}");
        assertThatThrownBy(() -> RestReplies.jit(node))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("encoded_jit_config")
                .hasMessageNotContaining("def");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"id\":1}", "{\"id\":1,\"busy\":null}", "{\"id\":1,\"busy\":\"no\"}"})
    void aRunnerOfWhichNothingIsSaidLooksBusyAndNeitherOnlineNorOffline(String json) {
        SelfHostedRunner runner = RestReplies.runner(Wire.parse(json));
        assertThat(runner.busy()).isTrue();
        assertThat(runner.isOnline()).isFalse();
        assertThat(runner.isOffline()).isFalse();
        assertThat(runner.ephemeral()).isEmpty();
        assertThat(runner.labels()).isEmpty();
    }

    @Test
    void keysInAnyCaseUnknownKeysAndIdsAsTextAreTaken() {
        SelfHostedRunner runner = RestReplies.runner(Wire.parse("""
                {"ID":"9","Name":"r9","STATUS":"Online","Busy":false,"unknown":{"a":[1]},"labels":["gpu",
                 {"name":"linux","type":"read-only"}]}"""));
        assertThat(runner.id()).isEqualTo(9);
        assertThat(runner.isOnline()).isTrue();
        assertThat(runner.busy()).isFalse();
        assertThat(runner.labelNames()).containsExactly("gpu", "linux");
    }

    @Test
    void aLabelWithoutANameIsAnError() {
        assertThatThrownBy(() -> RestReplies.runner(Wire.parse("{\"id\":9,\"labels\":[{\"id\":1}]}")))
                .isInstanceOf(WireException.class);
    }

    @Test
    void aRunAndAJobOfWhichNothingIsSaidAreInNoState() {
        WorkflowRun run = RestReplies.run(Wire.parse("{\"id\":1,\"conclusion\":null,\"created_at\":\"yesterday\"}"));
        assertThat(run.isQueued() || run.isInProgress() || run.isCompleted() || run.isSuccess())
                .isFalse();
        assertThat(run.conclusion()).isEmpty();
        assertThat(run.createdAt()).isEmpty();
        RunJob job = RestReplies.job(Wire.parse("{\"id\":1,\"runner_id\":0,\"runner_name\":\"\"}"));
        assertThat(job.isQueued() || job.isInProgress() || job.isCompleted() || job.hasRunner())
                .isFalse();
    }

    @Test
    void timesWithFractionsAndOffsetsAreRead() {
        WorkflowRun run = RestReplies.run(Wire.parse("""
                {"id":1,"created_at":"2026-05-05T10:00:00.1234567Z","updated_at":"2026-05-05T12:00:00+02:00"}"""));
        assertThat(run.createdAt()).contains(Instant.parse("2026-05-05T10:00:00.1234567Z"));
        assertThat(run.updatedAt()).contains(Instant.parse("2026-05-05T10:00:00Z"));
    }

    @Test
    void addressesOfDownloadsMustBeUsable() {
        assertThatThrownBy(
                        () -> RestReplies.downloads(Wire.parse("[{\"os\":\"linux\",\"download_url\":\"file:///x\"}]")))
                .isInstanceOf(WireException.class);
    }

    @Test
    void absurdResetsAreNone() {
        var limits = RestReplies.rateLimits(
                Wire.parse("{\"resources\":{\"core\":{\"limit\":1,\"remaining\":1,\"reset\":9223372036854775807}}}"),
                "c");
        assertThat(limits.get(0).resetsAt()).isEmpty();
    }
}
