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
 * nothing is tried for a minute, and then again, since templates return and permissions are given. Thread-safe.
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

    /** Why nothing is tried, and until when. */
    private record Trouble(String reason, Instant until) {}

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
        trouble.set(new Trouble(fault.message(), scheduler.instant().plus(PAUSE)));
        notices.raise(SUBJECT, fault.message());
    }

    /** A VM was made. */
    void worked() {
        trouble.set(null);
        notices.clear(SUBJECT);
    }

    /** Why nothing is tried now; empty if VMs may be. */
    Optional<String> trouble() {
        Trouble now = trouble.get();
        return now != null && scheduler.instant().isBefore(now.until()) ? Optional.of(now.reason()) : Optional.empty();
    }
}
