package dev.paddock.gcp;

import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.TemplateFacts;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whether VMs can be made at all: the template, and what was refused in a way that no other zone helps. After a refusal
 * nothing is tried for a minute, and then one VM at a time until Google accepts one, since templates return and permissions
 * are given. Thread-safe.
 */
final class Standing {
    /** How long nothing is tried after a refusal that only a person can mend. */
    static final Duration PAUSE = Duration.ofSeconds(60);
    /** How long a template that was read is good for: it cannot change, but another of its name can be made. */
    private static final Duration TEMPLATE = Duration.ofMinutes(10);

    private static final String SUBJECT = "template";

    private final Scheduler scheduler;
    private final Notices notices;
    private final Cached<Read> template;
    private final AtomicReference<@Nullable Trouble> trouble = new AtomicReference<>();

    /** What came of reading the template. */
    private record Read(Optional<TemplateFacts> facts, Optional<ComputeFault> fault) {}

    /** Why nothing is tried, until when, and the VM that is tried after that. */
    private record Trouble(
            String reason, Instant until, @Nullable String probe) {
        Trouble probedBy(@Nullable String name) {
            return new Trouble(reason, until, name);
        }
    }

    Standing(ComputeApi api, Scheduler scheduler, String name, Notices notices) {
        this.scheduler = scheduler;
        this.notices = notices;
        template = new Cached<>(
                scheduler,
                () -> api.template(name)
                        .handle((facts, failure) -> failure == null
                                ? new Read(Optional.of(facts), Optional.empty())
                                : new Read(Optional.empty(), Optional.of(Failures.fault(failure)))),
                read -> read.facts().isPresent() ? TEMPLATE : Duration.ZERO);
    }

    /** The template; fails as reading it does. */
    CompletionStage<TemplateFacts> template() {
        return template.get().thenApply(read -> {
            read.fault().ifPresent(fault -> {
                refused(fault);
                throw new ComputeException(fault, null);
            });
            return read.facts().orElseThrow();
        });
    }

    /** What the last reading of the template said, however old. */
    Optional<TemplateFacts> lastTemplate() {
        return template.last().flatMap(Read::facts);
    }

    /** Something was refused that no other zone helps. */
    void refused(ComputeFault fault) {
        if (fault.kind().isRetryable()) {
            return;
        }
        template.forget();
        trouble.set(new Trouble(fault.message(), scheduler.instant().plus(PAUSE), null));
        notices.raise(SUBJECT, fault.message());
    }

    /**
     * Asks whether a VM may be tried. Who may tells how it ends: {@link #refused}, {@link #accepted}, and {@link #ended}
     * in any case.
     *
     * @return why not; empty if it may
     */
    Optional<String> begin(String name) {
        while (true) {
            Trouble now = trouble.get();
            if (now == null) {
                return Optional.empty();
            }
            if (isOn(now)) {
                return Optional.of(now.reason());
            }
            if (trouble.compareAndSet(now, now.probedBy(name))) {
                return Optional.empty();
            }
        }
    }

    /** A creation is over. */
    void ended(String name) {
        trouble.updateAndGet(now -> now != null && name.equals(now.probe()) ? now.probedBy(null) : now);
    }

    /** Google takes requests again. */
    void accepted() {
        trouble.set(null);
    }

    /** A VM was made. */
    void worked() {
        accepted();
        notices.clear(SUBJECT);
    }

    /** Why nothing is tried now; empty if VMs may be. */
    Optional<String> trouble() {
        return Optional.ofNullable(trouble.get()).filter(this::isOn).map(Trouble::reason);
    }

    /** Whether no more than one VM is tried, and why. */
    Optional<String> onTrial() {
        return Optional.ofNullable(trouble.get()).map(Trouble::reason);
    }

    private boolean isOn(Trouble now) {
        return now.probe() != null || scheduler.instant().isBefore(now.until());
    }
}
