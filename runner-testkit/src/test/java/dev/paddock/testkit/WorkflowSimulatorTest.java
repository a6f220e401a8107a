package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workflows as values and as files. */
class WorkflowSimulatorTest {
    @TempDir
    private Path folder;

    private Workflow read(String json) throws IOException {
        return Workflow.read(Files.writeString(folder.resolve("ci.json"), json));
    }

    @Test
    void aFileHoldsAWorkflow() throws IOException {
        Workflow workflow = read("""
                {"name": "ci", "repository": "acme/engine", "jobs": [
                  {"name": "build", "labels": ["cpu"],
                   "steps": [{"name": "compile", "command": "make", "duration": "PT3S", "exitCode": 2}]},
                  {"name": "test", "labels": ["gpu"], "needs": ["build"], "steps": [{"name": "run"}]}]}""");
        assertThat(workflow.name()).isEqualTo("ci");
        assertThat(workflow.repository()).isEqualTo("acme/engine");
        assertThat(workflow.jobs().get(0).labels()).containsExactly("cpu");
        assertThat(workflow.jobs().get(0).steps())
                .containsExactly(new Step("compile", "make", Duration.ofSeconds(3), 2));
        assertThat(workflow.jobs().get(1).needs()).containsExactly("build");
        assertThat(workflow.jobs().get(1).steps()).containsExactly(new Step("run", "true", Duration.ofSeconds(1), 0));
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        Workflow workflow = Workflow.builder("ci")
                .repository("acme/engine")
                .add(WorkflowJob.builder("build")
                        .labels("cpu", "a \"label\"")
                        .step(new Step("compile", "make", Duration.ofMillis(1500), 2))
                        .build())
                .add(WorkflowJob.builder("test").needs("build").build())
                .build();
        Workflow again = read(workflow.toJson());
        assertThat(again.toJson()).isEqualTo(workflow.toJson());
        assertThat(again.repository()).isEqualTo("acme/engine");
        assertThat(again.jobs()).usingRecursiveComparison().isEqualTo(workflow.jobs());
    }

    @Test
    void aBadFileIsRefusedWithWhatIsWrong() {
        assertThatThrownBy(() -> read("{")).hasMessageContaining("ci.json is not JSON");
        assertThatThrownBy(() -> read("[]")).hasMessageContaining("must be a JSON object");
        assertThatThrownBy(() -> read("{\"jobs\":[]}")).hasMessageContaining("\"name\" must be a string");
        assertThatThrownBy(() -> read("{\"name\":\"ci\",\"job\":[]}")).hasMessageContaining("unknown key \"job\"");
        assertThatThrownBy(() -> read("{\"name\":\"ci\",\"jobs\":[{\"name\":\"a\",\"labels\":[1]}]}"))
                .hasMessageContaining("job \"a\": \"labels\" must hold strings");
        assertThatThrownBy(
                        () -> read(
                                "{\"name\":\"ci\",\"jobs\":[{\"name\":\"a\",\"steps\":[{\"name\":\"s\",\"duration\":\"3\"}]}]}"))
                .hasMessageContaining("duration must be like PT3S");
        assertThatThrownBy(() -> Workflow.read(folder.resolve("none.json")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("none.json");
    }

    @Test
    void allThatIsWrongWithAWorkflowIsListed() {
        var workflow = Workflow.builder("ci")
                .add(WorkflowJob.builder("a").needs("b").build())
                .add(WorkflowJob.builder("b").needs("a", "c").build())
                .add(WorkflowJob.builder("b").build());
        assertThatThrownBy(workflow::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("two jobs are named \"b\"")
                .hasMessageContaining("job \"b\" needs \"c\", which is not there");
        assertThatThrownBy(() -> Workflow.builder("ci")
                        .add(WorkflowJob.builder("a").needs("b").build())
                        .add(WorkflowJob.builder("b").needs("a").build())
                        .build())
                .hasMessageContaining("job \"a\" needs itself");
        assertThatThrownBy(() -> Workflow.builder("ci").build()).hasMessageContaining("it has no job");
        assertThatThrownBy(() -> Workflow.builder("ci").repository("acme")).hasMessageContaining("\"acme\"");
    }
}
