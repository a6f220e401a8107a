package dev.paddock.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.gcp.internal.InsertRequest;
import dev.paddock.gcp.internal.TemplateFacts;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is asked for when a VM is made. */
class VmFormTest {
    private static final RunnerId RUNNER = new RunnerId("gpu-ab12-k3f9a2c1xx");
    private static final Ownership OWNER = new Ownership("fleet", 3);
    private static final TemplateFacts TEMPLATE = new TemplateFacts(
            "linux-gpu-runner",
            "n1-standard-4",
            Map.of("nvidia-tesla-t4", 1),
            Map.of("a", "1", "startup-script", "theirs", "ssh-keys", "k"),
            Map.of("team", "core", "paddock-fleet", "another"),
            false,
            "TERMINATE",
            true,
            "pd-ssd",
            100,
            true,
            "projects/acme-ci/global/images/family/runner",
            "global/networks/ci",
            "regions/us-east1/subnetworks/ci",
            "STANDARD",
            0);

    private static InsertRequest request(UnaryOperator<GcpRunnerProvider.Builder> settings) {
        GcpSettings built = settings.apply(
                        GcpRunnerProvider.builder("acme-ci", "linux-gpu-runner").zones("us-east1-c"))
                .settings();
        GcpMachine machine = built.machines().get(0);
        MachineShape shape = VmForm.shape(built, machine, TEMPLATE, Optional.empty());
        return new VmForm(built, OWNER)
                .request(RUNNER, "gpu", "the-secret", "us-east1-c", "id", machine, shape, TEMPLATE);
    }

    @Test
    @DisplayName("GCE-19, GCE-20: the template's metadata stays, ours wins, keys are joined; its labels never win ours")
    void merged() {
        InsertRequest request = request(builder -> builder.bootScript("ours").metadata("ssh-keys", "l"));
        assertThat(request.metadata())
                .containsEntry("a", "1")
                .containsEntry("startup-script", "ours")
                .containsEntry("ssh-keys", "k\nl")
                .containsEntry("paddock-jit-config", "the-secret")
                .containsEntry("paddock-expect-gpu", "true")
                .containsEntry("enable-guest-attributes", "TRUE");
        assertThat(request.labels())
                .containsEntry("team", "core")
                .containsEntry("paddock-fleet", "fleet")
                .containsEntry("paddock-epoch", "3")
                .containsEntry("paddock-runner", RUNNER.value())
                .containsEntry("paddock-pool", "gpu");
        assertThat(request.toString()).doesNotContain("the-secret");
        assertThat(request(GcpRunnerProvider.Builder::windows).metadata())
                .containsKey("windows-startup-script-ps1")
                .containsEntry("startup-script", "theirs");
        assertThat(request(builder -> builder.machine(GcpMachine.ofTemplate().withoutAccelerators()))
                        .metadata())
                .as("the template's card is there all the same")
                .containsEntry("paddock-expect-gpu", "true");
        assertThat(request(builder -> builder.expectGpu(false)).metadata())
                .containsEntry("paddock-expect-gpu", "false");
    }

    @Test
    @DisplayName("An interface that is sent says all of it: the template's network stays when only the address goes")
    void network() {
        assertThat(request(builder -> builder).shape().network()).isEmpty();
        InsertRequest.Shape inside =
                request(builder -> builder.externalIp(false)).shape();
        assertThat(inside.network()).hasValue("global/networks/ci");
        assertThat(inside.subnetwork()).hasValue("regions/us-east1/subnetworks/ci");
        assertThat(inside.externalIp()).hasValue(false);
        InsertRequest.Shape other =
                request(builder -> builder.network("global/networks/other")).shape();
        assertThat(other.network()).hasValue("global/networks/other");
        assertThat(other.subnetwork()).isEmpty();
        assertThat(other.externalIp()).hasValue(true);
    }

    @ParameterizedTest(name = "A GPU that is built in is expected, though no catalogue could be read: {0} {1}")
    @CsvSource({
        "g2-standard-8, true",
        "g4-standard-48, true",
        "a2-highgpu-1g, true",
        "a3-highgpu-8g, true",
        "a4x-highgpu-4g, true",
        "n1-standard-4, false",
        "c4a-standard-4, false",
        "e2-standard-4, false"
    })
    void builtIn(String type, boolean expected) {
        TemplateFacts template =
                new TemplateFacts("t", type, Map.of(), Map.of(), Map.of(), false, "", true, "pd-ssd", 100, false);
        GcpSettings built =
                GcpRunnerProvider.builder("acme-ci", "t").zones("us-east1-c").settings();
        GcpMachine machine = built.machines().get(0);
        MachineShape shape = VmForm.shape(built, machine, template, Optional.empty());
        assertThat(new VmForm(built, OWNER)
                        .request(RUNNER, "gpu", "the-secret", "us-east1-c", "id", machine, shape, template)
                        .metadata())
                .containsEntry("paddock-expect-gpu", Boolean.toString(expected));
    }

    @Test
    @DisplayName("A boot disk below 1 GiB is refused, and a part of a GiB counts as a whole one")
    void bootDisk() {
        assertThat(request(builder -> builder.bootDisk("i", ByteSize.ofMiB(1_025), "pd-ssd"))
                        .shape()
                        .bootDisk()
                        .orElseThrow()
                        .gigabytes())
                .isEqualTo(2);
        assertThatThrownBy(() -> request(builder -> builder.bootDisk("i", ByteSize.ofMiB(1_023), "pd-ssd")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1 GiB");
    }

    @Test
    @DisplayName("GCE-21: metadata above Google's bounds is refused before anything is sent, without its value")
    void tooMuch() {
        String large = "x".repeat(262_145);
        assertThatThrownBy(() -> request(builder -> builder.bootScript(large)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("startup-script has 262145 bytes")
                .hasMessageContaining("262144")
                .hasMessageNotContaining("xxx");
        String most = "x".repeat(262_000);
        assertThatThrownBy(() -> request(builder ->
                        builder.bootScript(most).metadata("more", most).metadata("much", "x".repeat(1_000))))
                .hasMessageContaining("in all");
    }

    @Test
    @DisplayName("GCE-18: a request id is a v4 UUID, the same for the same attempt, another for each other")
    void requestIds() {
        String id = OWNER.requestId(RUNNER, "us-east1-c", "insert", 1);
        assertThat(UUID.fromString(id).version()).isEqualTo(4);
        assertThat(UUID.fromString(id).variant()).isEqualTo(2);
        assertThat(OWNER.requestId(RUNNER, "us-east1-c", "insert", 1)).isEqualTo(id);
        assertThat(OWNER.requestId(RUNNER, "us-east1-d", "insert", 1)).isNotEqualTo(id);
        assertThat(OWNER.requestId(RUNNER, "us-east1-c", "insert", 2)).isNotEqualTo(id);
        assertThat(OWNER.requestId(RUNNER, "us-east1-c", "delete", 1)).isNotEqualTo(id);
        assertThat(new Ownership("other", 3).requestId(RUNNER, "us-east1-c", "insert", 1))
                .isNotEqualTo(id);
    }

    @Test
    @DisplayName("A label is what it is named after, or if Google does not take that what is left of it and a hash")
    void labels() {
        assertThat(Ownership.label("fleet-1")).isEqualTo("fleet-1");
        assertThat(Ownership.label("Acme/Engine")).matches("acme-engine-[0-9a-f]{8}");
        assertThat(Ownership.label("acme/engine")).isNotEqualTo(Ownership.label("Acme/Engine"));
        assertThat(Ownership.label("x".repeat(100))).hasSize(63);
    }
}
