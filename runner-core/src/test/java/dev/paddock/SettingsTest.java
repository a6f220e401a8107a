package dev.paddock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.SourceContext;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private record Source(String id) implements JobSource {
        @Override
        public Attachment open(JobSink sink, SourceContext context) {
            throw new AssertionError("a fleet that cannot start opens nothing");
        }
    }

    private static final RunnerProvider NOWHERE = new RunnerProvider() {
        @Override
        public Session open(ProviderContext context) {
            throw new AssertionError("a fleet that cannot start opens nothing");
        }
    };

    @ParameterizedTest
    @ValueSource(strings = {"", "GPU", "1gpu", "gpu-", "a234567890123456789012345678901"})
    void aPoolNameThatCannotBeginARunnersNameIsRefused(String name) {
        assertThatThrownBy(() -> RunnerPool.builder(name, new Source("s"), NOWHERE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + name + "\"")
                .hasMessageContaining("30 characters");
    }

    @Test
    void aBadValueIsRefusedAtOnceWithItsNameAndBound() {
        var pool = RunnerPool.builder("gpu", new Source("s"), NOWHERE);
        assertThatThrownBy(() -> pool.maxRunners(-1)).hasMessage("maxRunners must be at least 0: -1");
        assertThatThrownBy(() -> pool.failureRest(Duration.ZERO))
                .hasMessage("failureRest must be from 1 s to 365 days: PT0S");
        assertThatThrownBy(() -> pool.failureRest(Duration.ofDays(366))).hasMessageContaining("PT8784H");
        assertThatThrownBy(() -> pool.minIdle(-2)).hasMessage("minIdle must be at least 0: -2");
        assertThatThrownBy(() -> pool.idleTimeout(Duration.ofSeconds(-1))).hasMessageContaining("PT-1S");
        var fleet = RunnerCoordinator.builder(new Source("s"), NOWHERE);
        assertThatThrownBy(() -> fleet.maxRunnersTotal(0)).hasMessage("maxRunnersTotal must be at least 1: 0");
        assertThatThrownBy(() -> fleet.fleet(" ")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fleet.drainTimeout(Duration.ofSeconds(-3))).hasMessageContaining("PT-3S");
    }

    @Test
    void aPoolReportsAllContradictionsAtOnce() {
        var pool =
                RunnerPool.builder("gpu", new Source(""), NOWHERE).maxRunners(1).minIdle(2);
        assertThatThrownBy(pool::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("minIdle 2 is more than maxRunners 1")
                .hasMessageContaining("blank id");
    }

    @Test
    void aFleetReportsAllContradictionsAtOnce() {
        var a = RunnerPool.builder("gpu", new Source("s"), NOWHERE).minIdle(3).build();
        var b = RunnerPool.builder("gpu", new Source("s"), NOWHERE).minIdle(3).build();
        var fleet = RunnerCoordinator.builder().addPool(a).addPool(b).maxRunnersTotal(5);
        assertThatThrownBy(fleet::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("two pools are named gpu")
                .hasMessageContaining("two pools listen to s")
                .hasMessageContaining("add up to 6, more than maxRunnersTotal 5");
    }

    @Test
    void theContradictionsOfTheDefaultPoolAreReportedWithTheOthers() {
        var other = RunnerPool.builder("default", new Source("s"), NOWHERE).build();
        var fleet = RunnerCoordinator.builder(new Source("s"), NOWHERE)
                .minIdle(9)
                .maxRunners(5)
                .addPool(other)
                .maxRunnersTotal(4);
        assertThatThrownBy(fleet::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("pool default: minIdle 9 is more than maxRunners 5")
                .hasMessageContaining("two pools are named default")
                .hasMessageContaining("two pools listen to s")
                .hasMessageContaining("add up to 9, more than maxRunnersTotal 4");
    }

    @Test
    void aFleetWithoutPoolsSaysHowToGetOne() {
        assertThatThrownBy(() -> RunnerCoordinator.builder().start()).hasMessageContaining("addPool");
        assertThatThrownBy(() -> RunnerCoordinator.builder().maxRunners(3)).hasMessageContaining("RunnerPool");
    }

    @Test
    void aBuiltPoolDoesNotFollowItsBuilder() {
        var builder = RunnerPool.builder("gpu", new Source("s"), NOWHERE).maxRunners(7);
        RunnerPool pool = builder.build();
        builder.maxRunners(1);
        assertThat(pool.maxRunners()).isEqualTo(7);
        assertThat(pool.idleTimeout()).isEqualTo(Duration.ofMinutes(5));
        assertThat(pool).hasToString("gpu[maxRunners=7, minIdle=0, idleTimeout=PT5M, profile=any, jobs=s]");
    }
}
