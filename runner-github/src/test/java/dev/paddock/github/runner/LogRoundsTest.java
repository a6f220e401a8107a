package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.event.ExtensionEvent;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LogRoundsTest {
    private static final int ROUNDS = 5;

    @TempDir
    Path folder;

    private LocalFixture local;
    /** Turns of a thread since the count began, and rounds since then. */
    private final AtomicInteger turns = new AtomicInteger();

    private final AtomicInteger rounds = new AtomicInteger();

    @BeforeEach
    void makeARoot() {
        local = new LocalFixture(folder.resolve("runners"));
    }

    @AfterEach
    void leaveNothing() {
        local.close();
    }

    /** Counts what is asked of a scheduler. */
    private record Counting(Scheduler inner, AtomicInteger turns, AtomicInteger rounds, CompletableFuture<Void> enough)
            implements Scheduler {
        @Override
        public Instant instant() {
            return inner.instant();
        }

        @Override
        public long nanoTime() {
            return inner.nanoTime();
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            if (rounds.incrementAndGet() == ROUNDS) {
                enough.complete(null);
            }
            return inner.schedule(delay, task);
        }

        @Override
        public Executor effects() {
            return task -> {
                turns.incrementAndGet();
                inner.effects().execute(task);
            };
        }

        @Override
        public Executor events() {
            return inner.events();
        }

        @Override
        public RandomGenerator random() {
            return inner.random();
        }
    }

    /** The fixture's session, whose provider sees another scheduler. */
    private record Context(LocalFixture.Opened inner, Scheduler scheduler) implements ProviderContext {
        @Override
        public String fleet() {
            return inner.fleet();
        }

        @Override
        public long epoch() {
            return inner.epoch();
        }

        @Override
        public void observe(RunnerObservation observation) {
            inner.observe(observation);
        }

        @Override
        public void publish(ExtensionEvent event) {
            inner.publish(event);
        }
    }

    @Test
    @DisplayName("however many runners say nothing, a round is one turn of one thread; who speaks is heard")
    void silentRunnersCostOneTurn() {
        var enough = new CompletableFuture<Void>();
        var provider = LocalFixture.script(
                        folder.resolve("runners"),
                        LocalFixture.listens(),
                        LocalFixture.awaits("speak"),
                        "echo " + "'2026-05-05 10:11:12Z: Running job: build'",
                        LocalFixture.hangs())
                .build();
        var opened = local.open(local.script("exit 0"));
        var session = provider.open(new Context(opened, new Counting(local.scheduler, turns, rounds, enough)));
        List<CompletableFuture<RunnerObservation>> listening = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            LocalFixture.await(session.provision(opened.request("cpu-" + i)));
            listening.add(opened.observed("cpu-" + i, RunnerObservation.Kind.LISTENING));
        }
        listening.forEach(CompletableFuture::join);
        rounds.set(0);
        turns.set(0);
        enough.join();
        // The last round's turn may be to come, and so may the turn in which the last marker was read.
        assertThat(turns.get()).isBetween(ROUNDS - 2, ROUNDS + 2);
        write("cpu-3");
        opened.await("cpu-3", RunnerObservation.Kind.WORKING);
        LocalFixture.await(session.close());
    }

    private void write(String runner) {
        try {
            Files.createFile(local.folder(runner).resolve("speak"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
