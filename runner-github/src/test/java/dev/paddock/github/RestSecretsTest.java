package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.rest.RunQuery;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A service that repeats every secret it knows does not make us tell them. */
class RestSecretsTest {
    private static final String[] SECRETS = {
        ScriptedService.PAT, "ghs_abcdefgh12345678", "github_pat_11AAAA_bbbbbbbb", "RemoteAuth AABF3JSECRET"
    };
    private static final String TOLD =
            "{\"message\":\"" + String.join(" ", SECRETS) + "\",\"token\":\"AABF3JSECRET x\","
                    + "\"encoded_jit_config\":\"SECRETJIT\",\"runner\":{},\"documentation_url\":\""
                    + ScriptedService.PAT + "\"}";

    private final RestWorld world = new RestWorld();

    private List<Supplier<CompletionStage<?>>> everything() {
        GitHubClient client = world.client;
        GitHubRepository repository = world.repository;
        return List.of(
                client::registrationToken,
                client::removeToken,
                () -> client.generateJitConfig(new RunnerId("r1"), 1, List.of("gpu")),
                client::runners,
                () -> client.runner(7),
                () -> client.deleteRunner(7),
                () -> client.labels(7).list(),
                () -> client.labels(7).add(List.of("gpu")),
                client::downloads,
                client::runnerGroups,
                client::rateLimits,
                client::latestRunnerRelease,
                () -> repository.dispatch("ci.yml", "main", Map.of()),
                () -> repository.runs(RunQuery.all()),
                () -> repository.jobs(9),
                () -> repository.jobLog(5),
                () -> repository.searchLog(5, LogSearch.ofText("x")),
                () -> client.runnersWithLabels(List.of("gpu")),
                () -> client.labels(7).change(List.of("gpu"), List.of("cpu")),
                () -> repository.cancel(9),
                () -> repository.rerun(9),
                () -> repository.variables().list(),
                () -> client.organizationVariables().list(),
                () -> repository.variables().set("A", "b"),
                () -> repository.variables().delete("A"));
    }

    @ParameterizedTest
    @ValueSource(ints = {203, 301, 400, 401, 403, 409, 418, 422, 451, 500, 501})
    @DisplayName("GHS-E8 no failure of a REST call tells a secret")
    void noFailureTellsASecret(int status) {
        for (String method : List.of("GET ", "POST ", "PUT ", "PATCH ", "DELETE ")) {
            world.on(method, status, TOLD);
        }
        for (Supplier<CompletionStage<?>> call : everything()) {
            tellsNone(world.time.failure(call.get()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 302})
    @DisplayName("GHS-E8 no answer that cannot be used is quoted")
    void noUnusableAnswerIsQuoted(int status) {
        for (String body : List.of(TOLD, "SECRETJIT " + ScriptedService.PAT, "[\"" + ScriptedService.PAT + "\"]")) {
            for (String method : List.of("GET ", "POST ", "PUT ", "PATCH ", "DELETE ")) {
                world.service.off(method).on(method, Answer.of(status, body).with("Location", "http://x/?SECRETJIT"));
            }
            for (Supplier<CompletionStage<?>> call : everything()) {
                var end = call.get().toCompletableFuture().handle((value, failure) -> {
                    if (failure != null) {
                        tellsNone(failure);
                    }
                    return value;
                });
                world.time.await(end);
            }
        }
    }

    @Test
    @DisplayName("GHS-E8 no broken connection tells a secret")
    void noBrokenConnectionTellsASecret() {
        world.on("GET ", Answer.failing(new IOException("sent Bearer " + ScriptedService.PAT)))
                .on("DELETE ", Answer.failing(new IOException("sent Bearer " + ScriptedService.PAT)));
        for (var call : List.<Supplier<CompletionStage<?>>>of(
                world.client::runners, () -> world.client.deleteRunner(7), () -> world.repository.job(5))) {
            assertThat(world.time.failure(call.get()).getMessage()).doesNotContain(ScriptedService.PAT);
        }
    }

    private static void tellsNone(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            assertThat(String.valueOf(cause.getMessage()))
                    .doesNotContain(SECRETS)
                    .doesNotContain("AABF3JSECRET", "SECRETJIT");
        }
    }
}
