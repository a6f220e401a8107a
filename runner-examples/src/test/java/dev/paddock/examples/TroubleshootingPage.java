package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.TestInfo;

/** The sections of {@code docs/troubleshooting.md}: what each quotes, and which test provokes it. */
record TroubleshootingPage(List<Section> sections) {
    private static final Path PAGE = Path.of("../docs/troubleshooting.md");
    private static final Pattern PROVOKED = Pattern.compile("Provoked by `(\\w+\\.\\w+)`");

    /**
     * A symptom.
     *
     * @param quotations each a block of the page; an ellipsis in it stands for what differs from case to case
     */
    record Section(String heading, List<String> lines, List<List<String>> quotations, List<String> tests) {}

    static TroubleshootingPage read() throws IOException {
        var sections = new ArrayList<Section>();
        List<String> lines = MarkdownPage.read(PAGE).lines();
        for (int first = 0; first < lines.size(); first++) {
            if (lines.get(first).startsWith("## ")) {
                var section = new MarkdownPage(lines.subList(first + 1, lines.size()).stream()
                        .takeWhile(line -> !line.startsWith("## "))
                        .toList());
                List<String> tests = PROVOKED.matcher(String.join(" ", section.lines()))
                        .results()
                        .map(found -> found.group(1))
                        .toList();
                sections.add(new Section(lines.get(first), section.lines(), section.blocks("text"), tests));
            }
        }
        return new TroubleshootingPage(sections);
    }

    /** All that the page quotes where it names this test was told, in this order: a text for each block. */
    static void quotes(TestInfo test, String... told) throws IOException {
        String name = test.getTestClass().orElseThrow().getSimpleName() + "."
                + test.getTestMethod().orElseThrow().getName();
        List<Section> named = read().sections().stream()
                .filter(section -> section.tests().contains(name))
                .toList();
        assertThat(named)
                .as("the section that names %s; told was\n%s", name, String.join("\n---\n", told))
                .hasSize(1);
        List<List<String>> quotations = named.get(0).quotations();
        assertThat(quotations)
                .as("%s, told was\n%s", named.get(0).heading(), String.join("\n---\n", told))
                .hasSameSizeAs(told);
        for (int i = 0; i < told.length; i++) {
            assertThat(told[i].lines().map(String::strip).collect(Collectors.joining("\n")))
                    .as(named.get(0).heading())
                    .containsPattern(pattern(quotations.get(i)));
        }
    }

    /** An explanation with each sentence on a line of its own. */
    static String sentences(String explanation) {
        return explanation.replaceAll("(?<=[.]) (?=[A-Z])", "\n");
    }

    /** Whole lines, one somewhere after the other. */
    private static Pattern pattern(List<String> quotation) {
        return Pattern.compile(
                quotation.stream()
                        .map(String::strip)
                        .map(line ->
                                "^" + Pattern.compile("[^…]+").matcher(line).replaceAll(TroubleshootingPage::literally)
                                        + "$")
                        .map(line -> line.replace("…", ".*"))
                        .collect(Collectors.joining("[\\s\\S]*")),
                Pattern.MULTILINE);
    }

    private static String literally(MatchResult part) {
        return Matcher.quoteReplacement(Pattern.quote(part.group()));
    }
}
