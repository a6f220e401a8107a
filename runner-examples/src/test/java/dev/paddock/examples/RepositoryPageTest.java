package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.rest.Permission;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/repository.md shows compiles, and it names each permission. */
class RepositoryPageTest {
    private static final Path PAGE = Path.of("../docs/repository.md");
    private static final List<String> GIVEN = List.of(
            "GitHubClient github = null;",
            "GitHubRepository repository = null;",
            "long runId = 1;",
            "long jobId = 1;",
            "long runnerId = 1;");

    @Test
    void everyJavaProgramCompiles(@TempDir Path classes) throws IOException {
        List<List<String>> programs = MarkdownPage.read(PAGE).blocks("java");
        assertThat(programs).hasSizeGreaterThan(5).allSatisfy(program -> {
            var whole = new ArrayList<>(GIVEN);
            whole.addAll(program);
            assertThat(MarkdownPage.problems(whole, classes)).isEmpty();
        });
    }

    @Test
    void eachPermissionIsNamed() throws IOException {
        String page = String.join("\n", MarkdownPage.read(PAGE).lines());
        for (Permission one : Permission.values()) {
            assertThat(page).contains("`" + one.name() + "`");
        }
    }
}
