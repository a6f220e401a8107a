package dev.paddock.testkit;

import static dev.paddock.testkit.SimulatorWorld.one;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import dev.paddock.testkit.SimulatorWorld.Message;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is different on a GitHub Enterprise Server. */
class EnterpriseSimulatorTest {
    private static SimulatorWorld open(Face face, String version) {
        return SimulatorWorld.open(
                        face, ActionsServiceSimulator.builder().ghes(version).longPoll(Duration.ofMillis(100)))
                .register();
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void jobsAreOfferedAndMessagesAreNumberedFromOneInEachSession(Face face) {
        try (var world = open(face, "3.14")) {
            assertThat(world.service).startsWith(world.simulator.url() + "/_services/");
            long set = world.createScaleSet("linux");
            var session = world.openSession(set);
            assertThat(session.url).startsWith(world.simulator.url() + "/_services/");
            world.simulator.submit(one("a", "linux"));
            Message offer = session.message(0, 1);
            assertThat(offer.kinds()).containsExactly("JobAvailable a");
            assertThat(offer.id()).isEqualTo(1);
            assertThat(session.acquire("[" + world.job("a").requestId() + "]").status())
                    .isEqualTo(200);
            session.delete(1);
            assertThat(session.message(1, 1).kinds()).containsExactly("JobAssigned a");

            world.admin("DELETE", session.path(), "");
            var next = world.openSession(set);
            Message again = next.message(0, 1);
            assertThat(again.kinds()).containsExactly("JobAssigned a");
            assertThat(again.id()).isEqualTo(1);
            assertThat(world.simulator.violations()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aPollNeedNotNameACapacityWhereJobsAreAcquired(Face face) {
        try (var world = open(face, "3.14")) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(one("a", "linux"));
            Answer answer = world.call(
                    "GET",
                    session.url,
                    "",
                    "Authorization",
                    "Bearer " + session.token,
                    "Accept",
                    "application/json; api-version=6.0-preview");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).contains("JobAvailable");
            assertThat(world.simulator.scaleSets().get(0).capacity()).isZero();
            assertThat(world.simulator.violations()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"3.14, linux", "3.20.1, linux", "3.21, linux+gpu"})
    void labelsAreKeptSinceTheyAreKnown(String version, String kept) {
        for (Face face : Face.values()) {
            try (var world = open(face, version)) {
                world.createScaleSet("linux", "linux", "gpu");
                assertThat(String.join("+", world.simulator.scaleSets().get(0).labels()))
                        .isEqualTo(kept);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aServerBeforeScaleSetsKnowsNothingOfThem(Face face) {
        try (var world = open(face, "3.8")) {
            Answer answer = world.admin("GET", "runtime/runnerscalesets?name=x&runnerGroupId=1", "");
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.body()).isEmpty();
            assertThat(world.admin("GET", "runtime/runnergroups/", "").status()).isEqualTo(200);
            assertThat(world.simulator.violations()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "3", "2.22", "3.x", "v3.14", "latest"})
    void whatIsNoVersionIsRefused(String version) {
        assertThatThrownBy(() -> ActionsServiceSimulator.builder().ghes(version))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3.14");
    }

    @Test
    void theFlowCanBeChosenAfterwards() {
        var builder = ActionsServiceSimulator.builder().ghes("3.14").flow(Flow.DIRECT);
        try (var world = SimulatorWorld.open(Face.IN_MEMORY, builder).register()) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(one("a", "linux"));
            assertThat(session.message(0, 1).kinds()).containsExactly("JobAssigned a");
        }
    }
}
