package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.cost.HourlyPrice;
import dev.paddock.cost.PriceKey;
import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.gcp.ComputeFault;
import dev.paddock.gcp.GcpNotice;
import dev.paddock.gcp.VmNotReady;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.gcp.ZoneTried;
import dev.paddock.spi.PriceCatalog;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.OperationFault;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a VM is made, once, whatever becomes of the calls. */
class VmCreationTest {
    private static final String EXHAUSTED = "ZONE_RESOURCE_POOL_EXHAUSTED";

    private static VmWorld inOrder() {
        return VmWorld.open(settings -> settings.zoneSelector(ZoneSelector.inOrder()));
    }

    private static boolean certain(Throwable failure) {
        return failure instanceof ProvisioningException;
    }

    @Test
    @DisplayName("GCE-18 one request makes a VM of the template, and its handle says where and under which number")
    void happyPath() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            assertThat(world.inserts()).hasSize(1);
            ComputeRequest sent = world.inserts().get(0);
            assertThat(sent.query()).contains("sourceInstanceTemplate=", "instanceTemplates");
            UUID id = UUID.fromString(VmWorld.requestIds(world.inserts()).get(0));
            assertThat(id.version()).isEqualTo(4);
            assertThat(sent.body()).contains("\"name\":\"vm-a\"", "paddock-jit-config", "\"paddock-fleet\":\"acme\"");
            assertThat(handle.data())
                    .containsEntry("zone", "us-east1-c")
                    .containsEntry(
                            "id", Long.toString(world.compute.instances().get(0).id()));
            assertThat(world.compute.operations())
                    .singleElement()
                    .satisfies(operation -> assertThat(operation.status()).isEqualTo("DONE"));
            assertThat(world.compute.instances().get(0).status()).isEqualTo("RUNNING");
            world.noSecretTwice();
        }
    }

    @Test
    @DisplayName("GCE-22 a zone without stock is passed for the next: two POSTs, two request ids, one VM")
    void stockOut() {
        try (VmWorld world = inOrder()) {
            world.compute.faults().nextOperation("insert", OperationFault.stockOut());
            VmWorld.Life life = world.begin();
            assertThat(life.provision("vm-a").place()).isEqualTo("us-east1-d");
            assertThat(world.asked()).containsExactly("us-east1-c", "us-east1-d");
            assertThat(VmWorld.requestIds(world.inserts())).doesNotHaveDuplicates();
            assertThat(life.provision("vm-b").place()).isEqualTo("us-east1-d");
            assertThat(world.asked()).as("the dead zone is left alone").hasSize(3);
            world.noSecretTwice();
        }
    }

    @ParameterizedTest(name = "GCE-23 {0}, \"{1}\" is a stock-out too")
    @CsvSource({
        "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS, The zone does not have enough resources available",
        "SOME_CODE, GPU_STOCKOUT in this zone",
        "stockout, A n1-standard-4 VM instance is currently unavailable",
        "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS, not enough (resource type:pd-standard)",
    })
    void stockOutWords(String code, String message) {
        try (VmWorld world = inOrder()) {
            world.compute.faults().nextOperation("insert", OperationFault.error(code, message, 503));
            VmWorld.Life life = world.begin();
            assertThat(life.provision("vm-a").place()).isEqualTo("us-east1-d");
            assertThat(life.events(ZoneTried.class).get(0).refused()).hasValue(ComputeFault.Kind.STOCKOUT);
            life.provision("vm-b");
            assertThat(world.asked()).containsExactly("us-east1-c", "us-east1-d", "us-east1-d");
        }
    }

    @Test
    @DisplayName("GCE-24 an operation that shows an error while it runs is waited for until it is done")
    void runningWithError() {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .nextOperation(
                            "insert",
                            OperationFault.error(EXHAUSTED, "none", 503).shownFor(Duration.ofSeconds(20)));
            VmWorld.Life life = world.begin();
            assertThat(life.provision("vm-a").place()).isEqualTo("us-east1-d");
            Instant ended = world.compute.operations().get(0).endedAt().orElseThrow();
            assertThat(world.inserts().get(1).at()).isAfterOrEqualTo(ended);
            assertThat(world.requests(ComputeRoute.GET_OPERATION).stream()
                            .filter(poll -> poll.at().isBefore(ended)))
                    .hasSizeGreaterThan(3);
        }
    }

    @Test
    @DisplayName("GCE-25 an operation that ended with an error and no HTTP status has failed")
    void errorWithoutStatus() {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .nextOperation("insert", OperationFault.stockOut().withoutHttpStatus());
            assertThat(world.begin().provision("vm-a").place()).isEqualTo("us-east1-d");
        }
    }

    @Test
    @DisplayName("GCE-26 where no zone has stock the creation fails for certain, and says why for each zone")
    void noStockAnywhere() {
        try (VmWorld world = inOrder()) {
            for (String zone : VmWorld.ZONES) {
                world.compute.setStock(zone, VmWorld.T4, 0);
            }
            VmWorld.Life life = world.begin();
            Throwable failure = life.refused("vm-a");
            assertThat(failure).isInstanceOf(ProvisioningException.class).hasMessageContainingAll(VmWorld.ZONES);
            assertThat(((RunnerException) failure).isRetryable()).isTrue();
            assertThat(world.asked()).containsExactly(VmWorld.ZONES);
            assertThat(life.session.room(VmWorld.POOL).free()).isZero();
            assertThat(world.compute.instances()).isEmpty();
        }
    }

    @ParameterizedTest(
            name = "GCE-27 a quota, {0}, that an operation says is used up closes its region, not its zone alone")
    @ValueSource(strings = {"NVIDIA_T4_GPUS", "NOBODY_KNOWS_GPUS"})
    void quotaAtOperationTime(String metric) {
        try (VmWorld world = inOrder()) {
            world.compute.faults().nextOperation("insert", OperationFault.quotaExceeded(metric, 1, "us-east1"));
            VmWorld.Life life = world.begin();
            assertThat(life.provision("vm-a").place()).isEqualTo("us-central1-a");
            assertThat(world.asked()).containsExactly("us-east1-c", "us-central1-a");
            int before = world.compute.count(ComputeRoute.LIST_REGIONS);
            life.provision("vm-b");
            assertThat(world.compute.count(ComputeRoute.LIST_REGIONS))
                    .as("read anew")
                    .isGreaterThan(before);
        }
    }

    @ParameterizedTest(
            name = "GCE-28 a quota of the whole project, {0}, that is used up ends the search: no other zone is asked")
    @ValueSource(strings = {"GPUS_ALL_REGIONS", "NOBODY_KNOWS_ALL_REGIONS"})
    void projectQuota(String metric) {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .next(
                            ComputeRoute.INSERT_INSTANCE,
                            Fault.computeError(
                                    403, "quotaExceeded", "Quota '" + metric + "' exceeded.  Limit: 4.0 globally."));
            VmWorld.Life life = world.begin();
            Throwable failure = life.refused("vm-a");
            assertThat(failure).isInstanceOf(ProvisioningException.class).hasMessageContaining(metric);
            assertThat(((RunnerException) failure).isRetryable()).isTrue();
            assertThat(world.inserts()).hasSize(1);
        }
    }

    @Test
    @DisplayName("GCE-35 a name that is taken by our own VM is this VM; one taken by another's fails, untouched")
    void conflict() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life others = world.begin("others", 1);
            others.provision("vm-a");
            VmWorld.Life life = world.begin();
            Throwable failure = life.refused("vm-a");
            assertThat(failure).isInstanceOf(ProvisioningException.class).hasMessageContaining("somebody else");
            assertThat(((RunnerException) failure).isRetryable()).isFalse();
            world.time.advance(Duration.ofMinutes(10));
            assertThat(world.compute.count(ComputeRoute.DELETE_INSTANCE)).isZero();
            assertThat(world.compute.instances()).hasSize(1);

            RunnerHandle first = life.provision("vm-b");
            VmWorld.Life next = world.begin("acme", 2);
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.computeError(409, "alreadyExists", "is"));
            assertThat(next.provision("vm-b")).isEqualTo(first);
            world.noSecretTwice();
        }
    }

    @ParameterizedTest(
            name = "GCE-36 an operation without an end is left at the deadline, as uncertain; with an effect: {0}")
    @ValueSource(booleans = {false, true})
    void stuck(boolean effect) {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .nextOperation("insert", effect ? OperationFault.stuckAfterEffect() : OperationFault.stuck());
            Instant began = world.host.instant();
            Throwable failure = world.begin().refused("vm-a");
            assertThat(certain(failure)).isFalse();
            assertThat(failure).hasMessageContaining("operation-");
            assertThat(Duration.between(began, world.host.instant()))
                    .isBetween(Duration.ofMinutes(4), Duration.ofMinutes(5));
            assertThat(world.inserts()).hasSize(1);
        }
    }

    @ParameterizedTest(name = "GCE-37 an operation that could not be asked for, {0}, goes on")
    @ValueSource(ints = {404, 500, 401})
    void pollFails(int status) {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .next(ComputeRoute.GET_OPERATION, Fault.computeError(status, "backendError", "not now"));
            assertThat(world.begin().provision("vm-a").place()).isEqualTo("us-east1-c");
            assertThat(world.inserts()).hasSize(1);
        }
    }

    @ParameterizedTest(name = "GCE-38 an answer that makes no sense is no answer: page {0}")
    @ValueSource(booleans = {false, true})
    void nonsense(boolean page) {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .next(ComputeRoute.INSERT_INSTANCE, page ? Fault.page(502) : Fault.replaceBody("{\"kind\":"));
            world.begin().provision("vm-a");
            assertThat(world.compute.instances()).hasSize(1);
            assertThat(VmWorld.requestIds(world.inserts()).stream().distinct()).hasSize(1);
        }
    }

    @Test
    @DisplayName("GCE-39 without its template a pool says so and asks no zone; once it is back VMs are made again")
    void templateDeleted() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.compute.removeTemplate("runner");
            Throwable failure = life.refused("vm-b");
            assertThat(certain(failure)).as(failure.toString()).isTrue();
            assertThat(failure).hasMessageContaining("instanceTemplates");
            assertThat(world.inserts()).hasSize(2);
            assertThat(life.session.room(VmWorld.POOL).free()).isZero();
            assertThat(life.session.room(VmWorld.POOL).reason()).contains("instanceTemplates");
            assertThat(life.events(GcpNotice.class))
                    .anyMatch(notice -> notice.detail().contains("instanceTemplates"));

            world.time.advance(Duration.ofSeconds(61));
            assertThat(life.session.room(VmWorld.POOL).free()).as("tried again").isPositive();
            failure = life.refused("vm-c");
            assertThat(certain(failure)).as(failure.toString()).isTrue();
            assertThat(world.inserts()).as("nothing is sent without a template").hasSize(2);

            world.compute.addTemplate(VmWorld.template().build());
            world.time.advance(Duration.ofSeconds(61));
            life.provision("vm-d");
            assertThat(life.session.room(VmWorld.POOL).reason()).doesNotContain("instanceTemplates");
        }
    }

    @Test
    @DisplayName("GCE-43 closing ends the wait for an operation within a second, as uncertain, and names the operation")
    void closed() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            CompletableFuture<RunnerHandle> creation = life.begin("vm-a");
            world.time.advance(Duration.ofSeconds(10));
            assertThat(creation).isNotDone();
            life.session.close();
            world.time.advance(Duration.ofSeconds(1));
            assertThat(creation).isCompletedExceptionally();
            Throwable failure = world.failure(creation);
            assertThat(certain(failure)).isFalse();
            assertThat(failure)
                    .hasMessageContaining(world.compute.operations().get(0).name());
            assertThat(world.begin("acme", 2).list().machines())
                    .singleElement()
                    .satisfies(machine ->
                            assertThat(machine.handle().runner().value()).isEqualTo("vm-a"));
        }
    }

    @Test
    @DisplayName(
            "One name is one VM, asked for at once, twice, or again later, though another zone has more room by then")
    void oneNameOneVm() {
        try (VmWorld world = VmWorld.open(settings -> settings.zoneSelector(ZoneSelector.roundRobin()))) {
            VmWorld.Life life = world.begin();
            CompletableFuture<RunnerHandle> first = life.begin("vm-a");
            CompletableFuture<RunnerHandle> second = life.begin("vm-a");
            RunnerHandle handle = world.await(first);
            assertThat(world.await(second)).isEqualTo(handle);
            assertThat(life.provision("vm-a")).isEqualTo(handle);
            assertThat(world.compute.instances()).hasSize(1);
            assertThat(world.inserts()).hasSize(1);
            world.noSecretTwice();
        }
    }

    @Test
    @DisplayName("A price catalog that throws tells no price, and keeps no VM away")
    void brokenPrices() {
        PriceCatalog broken = new PriceCatalog() {
            @Override
            public Optional<BigDecimal> pricePerHour(String pool) {
                throw new IllegalStateException("no prices today");
            }

            @Override
            public Optional<HourlyPrice> price(PriceKey key) {
                throw new IllegalStateException("no prices today");
            }
        };
        try (VmWorld world = VmWorld.open(settings -> settings.prices(broken))) {
            assertThat(world.begin().provision("vm-a").place()).isNotEmpty();
        }
    }

    @Test
    @DisplayName("A selector that throws makes no VM: the creation fails for certain")
    void brokenSelector() {
        try (VmWorld world = VmWorld.open(settings -> settings.zoneSelector((request, zones) -> {
            throw new IllegalStateException("broken selector");
        }))) {
            Throwable failure = world.begin().refused("vm-a");
            assertThat(certain(failure)).as(failure.toString()).isTrue();
            assertThat(failure).hasMessageContaining("broken selector");
            assertThat(world.inserts()).isEmpty();
        }
    }

    @Test
    @DisplayName("GCE-64 no registration is in what is logged of creations that fail in all kinds of ways")
    void noSecretsInLogs() {
        PrintStream before = System.err;
        var logged = new ByteArrayOutputStream();
        System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
        try (VmWorld world = inOrder()) {
            var faults = world.compute.faults();
            VmWorld.Life life = world.begin();
            faults.next(ComputeRoute.INSERT_INSTANCE, Fault.loseReply());
            faults.next(ComputeRoute.INSERT_INSTANCE, Fault.computeError(429, "rateLimitExceeded", "slow down"));
            faults.next(ComputeRoute.GET_OPERATION, 8, Fault.computeError(500, "backendError", "broken"));
            life.provision("vm-a");
            faults.next(ComputeRoute.INSERT_INSTANCE, 3, Fault.replaceBody("<html>"));
            life.provision("vm-b");
            faults.next(ComputeRoute.INSERT_INSTANCE, Fault.computeError(400, "invalid", "Bad field"));
            life.refused("vm-c");
        } finally {
            System.setErr(before);
        }
        assertThat(logged.toString(StandardCharsets.UTF_8))
                .contains("creating vm-a", "sent again", "Bad field")
                .doesNotContain("jit-of-");
    }

    @Test
    @DisplayName("GCE-64 nor is a part of one that Google repeats, or one that is wrapped on the console")
    void secretsInPart() {
        try (VmWorld world = VmWorld.open(settings -> settings.zoneSelector(ZoneSelector.inOrder()))) {
            String part = VmWorld.secret("vm-a").substring(0, 300);
            world.compute
                    .faults()
                    .next(
                            ComputeRoute.INSERT_INSTANCE,
                            Fault.computeError(
                                    400, "invalid", "The value '" + part + "' of paddock-jit-config is bad"));
            VmWorld.Life life = world.begin();
            Throwable failure = life.refused("vm-a");
            assertThat(failure).hasMessageContaining("The value '***'");
            assertThat(failure.getMessage()).doesNotContain("jit-of-vm-a");
            assertThat(life.events.toString()).doesNotContain("jit-of-vm-a");

            world.time.advance(Duration.ofMinutes(2));
            RunnerHandle handle = life.provision("vm-b");
            String wrapped = VmWorld.secret("vm-b").replaceAll("(.{76})", "$1\n");
            world.compute.console("vm-b", "boot\n" + wrapped + "\nend\n");
            world.await(life.session.remove(handle));
            assertThat(life.events(VmNotReady.class))
                    .singleElement()
                    .satisfies(told -> assertThat(told.toString())
                            .contains("boot", "***", "end")
                            .doesNotContain("jit-of-vm-b"));
        }
    }

    @Test
    @DisplayName("GCE-64 no registration is in what a provider throws, tells or prints")
    void noSecrets() {
        try (VmWorld world = inOrder()) {
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.computeError(400, "invalid", "Bad field"));
            VmWorld.Life life = world.begin();
            Throwable failure = life.refused("vm-a");
            world.time.advance(Duration.ofSeconds(61));
            RunnerHandle made = life.provision("vm-b");
            List<Object> told = new ArrayList<>(life.events);
            told.addAll(life.seen);
            told.add(made);
            told.add(life.list());
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                told.add(cause);
            }
            assertThat(told).allSatisfy(one -> assertThat(one.toString()).doesNotContain("jit-of-"));
            assertThat(Map.of("provider", world.provider.toString(), "session", life.session.toString())
                            .toString())
                    .doesNotContain("jit-of-");
            assertThat(Optional.of(world.inserts().get(0).body()).orElseThrow()).contains("jit-of-vm-a");
        }
    }
}
