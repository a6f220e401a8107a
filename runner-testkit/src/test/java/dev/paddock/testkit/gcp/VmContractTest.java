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
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration AGAIN = Duration.ofSeconds(20);

    private final VmWorld world = VmWorld.open();

    /** Quotas have been read, and machines are listed again and again, as a fleet does. */
    @Override
    protected RunnerProvider provider() {
        return context -> {
            RunnerProvider.Session session = world.provider.open(context);
            world.time.advance(SOON);
            list(session);
            return session;
        };
    }

    private void list(RunnerProvider.Session session) {
        world.host.schedule(AGAIN, () -> {
            session.list();
            list(session);
        });
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
