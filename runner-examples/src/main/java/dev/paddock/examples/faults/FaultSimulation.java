package dev.paddock.examples.faults;

import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs a production fleet through hours of bad luck in virtual time, once for each seed. */
@Command(
        name = "fault-simulation",
        mixinStandardHelpOptions = true,
        description = "Runs coordinator and listener against the simulators under faults and crashes, one episode a"
                + " seed; the same seed gives the same episode.")
public final class FaultSimulation implements Callable<Integer> {
    private static final int TRACE_LINES = 200;
    /** So many seeds must show each fault and each change of state at least once. */
    private static final int ENOUGH = 1_000;
    /** Episodes begun before their turn to be read; each keeps its trace until then. */
    private static final int AHEAD = 32;

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "20", description = "How many seeds; default 20.")
    private int seeds = 20;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "The first seed; default 1.")
    private long first = 1;

    @Option(
            names = "--gcp",
            description = "Runners are VMs of a simulated Compute Engine, whose calls and operations go wrong.")
    private boolean gcp;

    @Option(names = "--trace", description = "Print the whole trace of each episode.")
    private boolean trace;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private final PrintStream out = System.out;

    /** Made by the command line. */
    public FaultSimulation() {}

    @Override
    public Integer call() throws InterruptedException {
        if (seeds < 1) {
            throw new ParameterException(spec.commandLine(), "--seeds must be at least 1: " + seeds);
        }
        ExecutorService cores =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try {
            return run(cores);
        } finally {
            cores.shutdownNow();
        }
    }

    /** Episodes share nothing, so they run side by side; what they say is read in the order of their seeds. */
    private int run(ExecutorService cores) throws InterruptedException {
        long jobs = 0;
        var tally = gcp ? new Tally(VmChaos.kinds(), false) : new Tally(Chaos.kinds(), true);
        long[] took = new long[seeds];
        var running = new ArrayDeque<Future<Timed>>();
        for (long seed = first, next = first; seed < first + seeds; seed++) {
            while (next < first + seeds && running.size() < AHEAD) {
                long episode = next++;
                running.add(cores.submit(() -> run(episode)));
            }
            Timed timed = result(running.remove());
            Episode.Outcome outcome = timed.outcome();
            took[(int) (seed - first)] = timed.nanos();
            jobs += outcome.jobs();
            tally.add(outcome.tally());
            if (trace) {
                out.print(outcome.trace().last(Integer.MAX_VALUE));
            }
            String violation = outcome.violation();
            if (violation != null) {
                report(seed, violation, outcome.trace());
                return 1;
            }
        }
        tally.lines().forEach(out::println);
        Arrays.sort(took);
        out.printf("median of a seed: %.1f ms%n", took[seeds / 2] / 1e6);
        out.printf("seeds=%d violations=0 jobs=%d faults=%d%n", seeds, jobs, tally.faults());
        if (seeds < ENOUGH || tally.missing().isEmpty()) {
            return 0;
        }
        out.printf("never seen in %d seeds: %s%n", seeds, String.join(", ", tally.missing()));
        return 1;
    }

    private Timed run(long seed) {
        long start = System.nanoTime();
        Episode.Outcome outcome = gcp ? new VmEpisode(seed).run() : new Episode(seed).run();
        return new Timed(outcome, System.nanoTime() - start);
    }

    private static Timed result(Future<Timed> episode) throws InterruptedException {
        try {
            return episode.get();
        } catch (ExecutionException failed) {
            throw new IllegalStateException("an episode could not be run to its end", failed.getCause());
        }
    }

    private record Timed(Episode.Outcome outcome, long nanos) {}

    private void report(long seed, @Nullable String violation, Trace episode) {
        if (!trace) {
            out.print(episode.last(TRACE_LINES));
        }
        out.printf("violation in seed %d: %s%n", seed, violation);
        out.printf(
                "replay: java -jar runner-examples/target/paddock-examples.jar fault-simulation %s--seeds 1 --seed %d%n",
                gcp ? "--gcp " : "", seed);
    }
}
