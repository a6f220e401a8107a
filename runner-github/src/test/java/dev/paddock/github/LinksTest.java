package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinksTest {
    private static final URI API = URI.create("https://api.github.com");
    private static final URI SERVER = URI.create("https://ghes.example/api/v3");
    private static final String NEXT = "https://api.github.com/x?page=2";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<https://api.github.com/x?page=2>; rel=\"next\"",
                "<https://api.github.com/x?page=2>; rel=next",
                "<https://api.github.com/x?page=2>;rel=\"prev NEXT\"",
                "<https://api.github.com/x?page=1>; rel=\"prev\", <https://api.github.com/x?page=2>; rel=\"next\"",
                "<https://api.github.com/x?page=9,9>; rel=\"last\"; title=\"a, b; rel=\", "
                        + "<https://api.github.com/x?page=2>; title=\"t\"; rel=\"next\"",
                "<HTTPS://API.GITHUB.COM/x?page=2>; Rel=\"next\""
            })
    void theNextPageIsFound(String header) {
        assertThat(Links.next(List.of(header), API))
                .get()
                .satisfies(next -> assertThat(next.toString()).isEqualToIgnoringCase(NEXT));
    }

    @Test
    void severalHeadersAreOne() {
        assertThat(Links.next(
                        List.of("<https://api.github.com/x>; rel=\"first\"", "<" + NEXT + ">; rel=\"next\""), API))
                .contains(URI.create(NEXT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<https://api.github.com/x?page=1>; rel=\"prev\"",
                "<https://elsewhere.example/x>; rel=\"help\"",
                "<https://api.github.com/x>; title=\"next\"",
                "<https://api.github.com/x>"
            })
    void whereThereIsNoneTheListEnds(String header) {
        assertThat(Links.next(List.of(header), API)).isEmpty();
        assertThat(Links.next(List.of(), API)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"garbage", "<https://api.github.com/x", "<a>; rel=\"next", "a, <b>; rel=\"next\""})
    void aHeaderThatCannotBeReadIsNoEnd(String header) {
        assertThatThrownBy(() -> Links.next(List.of(header), API))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("Link");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example/api/v3/x",
                "https://ghes.example/x",
                "https://ghes.example/api/v3",
                "https://ghes.example/api/v3x/y",
                "https://ghes.example/api/v3/../../login",
                "https://ghes.example/api/v3/%2E%2e/login",
                "https://ghes.example:8443/api/v3/x",
                "http://ghes.example/api/v3/x",
                "https://user:pass@ghes.example/api/v3/x",
                "/api/v3/x?page=2"
            })
    void theTokenGoesNowhereElse(String url) {
        assertThatThrownBy(() -> Links.next(List.of("<" + url + ">; rel=\"next\""), SERVER))
                .isInstanceOf(WireException.class)
                .hasMessageNotContaining("pass@");
    }

    @Test
    void foldersWithADotAreNoWayOut() {
        String url = "https://ghes.example/api/v3/repos/acme/.github/actions/runs?page=2";
        assertThat(Links.next(List.of("<" + url + ">; rel=\"next\""), SERVER)).contains(URI.create(url));
    }
}
