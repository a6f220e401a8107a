package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScaleSet;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ScaleSetsInMemoryTest extends ScaleSetConformance {
    private final VirtualTransport virtual = Transport.inMemory(2);
    private final VirtualTime time = virtual.time();

    @Override
    Transport open() {
        return virtual;
    }

    private Duration between(Route route, int first, int second) {
        List<RecordedRequest> all = requests(route);
        return Duration.between(all.get(first).at(), all.get(second).at());
    }

    @Test
    @DisplayName("GHS-S17 the wait the service asks for is kept, in seconds or as a date")
    void theWaitAskedForIsKept() {
        faults().next(Route.LIST_SCALE_SETS, Fault.status(429, "", Map.of("Retry-After", "7")));
        ScaleSetClient client = client();
        await(client.findScaleSet(1, SET));
        assertThat(between(Route.LIST_SCALE_SETS, 0, 1)).isBetween(seconds(7), seconds(8));

        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                time.now().plusSeconds(30).atOffset(ZoneOffset.UTC));
        faults().next(Route.LIST_SCALE_SETS, Fault.status(503, "", Map.of("Retry-After", date)));
        await(client.findScaleSet(1, SET));
        assertThat(between(Route.LIST_SCALE_SETS, 2, 3)).isBetween(seconds(29), seconds(31));
    }

    @Test
    @DisplayName("GHS-S15 waits between tries are drawn from zero to a bound that doubles")
    void waitsAreDrawnAndGrow() {
        ScaleSetClient client = client();
        int calls = 25;
        for (int call = 0; call < calls; call++) {
            faults().next(Route.GET_SCALE_SET, 5, Fault.status(503));
            failure(client.scaleSet(42));
        }
        Duration latency = Duration.ofMillis(40);
        for (int wait = 0; wait < 4; wait++) {
            Duration bound = Duration.ofMillis(500L << wait);
            var waits = new TreeSet<Duration>();
            for (int call = 0; call < calls; call++) {
                waits.add(between(Route.GET_SCALE_SET, 5 * call + wait, 5 * call + wait + 1));
            }
            assertThat(waits.last()).isBetween(bound.dividedBy(2), bound.plus(latency));
            assertThat(waits.first()).isLessThan(bound.dividedBy(2));
            assertThat(waits.size()).isGreaterThan(calls / 2);
        }
    }

    @Test
    @DisplayName("GHS-S15 a call that is never answered is ended by its deadline, five times")
    void aCallThatIsNeverAnsweredEnds() {
        faults().next(Route.GET_SCALE_SET, 9, Fault.hang());
        GitHubException failure =
                failure(client(builder -> builder.callDeadline(seconds(10))).scaleSet(42));
        assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
        assertThat(requests(Route.GET_SCALE_SET)).hasSize(5);
        assertThat(time.elapsed()).isBetween(seconds(50), seconds(60));
    }

    @Test
    @DisplayName("GHS-S22 a registration whose answer comes too late leaves one runner")
    void aRegistrationAnsweredTooLateLeavesOneRunner() {
        ScaleSetClient client = client();
        ScaleSet set = createScaleSet(client, SET);
        faults().next(Route.GENERATE_JIT_CONFIG, Fault.delay(seconds(45)));
        var registration = await(client.register(set.id(), R1, "_work"));
        time.advance(Duration.ofMinutes(1));
        assertThat(sim().registrations())
                .extracting(made -> Long.toString(made.id()))
                .containsExactly(registration.id());
    }

    @Test
    @DisplayName("GHS-S23 fifty registrations at 200 ms each take less than half a second")
    void fiftyRegistrationsTakeNoLongerThanOne() {
        start(builder -> builder.latency(Duration.ofMillis(200)));
        ScaleSetClient client = client();
        ScaleSet set = createScaleSet(client, SET);
        var before = time.elapsed();
        var all = new ArrayList<CompletableFuture<?>>();
        for (int i = 0; i < 50; i++) {
            all.add(client.register(set.id(), new RunnerId("r" + i), "_work").toCompletableFuture());
        }
        await(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)));
        assertThat(time.elapsed().minus(before)).isLessThan(Duration.ofMillis(500));
        assertThat(sim().registrations()).hasSize(50);
    }
}
