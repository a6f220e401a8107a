package dev.paddock.testkit.gcp;

import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.Limits;
import dev.paddock.gcp.internal.google.GoogleChannel;
import dev.paddock.gcp.internal.http.HttpCompute;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.VirtualTime;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** How Compute Engine and who asks it meet, and whose time it is. */
interface ComputeTransport extends AutoCloseable {
    ComputeEngineSimulator start(ComputeEngineSimulator.Builder builder);

    ComputeApi compute(ComputeEngineSimulator simulator);

    /** Waits in this transport's own time; throws as {@code join} does. */
    <T> T await(CompletionStage<T> stage);

    void pause(Duration pause);

    @Override
    void close();

    /** No socket, time from a seed. */
    final class InMemory implements ComputeTransport {
        private static final Duration LIMIT = Duration.ofHours(1);

        final VirtualTime time = VirtualTime.seeded(8);

        @Override
        public ComputeEngineSimulator start(ComputeEngineSimulator.Builder builder) {
            return builder.inMemory(time);
        }

        @Override
        public ComputeApi compute(ComputeEngineSimulator simulator) {
            VirtualTime.Host host = time.host("coordinator");
            return HttpCompute.open(
                    "acme-ci", URI.create(simulator.url()), simulator.httpClient(host), host, null, Limits.USUAL);
        }

        @Override
        public <T> T await(CompletionStage<T> stage) {
            CompletableFuture<T> future = stage.toCompletableFuture();
            if (!time.advanceUntil(future::isDone, LIMIT)) {
                throw new AssertionError("waited " + LIMIT + " in vain");
            }
            return future.join();
        }

        @Override
        public void pause(Duration pause) {
            time.advance(pause);
        }

        @Override
        public void close() {
            // virtual time holds nothing
        }
    }

    /** A socket on loopback. */
    final class OnSocket implements ComputeTransport {
        private final SystemScheduler scheduler = Scheduler.system("gcp-test");
        private final boolean google;
        private @Nullable GoogleChannel channel;
        private @Nullable ComputeEngineSimulator simulator;

        OnSocket(boolean google) {
            this.google = google;
        }

        @Override
        public ComputeEngineSimulator start(ComputeEngineSimulator.Builder builder) {
            simulator = builder.start();
            return simulator;
        }

        @Override
        public ComputeApi compute(ComputeEngineSimulator given) {
            URI url = URI.create(given.url());
            if (!google) {
                return HttpCompute.open("acme-ci", url, HttpClient.newHttpClient(), scheduler, null, Limits.USUAL);
            }
            channel = new GoogleChannel("acme-ci", url, proxy -> null, 16, null);
            return channel.compute(scheduler, Limits.USUAL);
        }

        @Override
        public <T> T await(CompletionStage<T> stage) {
            try {
                return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
            } catch (ExecutionException failed) {
                throw new CompletionException(failed.getCause());
            } catch (TimeoutException | InterruptedException late) {
                throw new AssertionError("no end within 30 s", late);
            }
        }

        @Override
        public void pause(Duration pause) {
            var over = new CompletableFuture<Void>();
            scheduler.schedule(pause, () -> over.complete(null));
            over.join();
        }

        @Override
        public void close() {
            if (channel != null) {
                channel.close();
            }
            if (simulator != null) {
                simulator.close();
            }
            scheduler.close();
        }
    }
}
