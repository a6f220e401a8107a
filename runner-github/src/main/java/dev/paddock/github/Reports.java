package dev.paddock.github;

import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a listener says of itself, to its fleet and to the log. Confined to the loop that owns it. */
final class Reports {
    private static final Logger LOG = LoggerFactory.getLogger(ScaleSetLoop.class);

    private final SourceContext context;
    private final String scaleSet;
    private final String name;
    private SourceState reported = SourceState.CONNECTING;

    Reports(SourceContext context, String scaleSet) {
        this.context = context;
        this.scaleSet = scaleSet;
        this.name = context.fleet() + "/" + scaleSet;
    }

    /** The fleet's name and the scale set's, for every line of the log. */
    String name() {
        return name;
    }

    void state(SourceState state, String detail) {
        reported = state;
        context.state(state, detail);
    }

    void connected() {
        if (reported != SourceState.CONNECTED) {
            state(SourceState.CONNECTED, "listening to scale set " + scaleSet);
        }
    }

    void resolved(ScaleSetResolver.Resolved resolved, boolean again) {
        long id = resolved.set().id();
        if (resolved.created()) {
            LOG.info("{}: made scale set {} with id {}", name, scaleSet, id);
            context.publish(new ScaleSetCreated(context.scheduler().instant(), context.pool(), scaleSet, id, again));
        }
        if (!resolved.droppedLabels().isEmpty()) {
            LOG.warn(
                    "{}: GitHub did not take the labels {} of scale set {}; jobs that ask for them will not come."
                            + " Its name always routes",
                    name,
                    resolved.droppedLabels(),
                    scaleSet);
            context.publish(new LabelsDropped(
                    context.scheduler().instant(), context.pool(), scaleSet, resolved.droppedLabels()));
        }
    }

    void quarantined(ScaleSetMessage message, String reason) {
        LOG.warn("{}: message {} is put aside: {}", name, message.id(), reason);
        context.publish(new MessageQuarantined(
                context.scheduler().instant(), context.pool(), message.id(), reason, message.raw()));
    }
}
