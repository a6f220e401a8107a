package dev.paddock.testkit.internal.actions;

import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerObservation.Kind;
import dev.paddock.testkit.MachineProgram.Machine;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.internal.actions.AgentEntry.JobWait;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A runner without a process: it connects, takes a job, waits as long as the steps take, reports and ends; a persistent
 * one waits for the next.
 */
final class InMemoryRunner implements JobWait {
    private static final Duration LONGEST_BETWEEN_RENEWALS = Duration.ofSeconds(5);
    private static final int SESSION_CONFLICT = 5;

    private final SimClock clock;
    private final RunnerDesk desk;
    private final Machine machine;
    private final String token;
    private final Duration renewal;
    private String session = "";

    private final boolean persistent;

    private InMemoryRunner(SimClock clock, RunnerDesk desk, Machine machine, String token, Duration lease) {
        this.clock = clock;
        this.desk = desk;
        this.machine = machine;
        this.token = token;
        persistent = machine.registration().isPersistent();
        Duration third = lease.dividedBy(3);
        renewal = third.compareTo(LONGEST_BETWEEN_RENEWALS) < 0 ? third : LONGEST_BETWEEN_RENEWALS;
    }

    static void boot(SimClock clock, RunnerDesk desk, RegistrationDesk registrations, Machine machine, Duration lease) {
        Optional<String> token = token(clock, registrations, machine);
        if (token.isEmpty()) {
            machine.exit(1);
            return;
        }
        var runner = new InMemoryRunner(clock, desk, machine, token.get(), lease);
        machine.onEnd(runner::killed);
        runner.soon(runner::connect);
    }

    /** What it connects with: its own if it has one, or what it gets for registering itself. */
    private static Optional<String> token(SimClock clock, RegistrationDesk registrations, Machine machine) {
        Registration given = machine.registration();
        if (given.self().isEmpty()) {
            return JitConfig.token(given.secret());
        }
        try {
            return clock.locked(() -> Optional.of(registrations
                    .register(
                            given.token(),
                            machine.runner().value(),
                            given.self().get())
                    .token
                    .text()));
        } catch (Refusal refused) {
            return Optional.empty();
        }
    }

    /** Runs a task outside the service's monitor, if the machine is still up. */
    private void soon(Runnable task) {
        machine.scheduler().effects().execute(() -> {
            if (machine.isUp()) {
                task.run();
            }
        });
    }

    private void later(Duration delay, Runnable task) {
        machine.scheduler().schedule(delay, () -> {
            if (machine.isUp()) {
                task.run();
            }
        });
    }

    private void connect() {
        try {
            session = clock.locked(() -> desk.connect(desk.agentOf(token)));
        } catch (Refusal refused) {
            machine.exit(refused.reply().status() == 409 ? SESSION_CONFLICT : 0);
            return;
        }
        machine.observe(Kind.LISTENING);
        listen();
    }

    private void listen() {
        try {
            clock.run(() -> desk.await(desk.agentOf(token), session, this));
        } catch (Refusal gone) {
            machine.exit(0);
        }
    }

    @Override
    public void job(JobEntry job) {
        soon(() -> new Work(job.id, job.spec.steps()).begin());
    }

    @Override
    public void nothing() {
        soon(this::listen);
    }

    @Override
    public void registrationGone() {
        soon(() -> machine.exit(0));
    }

    /** The machine ended: the connection closes, and a lease runs out by itself. */
    private void killed() {
        try {
            clock.run(() -> desk.hangUp(desk.agentOf(token), this));
        } catch (Refusal gone) {
            // the registration went first
        }
    }

    private final class Work {
        private final String job;
        private final List<Step> steps;
        private boolean over;

        Work(String job, List<Step> steps) {
            this.job = job;
            this.steps = steps;
        }

        void begin() {
            machine.observe(Kind.WORKING);
            later(renewal, this::renew);
            step(0);
        }

        private void step(int index) {
            if (index == steps.size()) {
                finish("succeeded");
                return;
            }
            Step step = steps.get(index);
            later(step.duration(), () -> {
                if (step.exitCode() != 0) {
                    finish("failed");
                } else if (!over) {
                    step(index + 1);
                }
            });
        }

        private void renew() {
            if (over) {
                return;
            }
            try {
                boolean canceled = clock.locked(() -> desk.renew(desk.agentOf(token), job));
                if (canceled) {
                    finish("canceled");
                } else {
                    later(renewal, this::renew);
                }
            } catch (Refusal lost) {
                over = true;
                if (persistent) {
                    machine.observe(Kind.JOB_DONE);
                    listen();
                } else {
                    machine.exit(0);
                }
            }
        }

        private void finish(String result) {
            if (over) {
                return;
            }
            over = true;
            try {
                clock.run(() -> desk.finish(desk.agentOf(token), job, result));
                machine.observe(Kind.JOB_DONE);
            } catch (Refusal lost) {
                // the lease ran out before
            }
            if (persistent) {
                listen();
            } else {
                machine.exit(0);
            }
        }
    }
}
