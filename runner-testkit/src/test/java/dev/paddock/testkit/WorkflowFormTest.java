package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Conditions and schedules of workflows. */
class WorkflowFormTest {
    private final VirtualTime time = VirtualTime.seeded(3);
    private final ActionsServiceSimulator github =
            ActionsServiceSimulator.builder().inMemory(time);

    private static Workflow nightly(String cron) {
        return Workflow.builder("nightly")
                .schedule(cron)
                .add(WorkflowJob.taking("build", Duration.ofSeconds(1), "gpu"))
                .build();
    }

    @Test
    void aConditionAndAScheduleAreWrittenAndRead(@TempDir Path folder) throws Exception {
        Workflow workflow = Workflow.builder("ci")
                .schedule("0 4 * * 1")
                .add(WorkflowJob.builder("smoke")
                        .condition(" vars.Enable == 'yes' ")
                        .build())
                .build();
        Workflow read = Workflow.read(Files.writeString(folder.resolve("ci.json"), workflow.toJson()));
        assertThat(read.schedule()).contains("0 4 * * 1");
        assertThat(read.jobs().get(0).condition()).contains("vars.ENABLE == 'yes'");
        assertThat(read.toJson()).isEqualTo(workflow.toJson());
    }

    @ParameterizedTest
    @ValueSource(strings = {"always()", "vars.A != 'x'", "vars.A == x", "", "vars.A == 'x' && true"})
    void anotherConditionIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WorkflowJob.builder("a").condition(text))
                .withMessageContaining("vars.ENABLE_GPU_SMOKE == 'true'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "* * * *", "60 3 * * *", "*/5 * * * *", "0 0 31 2 *", "1 1 1 1 7"})
    void anotherScheduleIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> nightly(text));
    }

    @ParameterizedTest
    @CsvSource({"17 3 * * *, 7", "0 * * * *, 168", "30 12 * * 0, 1", "5 5 29 2 *, 0"})
    void aWeekHasSoManyRuns(String cron, int runs) {
        github.dispatchable(nightly(cron));
        time.advance(Duration.ofDays(7));
        assertThat(github.jobs()).hasSize(runs);
    }

    @Test
    void aNewFileHasANewSchedule() {
        github.dispatchable(nightly("0 * * * *"));
        github.dispatchable(Workflow.builder("nightly")
                .add(WorkflowJob.taking("build", Duration.ofSeconds(1)))
                .build());
        time.advance(Duration.ofDays(1));
        assertThat(github.jobs()).isEmpty();
    }

    @Test
    void whatNeedsASkippedJobIsSkipped() {
        github.submit(Workflow.builder("ci")
                .add(WorkflowJob.builder("gate").condition("vars.A == 'x'").build())
                .add(WorkflowJob.builder("after").needs("gate").build())
                .add(WorkflowJob.builder("unset").condition("vars.A == ''").build())
                .build());
        assertThat(github.jobs())
                .extracting(job -> job.name() + " " + job.result().orElse("none"))
                .containsExactly("gate skipped", "after skipped", "unset none");
        Instant now = time.host("x").instant();
        assertThat(github.jobs().get(0).finishedAt()).contains(now);
    }
}
