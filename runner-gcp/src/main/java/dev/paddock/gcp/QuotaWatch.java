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
 * Keeps a {@link QuotaLedger} up to date: one call for all regions and one for the project each time, however many ask.
 * What cannot be read is unknown, never an error. Thread-safe.
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
    private final Cached<Boolean> reading;
    private final ConcurrentSkipListSet<String> regions = new ConcurrentSkipListSet<>();

    /** Asks nothing yet. */
    QuotaWatch(ComputeApi api, Scheduler scheduler, QuotaLedger ledger, Duration ttl, Notices notices) {
        this.api = api;
        this.scheduler = scheduler;
        this.ledger = ledger;
        this.notices = notices;
        Duration retry = ttl.compareTo(RETRY) < 0 ? ttl : RETRY;
        reading = new Cached<>(scheduler, this::read, complete -> complete ? ttl : retry);
    }

    /** Names regions whose warnings are told; all regions are read anyway. */
    void concerns(Collection<String> more) {
        regions.addAll(more);
    }

    /** Reads if the last reading is too old; completes once the ledger knows, and never fails. */
    CompletionStage<Boolean> refresh() {
        return reading.get();
    }

    /** Whether the last reading is too old. */
    boolean isDue() {
        return reading.isDue();
    }

    /** Google refused something for its quota: the next one reads anew. */
    void forget() {
        reading.forget();
    }

    private CompletionStage<Boolean> read() {
        long begun = ledger.refreshBegins();
        CompletionStage<Optional<List<RegionFacts>>> all =
                api.regions().handle((facts, failure) -> heard(REGIONS, facts, failure));
        CompletionStage<Optional<Map<String, Quota>>> project =
                api.project().handle((quotas, failure) -> heard(PROJECT, quotas, failure));
        return all.thenCombine(project, (ofRegions, ofProject) -> {
            ledger.refreshed(begun, ofRegions, ofProject);
            ofRegions.ifPresent(this::warn);
            return ofRegions.isPresent() && ofProject.isPresent();
        });
    }

    private <T> Optional<T> heard(String what, T answer, Throwable failure) {
        boolean ofProject = what.equals(PROJECT);
        if (failure == null) {
            ledger.readable(ofProject, scheduler.instant());
            notices.clear(what);
            return Optional.of(answer);
        }
        String reason = what + " could not be read: " + Failures.text(failure);
        ledger.unreadable(ofProject, scheduler.instant(), reason);
        notices.raise(what, reason);
        return Optional.empty();
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
