package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows works, and {@code .ci/run} finds its commands in it. */
class ReadmeTest {
    private MarkdownPage readme;

    @BeforeEach
    void read() throws IOException {
        readme = MarkdownPage.read(Path.of("../README.md"));
    }

    @Test
    void codeComesFirst() {
        assertThat(readme.lines().indexOf("```java")).isBetween(0, 13);
    }

    @Test
    void theFirstProgramCompiles(@TempDir Path classes) {
        assertThat(MarkdownPage.problems(readme.blocks("java").get(0), classes)).isEmpty();
    }

    @Test
    void theFirstCommandsAreTheMainOneAndTheTests() {
        assertThat(readme.blocks("sh").get(0))
                .containsExactly(
                        "./mvnw -q package -DskipTests && java -jar runner-examples/target/paddock-examples.jar demo",
                        "./mvnw verify");
    }
}
