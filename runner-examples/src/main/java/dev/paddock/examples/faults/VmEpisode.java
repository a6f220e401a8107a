package dev.paddock.examples.faults;

import dev.paddock.CoordinatorState;
import dev.paddock.FleetSnapshot;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.error.RunnerException;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.examples.faults.VmChaos.World;
import dev.paddock.gcp.GcpProject;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One seed of VMs: one or two pools whose runners are VMs of one project, a quarter of an hour of work, faults at every boundary of
 * Compute Engine, crashes of the coordinator's host for its first part, and then calm, in which all must come right.
 */
final class VmEpisode {
    private static final Duration CHAOS = Duration.ofMinutes(20);
    private static final Duration WORK = Duration.ofMinutes(15);
    private static final Duration LIMIT = Duration.ofHours(4);
    /** After the last job and the last fault: idle runners are let go, a failed deletion waits 2 min at most. */
    private static final Duration REST = Duration.ofMinutes(30);

    private static final Duration CLOSING = Duration.ofHours(1);
    private static final Duration GLANCE = Duration.ofSeconds(1);
    private static final Duration LOOK = Duration.ofSeconds(10);
    private static final String REPOSITORY = "acme/engine";

    private final VirtualTime time;
    private final SplittableRandom dice;
    private final Trace trace;
    private final VmChaos chaos;
    private final VirtualTime.Host host;
    private final VmWorld world;
    private final CrashingJournal journal;
    private final VmInvariants invariants;
    private final Map<String, Integer> maxima = new LinkedHashMap<>();
    private final Map<String, Settings> pools = new LinkedHashMap<>();
    private final int total;
    private final boolean oneProvider;
    private final ZoneSelector selector;
    private final boolean regional;
    private final boolean keepRegistrations;
    private final Duration createDeadline;
    private final Duration startupDeadline;
    private @Nullable RunnerCoordinator fleet;
    private boolean crashPending;
    private boolean over;
    private int workflows;
    private Duration nextGlance = Duration.ZERO;
    private Duration nextLook = Duration.ZERO;

    /** What a pool is built with in each life. */
    private record Settings(int minIdle, Duration idleTimeout, ScalingPolicy policy) {}

    VmEpisode(long seed) {
        time = VirtualTime.seeded(seed);
        dice = new SplittableRandom(seed * 37 + 11);
        trace = new Trace(time);
        chaos = new VmChaos(dice, trace);
        host = time.host("orchestrator");
        world = new VmWorld(time, dice, chaos);
        for (String pool : dice.nextBoolean() ? List.of("gpu") : List.of("gpu", "render")) {
            maxima.put(pool, 1 + dice.nextInt(5));
            pools.put(
                    pool,
                    new Settings(
                            dice.nextInt(5) == 0 ? 1 : 0, Duration.ofSeconds(dice.nextInt(120)), Changes.policy(dice)));
        }
        total = 2 + dice.nextInt(7);
        oneProvider = dice.nextBoolean();
        selector = List.of(
                        ZoneSelector.mostAvailable(),
                        ZoneSelector.inOrder(),
                        ZoneSelector.expectedTimeToSuccess(),
                        ZoneSelector.roundRobin())
                .get(dice.nextInt(4));
        regional = dice.nextInt(5) == 0;
        keepRegistrations = dice.nextInt(4) == 0;
        createDeadline = Duration.ofSeconds(120 + dice.nextInt(180));
        startupDeadline = Duration.ofSeconds(180 + dice.nextInt(400));
        journal = new CrashingJournal(chaos::onWrite, dice, this::crashSoon);
        invariants = new VmInvariants(time, world, maxima, total, journal::intended, world.strangers());
        world.judgedBy(invariants);
    }

    Episode.Outcome run() {
        try {
            play();
        } catch (RuntimeException | Error failure) {
            var text = new StringWriter();
            failure.printStackTrace(new PrintWriter(text));
            trace.add("bug", text.toString());
            invariants.violated("an episode must not throw: " + failure);
        }
        return new Episode.Outcome(invariants.violation(), lastAttempts().size(), chaos.tally(), trace);
    }

    private void play() {
        world.github.faults().decide(chaos::onService);
        world.compute.faults().decide(chaos::onCompute);
        world.compute.faults().decideOperations(chaos::onOperation);
        start();
        int count = 2 + dice.nextInt(5);
        for (int i = 0; i < count; i++) {
            time.network().schedule(Duration.ofSeconds(dice.nextLong(WORK.toSeconds())), this::queue);
        }
        eachMinute();
        time.network().schedule(CHAOS, () -> {
            chaos.stop();
            world.heal();
        });
        await(() -> over, LIMIT, "the fleet did not settle");
        if (pools.values().stream().allMatch(pool -> pool.minIdle == 0)) {
            await(() -> world.ours().isEmpty(), REST, "VMs are left without work");
        }
        if (invariants.violation() == null) {
            close();
        }
    }

    private void await(BooleanSupplier what, Duration limit, String otherwise) {
        boolean came = time.advanceUntil(
                () -> {
                    step();
                    return invariants.violation() != null || what.getAsBoolean();
                },
                limit);
        if (!came) {
            explain();
            invariants.violated(otherwise + " within " + limit + ": jobs "
                    + lastAttempts().stream()
                            .filter(job -> job.state() != JobRecord.State.DONE)
                            .map(job -> job.name() + " of run " + job.runId() + " " + job.state())
                            .toList()
                    + ", VMs " + world.ours());
        }
    }

    private void explain() {
        RunnerCoordinator current = fleet;
        if (current != null) {
            trace.add("fleet", current.snapshot().toText());
            pools.keySet()
                    .forEach(pool -> trace.add("fleet", current.explain(pool).toString()));
        }
    }

    // ---- the world -----------------------------------------------------------------------------------------

    private void eachMinute() {
        chaos.onMinute().ifPresent(what -> {
            if (what != World.HOST_CRASHES) {
                world.happen(what);
            } else if (fleet != null) {
                chaos.happened(what, "the coordinator's");
                crashSoon();
            }
        });
        if (!over) {
            time.network().schedule(Duration.ofMinutes(1), this::eachMinute);
        }
    }

    private void queue() {
        var workflow = Workflow.builder("workflow " + ++workflows).repository(REPOSITORY);
        int jobs = 1 + dice.nextInt(5);
        for (int job = 1; job <= jobs; job++) {
            String pool = List.copyOf(pools.keySet()).get(dice.nextInt(pools.size()));
            workflow.add(WorkflowJob.builder("job-" + job)
                    .labels(pool)
                    .step(Step.taking("work", Duration.ofSeconds(5 + dice.nextInt(240))))
                    .build());
        }
        trace.add("world", "queues run " + world.github.submit(workflow.build()));
    }

    private List<JobRecord> lastAttempts() {
        Map<String, JobRecord> last = new LinkedHashMap<>();
        for (JobRecord job : world.github.jobs()) {
            last.merge(
                    job.runId() + "/" + job.name(),
                    job,
                    (before, now) -> before.attempt() > now.attempt() ? before : now);
        }
        return List.copyOf(last.values());
    }

    /** What Compute Engine took a runner from, or nobody had a place for in time, is run again. */
    private void rerunLost() {
        for (JobRecord job : lastAttempts()) {
            String result = job.result().orElse("");
            if (job.state() != JobRecord.State.DONE || result.equals("succeeded")) {
                continue;
            }
            String runner = job.runner().orElse("");
            String text = "job " + job.name() + " of run " + job.runId() + " ended as " + result + " on "
                    + (runner.isEmpty() ? "no runner" : runner);
            if (runner.isEmpty() ? result.equals("abandoned") : invariants.wasStruck(runner)) {
                trace.add("world", text + ": run again");
                world.github.rerun(job.id());
            } else {
                invariants.violated(text);
            }
        }
    }

    // ---- the coordinator -----------------------------------------------------------------------------------

    /** Each life has a project, and so a ledger, of its own. */
    private void start() {
        invariants.begins();
        try {
            GcpProject project = GcpProject.builder(VmWorld.PROJECT)
                    .endpoint(URI.create(world.compute.url()))
                    .httpClient(world.compute.httpClient(host))
                    .build();
            GcpRunnerProvider shared = provider(project);
            RunnerCoordinator.Builder builder = RunnerCoordinator.builder().fleet(VmWorld.FLEET);
            pools.forEach((name, pool) ->
                    builder.addPool(RunnerPool.builder(name, listener(name), oneProvider ? shared : provider(project))
                            .maxRunners(maxima.getOrDefault(name, 1))
                            .minIdle(pool.minIdle)
                            .idleTimeout(pool.idleTimeout)
                            .policy(pool.policy)
                            .build()));
            fleet = builder.maxRunnersTotal(total)
                    .drainTimeout(Duration.ofMinutes(10))
                    .journal(journal)
                    .scheduler(host)
                    .onEvent(this::traced)
                    .start();
        } catch (RunnerException failure) {
            trace.add("fleet", "did not start: " + failure.getMessage());
            time.network().schedule(Duration.ofSeconds(10), this::start);
        }
    }

    private GcpRunnerProvider provider(GcpProject project) {
        var builder = GcpRunnerProvider.builder(project, VmWorld.TEMPLATE)
                .zones(VmWorld.ZONES.toArray(String[]::new))
                .zoneSelector(selector)
                .withoutBootScript()
                .createDeadline(createDeadline)
                .startupDeadline(startupDeadline);
        if (world.spot) {
            builder.spot();
        }
        if (regional) {
            builder.regionalPlacement();
        }
        if (keepRegistrations) {
            builder.keepRegistrations();
        }
        return builder.build();
    }

    private ScaleSetListener listener(String pool) {
        return ScaleSetListener.builder(world.github.configUrl("acme"), pool + "-set")
                .credentials(GitHubCredentials.token("ghp_simulated"))
                .labels(pool)
                .httpClient(world.github.httpClient(host))
                .build();
    }

    private void traced(FleetEvent event) {
        trace.add("fleet", Trace.inShort(event));
        if (event instanceof RunnerStateChanged changed) {
            chaos.tally().change(changed.from(), changed.to());
        }
    }

    /** The program that asked for it still returns from its call, as a thread does that is about to be stopped. */
    private void crashSoon() {
        if (!crashPending) {
            crashPending = true;
            time.network().schedule(Duration.ZERO, () -> {
                ended(true);
                crashPending = false;
            });
        }
    }

    private void ended(boolean mayForget) {
        host.crash();
        if (mayForget && chaos.losesJournal()) {
            invariants.forgotten(journal.lose());
        }
        fleet = null;
        Duration down = Duration.ofSeconds(1 + dice.nextLong(90));
        trace.add("world", "no coordinator for " + down.toSeconds() + " s");
        time.network().schedule(down, this::start);
    }

    // ---- the judge -----------------------------------------------------------------------------------------

    private void step() {
        invariants.afterStep();
        Duration now = time.elapsed();
        if (now.compareTo(nextGlance) >= 0) {
            nextGlance = now.plus(GLANCE);
            FleetSnapshot seen = snapshot();
            if (seen != null && seen.state() == CoordinatorState.FAILED) {
                ended(false);
                seen = null;
            }
            invariants.audit(seen);
        }
        if (now.compareTo(nextLook) >= 0) {
            nextLook = now.plus(LOOK);
            rerunLost();
            over = !chaos.isActive() && now.compareTo(WORK) > 0 && connected() && allDone();
        }
    }

    private boolean allDone() {
        return lastAttempts().stream().allMatch(job -> job.state() == JobRecord.State.DONE);
    }

    private @Nullable FleetSnapshot snapshot() {
        RunnerCoordinator current = fleet;
        return current == null || crashPending ? null : current.snapshot();
    }

    /** A listener that waits for the session of its dead predecessor to end still has to find that out. */
    private boolean connected() {
        FleetSnapshot now = snapshot();
        return now != null && now.pools().stream().allMatch(pool -> pool.source() == SourceState.CONNECTED);
    }

    private void close() {
        RunnerCoordinator current = fleet;
        if (current == null) {
            invariants.violated("no coordinator runs at the end");
            return;
        }
        trace.add("world", "closes the fleet");
        var closed = current.closeAsync().toCompletableFuture();
        if (!time.advanceUntil(closed::isDone, CLOSING)) {
            invariants.violated("closing took longer than " + CLOSING);
        }
        invariants.atEnd(lastAttempts());
    }
}
