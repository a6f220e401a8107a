package dev.paddock.benchmarks;

import dev.paddock.Job;
import dev.paddock.JobKey;
import dev.paddock.JobResult;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.ShutdownMode;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.gcp.ComputeFault;
import dev.paddock.gcp.GcpProject;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.ZoneTried;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobStatistics;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.VirtualTime;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Bursts of VMs through {@code GcpRunnerProvider}, Google's client and loopback HTTP; Compute Engine is another JVM with
 * the latencies of the peer's study. The peer's figures are those published for three regions.
 */
final class VmBurst implements Benchmark {
    private static final Duration REGISTRATION = Duration.ofMillis(250);
    private static final Duration BAR = Duration.ofMillis(
            (REGISTRATION.toMillis() + SimulatedCompute.REGIONS.toMillis() + SimulatedCompute.ACCEPT.toMillis())
                    * 12
                    / 10);
    private static final long PATIENCE_SECONDS = 180;
    private static final Map<Integer, String> PEER =
            new TreeMap<>(Map.of(1, "2.2 s", 8, "4.4 s", 16, "77 s", 32, "157 s", 100, "not published"));

    @Override
    public List<Row> run(boolean quick) throws Exception {
        List<Row> rows = new ArrayList<>();
        for (Map.Entry<Integer, String> peer : PEER.entrySet()) {
            rows.add(burst(peer.getKey(), peer.getValue()));
        }
        rows.addAll(deadZones());
        rows.add(completions());
        rows.addAll(idle());
        return rows;
    }

    /** A fleet on VMs, and what it said. */
    private static final class World implements AutoCloseable {
        final ChildJvm service;
        final GcpProject project;
        final StubJobs jobs = new StubJobs(REGISTRATION);
        final BlockingQueue<RunnerId> made = new LinkedBlockingQueue<>();
        final BlockingQueue<RunnerId> removed = new LinkedBlockingQueue<>();
        final BlockingQueue<ZoneTried> tried = new LinkedBlockingQueue<>();
        final RunnerCoordinator fleet;

        World(Duration insertion, String... deadZones) throws IOException {
            List<String> arguments = new ArrayList<>(List.of(Long.toString(insertion.toMillis())));
            arguments.addAll(List.of(deadZones));
            service = ChildJvm.startServer(SimulatedCompute.class, arguments.toArray(String[]::new));
            project = GcpProject.builder(SimulatedCompute.PROJECT)
                    .endpoint(URI.create(service.readLine()))
                    .build();
            GcpRunnerProvider machines = GcpRunnerProvider.builder(project, SimulatedCompute.TEMPLATE)
                    .zones(SimulatedCompute.ZONES.toArray(String[]::new))
                    .build();
            fleet = RunnerCoordinator.builder(jobs, machines)
                    .maxRunners(250)
                    .shutdownMode(ShutdownMode.LEAVE_RUNNING)
                    .drainTimeout(Duration.ZERO)
                    .on(ZoneTried.class, tried::add)
                    .on(RunnerStateChanged.class, event -> {
                        if (event.to() == RunnerState.STARTING) {
                            made.add(event.runner());
                        } else if (event.to() == RunnerState.REMOVED) {
                            removed.add(event.runner());
                        }
                    })
                    .start();
        }

        void demand(int runners) {
            jobs.deliver(DemandUpdate.of(statistics(runners)));
        }

        /** Zones and times of the next insertions. */
        List<String[]> insertions(int count) throws IOException {
            List<String[]> lines = new ArrayList<>();
            while (lines.size() < count) {
                lines.add(service.readLine().split(" "));
            }
            return lines;
        }

        @Override
        public void close() throws IOException {
            fleet.closeAsync(); // it would wait for VMs that nobody wants any more
            project.close();
            service.close();
        }
    }

    private static JobStatistics statistics(int assigned) {
        return new JobStatistics(assigned, 0, 0, 0, 0);
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException, TimeoutException {
        T next = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            throw new TimeoutException("nothing came within " + PATIENCE_SECONDS + " s");
        }
        return next;
    }

    private static String seconds(long millis) {
        return String.format(Locale.ROOT, "%.2f s", millis / 1e3);
    }

    /** The same burst first: both JVMs are warm then, and after 30 s quotas are read anew. */
    private static Row burst(int size, String peer) throws Exception {
        try (World world = new World(Duration.ofSeconds(30))) {
            world.demand(size);
            world.insertions(size);
            for (int made = 0; made < size; made++) {
                next(world.made);
            }
            long start = System.currentTimeMillis();
            world.demand(2 * size);
            long last = 0;
            for (String[] insertion : world.insertions(size)) {
                last = Math.max(last, Long.parseLong(insertion[1]));
            }
            return new Row(
                    "burst of " + size + " jobs, three regions → the last VM accepted (JIT 250 ms, quotas 300 ms,"
                            + " insertion 1 s; a peer: " + peer + ")",
                    "≤ " + seconds(BAR.toMillis()),
                    seconds(last - start),
                    last - start <= BAR.toMillis());
        }
    }

    private static List<Row> deadZones() throws Exception {
        int size = 16;
        String[] dead = {SimulatedCompute.ZONES.get(0), SimulatedCompute.ZONES.get(1)};
        try (World world = new World(Duration.ofSeconds(5), dead)) {
            world.demand(size);
            for (int made = 0; made < size; made++) {
                next(world.made);
            }
            Map<String, Long> firstAnswer = new TreeMap<>();
            int refused = 0;
            for (ZoneTried tried : world.tried) {
                if (tried.refused()
                        .filter(kind -> kind == ComputeFault.Kind.STOCKOUT)
                        .isPresent()) {
                    refused++;
                    firstAnswer.merge(tried.zone(), tried.at().toEpochMilli(), Math::min);
                }
            }
            int late = 0;
            for (String[] insertion : world.insertions(refused + size)) {
                Long answered = firstAnswer.get(insertion[0]);
                long sent = Long.parseLong(insertion[1]) - SimulatedCompute.ACCEPT.toMillis();
                late += answered != null && sent > answered ? 1 : 0;
            }
            world.demand(2 * size);
            for (int made = 0; made < size; made++) {
                next(world.made);
            }
            int wasted = 0;
            for (String[] insertion : world.insertions(size)) {
                wasted += List.of(dead).contains(insertion[0]) ? 1 : 0;
            }
            return List.of(
                    new Row(
                            "16 jobs, two of three zones out of stock → insertions into a zone after its first answer"
                                    + " that said so (" + refused + " were sent before)",
                            "0",
                            Integer.toString(late),
                            late == 0),
                    new Row(
                            "the next 16 jobs, both zones still out of stock → insertions wasted (a peer: 32)",
                            "≤ 2",
                            Integer.toString(wasted),
                            wasted <= 2));
        }
    }

    private static Row completions() throws Exception {
        int size = 8;
        long bar = SimulatedCompute.ACCEPT.plus(SimulatedCompute.DELETION).toMillis() * 12 / 10;
        try (World world = new World(Duration.ofSeconds(1))) {
            world.demand(size);
            List<JobEvent> ends = new ArrayList<>();
            for (int number = 0; number < size; number++) {
                RunnerId runner = next(world.made);
                Job job = Job.of(new JobKey("job-of-" + runner, 0), "build");
                world.jobs.deliver(new DemandUpdate(
                        Optional.of(statistics(size)), List.of(new JobEvent.Started(job, runner.value()))));
                ends.add(new JobEvent.Completed(job, Optional.of(runner.value()), JobResult.of("succeeded")));
            }
            long start = System.nanoTime();
            world.jobs.deliver(new DemandUpdate(Optional.of(statistics(0)), ends));
            for (int number = 0; number < size; number++) {
                next(world.removed);
            }
            long millis = (System.nanoTime() - start) / 1_000_000;
            return new Row(
                    "8 completions in one message → the last VM deleted (accepted in 1 s, deleted in 40 s; a peer:"
                            + " 462 s)",
                    "≤ " + seconds(bar),
                    seconds(millis),
                    millis <= bar);
        }
    }

    /** In virtual time, over the second way in: what is asked is the same. */
    private static List<Row> idle() {
        VirtualTime time = VirtualTime.seeded(1);
        VirtualTime.Host host = time.host("idle");
        var compute = SimulatedCompute.world().inMemory(time);
        var project = GcpProject.builder(SimulatedCompute.PROJECT)
                .endpoint(URI.create(compute.url()))
                .httpClient(compute.httpClient(host))
                .build();
        var fleet = RunnerCoordinator.builder(
                        new StubJobs(),
                        GcpRunnerProvider.builder(project, SimulatedCompute.TEMPLATE)
                                .zones(SimulatedCompute.ZONES.toArray(String[]::new))
                                .build())
                .scheduler(host)
                .start();
        time.advance(Duration.ofHours(1));
        int before = compute.requests().size();
        int lists = compute.count(ComputeRoute.AGGREGATED_INSTANCES);
        time.advance(Duration.ofHours(1));
        int all = compute.requests().size() - before;
        int listed = compute.count(ComputeRoute.AGGREGATED_INSTANCES) - lists;
        fleet.closeAsync();
        time.advance(Duration.ofMinutes(10));
        project.close();
        return List.of(
                new Row(
                        "an hour of an idle fleet → lists of VMs, whatever the number of zones (a peer, 28 zones: 840)",
                        "≤ 60",
                        Integer.toString(listed),
                        listed <= 60),
                new Row(
                        "an hour of an idle fleet → calls of Compute Engine in all",
                        "≤ 70",
                        Integer.toString(all),
                        all <= 70));
    }
}
