package dev.paddock.benchmarks;

import dev.paddock.Job;
import dev.paddock.JobKey;
import dev.paddock.JobResult;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.ShutdownMode;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RunnerObservation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * How long a job's completion waits while a burst of machines is being made: once with all creations under way, once
 * just as their answers come in. A burst that blocks the loop shows here.
 */
final class CompletionDuringBurst implements Benchmark {
    private static final int BURST = 100;
    private static final Duration CREATION = Duration.ofSeconds(1);
    private static final Duration BAR = Duration.ofMillis(50);
    private static final long PATIENCE_SECONDS = 30;
    private static final int WARM_UPS = 2;

    private final Sample publishedUnderWay = new Sample();
    private final Sample askedUnderWay = new Sample();
    private final Sample publishedAtAnswers = new Sample();
    private final Sample askedAtAnswers = new Sample();

    @Override
    public List<Row> run(boolean quick) throws Exception {
        for (int i = 0; i < WARM_UPS; i++) {
            repetition(new Sample(), new Sample(), new Sample(), new Sample());
        }
        for (int i = 0; i < (quick ? 5 : 20); i++) {
            repetition(publishedUnderWay, askedUnderWay, publishedAtAnswers, askedAtAnswers);
        }
        String underWay = "completion while " + BURST + " creations of 1 s are under way → ";
        String atAnswers = "completion as those " + BURST + " answers come in → ";
        return List.of(
                row(underWay + "`JobCompleted` at its subscriber", publishedUnderWay),
                row(underWay + "removal of its runner asked", askedUnderWay),
                row(atAnswers + "`JobCompleted` at its subscriber", publishedAtAnswers),
                row(atAnswers + "removal of its runner asked", askedAtAnswers));
    }

    private static Row row(String what, Sample sample) {
        return new Row(what, "max < 50 ms", sample.figure(), sample.max().compareTo(BAR) < 0);
    }

    private static void repetition(Sample published1, Sample asked1, Sample published2, Sample asked2)
            throws InterruptedException, TimeoutException, java.util.concurrent.ExecutionException {
        var jobs = new StubJobs();
        var machines = new StubMachines();
        var busy = new CountDownLatch(2);
        Map<JobKey, CompletableFuture<Long>> completions = new ConcurrentHashMap<>();
        try (var fleet = RunnerCoordinator.builder(jobs, machines)
                .maxRunners(BURST + 2)
                .shutdownMode(ShutdownMode.TERMINATE_ALL)
                .drainTimeout(Duration.ZERO)
                .on(
                        JobCompleted.class,
                        event -> completions
                                .computeIfAbsent(event.job().key(), key -> new CompletableFuture<>())
                                .complete(System.nanoTime()))
                .on(RunnerStateChanged.class, event -> {
                    if (event.to() == RunnerState.BUSY) {
                        busy.countDown();
                    }
                })
                .start()) {
            jobs.deliver(assigned(2));
            RunnerId first = next(machines.made());
            RunnerId second = next(machines.made());
            start(jobs, first, 2);
            start(jobs, second, 2);
            if (!busy.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new TimeoutException("two runners should be busy: " + fleet.snapshot());
            }
            machines.asked().clear();
            machines.creationTime(CREATION);
            jobs.deliver(assigned(BURST + 2));
            for (int i = 0; i < BURST; i++) {
                next(machines.asked());
            }
            complete(jobs, machines, first, BURST + 1, completions, published1, asked1);
            next(machines.made());
            complete(jobs, machines, second, BURST, completions, published2, asked2);
        }
    }

    private static RunnerId next(BlockingQueue<RunnerId> queue) throws InterruptedException, TimeoutException {
        RunnerId next = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            throw new TimeoutException("the coordinator asked for fewer machines than there are jobs");
        }
        return next;
    }

    private static void start(StubJobs jobs, RunnerId runner, int assigned) {
        deliver(jobs, assigned, new JobEvent.Started(job(runner), runner.value()));
    }

    private static void complete(
            StubJobs jobs,
            StubMachines machines,
            RunnerId runner,
            int assigned,
            Map<JobKey, CompletableFuture<Long>> completions,
            Sample published,
            Sample asked)
            throws InterruptedException, TimeoutException, java.util.concurrent.ExecutionException {
        Job job = job(runner);
        CompletableFuture<Long> completion = completions.computeIfAbsent(job.key(), key -> new CompletableFuture<>());
        long start = System.nanoTime();
        deliver(jobs, assigned, new JobEvent.Completed(job, Optional.of(runner.value()), JobResult.of("succeeded")));
        machines.observe(RunnerObservation.exited(runner, 0, ""));
        published.add(completion.get(PATIENCE_SECONDS, TimeUnit.SECONDS) - start);
        asked.add(machines.removalAsked(runner).get(PATIENCE_SECONDS, TimeUnit.SECONDS) - start);
    }

    private static void deliver(StubJobs jobs, int assigned, JobEvent event) {
        jobs.deliver(new DemandUpdate(assigned(assigned).statistics(), List.of(event)));
    }

    private static DemandUpdate assigned(int jobs) {
        return DemandUpdate.of(new JobStatistics(jobs, 0, 0, 0, 0));
    }

    private static Job job(RunnerId runner) {
        return Job.of(new JobKey("job-of-" + runner, 0), "build");
    }
}
