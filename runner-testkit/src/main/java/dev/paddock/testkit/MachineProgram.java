package dev.paddock.testkit;

import dev.paddock.RunnerId;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.Scheduler;

/**
 * What runs on a machine of a {@link FakeRunnerProvider}: in place of a runner program, a few lines that connect, work
 * and end.
 */
@FunctionalInterface
public interface MachineProgram {
    /**
     * Called once when the machine has booted.
     *
     * @param machine the machine the program runs on
     */
    void boot(Machine machine);

    /** A machine as its program sees it. After {@link #exit} or a removal every call does nothing. */
    interface Machine {
        /**
         * The runner on this machine.
         *
         * @return its name
         */
        RunnerId runner();

        /**
         * The registration it was given: for GitHub the JIT configuration.
         *
         * @return the secret; fails if the runner has yet to register itself
         */
        String secret();

        /**
         * The registration as it was given, which may be one that the runner has yet to make.
         *
         * @return by default one that is ready, with the {@link #secret}
         */
        default Registration registration() {
            return Registration.of(runner(), "", secret());
        }

        /**
         * The machine's time.
         *
         * @return the scheduler
         */
        Scheduler scheduler();

        /**
         * Whether the machine still runs.
         *
         * @return false after {@link #exit}, a removal or a loss
         */
        boolean isUp();

        /**
         * Lets the provider see something, as it would see a line in the runner's log.
         *
         * @param kind what it sees; not {@link RunnerObservation.Kind#EXITED}
         */
        void observe(RunnerObservation.Kind kind);

        /**
         * Runs a task when the machine ends, for whatever reason: where a program learns that it was killed.
         *
         * @param task the task
         */
        void onEnd(Runnable task);

        /**
         * Ends the program and with it the machine.
         *
         * @param code the exit code
         */
        void exit(int code);
    }
}
