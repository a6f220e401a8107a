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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A listener and its queue: whatever comes, it hears what comes after it, and closes. */
final class FuzzListener implements SourceContext {
    private static final RunnerId RUNNER = new RunnerId("r1");
    private static final String LATER = "the job of later";
    /** A message's number may have gone wrong, and hides what has lower ones until the session is replaced. */
    private static final Duration SESSION_AND_MORE = Duration.ofHours(3);

    private final FuzzService service;
    private final TreeMap<Long, String> queue = new TreeMap<>();
    private boolean heardOfLater;
    private boolean failed;

    FuzzListener(FuzzService service) {
        this.service = service;
        service.script(this::answer);
        for (Answer news : FuzzCorpus.messages()) {
            String text = new String(news.body(), StandardCharsets.UTF_8);
            queue.put(MessageDecoder.decode(text).id(), text);
        }
    }

    /** The queue shows the first message above the cursor until it is deleted. */
    private @Nullable Answer answer(Sent sent) {
        String path = sent.url().getRawPath();
        if (!path.startsWith(FuzzCorpus.QUEUE) || path.contains("/_apis/")) {
            return null;
        }
        if (sent.method().equals("DELETE")) {
            queue.remove(Long.valueOf(path.substring(FuzzCorpus.QUEUE.length() + 1)));
            return null;
        }
        String query = String.valueOf(sent.url().getRawQuery());
        int cursor = query.indexOf("lastMessageId=");
        Map.Entry<Long, String> next = queue.higherEntry(
                cursor < 0
                        ? 0
                        : Long.valueOf(query.substring(cursor + "lastMessageId=".length())
                                .split("&", 2)[0]));
        return next == null ? Answer.of(202, "").after(Duration.ofSeconds(50)) : Answer.of(200, next.getValue());
    }

    void play() {
        ScaleSetListener listener = ScaleSetListener.builder(ScriptedService.CONFIG_URL, "gpu-h200")
                .credentials(GitHubCredentials.token(PlantedSecrets.ACCESS))
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
        long last = queue.isEmpty() ? 100_000_180 : Math.max(100_000_180, queue.lastKey());
        queue.put(
                last,
                FuzzCorpus.message(last, "[" + FuzzCorpus.job("JobAssigned", 0).replace("gpu-test", LATER) + "]"));
        service.time.advanceUntil(() -> heardOfLater || failed, SESSION_AND_MORE);
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
