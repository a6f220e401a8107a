package dev.paddock.gcp;

import dev.paddock.gcp.internal.ComputeOperation;
import dev.paddock.gcp.internal.Vm;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a VM that was just made, or found as one of an earlier life, how far its boot script is, by the guest attribute
 * {@code paddock/state}, until its runner waits for jobs, and then takes the registration out of its metadata. A VM that
 * says nothing is let be.
 */
final class BootWatch {
    static final String NAMESPACE = "paddock";
    static final String STATE = "state";
    private static final String FAILED = "failed:";
    private static final String WRITTEN = "paddock: state ";
    /** A VM needs half a minute until it says anything. */
    private static final Duration FIRST = Duration.ofSeconds(20);

    private static final Duration AGAIN = Duration.ofSeconds(10);
    /** One that has said nothing for this long may never do so, and is asked less and less. */
    private static final Duration QUIET = Duration.ofMinutes(2);

    private static final Duration RARELY = Duration.ofMinutes(1);
    /** Metadata is written within seconds. */
    private static final Duration WRITING = Duration.ofMinutes(1);
    /** How often the metadata is written: others may write it too, and then it has to be read anew. */
    private static final int TRIES = 4;

    private static final int SERIAL_BYTES = 16 * 1024;
    private static final Logger LOG = LoggerFactory.getLogger(BootWatch.class);

    private final GcpSession session;
    private final GcpLink link;
    private final RunnerHandle handle;
    private final Instant quietFrom;
    private final Instant until;
    /** Whether an earlier life made it: the fleet knows by other means what its runner does. */
    private final boolean found;

    private volatile String state = "";
    private volatile boolean heard;
    private volatile boolean resting;
    private volatile boolean over;

    /** Of a VM that was just made. */
    static BootWatch ofMade(GcpSession session, RunnerHandle handle) {
        return new BootWatch(session, handle, false);
    }

    /** Of a VM that an earlier life made, which may have been at work for long. */
    static BootWatch ofFound(GcpSession session, RunnerHandle handle) {
        return new BootWatch(session, handle, true);
    }

    private BootWatch(GcpSession session, RunnerHandle handle, boolean found) {
        this.found = found;
        this.session = session;
        this.link = session.link;
        this.handle = handle;
        Instant now = link.scheduler.instant();
        quietFrom = now.plus(QUIET);
        until = now.plus(session.settings.startupDeadline());
    }

    void start() {
        next(FIRST);
    }

    /** The session ends. */
    void stop() {
        over = true;
    }

    /** The VM ended by itself: it is asked nothing more but, when it is removed, what it wrote. */
    void rest() {
        resting = true;
    }

    /** Whether the VM said that its runner waits for jobs, or more. */
    boolean isReady() {
        return isReady(state);
    }

    private static boolean isReady(String state) {
        return state.equals("ready") || state.equals("running") || state.equals("finished");
    }

    private void next(Duration wait) {
        if (over || resting || !link.scheduler.instant().isBefore(until)) {
            return;
        }
        CompletionStage<Void> asked = link.pauses
                .after(wait)
                .thenCompose(nothing -> link.api.guestAttributes(zone(), name(), NAMESPACE))
                .handle((attributes, failure) -> {
                    if (failure == null && !over && !resting) {
                        heard = true;
                        heard(attributes.getOrDefault(STATE, ""));
                    }
                    if (!isReady() && !link.pauses.isClosed()) {
                        next(after(wait));
                    }
                    return null;
                });
        GcpSession.ignore(asked);
    }

    private Duration after(Duration wait) {
        if (!state.isEmpty() || link.scheduler.instant().isBefore(quietFrom)) {
            return AGAIN;
        }
        Duration twice = wait.multipliedBy(2);
        return twice.compareTo(RARELY) < 0 ? twice : RARELY;
    }

    private void heard(String now) {
        if (now.isEmpty() || now.equals(state)) {
            return;
        }
        LOG.debug("{}: {} says {}", session.fleet(), name(), now);
        state = now;
        if (now.startsWith(FAILED)) {
            over = true;
            GcpSession.ignore(serialOutput().thenAccept(this::failed));
        } else if (isReady()) {
            if (!found) {
                session.context.observe(RunnerObservation.of(handle.runner(), meaning(now), "its VM says " + now));
            }
            if (session.clearsRegistrations()) {
                GcpSession.ignore(clear(1));
            }
        }
    }

    /** A VM is asked every few seconds, and a job that waited for it may have begun before. */
    private static RunnerObservation.Kind meaning(String state) {
        return switch (state) {
            case "running" -> RunnerObservation.Kind.WORKING;
            case "finished" -> RunnerObservation.Kind.JOB_DONE;
            default -> RunnerObservation.Kind.LISTENING;
        };
    }

    private void failed(String serial) {
        String detail = "its boot script says " + state + (serial.isEmpty() ? "" : "\n" + serial);
        session.ended(handle, VmEnded.Cause.BOOT_FAILED, detail);
    }

    /** The end of what the VM wrote; empty if it cannot be read soon. Never fails. */
    private CompletionStage<String> serialOutput() {
        CompletableFuture<String> text = new CompletableFuture<>();
        GcpSession.ignore(link.api
                .serialOutput(zone(), name(), SERIAL_BYTES)
                .handle((output, failure) ->
                        text.complete(failure == null ? session.withoutSecrets(wholeLines(output)) : "")));
        GcpSession.ignore(link.pauses.after(GcpLink.EVIDENCE).handle((nothing, closed) -> text.complete("")));
        return text;
    }

    /** The rest of a line that was cut may be the rest of a secret, too short to be known as one. */
    private static String wholeLines(String output) {
        int end = output.indexOf('\n');
        return output.length() < SERIAL_BYTES || end < 0 ? output : output.substring(end + 1);
    }

    /** Tells what is known of a VM that is removed before it was ready. Never fails. */
    CompletionStage<Void> evidence() {
        if (isReady() || over || (found && !heard)) {
            return CompletableFuture.completedStage(null);
        }
        over = true;
        return serialOutput().thenAccept(serial -> {
            String last = lastState(serial);
            if (!isReady(last)) { // or it was between two looks, and had its job
                session.context.publish(
                        new VmNotReady(link.scheduler.instant(), handle.pool(), handle.runner(), zone(), last, serial));
            }
        });
    }

    /** The boot script writes each state as well as it tells it. */
    private String lastState(String serial) {
        int at = serial.lastIndexOf(WRITTEN);
        return at < 0
                ? state
                : serial.substring(at + WRITTEN.length()).lines().findFirst().orElse("");
    }

    /** It was fetched and serves once; who can read the VM's metadata need not find it. */
    private CompletionStage<Void> clear(int number) {
        return link.api
                .instance(zone(), name())
                .thenCompose(vm -> session.ownership.owns(vm, handle.runner())
                                && vm.metadata().containsKey(VmForm.JIT_CONFIG)
                        ? link.api
                                .setMetadata(zone(), name(), vm.fingerprint(), without(vm))
                                .thenCompose(this::written)
                        : CompletableFuture.completedStage(null))
                .<CompletionStage<Void>>handle((done, failure) ->
                        failure == null ? CompletableFuture.completedStage(null) : notCleared(number, failure))
                .thenCompose(stage -> stage);
    }

    /** A request that was taken on is not yet carried out. */
    private CompletionStage<Void> written(ComputeOperation writing) {
        return link.polls.end(writing, link.scheduler.instant().plus(WRITING)).thenAccept(end -> {
            Optional<ComputeFault> fault = end.isPresent()
                    ? end.get().fault()
                    : Optional.of(ComputeFault.of(
                            ComputeFault.Kind.AMBIGUOUS,
                            "operation " + writing.ref().name() + " has not ended within " + WRITING));
            fault.ifPresent(why -> {
                throw new ComputeException(why, null);
            });
        });
    }

    private CompletionStage<Void> notCleared(int number, Throwable failure) {
        ComputeFault.Kind kind = Failures.fault(failure).kind();
        if (kind == ComputeFault.Kind.AUTHORIZATION) {
            session.keepRegistrations(Failures.text(failure));
        } else if (kind.isRetryable() && number < TRIES && !over && !link.pauses.isClosed()) {
            return link.pauses.after(AGAIN).thenCompose(nothing -> clear(number + 1));
        } else {
            LOG.debug(
                    "{}: the metadata of {} keeps its registration: {}",
                    session.fleet(),
                    name(),
                    Failures.text(failure));
        }
        return CompletableFuture.completedStage(null);
    }

    private static Map<String, String> without(Vm vm) {
        Map<String, String> rest = new TreeMap<>(vm.metadata());
        rest.remove(VmForm.JIT_CONFIG);
        return rest;
    }

    private String zone() {
        return handle.data().getOrDefault("zone", handle.place());
    }

    private String name() {
        return handle.runner().value();
    }
}
