package dev.paddock.examples.faults;

import dev.paddock.RunnerId;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerObservation.Kind;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.MachineProgram;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** A runner program that loses its connection now and then, replaces itself, never connects, or never ends. */
final class Flapping implements MachineProgram {
    /** What a runner program does amiss. */
    enum Flaw {
        NEVER_CONNECTS,
        NEVER_ENDS,
        IS_NOT_SEEN_LISTENING,
        END_OF_JOB_IS_NOT_SEEN,
        LISTENS_AFTER_ITS_JOB,
        RECONNECTS,
        UPDATES
    }

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
        Optional<Flaw> flaw = chaos.onRunner(machine.runner());
        if (flaw.isEmpty() || flaw.get() != Flaw.NEVER_CONNECTS) {
            program.boot(new Watched(machine, flaw));
        }
    }

    private Duration aWhile() {
        return Duration.ofMillis(dice.nextLong(LONGEST_SECONDS * 1_000L));
    }

    private final class Watched implements Machine {
        private final Machine machine;
        private final Optional<Flaw> flaw;
        private Kind last = Kind.EXITED;

        Watched(Machine machine, Optional<Flaw> flaw) {
            this.machine = machine;
            this.flaw = flaw;
        }

        private boolean is(Flaw one) {
            return flaw.isPresent() && flaw.get() == one;
        }

        @Override
        public void observe(Kind kind) {
            last = kind;
            if (kind == Kind.JOB_DONE && is(Flaw.LISTENS_AFTER_ITS_JOB)) {
                machine.observe(Kind.RECONNECTING);
                scheduler().schedule(aWhile(), () -> machine.observe(Kind.LISTENING));
                return;
            }
            boolean unseen = (kind == Kind.LISTENING && is(Flaw.IS_NOT_SEEN_LISTENING))
                    || (kind == Kind.JOB_DONE && is(Flaw.END_OF_JOB_IS_NOT_SEEN));
            if (!unseen) {
                machine.observe(kind);
            }
            if (is(Flaw.RECONNECTS)) {
                scheduler().schedule(aWhile(), () -> lose(Kind.RECONNECTING));
            } else if (is(Flaw.UPDATES)) {
                scheduler().schedule(aWhile(), () -> lose(Kind.UPDATING));
            }
        }

        private boolean connected() {
            return last == Kind.LISTENING || last == Kind.WORKING;
        }

        private void lose(Kind kind) {
            if (connected()) {
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
        public Registration registration() {
            return machine.registration();
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
            if (is(Flaw.LISTENS_AFTER_ITS_JOB)) {
                scheduler().schedule(Duration.ofSeconds(LONGEST_SECONDS), () -> machine.exit(code));
            } else if (!is(Flaw.NEVER_ENDS)) {
                machine.exit(code);
            }
        }
    }
}
