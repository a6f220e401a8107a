package dev.paddock.testkit;

import dev.paddock.Job;
import dev.paddock.JobKey;
import dev.paddock.JobResult;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.RunnerObservation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** One run of a fleet with given jobs in virtual time, and what came of it: waits, idle time, runners made. */
final class PolicyTrial {
    /** A job. It is cancelled if no runner has taken it by then; never if that is zero. */
    record Arrival(Duration at, Duration length, String repository, Duration cancelledAfter) {
        static Arrival of(Duration at, Duration length) {
            return new Arrival(at, length, "acme/engine", Duration.ZERO);
        }
    }

    /** What came of the jobs of one pool. */
    record Figures(
            int jobs, double meanWait, double p95Wait, double idleHours, double runnerHours, int created, int failed) {}

    /** How long the n-th machine of a run takes to boot. */
    interface Boots {
        Duration boot(int number, SplittableRandom random);
    }

    static final Boots TWO_TO_FOUR_MINUTES = (number, random) -> Duration.ofSeconds(120 + random.nextInt(121));

    private final VirtualTime time;
    private final Map<String, Service> services = new LinkedHashMap<>();
    private final FakeRunnerProvider machines;
    private final List<FleetEvent> events = new ArrayList<>();
    private final SplittableRandom random;
    private final Boots boots;
    private int booted;

    PolicyTrial(long seed, Boots boots, UnaryOperator<FakeRunnerProvider.Builder> provider) {
        this.time = VirtualTime.seeded(seed);
        this.random = new SplittableRandom(seed);
        this.boots = boots;
        this.machines = provider.apply(FakeRunnerProvider.builder(time.network())
                        .bootTime(Duration.ofMillis(1))
                        .deadlines(Duration.ofMinutes(2), Duration.ofMinutes(30), Duration.ofMinutes(1))
                        .program(this::boot))
                .build();
    }

    PolicyTrial(long seed) {
        this(seed, TWO_TO_FOUR_MINUTES, provider -> provider);
    }

    FakeRunnerProvider machines() {
        return machines;
    }

    List<FleetEvent> events() {
        return events;
    }

    FakeJobSource source(String pool) {
        return services.get(pool).source;
    }

    /** Adds a pool with the jobs it will get. */
    PolicyTrial pool(String name, List<Arrival> arrivals) {
        services.put(name, new Service(FakeJobSource.of(name, time.network()), arrivals));
        return this;
    }

    interface Pools {
        RunnerPool.Builder set(String name, RunnerPool.Builder pool);
    }

    /** Runs the fleet for so long. */
    PolicyTrial run(Duration length, UnaryOperator<RunnerCoordinator.Builder> fleet, Pools pools) {
        RunnerCoordinator.Builder builder = RunnerCoordinator.builder().scheduler(time.host("coordinator"));
        services.forEach((name, service) -> builder.addPool(pools.set(
                        name, RunnerPool.builder(name, service.source, machines).maxRunners(30))
                .build()));
        fleet.apply(builder).onEvent(events::add).start();
        services.values().forEach(Service::begin);
        time.advance(length);
        services.values().forEach(Service::end);
        return this;
    }

    Figures figures(String pool) {
        return services.get(pool).figures();
    }

    /** The most machines made in any span of this length. */
    int mostMadeWithin(Duration span) {
        int most = 0;
        List<Instant> made = services.values().stream()
                .flatMap(service -> service.made.stream())
                .sorted()
                .toList();
        for (int from = 0, to = 0; to < made.size(); to++) {
            while (!made.get(from).plus(span).isAfter(made.get(to))) {
                from++;
            }
            most = Math.max(most, to - from + 1);
        }
        return most;
    }

    private void boot(MachineProgram.Machine machine) {
        String pool =
                machine.runner().value().substring(0, machine.runner().value().indexOf('-'));
        Service service = services.get(pool);
        Instant made = time.network().instant();
        service.made.add(made);
        service.alive.put(machine.runner(), made);
        machine.onEnd(() -> service.ended(machine.runner()));
        machine.scheduler().schedule(boots.boot(booted++, random), () -> service.ready(machine));
    }

    /** The jobs of one pool: assigned within the capacity that was told, given to whoever waits, the oldest first. */
    private final class Service {
        private final FakeJobSource source;
        private final List<Arrival> arrivals;
        private final Deque<Work> queued = new ArrayDeque<>();
        private final Deque<Work> assigned = new ArrayDeque<>();
        private final Map<RunnerId, Work> running = new LinkedHashMap<>();
        private final Map<RunnerId, Instant> waiting = new LinkedHashMap<>();
        private final Map<RunnerId, MachineProgram.Machine> connected = new LinkedHashMap<>();
        private final Map<RunnerId, Instant> alive = new LinkedHashMap<>();
        private final List<Instant> made = new ArrayList<>();
        private final List<Double> waits = new ArrayList<>();
        private double idleSeconds;
        private double runnerSeconds;
        private int numbers;

        private record Work(Job job, Arrival arrival, Instant submitted) {}

        Service(FakeJobSource source, List<Arrival> arrivals) {
            this.source = source;
            this.arrivals = arrivals;
        }

        void begin() {
            arrivals.forEach(arrival -> time.network().schedule(arrival.at(), () -> submit(arrival)));
            tick();
        }

        private void tick() {
            time.network().schedule(Duration.ofSeconds(15), () -> {
                assign();
                tick();
            });
        }

        private void submit(Arrival arrival) {
            String id = "job-" + ++numbers;
            Job job = new Job(
                    new JobKey(id, 0),
                    id,
                    arrival.repository(),
                    "",
                    0,
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
            var work = new Work(job, arrival, now());
            queued.add(work);
            if (!arrival.cancelledAfter().isZero()) {
                time.network().schedule(arrival.cancelledAfter(), () -> cancel(work));
            }
            assign();
        }

        private void cancel(Work work) {
            if (queued.remove(work)) {
                return;
            }
            if (assigned.remove(work)) {
                tell(new JobEvent.Completed(work.job(), Optional.empty(), JobResult.of("canceled")));
            }
        }

        private void assign() {
            while (!queued.isEmpty() && assigned.size() + running.size() < source.capacity()) {
                Work next = queued.remove();
                assigned.add(next);
                tell(new JobEvent.Assigned(next.job()));
            }
            for (RunnerId id : List.copyOf(waiting.keySet())) {
                if (!assigned.isEmpty() && registered(id)) {
                    begin(id, assigned.remove());
                }
            }
        }

        private boolean registered(RunnerId id) {
            return source.registrations().stream()
                    .anyMatch(entry -> entry.runner().equals(id.value()));
        }

        private void ready(MachineProgram.Machine machine) {
            if (!machine.isUp() || !registered(machine.runner())) {
                return;
            }
            source.presence(machine.runner(), Presence.ONLINE, false);
            machine.observe(RunnerObservation.Kind.LISTENING);
            connected.put(machine.runner(), machine);
            waiting.put(machine.runner(), now());
            assign();
        }

        private void begin(RunnerId id, Work work) {
            MachineProgram.Machine machine = connected.get(id);
            idleSeconds += seconds(waiting.remove(id));
            waits.add(seconds(work.submitted()));
            running.put(id, work);
            source.presence(id, Presence.ONLINE, true);
            machine.observe(RunnerObservation.Kind.WORKING);
            tell(new JobEvent.Started(work.job(), id.value()));
            machine.scheduler().schedule(work.arrival().length(), () -> finish(machine, work));
        }

        private void finish(MachineProgram.Machine machine, Work work) {
            running.remove(machine.runner());
            source.forget(machine.runner());
            machine.observe(RunnerObservation.Kind.JOB_DONE);
            tell(new JobEvent.Completed(work.job(), Optional.of(machine.runner().value()), JobResult.of("succeeded")));
            machine.exit(0);
            assign();
        }

        private void ended(RunnerId id) {
            Instant madeAt = alive.remove(id);
            runnerSeconds += madeAt == null ? 0 : seconds(madeAt);
            connected.remove(id);
            Instant since = waiting.remove(id);
            idleSeconds += since == null ? 0 : seconds(since);
            source.presence(id, Presence.OFFLINE, false);
        }

        void end() {
            waiting.values().forEach(since -> idleSeconds += seconds(since));
            alive.values().forEach(since -> runnerSeconds += seconds(since));
            queued.forEach(work -> waits.add(seconds(work.submitted())));
            assigned.forEach(work -> waits.add(seconds(work.submitted())));
        }

        private void tell(JobEvent event) {
            source.message(
                    new JobStatistics(
                            assigned.size() + running.size(),
                            running.size(),
                            source.registrations().size(),
                            running.size(),
                            waiting.size()),
                    event);
        }

        private Instant now() {
            return time.network().instant();
        }

        private double seconds(Instant since) {
            return Duration.between(since, now()).toMillis() / 1000.0;
        }

        Figures figures() {
            List<Double> sorted = waits.stream().sorted().toList();
            double mean = waits.stream().mapToDouble(wait -> wait).average().orElse(0);
            double p95 = sorted.isEmpty() ? 0 : sorted.get((sorted.size() * 95 + 99) / 100 - 1);
            int failed = (int)
                    events.stream().filter(ProvisioningFailed.class::isInstance).count();
            return new Figures(waits.size(), mean, p95, idleSeconds / 3600, runnerSeconds / 3600, made.size(), failed);
        }
    }
}
