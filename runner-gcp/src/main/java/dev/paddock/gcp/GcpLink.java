package dev.paddock.gcp;

import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What an open provider works with: Compute Engine, and what is known of the project. Quotas, promises of them, stock and
 * what zones offer are the project's, shared with all other providers of it.
 */
final class GcpLink {
    private final GcpProject project;
    final ComputeApi api;
    final Scheduler scheduler;
    final Pauses pauses;
    final Sends sends;
    final OperationPolls polls;
    final QuotaLedger ledger;
    final StockMemory stock;
    final QuotaWatch quotas;
    final Catalogue catalogue;

    GcpLink(ComputeApi api, Scheduler scheduler, GcpProject project, List<String> zones, Notices notices) {
        this.project = project;
        this.api = api;
        this.scheduler = scheduler;
        ledger = project.ledger();
        stock = project.stock();
        pauses = new Pauses(scheduler);
        sends = new Sends(scheduler, pauses, project.hold());
        polls = new OperationPolls(api, scheduler, pauses);
        quotas = new QuotaWatch(api, scheduler, ledger, QuotaWatch.TTL, notices, project.facts().quotas);
        quotas.concerns(zones.stream().map(ZoneNames::region).toList());
        catalogue = new Catalogue(api, scheduler, Catalogue.TTL, notices, zones, project.facts());
    }

    CompletionStage<Void> close() {
        return project.close(api);
    }

    /** How long calls that only help to explain something may take. */
    static final Duration EVIDENCE = Duration.ofSeconds(10);
}
