package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class IdentityTest {
    @Test
    void aNameIsPoolFleetAndChance() {
        var identity = new Identity("https://github.com/acme/engine#linux-gpu");
        RunnerId id = identity.newRunner("gpu", new SplittableRandom(1));
        assertThat(id.value()).matches("gpu-[a-z2-7]{4}-[a-z2-7]{10}");
        assertThat(identity.isOurs("gpu", id.value())).isTrue();
        assertThat(identity.isOurs("cpu", id.value())).isFalse();
        assertThat(new Identity("another").isOurs("gpu", id.value())).isFalse();
        assertThat(identity.isOurs("gpu", id.value() + "x")).isFalse();
    }

    @Test
    void aNameThatNoRunnerCanBearIsNotOurs() {
        var identity = new Identity("f");
        assertThat(identity.isOurs("gpu", identity.prefix("gpu") + "aaaaaaaaaa"))
                .isTrue();
        assertThat(identity.isOurs("gpu", identity.prefix("gpu") + "AAAAAAAAAA"))
                .isFalse();
        assertThat(identity.isOurs("gpu", identity.prefix("gpu") + "aaaa_aaaa1"))
                .isFalse();
    }

    @Test
    void aSourceTellsItsPoolsRunnersByTheirNames() {
        var context = new SourceContext() {
            @Override
            public String fleet() {
                return "f";
            }

            @Override
            public String pool() {
                return "gpu";
            }

            @Override
            public Scheduler scheduler() {
                return new HandTime();
            }

            @Override
            public void state(SourceState state, String detail) {}

            @Override
            public void publish(ExtensionEvent event) {}
        };
        var random = new SplittableRandom(1);
        assertThat(context.isOurs(new Identity("f").newRunner("gpu", random).value()))
                .isTrue();
        assertThat(context.isOurs(new Identity("f").newRunner("cpu", random).value()))
                .isFalse();
        assertThat(context.isOurs(new Identity("g").newRunner("gpu", random).value()))
                .isFalse();
        assertThat(context.isOurs("")).isFalse();
    }

    @Test
    void theFleetPartIsTheSameAfterARestart() {
        assertThat(new Identity("f").fleetPart()).isEqualTo(new Identity("f").fleetPart());
    }

    @Test
    void theLongestPoolNameStillFitsAnRfc1035Label() {
        var id = new Identity("f").newRunner("a".repeat(30), new SplittableRandom(1));
        assertThat(id.value()).hasSize(30 + 1 + 4 + 1 + 10);
    }

    @Test
    void namesDoNotRepeat() {
        var identity = new Identity("f");
        var random = new SplittableRandom(5);
        assertThat(IntStream.range(0, 10_000).mapToObj(i -> identity.newRunner("p", random)))
                .doesNotHaveDuplicates();
    }
}
