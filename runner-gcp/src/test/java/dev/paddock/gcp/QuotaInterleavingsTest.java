package dev.paddock.gcp;

import static dev.paddock.gcp.Given.NOW;
import static dev.paddock.gcp.Given.T4;
import static dev.paddock.gcp.Given.quota;
import static dev.paddock.gcp.Given.t4;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ledger against a Google that counts, in any order of what can happen. */
class QuotaInterleavingsTest {
    private static final int INTERLEAVINGS = Integer.getInteger("paddock.interleavings", 2000);

    /** A region's quota as Google keeps it, counting a VM when it is accepted or when it is made. */
    private static final class Google {
        private final int limit;
        private final boolean atAccept;
        private final List<String> making = new ArrayList<>();
        private final List<String> made = new ArrayList<>();

        Google(int limit, boolean atAccept) {
            this.limit = limit;
            this.atAccept = atAccept;
        }

        void accept(String vm) {
            making.add(vm);
            assertThat(making.size() + made.size()).as("VMs asked for").isLessThanOrEqualTo(limit);
        }

        int usage() {
            return made.size() + (atAccept ? making.size() : 0);
        }
    }

    /** A fleet of pools that want more VMs than there is quota for. */
    private static final class Burst {
        private final SplittableRandom random;
        private final Google google;
        private final boolean failures;
        private final QuotaLedger ledger = new QuotaLedger(AcceleratorQuotas.standard(), FlexStartQuota.LARGER);
        private final List<String> waiting;
        private final List<String> promised = new ArrayList<>();
        private long begun = -1;
        private int told = -1;

        Burst(long seed, boolean failures) {
            this.random = new SplittableRandom(seed);
            this.failures = failures;
            this.google = new Google(1 + random.nextInt(8), random.nextBoolean());
            this.waiting = new ArrayList<>(Given.names("pool-a-", google.limit + random.nextInt(3)));
            waiting.addAll(Given.names("pool-b-", random.nextInt(4)));
            read();
        }

        void run() {
            int steps = 40 * waiting.size();
            for (int i = 0; i < steps; i++) {
                step();
            }
            for (int round = 0; round < 2; round++) {
                if (begun >= 0) {
                    refreshEnds();
                }
                while (!google.making.isEmpty() || !promised.isEmpty()) {
                    send();
                    made();
                }
                read();
                new ArrayList<>(waiting).forEach(this::promise);
            }
            while (!promised.isEmpty()) {
                send();
            }
            assertThat(google.making.size() + google.made.size())
                    .as("exactly the quota is used")
                    .isEqualTo(google.limit);
        }

        private void step() {
            switch (random.nextInt(failures ? 6 : 5)) {
                case 0 -> {
                    if (!waiting.isEmpty()) {
                        promise(waiting.get(random.nextInt(waiting.size())));
                    }
                }
                case 1 -> send();
                case 2 -> made();
                case 3 -> refreshBegins();
                case 4 -> refreshEnds();
                default -> fails();
            }
        }

        private void promise(String vm) {
            Optional<String> refusal = ledger.reserve(vm, "us-east1-c", "us-east1", T4, NOW);
            if (refusal.isEmpty()) {
                waiting.remove(vm);
                promised.add(vm);
            } else if (!failures) {
                assertThat(promised.size() + google.making.size() + google.made.size())
                        .as(refusal.get())
                        .isEqualTo(google.limit);
            }
        }

        private void send() {
            if (!promised.isEmpty()) {
                google.accept(promised.remove(random.nextInt(promised.size())));
            }
        }

        private void made() {
            if (!google.making.isEmpty()) {
                String vm = google.making.remove(random.nextInt(google.making.size()));
                google.made.add(vm);
                ledger.made(vm);
            }
        }

        private void fails() {
            if (!google.making.isEmpty()) {
                String vm = google.making.remove(random.nextInt(google.making.size()));
                ledger.release(vm);
                waiting.add(vm);
            }
        }

        /** The number is taken at some moment between question and answer. */
        private void refreshBegins() {
            if (begun < 0) {
                begun = ledger.refreshBegins();
                told = -1;
            } else if (told < 0) {
                told = google.usage();
            }
        }

        private void refreshEnds() {
            if (begun >= 0) {
                int usage = told < 0 ? google.usage() : told;
                ledger.refreshed(
                        begun, Optional.of(List.of(t4("us-east1", google.limit, usage))), Optional.of(Map.of()));
                begun = -1;
            }
        }

        private void read() {
            begun = ledger.refreshBegins();
            told = -1;
            refreshEnds();
        }
    }

    @Test
    @DisplayName(
            "GCE-11 SLANG-50 SLANG-60 quota Q, several pools: exactly Q VMs, and none refused while Q is not reached,"
                    + " in 2 000 interleavings")
    void exactly() {
        for (int seed = 0; seed < INTERLEAVINGS; seed++) {
            run(seed, false);
        }
    }

    @Test
    @DisplayName("GCE-11 the same with VMs that fail: never more than Q, and Q in the end, in 2 000 interleavings")
    void withFailures() {
        for (int seed = 0; seed < INTERLEAVINGS; seed++) {
            run(seed, true);
        }
    }

    private static void run(long seed, boolean failures) {
        try {
            new Burst(seed, failures).run();
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
    }

    @ParameterizedTest(
            name = "GCE-11 SLANG-60 {0} threads, two pools and readings in between: exactly 60 of 100 promises")
    @ValueSource(ints = {2, 8})
    @Timeout(60)
    void threads(int threads) throws Exception {
        QuotaLedger ledger = Given.ledger(Map.of("GPUS_ALL_REGIONS", quota(60, 0)), t4("us-east1", 100, 0));
        AtomicInteger usage = new AtomicInteger();
        CyclicBarrier together = new CyclicBarrier(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<List<String>>> running = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                running.add(
                        pool.submit(worker(ledger, "pool-" + t % 2 + "-" + t + "-", 100 / threads, usage, together)));
            }
            TreeSet<String> given = new TreeSet<>();
            for (Future<List<String>> one : running) {
                given.addAll(one.get(30, TimeUnit.SECONDS));
            }
            assertThat(given).hasSize(60);
        } finally {
            pool.shutdownNow();
        }
    }

    private static Callable<List<String>> worker(
            QuotaLedger ledger, String prefix, int wanted, AtomicInteger usage, CyclicBarrier together) {
        return () -> {
            together.await(20, TimeUnit.SECONDS);
            List<String> given = new ArrayList<>();
            for (String name : Given.names(prefix, wanted)) {
                if (ledger.reserve(name, "us-east1-c", "us-east1", T4, NOW).isEmpty()) {
                    given.add(name);
                    usage.incrementAndGet();
                    ledger.made(name);
                }
                long begun = ledger.refreshBegins();
                int used = usage.get();
                if (given.size() % 3 == 0) {
                    ledger.refreshed(
                            begun,
                            Optional.of(List.of(t4("us-east1", 100, used))),
                            Optional.of(Map.of("GPUS_ALL_REGIONS", quota(60, used))));
                }
            }
            return given;
        };
    }
}
