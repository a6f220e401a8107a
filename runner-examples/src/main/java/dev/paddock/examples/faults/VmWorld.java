package dev.paddock.examples.faults;

import dev.paddock.RunnerId;
import dev.paddock.examples.faults.VmChaos.World;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeInstance;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.ComputeZone;
import dev.paddock.testkit.MachineProgram;
import dev.paddock.testkit.VirtualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** GitHub and Compute Engine, both simulated, with VMs of strangers, and what happens to them. */
final class VmWorld {
    static final String PROJECT = "acme-ci";
    static final String FLEET = "vm-faults";
    static final String TEMPLATE = "gpu-runner";
    static final List<String> ZONES = List.of("us-east1-b", "us-east1-c", "us-central1-a", "us-west1-a");
    static final List<String> REGIONS = List.of("us-east1", "us-central1", "us-west1");
    static final String GLOBAL = "global";
    private static final String T4 = "nvidia-tesla-t4";
    private static final String LABEL_OF_FLEET = "paddock-fleet";
    private static final String LABEL_OF_RUNNER = "paddock-runner";
    private static final String LABEL_OF_POOL = "paddock-pool";
    private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
    private static final Duration LONGEST = Duration.ofMinutes(6);

    private final VirtualTime time;
    private final RandomGenerator dice;
    private final VmChaos chaos;
    final ActionsServiceSimulator github;
    final ComputeEngineSimulator compute;
    final boolean spot;
    /** Usage is shown only once an operation is done. */
    final boolean late;

    private final Map<String, Double> limits = new LinkedHashMap<>();
    private final ComputeTemplate template;
    private final List<Runnable> undo = new ArrayList<>();
    private @Nullable VmInvariants judge;

    VmWorld(VirtualTime time, RandomGenerator dice, VmChaos chaos) {
        this.time = time;
        this.dice = dice;
        this.chaos = chaos;
        spot = dice.nextBoolean();
        late = dice.nextInt(3) == 0;
        github = ActionsServiceSimulator.builder()
                .runnerLease(Duration.ofMinutes(2))
                .sessionTtl(Duration.ofMinutes(2))
                .inMemory(time);
        template = ComputeTemplate.builder(TEMPLATE, "n1-standard-4")
                .accelerator(T4, 1)
                .onHostMaintenance("TERMINATE")
                .build();
        boolean byOperation = dice.nextInt(4) == 0;
        boolean details = dice.nextBoolean();
        var builder = ComputeEngineSimulator.builder(PROJECT)
                .rules(rules -> rules.jitConfigKey("paddock-jit-config")
                        .usageShownWhenDone(late)
                        .quotaRefusedByOperation(byOperation)
                        .stockOutDetails(details)
                        .stockOutVisible(dice.nextBoolean()))
                .times(times -> times.insert(Duration.ofSeconds(10 + dice.nextInt(50)))
                        .boot(Duration.ofSeconds(5 + dice.nextInt(60)))
                        .delete(Duration.ofSeconds(5 + dice.nextInt(60))))
                .template(template)
                .template(ComputeTemplate.builder("others", "n1-standard-4").build());
        ZONES.forEach(zone -> builder.zone(ComputeZone.builder(zone).build()));
        for (String region : REGIONS) {
            limits.put(region, 1.0 + dice.nextInt(5));
            builder.quota(region, metric(region), limits.get(region));
        }
        limits.put(GLOBAL, 2.0 + dice.nextInt(10));
        builder.quota(GLOBAL, metric(GLOBAL), limits.get(GLOBAL));
        compute = builder.inMemory(time);
        MachineProgram program = github.runnerProgram();
        compute.runInGuests(machine -> boot(program, machine));
    }

    /** Who is told of what others did. */
    void judgedBy(VmInvariants invariants) {
        judge = invariants;
    }

    private VmInvariants judge() {
        return Objects.requireNonNull(judge, "judge");
    }

    String metric(String scope) {
        return scope.equals(GLOBAL) ? "GPUS_ALL_REGIONS" : (spot ? "PREEMPTIBLE_" : "") + "NVIDIA_T4_GPUS";
    }

    // ---- whose is what -------------------------------------------------------------------------------------

    /** Whether a VM bears all that its maker gives it. */
    static boolean isOurs(ComputeInstance vm) {
        return FLEET.equals(vm.labels().get(LABEL_OF_FLEET))
                && vm.name().equals(vm.labels().get(LABEL_OF_RUNNER))
                && vm.labels().containsKey(LABEL_OF_POOL);
    }

    static String poolOf(ComputeInstance vm) {
        return vm.labels().getOrDefault(LABEL_OF_POOL, "");
    }

    List<ComputeInstance> ours() {
        return compute.instances().stream().filter(VmWorld::isOurs).toList();
    }

    /** VMs of others, with names like those of our runners, and labels like theirs too. */
    List<ComputeInstance> strangers() {
        String ours = LABEL_OF_FLEET + "\":\"" + FLEET;
        insert("gpu-" + fleetPart() + "-abcdefghij", "");
        insert(
                "gpu-" + fleetPart() + "-bcdefghijk",
                "\"" + LABEL_OF_FLEET + "\":\"another\",\"" + LABEL_OF_RUNNER + "\":\"gpu-" + fleetPart()
                        + "-bcdefghijk\",\"" + LABEL_OF_POOL + "\":\"gpu\"");
        insert(
                "gpu-" + fleetPart() + "-cdefghijkl",
                "\"" + ours + "\",\"" + LABEL_OF_RUNNER + "\":\"gpu-copied\",\"" + LABEL_OF_POOL + "\":\"gpu\"");
        time.advance(Duration.ofSeconds(1));
        return compute.instances();
    }

    private void insert(String name, String labels) {
        URI uri = URI.create(compute.url() + "/compute/v1/projects/" + PROJECT + "/zones/"
                + ZONES.get(dice.nextInt(ZONES.size()))
                + "/instances?sourceInstanceTemplate=global/instanceTemplates/others");
        String body = "{\"name\":\"" + name + "\",\"labels\":{" + labels + "}}";
        var request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        var sent =
                compute.httpClient(time.host("somebody else")).sendAsync(request, HttpResponse.BodyHandlers.ofString());
        time.advance(Duration.ofSeconds(1));
        if (!sent.isDone() || sent.join().statusCode() != 200) {
            throw new IllegalStateException("a stranger's VM was not made: " + sent);
        }
    }

    /** The part of a runner's name that tells the fleet. */
    private static String fleetPart() {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(FLEET.getBytes(StandardCharsets.UTF_8));
            var text = new StringBuilder();
            for (int i = 0; i < 4; i++) {
                text.append(BASE32.charAt(hash[i] & 31));
            }
            return text.toString();
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    // ---- guests --------------------------------------------------------------------------------------------

    private void boot(MachineProgram program, MachineProgram.Machine machine) {
        String name = machine.runner().value();
        var amiss = chaos.onGuest(name);
        if (amiss.isEmpty()) {
            program.boot(machine);
            return;
        }
        switch (amiss.get()) {
            case NEVER_BOOTS -> {}
            case BOOT_FAILS -> machine.scheduler().schedule(Duration.ofSeconds(20), () -> machine.exit(1));
            case BOOT_FAILS_AND_STAYS -> compute.guestAttribute(name, "paddock/state", "failed: no GPU");
            case NEVER_ENDS -> program.boot(new Endless(machine));
        }
    }

    /** Its program ends and it stays up. */
    private record Endless(MachineProgram.Machine machine) implements MachineProgram.Machine {
        @Override
        public RunnerId runner() {
            return machine.runner();
        }

        @Override
        public String secret() {
            return machine.secret();
        }

        @Override
        public Registration registration() {
            return machine.registration();
        }

        @Override
        public Scheduler scheduler() {
            return machine.scheduler();
        }

        @Override
        public boolean isUp() {
            return machine.isUp();
        }

        @Override
        public void observe(RunnerObservation.Kind kind) {
            machine.observe(kind);
        }

        @Override
        public void onEnd(Runnable task) {
            machine.onEnd(task);
        }

        @Override
        public void exit(int code) {}
    }

    // ---- what happens --------------------------------------------------------------------------------------

    void happen(World what) {
        switch (what) {
            case VM_PREEMPTED -> strike(what, spot, compute::preempt);
            case VM_DIES -> strike(what, true, compute::guestShutdown);
            case STOCK_CHANGED -> {
                String zone = anyOf(ZONES);
                int units = dice.nextInt(3);
                passing(
                        what,
                        zone + ": " + units,
                        () -> compute.setStock(zone, T4, units),
                        () -> compute.setStock(zone, T4, 100));
            }
            case OTHERS_USE_QUOTA -> {
                String scope = anyScope();
                int by = 1 + dice.nextInt(3);
                passing(what, scope + " by " + by, () -> used(scope, by), () -> used(scope, -by));
            }
            case QUOTA_CHANGED -> {
                String scope = anyScope();
                int limit = dice.nextInt(3);
                passing(
                        what,
                        scope + " to " + limit,
                        () -> limit(scope, limit),
                        () -> limit(scope, limits.getOrDefault(scope, 1.0)));
            }
            case QUOTAS_HIDDEN -> {
                String region = anyOf(REGIONS);
                passing(what, region, () -> hide(region, true), () -> hide(region, false));
            }
            case ZONE_UNREACHABLE -> unreachable(what, anyOf(ZONES));
            case REGION_UNREACHABLE -> unreachable(what, anyOf(REGIONS));
            case FILTERS_IGNORED ->
                passing(
                        what,
                        "all",
                        () -> compute.faults().ignoreFilters(true),
                        () -> compute.faults().ignoreFilters(false));
            case TEMPLATE_REMOVED ->
                passing(what, TEMPLATE, () -> compute.removeTemplate(TEMPLATE), () -> compute.addTemplate(template));
            case SERVICE_SLOW -> passing(what, "each answer", () -> slow(3), () -> slow(0));
            case OUTAGE -> passing(what, "Compute Engine", () -> chaos.outage(true), () -> chaos.outage(false));
            case HOST_CRASHES -> throw new IllegalStateException("the coordinator's host is not of this world");
        }
    }

    private <T> T anyOf(List<T> all) {
        return all.get(dice.nextInt(all.size()));
    }

    private String anyScope() {
        return dice.nextInt(4) == 0 ? GLOBAL : anyOf(REGIONS);
    }

    private void strike(World what, boolean possible, Consumer<String> blow) {
        List<ComputeInstance> running =
                ours().stream().filter(vm -> vm.status().equals("RUNNING")).toList();
        if (possible && !running.isEmpty()) {
            ComputeInstance victim = anyOf(running);
            judge().struck(victim.name());
            chaos.happened(what, victim.name());
            blow.accept(victim.zone() + "/" + victim.name());
        }
    }

    private void used(String scope, int by) {
        judge().othersChanged(scope);
        compute.addUsage(scope, metric(scope), by);
    }

    private void limit(String scope, double limit) {
        judge().othersChanged(scope);
        compute.setQuota(scope, metric(scope), limit);
    }

    private void hide(String region, boolean hidden) {
        judge().othersChanged(region);
        compute.faults().hideQuotas(region, hidden);
    }

    private void unreachable(World what, String location) {
        passing(
                what,
                location,
                () -> compute.faults().unreachable(location, true),
                () -> compute.faults().unreachable(location, false));
    }

    private void slow(int seconds) {
        for (ComputeRoute route : ComputeRoute.values()) {
            compute.faults().latency(route, Duration.ZERO, Duration.ofSeconds(seconds));
        }
    }

    /** One at a time of a kind would be too tame: whoever is undone last has the last word. */
    @SuppressWarnings("UnnecessaryMethodReference") // one of its own for each, by which it is found again
    private void passing(World what, String to, Runnable act, Runnable back) {
        if (what == World.TEMPLATE_REMOVED && undo.stream().anyMatch(Template.class::isInstance)) {
            return;
        }
        chaos.happened(what, to);
        act.run();
        Runnable once = what == World.TEMPLATE_REMOVED ? new Template(back) : back::run;
        undo.add(once);
        time.network().schedule(Duration.ofSeconds(20 + dice.nextLong(LONGEST.toSeconds())), () -> {
            if (undo.remove(once)) {
                once.run();
            }
        });
    }

    /** It can be removed once only. */
    private record Template(Runnable back) implements Runnable {
        @Override
        public void run() {
            back.run();
        }
    }

    void heal() {
        List.copyOf(undo).forEach(Runnable::run);
        undo.clear();
    }
}
