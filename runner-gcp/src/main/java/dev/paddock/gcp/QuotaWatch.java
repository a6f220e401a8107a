package dev.paddock.gcp;

import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.Quota;
import dev.paddock.gcp.internal.RegionFacts;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Keeps a {@link QuotaLedger} up to date: one call for all regions and one for the project each time, however many ask,
 * those who share the ledger too. What cannot be read is unknown, never an error. Thread-safe.
 */
final class QuotaWatch {
    /** How long a reading is good for, by default. */
    static final Duration TTL = Duration.ofSeconds(30);
    /** After how long one that failed is tried again. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    private static final String REGIONS = "quotas of the regions";
    private static final String PROJECT = "quotas of the project";

    private final ComputeApi api;
    private final Scheduler scheduler;
    private final QuotaLedger ledger;
    private final Notices notices;
    private final Cached<Reading> reading;
    private final ConcurrentSkipListSet<String> regions = new ConcurrentSkipListSet<>();

    /** What a reading told, and why a part of it is missing. */
    record Reading(Optional<List<RegionFacts>> regions, String noRegions, String noProject) {
        boolean isComplete() {
            return noRegions.isEmpty() && noProject.isEmpty();
        }
    }

    /** What one call told, or why it did not. */
    private record Heard<T>(Optional<T> answer, String reason) {}

    /**
     * Asks nothing yet.
     *
     * @param shared where readings are kept: the same one for all who share the ledger
     */
    QuotaWatch(
            ComputeApi api,
            Scheduler scheduler,
            QuotaLedger ledger,
            Duration ttl,
            Notices notices,
            Cached.Shelf<Reading> shared) {
        this.api = api;
        this.scheduler = scheduler;
        this.ledger = ledger;
        this.notices = notices;
        Duration retry = ttl.compareTo(RETRY) < 0 ? ttl : RETRY;
        reading = new Cached<>(scheduler, this::read, read -> read.isComplete() ? ttl : retry, shared);
    }

    /** Names regions whose warnings are told; all regions are read anyway. */
    void concerns(Collection<String> more) {
        regions.addAll(more);
    }

    /** Reads if the last reading is too old; completes once the ledger knows, and never fails. */
    CompletionStage<Boolean> refresh() {
        return reading.get().thenApply(read -> {
            tell(REGIONS, read.noRegions());
            tell(PROJECT, read.noProject());
            read.regions().ifPresent(this::warn);
            return read.isComplete();
        });
    }

    /** Whether the last reading is too old. */
    boolean isDue() {
        return reading.isDue();
    }

    /** Google refused something for its quota: the next one reads anew. */
    void forget() {
        reading.forget();
    }

    private CompletionStage<Reading> read() {
        long begun = ledger.refreshBegins();
        CompletionStage<Heard<List<RegionFacts>>> all =
                api.regions().handle((facts, failure) -> heard(REGIONS, facts, failure));
        CompletionStage<Heard<Map<String, Quota>>> project =
                api.project().handle((quotas, failure) -> heard(PROJECT, quotas, failure));
        return all.thenCombine(project, (ofRegions, ofProject) -> {
            ledger.refreshed(begun, ofRegions.answer(), ofProject.answer());
            return new Reading(ofRegions.answer(), ofRegions.reason(), ofProject.reason());
        });
    }

    private <T> Heard<T> heard(String what, T answer, Throwable failure) {
        boolean ofProject = what.equals(PROJECT);
        if (failure == null) {
            ledger.readable(ofProject, scheduler.instant());
            return new Heard<>(Optional.of(answer), "");
        }
        String reason = what + " could not be read: " + Failures.text(failure);
        ledger.unreadable(ofProject, scheduler.instant(), reason);
        return new Heard<>(Optional.empty(), reason);
    }

    private void tell(String what, String reason) {
        if (reason.isEmpty()) {
            notices.clear(what);
        } else {
            notices.raise(what, reason);
        }
    }

    private void warn(List<RegionFacts> facts) {
        for (RegionFacts region : facts) {
            String subject = "quotas of " + region.name();
            if (region.warning().isEmpty() || !regions.contains(region.name())) {
                notices.clear(subject);
            } else {
                notices.raise(subject, subject + " are unknown: " + region.warning());
            }
        }
    }
}
