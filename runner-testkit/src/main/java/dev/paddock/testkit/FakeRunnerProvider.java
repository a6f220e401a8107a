package dev.paddock.testkit;

import dev.paddock.Health;
import dev.paddock.RunnerId;
import dev.paddock.spi.Listing;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProviderLimits;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.Removal;
import dev.paddock.spi.Room;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A provider of imaginary machines, each of which runs a {@link MachineProgram}. They belong to this object and outlive
 * its sessions: a coordinator that crashed and starts again finds them by {@code list}.
 *
 * <p>Thread-safe. Under {@link VirtualTime} give it {@link VirtualTime#network()}, in real time any scheduler; the
 * caller closes that.
 */
public final class FakeRunnerProvider implements RunnerProvider {
    /** The calls that can be made to go wrong. */
    public enum Call {
        /** {@link RunnerProvider.Session#provision}. */
        PROVISION,
        /** {@link RunnerProvider.Session#remove}. */
        REMOVE,
        /** {@link RunnerProvider.Session#list}. */
        LIST,
        /** {@link RunnerProvider.Session#health}. */
        HEALTH,
        /** {@link RunnerProvider.Session#close}. */
        CLOSE
    }

    /**
     * A machine, as the world sees it.
     *
     * @param handle the machine
     * @param fleet whose it is
     * @param epoch the coordinator's life that made it
     * @param alive false if it has ended and was not removed
     */
    public record MachineRecord(RunnerHandle handle, String fleet, long epoch, boolean alive) {
        /** Checks for nulls. */
        public MachineRecord {
            Objects.requireNonNull(handle, "handle");
            Objects.requireNonNull(fleet, "fleet");
        }

        /**
         * The runner on it.
         *
         * @return its name
         */
        public RunnerId runner() {
            return handle.runner();
        }
    }

    private final Scheduler network;
    private final ProviderLimits limits;
    private final Duration provisionTime;
    private final Duration bootTime;
    private final MachineProgram program;
    private final FakeCalls<Call> calls = new FakeCalls<>(Call.class);

    private final FakeRack rack;
    private final List<Opened> sessions = new CopyOnWriteArrayList<>();

    private FakeRunnerProvider(Builder builder) {
        network = builder.network;
        rack = new FakeRack(builder.slots);
        limits = new ProviderLimits(
                builder.concurrentCreations,
                builder.provisionDeadline,
                builder.startupDeadline,
                builder.removeDeadline);
        provisionTime = builder.provisionTime;
        bootTime = builder.bootTime;
        program = builder.program;
    }

    /**
     * Begins a provider of 1000 slots whose machines appear after 100 ms, boot in 1 s, connect and wait for ever.
     *
     * @param network the time its machines live in
     * @return a builder
     */
    public static Builder builder(Scheduler network) {
        return new Builder(network);
    }

    @Override
    public Session open(ProviderContext context) {
        var session = new Opened(context);
        sessions.removeIf(old -> old.context.fleet().equals(context.fleet()));
        sessions.add(session);
        return session;
    }

    // ---- the world -----------------------------------------------------------------------------------------

    /**
     * All machines that were not removed, those that ended included.
     *
     * @return in the order they were made
     */
    public List<MachineRecord> machines() {
        return rack.machines().stream()
                .map(machine -> new MachineRecord(machine.handle, machine.fleet, machine.epoch, machine.isUp()))
                .toList();
    }

    /**
     * How many machines were ever made.
     *
     * @return the count
     */
    public int created() {
        return rack.created();
    }

    /**
     * The most machines that ran at one moment.
     *
     * @return the count
     */
    public int mostAtOnce() {
        return rack.mostAtOnce();
    }

    /**
     * The most creations that were under way at one moment.
     *
     * @return the count
     */
    public int mostUnderWay() {
        return rack.mostUnderWay();
    }

    /**
     * How often a call was made.
     *
     * @param call which
     * @return the count
     */
    public int count(Call call) {
        return calls.count(call);
    }

    // ---- faults --------------------------------------------------------------------------------------------

    /**
     * Makes the next calls go wrong, one fault each.
     *
     * @param call which
     * @param faults in the order of the calls
     */
    public void next(Call call, CallFault... faults) {
        calls.next(call, faults);
    }

    /**
     * Makes every call go wrong for which {@link #next} has nothing.
     *
     * @param call which
     * @param fault what goes wrong; {@link CallFault#none()} ends it
     */
    public void always(Call call, CallFault fault) {
        calls.always(call, fault);
    }

    /** Ends all faults: of calls, lists and room. */
    public void heal() {
        calls.clear();
        rack.heal();
    }

    /**
     * Makes lists show no machine and name places that cannot be read.
     *
     * @param places the places; none makes lists whole again
     */
    public void unreachable(String... places) {
        rack.unreachable(List.of(places));
    }

    /**
     * Makes lists leave out a machine, though it exists and nothing is unreachable.
     *
     * @param runner the runner on it
     */
    public void hide(RunnerId runner) {
        rack.hide(Objects.requireNonNull(runner, "runner"));
    }

    /**
     * Sets the room that is reported, whatever slots are free.
     *
     * @param free at least 0
     */
    public void room(int free) {
        rack.room(new Room(free, "set by the test"));
    }

    /**
     * Makes asking for the room throw.
     *
     * @param failure what is thrown
     */
    public void roomFails(RuntimeException failure) {
        rack.roomFails(Objects.requireNonNull(failure, "failure"));
    }

    /**
     * Sets what looks at a machine find; by default one that is up is healthy.
     *
     * @param runner the runner on it
     * @param health how it is from now on
     */
    public void health(RunnerId runner, Health health) {
        rack.health(Objects.requireNonNull(runner, "runner"), Objects.requireNonNull(health, "health"));
    }

    /**
     * Ends a machine as by loss of power; its remains are listed.
     *
     * @param runner the runner on it
     */
    public void kill(RunnerId runner) {
        FakeMachine machine = find(runner);
        machine.end(new RunnerObservation(
                runner, RunnerObservation.Kind.EXITED, OptionalInt.empty(), "the fake machine was killed"));
    }

    /**
     * Takes a machine away without anybody seeing it: nothing is observed until somebody looks at the machine, and lists
     * no longer show it.
     *
     * @param runner the runner on it
     */
    public void vanish(RunnerId runner) {
        FakeMachine machine = find(runner);
        rack.remove(runner);
        machine.end(RunnerObservation.of(runner, RunnerObservation.Kind.EXITED, "vanished"));
    }

    /**
     * Puts a machine there that nobody asked for, as by another program or an earlier life. It runs no program.
     *
     * @param fleet whose list shows it
     * @param handle the machine
     */
    public void plant(String fleet, RunnerHandle handle) {
        rack.add(new FakeMachine(fleet, 0, handle, Registration.of(handle.runner(), "", ""), network, this::saw));
    }

    private FakeMachine find(RunnerId runner) {
        return rack.find(Objects.requireNonNull(runner, "runner"));
    }

    // ---- machines ------------------------------------------------------------------------------------------

    private RunnerHandle make(ProviderContext context, ProvisionRequest request) {
        var fresh = new FakeMachine[1];
        FakeMachine machine = rack.get(request.runner(), number -> {
            Map<String, String> data = new TreeMap<>(Map.of("number", String.valueOf(number)));
            if (request.registration().isPersistent()) {
                data.put(RunnerHandle.PERSISTENT, "true");
            }
            var handle = new RunnerHandle(request.runner(), request.pool(), "fake-" + number, data);
            fresh[0] = new FakeMachine(
                    context.fleet(), context.epoch(), handle, request.registration(), network, this::saw);
            return fresh[0];
        });
        if (fresh[0] != null) {
            machine.scheduler().schedule(bootTime, () -> program.boot(machine));
        }
        return machine.handle;
    }

    private Removal take(RunnerHandle handle) {
        FakeMachine machine = rack.remove(handle.runner());
        if (machine == null) {
            return Removal.ALREADY_GONE;
        }
        machine.end(RunnerObservation.exited(handle.runner(), 143, "removed"));
        return Removal.REMOVED;
    }

    private void saw(FakeMachine machine, RunnerObservation observation) {
        if (!rack.has(machine)) {
            return;
        }
        for (Opened session : sessions) {
            if (session.context.fleet().equals(machine.fleet)) {
                session.home.execute(() -> session.context.observe(observation));
            }
        }
    }

    private final class Opened implements Session {
        private final ProviderContext context;
        private final Outlet home;

        Opened(ProviderContext context) {
            this.context = context;
            this.home = new Outlet(context.scheduler().effects());
        }

        @Override
        public ProviderLimits limits() {
            return limits;
        }

        @Override
        public Room room(String pool) {
            return rack.room();
        }

        @Override
        public CompletionStage<RunnerHandle> provision(ProvisionRequest request) {
            RunnerId runner = request.runner();
            rack.reserve(runner);
            try {
                return calls.run(
                        Call.PROVISION,
                        network,
                        home,
                        provisionTime,
                        () -> make(context, request),
                        () -> rack.release(runner));
            } catch (RuntimeException thrown) {
                rack.release(runner);
                throw thrown;
            }
        }

        @Override
        public CompletionStage<Removal> remove(RunnerHandle handle) {
            return calls.run(Call.REMOVE, network, home, Duration.ZERO, () -> take(handle));
        }

        @Override
        public CompletionStage<Listing> list() {
            return calls.run(Call.LIST, network, home, Duration.ZERO, () -> rack.listing(context.fleet()));
        }

        @Override
        public CompletionStage<Optional<Health>> health(RunnerHandle handle) {
            return calls.run(Call.HEALTH, network, home, Duration.ZERO, () -> {
                Optional<Health> health = rack.health(handle.runner());
                if (health.isEmpty()) {
                    context.observe(RunnerObservation.of(
                            handle.runner(), RunnerObservation.Kind.EXITED, "its machine does not exist any more"));
                    return Optional.of(Health.failed("its machine does not exist any more"));
                }
                return health;
            });
        }

        @Override
        public CompletionStage<Void> close() {
            return calls.<Boolean>run(Call.CLOSE, network, home, Duration.ZERO, () -> sessions.remove(this))
                    .thenAccept(removed -> {});
        }
    }

    /** Builds a {@link FakeRunnerProvider}. Not thread-safe; reusable. */
    public static final class Builder {
        private final Scheduler network;
        private int slots = 1000;
        private int concurrentCreations = 100;
        private Duration provisionTime = Duration.ofMillis(100);
        private Duration bootTime = Duration.ofSeconds(1);
        private Duration provisionDeadline = Duration.ofMinutes(2);
        private Duration startupDeadline = Duration.ofMinutes(3);
        private Duration removeDeadline = Duration.ofMinutes(1);
        private MachineProgram program = machine -> machine.observe(RunnerObservation.Kind.LISTENING);

        private Builder(Scheduler network) {
            this.network = Objects.requireNonNull(network, "network");
        }

        /**
         * Sets how many machines can run at once; those that ended take no slot.
         *
         * @param slots at least 0; default 1000
         * @return this
         */
        public Builder slots(int slots) {
            if (slots < 0) {
                throw new IllegalArgumentException("slots must be at least 0: " + slots);
            }
            this.slots = slots;
            return this;
        }

        /**
         * Sets the limit of creations under way.
         *
         * @param concurrentCreations at least 1; default 100
         * @return this
         */
        public Builder concurrentCreations(int concurrentCreations) {
            this.concurrentCreations = concurrentCreations;
            return this;
        }

        /**
         * Sets how long it takes until a machine exists.
         *
         * @param provisionTime not negative; default 100 ms
         * @return this
         */
        public Builder provisionTime(Duration provisionTime) {
            this.provisionTime = notNegative("provisionTime", provisionTime);
            return this;
        }

        /**
         * Sets how long a machine that exists takes until its program begins.
         *
         * @param bootTime not negative; default 1 s
         * @return this
         */
        public Builder bootTime(Duration bootTime) {
            this.bootTime = notNegative("bootTime", bootTime);
            return this;
        }

        /**
         * Sets the limits of the same names.
         *
         * @param provisionDeadline default 2 minutes
         * @param startupDeadline default 3 minutes
         * @param removeDeadline default 1 minute
         * @return this
         */
        public Builder deadlines(Duration provisionDeadline, Duration startupDeadline, Duration removeDeadline) {
            this.provisionDeadline = Objects.requireNonNull(provisionDeadline, "provisionDeadline");
            this.startupDeadline = Objects.requireNonNull(startupDeadline, "startupDeadline");
            this.removeDeadline = Objects.requireNonNull(removeDeadline, "removeDeadline");
            return this;
        }

        /**
         * Sets what runs on each machine.
         *
         * @param program the program; by default it connects and waits for ever
         * @return this
         */
        public Builder program(MachineProgram program) {
            this.program = Objects.requireNonNull(program, "program");
            return this;
        }

        private static Duration notNegative(String what, Duration value) {
            if (Objects.requireNonNull(value, what).isNegative()) {
                throw new IllegalArgumentException(what + " must not be negative: " + value);
            }
            return value;
        }

        /**
         * Makes the provider.
         *
         * @return the provider
         * @throws IllegalArgumentException if a limit is out of bounds
         */
        public FakeRunnerProvider build() {
            return new FakeRunnerProvider(this);
        }
    }
}
