package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client that follows redirects carries the token along, so none is taken. */
class RedirectsTest {
    private final ScaleSetListener.Builder listener = ScaleSetListener.builder(ScriptedService.CONFIG_URL, "gpu");
    private final ScaleSetClient.Builder client =
            ScaleSetClient.builder(ScriptedService.CONFIG_URL, GitHubCredentials.token(ScriptedService.PAT));

    @ParameterizedTest
    @EnumSource(
            value = Redirect.class,
            names = {"NORMAL", "ALWAYS"})
    void aClientThatFollowsRedirectsIsRefused(Redirect redirect) {
        HttpClient http = HttpClient.newBuilder().followRedirects(redirect).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> listener.httpClient(http))
                .withMessageContainingAll("httpClient", "token", "Redirect.NEVER");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.httpClient(http))
                .withMessageContainingAll("httpClient", "token", "Redirect.NEVER");
    }

    @Test
    void javasDefaultClientIsTaken() {
        HttpClient http = HttpClient.newHttpClient();
        assertThat(listener.httpClient(http)).isSameAs(listener);
        assertThat(client.httpClient(http)).isSameAs(client);
    }
}
