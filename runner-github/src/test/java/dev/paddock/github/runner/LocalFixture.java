package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.spi.Listing;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/** A root of runners with what is needed to look at it, and nothing left of it afterwards. */
final class LocalFixture implements AutoCloseable {
    static final String SECRET = "a-registration-that-nobody-may-see";

    final Path root;
    final SystemScheduler scheduler = Scheduler.system("local-test");
    private final List<Process> foreign = new ArrayList<>();

    LocalFixture(Path root) {
        this.root = root;
    }

    /** A runner program that is a shell script. */
    static LocalRunnerProvider.Builder script(Path root, String... lines) {
        return LocalRunnerProvider.builder(root, List.of("/bin/sh", "-c", String.join("\n", lines)))
                .slots(4)
                .grace(Duration.ofSeconds(20));
    }

    LocalRunnerProvider.Builder script(String... lines) {
        return script(root, lines);
    }

    static String says(String marker) {
        return "echo '2026-05-05 10:11:12Z: " + marker + "'";
    }

    static String listens() {
        return says("Listening for Jobs");
    }

    /** Waits for ever, yet is ended by SIGTERM at once. */
    static String hangs() {
        return "sleep 1000 & wait $!";
    }

    /** Waits for a file in the runner's folder. */
    static String awaits(String file) {
        return "while [ ! -e " + file + " ]; do sleep 0.02; done";
    }

    Opened open(LocalRunnerProvider.Builder provider) {
        return open(provider, "fleet", 1);
    }

    Opened open(LocalRunnerProvider.Builder provider, String fleet, long epoch) {
        return new Opened(provider.build(), fleet, epoch);
    }

    Path folder(String runner) {
        return root.resolve(runner);
    }

    /** What the record of cpu-1 is called while it is written for a fleet. */
    static String draft(String fleet) {
        return ".cpu-1." + Integer.toHexString(fleet.hashCode()) + ".tmp";
    }

    Path record(String runner) {
        return root.resolve(runner + ".json");
    }

    /** A process that is none of ours. */
    ProcessHandle foreign(String... environment) throws IOException {
        var builder = new ProcessBuilder("sleep", "1000");
        for (int i = 0; i < environment.length; i += 2) {
            builder.environment().put(environment[i], environment[i + 1]);
        }
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        foreign.add(process);
        return process.toHandle();
    }

    static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    static Throwable failure(CompletionStage<?> stage) {
        return stage.handle((value, failure) -> failure instanceof java.util.concurrent.CompletionException wrapper
                        ? wrapper.getCause()
                        : failure)
                .toCompletableFuture()
                .join();
    }

    @Override
    public void close() {
        foreign.forEach(Process::destroyForcibly);
        for (String fleet : List.of("fleet", "other")) {
            var cleaner = open(script("exit 0").grace(Duration.ZERO), fleet, 99);
            for (Listing.Machine machine : cleaner.list().machines()) {
                await(cleaner.session.remove(machine.handle()));
            }
            await(cleaner.session.close());
        }
        scheduler.close();
    }

    /** A session and what it has reported. */
    final class Opened implements ProviderContext {
        final RunnerProvider.Session session;
        private final String fleet;
        private final long epoch;
        private final List<RunnerObservation> seen = new ArrayList<>();
        private final List<Waiting> waiting = new ArrayList<>();
        final Queue<ExtensionEvent> events = new ConcurrentLinkedQueue<>();

        private record Waiting(Predicate<RunnerObservation> what, CompletableFuture<RunnerObservation> found) {}

        Opened(LocalRunnerProvider provider, String fleet, long epoch) {
            this.fleet = fleet;
            this.epoch = epoch;
            session = provider.open(this);
        }

        RunnerHandle provision(String runner) {
            return await(session.provision(request(runner)));
        }

        ProvisionRequest request(String runner) {
            return request(runner, SECRET);
        }

        ProvisionRequest request(String runner, String secret) {
            var id = new RunnerId(runner);
            return new ProvisionRequest(id, "cpu", RunnerProfile.any(), Registration.of(id, "7", secret));
        }

        Listing list() {
            return await(session.list());
        }

        Removal remove(RunnerHandle handle) {
            return await(session.remove(handle));
        }

        ProcessHandle process(RunnerHandle handle) {
            return ProcessHandle.of(Long.parseLong(
                            Optional.ofNullable(handle.data().get("pid")).orElseThrow()))
                    .orElseThrow();
        }

        RunnerObservation await(String runner, RunnerObservation.Kind kind) {
            return LocalFixture.await(observed(runner, kind));
        }

        private <T> T await(CompletionStage<T> stage) {
            return LocalFixture.await(stage);
        }

        synchronized CompletableFuture<RunnerObservation> observed(String runner, RunnerObservation.Kind kind) {
            Predicate<RunnerObservation> what =
                    observation -> observation.runner().value().equals(runner) && observation.kind() == kind;
            var found = new CompletableFuture<RunnerObservation>();
            seen.stream().filter(what).findFirst().ifPresent(found::complete);
            waiting.add(new Waiting(what, found));
            return found;
        }

        synchronized List<RunnerObservation> seen() {
            return List.copyOf(seen);
        }

        List<RunnerObservation.Kind> kinds() {
            return seen().stream().map(RunnerObservation::kind).toList();
        }

        @Override
        public String fleet() {
            return fleet;
        }

        @Override
        public long epoch() {
            return epoch;
        }

        @Override
        public Scheduler scheduler() {
            return scheduler;
        }

        @Override
        public void observe(RunnerObservation observation) {
            List<Waiting> ready;
            synchronized (this) {
                seen.add(observation);
                ready = waiting.stream()
                        .filter(one -> one.what().test(observation))
                        .toList();
            }
            ready.forEach(one -> one.found().complete(observation));
        }

        @Override
        public void publish(ExtensionEvent event) {
            events.add(event);
        }

        <E extends ExtensionEvent> List<E> events(Class<E> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }
    }

    static String read(Path file) throws IOException {
        return Files.readString(file);
    }
}
