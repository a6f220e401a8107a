package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.paddock.ByteSize;
import dev.paddock.Job;
import dev.paddock.JobKey;
import dev.paddock.JobResult;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.RunnerState;
import dev.paddock.error.RunnerException;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.metrics.FleetMetrics;
import dev.paddock.metrics.Metric;
import dev.paddock.metrics.Metric.Sample;
import dev.paddock.scaling.Decision;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.SourceContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the fleet counts and measures, and the page about it. */
class FleetMetricsTest {
    private static final Path PAGE = Path.of("../docs/metrics.md");
    private static final RunnerProfile BIG = RunnerProfile.builder("big")
            .cores(8)
            .memory(ByteSize.ofGiB(32))
            .gpus(1)
            .gpuMemory(ByteSize.ofGiB(16))
            .build();

    private final FleetFixture f = new FleetFixture();

    private double value(String name, String... labels) {
        String[] all = new String[labels.length + 2];
        all[0] = "pool";
        all[1] = "default";
        System.arraycopy(labels, 0, all, 2, labels.length);
        return f.fleet()
                .metrics()
                .value(name, all)
                .orElseThrow(() -> new AssertionError("no " + name + " " + List.of(all)));
    }

    private RunnerId busy(Job job) {
        RunnerId id = f.snapshot().runners().stream()
                .filter(runner -> runner.state() == RunnerState.IDLE)
                .findFirst()
                .orElseThrow()
                .id();
        f.source.presence(id, Presence.ONLINE, true);
        f.source.started(job, id.value());
        f.settle();
        return id;
    }

    private void over(Job job, RunnerId id, int left) {
        f.source.presence(id, Presence.OFFLINE, false);
        f.source.forget(id);
        f.source.message(
                new JobStatistics(left, 0, left, 0, left),
                new JobEvent.Completed(job, Optional.of(id.value()), JobResult.of("succeeded")));
        f.machines.kill(id);
        f.settle();
    }

    /** A fleet that made runners, failed to, and ran a job. */
    private void aFleetThatRan() {
        f.machines(machines -> machines.provisionTime(ofSeconds(20)).bootTime(ofSeconds(40)));
        f.start(fleet -> fleet.maxRunners(2).profile(BIG).idleTimeout(ofMinutes(30)));
        f.source.next(FakeJobSource.Call.REGISTER, CallFault.fail(new RunnerException("503", true, null)));
        f.source.message(
                new JobStatistics(2, 0, 0, 0, 0), new JobEvent.Assigned(job("a")), new JobEvent.Assigned(job("b")));
        f.until(() -> f.count(RunnerState.IDLE) == 2, ofMinutes(5));
        RunnerId id = busy(job("a"));
        f.source.statistics(new JobStatistics(2, 1, 2, 1, 1));
        f.advance(ofMinutes(3));
        over(job("a"), id, 1);
        f.advance(ofSeconds(30));
    }

    // ---- the page ------------------------------------------------------------------------------------------

    /** Name to type and labels, as the page's table has it. */
    private static Map<String, String> rows(String heading) throws IOException {
        Map<String, String> rows = new TreeMap<>();
        List<String> lines = Files.readAllLines(PAGE);
        int start = lines.indexOf(heading);
        assertThat(start).as(heading).isNotNegative();
        for (String line : lines.subList(start + 1, lines.size())) {
            if (line.startsWith("#")) {
                break;
            }
            String[] cells = line.split("\\|");
            if (line.startsWith("| `")) {
                String name = cells[1].strip().replace("`", "");
                String type = cells[2].strip();
                String unit = cells[3].strip();
                assertThat(name.contains("_seconds")).as(name).isEqualTo(unit.equals("seconds"));
                assertThat(name.contains("_bytes")).as(name).isEqualTo(unit.equals("bytes"));
                rows.put(name, type + " " + labels(cells[4]));
            }
        }
        return rows;
    }

    private static TreeSet<String> labels(String cell) {
        var labels = new TreeSet<String>();
        Matcher label = Pattern.compile("`(\\w+)`").matcher(cell);
        while (label.find()) {
            labels.add(label.group(1));
        }
        return labels;
    }

    private static Map<String, String> told(FleetMetrics metrics) {
        Map<String, String> told = new TreeMap<>();
        for (Metric metric : metrics.metrics()) {
            var labels = new TreeSet<String>();
            metric.samples().forEach(sample -> labels.addAll(sample.labels().keySet()));
            labels.remove("le");
            told.put(metric.name(), metric.type().name().toLowerCase(Locale.ROOT) + " " + labels);
        }
        return told;
    }

    @Test
    @DisplayName("SLANG-W54 there are metrics, and the page lists each with its type and labels")
    void thePageListsWhatAFleetTells() throws IOException {
        aFleetThatRan();
        assertThat(told(f.fleet().metrics())).isEqualTo(rows("### The fleet"));
    }

    // ---- the numbers ---------------------------------------------------------------------------------------

    @Test
    void theNumbersAreWhatHappened() {
        aFleetThatRan();
        assertThat(value("paddock_runners", "state", "idle")).isEqualTo(1);
        assertThat(value("paddock_runners_planned_total")).isEqualTo(3);
        assertThat(value("paddock_provisioning_failures_total", "stage", "registering", "reason", "refused"))
                .isEqualTo(1);
        assertThat(value("paddock_jobs_ended_total", "result", "succeeded")).isEqualTo(1);
        assertThat(value("paddock_job_duration_seconds_count")).isEqualTo(1);
        assertThat(value("paddock_job_duration_seconds_sum")).isCloseTo(180, within(1.0));
        assertThat(value("paddock_job_duration_seconds_bucket", "le", "120")).isZero();
        assertThat(value("paddock_job_duration_seconds_bucket", "le", "300")).isEqualTo(1);
        assertThat(value("paddock_job_wait_seconds_count")).isEqualTo(1);
        assertThat(value("paddock_runner_ready_seconds_count")).isEqualTo(2);
        assertThat(value("paddock_runner_ready_seconds_sum")).isCloseTo(120, within(1.0));
        assertThat(value("paddock_runner_phase_seconds_sum", "phase", "provision"))
                .isCloseTo(40, within(1.0));
        assertThat(value("paddock_runner_phase_seconds_sum", "phase", "start")).isCloseTo(80, within(1.0));
        assertThat(value("paddock_runner_phase_seconds_count", "phase", "register"))
                .isEqualTo(2);
        assertThat(value("paddock_runner_phase_seconds_count", "phase", "intent"))
                .isEqualTo(3);
        assertThat(value("paddock_runners_removed_total")).isEqualTo(2);
        assertThat(value("paddock_runner_memory_bytes", "profile", "big")).isEqualTo(32.0 * 1024 * 1024 * 1024);
        assertThat(value("paddock_runner_cores", "profile", "big")).isEqualTo(8);
        assertThat(value("paddock_queue_age_seconds")).isGreaterThan(200);
        double decisions = 0;
        for (var bound : Decision.Bound.values()) {
            decisions += value("paddock_decisions_total", "bound", bound.name().toLowerCase(Locale.ROOT));
        }
        assertThat(decisions).isEqualTo(f.fleet().decisions().size());
    }

    @Test
    void theServicesOwnTimesAreTakenWhereItTellsThem() {
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        Instant queued = Instant.parse("2026-01-01T00:00:00Z");
        var job = new Job(
                new JobKey("a", 0),
                "a",
                "",
                "",
                0,
                List.of(),
                Optional.of(queued),
                Optional.of(queued.plusSeconds(100)),
                Optional.of(queued.plusSeconds(1600)));
        RunnerId id = busy(job);
        over(job, id, 0);
        assertThat(value("paddock_job_wait_seconds_sum")).isEqualTo(100);
        assertThat(value("paddock_job_duration_seconds_sum")).isEqualTo(1500);
    }

    @Test
    void aJobWhoseStartWasNeverHeardOfDoesNotAgeForEver() {
        f.start(fleet -> fleet.maxRunners(1));
        f.source.message(new JobStatistics(1, 0, 0, 0, 0), new JobEvent.Assigned(job("a")));
        f.advance(ofMinutes(1));
        assertThat(value("paddock_queue_age_seconds")).isCloseTo(60, within(0.1));
        f.advance(ofMinutes(5));
        f.source.statistics(new JobStatistics(1, 1, 1, 1, 0));
        f.settle();
        assertThat(value("paddock_queue_age_seconds")).isZero();
        f.source.statistics(new JobStatistics(2, 1, 1, 1, 0));
        f.advance(ofSeconds(30));
        assertThat(value("paddock_queue_age_seconds"))
                .as("by the counters alone")
                .isCloseTo(30, within(0.1));
    }

    @Test
    void failuresAreCountedByTheirKind() {
        f.machines(machines -> machines.program(machine -> machine.exit(3)));
        f.start(fleet -> fleet.maxRunners(1));
        f.source.next(
                FakeJobSource.Call.REGISTER, CallFault.throwAtOnce(new IllegalStateException("a bug in the source")));
        f.machines.next(FakeRunnerProvider.Call.PROVISION, CallFault.noAnswer());
        f.source.assigned(1);
        f.until(
                () -> f.events(ProvisioningFailed.class).stream()
                                .map(ProvisioningFailed::kind)
                                .distinct()
                                .count()
                        == 3,
                ofMinutes(20));
        assertThat(value("paddock_provisioning_failures_total", "stage", "registering", "reason", "bug"))
                .isEqualTo(1);
        assertThat(value("paddock_provisioning_failures_total", "stage", "provisioning", "reason", "no_answer"))
                .isEqualTo(1);
        assertThat(value("paddock_provisioning_failures_total", "stage", "starting", "reason", "exited"))
                .isPositive();
    }

    // ---- a source's own ------------------------------------------------------------------------------------

    private static JobSource telling(JobSource source, List<Metric> metrics) {
        return new JobSource() {
            @Override
            public String id() {
                return source.id();
            }

            @Override
            public Attachment open(JobSink sink, SourceContext context) {
                source.open(sink, context);
                return new PlainAttachment() {
                    @Override
                    public List<Metric> metrics() {
                        if (metrics.isEmpty()) {
                            throw new IllegalStateException("a bug in the source");
                        }
                        return metrics;
                    }
                };
            }
        };
    }

    @Test
    void aSourceAddsItsOwnAndReplacesNoneOfTheFleets() {
        var calls = new Metric(
                "paddock_github_calls_total",
                "Calls.",
                Metric.Type.COUNTER,
                List.of(new Sample("", Map.of("route", "poll"), 7)));
        var rival = Metric.of("paddock_fleet_epoch", "Not the source's to tell.", Metric.Type.GAUGE, 99);
        f.fleet = RunnerCoordinator.builder(telling(f.source, List.of(calls, rival)), f.machines)
                .scheduler(f.host)
                .start();
        assertThat(value("paddock_github_calls_total", "route", "poll")).isEqualTo(7);
        assertThat(f.fleet().metrics().value("paddock_fleet_epoch")).hasValue(1);
        assertThat(f.fleet().metrics().find("paddock_fleet_epoch").orElseThrow().samples())
                .hasSize(1);
    }

    @Test
    void aSourceThatCannotTellLeavesTheRestToBeTold() {
        f.fleet = RunnerCoordinator.builder(telling(f.source, List.of()), f.machines)
                .scheduler(f.host)
                .start();
        assertThat(f.fleet().metrics().find("paddock_runners")).isPresent();
    }

    // ---- the text ------------------------------------------------------------------------------------------

    private static final Pattern SAMPLE = Pattern.compile(
            "([a-z_:][a-z0-9_:]*)(?:\\{([a-z_]+=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\",?)+\\})? (-?[0-9.E-]+|\\+Inf|NaN)");

    @Test
    void theTextIsPrometheus() {
        aFleetThatRan();
        String text = f.fleet().metrics().toPrometheus();
        assertThat(text).endsWith("\n").doesNotContain("\r");
        String family = "";
        List<String> families = new ArrayList<>();
        for (String line : text.split("\n")) {
            if (line.startsWith("# HELP ")) {
                family = line.split(" ")[2];
                families.add(family);
            } else if (line.startsWith("# TYPE ")) {
                assertThat(line).matches("# TYPE " + family + " (gauge|counter|histogram)");
            } else {
                Matcher sample = SAMPLE.matcher(line);
                assertThat(sample.matches()).as(line).isTrue();
                assertThat(sample.group(1).replaceAll("_(bucket|sum|count)$", ""))
                        .isEqualTo(family);
            }
        }
        assertThat(families)
                .doesNotHaveDuplicates()
                .hasSize(f.fleet().metrics().metrics().size());
        assertThat(text)
                .contains("# HELP paddock_runners Runners by state.\n# TYPE paddock_runners gauge\n")
                .contains("paddock_runners{pool=\"default\",state=\"idle\"} 1\n")
                .contains("paddock_fleet_max_runners +Inf\n")
                .contains("paddock_job_duration_seconds_bucket{pool=\"default\",le=\"+Inf\"} 1\n");
    }

    @Test
    void whatPrometheusWouldMisreadIsEscaped() {
        var odd = new Metric(
                "odd",
                "A \\ and a\nline.",
                Metric.Type.GAUGE,
                List.of(new Sample("", Map.of("a", "\"quoted\" \\ and\nmore"), 0.5)));
        assertThat(new FleetMetrics(Instant.EPOCH, List.of(odd)).toPrometheus())
                .isEqualTo("# HELP odd A \\\\ and a\\nline.\n# TYPE odd gauge\n"
                        + "odd{a=\"\\\"quoted\\\" \\\\ and\\nmore\"} 0.5\n");
    }

    @Test
    void aNameThatPrometheusWouldRefuseIsRefusedHere() {
        for (String wrong : List.of("Paddock", "1st", "with-hyphen", "", "calls")) {
            assertThatThrownBy(() -> Metric.of(wrong, "", Metric.Type.COUNTER, 1))
                    .hasMessageContaining("\"" + wrong + "\"");
        }
        assertThatThrownBy(() -> Metric.of("gauge_total", "", Metric.Type.GAUGE, 1))
                .hasMessageContaining("a counter's alone");
        assertThatThrownBy(() -> new FleetMetrics(Instant.EPOCH, List.of()).value("a", "label"))
                .hasMessageContaining("pairs");
    }
}
