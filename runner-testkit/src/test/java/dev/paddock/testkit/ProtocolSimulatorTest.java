package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import dev.paddock.testkit.SimulatorWorld.Message;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProtocolSimulatorTest {
    private static ActionsServiceSimulator.Builder quick() {
        return ActionsServiceSimulator.builder().longPoll(Duration.ofMillis(100));
    }

    private static Workflow one(String name, String... labels) {
        return Workflow.builder("ci")
                .add(WorkflowJob.builder(name)
                        .labels(labels)
                        .step(Step.run("hello", "true"))
                        .build())
                .build();
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aJobIsAssignedRunAndReported(Face face) {
        try (var world = SimulatorWorld.open(face, quick())) {
            long set = world.register().createScaleSet("linux", "gpu");
            var session = world.openSession(set);
            assertThat(session.poll(0, 2).status()).isEqualTo(202);

            world.simulator.submit(one("train", "gpu"));
            Message assigned = session.message(0, 2);
            assertThat(assigned.id()).isEqualTo(100_000_001);
            assertThat(assigned.kinds()).containsExactly("JobAssigned train");
            assertThat(assigned.statistics().get("totalAssignedJobs").intValue())
                    .isEqualTo(1);
            assertThat(session.delete(assigned.id()).status()).isEqualTo(204);

            var runner = world.runner(set, "linux-1");
            assertThat(runner.connect().status()).isEqualTo(200);
            JsonNode job = runner.job().json();
            assertThat(job.get("name").textValue()).isEqualTo("train");
            String id = job.get("jobId").textValue();
            assertThat(runner.renew(id).json().get("canceled").booleanValue()).isFalse();
            assertThat(runner.finish(id, "succeeded").status()).isEqualTo(204);

            Message completed = session.message(assigned.id(), 2);
            assertThat(completed.kinds()).containsExactly("JobStarted train", "JobCompleted train");
            assertThat(completed.jobs().get(1).get("result").textValue()).isEqualTo("succeeded");
            assertThat(completed.jobs().get(1).get("runnerId").longValue()).isEqualTo(runner.id);
            assertThat(world.simulator.registrations()).isEmpty();
            Answer closed = world.admin("DELETE", session.path(), "");
            assertThat(closed.status()).isEqualTo(204);
            assertThat(world.simulator.violations()).isEmpty();
        }
    }
}
