package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.gcp.GcpProject;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.spi.Listing;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.VirtualTime;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** A simulated Compute Engine and a provider's session, without a fleet: what a test asks for is asked at once. */
final class VmWorld implements AutoCloseable {
    static final String POOL = "gpu";
    static final String T4 = GcpWorld.T4;
    static final String[] ZONES = {"us-east1-c", "us-east1-d", "us-central1-a"};
    static final Duration LIMIT = Duration.ofMinutes(20);

    final VirtualTime time = VirtualTime.seeded(7);
    final VirtualTime.Host host = time.host("coordinator");
    final ComputeEngineSimulator compute;
    final GcpProject project;
    final GcpRunnerProvider provider;
    private final List<Life> lives = new ArrayList<>();

    private VmWorld(
            UnaryOperator<ComputeEngineSimulator.Builder> service,
            UnaryOperator<GcpRunnerProvider.Builder> settings,
            UnaryOperator<GcpProject.Builder> access) {
        compute = service.apply(ComputeEngineSimulator.builder("acme-ci")
                        .rules(rules -> rules.jitConfigKey("paddock-jit-config"))
                        .template(template().build())
                        .zones(ZONES))
                .inMemory(time);
        project = access.apply(GcpProject.builder("acme-ci")
                        .endpoint(URI.create(compute.url()))
                        .httpClient(compute.httpClient(host)))
                .build();
        provider = settings.apply(GcpRunnerProvider.builder(project, "runner").zones(ZONES))
                .build();
    }

    static ComputeTemplate.Builder template() {
        return ComputeTemplate.builder("runner", "n1-standard-4")
                .accelerator(T4, 1)
                .disk("pd-ssd", (int) (ByteSize.ofGiB(100).bytes() >> 30))
                .onHostMaintenance("TERMINATE");
    }

    static VmWorld open() {
        return open(settings -> settings);
    }

    static VmWorld open(UnaryOperator<GcpRunnerProvider.Builder> settings) {
        return open(service -> service, settings);
    }

    static VmWorld open(
            UnaryOperator<ComputeEngineSimulator.Builder> service, UnaryOperator<GcpRunnerProvider.Builder> settings) {
        return open(service, settings, access -> access);
    }

    static VmWorld open(
            UnaryOperator<ComputeEngineSimulator.Builder> service,
            UnaryOperator<GcpRunnerProvider.Builder> settings,
            UnaryOperator<GcpProject.Builder> access) {
        return new VmWorld(service, settings, access);
    }

    /** A session of the provider, and what it told. */
    final class Life implements ProviderContext {
        private final String fleet;
        private final long epoch;
        final List<RunnerObservation> seen = new ArrayList<>();
        final List<ExtensionEvent> events = new ArrayList<>();
        final RunnerProvider.Session session;

        private Life(String fleet, long epoch) {
            this.fleet = fleet;
            this.epoch = epoch;
            session = provider.open(this);
        }

        CompletableFuture<RunnerHandle> begin(String name) {
            var runner = new RunnerId(name);
            return session.provision(new ProvisionRequest(
                            runner, POOL, RunnerProfile.any(), Registration.of(runner, "7", secret(name))))
                    .toCompletableFuture();
        }

        RunnerHandle provision(String name) {
            return await(begin(name));
        }

        Throwable refused(String name) {
            return failure(begin(name));
        }

        Listing list() {
            return await(session.list());
        }

        <T> List<T> events(Class<T> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }

        List<RunnerObservation.Kind> seen(String name) {
            return seen.stream()
                    .filter(one -> one.runner().value().equals(name))
                    .map(RunnerObservation::kind)
                    .toList();
        }

        @Override
        public String fleet() {
            return fleet;
        }

        @Override
        public long epoch() {
            return epoch;
        }

        @Override
        public Scheduler scheduler() {
            return host;
        }

        @Override
        public void observe(RunnerObservation observation) {
            seen.add(observation);
        }

        @Override
        public void publish(ExtensionEvent event) {
            events.add(event);
        }
    }

    Life begin(String fleet, long epoch) {
        Life life = new Life(fleet, epoch);
        lives.add(life);
        return life;
    }

    /** The first life of fleet {@code acme}. */
    Life begin() {
        return begin("acme", 1);
    }

    static String secret(String name) {
        return ("jit-of-" + name + "-").repeat(30);
    }

    <T> T await(CompletionStage<T> stage) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        if (!time.advanceUntil(future::isDone, LIMIT)) {
            throw new AssertionError("no answer within " + LIMIT + "; " + compute.instances());
        }
        return future.join();
    }

    Throwable failure(CompletionStage<?> stage) {
        try {
            throw new AssertionError("should have failed and gave " + await(stage));
        } catch (CompletionException failure) {
            return failure.getCause();
        }
    }

    List<ComputeRequest> requests(ComputeRoute route) {
        return compute.requests().stream()
                .filter(request -> request.route() == route)
                .toList();
    }

    List<ComputeRequest> inserts() {
        return requests(ComputeRoute.INSERT_INSTANCE);
    }

    /** No registration is or was in two VMs, and nothing was asked that Google refuses in every project. */
    void noSecretTwice() {
        assertThat(compute.jitConfigs())
                .allSatisfy((secret, holders) -> assertThat(holders).hasSizeLessThanOrEqualTo(1));
        assertThat(compute.violations()).isEmpty();
    }

    /** Which zones were asked for a VM, in order. */
    List<String> asked() {
        return inserts().stream()
                .map(request -> request.path().replaceFirst(".*/zones/([^/]+)/.*", "$1"))
                .toList();
    }

    static List<String> requestIds(List<ComputeRequest> requests) {
        return requests.stream()
                .map(request -> request.query().replaceFirst(".*requestId=([^&]*).*", "$1"))
                .toList();
    }

    @Override
    public void close() {
        lives.forEach(life -> await(life.session.close()));
        project.close();
    }
}
