package dev.paddock.testkit.internal.compute;

import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.ComputeFaults;
import dev.paddock.testkit.ComputeInstance;
import dev.paddock.testkit.ComputeOperation;
import dev.paddock.testkit.ComputeQuota;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.internal.http.WireBody;
import dev.paddock.testkit.internal.http.WireExchange;
import dev.paddock.testkit.internal.http.WireReply;
import dev.paddock.testkit.internal.http.WireRequest;
import dev.paddock.testkit.internal.http.WireService;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The simulated Compute Engine without a transport: takes a request, lets the faults have their say, finds the desk that
 * handles it. All of it happens in one monitor, with nothing slow inside.
 */
public final class ComputeEngine implements WireService {
    private static final WireExchange NOBODY = new WireExchange() {
        @Override
        public void reply(WireReply reply) {
            // the client sees only the second answer
        }

        @Override
        public WireBody begin(WireReply reply) {
            throw new UnsupportedOperationException("a desk answers whole");
        }

        @Override
        public void drop() {
            // as above
        }

        @Override
        public void onGone(Runnable task) {
            // there is no client
        }
    };

    private final ComputeClock clock;
    private final World world;
    private final ComputeLog log = new ComputeLog();
    private final InstanceLife life;
    private final CatalogueDesk catalogue;
    private final InstanceDesk instances;
    private final BulkDesk bulk;
    private final OperationDesk operations;
    private final MetadataDesk metadata;
    private boolean closed;

    public ComputeEngine(ComputeSettings settings, Scheduler scheduler) {
        clock = new ComputeClock(scheduler);
        world = new World(settings, clock);
        life = new InstanceLife(world);
        catalogue = new CatalogueDesk(world);
        instances = new InstanceDesk(world, life);
        bulk = new BulkDesk(world, life);
        operations = new OperationDesk(world);
        metadata = new MetadataDesk(world);
    }

    @Override
    public void handle(WireRequest request, WireExchange exchange) {
        clock.run(() -> {
            if (closed) {
                exchange.drop();
            } else {
                accept(request, exchange);
            }
        });
    }

    private void accept(WireRequest request, WireExchange exchange) {
        ComputeRoutes.Match match = ComputeRoutes.match(request);
        ComputeLog.Entry entry = log.add(clock.now(), match.route(), request);
        Fault fault = world.faults.strike(entry).orElse(null);
        var answer = new FaultyAnswer(clock, exchange, entry, fault, world.faults.latency(match.route()));
        if (answer.answersInPlace()) {
            return;
        }
        if (fault instanceof Fault.Duplicate) {
            answer(new ComputeCall(request, match, entry, new FaultyAnswer(clock, NOBODY, entry, null, Duration.ZERO)));
        }
        answer(new ComputeCall(request, match, entry, answer));
    }

    private void answer(ComputeCall call) {
        try {
            dispatch(call);
        } catch (ComputeRefusal refusal) {
            call.refuse(refusal);
        }
    }

    private void dispatch(ComputeCall call) {
        if (call.route() == ComputeRoute.METADATA) {
            metadata.answer(call);
            return;
        }
        if (call.route() == ComputeRoute.TOKEN) {
            call.reply(TokenAnswers.answer(call, world.settings.rules().acceptedToken()));
            return;
        }
        checkCaller(call);
        call.checkQuery();
        switch (call.route()) {
            case UNKNOWN ->
                throw ComputeRefusal.violation(
                        404,
                        "notFound",
                        "There is nothing at " + call.request().method() + " "
                                + call.request().path());
            case GET_OPERATION, LIST_OPERATIONS, WAIT_OPERATION -> operations.answer(call);
            case INSERT_INSTANCE,
                    GET_INSTANCE,
                    DELETE_INSTANCE,
                    LIST_INSTANCES,
                    AGGREGATED_INSTANCES,
                    SET_LABELS,
                    SET_METADATA,
                    SERIAL_PORT_OUTPUT,
                    GUEST_ATTRIBUTES -> call.reply(instances.answer(call));
            case BULK_INSERT -> call.reply(bulk.insert(call));
            default -> call.reply(catalogue.answer(call));
        }
    }

    private void checkCaller(ComputeCall call) {
        if (call.route() == ComputeRoute.UNKNOWN) {
            return;
        }
        String given = Objects.requireNonNullElse(call.header("authorization"), "");
        world.settings
                .rules()
                .acceptedToken()
                .filter(token -> !given.equals("Bearer " + token))
                .ifPresent(token -> {
                    throw ComputeRefusal.of(
                            401,
                            "authError",
                            "Request had invalid authentication credentials. Expected OAuth 2 access token.");
                });
        if (!call.match().id(0).equals(world.settings.project())) {
            throw ComputeRefusal.notFound("projects/" + call.match().id(0));
        }
    }

    public ComputeFaults faults() {
        return world.faults;
    }

    public List<ComputeRequest> requests() {
        return clock.locked(log::view);
    }

    public List<ComputeRequest> violations() {
        return clock.locked(log::violations);
    }

    public int count(ComputeRoute route) {
        return clock.locked(() -> log.count(route));
    }

    public List<ComputeInstance> instances() {
        return clock.locked(
                () -> world.instances.values().stream().map(InstanceEntry::view).toList());
    }

    public List<ComputeOperation> operations() {
        return clock.locked(() ->
                world.operations.all().stream().map(Operations.Entry::view).toList());
    }

    public List<ComputeQuota> quotas() {
        return clock.locked(world.quotas::view);
    }

    public Map<String, List<String>> jitConfigs() {
        return clock.locked(() -> {
            var copy = new LinkedHashMap<String, List<String>>();
            world.jitConfigs.forEach((config, holders) -> copy.put(config, List.copyOf(holders)));
            return copy;
        });
    }

    public List<String> busyDeletions() {
        return clock.locked(() -> List.copyOf(world.busyDeletions));
    }

    public void onBoot(Consumer<ComputeInstance> listener) {
        world.onBoot.add(listener);
    }

    public void onEnd(Consumer<ComputeInstance> listener) {
        world.onEnd.add(listener);
    }

    public void setStock(String zone, String resource, int units) {
        clock.run(() -> world.stock.set(zone, resource, units));
    }

    public void setQuota(String scope, String metric, double limit) {
        clock.run(() -> world.quotas.setLimit(scope, metric, limit));
    }

    public void usedByOthers(String scope, String metric, double by) {
        clock.run(() -> world.quotas.addUsage(scope, metric, by));
    }

    public void addTemplate(TemplateSpec template) {
        clock.run(() -> world.add(template));
    }

    public void removeTemplate(Optional<String> region, String name) {
        clock.run(() -> {
            if (world.templates.remove(World.key(region, name)) == null) {
                throw new IllegalArgumentException("there is no template " + World.key(region, name));
            }
        });
    }

    public void preempt(String instance) {
        clock.run(() -> life.preempt(world.instanceFor(instance)));
    }

    public void guestShutdown(String instance) {
        clock.run(() -> life.guestShutdown(world.instanceFor(instance)));
    }

    /** Zone, slash and name. */
    public String locate(String instance) {
        return clock.locked(() -> world.instanceFor(instance).key());
    }

    public void markBusy(String instance, boolean busy) {
        clock.run(() -> world.instanceFor(instance).busy = busy);
    }

    /** As a program in the guest says; of an instance that is gone nothing more is said. */
    public void markBusy(long instance, boolean busy) {
        clock.run(() -> world.instanceWith(instance).ifPresent(entry -> entry.busy = busy));
    }

    /** The program in the guest ended, and the guest shuts down, unless it is going down already. */
    public void guestEnded(long instance) {
        clock.run(() -> world.instanceWith(instance)
                .filter(entry -> entry.is("RUNNING"))
                .ifPresent(life::guestShutdown));
    }

    public Scheduler scheduler() {
        return clock.scheduler();
    }

    public String jitConfigKey() {
        return world.settings.rules().jitConfigKey();
    }

    public void console(String instance, String text) {
        clock.run(() -> world.instanceFor(instance).serial.append(text));
    }

    /** The same from within the guest, which may be gone by now. */
    public void guestSaid(long id, String text) {
        clock.run(() -> world.instanceWith(id).ifPresent(instance -> instance.serial.append(text)));
    }

    /** An attribute from within the guest, which may be gone by now. */
    public void guestTold(long id, String key, String value) {
        clock.run(() -> world.instanceWith(id).ifPresent(instance -> instance.guestAttributes.put(key, value)));
    }

    public void guestAttribute(String instance, String key, String value) {
        clock.run(() -> world.instanceFor(instance).guestAttributes.put(key, value));
    }

    public void close() {
        clock.run(() -> closed = true);
    }
}
