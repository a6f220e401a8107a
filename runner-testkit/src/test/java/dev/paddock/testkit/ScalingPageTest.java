package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The figures of {@code docs/scaling.md} are those of the scenarios. {@code -Dpaddock.write=true} writes them. */
class ScalingPageTest {
    private static final Path PAGE = Path.of("../docs/scaling.md");

    @Test
    void thePageShowsWhatTheScenariosGive() throws IOException {
        String page = Files.readString(PAGE);
        String expected = page;
        for (String name : PolicyScenarios.all().keySet()) {
            expected = with(expected, name);
        }
        if (Boolean.getBoolean("paddock.write")) {
            Files.writeString(PAGE, expected);
        } else {
            assertThat(page).as("write it with -Dpaddock.write=true").isEqualTo(expected);
        }
    }

    private static String with(String page, String name) {
        String begin = "<!-- scenario " + name + " -->\n";
        Matcher block = Pattern.compile(Pattern.quote(begin) + ".*?(?=<!-- end -->)", Pattern.DOTALL)
                .matcher(page);
        assertThat(block.find()).as("the page has a place for " + name).isTrue();
        PolicyScenarios.Scenario scenario = PolicyScenarios.of(name);
        String text = begin + "\n" + scenario.jobs() + "\n\n" + scenario.table() + "\n";
        return block.replaceFirst(Matcher.quoteReplacement(text));
    }
}
