package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The tests that {@code docs/requirements.md} names are there and bear the row's id. */
class RequirementsPageTest {
    private static final Pattern ROW = Pattern.compile("\\| (RL-[AR]\\d+) \\|.*\\| ([^|]*) \\|");
    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w*)(?:\\.(\\w+))?`");
    private static final int REQUIREMENTS = 45;
    private static final int CASES = 60;

    private record Row(String id, String shownBy) {}

    private static List<Row> rows() throws IOException {
        var rows = new ArrayList<Row>();
        for (String line : Files.readAllLines(Path.of("../docs/requirements.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                rows.add(new Row(row.group(1), row.group(2)));
            }
        }
        return rows;
    }

    @Test
    @DisplayName("each of the 45 requirements and 60 cases has one row, in order")
    void everyIdHasARow() throws IOException {
        List<String> expected = new ArrayList<>();
        IntStream.rangeClosed(1, REQUIREMENTS).forEach(number -> expected.add("RL-R" + number));
        IntStream.rangeClosed(1, CASES).forEach(number -> expected.add("RL-A" + number));
        assertThat(rows()).extracting(Row::id).containsExactlyElementsOf(expected);
    }

    @Test
    @DisplayName("each test named is there and bears the id, and a row without one says whose it is")
    void everyTestNamedBearsTheId() throws IOException {
        Map<String, String> sources = IncidentsPageTest.testSources();
        var wrong = new TreeSet<String>();
        for (Row row : rows()) {
            Matcher named = NAMED.matcher(row.shownBy());
            boolean any = false;
            while (named.find()) {
                any = true;
                String source = sources.getOrDefault(named.group(1), "");
                boolean there = named.group(2) == null
                        || IncidentsPageTest.testsOf(source).contains(named.group(2));
                if (!there
                        || !Pattern.compile("\\b" + row.id() + "\\b")
                                .matcher(source)
                                .find()) {
                    wrong.add(row.id() + ": " + named.group());
                }
            }
            if (!any && !row.shownBy().equals("not yet") && !row.shownBy().equals("the host application's")) {
                wrong.add(row.id() + ": " + row.shownBy());
            }
        }
        assertThat(wrong).isEmpty();
    }
}
