package dev.paddock.github;

import dev.paddock.error.RunnerException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.ScriptedHttpClient.Sent;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A service that answers rightly but for a stretch of damaged replies, and what must hold of each call to it. */
final class FuzzService {
    /** A call repeats others that repeat others, each waiting as long as the service asks for. */
    private static final Duration LONGEST_CALL = Duration.ofDays(1);

    /** What would be deleted with all that is below it. */
    private static final Pattern WHOLE =
            Pattern.compile(".*/(runnerscalesets(/\\d+)?|sessions|agents|runners|labels)/?");

    final RandomGenerator random;
    final Mutator mutator;
    final ManualTime time = new ManualTime();
    final ScriptedHttpClient http = new ScriptedHttpClient(time, this::answer);
    final ScaleSetClient client = ScaleSetClient.builder(
                    ScriptedService.CONFIG_URL, GitHubCredentials.token(PlantedSecrets.ACCESS))
            .httpClient(http)
            .scheduler(time)
            .build();

    private final GitHubCredentials token = GitHubCredentials.token(PlantedSecrets.ACCESS);

    private final int from;
    private final int damages;
    private int until;
    private int replies;
    private final Set<@Nullable String> damagedTags = new HashSet<>();
    private final List<Supplier<String>> story = new ArrayList<>();
    /** Whether the call at hand is to delete the scale set. */
    private boolean deletesScaleSet;
    /** The first request that deletes what nobody asked to be deleted. */
    private @Nullable String strayed;
    /** Answers in place of the corpus, where it has one. */
    private @Nullable Script script;

    /** Answers of a test's own; null leaves the request to the corpus. */
    interface Script {
        @Nullable
        Answer answer(Sent sent);
    }

    FuzzService(RandomGenerator random) {
        this.random = random;
        this.mutator = new Mutator(random);
        this.from = random.nextInt(6);
        this.damages = new int[] {1, 1, 1, 2, 4, 1_000_000}[random.nextInt(6)];
        this.until = from + damages;
    }

    GitHubClient rest() {
        return rest(ScriptedService.CONFIG_URL, token);
    }

    /** The workflows of a repository. */
    GitHubRepository repository() {
        return rest().repository("my-org/engine");
    }

    GitHubClient rest(String configUrl, GitHubCredentials credentials) {
        return GitHubClient.builder(configUrl, credentials)
                .httpClient(http)
                .scheduler(time)
                .build();
    }

    void script(Script given) {
        script = given;
    }

    /** From now on all is answered rightly again. */
    void heal() {
        until = 0;
    }

    /** Whether so much is damaged that a client may give up for good. */
    boolean isHopeless() {
        return damages >= Patience.FATAL_ATTEMPTS;
    }

    /** What was asked and answered, for a person who replays a case. */
    List<String> story() {
        return story.stream().map(Supplier::get).toList();
    }

    void tell(String text) {
        story.add(() -> cut(text, 1_000));
    }

    /** The call that follows is to delete the scale set itself. */
    FuzzService deletingScaleSet() {
        deletesScaleSet = true;
        return this;
    }

    /** A damaged answer must not lead us to delete what it names. */
    void mustNotHaveStrayed() {
        if (strayed != null) {
            throw new AssertionError("nobody asked for " + strayed);
        }
    }

    private void watch(Sent sent) {
        boolean asked = deletesScaleSet && sent.url().getRawPath().equals(FuzzCorpus.SETS + "/42");
        if (sent.method().equals("DELETE")
                && !asked
                && strayed == null
                && WHOLE.matcher(sent.url().getRawPath()).matches()) {
            strayed = sent.line();
        }
    }

    // ---- answers -------------------------------------------------------------------------------------------

    private Answer answer(Sent sent) {
        watch(sent);
        Answer scripted = script == null ? null : script.answer(sent);
        Answer changed = scripted != null ? scripted : FuzzCorpus.answer(sent.line(), random);
        // What was damaged on its way has never been unchanged.
        Answer right = damagedTags.contains(sent.headers().get("If-None-Match"))
                ? changed
                : FuzzRestCorpus.unlessKnown(sent, changed);
        boolean damaged = replies >= from && replies < until;
        replies++;
        Answer given = damaged ? damaged(right) : right;
        if (damaged) {
            damagedTags.addAll(given.headers().getOrDefault("ETag", List.of()));
        }
        if (story.size() < 100) {
            story.add(() -> cut(sent.line(), 300) + " -> " + (damaged ? "DAMAGED " : "") + shown(given));
        }
        return given;
    }

    private static String shown(Answer answer) {
        return answer.failure() != null
                ? answer.failure().toString()
                : answer.status() + " " + cut(answer.headers().toString(), 1_000) + " after " + answer.delay()
                        + (answer.hangs() ? " without end: " : ": ")
                        + cut(new String(answer.body(), StandardCharsets.UTF_8), 1_000);
    }

    private static String cut(String text, int most) {
        return text.length() > most ? text.substring(0, most) + "…" : text;
    }

    /** Every reply of a stretch is damaged, one way or several. */
    Answer damaged(Answer right) {
        Answer answer = random.nextInt(4) == 0 ? FuzzCorpus.refusal(random) : right;
        for (int times = 1 + random.nextInt(2); times > 0; times--) {
            answer = switch (random.nextInt(20)) {
                case 0, 1 -> withStatus(answer);
                case 2, 3, 4 -> withHeaders(answer);
                case 5 -> broken(answer);
                case 6, 7, 8, 9, 10 -> withBody(answer, mutator.bytes(answer.body()));
                default ->
                    withBody(
                            answer,
                            mutator.json(new String(answer.body(), StandardCharsets.UTF_8))
                                    .getBytes(StandardCharsets.UTF_8));
            };
        }
        return answer;
    }

    private static Answer withBody(Answer answer, byte[] body) {
        return new Answer(answer.status(), answer.headers(), body, answer.failure(), answer.delay(), answer.hangs());
    }

    private Answer withStatus(Answer answer) {
        int[] statuses = {
            0, 100, 199, 200, 201, 202, 203, 204, 206, 299, 300, 302, 304, 307, 400, 401, 403, 404, 405, 407, 408, 409,
            410, 413, 418, 422, 429, 451, 499, 500, 501, 502, 503, 504, 520, 599, 600, 999, -1
        };
        int status = statuses[random.nextInt(statuses.length)];
        return new Answer(status, answer.headers(), answer.body(), answer.failure(), answer.delay(), answer.hangs());
    }

    private Answer withHeaders(Answer answer) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(answer.headers());
        String[] names = {
            "Content-Type",
            "Retry-After",
            "ActivityId",
            "X-GitHub-Request-Id",
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
            "x-ratelimit-resource",
            "Date",
            "Location",
            "Link",
            "ETag",
            "Content-Length"
        };
        String name = names[random.nextInt(names.length)];
        switch (random.nextInt(4)) {
            case 0 -> headers.remove(name);
            case 1 -> headers.put(name, List.of(headerValue(), headerValue()));
            default -> headers.put(name, List.of(headerValue()));
        }
        return new Answer(answer.status(), headers, answer.body(), answer.failure(), answer.delay(), answer.hangs());
    }

    private String headerValue() {
        return switch (random.nextInt(4)) {
            case 0 -> mutator.number();
            case 1 -> mutator.text();
            default -> {
                String[] values = {
                    "",
                    "0",
                    "7",
                    "86400",
                    "999999999",
                    "9999999999",
                    "-5",
                    "1.5",
                    "soon",
                    "Tue, 05 May 2026 10:00:30 GMT",
                    "Tue, 05 May 2026 10:00:30 +0200",
                    "Mon, 05 May 2026 10:00:30 GMT",
                    "Fri, 31 Dec 9999 23:59:59 GMT",
                    "05 May 0000 10:00:30 GMT",
                    "Tue, 5 May 26 10:00:30 GMT",
                    "1778000000",
                    "999999999999",
                    "text/plain",
                    "TEXT/PLAIN; charset=utf-7",
                    "application/json",
                    "text/html",
                    "bytes",
                    "Bearer " + PlantedSecrets.QUEUE_SIGNATURE,
                    PlantedSecrets.ACCESS,
                    "<http://h>; rel=\"next\"",
                    "<" + FuzzRestCorpus.API + "/orgs/my-org/actions/runners?page=2>; rel=next",
                    "<" + FuzzRestCorpus.API + "/x>; rel=\"last\", <" + FuzzRestCorpus.API
                            + "/x?page=3>; rel=\"a next\"",
                    "<" + FuzzRestCorpus.API + "/../x>; rel=\"next\"",
                    "<,".repeat(5_000),
                    "\"seen\"",
                    FuzzCorpus.URL + "/storage/other?sig=" + PlantedSecrets.LOG_SIGNATURE,
                    "x".repeat(20_000)
                };
                yield values[random.nextInt(values.length)];
            }
        };
    }

    private Answer broken(Answer answer) {
        return switch (random.nextInt(6)) {
            case 0 -> answer.hanging();
            case 1 -> answer.after(Duration.ofSeconds(random.nextInt(200)));
            case 2 -> Answer.failing(new ConnectException("Connection refused"));
            case 3 -> Answer.failing(new CompletionException(new IOException("reset")));
            case 4 -> Answer.failing(new javax.net.ssl.SSLHandshakeException("PKIX path building failed"));
            default -> Answer.failing(new IllegalStateException());
        };
    }

    // ---- what must hold ------------------------------------------------------------------------------------

    /** The call ends, with a value or a documented exception, and neither tells a secret. */
    <T> Optional<T> check(Supplier<? extends CompletionStage<T>> call) {
        try {
            T value = time.await(call.get(), LONGEST_CALL);
            tellsNothing("the value", String.valueOf(value));
            return Optional.ofNullable(value);
        } catch (CompletionException failed) {
            documented(failed.getCause());
            story.add(() -> "failed: " + failed.getCause());
            return Optional.empty();
        }
    }

    private static void documented(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            tellsNothing("the failure", cause.toString());
        }
        if (failure instanceof RunnerException known && !(known instanceof GitHubException) && known.isRetryable()) {
            return; // an attachment that has not found its scale set yet
        }
        if (!(failure instanceof GitHubException known)) {
            throw new AssertionError("failed with the undocumented " + failure, failure);
        }
        if (known.reason() == Reason.OTHER && known.getMessage().contains("unexpectedly")) {
            throw new AssertionError("failed for a reason nobody thought of: " + known.getCause(), known.getCause());
        }
    }

    static void tellsNothing(String what, String text) {
        PlantedSecrets.leak(text).ifPresent(secret -> {
            throw new AssertionError(what + " tells \"" + secret + "\": " + text);
        });
    }
}
