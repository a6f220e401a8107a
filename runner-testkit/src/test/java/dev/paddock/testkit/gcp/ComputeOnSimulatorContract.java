package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.gcp.ComputeException;
import dev.paddock.gcp.ComputeFault;
import dev.paddock.gcp.ComputeFault.Kind;
import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.ComputeOperation;
import dev.paddock.gcp.internal.InsertRequest;
import dev.paddock.gcp.internal.InsertRequest.Shape;
import dev.paddock.gcp.internal.RegionFacts;
import dev.paddock.gcp.internal.TemplateFacts;
import dev.paddock.gcp.internal.Vm;
import dev.paddock.gcp.internal.VmList;
import dev.paddock.gcp.internal.ZoneFacts;
import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The life of a VM, asked of the simulator, which is strict about what it is asked. */
@Timeout(60)
abstract class ComputeOnSimulatorContract {
    private static final String ID = "0f0e0d0c-0b0a-4909-8807-0605040302";
    private static final Duration SOON = Duration.ofMillis(40);

    final ComputeTransport transport = transport();
    private final ComputeEngineSimulator simulator = transport.start(ComputeEngineSimulator.builder("acme-ci")
            .zones("us-central1-a", "us-east1-c", "us-east1-d", "us-west1-a")
            .template(ComputeTemplate.builder("gpu", "n1-standard-4")
                    .accelerator("nvidia-tesla-t4", 1)
                    .label("team", "graphics")
                    .metadata("startup-script", "echo hello")
                    .build())
            .template(ComputeTemplate.builder("cpu", "n1-standard-2").build())
            .times(times -> times.insert(SOON)
                    .stockOut(SOON)
                    .boot(SOON)
                    .delete(SOON)
                    .change(SOON)
                    .shutdown(SOON)));
    private final ComputeApi compute = transport.compute(simulator);

    abstract ComputeTransport transport();

    @AfterEach
    void nothingWasAskedWrongly() {
        try {
            assertThat(simulator.violations()).isEmpty();
        } finally {
            transport.close();
        }
    }

    private <T> T get(CompletionStage<T> stage) {
        return transport.await(stage);
    }

    private ComputeFault refusal(CompletionStage<?> stage) {
        try {
            throw new AssertionError("no failure but " + transport.await(stage));
        } catch (CompletionException failed) {
            return ((ComputeException) failed.getCause()).fault();
        }
    }

    private static InsertRequest request(String zone, String name, int attempt) {
        return request(zone, name, attempt, "STANDARD");
    }

    private static InsertRequest request(String zone, String name, int attempt, String model) {
        return new InsertRequest(
                zone,
                name,
                ID + String.format("%02x", attempt),
                "global/instanceTemplates/gpu",
                Map.of("enable-guest-attributes", "TRUE", "jit-config", "c2VjcmV0" + name),
                Map.of("paddock-fleet", "f1", "paddock-runner", name),
                new Shape(
                        Optional.empty(),
                        Optional.empty(),
                        0,
                        Optional.of(model),
                        Optional.of(Duration.ofHours(2)),
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("TERMINATE")));
    }

    /** As its owner does: asks until it has ended. */
    private ComputeOperation end(ComputeOperation begun) {
        ComputeOperation[] last = {begun};
        for (int i = 0; i < 500 && !last[0].done(); i++) {
            transport.pause(Duration.ofMillis(10));
            last[0] = get(compute.operation(begun.ref()));
        }
        assertThat(last[0].done()).isTrue();
        return last[0];
    }

    @Test
    @DisplayName("GCE-18, GCE-24: a VM is asked for, made, seen, listed by its owner's label, and deleted")
    void life() {
        ComputeOperation made = end(get(compute.insert(request("us-east1-c", "gpu-a", 1))));
        assertThat(made.fault()).isEmpty();
        assertThat(made.target()).isEqualTo("gpu-a");
        Vm vm = get(compute.instance("us-east1-c", "gpu-a"));
        assertThat(vm.id()).isEqualTo(made.targetId()).isNotEmpty();
        assertThat(vm.metadata()).containsEntry("jit-config", "c2VjcmV0gpu-a");
        assertThat(vm.labels()).containsEntry("paddock-fleet", "f1");
        end(get(compute.insert(request("us-west1-a", "gpu-b", 2))));

        VmList list = get(compute.instances("labels.paddock-fleet=f1"));
        assertThat(list.vms()).extracting(Vm::name).containsExactlyInAnyOrder("gpu-a", "gpu-b");
        assertThat(list.unreachable()).isEmpty();
        assertThat(get(compute.instances("labels.paddock-fleet=other")).vms()).isEmpty();

        assertThat(end(get(compute.delete("us-east1-c", "gpu-a", ID + "11"))).fault())
                .isEmpty();
        assertThat(refusal(compute.instance("us-east1-c", "gpu-a")).kind()).isEqualTo(Kind.NOT_FOUND);
        assertThat(refusal(compute.delete("us-east1-c", "gpu-a", ID + "12")).kind())
                .isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    @DisplayName("GCE-31, GCE-32: after a lost answer the same request id finds the same operation: one VM")
    void sameRequestId() {
        simulator.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.loseReply());
        assertThat(refusal(compute.insert(request("us-east1-c", "gpu-a", 1))).kind())
                .isEqualTo(Kind.AMBIGUOUS);
        ComputeOperation again = end(get(compute.insert(request("us-east1-c", "gpu-a", 1))));
        assertThat(again.fault()).isEmpty();
        assertThat(simulator.instances()).hasSize(1);
        assertThat(simulator.count(ComputeRoute.INSERT_INSTANCE)).isEqualTo(2);
        assertThat(refusal(compute.insert(request("us-east1-c", "gpu-a", 2))).kind())
                .isEqualTo(Kind.CONFLICT);
    }

    @Test
    @DisplayName("GCE-22, GCE-25: a zone without stock says so by its operation")
    void stockOut() {
        simulator.setStock("us-east1-c", "nvidia-tesla-t4", 0);
        ComputeFault fault = end(get(compute.insert(request("us-east1-c", "gpu-a", 1))))
                .fault()
                .orElseThrow();
        assertThat(fault.kind()).isEqualTo(Kind.STOCKOUT);
        assertThat(fault.message()).contains("operation");
    }

    @Test
    @DisplayName("GCE-27, GCE-28: a quota that is used up is named, and whether it is the project's")
    void quota() {
        simulator.setQuota("us-east1", "NVIDIA_T4_GPUS", 0);
        ComputeFault regional = denied(request("us-east1-c", "gpu-a", 1));
        assertThat(regional.kind()).isEqualTo(Kind.QUOTA);
        assertThat(regional.metric()).contains("NVIDIA_T4_GPUS");
        assertThat(regional.projectWide()).isFalse();
        simulator.setQuota("global", "GPUS_ALL_REGIONS", 0);
        ComputeFault global = denied(request("us-west1-a", "gpu-a", 2));
        assertThat(global.metric()).contains("GPUS_ALL_REGIONS");
        assertThat(global.projectWide()).isTrue();
    }

    /** Refused at once, or by its operation. */
    private ComputeFault denied(InsertRequest request) {
        try {
            return end(transport.await(compute.insert(request))).fault().orElseThrow();
        } catch (CompletionException refused) {
            return ((ComputeException) refused.getCause()).fault();
        }
    }

    @Test
    @DisplayName("GCE-1, GCE-4, GCE-5, GCE-39: regions, project, zones, cards, machine types and templates are read")
    void facts() {
        assertThat(get(compute.regions()))
                .extracting(RegionFacts::name)
                .containsExactlyInAnyOrder("us-central1", "us-east1", "us-west1");
        assertThat(get(compute.regions())).allMatch(region -> region.quotas().containsKey("NVIDIA_T4_GPUS"));
        assertThat(get(compute.project())).containsKey("GPUS_ALL_REGIONS");
        assertThat(get(compute.zones()).zones()).containsValue(new ZoneFacts("us-east1-d", "us-east1", true));
        assertThat(get(compute.accelerators()).zones().get("us-east1-c")).containsKey("nvidia-tesla-t4");
        assertThat(get(compute.machineType("n1-standard-4"))
                        .zones()
                        .get("us-east1-c")
                        .cpus())
                .isEqualTo(4);
        TemplateFacts template = get(compute.template("global/instanceTemplates/gpu"));
        assertThat(template.machineType()).isEqualTo("n1-standard-4");
        assertThat(template.accelerators()).containsEntry("nvidia-tesla-t4", 1);
        assertThat(template.metadata()).containsEntry("startup-script", "echo hello");
        assertThat(template.labels()).containsEntry("team", "graphics");
        simulator.removeTemplate("gpu");
        assertThat(refusal(compute.template("global/instanceTemplates/gpu")).kind())
                .isEqualTo(Kind.NOT_FOUND);
        ComputeFault deleted = refusal(compute.insert(request("us-east1-c", "gpu-a", 1)));
        assertThat(deleted.kind()).isEqualTo(Kind.NOT_FOUND);
        assertThat(deleted.message()).contains("the instance template does not exist");
    }

    @Test
    @DisplayName("GCE-55, GCE-56: what a guest tells and writes is read; its metadata is replaced by its fingerprint")
    void guest() {
        end(get(compute.insert(request("us-east1-c", "gpu-a", 1))));
        assertThat(get(compute.guestAttributes("us-east1-c", "gpu-a", "paddock")))
                .isEmpty();
        simulator.guestAttribute("gpu-a", "paddock/state", "ready");
        assertThat(get(compute.guestAttributes("us-east1-c", "gpu-a", "paddock")))
                .containsEntry("state", "ready");
        simulator.console("gpu-a", "x".repeat(30_000) + "the end");
        assertThat(get(compute.serialOutput("us-east1-c", "gpu-a", 16_384)))
                .hasSizeLessThanOrEqualTo(16_384)
                .contains("the end");

        Vm before = get(compute.instance("us-east1-c", "gpu-a"));
        end(get(compute.setMetadata("us-east1-c", "gpu-a", before.fingerprint(), Map.of("a", "b"))));
        assertThat(get(compute.instance("us-east1-c", "gpu-a")).metadata()).isEqualTo(Map.of("a", "b"));
        assertThat(refusal(compute.setMetadata("us-east1-c", "gpu-a", before.fingerprint(), Map.of()))
                        .kind())
                .isEqualTo(Kind.NOT_READY);
    }

    @Test
    @DisplayName("GCE-57: a preemption is found among its zone's operations")
    void preemption() {
        end(get(compute.insert(request("us-east1-c", "gpu-a", 1, "SPOT"))));
        simulator.preempt("gpu-a");
        List<ComputeOperation> found =
                get(compute.operations("us-east1-c", "operationType=\"compute.instances.preempted\""));
        assertThat(found).hasSize(1);
        assertThat(found.get(0).target()).isEqualTo("gpu-a");
        assertThat(found.get(0).type()).isEqualTo("compute.instances.preempted");
    }

    @Test
    @DisplayName("a VM of a region is made in a zone that is allowed, though another has room")
    void bulk() {
        simulator.setStock("us-east1-c", "nvidia-tesla-t4", 100);
        ComputeOperation made =
                end(get(compute.bulkInsert("us-east1", List.of("us-east1-d"), request("", "gpu-r", 1))));
        assertThat(made.fault()).isEmpty();
        assertThat(made.ref().zonal()).isFalse();
        assertThat(get(compute.instances("labels.paddock-runner=gpu-r")).vms())
                .extracting(Vm::zone)
                .containsExactly("us-east1-d");
    }

    @Test
    @DisplayName("GCE-37: polls that fail in passing do not end the wait")
    void polls() {
        ComputeOperation begun = get(compute.insert(request("us-east1-c", "gpu-a", 1)));
        simulator.faults().next(ComputeRoute.GET_OPERATION, Fault.status(500));
        simulator.faults().next(ComputeRoute.GET_OPERATION, Fault.loseReply());
        simulator.faults().next(ComputeRoute.GET_OPERATION, Fault.status(503));
        assertThat(end(begun).fault()).isEmpty();
    }
}
