package dev.paddock.github;

import dev.paddock.RunnerId;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.ScriptedHttpClient.Sent;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A listener that polls: whatever it is answered, it hears of a later job once all is well, and closes. */
final class FuzzPolling implements SourceContext {
    private static final RunnerId RUNNER = new RunnerId("r1");
    private static final String LATER = "the job of later";
    /** Of a wish to wait, an hour at most is heeded; a call may wait before its refusal does. */
    private static final Duration PATIENCE = Duration.ofHours(6);

    private final FuzzService service;
    private boolean later;
    private boolean heardOfLater;
    private boolean failed;

    FuzzPolling(FuzzService service) {
        this.service = service;
        service.script(this::answer);
    }

    private @Nullable Answer answer(Sent sent) {
        String line = sent.line();
        if (later && line.startsWith("GET " + FuzzRestCorpus.REPO + "/runs?")) {
            return Answer.of(200, FuzzRestCorpus.runs(40));
        }
        return later && line.startsWith("GET " + FuzzRestCorpus.REPO + "/runs/40/jobs")
                ? Answer.of(200, FuzzRestCorpus.jobs(99_000_000_077L, LATER))
                : null;
    }

    void play() {
        WorkflowJobListener listener = WorkflowJobListener.builder(ScriptedService.CONFIG_URL, "gpu")
                .credentials(GitHubCredentials.token(PlantedSecrets.ACCESS))
                .repositories("my-org/engine")
                .runnerGroup(service.random.nextBoolean() ? "default" : "gpu")
                .httpClient(service.http)
                .build();
        JobSource.Attachment attachment = listener.open(this::accept, this);
        attachment.advertise(3);
        service.time.advance(Duration.ofSeconds(service.random.nextInt(200)));
        service.check(() -> attachment.register(RUNNER));
        service.check(() -> attachment.deregister(RUNNER));
        service.check(attachment::list);
        service.heal();
        later = true;
        service.time.advanceUntil(() -> heardOfLater || failed, PATIENCE);
        if (!heardOfLater && !(failed && service.isHopeless())) {
            throw new AssertionError(failed ? "gave up" : "hears nothing any more");
        }
        service.time.await(attachment.close(), Duration.ofMinutes(1));
    }

    private CompletionStage<Void> accept(DemandUpdate update) {
        heardOfLater |=
                update.events().stream().anyMatch(event -> event.job().name().equals(LATER));
        return CompletableFuture.completedStage(null);
    }

    @Override
    public String fleet() {
        return "fleet";
    }

    @Override
    public String pool() {
        return "pool";
    }

    @Override
    public Scheduler scheduler() {
        return service.time;
    }

    @Override
    public void state(SourceState state, String detail) {
        failed |= state == SourceState.FAILED;
        FuzzService.tellsNothing("the state", detail);
    }

    @Override
    public void publish(ExtensionEvent event) {
        FuzzService.tellsNothing("the event", event.toString());
    }
}
