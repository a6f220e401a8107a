package dev.paddock.benchmarks;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.github.ScaleSetSettings;
import dev.paddock.spi.Registration;
import dev.paddock.spi.Scheduler;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * How long 50 registrations asked for at once take when the service needs 200 ms for each. The HTTP client is new each
 * time, so every request also opens its connection; the service is another JVM.
 */
final class JitConfigBurst implements Benchmark {
    private static final int BURST = 50;
    private static final int LATENCY_MILLIS = 200;
    private static final Duration BAR = Duration.ofMillis(500);
    private static final int WARM_UPS = 3;
    private static final long PATIENCE_SECONDS = 30;

    @Override
    public List<Row> run(boolean quick) throws Exception {
        var sample = new Sample();
        int repetitions = WARM_UPS + (quick ? 5 : 20);
        try (var service = ChildJvm.start(SimulatedService.class, Integer.toString(LATENCY_MILLIS));
                var scheduler = Scheduler.system("benchmark")) {
            String configUrl = service.readLine() + "/my-org";
            for (int i = 0; i < repetitions; i++) {
                long nanos = repetition(configUrl, scheduler, i);
                if (i >= WARM_UPS) {
                    sample.add(nanos);
                }
            }
        }
        return List.of(new Row(
                BURST + " JIT configurations at once from a service that takes " + LATENCY_MILLIS
                        + " ms → the last one",
                "max < 500 ms",
                sample.figure(),
                sample.max().compareTo(BAR) < 0));
    }

    private static long repetition(String configUrl, Scheduler scheduler, int number) throws Exception {
        ScaleSetClient client = ScaleSetClient.builder(configUrl, GitHubCredentials.token("benchmark"))
                .httpClient(
                        HttpClient.newBuilder().executor(scheduler.effects()).build())
                .scheduler(scheduler)
                .build();
        long scaleSet = client.createScaleSet(ScaleSetSettings.named("burst-" + number))
                .toCompletableFuture()
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .id();
        var registrations = new ArrayList<CompletableFuture<Registration>>();
        long start = System.nanoTime();
        for (int i = 0; i < BURST; i++) {
            var runner = new RunnerId("burst-" + number + "-runner-" + i);
            registrations.add(client.register(scaleSet, runner, "_work").toCompletableFuture());
        }
        CompletableFuture.allOf(registrations.toArray(CompletableFuture[]::new))
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return System.nanoTime() - start;
    }
}
