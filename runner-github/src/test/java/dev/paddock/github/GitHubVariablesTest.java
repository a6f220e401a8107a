package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The variables of an organization; those of a repository are in {@link GitHubRepositoryTest}. */
class GitHubVariablesTest {
    private final RestWorld world = new RestWorld();
    private final ManualTime time = world.time;
    private final GitHubClient client = world.client;

    private static final String VARIABLES = RestWorld.ORG + "/variables";

    private void set(GitHubVariables variables, String changeBody, String createBody) {
        String change = "PATCH " + VARIABLES + "/MODE";
        String create = "POST " + VARIABLES;
        world.service.off(change).off(create);
        world.on(change, Answer.of(204, ""), Answer.of(404, "")).on(create, 201, "");
        time.await(variables.set("mode", "x"));
        assertThat(Wire.parse(world.last().body())).isEqualTo(Wire.parse(changeBody));
        time.await(variables.set("mode", "x"));
        assertThat(world.last().line()).isEqualTo(create);
        assertThat(Wire.parse(world.last().body())).isEqualTo(Wire.parse(createBody));
    }

    @Test
    void anOrganizationsVariableSaysWhoSeesIt() {
        GitHubVariables variables = client.organizationVariables();
        String plain = "{\"name\":\"MODE\",\"value\":\"x\"";
        set(variables, plain + "}", plain + ",\"visibility\":\"all\"}");
        String some = plain + ",\"visibility\":\"private\"}";
        set(variables.withPrivateRepositories(), some, some);
        String two = plain + ",\"visibility\":\"selected\",\"selected_repository_ids\":[7,8]}";
        set(variables.withRepositories(List.of(7L, 8L)), two, two);
        world.on(
                "GET " + VARIABLES + "?per_page=30",
                200,
                "{\"total_count\":1,\"variables\":[{\"name\":\"MODE\",\"value\":\"x\",\"visibility\":\"private\"}]}");
        assertThat(time.await(variables.list()))
                .singleElement()
                .satisfies(one -> assertThat(one.visibility()).contains("private"));
        assertThat(variables).hasToString("GitHubVariables[my-org]");
    }

    @Test
    void onlyAnOrganizationHasVariablesOfItsOwn() {
        GitHubClient ofRepository = GitHubClient.builder(ScriptedService.CONFIG_URL + "/engine", world.credentials)
                .httpClient(world.http)
                .scheduler(time)
                .build();
        assertThatIllegalStateException()
                .isThrownBy(ofRepository::organizationVariables)
                .withMessageContaining("no organization");
    }

    @Test
    void whoMayNotReadTheOrganizationsVariablesIsToldTheScope() {
        world.on("GET " + VARIABLES + "?per_page=30", 403, "{\"message\":\"Must have admin rights\"}");
        assertThat(time.failure(client.organizationVariables().list()))
                .hasMessageContaining("admin:org")
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.FORBIDDEN);
    }
}
