package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The status of a fleet as text and as JSON, to the letter. */
class StatusTest {
    private static final Path PAGE = Path.of("../docs/metrics.md");
    private final FleetFixture f = new FleetFixture();

    private void aFleet() {
        f.start(fleet -> fleet.fleet("acme").maxRunners(2));
        f.source.assigned(3);
        f.untilIdle(2);
        RunnerId id = f.ids().get(0);
        f.source.presence(id, Presence.ONLINE, true);
        f.source.started(job("build"), id.value());
        f.source.statistics(new JobStatistics(3, 1, 2, 1, 1));
        f.until(() -> f.count(RunnerState.BUSY) == 1);
        f.advance(ofMinutes(2).plusSeconds(5));
        f.await(f.fleet().pool("default").change(settings -> settings.withMinIdle(1)), ofSeconds(1));
        f.settle();
    }

    /** Names hold chance and times its consequences; both differ with the seed and nothing else does. */
    private static String withoutChance(String text) {
        return text.replaceAll("default-[a-z0-9]{4}-[a-z2-7]{10}", "default-aaaa-bbbbbbbbbb")
                .replaceAll("\"version\" : \\d+", "\"version\" : 36")
                .replaceAll("(2026-01-01T00:0\\d:\\d\\d)\\.\\d+Z", "$1Z");
    }

    @Test
    void theTextIsATableOfPoolsAndOneOfRunners() {
        aFleet();
        assertThat(withoutChance(f.snapshot().toText())).isEqualTo("""
                fleet   acme, epoch 1
                state   RUNNING at 2026-01-01T00:02:06Z
                runners 2

                pool     source     jobs  running  starting  idle  busy  leaving  max  capacity  done
                default  CONNECTED  3     1        0         1     1     0        2    2         0
                default: POOL_MAX: maxRunners is 2, and 2 are there or being made, 0 of them busy and 0 leaving

                runner                   state  for        place   health   job    why
                default-aaaa-bbbbbbbbbb  BUSY   2 min 5 s  fake-2  HEALTHY  build  runs build
                default-aaaa-bbbbbbbbbb  IDLE   2 min 5 s  fake-1  HEALTHY  -      waits for a job
                """);
    }

    @Test
    void theJsonIsThis() {
        aFleet();
        assertThat(withoutChance(f.snapshot().toJson())).isEqualTo("""
                {
                  "fleet" : "acme",
                  "epoch" : 1,
                  "version" : 36,
                  "at" : "2026-01-01T00:02:06Z",
                  "state" : "RUNNING",
                  "lateResults" : 0,
                  "states" : {
                    "planned" : 0,
                    "registering" : 0,
                    "provisioning" : 0,
                    "starting" : 0,
                    "idle" : 1,
                    "busy" : 1,
                    "draining" : 0,
                    "deregistering" : 0,
                    "removing" : 0,
                    "updating" : 0,
                    "reconnecting" : 0,
                    "backoff" : 0,
                    "failed" : 0,
                    "orphaned" : 0
                  },
                  "pools" : [
                    {
                      "name" : "default",
                      "paused" : false,
                      "minIdle" : 1,
                      "maxRunners" : 2,
                      "idleTimeoutSeconds" : 300,
                      "source" : "CONNECTED",
                      "sourceDetail" : "made up by a test",
                      "assigned" : 3,
                      "running" : 1,
                      "phantom" : 0,
                      "advertised" : 2,
                      "starting" : 0,
                      "idle" : 1,
                      "busy" : 1,
                      "leaving" : 0,
                      "completed" : 0,
                      "tasksHeld" : 0,
                      "tasksWaiting" : 0,
                      "oldestTask" : null,
                      "creationsFailed" : 0,
                      "creationsFailing" : null,
                      "overdue" : [ ],
                      "availability" : {
                        "targetPercent" : 99.5,
                        "percent" : 100.0,
                        "since" : "2026-01-01T00:00:00Z",
                        "scheduledSeconds" : 126,
                        "outageSeconds" : 0,
                        "budgetSeconds" : 12960,
                        "spent" : false,
                        "missing" : 0
                      },
                      "decision" : {
                        "number" : 1,
                        "at" : "2026-01-01T00:00:00Z",
                        "target" : 3,
                        "reason" : "3 assigned",
                        "warning" : "",
                        "create" : 2,
                        "retire" : 0,
                        "bound" : "POOL_MAX",
                        "expectedWaitSeconds" : null,
                        "rejected" : [
                          {
                            "candidate" : "1 new runner",
                            "why" : "POOL_MAX: maxRunners is 2, and 2 are there or being made, 0 of them busy and 0 leaving"
                          }
                        ]
                      }
                    }
                  ],
                  "runners" : [
                    {
                      "id" : "default-aaaa-bbbbbbbbbb",
                      "pool" : "default",
                      "state" : "BUSY",
                      "since" : "2026-01-01T00:00:01Z",
                      "createdAt" : "2026-01-01T00:00:00Z",
                      "place" : "fake-2",
                      "health" : "HEALTHY",
                      "healthEvidence" : "",
                      "job" : "build",
                      "detail" : "runs build"
                    },
                    {
                      "id" : "default-aaaa-bbbbbbbbbb",
                      "pool" : "default",
                      "state" : "IDLE",
                      "since" : "2026-01-01T00:00:01Z",
                      "createdAt" : "2026-01-01T00:00:00Z",
                      "place" : "fake-1",
                      "health" : "HEALTHY",
                      "healthEvidence" : "",
                      "job" : null,
                      "detail" : "waits for a job"
                    }
                  ]
                }
                """);
    }

    @Test
    void thePageListsTheFieldsOfTheJson() throws IOException {
        aFleet();
        var told = new TreeSet<String>();
        names("", new ObjectMapper().readTree(f.snapshot().toJson()), told);
        told.removeIf(name -> name.startsWith("states."));
        var listed = new TreeSet<String>();
        String page = Files.readString(PAGE);
        Matcher row = Pattern.compile("(?m)^\\| `([\\w.\\[\\]]+)` \\|")
                .matcher(page.substring(page.indexOf("## Status as JSON")));
        while (row.find()) {
            listed.add(row.group(1));
        }
        assertThat(told).isEqualTo(listed);
    }

    private static void names(String prefix, JsonNode node, TreeSet<String> names) {
        node.properties().forEach(field -> {
            String name = prefix + field.getKey();
            names.add(name);
            JsonNode value = field.getValue();
            if (value.isArray()) {
                value.forEach(each -> names(name + "[].", each, names));
            } else {
                names(name + ".", value, names);
            }
        });
    }

    @Test
    void anEmptyFleetHasNoTableOfRunners() {
        f.start(fleet -> fleet.fleet("acme"));
        f.settle();
        assertThat(f.snapshot().toText()).contains("runners 0").doesNotContain("why");
        assertThat(f.snapshot().toJson()).contains("\"decision\" : null", "\"runners\" : [ ]");
    }
}
