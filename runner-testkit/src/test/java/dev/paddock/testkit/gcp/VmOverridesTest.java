package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.gcp.GcpRunnerProvider;
import java.io.IOException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the builder says of a VM, as Google is asked for it; what it does not say is the template's. */
class VmOverridesTest {
    private static final String SHA = "0123456789abcdef".repeat(4);

    private static JsonNode asked(UnaryOperator<GcpRunnerProvider.Builder> settings) {
        try (VmWorld world = VmWorld.open(settings)) {
            world.begin().provision("vm-a");
            assertThat(world.compute.violations()).isEmpty();
            return new ObjectMapper().readTree(world.inserts().get(0).body());
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    private static String metadata(JsonNode vm, String key) {
        for (JsonNode item : vm.path("metadata").path("items")) {
            if (item.path("key").asText().equals(key)) {
                return item.path("value").asText();
            }
        }
        return "none";
    }

    @Test
    @DisplayName("A VM of which nothing is said has the template's account, network, tags, disks and shield")
    void nothing() {
        JsonNode vm = asked(settings -> settings);
        for (String field : new String[] {
            "serviceAccounts", "networkInterfaces", "tags", "disks", "shieldedInstanceConfig", "machineType",
        }) {
            assertThat(vm.has(field)).as(field).isFalse();
        }
        assertThat(metadata(vm, "paddock-runner-version")).isEqualTo("none");
    }

    @Test
    @DisplayName("A service account comes with its scopes, and without any when none is named")
    void serviceAccount() {
        String email = "runner@acme-ci.iam.gserviceaccount.com";
        String scope = "https://www.googleapis.com/auth/devstorage.read_only";
        JsonNode one = asked(settings -> settings.serviceAccount(email, scope)).path("serviceAccounts");
        assertThat(one).hasSize(1);
        assertThat(one.path(0).path("email").asText()).isEqualTo(email);
        assertThat(one.path(0).path("scopes")).extracting(JsonNode::asText).containsExactly(scope);
        JsonNode none = asked(settings -> settings.serviceAccount(email)).path("serviceAccounts");
        assertThat(none.path(0).path("email").asText()).isEqualTo(email);
        assertThat(none.path(0).path("scopes")).isEmpty();
    }

    @Test
    @DisplayName("Network tags, a subnetwork, and no address on the internet")
    void network() {
        JsonNode vm = asked(settings -> settings.tags("ci")
                .tags("gpu")
                .network("global/networks/ci")
                .subnetwork("regions/us-east1/subnetworks/ci")
                .externalIp(false));
        assertThat(vm.path("tags").path("items")).extracting(JsonNode::asText).containsExactly("ci", "gpu");
        JsonNode card = vm.path("networkInterfaces").path(0);
        assertThat(card.path("network").asText()).isEqualTo("global/networks/ci");
        assertThat(card.path("subnetwork").asText()).isEqualTo("regions/us-east1/subnetworks/ci");
        assertThat(card.has("accessConfigs")).isFalse();
    }

    @ParameterizedTest(name = "Secure boot is {0}")
    @CsvSource({"true", "false"})
    void secureBoot(boolean on) {
        JsonNode shield = asked(settings -> settings.secureBoot(on)).path("shieldedInstanceConfig");
        assertThat(shield.path("enableSecureBoot").isBoolean()).isTrue();
        assertThat(shield.path("enableSecureBoot").asBoolean()).isEqualTo(on);
    }

    @Test
    @DisplayName("SLANG-W48 the version of the runner that is wanted, and its digest, are told to the boot script")
    void runnerVersion() {
        JsonNode vm = asked(settings -> settings.runnerVersion("2.330.0", SHA));
        assertThat(metadata(vm, "paddock-runner-version")).isEqualTo("2.330.0");
        assertThat(metadata(vm, "paddock-runner-sha256")).isEqualTo(SHA);
    }

    @Test
    @DisplayName("The boot script is Paddock's, another one, or the template's own")
    void bootScript() {
        assertThat(metadata(asked(settings -> settings), "startup-script")).startsWith("#!/usr/bin/env bash");
        assertThat(metadata(asked(settings -> settings.bootScript("#!/bin/sh")), "startup-script"))
                .isEqualTo("#!/bin/sh");
        JsonNode without = asked(GcpRunnerProvider.Builder::withoutBootScript);
        assertThat(metadata(without, "startup-script")).isEqualTo("none");
        assertThat(metadata(without, "paddock-jit-config")).isEqualTo(VmWorld.secret("vm-a"));
    }

    @Test
    @DisplayName("SLANG-W63 a pool's runners have the labels of its system and its architecture")
    void labels() {
        var builder = GcpRunnerProvider.builder("acme-ci", "runner").zones("us-east1-c");
        assertThat(builder.build().systemLabels()).containsExactly("Linux", "X64");
        assertThat(builder.arm64().build().systemLabels()).containsExactly("Linux", "ARM64");
        var windows = GcpRunnerProvider.builder("acme-ci", "runner")
                .zones("us-east1-c")
                .windows();
        assertThat(windows.build().systemLabels()).containsExactly("Windows", "X64");
    }
}
