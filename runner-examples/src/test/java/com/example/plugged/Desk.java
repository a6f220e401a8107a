package com.example.plugged;

import dev.paddock.RunnerId;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RegistrationList;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListSet;

/** A listener of the host's own: so many jobs wait from the start, and nobody takes them. */
record Desk(int jobs) implements ScaleSetListener {
    @Override
    public String id() {
        return "desk";
    }

    @Override
    public Attachment open(JobSink sink, SourceContext context) {
        context.state(SourceState.CONNECTED, "open");
        sink.accept(DemandUpdate.of(new JobStatistics(jobs, 0, 0, 0, 0)));
        return new Open(new ConcurrentSkipListSet<>());
    }

    private record Open(Set<RunnerId> registered) implements Attachment {
        @Override
        public void advertise(int capacity) {}

        @Override
        public CompletionStage<Registration> register(RunnerId runner) {
            registered.add(runner);
            return CompletableFuture.completedStage(Registration.of(runner, runner.value(), "a secret"));
        }

        @Override
        public CompletionStage<Deregistration> deregister(RunnerId runner) {
            registered.remove(runner);
            return CompletableFuture.completedStage(Deregistration.GONE);
        }

        @Override
        public CompletionStage<RegistrationList> list() {
            return CompletableFuture.completedStage(new RegistrationList(
                    true,
                    registered.stream()
                            .map(runner -> new RegistrationList.Entry(
                                    runner.value(), runner.value(), RegistrationList.Presence.ONLINE, false))
                            .toList()));
        }

        @Override
        public CompletionStage<Void> close() {
            return CompletableFuture.completedStage(null);
        }
    }
}
