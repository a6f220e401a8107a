package dev.paddock.github;

import dev.paddock.RunnerId;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.internal.engine.Identity;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/** A workflow job listener between an API and a fleet that both are the test's. */
final class JobSourceBench {
    static final String ORGANIZATION = "https://github.com/acme";
    static final String SECRET = "It's a Secret to Everybody";
    private static final String FLEET = "fleet-1";
    private static final String POOL = "gpu";
    private static final String FLEET_PART = fleetPart();

    final ManualTime time = new ManualTime();
    final FakeJobApi api = new FakeJobApi(time);
    final List<DemandUpdate> updates = new ArrayList<>();
    final List<SourceState> states = new ArrayList<>();
    final List<String> details = new ArrayList<>();
    Function<DemandUpdate, CompletionStage<Void>> sink = update -> CompletableFuture.completedStage(null);
    Consumer<SourceState> onState = state -> {};
    int ended;

    static WorkflowJobListener.Builder organization() {
        return WorkflowJobListener.builder(ORGANIZATION, "self-hosted", "linux", "gpu")
                .credentials(GitHubCredentials.token("ghp_verysecret"));
    }

    static WorkflowJobListener.Builder engine() {
        return organization().repositories(FakeJobApi.ENGINE);
    }

    /** The name of a runner of ours. */
    static RunnerId ours(int number) {
        return new RunnerId(POOL + "-" + FLEET_PART + "-aaaaaaaaa" + (char) ('a' + number));
    }

    private static String fleetPart() {
        for (int i = 0; i < 1 << 20; i++) {
            String part = "" + letter(i >> 15) + letter(i >> 10) + letter(i >> 5) + letter(i);
            if (new Identity(FLEET).isOurs(POOL, POOL + "-" + part + "-aaaaaaaaaa")) {
                return part;
            }
        }
        throw new AssertionError("no name is ours");
    }

    private static char letter(int bits) {
        return "abcdefghijklmnopqrstuvwxyz234567".charAt(bits & 31);
    }

    /** Opens it with room for runners, and lets it answer once. */
    JobSource.Attachment open(WorkflowJobListener listener) {
        JobSource.Attachment attachment = begin(listener);
        attachment.advertise(10);
        time.advance(Duration.ofSeconds(1));
        return attachment;
    }

    JobSource.Attachment begin(WorkflowJobListener listener) {
        return listener.open(this::take, new Context(time), api, () -> ended++);
    }

    /** Opens it as a coordinator does, in a time that is not the bench's. */
    JobSource.Attachment openAt(Scheduler scheduler, WorkflowJobListener listener) {
        return listener.open(this::take, new Context(scheduler));
    }

    private CompletionStage<Void> take(DemandUpdate update) {
        updates.add(update);
        return sink.apply(update);
    }

    JobStatistics statistics() {
        return updates.get(updates.size() - 1).statistics().orElseThrow();
    }

    int assigned() {
        return statistics().assigned();
    }

    /** The events so far, in short. */
    List<String> events() {
        List<String> all = new ArrayList<>();
        for (DemandUpdate update : updates) {
            for (JobEvent event : update.events()) {
                all.add(shown(event));
            }
        }
        return all;
    }

    private static String shown(JobEvent event) {
        String key = event.job().key().toString();
        if (event instanceof JobEvent.Assigned) {
            return "assigned " + key;
        }
        if (event instanceof JobEvent.Started started) {
            return "started " + key + " " + started.runner();
        }
        var completed = (JobEvent.Completed) event;
        return "completed " + key + " " + completed.runner().orElse("-") + " "
                + completed.result().kind();
    }

    SourceState state() {
        return states.get(states.size() - 1);
    }

    private final class Context implements SourceContext {
        private final Scheduler scheduler;

        Context(Scheduler scheduler) {
            this.scheduler = scheduler;
        }

        @Override
        public String fleet() {
            return FLEET;
        }

        @Override
        public String pool() {
            return POOL;
        }

        @Override
        public Scheduler scheduler() {
            return scheduler;
        }

        @Override
        public void state(SourceState state, String detail) {
            states.add(state);
            details.add(detail);
            onState.accept(state);
        }

        @Override
        public void publish(ExtensionEvent event) {}
    }
}
