package dev.paddock.testkit;

import dev.paddock.RunnerId;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.testkit.internal.compute.ComputeEngine;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Runs a program in each guest that boots with a JIT configuration, and lets instance and program end together. */
final class GuestPrograms {
    private final ComputeEngine engine;
    private final MachineProgram program;
    private final Map<Long, FakeMachine> machines = new ConcurrentHashMap<>();

    GuestPrograms(ComputeEngine engine, MachineProgram program) {
        this.engine = engine;
        this.program = program;
        engine.onBoot(this::booted);
        engine.onEnd(this::ended);
    }

    private void booted(ComputeInstance instance) {
        String config = instance.metadata().getOrDefault(engine.jitConfigKey(), "");
        if (config.isEmpty()) {
            return;
        }
        var runner = new RunnerId(instance.name());
        var machine = new FakeMachine(
                "",
                0,
                new RunnerHandle(runner, "", instance.zone(), Map.of()),
                Registration.of(runner, "", config),
                engine.scheduler(),
                (from, seen) -> saw(instance, seen));
        machines.put(instance.id(), machine);
        program.boot(machine);
    }

    private void ended(ComputeInstance instance) {
        FakeMachine machine = machines.remove(instance.id());
        if (machine != null) {
            machine.end(RunnerObservation.exited(machine.runner(), 137, "the instance ended"));
        }
    }

    private void saw(ComputeInstance instance, RunnerObservation seen) {
        switch (seen.kind()) {
            case LISTENING -> tell(instance, "ready");
            case WORKING -> {
                engine.markBusy(instance.id(), true);
                tell(instance, "running");
            }
            case JOB_DONE -> engine.markBusy(instance.id(), false);
            case EXITED -> {
                engine.markBusy(instance.id(), false);
                tell(instance, "finished");
                engine.guestEnded(instance.id());
            }
            default -> {
                // nothing that Compute Engine sees
            }
        }
    }

    /** As the boot script of runner-gcp does. */
    private void tell(ComputeInstance instance, String state) {
        engine.guestTold(instance.id(), "paddock/state", state);
    }
}
