package dev.paddock.testkit.conformance;

import dev.paddock.event.ExtensionEvent;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.Scheduler;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What stands for a coordinator to a provider. */
record ProviderProbe(Scheduler scheduler, List<RunnerObservation> seen, List<ExtensionEvent> events)
        implements ProviderContext {
    ProviderProbe(Scheduler scheduler) {
        this(scheduler, new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
    }

    @Override
    public String fleet() {
        return "probe";
    }

    @Override
    public long epoch() {
        return 1;
    }

    @Override
    public void observe(RunnerObservation observation) {
        seen.add(observation);
    }

    @Override
    public void publish(ExtensionEvent event) {
        events.add(event);
    }
}
