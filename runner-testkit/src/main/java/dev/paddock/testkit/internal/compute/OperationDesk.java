package dev.paddock.testkit.internal.compute;

import dev.paddock.spi.Cancellable;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.internal.compute.ListPages.Row;
import java.time.Duration;
import java.util.List;

/** Answers about operations, and holds who waits for one. */
final class OperationDesk {
    /** The longest a wait is held. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

    private final World world;
    private final ListPages pages;

    OperationDesk(World world) {
        this.world = world;
        pages = new ListPages(world);
    }

    void answer(ComputeCall call) {
        String scope = call.isRegional()
                ? "regions/" + world.region(call.id(0))
                : "zones/" + world.zone(call.id(0)).name();
        if (call.route() == ComputeRoute.LIST_OPERATIONS) {
            List<Row> rows = world.operations.all().stream()
                    .filter(entry -> entry.scope().equals(scope))
                    .map(entry -> new Row(scope, entry.json(world.links)))
                    .toList();
            call.reply(pages.list(call, "operationList", scope + "/operations", rows, List.of()));
            return;
        }
        Operations.Entry entry = world.operations
                .find(scope, call.id(1))
                .orElseThrow(() -> ComputeRefusal.notFound(
                        "projects/" + world.settings.project() + "/" + scope + "/operations/" + call.id(1)));
        if (call.route() == ComputeRoute.WAIT_OPERATION && !entry.isDone()) {
            Cancellable limit = world.clock.after(LONGEST_WAIT, () -> reply(call, entry));
            entry.whenDone(() -> {
                limit.cancel();
                reply(call, entry);
            });
        } else {
            reply(call, entry);
        }
    }

    private void reply(ComputeCall call, Operations.Entry entry) {
        call.reply(Shapes.ok(entry.json(world.links)));
    }
}
