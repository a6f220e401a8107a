package dev.paddock.github.runner;

import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Status;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks of one session: begun when it opens, and again after a while, or soon where one has failed. Until they have
 * answered, and while a mandatory one fails, there is no room. What cannot be told stops nothing, and what runs is left
 * alone.
 */
final class Preflight {
    private static final Logger LOG = LoggerFactory.getLogger(Preflight.class);
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(1);

    private final List<HostCheck> checks;
    private final Duration every;
    private final ProviderContext context;
    private final Runnable next;
    private final AtomicReference<State> state;
    /** By place in the list: a check that still hangs is not begun again. */
    private final ConcurrentMap<Integer, CompletionStage<HostCheckResult>> underWay = new ConcurrentSkipListMap<>();

    /** {@code known} is empty until all have answered once. */
    private record State(Optional<PreflightReport> known, Instant lookAgain, boolean looking) {}

    /** {@code next} is what comes after it: it is run when runners may start, and need not wait to be asked for. */
    Preflight(List<HostCheck> checks, Duration every, ProviderContext context, Runnable next) {
        this.checks = checks;
        this.every = every;
        this.context = context;
        this.next = next;
        Optional<PreflightReport> nothing =
                checks.isEmpty() ? Optional.of(new PreflightReport(Instant.EPOCH, List.of())) : Optional.empty();
        this.state = new AtomicReference<>(new State(nothing, checks.isEmpty() ? Instant.MAX : Instant.MIN, false));
    }

    /** Why no runner may be started now; empty if one may. Asked often, it does not block, and looks again if it is time. */
    Optional<String> whyNot() {
        lookIfDue();
        Optional<PreflightReport> known = state.get().known();
        return known.isEmpty() ? Optional.of("the preflight is under way: " + ids()) : reason(known.get());
    }

    void lookIfDue() {
        State seen = state.get();
        if (!seen.looking()
                && !context.scheduler().instant().isBefore(seen.lookAgain())
                && state.compareAndSet(seen, new State(seen.known(), seen.lookAgain(), true))) {
            look();
        }
    }

    private String ids() {
        return checks.stream().map(HostCheck::id).collect(Collectors.joining(", "));
    }

    private static Optional<String> reason(PreflightReport report) {
        return report.isGo()
                ? Optional.empty()
                : Optional.of("the preflight failed: "
                        + report.results().stream()
                                .filter(PreflightReport::stops)
                                .map(Preflight::line)
                                .collect(Collectors.joining("; ")));
    }

    private static String line(HostCheckResult result) {
        String remedy = result.remedy().replaceFirst("\\.$", "");
        return result.id() + ": " + result.observed() + (remedy.isEmpty() ? "" : " -> " + remedy);
    }

    // ---- looking ---------------------------------------------------------------------------------------------

    private void look() {
        CompletionStage<List<HostCheckResult>> all = CompletableFuture.completedStage(List.of());
        for (int i = 0; i < checks.size(); i++) {
            all = all.thenCombine(answer(i, checks.get(i)), (some, one) -> {
                var more = new ArrayList<>(some);
                more.add(one);
                return more;
            });
        }
        InTime.whenDone(all, (results, never) -> told(results));
    }

    /** Never fails, and ends by the check's deadline. */
    private CompletionStage<HostCheckResult> answer(int place, HostCheck check) {
        if (underWay.containsKey(place)) {
            return CompletableFuture.completedStage(unknown(check, "it still hangs from the time before"));
        }
        var begun = new CompletableFuture<HostCheckResult>();
        underWay.put(place, begun);
        InTime.whenDone(begun, (result, failure) -> underWay.remove(place));
        begin(check, begun);
        return InTime.of(begun, check.deadline(), context.scheduler())
                .handle((result, failure) -> result != null
                        ? result
                        : unknown(check, failure == null ? "it answers null" : InTime.message(failure)));
    }

    /** Foreign code: it may throw, and return what it should not. It is called where it may block. */
    private void begin(HostCheck check, CompletableFuture<HostCheckResult> begun) {
        Scheduler scheduler = context.scheduler();
        scheduler.answers().execute(() -> {
            try {
                InTime.whenDone(check.begin(scheduler.answers()), (result, failure) -> {
                    if (failure == null) {
                        begun.complete(result);
                    } else {
                        begun.completeExceptionally(failure);
                    }
                });
            } catch (Throwable failure) { // foreign code may throw anything
                begun.completeExceptionally(failure);
            }
        });
    }

    private static HostCheckResult unknown(HostCheck check, String why) {
        return new HostCheckResult(
                check.id(), check.severity(), Status.UNKNOWN, why, "an answer", "Look why it hangs or fails.");
    }

    private void told(List<HostCheckResult> results) {
        Instant now = context.scheduler().instant();
        var report = new PreflightReport(now, results);
        Optional<PreflightReport> before = state.get().known();
        state.set(new State(Optional.of(report), now.plus(report.isGo() ? every : soon()), false));
        if (before.isEmpty() || !verdicts(before.get()).equals(verdicts(report))) {
            tell(report, before.map(Preflight::verdicts).orElse(Map.of()));
        }
        if (report.isGo()) {
            next.run();
        }
    }

    private Duration soon() {
        return every.compareTo(AFTER_FAILURE) < 0 ? every : AFTER_FAILURE;
    }

    private static Map<String, Status> verdicts(PreflightReport report) {
        return report.results().stream()
                .collect(Collectors.toMap(HostCheckResult::id, HostCheckResult::status, (one, other) -> other));
    }

    private void tell(PreflightReport report, Map<String, Status> before) {
        for (HostCheckResult result : report.results()) {
            boolean bad = result.status() != Status.PASS && result.status() != Status.SKIPPED;
            if (bad && result.status() != before.get(result.id())) {
                LOG.warn(
                        "{}: preflight {} {}{}",
                        context.fleet(),
                        result.status(),
                        line(result),
                        PreflightReport.stops(result) ? "; no runners are started until it is mended" : "");
            }
        }
        if (report.isGo()) {
            LOG.info("{}: the preflight lets runners start", context.fleet());
        }
        context.publish(report);
    }
}
