package dev.paddock.internal.engine;

import dev.paddock.RunnerId;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RegistrationList;
import dev.paddock.spi.RegistrationList.Presence;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** The source of a pool for the host's tasks: its registrations are the runners that the loop knows. */
final class HostTaskAttachment implements JobSource.Attachment {
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
    private static final int SECRET_LENGTH = 32;

    private final FleetLoop loop;
    private final PoolState pool;

    HostTaskAttachment(FleetLoop loop, PoolState pool) {
        this.loop = loop;
        this.pool = pool;
    }

    @Override
    public void advertise(int capacity) {}

    @Override
    public CompletionStage<Registration> register(RunnerId runner) {
        var secret = new StringBuilder();
        for (int i = 0; i < SECRET_LENGTH; i++) {
            secret.append(LETTERS.charAt(loop.scheduler.random().nextInt(LETTERS.length())));
        }
        return CompletableFuture.completedFuture(Registration.of(runner, runner.value(), secret.toString()));
    }

    @Override
    public CompletionStage<Deregistration> deregister(RunnerId runner) {
        return ask(() -> {
            RunnerEntry entry = loop.runners.get(runner);
            return entry != null && entry.held != null ? Deregistration.BUSY : Deregistration.GONE;
        });
    }

    @Override
    public CompletionStage<RegistrationList> list() {
        return ask(() -> {
            List<RegistrationList.Entry> entries = new ArrayList<>();
            for (RunnerEntry runner : loop.runners.values()) {
                if (runner.pool.equals(pool)) {
                    String name = runner.id.value();
                    entries.add(new RegistrationList.Entry(
                            name, name, runner.ready ? Presence.ONLINE : Presence.UNKNOWN, runner.held != null));
                }
            }
            return new RegistrationList(true, entries);
        });
    }

    private <T> CompletionStage<T> ask(Supplier<T> question) {
        var answer = new CompletableFuture<T>();
        loop.section.post(() -> {
            T value = question.get();
            loop.section.afterwards(() -> answer.complete(value));
        });
        return answer;
    }

    @Override
    public CompletionStage<Void> close() {
        return CompletableFuture.completedFuture(null);
    }
}
