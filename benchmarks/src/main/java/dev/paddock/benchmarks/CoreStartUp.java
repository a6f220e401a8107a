package dev.paddock.benchmarks;

import dev.paddock.RunnerCoordinator;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** How long a fresh JVM takes until a coordinator listens to a source that answers at once. */
final class CoreStartUp implements Benchmark {
    private static final Duration BAR = Duration.ofMillis(200);

    @Override
    public List<Row> run(boolean quick) throws Exception {
        var sample = new Sample();
        for (int i = 0; i < (quick ? 3 : 15); i++) {
            long start = System.nanoTime();
            try (var child = ChildJvm.start(Program.class)) {
                child.readLine();
                sample.add(System.nanoTime() - start);
            }
        }
        return List.of(new Row(
                "core with fakes: `java` called → source open (fresh JVM)",
                "median < 200 ms",
                sample.figure(),
                sample.median().compareTo(BAR) < 0));
    }

    /** The program that is started. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) throws IOException {
            var jobs = new StubJobs();
            try (var fleet = RunnerCoordinator.builder(jobs, new StubMachines()).start()) {
                jobs.opened().join();
                System.out.println(fleet);
                ChildJvm.awaitParent();
            }
        }
    }
}
