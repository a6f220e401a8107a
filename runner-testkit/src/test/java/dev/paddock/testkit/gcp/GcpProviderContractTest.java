package dev.paddock.testkit.gcp;

import dev.paddock.RunnerId;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.MachineProgram;
import dev.paddock.testkit.RunnerProviderContract;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** What every provider promises, kept by one of VMs. */
class GcpProviderContractTest extends RunnerProviderContract {
    private final GcpWorld world = GcpWorld.silent(70);
    private final RunnerProvider machines = world.machines().build();

    GcpProviderContractTest() {
        MachineProgram waits = machine -> machine.observe(RunnerObservation.Kind.LISTENING);
        world.compute.runInGuests(waits);
    }

    @Override
    protected RunnerProvider provider() {
        return machines;
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
        world.compute.guestShutdown(handle.place() + "/" + handle.runner());
    }

    @Override
    protected Registration registration(RunnerId runner) {
        return Registration.of(runner, "1", "jit-config-of-" + runner);
    }

    @Override
    protected Duration patience() {
        return Duration.ofMinutes(10);
    }
}
