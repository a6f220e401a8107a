package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that {@code docs/incidents.md} names are there. */
class IncidentsPageTest {
    private static final Path PAGE = Path.of("../docs/incidents.md");
    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w*)\\.(\\w+)`");
    private static final Pattern ISSUE = Pattern.compile("\\b(?!PKCS#)[A-Za-z][\\w-]*#\\d+");
    private static final Pattern TEST = Pattern.compile(
            "@(?:Test|ParameterizedTest)(?:\\([^)]*\\))?(?:\\s+@[\\w.]+(?:\\([^)]*\\))?)*\\s+(?:public |static )*void (\\w+)\\(");
    private static final Pattern STRINGS = Pattern.compile("\"(?:\\\\.|[^\"\\\\])*\"");

    /** The sources of all tests of all modules, by the name of their class. */
    static Map<String, String> testSources() throws IOException {
        var sources = new TreeMap<String, String>();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (Path tests : modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(tests)) {
                    for (Path file : files.filter(each -> each.toString().endsWith(".java"))
                            .toList()) {
                        String name = file.getFileName().toString();
                        sources.put(name.substring(0, name.length() - ".java".length()), Files.readString(file));
                    }
                }
            }
        }
        return sources;
    }

    /** The names of the tests in a source. */
    static Set<String> testsOf(String source) {
        var tests = new TreeSet<String>();
        Matcher found = TEST.matcher(STRINGS.matcher(source).replaceAll("\"\""));
        while (found.find()) {
            tests.add(found.group(1));
        }
        return tests;
    }

    private static List<String> rows() throws IOException {
        List<String> rows = Files.readAllLines(PAGE).stream()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| incident"))
                .toList();
        assertThat(rows).hasSizeGreaterThan(40);
        return rows;
    }

    @Test
    void everyTestNamedIsThere() throws IOException {
        Map<String, String> sources = testSources();
        var missing = new TreeSet<String>();
        for (String row : rows()) {
            Matcher named = NAMED.matcher(row);
            while (named.find()) {
                String source = sources.getOrDefault(named.group(1), "");
                if (!testsOf(source).contains(named.group(2))) {
                    missing.add(named.group());
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void everyRowNamesATestOrSaysWhyThereIsNone() throws IOException {
        assertThat(rows())
                .allSatisfy(row -> assertThat(NAMED.matcher(row).find()
                                || row.contains("No test yet")
                                || row.contains("does not apply yet")
                                || row.contains("cannot happen here"))
                        .as(row)
                        .isTrue());
    }

    @Test
    void everyIncidentThatATestNamesIsOnThePage() throws IOException {
        String page = Files.readString(PAGE);
        var missing = new TreeSet<String>();
        testSources().forEach((name, source) -> {
            Matcher display = Pattern.compile("@DisplayName\\(\\s*(" + STRINGS.pattern() + ")")
                    .matcher(source);
            while (display.find()) {
                Matcher issue = ISSUE.matcher(display.group(1));
                while (issue.find()) {
                    if (!page.contains(issue.group())) {
                        missing.add(name + ": " + issue.group());
                    }
                }
            }
        });
        assertThat(missing).isEmpty();
    }

    @Test
    void aTestThatIsMerelyWrittenOfIsNotOne() {
        assertThat(testsOf("""
                @Test
                @DisplayName("void no() {")
                void yes() {}
                @ParameterizedTest
                @ValueSource(strings = {"a;b", "{}"})
                @DisplayName(
                        "long")
                void yesToo(String text) throws Exception {}
                void helper() {}
                /** Calls {@code void comment()}. */
                """)).containsExactly("yes", "yesToo");
    }
}
