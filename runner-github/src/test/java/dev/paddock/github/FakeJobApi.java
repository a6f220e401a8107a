package dev.paddock.github;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException.Evidence;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.spi.Registration;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Repositories, their jobs, and the runners of one scope, behind calls that take a while and can be made to fail. */
final class FakeJobApi implements WorkflowJobApi {
    static final String ENGINE = "acme/engine";

    private final ManualTime time;
    /** What GitHub knows; those over are not listed once {@link #hide} was called. */
    private final Map<Long, ObservedJob> jobs = new LinkedHashMap<>();

    private final List<Long> hidden = new ArrayList<>();
    private final Map<String, Deque<Throwable>> failures = new LinkedHashMap<>();
    final Map<String, ListedRunner> runners = new LinkedHashMap<>();
    final List<String> calls = new ArrayList<>();
    Duration latency = Duration.ofMillis(100);
    Throwable partial;
    /** What a partial list has not come to; null if it does not even know the runs. */
    @Nullable
    Set<Long> unread;

    boolean provesAbsence = true;
    boolean hangs;
    boolean closed;
    int underWay;
    int mostUnderWay;
    private long nextRunner = 900;

    FakeJobApi(ManualTime time) {
        this.time = time;
    }

    // ---- what there is -------------------------------------------------------------------------------------

    static ObservedJob job(long id, Phase phase, String runner, String... labels) {
        return job(ENGINE, id, 1, phase, runner, labels);
    }

    static ObservedJob job(String repository, long id, long attempt, Phase phase, String runner, String... labels) {
        Optional<Instant> at = Optional.of(ManualTime.START);
        return new ObservedJob(
                id,
                7,
                attempt,
                "job-" + id,
                repository,
                "ci",
                List.of(labels),
                phase,
                runner,
                at,
                at,
                phase == Phase.COMPLETED ? at : Optional.empty(),
                phase == Phase.COMPLETED ? "success" : "");
    }

    void set(ObservedJob job) {
        jobs.put(job.id(), job);
        hidden.remove(Long.valueOf(job.id()));
    }

    /** The job is in no listing any more, as when its run is over. */
    void hide(long id) {
        hidden.add(id);
    }

    void remove(long id) {
        jobs.remove(id);
    }

    /** The next calls that begin so fail; the last failure is repeated until {@link #heal}. */
    void fail(String call, Throwable... with) {
        failures.put(call, new ArrayDeque<>(List.of(with)));
    }

    void heal(String call) {
        failures.remove(call);
    }

    long count(String prefix) {
        return calls.stream().filter(call -> call.startsWith(prefix)).count();
    }

    static GitHubException failure(Reason reason) {
        return GitHubException.of(reason, "scripted " + reason);
    }

    static GitHubException limited(Duration retryAfter) {
        return GitHubException.of(
                Reason.RATE_LIMITED, "scripted limit", new Evidence(429, null, null, null, retryAfter));
    }

    // ---- the calls -----------------------------------------------------------------------------------------

    private <T> CompletionStage<T> answer(String call, Supplier<T> value) {
        calls.add(call);
        mostUnderWay = Math.max(mostUnderWay, ++underWay);
        var result = new CompletableFuture<T>();
        if (hangs) {
            return result;
        }
        time.schedule(latency, () -> {
            underWay--;
            Deque<Throwable> planned = failures.entrySet().stream()
                    .filter(entry -> call.startsWith(entry.getKey()))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse(null);
            if (planned != null) {
                result.completeExceptionally(planned.size() > 1 ? planned.remove() : planned.element());
                return;
            }
            try {
                result.complete(value.get());
            } catch (GitHubException refused) {
                result.completeExceptionally(refused);
            }
        });
        return result;
    }

    @Override
    public CompletionStage<Long> runnerGroup(String name) {
        return answer("group " + name, () -> 7L);
    }

    @Override
    public CompletionStage<Listing> activeJobs(String repository) {
        return answer("jobs " + repository, () -> {
            List<ObservedJob> listed = jobs.values().stream()
                    .filter(job -> job.repository().equals(repository) && !hidden.contains(job.id()))
                    .toList();
            return new Listing(listed, partial, partial == null ? Set.of() : unread);
        });
    }

    @Override
    public CompletionStage<Optional<ObservedJob>> job(String repository, long id) {
        return answer("job " + id, () -> Optional.ofNullable(jobs.get(id)));
    }

    @Override
    public CompletionStage<Registration> register(RunnerId runner, long group, List<String> labels, String workFolder) {
        return answer("register " + runner + " " + group + " " + labels + " " + workFolder, () -> {
            long id = nextRunner++;
            runners.put(runner.value(), new ListedRunner(id, runner.value(), "offline", false));
            return Registration.of(runner, Long.toString(id), "secret");
        });
    }

    @Override
    public CompletionStage<Registration> registerByToken(RunnerId runner, WorkflowJobSettings settings) {
        throw new AssertionError("nobody asked for runners that register themselves");
    }

    @Override
    public CompletionStage<Lookup> findRunner(String name) {
        return answer("find " + name, () -> new Lookup(Optional.ofNullable(runners.get(name)), provesAbsence));
    }

    @Override
    public CompletionStage<Void> deleteRunner(long id) {
        return answer("delete " + id, () -> {
            if (runners.values().stream().anyMatch(runner -> runner.id() == id && runner.busy())) {
                throw failure(Reason.RUNNER_BUSY);
            }
            runners.values().removeIf(runner -> runner.id() == id);
            return null;
        });
    }

    @Override
    public CompletionStage<List<ListedRunner>> runners() {
        return answer("runners", () -> List.copyOf(runners.values()));
    }

    @Override
    public void close() {
        closed = true;
    }
}
