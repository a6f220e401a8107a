package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The sections of {@code docs/troubleshooting.md} are complete, and what they name is there. */
class TroubleshootingPageTest {
    private static final List<Class<?>> TESTS = List.of(
            TroubleshootingFleetTest.class,
            TroubleshootingGitHubTest.class,
            TroubleshootingHostTest.class,
            TroubleshootingLocalTest.class);
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern EVENT = Pattern.compile("`([A-Z]\\w+)`");
    private static final Pattern VERB = Pattern.compile("(?:host|runner|github|multi-runner)(?: (?!DIR)[a-z]\\S*)*.*");

    @Test
    @DisplayName("each section quotes something and names the one test that provokes it; each such test has a section")
    void everySectionIsProvoked() throws IOException {
        List<TroubleshootingPage.Section> sections = TroubleshootingPage.read().sections();
        assertThat(sections).hasSizeGreaterThan(15).allSatisfy(section -> {
            assertThat(section.tests()).as(section.heading()).hasSize(1);
            assertThat(section.quotations()).as(section.heading()).isNotEmpty();
            for (String part : List.of("- Ask: ", "- Event: ", "- Remedy: ")) {
                assertThat(section.lines()).as(section.heading()).anyMatch(line -> line.startsWith(part));
            }
        });
        Set<String> there = TESTS.stream()
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> method.isAnnotationPresent(Test.class))
                .map(TroubleshootingPageTest::named)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(sections.stream().flatMap(section -> section.tests().stream()))
                .containsExactlyInAnyOrderElementsOf(there);
    }

    private static String named(Method test) {
        return test.getDeclaringClass().getSimpleName() + "." + test.getName();
    }

    @Test
    @DisplayName("each event that a section names is one")
    void everyEventIsOne() throws IOException {
        Set<String> sources = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of(".."), 12)) {
            files.filter(file -> file.toString().contains("src/main/java")
                            && file.toString().endsWith(".java"))
                    .filter(TroubleshootingPageTest::isEvent)
                    .forEach(file -> sources.add(file.getFileName().toString().replace(".java", "")));
        }
        assertThat(events()).hasSizeGreaterThan(8).isSubsetOf(sources);
    }

    private static boolean isEvent(Path source) {
        try {
            return Files.readString(source).contains("FleetEvent")
                    || Files.readString(source).contains("implements ExtensionEvent");
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Set<String> events() throws IOException {
        var named = new TreeSet<String>();
        for (TroubleshootingPage.Section section : TroubleshootingPage.read().sections()) {
            section.lines().stream()
                    .filter(line -> line.startsWith("- Event: "))
                    .flatMap(line -> EVENT.matcher(line).results())
                    .forEach(found -> named.add(found.group(1)));
        }
        return named;
    }

    @Test
    @DisplayName("each command that a section shows is one")
    void everyCommandIsOne() throws Exception {
        var verbs = new TreeSet<String>();
        for (TroubleshootingPage.Section section : TroubleshootingPage.read().sections()) {
            section.lines().stream()
                    .flatMap(line -> CODE.matcher(line).results())
                    .map(found -> found.group(1))
                    .filter(code -> VERB.matcher(code).matches() && code.contains(" "))
                    .forEach(verbs::add);
        }
        assertThat(verbs).hasSizeGreaterThan(10);
        for (String verb : verbs) {
            String words = Stream.of(verb.split(" "))
                    .takeWhile(word -> word.matches("[a-z-]+") && !word.startsWith("-"))
                    .collect(Collectors.joining(" "));
            String help = Printed.of((words + " --help").split(" ")).text();
            assertThat(help).as(verb).contains("Usage: ");
            Stream.of(verb.split(" "))
                    .filter(word -> word.startsWith("--"))
                    .forEach(option -> assertThat(help).as(verb).contains(option));
        }
    }
}
