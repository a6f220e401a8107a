package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class BodiesTest {
    @Test
    @DisplayName("GHS-S6 created by name only, the name is the label")
    void createdByNameOnlyTheNameIsTheLabel() {
        same(Bodies.create(ScaleSetSettings.named("s")), """
                {"name":"s","runnerGroupId":1,"labels":[{"type":"System","name":"s"}],
                 "RunnerSetting":{"disableUpdate":true},"createdOn":"0001-01-01T00:00:00Z"}""");
    }

    @Test
    @DisplayName("GHS-S7 labels are sent in order with type System")
    void labelsAreSentInOrder() {
        var settings = ScaleSetSettings.named("s")
                .withRunnerGroupId(7)
                .withLabels(List.of("gpu", "linux", "cuda"))
                .withDisableUpdate(false);
        same(Bodies.create(settings), """
                {"name":"s","runnerGroupId":7,"labels":[{"type":"System","name":"gpu"},
                 {"type":"System","name":"linux"},{"type":"System","name":"cuda"}],
                 "RunnerSetting":{"disableUpdate":false},"createdOn":"0001-01-01T00:00:00Z"}""");
    }

    @Test
    @DisplayName("GHS-S10 an update names only what changes")
    void anUpdateNamesOnlyWhatChanges() {
        same(Bodies.update(ScaleSetSettings.changes().withRunnerGroupId(2)), """
                {"runnerGroupId":2,"RunnerSetting":{},"createdOn":"0001-01-01T00:00:00Z"}""");
    }

    @Test
    @DisplayName("GHS-Q1 a session names its owner and the zero id")
    void aSessionNamesItsOwner() {
        same(Bodies.session("host"), """
                {"sessionId":"00000000-0000-0000-0000-000000000000","ownerName":"host"}""");
    }

    @Test
    void acquiringNamesTheRequests() {
        same(Bodies.acquire(List.of(1L, 2L, 3L)), "[1,2,3]");
    }

    @Test
    @DisplayName("GHS-S20 a JIT configuration names runner and folder")
    void aJitConfigurationNamesRunnerAndFolder() {
        same(Bodies.jitConfig("r1", ""), """
                {"name":"r1","workFolder":""}""");
    }

    @Test
    @DisplayName("GHS-A9 the registration names the address, not escaped for HTML")
    void theRegistrationNamesTheAddress() {
        assertThat(Bodies.registration(URI.create("https://github.com/my-org")))
                .isEqualTo("{\"url\":\"https://github.com/my-org\",\"runner_event\":\"register\"}\n");
    }

    @Test
    void blankNamesAndLabelsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScaleSetSettings.named(" "))
                .withMessageContaining("name");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScaleSetSettings.changes().withLabels(List.of("a", "")))
                .withMessageContaining("label");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScaleSetSettings.changes().withRunnerGroupId(0))
                .withMessageContaining("runnerGroupId");
    }

    private static void same(String actual, String expected) {
        JsonNode wanted = Wire.parse(expected);
        assertThat(Wire.parse(actual)).isEqualTo(wanted);
    }
}
