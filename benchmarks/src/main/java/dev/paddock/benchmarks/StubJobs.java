package dev.paddock.benchmarks;

import dev.paddock.RunnerId;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RegistrationList;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A source that says what it is told to say, and answers at once, or as late as it is told to. */
final class StubJobs implements JobSource {
    private final CompletableFuture<JobSink> opened = new CompletableFuture<>();
    private final Set<String> registered = ConcurrentHashMap.newKeySet();
    private final long registrationMillis;

    StubJobs() {
        this(Duration.ZERO);
    }

    /** One that takes its time over each registration. */
    StubJobs(Duration registration) {
        registrationMillis = registration.toMillis();
    }

    /** Completes when the coordinator listens. */
    CompletableFuture<JobSink> opened() {
        return opened;
    }

    CompletionStage<Void> deliver(DemandUpdate update) {
        return opened.join().accept(update);
    }

    @Override
    public String id() {
        return "benchmark";
    }

    @Override
    public Attachment open(JobSink sink, SourceContext context) {
        context.state(SourceState.CONNECTED, "at once");
        opened.complete(sink);
        return new Open();
    }

    private final class Open implements Attachment {
        @Override
        public void advertise(int capacity) {}

        @Override
        public CompletionStage<Registration> register(RunnerId runner) {
            registered.add(runner.value());
            Registration registration = Registration.of(runner, runner.value(), "secret-of-" + runner);
            return registrationMillis == 0
                    ? CompletableFuture.completedFuture(registration)
                    : CompletableFuture.supplyAsync(
                            () -> registration,
                            CompletableFuture.delayedExecutor(registrationMillis, TimeUnit.MILLISECONDS));
        }

        @Override
        public CompletionStage<Deregistration> deregister(RunnerId runner) {
            registered.remove(runner.value());
            return CompletableFuture.completedFuture(Deregistration.GONE);
        }

        @Override
        public CompletionStage<RegistrationList> list() {
            return CompletableFuture.completedFuture(new RegistrationList(
                    true,
                    registered.stream()
                            .map(name ->
                                    new RegistrationList.Entry(name, name, RegistrationList.Presence.UNKNOWN, false))
                            .toList()));
        }

        @Override
        public CompletionStage<Void> close() {
            return CompletableFuture.completedFuture(null);
        }
    }
}
