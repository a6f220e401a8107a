package dev.paddock.examples.faults;

import dev.paddock.RunnerId;
import dev.paddock.spi.RunnerObservation.Kind;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.MachineProgram;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/** A runner program whose connection is lost now and then, or that replaces itself, and comes back. */
final class Flapping implements MachineProgram {
    static final List<Kind> KINDS = List.of(Kind.RECONNECTING, Kind.UPDATING);
    private static final int LONGEST_SECONDS = 90;

    private final MachineProgram program;
    private final Chaos chaos;
    private final RandomGenerator dice;

    Flapping(MachineProgram program, Chaos chaos, RandomGenerator dice) {
        this.program = program;
        this.chaos = chaos;
        this.dice = dice;
    }

    @Override
    public void boot(Machine machine) {
        program.boot(new Watched(machine));
    }

    private Duration aWhile() {
        return Duration.ofMillis(dice.nextLong(LONGEST_SECONDS * 1_000L));
    }

    private final class Watched implements Machine {
        private final Machine machine;
        private Kind last = Kind.EXITED;

        Watched(Machine machine) {
            this.machine = machine;
        }

        @Override
        public void observe(Kind kind) {
            last = kind;
            machine.observe(kind);
            if (connected()) {
                chaos.onRunner().ifPresent(one -> scheduler().schedule(aWhile(), () -> lose(one)));
            }
        }

        private boolean connected() {
            return last == Kind.LISTENING || last == Kind.WORKING;
        }

        private void lose(Kind kind) {
            if (connected()) {
                chaos.flapped(runner(), kind);
                machine.observe(kind);
                scheduler().schedule(aWhile(), () -> {
                    if (connected()) {
                        machine.observe(last);
                    }
                });
            }
        }

        @Override
        public RunnerId runner() {
            return machine.runner();
        }

        @Override
        public String secret() {
            return machine.secret();
        }

        @Override
        public Scheduler scheduler() {
            return machine.scheduler();
        }

        @Override
        public boolean isUp() {
            return machine.isUp();
        }

        @Override
        public void onEnd(Runnable task) {
            machine.onEnd(task);
        }

        @Override
        public void exit(int code) {
            machine.exit(code);
        }
    }
}
