package dev.paddock.testkit.conformance;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.VirtualTime;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** How a client and the simulator meet, and whose time it is. */
interface Transport extends AutoCloseable {
    /** Starts a simulator that is closed with this transport. */
    ActionsServiceSimulator start(ActionsServiceSimulator.Builder builder);

    /** Time and chance of the programs under test. */
    Scheduler scheduler();

    /** What carries their calls. */
    HttpClient httpClient(ActionsServiceSimulator simulator);

    /** How long the simulator holds a poll here unless a case says otherwise. */
    Duration longPoll();

    /** Waits, in this transport's own time, for a condition; an hour of virtual time, or 20 s, is too long. */
    void until(BooleanSupplier condition, String what);

    /**
     * Waits for a stage.
     *
     * @throws CompletionException if it failed
     */
    default <T> T await(CompletionStage<T> stage) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        until(future::isDone, "the completion of a stage");
        return future.join();
    }

    @Override
    void close();

    /** No socket, time from a seed; cases on time belong here. */
    static VirtualTransport inMemory(long seed) {
        return new VirtualTransport(VirtualTime.seeded(seed));
    }

    /** A socket on loopback, an ordinary HTTP client, the machine's clock. */
    static SocketTransport socket() {
        return new SocketTransport(null);
    }

    /** The same over https. */
    static SocketTransport tls(SelfSigned certificate) {
        return new SocketTransport(certificate);
    }

    /** Virtual time. */
    final class VirtualTransport implements Transport {
        private static final Duration LIMIT = Duration.ofHours(1);

        private final VirtualTime time;

        private VirtualTransport(VirtualTime time) {
            this.time = time;
        }

        VirtualTime time() {
            return time;
        }

        VirtualTime.Host host() {
            return time.host("client");
        }

        @Override
        public ActionsServiceSimulator start(ActionsServiceSimulator.Builder builder) {
            return builder.inMemory(time);
        }

        @Override
        public Scheduler scheduler() {
            return host();
        }

        @Override
        public HttpClient httpClient(ActionsServiceSimulator simulator) {
            return simulator.httpClient(host());
        }

        @Override
        public Duration longPoll() {
            return Duration.ofSeconds(50);
        }

        @Override
        public void until(BooleanSupplier condition, String what) {
            if (!time.advanceUntil(condition, LIMIT)) {
                throw new AssertionError("waited " + LIMIT + " in vain for " + what + ", seed " + time.seed());
            }
        }

        @Override
        public void close() {
            // virtual time holds nothing
        }

        @Override
        public String toString() {
            return "virtual time, seed " + time.seed();
        }
    }

    /** The real thing. */
    final class SocketTransport implements Transport {
        private static final Duration LIMIT = Duration.ofSeconds(20);
        private static final Duration LOOK_AGAIN = Duration.ofMillis(2);

        private final SystemScheduler system = Scheduler.system("conformance");
        private final Scheduler scheduler = new Hasty(system);
        private final @Nullable SelfSigned certificate;
        private final HttpClient http;
        private final List<ActionsServiceSimulator> simulators = new ArrayList<>();

        private SocketTransport(@Nullable SelfSigned certificate) {
            this.certificate = certificate;
            HttpClient.Builder builder =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10));
            if (certificate != null) {
                builder.sslContext(certificate.client());
            }
            http = builder.build();
        }

        @Override
        public ActionsServiceSimulator start(ActionsServiceSimulator.Builder builder) {
            if (certificate != null) {
                builder.tls(certificate.server());
            }
            ActionsServiceSimulator simulator = builder.start();
            simulators.add(simulator);
            return simulator;
        }

        @Override
        public Scheduler scheduler() {
            return scheduler;
        }

        @Override
        public HttpClient httpClient(ActionsServiceSimulator simulator) {
            return http;
        }

        @Override
        public Duration longPoll() {
            return Duration.ofMillis(100);
        }

        @Override
        public void until(BooleanSupplier condition, String what) {
            var met = new CompletableFuture<Void>();
            look(condition, met);
            try {
                met.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException late) {
                met.cancel(false);
                throw new AssertionError("waited " + LIMIT + " in vain for " + what, late);
            } catch (ExecutionException | InterruptedException failure) {
                throw new AssertionError("could not wait for " + what, failure);
            }
        }

        private void look(BooleanSupplier condition, CompletableFuture<Void> met) {
            if (met.isDone()) {
                return;
            }
            try {
                if (condition.getAsBoolean()) {
                    met.complete(null);
                } else {
                    system.schedule(LOOK_AGAIN, () -> look(condition, met));
                }
            } catch (RuntimeException | AssertionError failure) {
                met.completeExceptionally(failure);
            }
        }

        @Override
        public <T> T await(CompletionStage<T> stage) {
            CompletableFuture<T> future = stage.toCompletableFuture();
            try {
                return future.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException late) {
                throw new AssertionError("no completion within " + LIMIT, late);
            } catch (ExecutionException failure) {
                throw new CompletionException(failure.getCause());
            } catch (InterruptedException failure) {
                throw new AssertionError("interrupted", failure);
            }
        }

        @Override
        public void close() {
            simulators.forEach(ActionsServiceSimulator::close);
            system.close();
        }

        @Override
        public String toString() {
            return "a socket";
        }
    }

    /** The machine's time with the luckiest chance: jittered waits come out as short as they can. */
    record Hasty(Scheduler system) implements Scheduler {
        @Override
        public Instant instant() {
            return system.instant();
        }

        @Override
        public long nanoTime() {
            return system.nanoTime();
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            return system.schedule(delay, task);
        }

        @Override
        public Executor effects() {
            return system.effects();
        }

        @Override
        public Executor events() {
            return system.events();
        }

        @Override
        public RandomGenerator random() {
            return () -> 0;
        }
    }
}
