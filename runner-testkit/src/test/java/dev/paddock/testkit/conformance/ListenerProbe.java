package dev.paddock.testkit.conformance;

import dev.paddock.event.ExtensionEvent;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** What a coordinator is to a listener: takes its demand, its states and its events, and notes them. */
final class ListenerProbe implements JobSink, SourceContext {
    private final Scheduler scheduler;
    private final String fleet;

    /** Every update offered, applied or not. */
    final List<DemandUpdate> updates = new CopyOnWriteArrayList<>();

    final List<SourceState> states = new CopyOnWriteArrayList<>();
    final List<String> details = new CopyOnWriteArrayList<>();
    final List<ExtensionEvent> events = new CopyOnWriteArrayList<>();

    /** What the listener has its fleet remember; given to a probe before it listens, what an earlier life has left. */
    volatile String note = "";

    /** Decides how an update ends; by default all are applied at once. */
    volatile Function<DemandUpdate, CompletionStage<Void>> answer = update -> CompletableFuture.completedStage(null);

    ListenerProbe(Scheduler scheduler, String fleet) {
        this.scheduler = scheduler;
        this.fleet = fleet;
    }

    @Override
    public CompletionStage<Void> accept(DemandUpdate update) {
        updates.add(update);
        return answer.apply(update);
    }

    List<JobEvent> jobEvents() {
        return updates.stream().flatMap(update -> update.events().stream()).toList();
    }

    List<JobStatistics> statistics() {
        return updates.stream().flatMap(update -> update.statistics().stream()).toList();
    }

    @Override
    public String fleet() {
        return fleet;
    }

    @Override
    public String pool() {
        return "default";
    }

    @Override
    public Scheduler scheduler() {
        return scheduler;
    }

    @Override
    public void state(SourceState state, String detail) {
        states.add(state);
        details.add(detail);
    }

    @Override
    public void publish(ExtensionEvent event) {
        events.add(event);
    }

    @Override
    public void remember(String remembered) {
        note = remembered;
    }

    @Override
    public Optional<String> remembered() {
        return note.isEmpty() ? Optional.empty() : Optional.of(note);
    }
}
