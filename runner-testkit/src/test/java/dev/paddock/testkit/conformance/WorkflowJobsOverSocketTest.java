package dev.paddock.testkit.conformance;

import com.sun.net.httpserver.HttpServer;
import dev.paddock.github.WorkflowJobListener;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.Webhook;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

class WorkflowJobsOverSocketTest extends WorkflowJobConformance {
    /** Not the transport's, whose chance makes all names the same. */
    private final SystemScheduler time = Scheduler.system("fleet");

    private @Nullable HttpServer server;

    @Override
    Transport open() {
        return Transport.socket();
    }

    @Override
    Duration work() {
        return Duration.ofMillis(300);
    }

    @Override
    Duration longWork() {
        return seconds(4);
    }

    @Override
    Scheduler fleetTime() {
        return time;
    }

    @Override
    Duration often() {
        return seconds(1);
    }

    @Override
    FakeRunnerProvider.Builder machinesHere() {
        return FakeRunnerProvider.builder(time).bootTime(Duration.ofMillis(10));
    }

    /** As a host does it: see {@link WorkflowJobListener}. */
    @Override
    Webhook connect(WorkflowJobListener jobs) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        server.createContext("/github", exchange -> {
            byte[] body = exchange.getRequestBody().readNBytes(WorkflowJobListener.LARGEST_WEBHOOK + 1);
            var answer = jobs.accept(exchange.getRequestHeaders(), body);
            exchange.sendResponseHeaders(answer.status(), -1);
            exchange.close();
        });
        server.start();
        return sim().webhook(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/github"), SECRET);
    }

    @Override
    void letGo() {
        time.close();
        if (server != null) {
            server.stop(0);
        }
    }
}
