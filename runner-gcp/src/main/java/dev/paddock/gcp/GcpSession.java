package dev.paddock.gcp;

import dev.paddock.RunnerId;
import dev.paddock.error.ProvisioningException;
import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.TemplateFacts;
import dev.paddock.gcp.internal.Words;
import dev.paddock.spi.Listing;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProviderLimits;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Removal;
import dev.paddock.spi.Room;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An open provider: what is asked of it becomes creations, deletions and lists. Thread-safe; nothing waits. */
final class GcpSession implements RunnerProvider.Session {
    private static final Logger LOG = LoggerFactory.getLogger(GcpSession.class);
    /** Between Google's own answer and giving a creation up. */
    private static final Duration MARGIN = Duration.ofSeconds(30);
    /** After the job's end its runner has nothing left to do but to say goodbye. */
    private static final Duration FINISHING = Duration.ofSeconds(5);
    /** How long a VM may still appear of which nobody knows whether it was made. */
    private static final Duration IN_DOUBT = Duration.ofHours(1);

    final GcpSettings settings;
    final GcpLink link;
    final ProviderContext context;
    final Ownership ownership;
    final VmForm form;
    final Standing standing;
    final Places places = new Places();
    private final String project;
    private final Notices notices;
    private final Inventory inventory;
    private final Runnable closer;
    private final AtomicLong sequence = new AtomicLong();
    private final AtomicLong deletions = new AtomicLong();
    private final SortedMap<String, BootWatch> boots = new ConcurrentSkipListMap<>();
    /** What became of each name, for as long as asking for it again could make a second VM of one registration. */
    private final ConcurrentMap<String, CompletableFuture<RunnerHandle>> creations = new ConcurrentSkipListMap<>();
    /** The fleet may have others, whose VMs are in the lists too. */
    private final Set<String> pools = new ConcurrentSkipListSet<>();

    /** The template that was looked at last. */
    private final AtomicReference<@Nullable TemplateFacts> judged = new AtomicReference<>();

    private volatile boolean keepsRegistrations;

    GcpSession(GcpSettings settings, GcpProject project, ProviderContext context, Runnable closer) {
        this.settings = settings;
        this.project = project.id();
        this.context = context;
        this.closer = closer;
        keepsRegistrations = !settings.clearRegistration();
        ownership = new Ownership(context.fleet(), context.epoch());
        form = new VmForm(settings, ownership);
        notices = new Notices(this::notice);
        ComputeApi api = project.compute(context.scheduler());
        link = new GcpLink(api, context.scheduler(), project, settings.zones(), notices);
        standing = new Standing(api, context.scheduler(), settings.template(), notices);
        inventory = new Inventory(this, project.lists(), project.nextNumber());
        ignore(link.quotas.refresh());
        ignore(template().whenComplete((template, failure) -> {
            if (failure != null) {
                LOG.warn("{}: {} cannot be checked: {}", fleet(), settings.template(), Failures.text(failure));
            }
        }));
    }

    String fleet() {
        return context.fleet();
    }

    /** The template, and a look at each one that was not looked at before: another of its name may have been made. */
    CompletionStage<TemplateFacts> template() {
        return standing.template().thenApply(template -> {
            if (!template.equals(judged.getAndSet(template))) {
                ignore(judge(template));
            }
            return template;
        });
    }

    /** What can be said against a template and the pool's zones; told as notices, until it can no longer be said. */
    private CompletionStage<Void> judge(TemplateFacts template) {
        return link.catalogue
                .facts(settings.machines().get(0).machineType().orElse(template.machineType()))
                .thenAccept(offers -> {
                    notices.raiseAll("checks", TemplateChecks.problems(settings, template, offers));
                    if (!offers.isWhole()) { // with the next VM once more
                        judged.updateAndGet(last -> template.equals(last) ? null : last);
                    }
                })
                .exceptionally(failure -> {
                    LOG.warn("{}: {} was not checked: {}", fleet(), settings.template(), Failures.text(failure));
                    return null;
                });
    }

    private void notice(String text) {
        LOG.warn("{}: {}", fleet(), text);
        context.publish(new GcpNotice(link().scheduler.instant(), settings.template(), text));
    }

    private GcpLink link() {
        return link;
    }

    // ---- the SPI -------------------------------------------------------------------------------------------

    @Override
    public ProviderLimits limits() {
        return new ProviderLimits(
                settings.parallelCreations(),
                settings.createDeadline().plus(MARGIN),
                settings.startupDeadline(),
                Deletion.DEADLINE,
                FINISHING);
    }

    /** By quota and stock as last read; what is not known is no bound. */
    @Override
    public Room room(String pool) {
        pools.add(pool);
        Optional<String> trouble = standing.trouble();
        if (trouble.isPresent()) {
            return new Room(0, trouble.get());
        }
        Room room = standing.lastTemplate()
                .map(template -> Rooms.of(settings, template, link, this::knownMachine))
                .orElse(Room.unlimited());
        Optional<String> trial = standing.onTrial();
        if (trial.isPresent() && room.free() > 1) {
            return new Room(1, trial.get());
        }
        if (room.free() == 0 && link.quotas.isDue()) {
            // where there is no room nothing is created, so that nobody else would find out that there is some again
            link.scheduler.effects().execute(() -> ignore(link.quotas.refresh()));
        }
        return room;
    }

    private Optional<MachineFacts> knownMachine(String type) {
        return link.catalogue
                .known(type)
                .flatMap(zones -> settings.zones().stream()
                        .filter(zones::containsKey)
                        .map(zones::get)
                        .findFirst());
    }

    @Override
    public CompletionStage<RunnerHandle> provision(ProvisionRequest request) {
        pools.add(request.pool());
        String name = request.runner().value();
        CompletableFuture<RunnerHandle> answer = new CompletableFuture<>();
        CompletableFuture<RunnerHandle> earlier = creations.putIfAbsent(name, answer);
        if (earlier != null) {
            return earlier.copy();
        }
        inventory.asked(name);
        CompletionStage<RunnerHandle> creation;
        try {
            creation = new Creation(this, request, sequence.getAndIncrement()).run();
        } catch (RuntimeException failure) {
            standing.ended(name);
            creation = CompletableFuture.failedStage(failure);
        }
        ignore(creation.whenComplete((handle, failure) -> {
            if (failure == null) {
                inventory.made(handle);
                BootWatch boot = BootWatch.ofMade(this, handle);
                boots.put(name, boot);
                boot.start();
                answer.complete(handle);
            } else {
                Throwable cause = Failures.cause(failure);
                forget(name, answer, cause);
                answer.completeExceptionally(cause);
            }
        }));
        return answer.copy();
    }

    /** What certainly was not made may be asked for again at once; what may have been, when it would have been seen. */
    private void forget(String name, CompletableFuture<RunnerHandle> answer, Throwable failure) {
        if (failure instanceof ProvisioningException) {
            creations.remove(name, answer);
            return;
        }
        inventory.uncertain(name);
        ignore(link.pauses.after(IN_DOUBT).handle((nothing, closed) -> {
            inventory.settled(name);
            if (closed == null && creations.remove(name, answer)) {
                places.settled(name);
            }
            return null;
        }));
    }

    @Override
    public CompletionStage<Removal> remove(RunnerHandle handle) {
        inventory.removing(handle);
        creations.remove(handle.runner().value());
        BootWatch boot = boots.remove(handle.runner().value());
        CompletionStage<Void> evidence = boot == null ? CompletableFuture.completedStage(null) : boot.evidence();
        return unwrapped(evidence.thenCompose(nothing -> removed(handle)).whenComplete((removal, failure) -> {
            if (failure == null) {
                places.settled(handle.runner().value());
            }
            inventory.removed();
        }));
    }

    private CompletionStage<Removal> removed(RunnerHandle handle) {
        CompletionStage<Removal> all = CompletableFuture.completedStage(Removal.ALREADY_GONE);
        for (String zone : places.of(handle)) {
            all = all.thenCompose(before -> new Deletion(link, ownership, handle, zone, deletions.incrementAndGet())
                    .run()
                    .thenApply(here -> here == Removal.REMOVED ? here : before));
        }
        return all;
    }

    @Override
    public CompletionStage<Listing> list() {
        return unwrapped(inventory.list());
    }

    @Override
    public boolean mayBeIn(String scope, RunnerId runner, Optional<RunnerHandle> handle) {
        return places.mayHold(scope, runner, handle);
    }

    @Override
    public CompletionStage<Void> close() {
        link.pauses.close();
        boots.values().forEach(BootWatch::stop);
        return link.close().thenRun(closer);
    }

    // ---- for its parts -------------------------------------------------------------------------------------

    RunnerHandle handle(RunnerId runner, String pool, String zone, String id) {
        return new RunnerHandle(runner, pool, zone, Creation.data(project, zone, id));
    }

    /** Whether a pool's VMs are this session's, as far as it was asked for any. */
    boolean serves(String pool) {
        return pools.contains(pool);
    }

    List<String> zonesOf(String region) {
        return settings.zones().stream()
                .filter(zone -> ZoneNames.region(zone).equals(region))
                .toList();
    }

    void told(
            ProvisionRequest request,
            String zone,
            MachineShape shape,
            Optional<ComputeFault.Kind> refused,
            String detail) {
        Instant now = link.scheduler.instant();
        context.publish(new ZoneTried(now, request.pool(), request.runner(), zone, shape.toString(), refused, detail));
    }

    /** Those whose creation has not ended: what becomes of them it tells itself. */
    SortedSet<String> making() {
        SortedSet<String> names = new TreeSet<>();
        creations.forEach((name, answer) -> {
            if (!answer.isDone()) {
                names.add(name);
            }
        });
        return names;
    }

    /** A VM is there that this session did not make: an earlier life may not have heard that it is ready. */
    void found(RunnerHandle handle) {
        String name = handle.runner().value();
        BootWatch boot = BootWatch.ofFound(this, handle);
        if (!creations.containsKey(name) && boots.putIfAbsent(name, boot) == null) {
            boot.start();
        }
    }

    /** A VM ended that was not asked to. */
    void ended(RunnerHandle handle, VmEnded.Cause cause, String detail) {
        BootWatch boot = boots.get(handle.runner().value());
        if (boot != null) {
            boot.rest();
        }
        creations.remove(handle.runner().value());
        inventory.removing(handle);
        context.publish(
                new VmEnded(link.scheduler.instant(), handle.pool(), handle.runner(), handle.place(), cause, detail));
        context.observe(RunnerObservation.of(handle.runner(), RunnerObservation.Kind.EXITED, detail));
    }

    boolean clearsRegistrations() {
        return !keepsRegistrations;
    }

    /** The permission is missing, so it is not tried again for each VM. */
    void keepRegistrations(String why) {
        if (!keepsRegistrations) {
            keepsRegistrations = true;
            LOG.warn("{}: registrations stay in the metadata of their VMs, where they serve no more: {}", fleet(), why);
        }
    }

    String withoutSecrets(String text) {
        return Words.hideSecrets(text);
    }

    private static <T> CompletionStage<T> unwrapped(CompletionStage<T> stage) {
        CompletableFuture<T> plain = new CompletableFuture<>();
        ignore(stage.whenComplete((value, failure) -> {
            if (failure == null) {
                plain.complete(value);
            } else {
                plain.completeExceptionally(Failures.cause(failure));
            }
        }));
        return plain;
    }

    /** For what nobody waits for, and which says itself what becomes of it. */
    static void ignore(CompletionStage<?> stage) {
        stage.exceptionally(failure -> {
            LOG.debug("left: {}", Failures.text(failure));
            return null;
        });
    }
}
