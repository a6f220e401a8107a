package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerState;
import dev.paddock.spi.ProviderLimits;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The tables of {@code docs/architecture.md} say what the code says. */
class ArchitecturePageTest {
    private static final Path PAGE = Path.of("../docs/architecture.md");
    private static final ProviderLimits LIMITS =
            new ProviderLimits(1, Duration.ofNanos(1), Duration.ofNanos(2), Duration.ofNanos(3), Duration.ofNanos(4));

    @Test
    void theTableOfStatesIsTheStateTable() throws IOException {
        List<String> expected = new ArrayList<>();
        for (RunnerState state : RunnerState.values()) {
            expected.add(row(state, StateTable.of(state)));
        }
        assertThat(rowsUnder("### States")).isEqualTo(expected);
    }

    @Test
    void theTableOfDeadlinesHoldsEachOfThem() throws IOException, IllegalAccessException {
        List<String> expected = new ArrayList<>();
        for (Field field : Deadlines.class.getDeclaredFields()) {
            if (field.getType() == Duration.class) {
                expected.add("| `" + field.getName() + "` | " + words((Duration) field.get(null)) + " |");
            }
        }
        List<String> written = rowsUnder("### Deadlines").stream()
                .map(line -> line.substring(0, line.indexOf('|', line.indexOf('|', 1) + 1) + 1))
                .toList();
        assertThat(written).isEqualTo(expected);
    }

    private static List<String> rowsUnder(String heading) throws IOException {
        List<String> lines = Files.readAllLines(PAGE);
        int start = lines.indexOf(heading);
        assertThat(start).as(heading).isNotNegative();
        return lines.subList(start + 1, lines.size()).stream()
                .takeWhile(line -> !line.startsWith("#"))
                .filter(line -> line.startsWith("| `"))
                .toList();
    }

    private static String row(RunnerState state, StateTable.Row row) {
        if (state == RunnerState.REMOVED) {
            return "| `REMOVED` | | | |";
        }
        Set<RunnerState> others = EnumSet.copyOf(row.next());
        others.remove(row.onTimeout());
        String next = others.stream().map(other -> " `" + other + "`").collect(Collectors.joining());
        return "| `" + state + "` | " + words(row.timeout().apply(LIMITS)) + " | `" + row.onTimeout() + "` |" + next
                + " |";
    }

    private static String words(Duration duration) {
        if (duration.equals(LIMITS.provisionDeadline())) {
            return "provider's `provisionDeadline`";
        } else if (duration.equals(LIMITS.startupDeadline())) {
            return "provider's `startupDeadline`";
        } else if (duration.equals(LIMITS.removeDeadline())) {
            return "provider's `removeDeadline`";
        } else if (duration.equals(LIMITS.finishDeadline())) {
            return "provider's `finishDeadline`";
        } else if (duration.isZero()) {
            return "leaves at once";
        }
        List<String> parts = new ArrayList<>();
        add(parts, duration.toDaysPart(), "d");
        add(parts, duration.toHoursPart(), "h");
        add(parts, duration.toMinutesPart(), "min");
        add(parts, duration.toSecondsPart(), "s");
        add(parts, duration.toMillisPart(), "ms");
        return String.join(" ", parts);
    }

    private static void add(List<String> parts, long number, String unit) {
        if (number > 0) {
            parts.add(number + " " + unit);
        }
    }
}
