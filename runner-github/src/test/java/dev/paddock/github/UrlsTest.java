package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UrlsTest {
    @ParameterizedTest
    @ValueSource(strings = {"https://h/rest/", "https://h/rest", "https://h//rest/./"})
    @DisplayName("GHS-U12 a path is joined below the service's own")
    void aPathIsJoinedBelowTheServices(String base) {
        assertThat(Urls.service(URI.create(base), "_apis/x", Map.of()))
                .hasToString("https://h/rest/_apis/x?api-version=6.0-preview");
    }

    @Test
    @DisplayName("GHS-U13 a path's own query is merged with the base's and the version")
    void aPathsOwnQueryIsMerged() {
        assertThat(Urls.service(URI.create("https://h/t?k=v"), "_apis/x?name=x", Map.of("b", "1 2")))
                .hasToString("https://h/t/_apis/x?api-version=6.0-preview&b=1+2&k=v&name=x");
    }

    @Test
    @DisplayName("GHS-U14 a version that is there is kept")
    void aVersionThatIsThereIsKept() {
        assertThat(Urls.service(URI.create("https://h/"), "_apis/x?api-version=1.0", Map.of()))
                .hasToString("https://h/_apis/x?api-version=1.0");
    }

    @Test
    @DisplayName("GHS-U15 any name reaches the service as it is")
    void anyNameReachesTheServiceAsItIs() {
        String name = "a&b #c+d%/ü";
        String query = Urls.service(URI.create("https://h/"), "_apis/x", Map.of("name", name))
                .getRawQuery();
        String raw = query.substring(query.indexOf("name=") + 5);
        assertThat(raw).doesNotContain("&", "#", " ");
        assertThat(URLDecoder.decode(raw, StandardCharsets.UTF_8)).isEqualTo(name);
    }

    @Test
    void aTrailingSlashOfThePathIsKept() {
        assertThat(Urls.service(URI.create("https://h/t/"), "_apis/runtime/runnergroups/", Map.of("groupName", "g")))
                .hasToString("https://h/t/_apis/runtime/runnergroups/?api-version=6.0-preview&groupName=g");
    }

    @Test
    @DisplayName("GHS-Q4 the cursor is named only where there is one, the queue's query is kept")
    void theCursorIsNamedOnlyWhereThereIsOne() {
        var queue = URI.create("http://h/scalesets/message?sessionId=a%2Fb");
        assertThat(Urls.poll(queue, 0)).isEqualTo(queue);
        assertThat(Urls.poll(queue, 7)).hasToString("http://h/scalesets/message?lastMessageId=7&sessionId=a%2Fb");
        assertThat(Urls.poll(URI.create("http://h/m"), 1L << 40)).hasToString("http://h/m?lastMessageId=1099511627776");
    }

    @Test
    @DisplayName("GHS-Q11 a message's address is below the queue's, its query kept")
    void aMessagesAddressIsBelowTheQueues() {
        assertThat(Urls.message(URI.create("http://h/scalesets/message?sessionId=abc"), 42))
                .hasToString("http://h/scalesets/message/42?sessionId=abc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/relative", "ftp://h/x", "https://", "not a url", "https://me:secret@h/"})
    void anAddressGivenByTheServiceMustBeUsableAndIsNotRepeated(String url) {
        assertThatThrownBy(() -> Urls.given(url, "url"))
                .isInstanceOf(WireException.class)
                .hasMessageNotContaining(url);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", ".."})
    @DisplayName("GHS-U15 a part of a path that would lead to another path is refused")
    void dotsAreNoPartOfAPath(String text) {
        assertThatThrownBy(() -> Urls.segment(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"");
        assertThat(Urls.segment("...")).isEqualTo("...");
        assertThat(Urls.segment("../x")).isEqualTo("..%2Fx");
    }

    @Test
    void anAddressIsShownWithoutItsQuery() {
        assertThat(Urls.shown(URI.create("https://h:1/a?token=x"))).isEqualTo("https://h:1/a");
    }
}
