package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code docs/first-fleet.md} shows compiles, or is taken from projects that {@code consumers/run} builds. */
class FirstFleetPageTest {
    private static final Path TOP = Path.of("..");
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

    private MarkdownPage page;

    @BeforeEach
    void read() throws IOException {
        page = MarkdownPage.read(TOP.resolve("docs/first-fleet.md"));
    }

    @Test
    void everyJavaProgramCompiles(@TempDir Path classes) {
        assertThat(page.blocks("java"))
                .isNotEmpty()
                .allSatisfy(program ->
                        assertThat(MarkdownPage.problems(program, classes)).isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "kotlin, kotlin/src/main/kotlin/com/example/Fleet.kt",
        "scala, scala/src/main/scala/com/example/Fleet.scala",
        "xml, java/pom.xml",
        "xml, kotlin/pom.xml",
        "xml, scala/pom.xml"
    })
    void whatItShowsIsTakenFromTheConsumers(String language, String file) throws IOException {
        List<String> source =
                stripped(Files.readAllLines(TOP.resolve("consumers").resolve(file)));
        assertThat(page.blocks(language))
                .isNotEmpty()
                .allSatisfy(block -> assertThat(source).containsSequence(stripped(block)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"runner-bom", "consumers/java", "consumers/kotlin", "consumers/scala"})
    void whatStandsAloneHasTheVersionOfTheModules(String project) throws IOException {
        assertThat(versionAfter("runner-bom", TOP.resolve(project)))
                .isEqualTo(versionAfter("paddock-parent", TOP))
                .matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
    }

    @Test
    void theMessagesItExplainsAreThoseOfTheLibrary() throws IOException {
        List<String> said = page.lines().stream()
                .dropWhile(line -> !line.startsWith("| it says "))
                .takeWhile(line -> line.startsWith("|"))
                .flatMap(row -> QUOTED.matcher(row.split("\\|")[1]).results())
                .map(quoted -> quoted.group(1))
                .toList();
        String sources = sources();
        assertThat(said)
                .hasSizeGreaterThan(10)
                .allSatisfy(text -> assertThat(sources.contains(text)).as(text).isTrue());
    }

    private static String sources() throws IOException {
        var text = new StringBuilder();
        for (String module : List.of("runner-core", "runner-github")) {
            try (var files = Files.walk(TOP.resolve(module).resolve("src/main"))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    text.append(Files.readString(file));
                }
            }
        }
        return text.toString();
    }

    private static String versionAfter(String artifact, Path project) throws IOException {
        return Pattern.compile("<artifactId>" + artifact + "</artifactId>\\s*<version>([^<]*)</version>")
                .matcher(Files.readString(project.resolve("pom.xml")))
                .results()
                .map(found -> found.group(1))
                .findFirst()
                .orElse("none");
    }

    private static List<String> stripped(List<String> lines) {
        List<String> stripped = new ArrayList<>();
        lines.forEach(line -> stripped.add(line.strip()));
        return stripped;
    }
}
