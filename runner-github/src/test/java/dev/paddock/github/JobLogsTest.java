package dev.paddock.github;

import static dev.paddock.github.RestWorld.REPO;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobLogsTest {
    private static final String LOG = "GET " + REPO + "/jobs/5/logs";
    private static final String STORE = "https://store.example/logs/5?sig=SIGNATURE-secret";
    private static final String STORED = "GET /logs/5?sig=";

    private final RestWorld world = new RestWorld();
    private final ManualTime time = world.time;

    private RestWorld at(String location) {
        return world.on(LOG, Answer.of(302, "").with("Location", location));
    }

    @Test
    void aLogIsFetchedFromWhereGitHubSaysWithoutOurToken() {
        at(STORE).on(STORED, Answer.of(200, "\uFEFFline one\nline two\n").with("Content-Type", "text/plain"));
        assertThat(time.await(world.repository.jobLog(5))).isEqualTo("line one\nline two\n");
        assertThat(world.last().url()).hasToString(STORE);
        assertThat(world.last().headers()).doesNotContainKeys("Authorization", "X-GitHub-Api-Version");
    }

    @Test
    void aServerMayGiveTheLogItself() {
        world.on(LOG, 200, "text");
        assertThat(time.await(world.repository.jobLog(5))).isEqualTo("text");
    }

    @Test
    void aServerWithoutTlsMayKeepItsLogsItself() {
        at(RestWorld.HOST + "/logs/5?sig=x").on(STORED, 200, "text");
        assertThat(time.await(world.repository.jobLog(5))).isEqualTo("text");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/relative", "http://store.example/logs/5", "file:///etc/passwd", "https://u:p@h/x"})
    void anAddressThatIsNotSafeIsNotAsked(String location) {
        at(location);
        GitHubException failure = time.failure(world.repository.jobLog(5));
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(failure).hasMessageContainingAll("job's log", "Location").hasMessageNotContaining("passwd");
        assertThat(world.http.sent()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"404, NOT_FOUND", "410, NOT_FOUND", "403, OTHER", "500, UNAVAILABLE", "302, OTHER"})
    void whatTheStoreAnswersIsNotRepeated(int status, Reason reason) {
        at(STORE).on(STORED, Answer.of(status, "signature SIGNATURE-secret did not match"));
        GitHubException failure = time.failure(world.repository.jobLog(5));
        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure)
                .hasMessageContainingAll("download the job's log", Integer.toString(status), "store.example/logs/5")
                .hasMessageNotContaining("SIGNATURE");
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 410})
    void aLogThatIsNotKeptIsNotFound(int status) {
        world.on(LOG, status, "{\"message\":\"gone\"}");
        assertThat(time.failure(world.repository.jobLog(5)).reason()).isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    void aStoreInTroubleIsAskedAgain() {
        at(STORE).on(STORED, Answer.of(503, ""), Answer.of(200, "text"));
        assertThat(time.await(world.repository.jobLog(5))).isEqualTo("text");
        assertThat(world.http.count(LOG)).isEqualTo(1);
    }
}
