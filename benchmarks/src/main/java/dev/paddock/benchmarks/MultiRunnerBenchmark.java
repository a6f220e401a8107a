package dev.paddock.benchmarks;

import dev.paddock.RunnerProfile;
import dev.paddock.benchmarks.TaskPool.Rate;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.HostInventory;
import dev.paddock.multirunner.MultiRunner;
import dev.paddock.multirunner.TaskEnd;
import dev.paddock.multirunner.TaskPlace;
import dev.paddock.task.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The multi-runner side by side with the SLATE multi-runner. The peer's figures were measured by others, in Python on a
 * machine of theirs: they tell the order of magnitude, not a race on one machine. W2's first bar, with decisions and a
 * subscriber, is that of {@link AssignComplete}. W6, several processes that change one file, is a test and no figure:
 * {@code MultiRunnerRaceTest.processesNeverShareARunner}.
 */
final class MultiRunnerBenchmark implements Benchmark {
    private static final String PEER = " (measured by others on their machine)";

    private record Rates(int rounds, Duration round) {}

    @Override
    public List<Row> run(boolean quick) throws Exception {
        var rates = quick ? new Rates(3, Duration.ofMillis(300)) : new Rates(5, Duration.ofSeconds(1));
        List<Row> rows = new ArrayList<>();
        memory(rates, rows);
        pools(rates, rows);
        Path folder = Files.createTempDirectory("paddock-multi-runner");
        try {
            files(folder, rates, rows);
        } finally {
            delete(folder);
        }
        plans(quick, rows);
        rows.add(queue());
        rows.add(new Row(
                "W6 processes that race for the runners of one file",
                "none shared, nothing lost",
                "the test `MultiRunnerRaceTest.processesNeverShareARunner`, with every build",
                true));
        return rows;
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static Rate measure(TaskPool pool, int busy, int threads, Rates rates) throws InterruptedException {
        pool.hold(busy);
        Rate rate = pool.rate(threads, rates.rounds(), rates.round());
        pool.check(busy);
        return rate;
    }

    private static Row row(String what, double bar, Rate rate, String peer) {
        return new Row(
                what,
                "≥ " + figure(bar) + " pairs/s",
                figure(rate) + "; the SLATE multi-runner: " + peer + PEER,
                rate.pairsPerSecond() >= bar);
    }

    private static String figure(Rate rate) {
        return figure(rate.pairsPerSecond()) + " pairs/s, "
                + String.format(Locale.ROOT, "%.2f µs of processor time a pair", rate.processorMicros());
    }

    private static String figure(double rate) {
        return rate >= 1e6
                ? String.format(Locale.ROOT, "%.2f M", rate / 1e6)
                : String.format(Locale.ROOT, "%,.0f", rate);
    }

    // ---- W2, W4, W5: in memory -------------------------------------------------------------------------------

    private static void memory(Rates rates, List<Row> rows) throws InterruptedException {
        Rate idle = measure(TaskPool.preset(MultiRunner.inMemory()), 0, 1, rates);
        rows.add(row("W2 multi-runner in memory, 50 runners, all idle", 5e6, idle, "520,000"));
        Rate busy = measure(TaskPool.preset(MultiRunner.inMemory()), 49, 1, rates);
        rows.add(row("W2 multi-runner in memory, 50 runners, 49 busy", 3e6, busy, "420,000"));
        for (int threads : new int[] {2, 4, 8, 32}) {
            Rate rate = measure(TaskPool.preset(MultiRunner.inMemory()), 0, threads, rates);
            rows.add(threads(threads, "in memory", idle, rate, MEMORY_OF_PEER));
        }
    }

    private static final String MEMORY_OF_PEER =
            "515,000 with 1 thread, 227,000 with 2, 126,000 with 4, 82,000 with 8," + " 57,000 with 32";
    private static final String FILE_OF_PEER =
            "1,056 with 1 thread, 1,155 with 2, 1,088 with 4, 1,087 with 8, 1,023 with 32";

    /** Only eight threads have a bar; the others are told beside it. */
    private static Row threads(int threads, String where, Rate one, Rate rate, String peer) {
        double share = rate.pairsPerSecond() / one.pairsPerSecond();
        return new Row(
                "W4 multi-runner " + where + ", 50 runners, " + threads + " threads",
                threads == 8 ? "≥ half of one thread's" : "none",
                String.format(Locale.ROOT, "%s, %.2f of one thread's", figure(rate), share)
                        + (threads == 8 ? "; the SLATE multi-runner: " + peer + PEER : ""),
                threads != 8 || share >= 0.5);
    }

    private static void pools(Rates rates, List<Row> rows) throws InterruptedException {
        double small = 0;
        for (int runners : new int[] {50, 500, 5_000}) {
            Rate rate = measure(TaskPool.light(MultiRunner.inMemory(), runners), runners - 1, 1, rates);
            small = runners == 50 ? rate.pairsPerSecond() : small;
            String peer = runners == 50 ? "439,000" : runners == 500 ? "82,000" : "9,000";
            rows.add(row(
                    String.format(Locale.ROOT, "W5 multi-runner in memory, %,d runners, all but one busy", runners),
                    runners == 50 ? 3e6 : small / 2,
                    rate,
                    peer));
        }
    }

    // ---- W1, W3, W4: in a file -------------------------------------------------------------------------------

    private static void files(Path folder, Rates rates, List<Row> rows) throws InterruptedException, IOException {
        TaskPool idle =
                TaskPool.preset(MultiRunner.builder(folder.resolve("w1.json")).unforced());
        Rate single = measure(idle, 0, 1, rates);
        rows.add(row(
                "W1 multi-runner in a file, whole and renamed with each change, not forced; all idle",
                2 * 1_088,
                single,
                "1,088"));
        TaskPool busy = TaskPool.preset(
                MultiRunner.builder(folder.resolve("w1-busy.json")).unforced());
        rows.add(row("W1 the same with 49 busy", 2 * 1_097, measure(busy, 49, 1, rates), "1,097"));
        rows.add(disk(folder));
        TaskPool durable =
                TaskPool.preset(MultiRunner.builder(folder.resolve("w3.json")).logged());
        rows.add(row(
                "W3 multi-runner in a file with a log, each change survives a loss of power",
                1_098,
                measure(durable, 0, 1, rates),
                "1,097, not durable"));
        for (int threads : new int[] {2, 4, 8, 32}) {
            TaskPool many = TaskPool.preset(MultiRunner.builder(folder.resolve("w4-" + threads + ".json"))
                    .unforced());
            rows.add(threads(threads, "in a file", single, measure(many, 0, threads, rates), FILE_OF_PEER));
        }
    }

    /** The least a change can take here: what a file system does as a file takes another's place differs widely. */
    private static Row disk(Path folder) throws IOException {
        byte[] content = Files.readAllBytes(folder.resolve("w1-busy.json"));
        Path aside = folder.resolve("disk.new");
        Path file = folder.resolve("disk.json");
        Times renamed = Times.of(2_000, () -> {
            write(aside, content);
            return move(aside, file);
        });
        Times over = Times.of(2_000, () -> write(file, content));
        return new Row(
                String.format(
                        Locale.ROOT, "this disk: %,d bytes written aside and renamed, nothing else", content.length),
                "none",
                renamed.figure() + "; written over the old ones, as the SLATE multi-runner does: " + over.figure(),
                true);
    }

    private static Path write(Path file, byte[] content) {
        try {
            return Files.write(file, content);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Path move(Path from, Path to) {
        try {
            return Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    // ---- W7: planning ----------------------------------------------------------------------------------------

    private record Planned(String name, HostInventory host, double optimum, String peer) {}

    /** Value is cores and GPU memory in GiB; each core is promised once and nothing is held back. */
    private static void plans(boolean quick, List<Row> rows) {
        List<RunnerProfile> profiles = RunnerProfile.standardProfiles().stream()
                .map(MultiRunnerBenchmark::sharing)
                .toList();
        CapacityRequest request = CapacityRequest.mostValue(profiles)
                .settings(CapacitySettings.builder().noHeadroom().build())
                .build();
        for (Planned one : List.of(
                new Planned("1 × 16 GB, 8 cores, 32 GB", PlanHosts.host("a", 8, 32_768, 16_384), 24, "16"),
                new Planned("2 × 16 GB, 24 cores, 64 GB", PlanHosts.host("a", 24, 65_536, 16_384, 16_384), 56, "52"),
                new Planned(
                        "8 × 80 GB, 96 cores, 1 TB",
                        PlanHosts.host("a", 96, 1 << 20, PlanHosts.equal(8, 81_920)),
                        424,
                        "105"),
                new Planned("no GPU, 4 cores, 8 GB", PlanHosts.host("a", 4, 8_192), 4, "4"),
                new Planned("1 × 8 GB, 2 cores, 4 GB", PlanHosts.host("a", 2, 4_096, 8_192), 4, "4"))) {
            CapacityPlan plan = CapacityPlanner.exact().plan(one.host(), request);
            double value = plan.slots().stream()
                    .mapToDouble(slot -> slot.profile().weight())
                    .sum();
            Times times =
                    Times.of(quick ? 100 : 1_000, () -> CapacityPlanner.exact().plan(one.host(), request));
            rows.add(new Row(
                    "W7 plan of " + one.name(),
                    String.format(Locale.ROOT, "value ≥ %.0f, the optimum", one.optimum()),
                    String.format(
                            Locale.ROOT,
                            "value %.1f, %s, in %s; of the SLATE multi-runner's plan, made in 45 µs without a look at the"
                                    + " host, a value of %s fits%s",
                            value,
                            plan.optimality().status(),
                            times.figure(),
                            one.peer(),
                            PEER),
                    value >= one.optimum() - 0.5));
        }
    }

    /** The optima were worked out for profiles none of which wants a GPU for itself. */
    private static RunnerProfile sharing(RunnerProfile profile) {
        return RunnerProfile.builder(profile.name())
                .cores(profile.cores())
                .memory(profile.memory())
                .gpuMemory(profile.gpuMemory())
                .build();
    }

    // ---- W8: a queue -----------------------------------------------------------------------------------------

    private static Row queue() {
        int tasks = 1_000;
        MultiRunner pool = TaskPool.preset(MultiRunner.inMemory()).pool();
        Set<String> served = new HashSet<>();
        Deque<String> busy = new ArrayDeque<>();
        int twice = 0;
        long start = System.nanoTime();
        for (int i = 0; i < tasks; i++) {
            TaskPlace place = pool.assign(Task.of("task-" + i));
            if (place.isAssigned()) {
                busy.add(place.runner().id());
            }
        }
        while (!busy.isEmpty()) {
            TaskEnd end = pool.complete(busy.remove(), false);
            twice += served.add(end.task()) ? 0 : 1;
            end.started().forEach(next -> busy.add(next.runner().id()));
        }
        double millis = (System.nanoTime() - start) / 1e6;
        return new Row(
                "W8 1,000 tasks for 50 runners of the multi-runner",
                "each served exactly once",
                String.format(
                        Locale.ROOT,
                        "%d served, %d of them twice, %d left, in %.0f ms; the SLATE multi-runner rejects 950%s",
                        served.size(),
                        twice,
                        pool.queue().size(),
                        millis,
                        PEER),
                served.size() == tasks && twice == 0 && pool.queue().isEmpty());
    }
}
