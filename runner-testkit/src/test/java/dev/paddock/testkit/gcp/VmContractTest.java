package dev.paddock.testkit.gcp;

import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.RunnerProviderContract;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;

/** What every provider must do, of VMs. */
@DisplayName("The contract of providers, by VMs of a simulated Compute Engine")
class VmContractTest extends RunnerProviderContract {
    private final VmWorld world = VmWorld.open();

    @Override
    protected RunnerProvider provider() {
        return world.provider;
    }

    @Override
    protected Scheduler scheduler() {
        return world.host;
    }

    @Override
    protected boolean passUntil(BooleanSupplier condition, Duration limit) {
        return world.time.advanceUntil(condition, limit);
    }

    @Override
    protected void kill(RunnerHandle handle) {
        world.compute.guestShutdown(handle.runner().value());
    }

    @Override
    protected Duration patience() {
        return Duration.ofMinutes(5);
    }
}
