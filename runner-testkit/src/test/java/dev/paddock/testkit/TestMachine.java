package dev.paddock.testkit;

import dev.paddock.RunnerId;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** A machine that runs one program and notes what is seen of it. */
final class TestMachine implements MachineProgram.Machine {
    final List<RunnerObservation.Kind> seen = new ArrayList<>();
    OptionalInt exitCode = OptionalInt.empty();
    private final RunnerId runner;
    private final String secret;
    private final Scheduler scheduler;
    private final List<Runnable> onEnd = new ArrayList<>();
    private boolean up = true;

    private TestMachine(String runner, String secret, Scheduler scheduler) {
        this.runner = new RunnerId(runner);
        this.secret = secret;
        this.scheduler = scheduler;
    }

    static TestMachine boot(MachineProgram program, String runner, String secret, Scheduler scheduler) {
        var machine = new TestMachine(runner, secret, scheduler);
        program.boot(machine);
        return machine;
    }

    void kill() {
        if (up) {
            up = false;
            onEnd.forEach(Runnable::run);
        }
    }

    @Override
    public RunnerId runner() {
        return runner;
    }

    @Override
    public String secret() {
        return secret;
    }

    @Override
    public Scheduler scheduler() {
        return scheduler;
    }

    @Override
    public boolean isUp() {
        return up;
    }

    @Override
    public void observe(RunnerObservation.Kind kind) {
        if (up) {
            seen.add(kind);
        }
    }

    @Override
    public void onEnd(Runnable task) {
        onEnd.add(task);
    }

    @Override
    public void exit(int code) {
        if (up) {
            exitCode = OptionalInt.of(code);
            kill();
        }
    }
}
