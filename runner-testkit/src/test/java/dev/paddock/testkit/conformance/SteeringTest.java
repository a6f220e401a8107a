package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.Explanation.OfJob.Whereabouts;
import dev.paddock.JobKey;
import dev.paddock.RunnerState;
import dev.paddock.event.JobAssigned;
import dev.paddock.event.JobStarted;
import dev.paddock.metrics.FleetMetrics;
import dev.paddock.metrics.Metric;
import dev.paddock.testkit.JobRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A fleet on the production listener is changed, explained and measured while it runs. */
class SteeringTest extends FleetCase {
    private static final Path PAGE = Path.of("../docs/metrics.md");

    @Test
    void labelsOfAScaleSetChangeWhileItListens() {
        begin(builder -> builder.maxRunners(4));
        untilPolledWith(4);
        List<String> held = await(fleet().pool("default").relabel(List.of(SET, "fresh")));
        assertThat(held).containsExactlyInAnyOrder(SET, "fresh");
        assertThat(sim().scaleSets().get(0).labels()).contains("fresh");
        sim().faults().removeScaleSet(SET);
        submit("after");
        untilDone("after");
        assertThat(sim().scaleSets().get(0).labels())
                .as("of the one that was made in its place")
                .contains("fresh");
    }

    @Test
    void aPausedPoolIsGivenNoJobs() {
        begin(builder -> builder.maxRunners(4));
        untilPolledWith(4);
        await(fleet().pool("default").pause());
        untilPolledWith(0);
        submit("later");
        time.advance(seconds(90));
        assertThat(job("later").state()).isEqualTo(JobRecord.State.QUEUED);
        assertThat(machines().created()).isZero();
        await(fleet().pool("default").resume());
        untilDone("later");
    }

    @Test
    void aJobOnGitHubIsExplainedFromItsAssignmentToItsEnd() {
        begin(builder -> builder.maxRunners(1));
        untilPolledWith(1);
        submit(Duration.ofMinutes(5), "told");
        until(() -> !events(JobAssigned.class).isEmpty(), "the assignment");
        JobKey key = events(JobAssigned.class).get(0).job().key();
        assertThat(fleet().explain(key).whereabouts()).isEqualTo(Whereabouts.WAITING);
        until(() -> count(RunnerState.BUSY) == 1, "the job on its runner");
        if (events(JobStarted.class).isEmpty()) {
            assertThat(fleet().explain(key).text()).contains("1 runner is busy, and one may have taken it");
        }
        until(() -> !events(JobStarted.class).isEmpty(), "the start told");
        assertThat(fleet().explain(key).text()).startsWith("Job told (").contains(" runs on default-");
        untilDone("told");
        until(() -> fleet().explain(key).whereabouts() == Whereabouts.ENDED, "the end heard of");
        assertThat(fleet().explain(key).text()).contains("has ended", "succeeded");
    }

    @Test
    void thePageListsWhatASourceOnGitHubTells() throws IOException {
        begin(builder -> builder.maxRunners(1));
        untilPolledWith(1);
        submit("one");
        untilDone("one");
        FleetMetrics metrics = fleet().metrics();
        Map<String, String> told = new TreeMap<>();
        for (Metric metric : metrics.metrics()) {
            if (metric.name().startsWith("paddock_github_")) {
                var labels = new TreeSet<String>();
                metric.samples().forEach(sample -> labels.addAll(sample.labels().keySet()));
                told.put(metric.name(), metric.type().name().toLowerCase(Locale.ROOT) + " " + labels);
            }
        }
        assertThat(told).isEqualTo(listed());
        assertThat(metrics.value(
                        "paddock_github_calls_total", "pool", "default", "route", "jit_config", "outcome", "2xx"))
                .hasValue(1);
    }

    private static Map<String, String> listed() throws IOException {
        Map<String, String> rows = new TreeMap<>();
        String page = Files.readString(PAGE);
        String part = page.substring(page.indexOf("### Sources on GitHub"), page.indexOf("## Status as JSON"));
        Matcher row = Pattern.compile("(?m)^\\| `(\\w+)` \\| (\\w+) \\| \\w+ \\| ([^|]+) \\|")
                .matcher(part);
        while (row.find()) {
            var labels = new TreeSet<String>();
            Matcher label = Pattern.compile("`(\\w+)`").matcher(row.group(3));
            while (label.find()) {
                labels.add(label.group(1));
            }
            rows.put(row.group(1), row.group(2) + " " + labels);
        }
        return rows;
    }
}
