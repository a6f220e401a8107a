package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows works, and {@code .ci/run} finds its commands in it. */
class ReadmeTest {
    private static final Path README = Path.of("../README.md");

    @Test
    void codeComesFirst() throws IOException {
        assertThat(Files.readAllLines(README).indexOf("```java")).isBetween(0, 13);
    }

    @Test
    void theFirstProgramCompiles(@TempDir Path classes) throws IOException {
        String program = """
                import dev.paddock.*;
                import dev.paddock.github.*;
                import dev.paddock.github.runner.*;
                import java.nio.file.Path;
                import java.util.List;

                class Program {
                    public static void main(String[] args) {
                %s
                    }
                }
                """.formatted(String.join("\n", firstBlock("java")));
        var problems = new DiagnosticCollector<JavaFileObject>();
        var compiler = ToolProvider.getSystemJavaCompiler();
        List<String> options =
                List.of("-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
        compiler.getTask(null, null, problems, options, null, List.of(new Source(program)))
                .call();
        assertThat(problems.getDiagnostics()).isEmpty();
    }

    @Test
    void theFirstCommandsAreTheMainOneAndTheTests() throws IOException {
        assertThat(firstBlock("sh"))
                .containsExactly(
                        "./mvnw -q package -DskipTests && java -jar runner-examples/target/paddock-examples.jar demo",
                        "./mvnw verify");
    }

    private static List<String> firstBlock(String language) throws IOException {
        List<String> lines = Files.readAllLines(README);
        int start = lines.indexOf("```" + language) + 1;
        assertThat(start).as("a block of " + language).isPositive();
        return lines.subList(start, lines.size()).stream()
                .takeWhile(line -> !line.startsWith("```"))
                .toList();
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("string:///Program.java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
