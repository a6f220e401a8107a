package dev.paddock.gcp;

import static dev.paddock.gcp.Given.CPU;
import static dev.paddock.gcp.Given.H100;
import static dev.paddock.gcp.Given.NOW;
import static dev.paddock.gcp.Given.T4;
import static dev.paddock.gcp.Given.ledger;
import static dev.paddock.gcp.Given.quota;
import static dev.paddock.gcp.Given.quotaFault;
import static dev.paddock.gcp.Given.read;
import static dev.paddock.gcp.Given.region;
import static dev.paddock.gcp.Given.spot;
import static dev.paddock.gcp.Given.t4;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.cost.ProvisioningModel;
import dev.paddock.gcp.internal.Quota;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class QuotaLedgerTest {
    private static final MachineShape FLEX = T4.with(ProvisioningModel.FLEX_START);

    private static Optional<String> reserve(QuotaLedger ledger, String name, MachineShape shape) {
        return ledger.reserve(name, "us-east1-c", "us-east1", shape, NOW);
    }

    private static int left(QuotaLedger ledger, MachineShape shape) {
        return ledger.view().headroom("us-east1", shape, NOW).left();
    }

    @Test
    @DisplayName("GCE-11 of 10 promises with 3 free, 3 are given and 7 are not; one given back lets one more in")
    void three() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 5));
        List<String> names = Given.names("vm", 10);
        assertThat(names.stream().filter(name -> reserve(ledger, name, T4).isEmpty()))
                .containsExactly("vm0", "vm1", "vm2");
        ledger.release("vm1");
        assertThat(reserve(ledger, "vm7", T4)).isEmpty();
        assertThat(reserve(ledger, "vm8", T4))
                .contains("quota used up: NVIDIA_T4_GPUS in us-east1: 5 of 8 used, 3 being made");
    }

    @Test
    @DisplayName("SLANG-22 with a quota of 1 and the first VM being made, the second is refused with the numbers")
    void second() {
        QuotaLedger ledger = ledger(t4("us-east1", 1, 0));
        assertThat(reserve(ledger, "a", T4)).isEmpty();
        assertThat(reserve(ledger, "b", T4))
                .contains("quota used up: NVIDIA_T4_GPUS in us-east1: 0 of 1 used, 1 being made");
        assertThat(ledger.view().names()).containsExactly("a");
    }

    @Test
    @DisplayName("SLANG-42 a name that is being made already is refused")
    void sameName() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 0));
        assertThat(reserve(ledger, "a", T4)).isEmpty();
        assertThat(reserve(ledger, "a", T4)).contains("a is being made already, in us-east1-c");
        assertThat(left(ledger, T4)).isEqualTo(7);
    }

    @Test
    @DisplayName("SLANG-43 a promise moves to another region in one step and counts once")
    void moves() {
        QuotaLedger ledger =
                ledger(Map.of("GPUS_ALL_REGIONS", quota(1, 0)), t4("us-east1", 1, 0), t4("us-west1", 1, 0));
        assertThat(reserve(ledger, "a", T4)).isEmpty();
        assertThat(ledger.place("a", T4, NOW, view -> List.of(new QuotaLedger.Spot("us-west1-a", "us-west1"))))
                .contains(new QuotaLedger.Spot("us-west1-a", "us-west1"));
        QuotaLedger.View view = ledger.view();
        assertThat(view.pendingInRegion("us-east1")).isZero();
        assertThat(view.pendingInRegion("us-west1")).isEqualTo(1);
        assertThat(view.pendingInZone("us-west1-a")).isEqualTo(1);
        assertThat(view.headroom("us-west1", T4, NOW).left()).isZero();
    }

    @Test
    @DisplayName("a promise is given up when there is room nowhere else")
    void nowhere() {
        QuotaLedger ledger = ledger(t4("us-east1", 1, 0), t4("us-west1", 1, 1));
        assertThat(reserve(ledger, "a", T4)).isEmpty();
        assertThat(ledger.place("a", T4, NOW, view -> List.of(new QuotaLedger.Spot("us-west1-a", "us-west1"))))
                .isEmpty();
        assertThat(ledger.view().names()).isEmpty();
        assertThat(left(ledger, T4)).isEqualTo(1);
    }

    @Test
    @DisplayName("a promise holds until a reading that was begun after the VM was made, not one begun before")
    void holds() {
        QuotaLedger ledger = ledger(t4("us-east1", 2, 0));
        assertThat(reserve(ledger, "a", T4)).isEmpty();
        long early = ledger.refreshBegins();
        ledger.made("a");
        assertThat(left(ledger, T4)).isEqualTo(1);
        ledger.refreshed(early, Optional.of(List.of(t4("us-east1", 2, 0))), Optional.of(Map.of()));
        assertThat(ledger.view().names()).containsExactly("a");
        assertThat(left(ledger, T4)).isEqualTo(1);
        read(ledger, Map.of(), t4("us-east1", 2, 1));
        assertThat(ledger.view().names()).isEmpty();
        assertThat(left(ledger, T4)).isEqualTo(1);
    }

    @Test
    @DisplayName("a reading that was overtaken by a later one changes nothing")
    void overtaken() {
        QuotaLedger ledger = ledger(t4("us-east1", 2, 0));
        long early = ledger.refreshBegins();
        assertThat(reserve(ledger, "a", T4)).isEmpty();
        ledger.made("a");
        read(ledger, Map.of("GPUS_ALL_REGIONS", quota(2, 1)), t4("us-east1", 2, 1));
        ledger.refreshed(
                early,
                Optional.of(List.of(t4("us-east1", 2, 0))),
                Optional.of(Map.of("GPUS_ALL_REGIONS", quota(2, 0))));
        assertThat(left(ledger, T4)).isEqualTo(1);
        assertThat(ledger.view().project(T4)).isEqualTo(QuotaReading.of(2, 1));
    }

    @Test
    @DisplayName("a VM that Google counts before it is made does not count twice")
    void onceOnly() {
        QuotaLedger ledger = ledger(t4("us-east1", 4, 1));
        assertThat(reserve(ledger, "a", T4)).isEmpty();
        assertThat(reserve(ledger, "b", T4)).isEmpty();
        read(ledger, Map.of(), t4("us-east1", 4, 3)); // both counted at once
        assertThat(left(ledger, T4)).isEqualTo(1);
        ledger.made("a");
        read(ledger, Map.of(), t4("us-east1", 4, 3));
        assertThat(left(ledger, T4)).isEqualTo(1);
        ledger.made("b");
        read(ledger, Map.of(), t4("us-east1", 4, 3));
        assertThat(left(ledger, T4)).isEqualTo(1);
        assertThat(ledger.view().names()).isEmpty();
    }

    @Test
    @DisplayName("what others use more is taken off although our own VMs are being made, what they give back is seen")
    void others() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 0));
        assertThat(reserve(ledger, "a", T4)).isEmpty();
        read(ledger, Map.of(), t4("us-east1", 8, 6)); // at least 5 of them are not ours
        assertThat(left(ledger, T4)).isEqualTo(2);
        read(ledger, Map.of(), t4("us-east1", 8, 2));
        assertThat(left(ledger, T4)).isEqualTo(5);
    }

    @Test
    @DisplayName("a promise of a VM that was made cannot be released, nor made twice")
    void madeStays() {
        QuotaLedger ledger = ledger(t4("us-east1", 1, 0));
        assertThat(reserve(ledger, "a", T4)).isEmpty();
        ledger.made("a");
        long begun = ledger.refreshBegins();
        ledger.release("a");
        ledger.made("a");
        ledger.made("nobody");
        assertThat(left(ledger, T4)).isZero();
        assertThat(ledger.place("a", T4, NOW, view -> List.of(new QuotaLedger.Spot("us-west1-a", "us-west1"))))
                .isEmpty();
        assertThat(ledger.view().pendingInRegion("us-east1")).isEqualTo(1);
        ledger.refreshed(begun, Optional.of(List.of(t4("us-east1", 1, 1))), Optional.of(Map.of()));
        assertThat(ledger.view().names()).isEmpty();
    }

    @Test
    @DisplayName("when only the regions can be read, what is pending of the project stays, and the other way round")
    void halfRead() {
        Map<String, Quota> project = Map.of("GPUS_ALL_REGIONS", quota(2, 0));
        QuotaLedger ledger = ledger(project, t4("us-east1", 8, 0));
        assertThat(reserve(ledger, "a", T4)).isEmpty();
        ledger.made("a");
        ledger.refreshed(ledger.refreshBegins(), Optional.of(List.of(t4("us-east1", 8, 1))), Optional.empty());
        assertThat(left(ledger, T4)).as("bound by the project").isEqualTo(1);
        assertThat(ledger.view().headroom("us-east1", T4, NOW).inRegion()).isEqualTo(7);
        ledger.refreshed(
                ledger.refreshBegins(), Optional.empty(), Optional.of(Map.of("GPUS_ALL_REGIONS", quota(2, 1))));
        assertThat(left(ledger, T4)).isEqualTo(1);
        assertThat(ledger.view().names()).isEmpty();
    }

    @Test
    @DisplayName("all quotas that a VM takes are checked together, each at its own amount")
    void together() {
        MachineShape shape = new MachineShape(
                "n2-standard-8",
                8,
                "nvidia-tesla-t4",
                2,
                ProvisioningModel.STANDARD,
                true,
                "pd-balanced",
                200,
                "linux");
        Map<String, Quota> plenty = Map.of(
                "NVIDIA_T4_GPUS", quota(100, 0),
                "N2_CPUS", quota(100, 0),
                "INSTANCES", quota(100, 0),
                "IN_USE_ADDRESSES", quota(100, 0),
                "SSD_TOTAL_GB", quota(10_000, 0));
        bounds(shape, plenty, "NVIDIA_T4_GPUS", 7, 3);
        bounds(shape, plenty, "N2_CPUS", 31, 3);
        bounds(shape, plenty, "INSTANCES", 3, 3);
        bounds(shape, plenty, "IN_USE_ADDRESSES", 3, 3);
        bounds(shape, plenty, "SSD_TOTAL_GB", 799, 3);
        QuotaLedger project = ledger(Map.of("CPUS_ALL_REGIONS", quota(31, 0)), region("us-east1", plenty));
        assertThat(left(project, shape)).isEqualTo(3);
        QuotaLedger gpus = ledger(Map.of("GPUS_ALL_REGIONS", quota(7, 0)), region("us-east1", plenty));
        assertThat(left(gpus, shape)).isEqualTo(3);
    }

    private static void bounds(MachineShape shape, Map<String, Quota> plenty, String metric, double limit, int vms) {
        Map<String, Quota> tight = new TreeMap<>(plenty);
        tight.put(metric, quota(limit, 0));
        QuotaLedger ledger = ledger(region("us-east1", tight));
        Headroom headroom = ledger.view().headroom("us-east1", shape, NOW);
        assertThat(headroom.left()).as(metric).isEqualTo(vms);
        assertThat(headroom.limitedBy()).startsWith(metric + " in us-east1");
        for (int i = 0; i < vms; i++) {
            assertThat(reserve(ledger, "vm" + i, shape)).isEmpty();
        }
        assertThat(reserve(ledger, "more", shape).orElse("")).startsWith("quota used up: " + metric);
    }

    @Test
    @DisplayName("without an external address and without a known disk neither quota is looked at")
    void notNeeded() {
        QuotaLedger ledger = ledger(region(
                "us-east1",
                Map.of(
                        "IN_USE_ADDRESSES", quota(0, 0),
                        "SSD_TOTAL_GB", quota(0, 0),
                        "DISKS_TOTAL_GB", quota(0, 0),
                        "NVIDIA_T4_GPUS", quota(3, 0))));
        assertThat(left(ledger, T4)).isEqualTo(3);
        MachineShape unknownSize = new MachineShape(
                "n1-standard-4", 0, "nvidia-tesla-t4", 1, ProvisioningModel.STANDARD, false, "pd-ssd", 0, "linux");
        assertThat(left(ledger, unknownSize)).isEqualTo(3);
    }

    @Test
    @DisplayName("n1 and e2 machines count as CPUS, others by their series, and standard disks by their own quota")
    void metrics() {
        QuotaLedger ledger = ledger(region(
                "us-east1", Map.of("CPUS", quota(8, 0), "C2_CPUS", quota(64, 0), "DISKS_TOTAL_GB", quota(100, 0))));
        assertThat(left(ledger, cpus("n1-standard-4", "", 0))).isEqualTo(2);
        assertThat(left(ledger, cpus("e2-standard-4", "", 0))).isEqualTo(2);
        assertThat(left(ledger, cpus("c2-standard-4", "", 0))).isEqualTo(16);
        assertThat(left(ledger, cpus("c2-standard-4", "pd-standard", 50))).isEqualTo(2);
        assertThat(ledger.view()
                        .headroom("us-east1", cpus("g2-standard-4", "", 0), NOW)
                        .known())
                .isFalse();
    }

    private static MachineShape cpus(String machine, String disk, long gigabytes) {
        return new MachineShape(machine, 4, "", 0, ProvisioningModel.STANDARD, false, disk, gigabytes, "linux");
    }

    @Test
    @DisplayName("a spot quota with a limit of 0 means that the one on demand counts for spot VMs")
    void spotWithoutQuota() {
        QuotaLedger ledger = ledger(
                region("us-east1", Map.of("PREEMPTIBLE_NVIDIA_T4_GPUS", quota(0, 0), "NVIDIA_T4_GPUS", quota(2, 1))));
        assertThat(reserve(ledger, "a", spot(T4))).isEmpty();
        assertThat(reserve(ledger, "b", T4).orElse("")).contains("NVIDIA_T4_GPUS in us-east1: 1 of 2 used, 1 being");
    }

    @Test
    @DisplayName("flex-start counts on the larger of two quotas, or on both if told so, that of spot VMs first")
    void flex() {
        Map<String, Quota> quotas = Map.of("PREEMPTIBLE_NVIDIA_T4_GPUS", quota(2, 0), "NVIDIA_T4_GPUS", quota(3, 0));
        QuotaLedger larger = ledger(region("us-east1", quotas));
        assertThat(left(larger, FLEX)).isEqualTo(3);
        assertThat(reserve(larger, "a", FLEX)).isEmpty();
        assertThat(left(larger, T4)).isEqualTo(2);
        assertThat(left(larger, spot(T4))).isEqualTo(2);

        QuotaLedger both = new QuotaLedger(AcceleratorQuotas.standard(), FlexStartQuota.BOTH);
        read(both, Map.of(), region("us-east1", quotas));
        assertThat(left(both, FLEX)).isEqualTo(5);
        for (String name : Given.names("vm", 5)) {
            assertThat(reserve(both, name, FLEX)).isEmpty();
            int onSpot = Math.min(2, Integer.parseInt(name.substring(2)) + 1);
            assertThat(left(both, spot(T4))).isEqualTo(2 - onSpot);
        }
        assertThat(reserve(both, "more", FLEX)).isPresent();
    }

    @Test
    @DisplayName("flex-start with one quota unknown counts on the one that is known, then tries the other")
    void flexHalfKnown() {
        QuotaLedger both = new QuotaLedger(AcceleratorQuotas.standard(), FlexStartQuota.BOTH);
        read(both, Map.of(), t4("us-east1", 1, 0));
        assertThat(left(both, FLEX)).isEqualTo(1);
        assertThat(both.view().headroom("us-east1", FLEX, NOW).known()).isTrue();
        assertThat(reserve(both, "a", FLEX)).isEmpty();
        assertThat(left(both, T4)).isZero();
        assertThat(left(both, FLEX)).isEqualTo(Integer.MAX_VALUE);
        assertThat(both.view().headroom("us-east1", FLEX, NOW).known()).isFalse();
        assertThat(reserve(both, "b", FLEX)).isEmpty();
    }

    @Test
    @DisplayName("GCE-27 SLANG-62 a quota that Google says is used up blocks its region until a new reading tells it")
    void usedUp() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 0), t4("us-west1", 8, 0));
        long early = ledger.refreshBegins();
        ledger.usedUp("us-east1", T4, quotaFault("NVIDIA_T4_GPUS", false), NOW);
        assertThat(reserve(ledger, "a", T4))
                .contains("quota used up: NVIDIA_T4_GPUS in us-east1: Google said that it is used up; not asked again"
                        + " before 2026-11-26T12:05:00Z");
        assertThat(ledger.view().headroom("us-west1", T4, NOW).left()).isEqualTo(8);
        ledger.refreshed(early, Optional.of(List.of(t4("us-east1", 8, 0))), Optional.empty());
        assertThat(left(ledger, T4)).as("that reading was begun before").isZero();
        read(ledger, Map.of(), t4("us-east1", 8, 7));
        assertThat(left(ledger, T4)).isEqualTo(1);
    }

    @Test
    @DisplayName("SLANG-62 a quota that no reading tells is left alone for 5 minutes")
    void usedUpUnknown() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 0));
        ledger.usedUp("us-east1", H100, quotaFault("GPUS_PER_GPU_FAMILY", false), NOW);
        read(ledger, Map.of(), t4("us-east1", 8, 0));
        assertThat(left(ledger, H100)).isZero();
        assertThat(left(ledger, T4)).isEqualTo(8);
        assertThat(ledger.view()
                        .headroom("us-east1", H100, NOW.plus(QuotaLedger.USED_UP_FOR))
                        .left())
                .isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    @DisplayName("GCE-27 SLANG-62 a quota that is not looked at is left alone once Google named it, by such VMs alone")
    void usedUpUnforeseen() {
        var silent = t4("us-east1", 8, 0);
        MachineShape other = MachineShape.of("n1-standard-8", "nvidia-tesla-t4", 1);
        QuotaLedger ledger = ledger(silent);
        ledger.usedUp("us-east1", T4, quotaFault("LOCAL_SSD_TOTAL_GB", false), NOW);
        for (int i = 0; i < 3; i++) {
            read(ledger, Map.of(), silent, t4("us-west1", 8, 0));
            assertThat(left(ledger, T4)).as("readings of other quotas").isZero();
        }
        assertThat(ledger.view().headroom("us-east1", T4, NOW).limitedBy())
                .startsWith("LOCAL_SSD_TOTAL_GB in us-east1");
        assertThat(left(ledger, other)).isEqualTo(8);
        assertThat(ledger.view().headroom("us-west1", T4, NOW).left()).isEqualTo(8);
        assertThat(ledger.view()
                        .headroom("us-east1", T4, NOW.plus(QuotaLedger.USED_UP_FOR))
                        .left())
                .isEqualTo(8);
        read(
                ledger,
                Map.of(),
                region("us-east1", Map.of("NVIDIA_T4_GPUS", quota(8, 0), "LOCAL_SSD_TOTAL_GB", quota(375, 0))));
        assertThat(left(ledger, T4))
                .as("a reading that tells it, but not how much a VM takes")
                .isZero();
    }

    @Test
    @DisplayName("GCE-28 a quota of the project that is used up blocks all regions")
    void usedUpEverywhere() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 0), t4("us-west1", 8, 0));
        ledger.usedUp("us-east1", T4, quotaFault("GPUS_ALL_REGIONS", true), NOW);
        assertThat(left(ledger, T4)).isZero();
        assertThat(ledger.view().headroom("us-west1", T4, NOW).left()).isZero();
        assertThat(left(ledger, CPU)).as("VMs without accelerators").isEqualTo(Integer.MAX_VALUE);
        QuotaLedger cpus = ledger(t4("us-east1", 8, 0));
        cpus.usedUp("us-east1", CPU, quotaFault("SOMETHING_NEW", true), NOW);
        assertThat(cpus.view().headroom("us-west1", CPU, NOW).left()).isZero();
        QuotaLedger gpus = ledger(t4("us-east1", 8, 0));
        gpus.usedUp("us-east1", T4, quotaFault("SOMETHING_NEW", true), NOW);
        assertThat(gpus.view().headroom("us-west1", T4, NOW).limitedBy()).startsWith("GPUS_ALL_REGIONS of the project");
    }

    @Test
    @DisplayName("of several quotas the one that Google names is blocked, for all who need it and nobody else")
    void usedUpByName() {
        MachineShape four = new MachineShape(
                "n1-standard-4", 4, "nvidia-tesla-t4", 1, ProvisioningModel.STANDARD, false, "", 0, "linux");
        QuotaLedger ledger = ledger(t4("us-east1", 8, 0));
        ledger.usedUp("us-east1", four, quotaFault("CPUS", false), NOW);
        assertThat(left(ledger, four)).isZero();
        assertThat(left(ledger, cpus("e2-standard-4", "", 0))).isZero();
        assertThat(left(ledger, cpus("c2-standard-4", "", 0))).isEqualTo(Integer.MAX_VALUE);
        assertThat(left(ledger, T4)).isEqualTo(8);
        QuotaLedger everywhere = ledger(t4("us-east1", 8, 0));
        everywhere.usedUp("us-east1", T4, quotaFault("CPUS_ALL_REGIONS", true), NOW);
        assertThat(everywhere.view().headroom("us-west1", CPU, NOW).left()).isZero();
    }

    @Test
    @DisplayName("of spot VMs what is blocked without a name is their quota, and of flex-start both")
    void usedUpWithoutName() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 0));
        ledger.usedUp("us-east1", H100.with(ProvisioningModel.FLEX_START), quotaFault("NEW", false), NOW);
        assertThat(left(ledger, H100.with(ProvisioningModel.FLEX_START))).isZero();
        assertThat(left(ledger, spot(H100))).isZero();
        assertThat(left(ledger, H100)).isZero();
        assertThat(left(ledger, T4)).isEqualTo(8);
        read(ledger, Map.of(), region("us-east1", Map.of("PREEMPTIBLE_NVIDIA_H100_GPUS", quota(2, 0))));
        assertThat(left(ledger, spot(H100)))
                .as("the first reading after it tells it")
                .isEqualTo(2);
    }

    @Test
    @DisplayName("flex-start goes to the other quota when Google said that one is used up")
    void flexBlocked() {
        QuotaLedger ledger = ledger(
                region("us-east1", Map.of("PREEMPTIBLE_NVIDIA_T4_GPUS", quota(2, 0), "NVIDIA_T4_GPUS", quota(3, 0))));
        ledger.usedUp("us-east1", FLEX, quotaFault("NVIDIA_T4_GPUS", false), NOW);
        assertThat(left(ledger, FLEX)).isEqualTo(2);
        assertThat(left(ledger, T4)).isZero();
    }

    @Test
    @DisplayName("the larger quota is the one with more left, not with the higher limit; that of spot VMs if equal")
    void roomier() {
        QuotaLedger ledger = ledger(
                region("us-east1", Map.of("PREEMPTIBLE_NVIDIA_T4_GPUS", quota(4, 0), "NVIDIA_T4_GPUS", quota(8, 6))));
        assertThat(reserve(ledger, "a", FLEX)).isEmpty();
        assertThat(left(ledger, spot(T4))).isEqualTo(3);
        QuotaLedger equal = ledger(
                region("us-east1", Map.of("PREEMPTIBLE_NVIDIA_T4_GPUS", quota(4, 2), "NVIDIA_T4_GPUS", quota(8, 6))));
        assertThat(reserve(equal, "a", FLEX)).isEmpty();
        assertThat(left(equal, spot(T4))).isEqualTo(1);
        QuotaLedger other = ledger(
                region("us-east1", Map.of("PREEMPTIBLE_NVIDIA_T4_GPUS", quota(9, 8), "NVIDIA_T4_GPUS", quota(4, 2))));
        assertThat(reserve(other, "a", FLEX)).isEmpty();
        assertThat(left(other, T4)).isEqualTo(1);
        assertThat(left(ledger(t4("us-east1", 3, 0)), FLEX))
                .as("of the other nothing is told")
                .isEqualTo(3);
    }

    @Test
    @DisplayName("known is what the accelerators' quota is, whatever else was read; without them that of CPUS")
    void matters() {
        QuotaLedger ledger = ledger(region("us-east1", Map.of("CPUS", quota(8, 0), "INSTANCES", quota(9, 0))));
        MachineShape four = new MachineShape(
                "n1-standard-4", 4, "nvidia-tesla-t4", 1, ProvisioningModel.STANDARD, false, "", 0, "linux");
        assertThat(ledger.view().headroom("us-east1", four, NOW).known()).isFalse();
        assertThat(ledger.view().headroom("us-east1", four, NOW).left()).isEqualTo(2);
        assertThat(ledger.view()
                        .headroom("us-east1", cpus("n1-standard-4", "", 0), NOW)
                        .known())
                .isTrue();
        assertThat(ledger.view().headroom("us-east1", CPU, NOW).known()).isTrue();
        assertThat(ledger.view().headroom("us-east1", T4, NOW).known()).isFalse();
        QuotaLedger project = ledger(Map.of("CPUS_ALL_REGIONS", quota(32, 1), "GPUS_ALL_REGIONS", quota(4, 1)));
        assertThat(project.view().project(CPU)).isEqualTo(QuotaReading.of(32, 1));
        assertThat(project.view().project(T4)).isEqualTo(QuotaReading.of(4, 1));
    }

    @Test
    @DisplayName("a reading knows what is free, never below 0, and from 9.2e18 on no limit")
    void readings() {
        assertThat(((QuotaReading.Known) QuotaReading.of(8, 3)).free()).isEqualTo(5);
        assertThat(((QuotaReading.Known) QuotaReading.of(8, 9)).free()).isZero();
        assertThat(QuotaReading.of(9.2e18, 0)).isEqualTo(QuotaReading.unlimited());
        assertThat(QuotaReading.of(Double.NaN, 0)).isInstanceOf(QuotaReading.Unknown.class);
        assertThat(QuotaReading.of(2.5, 1)).hasToString("1 of 2.5 used");
    }

    @Test
    @DisplayName("what was read stays when a later reading fails; what never was is unknown, with the reason")
    void unreadable() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 3));
        ledger.readable(false, NOW);
        ledger.unreadable(false, NOW.plus(QuotaLedger.TOO_OLD).minusMillis(1), "503 for 30 s");
        assertThat(left(ledger, T4)).isEqualTo(5);
        assertThat(ledger.view().reading("us-east1", T4)).isEqualTo(QuotaReading.of(8, 3));
        assertThat(ledger.view().reading("us-west1", T4)).isEqualTo(QuotaReading.unknown("503 for 30 s"));
    }

    @Test
    @DisplayName("a quota that a reading no longer tells is unknown again")
    void vanished() {
        QuotaLedger ledger = ledger(t4("us-east1", 8, 8));
        read(ledger, Map.of(), region("us-east1", Map.of("INSTANCES", quota(10, 4))));
        assertThat(left(ledger, T4)).isEqualTo(6);
        assertThat(ledger.view().headroom("us-east1", T4, NOW).known()).isFalse();
    }

    @Test
    @DisplayName(
            "the table names each accelerator's quotas, workstations by their own; others are unknown; it can change")
    void table() {
        AcceleratorQuotas table = AcceleratorQuotas.standard();
        assertThat(table.of("nvidia-tesla-k80").orElseThrow().onDemand()).contains("NVIDIA_K80_GPUS");
        assertThat(table.of("nvidia-tesla-t4-vws").orElseThrow().spot()).contains("PREEMPTIBLE_NVIDIA_T4_VWS_GPUS");
        assertThat(table.of("nvidia-a100-80gb").orElseThrow().onDemand()).contains("NVIDIA_A100_80GB_GPUS");
        assertThat(table.of("nvidia-h100-80gb").orElseThrow().onDemand()).isEmpty();
        assertThat(table.of("nvidia-h100-80gb").orElseThrow().spot()).contains("PREEMPTIBLE_NVIDIA_H100_GPUS");
        assertThat(table.of("nvidia-l4-vws")).isEmpty();
        AcceleratorQuotas mine =
                table.with("nvidia-l5", new AcceleratorQuotas.Metrics(Optional.of("NVIDIA_L5_GPUS"), Optional.empty()));
        assertThat(mine.of("nvidia-l5").orElseThrow().onDemand()).contains("NVIDIA_L5_GPUS");
        QuotaLedger ledger = new QuotaLedger(mine, FlexStartQuota.LARGER);
        read(ledger, Map.of(), region("us-east1", Map.of("NVIDIA_L5_GPUS", quota(2, 0))));
        assertThat(left(ledger, MachineShape.of("g3-standard-4", "nvidia-l5", 1)))
                .isEqualTo(2);
    }
}
