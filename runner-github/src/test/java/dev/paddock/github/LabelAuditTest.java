package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.github.rest.LabelAudit;
import dev.paddock.github.rest.RunnerLabel;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.github.rest.WantedLabels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LabelAuditTest {
    /** Labels with a bang are GitHub's own. */
    private static SelfHostedRunner runner(String name, String os, String status, String... labels) {
        var all = new ArrayList<RunnerLabel>();
        for (String one : labels) {
            boolean own = one.startsWith("!");
            all.add(new RunnerLabel(0, own ? one.substring(1) : one, own ? "read-only" : "custom"));
        }
        return new SelfHostedRunner(1, name, os, status, false, Optional.empty(), 1, all);
    }

    private static LabelAudit audit(List<SelfHostedRunner> runners, WantedLabels... wanted) {
        return LabelAudit.of(runners, List.of(wanted));
    }

    @Test
    @DisplayName("RL-R40 labels that differ in case only are the same, and all is well")
    void caseDoesNotMatter() {
        LabelAudit audit = audit(
                List.of(runner("gpu-1", "linux", "online", "!self-hosted", "!Linux", "!X64", "GPU")),
                new WantedLabels("GPU-*", List.of("self-hosted", "linux", "x64", "gpu")));
        assertThat(audit.isClean()).isTrue();
        assertThat(audit.text()).isEqualTo("1 runners have the labels wanted\n");
    }

    @Test
    @DisplayName("a custom label that claims another architecture does not make it that one")
    void aCustomArchitectureIsNoProof() {
        LabelAudit audit = audit(
                List.of(runner("a", "Linux", "online", "!X64", "arm64")), new WantedLabels("a", List.of("ARM64")));
        assertThat(audit.runners()).singleElement().satisfies(one -> {
            assertThat(one.misplaced()).containsExactly("arm64 (is x64)");
            assertThat(one.missing()).isEmpty();
        });
    }

    @Test
    @DisplayName("a runner of which GitHub does not say what it is only lacks a label")
    void anUnknownArchitectureIsNotWrong() {
        LabelAudit audit =
                audit(List.of(runner("a", "", "online", "gpu")), new WantedLabels("a", List.of("x64", "gpu")));
        assertThat(audit.runners()).singleElement().satisfies(one -> {
            assertThat(one.missing()).containsExactly("x64");
            assertThat(one.misplaced()).isEmpty();
        });
    }

    @Test
    void theSystemIsAlsoLookedAt() {
        LabelAudit audit =
                audit(List.of(runner("a", "macOS", "online", "gpu")), new WantedLabels("a", List.of("linux", "gpu")));
        assertThat(audit.runners().get(0).misplaced()).containsExactly("linux (is macos)");
    }

    @Test
    void aRunnerShouldHaveTheLabelsOfAllThatFitIt() {
        LabelAudit audit = audit(
                List.of(runner("gpu-1", "", "online", "gpu", "big")),
                new WantedLabels("gpu-*", List.of("gpu")),
                new WantedLabels("*-1", List.of("big")));
        assertThat(audit.isClean()).isTrue();
    }

    @Test
    @DisplayName("labels that only an offline runner has are asked for in vain, and it is named")
    void anOfflineRunnerSatisfiesNobody() {
        LabelAudit audit = audit(List.of(runner("a", "", "offline", "gpu")), new WantedLabels("a", List.of("gpu")));
        assertThat(audit.runners()).isEmpty();
        assertThat(audit.text()).isEqualTo("no connected runner has [gpu]; offline is a\n");
    }

    @Test
    void onlyTheStarIsSpecialInAName() {
        assertThat(new WantedLabels("a.c\\E", List.of("x")).isFor("A.C\\e")).isTrue();
        assertThat(new WantedLabels("a.c", List.of("x")).isFor("abc")).isFalse();
        assertThat(new WantedLabels("*", List.of("x")).isFor("anything")).isTrue();
        assertThatIllegalArgumentException().isThrownBy(() -> new WantedLabels("a", List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new WantedLabels(" ", List.of("x")));
        assertThatIllegalArgumentException().isThrownBy(() -> new WantedLabels("a", List.of(" ")));
    }
}
