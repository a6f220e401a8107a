package dev.paddock.gcp;

import static dev.paddock.gcp.Given.NOW;
import static dev.paddock.gcp.Given.T4;
import static dev.paddock.gcp.Given.quota;
import static dev.paddock.gcp.Given.t4;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.gcp.ZoneQuota.Offered;
import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.RegionFacts;
import dev.paddock.gcp.internal.Told;
import dev.paddock.gcp.internal.ZoneFacts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Google is asked about quotas and zones, how often, and what follows when it does not answer. */
class ProjectFactsTest {
    private final HandTime time = new HandTime();
    private final QuestionedApi api = new QuestionedApi();
    private final List<String> told = new ArrayList<>();
    private final Notices notices = new Notices(told::add);
    private final QuotaLedger ledger = new QuotaLedger(AcceleratorQuotas.standard(), FlexStartQuota.LARGER);
    private final ProjectFacts project = new ProjectFacts();
    private final QuotaWatch watch = watch(project, notices);
    private final Catalogue catalogue = catalogue(project, notices);

    private QuotaWatch watch(ProjectFacts shared, Notices theirs) {
        return new QuotaWatch(api, time, ledger, QuotaWatch.TTL, theirs, shared.quotas);
    }

    private Catalogue catalogue(ProjectFacts shared, Notices theirs) {
        return new Catalogue(api, time, Catalogue.TTL, theirs, List.of("us-east1-c"), shared);
    }

    private static <T> T now(CompletionStage<T> stage) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        assertThat(future).isDone();
        return future.join();
    }

    private static ZoneFacts zone(String name, boolean up) {
        return new ZoneFacts(name, ZoneNames.region(name), up);
    }

    private static CompletionStage<Told<ZoneFacts>> zones(ZoneFacts... zones) {
        return CompletableFuture.completedStage(
                Told.whole(Arrays.stream(zones).collect(Collectors.toMap(ZoneFacts::name, one -> one))));
    }

    private static <V> CompletionStage<Told<V>> told(String zone, V what) {
        return CompletableFuture.completedStage(Told.whole(Map.of(zone, what)));
    }

    /** A list that could not be read of some place. */
    private static <V> CompletionStage<Told<V>> partly(String unread, String zone, V what) {
        return CompletableFuture.completedStage(new Told<>(Map.of(zone, what), Set.of(unread)));
    }

    private int left(String region) {
        return ledger.view().headroom(region, T4, NOW).left();
    }

    @Test
    @DisplayName("GCE-63 50 selections within 30 s are one call for the regions and one for the project")
    void once() {
        api.regions = () -> CompletableFuture.completedStage(List.of(t4("us-east1", 8, 3)));
        for (int i = 0; i < 50; i++) {
            assertThat(now(watch.refresh())).isTrue();
            time.pass(Duration.ofMillis(599));
        }
        assertThat(api.regionCalls).hasValue(1);
        assertThat(api.projectCalls).hasValue(1);
        time.pass(Duration.ofMillis(50));
        assertThat(now(watch.refresh())).isTrue();
        assertThat(api.regionCalls).hasValue(2);
        assertThat(left("us-east1")).isEqualTo(5);
    }

    @Test
    @DisplayName("GCE-63 50 who ask while the call is on its way share it")
    void shared() {
        CompletableFuture<List<RegionFacts>> answer = new CompletableFuture<>();
        api.regions = () -> answer;
        List<CompletionStage<Boolean>> asked = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            asked.add(watch.refresh());
        }
        assertThat(asked).noneMatch(stage -> stage.toCompletableFuture().isDone());
        answer.complete(List.of(t4("us-east1", 8, 3)));
        asked.forEach(stage -> assertThat(now(stage)).isTrue());
        assertThat(api.regionCalls).hasValue(1);
    }

    @Test
    @DisplayName("GCE-63 all pools of a project take the same answers, and each is told what is wrong with them")
    void ofTheProject() {
        List<String> toldToo = new ArrayList<>();
        Notices others = new Notices(toldToo::add);
        QuotaWatch otherWatch = watch(project, others);
        Catalogue otherCatalogue = catalogue(project, others);
        api.regions = QuestionedApi::unavailable;
        api.zones = () -> zones(zone("us-east1-c", true));
        assertThat(now(watch.refresh())).isFalse();
        assertThat(now(otherWatch.refresh())).isFalse();
        now(catalogue.facts("n1-standard-4"));
        assertThat(now(otherCatalogue.facts("n1-standard-4")).up("us-east1-d")).isFalse();
        assertThat(api.regionCalls).hasValue(1);
        assertThat(api.projectCalls).hasValue(1);
        assertThat(api.catalogueCalls).hasValue(3);
        assertThat(told).hasSize(3).isEqualTo(toldToo);
        otherCatalogue.forget();
        now(catalogue.facts("n1-standard-4"));
        assertThat(api.catalogueCalls)
                .as("what one learned is wrong is wrong for all")
                .hasValue(6);
    }

    @Test
    @DisplayName("GCE-27 GCE-63 after a quota fault the next one reads anew, even if an answer is on its way")
    void forgotten() {
        CompletableFuture<List<RegionFacts>> slow = new CompletableFuture<>();
        api.regions = () -> slow;
        CompletionStage<Boolean> first = watch.refresh();
        watch.forget();
        api.regions = () -> CompletableFuture.completedStage(List.of(t4("us-east1", 8, 8)));
        assertThat(now(watch.refresh())).isTrue();
        assertThat(api.regionCalls).hasValue(2);
        slow.complete(List.of(t4("us-east1", 8, 0)));
        assertThat(now(first)).isTrue();
        assertThat(left("us-east1")).as("the later reading counts").isZero();
        assertThat(now(watch.refresh())).isTrue();
        assertThat(api.regionCalls).hasValue(2);
        watch.forget();
        assertThat(now(watch.refresh())).isTrue();
        assertThat(api.regionCalls).hasValue(3);
    }

    @Test
    @DisplayName("a call that fails makes quotas unknown, is told once, and is tried again after 5 s, not at once")
    void fails() {
        api.regions = QuestionedApi::unavailable;
        api.project = () -> CompletableFuture.completedStage(Map.of("GPUS_ALL_REGIONS", quota(3, 1)));
        for (int i = 0; i < 10; i++) {
            assertThat(now(watch.refresh())).isFalse();
        }
        assertThat(api.regionCalls).hasValue(1);
        assertThat(ledger.view().reading("us-east1", T4))
                .isEqualTo(QuotaReading.unknown("quotas of the regions could not be read: no answer within 30 s: 503"));
        assertThat(left("us-east1")).as("what could be read counts").isEqualTo(2);
        time.pass(Duration.ofSeconds(5));
        assertThat(now(watch.refresh())).isFalse();
        assertThat(api.regionCalls).hasValue(2);
        assertThat(told).containsExactly("quotas of the regions could not be read: no answer within 30 s: 503");
        api.regions = () -> CompletableFuture.completedStage(List.of(t4("us-east1", 8, 7)));
        time.pass(Duration.ofSeconds(5));
        assertThat(now(watch.refresh())).isTrue();
        assertThat(left("us-east1")).isEqualTo(1);
        assertThat(notices.all()).isEmpty();
    }

    @Test
    @DisplayName("what was read stays for 10 minutes without an answer, then it is unknown and keeps no VM away")
    void tooOld() {
        api.regions = () -> CompletableFuture.completedStage(List.of(t4("us-east1", 1, 0)));
        api.project = () -> CompletableFuture.completedStage(Map.of("GPUS_ALL_REGIONS", quota(2, 0)));
        assertThat(now(watch.refresh())).isTrue();
        for (String name : List.of("a", "b")) {
            String region = name.equals("a") ? "us-east1" : "us-west1";
            assertThat(ledger.reserve(name, region + "-c", region, T4, NOW)).isEmpty();
        }
        ledger.made("a");
        api.regions = QuestionedApi::unavailable;
        api.project = () -> CompletableFuture.completedStage(Map.of("GPUS_ALL_REGIONS", quota(2, 1)));
        time.pass(QuotaLedger.TOO_OLD.minusSeconds(6));
        assertThat(now(watch.refresh())).isFalse();
        assertThat(ledger.view().headroom("us-east1", T4, NOW).inRegion()).isEqualTo(1);
        assertThat(left("us-east1")).isZero();
        api.project = QuestionedApi::unavailable;
        time.pass(Duration.ofSeconds(6));
        assertThat(now(watch.refresh())).isFalse();
        assertThat(ledger.view().reading("us-east1", T4))
                .isEqualTo(QuotaReading.unknown("quotas of the regions could not be read: no answer within 30 s: 503"));
        assertThat(ledger.view().project(T4)).as("read 6 s ago").isEqualTo(QuotaReading.of(2, 1));
        time.pass(QuotaLedger.TOO_OLD);
        assertThat(now(watch.refresh())).isFalse();
        assertThat(left("us-east1")).isEqualTo(Integer.MAX_VALUE);
        assertThat(ledger.view().names()).as("b is still being made").containsExactly("b");
        api.regions = () -> CompletableFuture.completedStage(List.of(t4("us-east1", 1, 1)));
        time.pass(Duration.ofSeconds(5));
        assertThat(now(watch.refresh())).isFalse();
        assertThat(left("us-east1")).isZero();
    }

    @Test
    @DisplayName("what another fleet of the project has read lately is not forgotten for one call that fails here")
    void readByOthers() {
        QuotaWatch other = watch(new ProjectFacts(), notices);
        api.regions = () -> CompletableFuture.completedStage(List.of(t4("us-east1", 3, 0)));
        assertThat(now(watch.refresh())).isTrue();
        time.pass(QuotaLedger.TOO_OLD);
        assertThat(now(other.refresh())).isTrue();
        api.regions = QuestionedApi::unavailable;
        assertThat(now(watch.refresh())).isFalse();
        assertThat(left("us-east1")).isEqualTo(3);
    }

    @Test
    @DisplayName("GCE-3 Google's warning that a region's quotas are unknown is told once, for regions of the pool")
    void warned() {
        api.regions = () -> CompletableFuture.completedStage(List.of(
                new RegionFacts("us-east1", Map.of(), "quota service unreachable"),
                new RegionFacts("asia-east1", Map.of(), "quota service unreachable"),
                t4("us-west1", 8, 0)));
        watch.concerns(List.of("us-east1", "us-west1"));
        for (int i = 0; i < 3; i++) {
            assertThat(now(watch.refresh())).isTrue();
            time.pass(QuotaWatch.TTL);
        }
        assertThat(told).containsExactly("quotas of us-east1 are unknown: quota service unreachable");
        assertThat(notices.all()).containsOnlyKeys("quotas of us-east1");
        api.regions = () -> CompletableFuture.completedStage(List.of(t4("us-east1", 8, 0)));
        assertThat(now(watch.refresh())).isTrue();
        assertThat(notices.all()).isEmpty();
    }

    @Test
    @DisplayName("GCE-6 a catalogue that cannot be read forbids nothing, is told, and is tried again after a minute")
    void noCatalogue() {
        api.accelerators = QuestionedApi::unavailable;
        api.zones = () -> zones(zone("us-east1-c", true), zone("us-east1-d", false));
        api.machineType = () -> told("us-east1-c", new MachineFacts(4, Map.of()));
        Catalogue.Facts facts = now(catalogue.facts("n1-standard-4"));
        assertThat(facts.offersAccelerator("us-east1-c", T4)).isEqualTo(Offered.UNKNOWN);
        assertThat(facts.offersMachine("us-east1-c")).isEqualTo(Offered.YES);
        assertThat(facts.offersMachine("us-east1-d")).isEqualTo(Offered.NO);
        assertThat(facts.up("us-east1-d")).isFalse();
        assertThat(told)
                .containsExactly("catalogue unavailable: accelerator types could not be read, so each zone is taken to"
                        + " offer what is asked: no answer within 30 s: 503");
        ZoneQuota zone = Given.survey(ledger, T4, facts, "us-east1-c").get(0);
        assertThat(zone.blocked(Given.request(T4))).isEmpty();
        assertThat(api.catalogueCalls).hasValue(3);
        time.pass(Catalogue.RETRY);
        api.accelerators = () -> told("us-east1-c", Map.of("nvidia-tesla-t4", 4));
        facts = now(catalogue.facts("n1-standard-4"));
        assertThat(facts.offersAccelerator("us-east1-c", T4)).isEqualTo(Offered.YES);
        assertThat(facts.offersAccelerator("us-east1-d", T4)).isEqualTo(Offered.NO);
        assertThat(api.catalogueCalls).as("only what failed is asked again").hasValue(4);
        assertThat(notices.all()).isEmpty();
    }

    @ParameterizedTest(name = "GCE-6 what a list could not read forbids nothing, is told, and is read again soon: {0}")
    @ValueSource(strings = {"us-east1-c", "us-east1", Told.REST})
    void partly(String unread) {
        api.zones = () -> partly(unread, "us-west1-a", zone("us-west1-a", true));
        api.accelerators = () -> partly(unread, "us-west1-a", Map.of("nvidia-tesla-t4", 4));
        api.machineType = () -> partly(unread, "us-west1-a", new MachineFacts(4, Map.of()));
        Catalogue.Facts facts = now(catalogue.facts("n1-standard-4"));
        assertThat(facts.up("us-east1-c")).isTrue();
        assertThat(facts.offersMachine("us-east1-c")).isEqualTo(Offered.UNKNOWN);
        assertThat(facts.offersAccelerator("us-east1-c", T4)).isEqualTo(Offered.UNKNOWN);
        assertThat(facts.offersMachine("us-west1-a")).as("what was read counts").isEqualTo(Offered.YES);
        boolean all = unread.equals(Told.REST);
        assertThat(facts.up("us-west1-b")).as("not a zone").isEqualTo(all);
        assertThat(facts.offersMachine("us-west1-b")).isEqualTo(all ? Offered.UNKNOWN : Offered.NO);
        assertThat(facts.offersAccelerator("us-west1-b", T4)).isEqualTo(all ? Offered.UNKNOWN : Offered.NO);
        assertThat(told)
                .hasSize(3)
                .contains("catalogue incomplete: zones could not be read of us-east1-c, taken to offer what is asked");
        api.zones = () -> zones(zone("us-east1-c", false));
        api.accelerators = () -> told("us-east1-c", Map.of());
        api.machineType = () -> told("us-east1-c", new MachineFacts(4, Map.of()));
        time.pass(Catalogue.RETRY);
        facts = now(catalogue.facts("n1-standard-4"));
        assertThat(facts.up("us-east1-c")).isFalse();
        assertThat(facts.offersMachine("us-east1-c")).isEqualTo(Offered.YES);
        assertThat(facts.offersAccelerator("us-east1-c", T4)).isEqualTo(Offered.NO);
        assertThat(notices.all()).isEmpty();
    }

    @Test
    @DisplayName("GCE-15 a zone of the pool that is down is looked at again after a minute, another's is not")
    void down() {
        api.zones = () -> zones(zone("us-east1-c", false), zone("us-east1-d", false));
        assertThat(now(catalogue.facts("n1-standard-4")).up("us-east1-c")).isFalse();
        api.zones = () -> zones(zone("us-east1-c", true), zone("us-east1-d", false));
        time.pass(Catalogue.RETRY);
        assertThat(now(catalogue.facts("n1-standard-4")).up("us-east1-c")).isTrue();
        api.zones = QuestionedApi::unavailable;
        time.pass(Duration.ofHours(5));
        assertThat(now(catalogue.facts("n1-standard-4")).up("us-east1-d")).isFalse();
    }

    @Test
    @DisplayName("GCE-6 lists that are empty are not believed")
    void emptyLists() {
        Catalogue.Facts facts = now(catalogue.facts("n1-standard-4"));
        assertThat(facts).isEqualTo(Catalogue.Facts.unknown());
        assertThat(facts.up("us-east1-c")).isTrue();
        assertThat(facts.offersMachine("us-east1-c")).isEqualTo(Offered.UNKNOWN);
        assertThat(told).hasSize(3).allMatch(text -> text.endsWith("the list is empty"));
    }

    @Test
    @DisplayName("the catalogue is asked again after 6 hours, each machine type on its own, and when it was forgotten")
    void hours() {
        api.zones = () -> zones(zone("us-east1-c", true));
        api.accelerators = () -> told("us-east1-c", Map.of("nvidia-tesla-t4", 4));
        api.machineType = () -> told("us-east1-c", new MachineFacts(4, Map.of()));
        assertThat(now(catalogue.facts("n1-standard-4")).offersMachine("us-east1-c"))
                .isEqualTo(Offered.YES);
        time.pass(Catalogue.TTL.minusSeconds(1));
        now(catalogue.facts("n1-standard-4"));
        assertThat(api.catalogueCalls).hasValue(3);
        now(catalogue.facts("n1-standard-8"));
        assertThat(api.catalogueCalls).hasValue(4);
        time.pass(Duration.ofSeconds(1));
        now(catalogue.facts("n1-standard-4"));
        assertThat(api.catalogueCalls).hasValue(7);
        catalogue.forget();
        now(catalogue.facts("n1-standard-4"));
        assertThat(api.catalogueCalls).hasValue(10);
    }

    @Test
    @DisplayName("a question that throws fails those who asked, and the next one asks again")
    void throwing() {
        Cached<String> cached = new Cached<>(
                time,
                () -> {
                    throw new IllegalStateException("broken");
                },
                answer -> Duration.ofHours(1));
        assertThat(cached.get().toCompletableFuture()).isCompletedExceptionally();
        assertThat(cached.get().toCompletableFuture()).isCompletedExceptionally();
        assertThat(cached.last()).isEmpty();
    }
}
