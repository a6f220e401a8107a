package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/**
 * Cleans up what runners of this host have left, in the folders it is given and nowhere else.
 *
 * <p>Each time it takes away what can be proved to be left: in a root of {@link LocalRunnerProvider}, folders of ended
 * runners that could not be deleted, installations that broke off, and {@code _work} and {@code _temp} of runners whose
 * record is older than an age and of which no process runs; in the folder of an official runner that is registered no more
 * and does not run, its {@code _work} and {@code _temp}; and logs in {@code _diag} that have not been written for long.
 * When a disk has less room than it should, it goes on, and stops as soon as there is enough: versions in package caches
 * that are not in use, shared caches down to half their limit, logs older than a day. If there is still too little,
 * {@link #whyNoRoom} says so, and a provider that was given the janitor makes no new runners. It ends no process.
 *
 * <p>Docker is left alone unless labels or builders are named; then what bears the label is pruned by Docker, if nothing
 * uses it, and only that. Docker cannot tell build cache by label: a builder of one's own is the scope there.
 *
 * <p>Links are not followed, a folder that others may write to is refused, and each thing is judged again right before it
 * goes. Several janitors and providers may work on one folder. Thread-safe; it works when asked, on the effects of the
 * scheduler, a bounded piece at a time.
 */
public final class HostJanitor {
    /** What kind of thing was left. */
    public enum Kind {
        /** The folder of a runner that has ended, or an installation that broke off. */
        LEFTOVER,
        /** A work folder of a runner that is gone. */
        WORK,
        /** A log of an official runner. */
        DIAGNOSTICS,
        /** A version in a package cache. */
        PACKAGE,
        /** An entry of a shared cache. */
        CACHE,
        /** What Docker keeps. */
        DOCKER
    }

    /**
     * One thing that is in the way.
     *
     * @param kind what it is
     * @param what its path, or the command that takes it away
     * @param size what its files hold; 0 if that is not known
     * @param why why it may go
     */
    public record Item(Kind kind, String what, ByteSize size, String why) {
        /** Checks for nulls. */
        public Item {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(what, "what");
            Objects.requireNonNull(size, "size");
            Objects.requireNonNull(why, "why");
        }

        @Override
        public String toString() {
            return kind + " " + what + " (" + size + "): " + why;
        }
    }

    /**
     * What was done, or would be.
     *
     * @param dryRun whether nothing was done
     * @param removed what was taken away, in that order; of a dry run what would be
     * @param kept what was left though it was found, or could not be looked at, and why, a sentence each
     * @param whyNoRoom why a disk has too little room afterwards; empty if it has enough
     */
    public record Report(boolean dryRun, List<Item> removed, List<String> kept, Optional<String> whyNoRoom) {
        /** Copies. */
        public Report {
            removed = List.copyOf(removed);
            kept = List.copyOf(kept);
            Objects.requireNonNull(whyNoRoom, "whyNoRoom");
        }

        /**
         * What the removed things held.
         *
         * @return the sum of their sizes
         */
        public ByteSize freed() {
            return new ByteSize(
                    removed.stream().mapToLong(item -> item.size().bytes()).sum());
        }

        /** Lines to read. */
        @Override
        public String toString() {
            var text = new StringBuilder(dryRun ? "would remove " : "removed ")
                    .append(removed.size())
                    .append(removed.size() == 1 ? " thing, " : " things, ")
                    .append(freed());
            removed.forEach(item -> text.append("\n  ").append(item));
            kept.forEach(one -> text.append("\n  kept: ").append(one));
            whyNoRoom.ifPresent(why -> text.append("\n  ").append(why));
            return text.toString();
        }
    }

    private final Scheduler scheduler;
    private final List<Chore> always;
    private final List<Chore> underPressure;
    private final List<DockerChore> docker;
    private final SortedMap<Path, ByteSize> bounds;
    private final boolean dryRun;
    private final Lane lane;
    private final AtomicReference<Optional<String>> whyNoRoom = new AtomicReference<>(Optional.empty());

    private HostJanitor(Builder builder) {
        scheduler = builder.scheduler;
        always = List.copyOf(builder.always());
        underPressure = List.copyOf(builder.underPressure());
        docker = DockerChore.of(builder.dockerProgram, builder.labels, builder.builders);
        bounds = new TreeMap<>(builder.bounds);
        dryRun = builder.dryRun;
        lane = new Lane(scheduler.effects());
    }

    /**
     * Begins a janitor that is given nothing yet.
     *
     * @param scheduler whose time says what is old, and whose effects do the work; it stays the caller's
     * @return a builder
     */
    public static Builder builder(Scheduler scheduler) {
        return new Builder(scheduler);
    }

    /**
     * Looks what would be done now, and does nothing. Blocks while it looks.
     *
     * @return a report of a dry run
     */
    public Report plan() {
        return new JanitorRun(always, underPressure, docker, bounds, scheduler, lane).plan();
    }

    /**
     * Cleans up; if it was built for a dry run, only looks. Several sweeps may be under way at once.
     *
     * @return the report; a thing that cannot be taken away is in it, and fails nothing
     */
    public CompletionStage<Report> sweep() {
        CompletableFuture<Report> done = dryRun
                ? lane.run(this::plan)
                : new JanitorRun(always, underPressure, docker, bounds, scheduler, lane).sweep();
        return done.thenApply(report -> {
            whyNoRoom.set(report.whyNoRoom());
            return report;
        });
    }

    /**
     * Why there is no room for new runners, as the last sweep has left it.
     *
     * @return a sentence with folder, room and bound; empty if there is room, or nobody has looked
     */
    public Optional<String> whyNoRoom() {
        return whyNoRoom.get();
    }

    /** Builds a {@link HostJanitor}. Not thread-safe; reusable. */
    public static final class Builder {
        /** Names of labels, with or without value, and of builders. */
        private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/=:+-]{0,254}");

        private final Scheduler scheduler;
        private final List<Path> roots = new ArrayList<>();
        private final List<Path> installations = new ArrayList<>();
        private final List<Path> packages = new ArrayList<>();
        private final List<SharedCache> caches = new ArrayList<>();
        private final SortedMap<Path, ByteSize> bounds = new TreeMap<>();
        private final List<String> labels = new ArrayList<>();
        private final List<String> builders = new ArrayList<>();
        private String dockerProgram = "docker";
        private Duration leftFor = Duration.ofHours(1);
        private Duration diagnosticsAge = Duration.ofDays(14);
        private boolean dryRun;

        private Builder(Scheduler scheduler) {
            this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
        }

        /**
         * Cleans up in a root of {@link LocalRunnerProvider}, whichever fleets use it.
         *
         * @param root the root; it need not be there
         * @return this
         */
        public Builder runners(Path root) {
            roots.add(absolute(root));
            return this;
        }

        /**
         * Cleans up in the folder of one official runner.
         *
         * @param folder where {@code config.sh} lies
         * @return this
         */
        public Builder installation(Path folder) {
            installations.add(absolute(folder));
            return this;
        }

        /**
         * Lets it take unused versions from a cache of {@link RunnerInstaller} when a disk is short of room.
         *
         * @param cache the cache's folder
         * @return this
         */
        public Builder packages(Path cache) {
            packages.add(absolute(cache));
            return this;
        }

        /**
         * Lets it shrink a shared cache when a disk is short of room and no runner uses it.
         *
         * @param cache the cache, as its providers have it
         * @return this
         */
        public Builder cache(SharedCache cache) {
            caches.add(Objects.requireNonNull(cache, "cache"));
            return this;
        }

        /**
         * Sets how much room the file system of a folder should have.
         *
         * @param folder which file system; it must be there
         * @param bound what this user should be able to write, more than 0
         * @return this
         */
        public Builder keepFree(Path folder, ByteSize bound) {
            if (bound.bytes() == 0) {
                throw new IllegalArgumentException("the room of " + folder + " must be more than 0");
            }
            bounds.put(absolute(folder), bound);
            return this;
        }

        /**
         * Sets for how long a runner must have been gone before its work is taken away.
         *
         * @param age at least 10 minutes, in which a program may be started again; default 1 hour
         * @return this
         */
        public Builder leftFor(Duration age) {
            if (age.compareTo(Duration.ofMinutes(10)) < 0) {
                throw new IllegalArgumentException("leftFor must be at least PT10M: " + age);
            }
            this.leftFor = age;
            return this;
        }

        /**
         * Sets how long a log of an official runner is kept after it was last written.
         *
         * @param age at least 1 hour; default 14 days
         * @return this
         */
        public Builder diagnosticsAge(Duration age) {
            if (age.compareTo(Duration.ofHours(1)) < 0) {
                throw new IllegalArgumentException("diagnosticsAge must be at least PT1H: " + age);
            }
            this.diagnosticsAge = age;
            return this;
        }

        /**
         * Has Docker prune stopped containers and dangling images that bear a label. Without it Docker is not called.
         *
         * @param label a label that only your own builds set: {@code key} or {@code key=value}
         * @return this
         */
        public Builder dockerLabel(String label) {
            labels.add(word("label", label));
            return this;
        }

        /**
         * Has Docker prune the build cache of a builder that only your own builds use.
         *
         * @param builder its name, as of {@code docker buildx create --name}
         * @return this
         */
        public Builder dockerBuilder(String builder) {
            builders.add(word("builder", builder));
            return this;
        }

        /**
         * Sets Docker's program.
         *
         * @param program a path; default {@code docker}, from {@code PATH}
         * @return this
         */
        public Builder docker(Path program) {
            this.dockerProgram = absolute(program).toString();
            return this;
        }

        /**
         * Has {@link HostJanitor#sweep} only look, and tell what it would do.
         *
         * @return this
         */
        public Builder dryRun() {
            this.dryRun = true;
            return this;
        }

        private static Path absolute(Path path) {
            return path.toAbsolutePath().normalize();
        }

        private static String word(String what, String word) {
            if (!WORD.matcher(word).matches()) {
                throw new IllegalArgumentException("no " + what + " of Docker's: \"" + word + "\"");
            }
            return word;
        }

        /**
         * Makes the janitor. Nothing is looked at yet.
         *
         * @return the janitor
         */
        public HostJanitor build() {
            return new HostJanitor(this);
        }

        private List<Chore> always() {
            List<Chore> chores = new ArrayList<>();
            var processes = new ProcessTable();
            roots.forEach(root -> chores.add(new LeftRunners(root, leftFor, scheduler, processes)));
            installations.forEach(folder -> chores.add(new LeftInstallation(folder, leftFor, scheduler)));
            chores.addAll(diagnostics(diagnosticsAge));
            return chores;
        }

        private List<Chore> underPressure() {
            List<Chore> chores = new ArrayList<>();
            var processes = new ProcessTable();
            packages.forEach(folder -> chores.add(new UnusedPackages(folder, scheduler)));
            caches.forEach(cache -> chores.add(new FullCache(CacheFolder.of(cache, processes, scheduler))));
            Duration day = Duration.ofDays(1);
            chores.addAll(diagnostics(diagnosticsAge.compareTo(day) < 0 ? diagnosticsAge : day));
            return chores;
        }

        private List<Chore> diagnostics(Duration age) {
            List<Chore> chores = new ArrayList<>();
            roots.forEach(root -> chores.add(new OldDiagnostics(root, true, age, scheduler)));
            installations.forEach(folder -> chores.add(new OldDiagnostics(folder, false, age, scheduler)));
            return chores;
        }
    }

    /** What may be thrown while a chore looks or works. */
    static String told(Throwable failure) {
        return failure instanceof IOException && failure.getMessage() != null
                ? String.valueOf(failure.getMessage())
                : failure.toString();
    }
}
