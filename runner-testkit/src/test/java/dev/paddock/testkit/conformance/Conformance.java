package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubException;
import dev.paddock.github.ScaleSet;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.ScaleSetSettings;
import dev.paddock.spi.JobSource;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Faults;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * A case: a transport, a simulator made on first use, and short words for what cases do. A family of cases is an
 * abstract subclass; two subclasses of that say the transport and add what only it can show.
 *
 * <p>After each case the simulator must have found no breach of the protocol, unless the case said that it provokes
 * one.
 */
abstract class Conformance {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String ORGANIZATION = "my-org";
    static final String TOKEN = "ghp_conformance0001";
    static final String SET = "gpu-h200";

    private @Nullable Transport transport;
    private @Nullable ActionsServiceSimulator simulator;
    private boolean breachExpected;

    /** Opens the transport of this subclass. */
    abstract Transport open();

    @BeforeEach
    void openTransport() {
        transport = open();
    }

    @AfterEach
    void closeTransport() {
        try {
            if (simulator != null && !breachExpected) {
                assertThat(simulator.violations())
                        .as("breaches of the protocol")
                        .isEmpty();
            }
        } finally {
            transport().close();
        }
    }

    /** The case sends, on purpose, what the simulator counts as a breach. */
    void expectBreach() {
        breachExpected = true;
    }

    Transport transport() {
        if (transport == null) {
            throw new IllegalStateException("no case is running");
        }
        return transport;
    }

    /** What a simulator begins with here: polls are held as long as the transport likes. */
    ActionsServiceSimulator.Builder settings() {
        return ActionsServiceSimulator.builder().longPoll(transport().longPoll());
    }

    /** Starts the case's simulator with settings of its own; before the first {@link #sim}. */
    ActionsServiceSimulator start(UnaryOperator<ActionsServiceSimulator.Builder> adjust) {
        if (simulator != null) {
            throw new IllegalStateException("the simulator has started");
        }
        ActionsServiceSimulator started = transport().start(adjust.apply(settings()));
        simulator = started;
        return started;
    }

    ActionsServiceSimulator sim() {
        return simulator == null ? start(builder -> builder) : simulator;
    }

    Faults faults() {
        return sim().faults();
    }

    ScaleSetClient client() {
        return client(builder -> builder);
    }

    ScaleSetClient client(UnaryOperator<ScaleSetClient.Builder> adjust) {
        return adjust.apply(ScaleSetClient.builder(sim().configUrl(ORGANIZATION), GitHubCredentials.token(TOKEN))
                        .httpClient(transport().httpClient(sim()))
                        .scheduler(transport().scheduler()))
                .build();
    }

    /** Opens a listener on the case's scale set. */
    final JobSource.Attachment listen(ListenerProbe probe, String... labels) {
        ScaleSetListener listener = ScaleSetListener.builder(sim().configUrl(ORGANIZATION), SET)
                .credentials(GitHubCredentials.token(TOKEN))
                .labels(labels)
                .httpClient(transport().httpClient(sim()))
                .build();
        return listener.open(probe, probe);
    }

    /** What stands for a coordinator. */
    final ListenerProbe newProbe() {
        return new ListenerProbe(transport().scheduler(), "fleet");
    }

    /** Waits for a stage that must succeed. */
    <T> T await(CompletionStage<T> stage) {
        return transport().await(stage);
    }

    /** Waits for a stage that must fail, and says how. */
    GitHubException failure(CompletionStage<?> stage) {
        try {
            Object value = transport().await(stage);
            throw new AssertionError("succeeded with " + value);
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof GitHubException known) {
                return known;
            }
            throw new AssertionError("failed in a way no caller expects", failed);
        }
    }

    /** Lets time pass until a condition holds. */
    void until(BooleanSupplier condition, String what) {
        transport().until(condition, what);
    }

    /** The requests received on a route so far, in order. */
    List<RecordedRequest> requests(Route route) {
        return sim().requests().stream()
                .filter(request -> request.route() == route)
                .toList();
    }

    /** The one request received on a route. */
    RecordedRequest request(Route route) {
        List<RecordedRequest> all = requests(route);
        assertThat(all).as("requests on %s", route).hasSize(1);
        return all.get(0);
    }

    ScaleSet createScaleSet(ScaleSetClient client, String name, String... labels) {
        return await(client.createScaleSet(ScaleSetSettings.named(name).withLabels(List.of(labels))));
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError("not JSON: " + text, malformed);
        }
    }

    static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }
}
