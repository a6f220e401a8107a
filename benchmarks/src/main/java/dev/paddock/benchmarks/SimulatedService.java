package dev.paddock.benchmarks;

import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * A GitHub of its own for a {@link ChildJvm}: prints its URL and serves until its parent is done. The argument is how
 * many milliseconds it takes over a JIT configuration.
 */
final class SimulatedService {
    private SimulatedService() {}

    public static void main(String[] args) throws IOException {
        Fault late = Fault.delay(Duration.ofMillis(Long.parseLong(args[0])));
        try (var service = ActionsServiceSimulator.builder().start()) {
            service.faults()
                    .decide(request ->
                            request.route() == Route.GENERATE_JIT_CONFIG ? Optional.of(late) : Optional.empty());
            System.out.println(service.url());
            ChildJvm.awaitParent();
        }
    }
}
