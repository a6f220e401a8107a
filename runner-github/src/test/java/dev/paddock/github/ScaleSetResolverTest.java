package dev.paddock.github;

import static dev.paddock.github.ScriptedService.SETS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.ScriptedHttpClient.Answer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScaleSetResolverTest {
    private static final String BY_NAME = "GET " + SETS + "?api-version=6.0-preview&name=gpu";
    private static final String ALL = "GET " + SETS + "?api-version=6.0-preview";
    private static final String OURS = set(42, "gpu", 1, "gpu", "Linux");

    private final ScriptedService service = new ScriptedService().on(BY_NAME, 200, list(OURS));
    private final ManualTime time = service.time;
    private final ScaleSetResolver resolver = new ScaleSetResolver(
            new Settings(
                    service.client.scope(),
                    "gpu",
                    GitHubCredentials.token(ScriptedService.PAT),
                    List.of("gpu", "linux"),
                    "default",
                    "_work",
                    service.http,
                    GitHubConnection.PLAIN,
                    false,
                    Duration.ofHours(2)),
            service.client);

    private static String set(long id, String name, long group, String... labels) {
        return "{\"id\":" + id + ",\"name\":\"" + name + "\",\"runnerGroupId\":" + group + ",\"labels\":[\""
                + String.join("\",\"", labels) + "\"]}";
    }

    private static String list(String... sets) {
        return "{\"count\":" + sets.length + ",\"value\":[" + String.join(",", sets) + "]}";
    }

    @BeforeEach
    void keepLogs() {
        RecordedLogs.start();
    }

    @AfterEach
    void forgetLogs() {
        RecordedLogs.stop();
    }

    private List<String> warnings() {
        time.await(resolver.resolve());
        time.advance(Duration.ofMinutes(5));
        return RecordedLogs.lines().stream()
                .filter(line -> line.startsWith("WARN"))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"GPU, 'other', the same name", "other, 'LINUX\",\"gpu\",\"more', 'the same labels [gpu, Linux]'"})
    @DisplayName("SS#107 ARC#4004 ARC#4515 a scale set that takes the same jobs is warned of")
    void aRivalIsWarnedOf(String name, String labels, String why) {
        service.on(ALL, 200, list(OURS, set(43, name, 7, labels)));
        assertThat(warnings()).singleElement().asString().contains("gpu: ", why, "id 43", "group 7", "Rename");
    }

    @Test
    void whoSharesSomeLabelsIsNoRival() {
        service.on(ALL, 200, list(OURS, set(43, "other", 1, "linux", "cpu"), set(44, "third", 7)));
        assertThat(warnings()).isEmpty();
    }

    @Test
    void withoutLabelsOnlyTheNameCounts() {
        service.off(BY_NAME)
                .on(BY_NAME, 200, list(set(42, "gpu", 1)))
                .on("PATCH " + SETS, 200, set(42, "gpu", 1))
                .on(ALL, 200, list(set(43, "other", 1, "linux")));
        assertThat(warnings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 404, 500, 501})
    @DisplayName("a look for rivals that fails holds up nothing")
    void aLookThatFailsHoldsUpNothing(int status) {
        service.on(ALL, Answer.of(status, "<html>").after(Duration.ofSeconds(20)));
        var resolved = time.await(resolver.resolve());
        assertThat(resolved.set().id()).isEqualTo(42);
        assertThat(time.elapsed()).isLessThan(Duration.ofSeconds(1));
        assertThat(service.http.count(ALL)).as("both looks").isEqualTo(2);
    }

    @Test
    @DisplayName("GHS-S13 a scale set made by another between the look and the call is adopted at once")
    void aScaleSetMadeMeanwhileIsAdopted() {
        service.off(BY_NAME)
                .on(BY_NAME, Answer.of(200, list()), Answer.of(200, list(OURS)))
                .on("POST " + SETS, 400, "{\"message\":\"gpu already exists in runner group Default\"}");
        var resolved = time.await(resolver.resolve());
        assertThat(resolved.set().id()).isEqualTo(42);
        assertThat(resolved.created()).isFalse();
    }

    @Test
    void aNameThatIsTakenByNobodyIsAFailure() {
        service.off(BY_NAME)
                .on(BY_NAME, 200, list())
                .on("POST " + SETS, 400, "{\"message\":\"gpu already exists in runner group Default\"}");
        assertThat(time.failure(resolver.resolve()).reason()).isEqualTo(GitHubException.Reason.ALREADY_EXISTS);
    }

    @Test
    void aScaleSetThatIsNotMadeForAnotherReasonIsNotLookedUp() {
        service.off(BY_NAME).on(BY_NAME, 200, list()).on("POST " + SETS, 403, "");
        assertThat(time.failure(resolver.resolve()).reason()).isEqualTo(GitHubException.Reason.FORBIDDEN);
        assertThat(service.http.count(BY_NAME)).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-S12 a server that does not let labels be changed is told by the labels it lacks")
    void labelsThatCannotBeChangedAreDropped() {
        service.off(BY_NAME).on(BY_NAME, 200, list(set(42, "gpu", 1, "gpu"))).on("PATCH " + SETS + "/42", 400, "no");
        var resolved = time.await(resolver.resolve());
        assertThat(resolved.set().labels()).containsExactly("gpu");
        assertThat(resolved.droppedLabels()).containsExactly("linux");
    }

    @Test
    void anUpdateThatFailsForAnotherReasonIsAFailure() {
        service.off(BY_NAME).on(BY_NAME, 200, list(set(42, "gpu", 1, "gpu"))).on("PATCH " + SETS + "/42", 403, "");
        assertThat(time.failure(resolver.resolve()).reason()).isEqualTo(GitHubException.Reason.FORBIDDEN);
    }
}
