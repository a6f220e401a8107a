package dev.paddock.testkit;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A fleet in a JVM of its own that closes when the JVM is asked to end; see {@link ShutdownHookTest}. */
final class ShutdownProgram {
    private ShutdownProgram() {}

    /** Arguments: the bound, and what the world does then: {@code orderly}, {@code silent} or {@code closed}. */
    public static void main(String[] args) throws InterruptedException {
        Scheduler network = Scheduler.system("network");
        FakeJobSource source = FakeJobSource.of("jobs", network);
        FakeRunnerProvider machines = FakeRunnerProvider.builder(network)
                .provisionTime(Duration.ofMillis(1))
                .bootTime(Duration.ofMillis(1))
                .build();
        var stopped = new CountDownLatch(1);
        RunnerCoordinator fleet = RunnerCoordinator.builder(source, machines)
                .minIdle(1)
                .drainTimeout(Duration.ofHours(1))
                .closeOnShutdown(Duration.parse(args[0]))
                .on(RunnerStateChanged.class, change -> {
                    System.out.println(change.runner() + " " + change.to());
                    if (change.to() == RunnerState.IDLE) {
                        ready(change.runner(), source, args[1]);
                    }
                })
                .on(CoordinatorStateChanged.class, change -> {
                    System.out.println(change.to() + ": " + change.detail());
                    if (change.to() == CoordinatorState.STOPPED) {
                        stopped.countDown();
                    }
                })
                .start();
        if (args[1].equals("closed")) {
            fleet.close();
            stopped.await(); // a JVM that ends may be faster than its last event
            System.out.println("READY");
            return;
        }
        fleet.awaitTermination();
    }

    private static void ready(RunnerId runner, FakeJobSource source, String world) {
        if (world.equals("silent")) {
            source.presence(runner, Presence.ONLINE, true);
            source.next(FakeJobSource.Call.DEREGISTER, CallFault.noAnswer());
            source.next(FakeJobSource.Call.CLOSE, CallFault.noAnswer());
        }
        System.out.println("READY");
    }
}
