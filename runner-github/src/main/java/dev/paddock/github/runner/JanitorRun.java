package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import dev.paddock.github.runner.Chore.Find;
import dev.paddock.github.runner.HostJanitor.Item;
import dev.paddock.github.runner.HostJanitor.Kind;
import dev.paddock.github.runner.HostJanitor.Report;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;

/** One sweep of a {@link HostJanitor}, a turn at a time on its lane. Confined to that. */
final class JanitorRun {
    private static final Duration DOCKER_MAY_TAKE = Duration.ofMinutes(5);
    /** What Docker's client reads; the rest of our environment is none of its business. */
    private static final Set<String> FOR_DOCKER = Set.of(
            "PATH",
            "HOME",
            "USER",
            "LANG",
            "TMPDIR",
            "XDG_RUNTIME_DIR",
            "DOCKER_HOST",
            "DOCKER_CONTEXT",
            "DOCKER_CONFIG",
            "DOCKER_CERT_PATH",
            "DOCKER_TLS_VERIFY",
            "BUILDX_CONFIG");

    private final Deque<Chore> always;
    private final Deque<Chore> underPressure;
    private final Deque<DockerChore> docker;
    private final SortedMap<Path, ByteSize> bounds;
    private final Scheduler scheduler;
    private final Lane lane;
    private final Deque<Find> found = new ArrayDeque<>();
    private boolean pressed;
    private final List<Item> removed = new ArrayList<>();
    private final List<String> kept = new ArrayList<>();
    private final CompletableFuture<Report> done = new CompletableFuture<>();

    JanitorRun(
            List<Chore> always,
            List<Chore> underPressure,
            List<DockerChore> docker,
            SortedMap<Path, ByteSize> bounds,
            Scheduler scheduler,
            Lane lane) {
        this.always = new ArrayDeque<>(always);
        this.underPressure = new ArrayDeque<>(underPressure);
        this.docker = new ArrayDeque<>(docker);
        this.bounds = bounds;
        this.scheduler = scheduler;
        this.lane = lane;
    }

    /** Which file system is short of room, by how much; the first if several are. */
    private record Shortage(long bytes, String why) {}

    private Optional<Shortage> shortage() {
        for (var bound : bounds.entrySet()) {
            try {
                long usable = Chore.usable(bound.getKey());
                if (usable < bound.getValue().bytes()) {
                    return Optional.of(new Shortage(
                            bound.getValue().bytes() - usable,
                            "the file system of " + bound.getKey() + " has " + new ByteSize(usable)
                                    + " left, less than " + bound.getValue()
                                    + "; delete what is not needed, or lower keepFree"));
                }
            } catch (IOException unknown) {
                keep("the room of " + bound.getKey() + " is not known: " + unknown);
            }
        }
        return Optional.empty();
    }

    private void keep(String why) {
        if (!kept.contains(why)) {
            kept.add(why);
        }
    }

    // ---- only looking --------------------------------------------------------------------------------------

    Report plan() {
        Set<String> seen = new HashSet<>();
        always.forEach(chore -> look(chore).forEach(find -> planned(find, seen)));
        docker.forEach(chore -> removed.add(item(chore)));
        Optional<Shortage> shortage = shortage();
        long missing = shortage.map(Shortage::bytes).orElse(0L)
                - removed.stream().mapToLong(item -> item.size().bytes()).sum();
        for (Chore chore : underPressure) {
            for (Find find : missing > 0 ? look(chore) : List.<Find>of()) {
                if (missing > 0 && planned(find, seen)) {
                    missing -= find.item().size().bytes();
                }
            }
        }
        return new Report(true, removed, kept, missing > 0 ? shortage.map(Shortage::why) : Optional.empty());
    }

    private boolean planned(Find find, Set<String> seen) {
        return seen.add(find.item().what()) && removed.add(find.item());
    }

    private List<Find> look(Chore chore) {
        try {
            return chore.look();
        } catch (IOException | RuntimeException failure) {
            keep(HostJanitor.told(failure));
            return List.of();
        }
    }

    private static Item item(DockerChore chore) {
        return new Item(Kind.DOCKER, String.join(" ", chore.line()), ByteSize.ZERO, chore.why());
    }

    // ---- doing ---------------------------------------------------------------------------------------------

    CompletableFuture<Report> sweep() {
        turn(this::next);
        return done;
    }

    private void turn(Runnable step) {
        lane.run(() -> {
            try {
                step.run();
            } catch (Throwable failure) {
                done.completeExceptionally(failure);
            }
        });
    }

    private void next() {
        if (!found.isEmpty()) {
            Find find = found.pop();
            if (pressed && shortage().isEmpty()) {
                found.clear();
                turn(this::next);
            } else {
                remove(find);
            }
        } else if (!always.isEmpty()) {
            found.addAll(look(always.pop()));
            turn(this::next);
        } else if (!docker.isEmpty()) {
            run(docker.pop());
        } else {
            pressed = true;
            Optional<Shortage> shortage = shortage();
            if (shortage.isPresent() && !underPressure.isEmpty()) {
                found.addAll(look(underPressure.pop()));
                turn(this::next);
            } else {
                done.complete(new Report(false, removed, kept, shortage.map(Shortage::why)));
            }
        }
    }

    private void remove(Find find) {
        try {
            if (!find.deletion().turn()) {
                turn(() -> remove(find));
                return;
            }
            removed.add(find.item());
        } catch (IOException | RuntimeException failure) {
            keep(find.item().what() + ": " + HostJanitor.told(failure));
        }
        turn(this::next);
    }

    private void run(DockerChore chore) {
        Process process;
        Path output;
        try {
            output = Files.createTempFile("paddock-docker", ".log");
            process = start(chore, output);
        } catch (IOException failure) {
            keep(String.join(" ", chore.line()) + ": " + failure.getMessage());
            turn(this::next);
            return;
        }
        Cancellable late = scheduler.schedule(DOCKER_MAY_TAKE, process::destroyForcibly);
        CompletableFuture<?> unused = process.onExit()
                .whenCompleteAsync(
                        (ended, failure) -> turn(() -> {
                            late.cancel();
                            judge(chore, process.exitValue(), output);
                            next();
                        }),
                        scheduler.effects());
    }

    private static Process start(DockerChore chore, Path output) throws IOException {
        var builder = new ProcessBuilder(chore.line());
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(FOR_DOCKER);
        try {
            return builder.redirectErrorStream(true)
                    .redirectInput(new File(File.separatorChar == '/' ? "/dev/null" : "NUL"))
                    .redirectOutput(output.toFile())
                    .start();
        } catch (IOException failure) {
            Files.deleteIfExists(output);
            throw failure;
        }
    }

    private void judge(DockerChore chore, int code, Path output) {
        String said = "";
        try {
            byte[] bytes = Files.readAllBytes(output);
            String text = new String(bytes, StandardCharsets.UTF_8).strip();
            said = text.substring(text.lastIndexOf('\n') + 1);
            Files.deleteIfExists(output);
        } catch (IOException unreadable) {
            said = unreadable.toString();
        }
        if (code == 0) {
            Item item = item(chore);
            removed.add(
                    new Item(item.kind(), item.what(), item.size(), item.why() + (said.isEmpty() ? "" : ": " + said)));
        } else {
            keep(String.join(" ", chore.line()) + ": ended with exit code " + code
                    + (said.isEmpty() ? "" : ": " + said));
        }
    }
}
