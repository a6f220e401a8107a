package dev.paddock.testkit;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.testkit.FakeRunnerProvider.Call;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Lists that could not read some places, of a provider that knows who may be there. */
class UnreachablePlacesTest {
    private final FleetFixture f = new FleetFixture();
    private Predicate<RunnerId> there = runner -> true;

    private final class Places implements RunnerProvider {
        @Override
        public Session open(ProviderContext context) {
            return new PassedOn(f.machines.open(context)) {
                @Override
                public boolean mayBeIn(String scope, RunnerId runner, Optional<RunnerHandle> handle) {
                    assertThat(scope).isEqualTo("zone-a");
                    return there.test(runner);
                }
            };
        }
    }

    @Test
    @DisplayName("GCE-47: who may be in a place that cannot be read stays, who cannot be there and is in no list goes")
    void judgedByPlace() {
        f.startOn(new Places(), fleet -> fleet.maxRunners(2).idleTimeout(ofHours(5)));
        f.source.assigned(2);
        f.untilIdle(2);
        RunnerId gone = f.snapshot().runners().get(0).id();
        RunnerId stays = f.snapshot().runners().get(1).id();
        there = runner -> !runner.equals(gone);
        f.machines.unreachable("zone-a");
        f.until(
                () -> f.snapshot().runners().stream()
                        .noneMatch(runner -> runner.id().equals(gone)),
                ofMinutes(5));
        f.advance(ofMinutes(30));
        assertThat(f.runner(stays).state()).isEqualTo(RunnerState.IDLE);
    }

    @Test
    @DisplayName("GCE-47: where a provider cannot tell who may be in a place nobody goes")
    void providerThrows() {
        f.startOn(new Places(), fleet -> fleet.maxRunners(2).idleTimeout(ofHours(5)));
        f.source.assigned(2);
        f.untilIdle(2);
        there = runner -> {
            throw new IllegalStateException("not known");
        };
        f.machines.unreachable("zone-a");
        f.advance(ofMinutes(30));
        assertThat(f.machines.created()).isEqualTo(2);
        assertThat(f.snapshot().runners()).hasSize(2);
    }

    @Test
    @DisplayName(
            "GCE-34, GCE-47: a creation that was never answered ends where it cannot be in what a list has not read")
    void doubtEnds() {
        f.startOn(new Places(), fleet -> fleet.maxRunners(1));
        f.settle();
        f.machines.unreachable("zone-a");
        f.machines.next(Call.PROVISION, CallFault.noAnswer());
        f.source.assigned(1);
        f.until(() -> f.events(ProvisioningFailed.class).size() == 1, ofMinutes(3));
        RunnerId doubt = f.only();
        f.advance(ofMinutes(30));
        assertThat(f.only()).isEqualTo(doubt);
        there = runner -> false;
        f.until(
                () -> f.snapshot().runners().stream()
                        .noneMatch(runner -> runner.id().equals(doubt)),
                ofMinutes(5));
    }
}
