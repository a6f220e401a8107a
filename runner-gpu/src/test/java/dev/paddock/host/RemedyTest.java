package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.gpu.GpuRule;
import dev.paddock.spi.HostCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The command of a remedy")
class RemedyTest {
    /** It begins the remedy or comes after a colon; words for a person come after it as a comment. */
    private static final Pattern COMMAND =
            Pattern.compile("(?:^|: )((?:sudo|nvidia-smi|micromamba|lspci|df|docker|python) .*)");

    @Test
    @DisplayName("can be pasted: a shell understands it, and none of its arguments is meant for a person")
    void pasted(@TempDir Path root) throws Exception {
        Set<String> remedies = remedies(root);
        Arrays.stream(GpuRule.values()).map(GpuRule::remedy).forEach(remedies::add);
        int commands = 0;
        for (String remedy : remedies) {
            Matcher matcher = COMMAND.matcher(remedy);
            if (matcher.find()) {
                commands++;
                Process bash = new ProcessBuilder("bash", "-n", "-c", matcher.group(1))
                        .redirectErrorStream(true)
                        .start();
                assertThat(new String(bash.getInputStream().readAllBytes()))
                        .as(remedy)
                        .isEmpty();
                assertThat(bash.waitFor()).as(remedy).isZero();
                assertThat(matcher.group(1).replaceFirst(" {2}# .*", "").split("\\s+"))
                        .as(remedy)
                        .doesNotContain("or", "then", "with", "and", "check", "if")
                        .noneMatch(word -> word.endsWith(","));
            }
        }
        assertThat(commands).isGreaterThan(20);
    }

    private static Set<String> remedies(Path root) throws IOException {
        Set<String> remedies = new TreeSet<>();
        List<HostRow> rows = EveryRowTest.rows();
        for (int i = 0; i < rows.size(); i++) {
            HostRow row = rows.get(i);
            HealthyHost host = new HealthyHost(root.resolve(String.valueOf(i)));
            row.change().to(host);
            host.checks().stream()
                    .filter(check -> check.id().equals(row.id()))
                    .map(HostCheck::check)
                    .forEach(result -> remedies.add(result.remedy()));
        }
        return remedies;
    }
}
