package dev.paddock.github.runner;

import dev.paddock.error.RunnerException;
import dev.paddock.spi.Removal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Removes a runner of a provider: ends its processes, has what there is of it kept, and takes the rest away. Confined to
 * the runner's lane.
 */
final class TreeRemoval implements TreeEnding.Owner {
    private final LocalRunner runner;
    private final Host host;
    private final @Nullable ProcessHandle root;
    private final CompletableFuture<Removal> result = new CompletableFuture<>();

    TreeRemoval(LocalRunner runner, @Nullable ProcessHandle root) {
        this.runner = runner;
        this.host = runner.host();
        this.root = root;
    }

    CompletableFuture<Removal> result() {
        return result;
    }

    void nothingToDo() {
        result.complete(Removal.ALREADY_GONE);
    }

    void begin() {
        var ending = new TreeEnding(
                this, root, host.processes(), host.scheduler(), host.settings().grace());
        CompletableFuture<?> unused = ending.result().whenComplete((ended, failure) -> {
            if (failure == null) {
                keep();
            } else {
                fail(failure);
            }
        });
        ending.begin();
    }

    private void keep() {
        try {
            runner.keepDiagnostics().whenComplete((kept, never) -> runner.lane().run(this::takeAway));
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    private void takeAway() {
        try {
            Removal removal = runner.takeAway();
            runner.removalOver();
            result.complete(removal);
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    private void fail(Throwable failure) {
        runner.removalOver();
        Throwable cause = failure.getCause();
        result.completeExceptionally(failure instanceof CompletionException && cause != null ? cause : failure);
    }

    // ---- whose processes are ended -------------------------------------------------------------------------

    @Override
    public String name() {
        return runner.id().value();
    }

    @Override
    public Lane lane() {
        return runner.lane();
    }

    @Override
    public Map<String, String> marks() {
        return host.launcher().marks(runner.id());
    }

    @Override
    public List<ProcessHandle> others() {
        return host.shares().processes(runner.id());
    }

    @Override
    public boolean isRunning() {
        return runner.isRunning();
    }

    @Override
    public void ask(ProcessHandle program) {
        host.launcher().ask(program, host);
    }

    @Override
    public void endsByForce() {
        runner.endsByForce();
        host.shares().kill(runner.id());
    }

    @Override
    public Optional<RunnerException> whyGivenUp() {
        return host.closed().get()
                ? Optional.of(Host.retryable(runner.id() + ": its provider was closed while it was removed", null))
                : Optional.empty();
    }
}
