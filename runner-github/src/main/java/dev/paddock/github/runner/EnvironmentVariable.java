package dev.paddock.github.runner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One variable that {@link RunnerSettings#fromEnvironment()} knows.
 *
 * @param name its name
 * @param values what it may be, and what holds without it
 * @param isRefused whether any value but the harmless ones is refused
 * @param harmless lower-case values that ask for nothing that is not done
 * @param meaning what it sets; for a refused one, why, and what to use instead
 */
record EnvironmentVariable(String name, String values, boolean isRefused, Set<String> harmless, String meaning) {
    private static final String PLAN = "plan the host with CapacityPlanner and give the plan to"
            + " LocalRunnerProvider.Builder.plan, as the example PlanHost does";
    private static final String LOGGING = "a library does not set up logging; configure the backend of slf4j";
    private static final Set<String> OFF = Set.of("false", "no", "0", "off");
    private static final Set<String> ON = Set.of("true", "yes", "1", "on");

    /** All of them, in the order of the page about them. */
    static final List<EnvironmentVariable> ALL = all();

    /** Names that guides mention and that were never read, and what to use. */
    static final Map<String, String> NEVER_READ = new TreeMap<>(Map.of(
            "IDLE_TIMEOUT", "use RUNNER_IDLE_TIMEOUT",
            "RUNNER_CLEANUP_ON_EXIT", "folders of runners that are gone are always deleted; unset it",
            "RUNNER_CPU_COUNT", "there is no such setting; " + PLAN));

    /** What the official runner sets or reads itself. */
    static final Set<String> OF_THE_RUNNER = Set.of(
            "RUNNER_NAME",
            "RUNNER_OS",
            "RUNNER_TEMP",
            "RUNNER_TOOL_CACHE",
            "RUNNER_TOOLSDIRECTORY",
            "RUNNER_WORKSPACE",
            "RUNNER_DEBUG",
            "RUNNER_ENVIRONMENT",
            "RUNNER_TRACKING_ID",
            "RUNNER_ALLOW_RUNASROOT",
            "RUNNER_MANUALLY_TRAP_SIG",
            "RUNNER_USER",
            "RUNNER_PERFLOG");

    static boolean isKnown(String name) {
        return ALL.stream().anyMatch(variable -> variable.name.equals(name));
    }

    static EnvironmentVariable named(String name) {
        return ALL.stream()
                .filter(variable -> variable.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no row for " + name));
    }

    private static EnvironmentVariable used(String name, String values, String meaning) {
        return new EnvironmentVariable(name, values, false, Set.of(), meaning);
    }

    private static EnvironmentVariable refused(String name, Set<String> harmless, String why) {
        String values = harmless.isEmpty()
                ? "unset"
                : harmless.equals(OFF) ? "false" : harmless.equals(ON) ? "true" : String.join(", ", harmless);
        return new EnvironmentVariable(name, values, true, harmless, why);
    }

    private static List<EnvironmentVariable> all() {
        List<EnvironmentVariable> all = new ArrayList<>();
        service(all);
        scaling(all);
        runners(all);
        lifecycle(all);
        host(all);
        cleaning(all);
        gpus(all);
        return List.copyOf(all);
    }

    private static void service(List<EnvironmentVariable> all) {
        all.add(used("GIT_PLATFORM", "github", "where jobs come from; there is no other"));
        all.add(used(
                "GITHUB_REPOSITORY",
                "required: OWNER/REPO, ORG, enterprises/NAME, or the whole address",
                "whose jobs are run"));
        all.add(refused("GITLAB_PROJECT_ID", Set.of(), "Paddock runs GitHub's jobs; set GITHUB_REPOSITORY"));
        all.add(used(
                "GIT_API_URL",
                "https://api.github.com",
                "the REST API of GitHub, of a GitHub Enterprise Server (https://HOST/api/v3) or of NAME.ghe.com; not"
                        + " together with a whole address in GITHUB_REPOSITORY"));
        all.add(used(
                "GIT_TOKEN",
                "a token",
                "what opens GitHub, before GITHUB_TOKEN and after the SCALER_… variables of"
                        + " GitHubCredentials.fromEnvironment"));
        all.add(used("GITHUB_TOKEN", "a token", "the same, if no other is set"));
    }

    private static void scaling(List<EnvironmentVariable> all) {
        all.add(used(
                "RUNNER_ENABLE_DYNAMIC_SCALING",
                "true, false; true if one of the next six is set",
                "whether there are RUNNER_MIN_COUNT to RUNNER_MAX_COUNT runners by demand, in place of at most"
                        + " RUNNER_COUNT"));
        all.add(used(
                "RUNNER_SCALING_MODE",
                "lazy, balanced, aggressive; balanced",
                "thresholds and cool-down: 5, 0, 120 s; 2, 0, 60 s; 1, 0, 30 s"));
        all.add(used(
                "RUNNER_MIN_COUNT", "0 to 1000; 1", "how many runners there are in any case; lazy wants at least 1"));
        all.add(used("RUNNER_MAX_COUNT", "1 to 1000; 10", "the most runners"));
        all.add(used(
                "RUNNER_SCALE_UP_THRESHOLD",
                "1 to 1000; the mode's",
                "so many jobs must wait before more runners are made for them; one where there is no runner"));
        all.add(used(
                "RUNNER_SCALE_DOWN_THRESHOLD",
                "0 to 1000; the mode's",
                "idle runners go only while no more jobs than this wait"));
        all.add(used(
                "RUNNER_SCALE_COOLDOWN",
                "0 to 86400 s; the mode's",
                "for so long after a launch no runner goes; growing is never delayed"));
    }

    private static void runners(List<EnvironmentVariable> all) {
        all.add(used(
                "RUNNER_NAME_PREFIX",
                "paddock",
                "the name of the pool and of its scale set; with several architectures, what these begin with"));
        all.add(used(
                "RUNNER_LABELS",
                "names with commas; self-hosted, the system, the architecture",
                "what jobs ask for; another system's or architecture's is refused"));
        all.add(used("RUNNER_GROUP", "default", "the runner group, which must exist"));
        all.add(used("RUNNER_WORK_DIR", "_work", "the folder that jobs work in, below the runner's"));
        all.add(used("RUNNER_INSTALL_DIR", "./actions-runner", "the folder that holds the runners' folders"));
        all.add(used("RUNNER_VERSION", "latest, or such as 2.336.0; latest", "the version of the official runner"));
        all.add(refused(
                "RUNNER_FALLBACK_VERSION",
                Set.of(),
                "when GitHub lists no package the newest verified one of the cache is used; to keep to one version set"
                        + " RUNNER_VERSION"));
        all.add(used(
                "RUNNER_ARCH",
                "auto, x64, arm64, arm; auto",
                "what this host is; anything else than it is, is refused"));
        all.add(used(
                "RUNNER_TARGET_ARCHITECTURES",
                "x64, arm64, arm, riscv64 with commas; the host's",
                "a pool for each, among which the runners are divided; others than the host's are emulated"));
        all.add(used(
                "RUNNER_ENABLE_EMULATION",
                "true, false; true",
                "whether other architectures than the host's are allowed among the targets"));
        all.add(refused(
                "RUNNER_EMULATION_AUTO_INSTALL",
                OFF,
                "nothing is installed on the host; Emulation and HostDoctor tell the command that enables it"));
        all.add(refused(
                "RUNNER_EMULATION_METHOD",
                Set.of("auto"),
                "the kernel decides by its own table what executes a program; Emulation tells what is in it"));
    }

    private static void lifecycle(List<EnvironmentVariable> all) {
        all.add(used(
                "RUNNER_MODE",
                "auto, manual; auto",
                "auto: runners are made for jobs and go when idle; manual: RUNNER_COUNT runners are always there"));
        all.add(used("RUNNER_IDLE_TIMEOUT", "0 to 86400 s; 300", "how long a runner that is not needed stays"));
        all.add(used("RUNNER_CHECK_INTERVAL", "1 to 3600 s; 30", "how often each runner is looked at"));
        all.add(used(
                "RUNNER_MAX_LIFETIME",
                "0, or 60 to 31536000 s; 0",
                "how old a runner may become; 0 for no limit. It never ends a job"));
        all.add(used("RUNNER_COUNT", "1 to 1000; 1", "how many runners, without dynamic scaling"));
        all.add(
                used(
                        "RUNNER_DEPLOYMENT_STRATEGY",
                        "sequential, parallel; sequential",
                        "sequential: registrations are RUNNER_DEPLOYMENT_STAGGER apart; parallel: at most five are made at once"));
        all.add(used(
                "RUNNER_DEPLOYMENT_STAGGER",
                "0 to 3600 s; 5",
                "the least time between two registrations, in sequence"));
        all.add(
                refused(
                        "RUNNER_EPHEMERAL",
                        ON,
                        "runners of a scale set take one job each; WorkflowJobListener.Builder.persistent makes runners that stay"));
        all.add(
                refused(
                        "RUNNER_REPLACE_EXISTING",
                        OFF,
                        "each runner has a name that was never used; what a crash leaves of them is removed without being asked"));
        all.add(refused(
                "RUNNER_DISABLE_AUTO_UPDATE",
                OFF,
                "GitHub decides when a runner updates itself; set RUNNER_VERSION to begin each one at one version"));
        all.add(refused(
                "RUNNER_ADDITIONAL_FLAGS",
                Set.of(),
                "runners of a scale set run no config.sh to pass them to; labels, group and folder have variables"));
    }

    private static void host(List<EnvironmentVariable> all) {
        all.add(refused(
                "RUNNER_CPU_CORES", Set.of(), "what a runner needs is planned for, and no wall around it; " + PLAN));
        all.add(refused(
                "RUNNER_MEMORY_GB", Set.of(), "what a runner needs is planned for, and no wall around it; " + PLAN));
        all.add(refused(
                "RUNNER_DISK_THRESHOLD_GB",
                Set.of(),
                "HostJanitor.Builder.keepFree says it, clears up, and lets no runner start below it"));
        all.add(refused("LOG_LEVEL", Set.of(), LOGGING));
        all.add(refused("LOG_FILE", Set.of(), LOGGING));
        all.add(used(
                "ENABLE_METRICS", "true, false; true", "nothing: metrics are always counted, and cost nothing unread"));
        all.add(refused(
                "METRICS_FILE",
                Set.of(),
                "write RunnerCoordinator.metrics() where you want it, or serve it to Prometheus"));
        all.add(used("GITHUB_API_TIMEOUT", "1 to 600 s; 30", "how long one try of a REST call may take"));
        all.add(refused(
                "GITHUB_VERSION_CHECK_TIMEOUT",
                Set.of(),
                "looking for a version is a call like others; set GITHUB_API_TIMEOUT"));
        all.add(refused("RUNNER_ENABLE_RESOURCE_OPTIMIZATION", OFF, "it means a plan of the host; " + PLAN));
        all.add(refused(
                "RUNNER_USE_CPU_AFFINITY",
                OFF,
                "LocalRunnerProvider.Builder.cpuBinding binds runners to the cores that their profiles ask for"));
        all.add(refused("RUNNER_HOST_CPU_RESERVE_PERCENT", Set.of(), "a plan says what is kept back; " + PLAN));
        all.add(refused("RUNNER_HOST_MEMORY_RESERVE_PERCENT", Set.of(), "a plan says what is kept back; " + PLAN));
    }

    private static void cleaning(List<EnvironmentVariable> all) {
        all.add(refused(
                "RUNNER_CLEAN_ON_DEREGISTER", ON, "the folder of a runner that is gone is always deleted; unset it"));
        all.add(
                refused(
                        "RUNNER_CLEAN_DOCKER",
                        OFF,
                        "the images of a host are not one fleet's to delete; HostJanitor.Builder.dockerLabel prunes those with a label"));
        all.add(
                refused(
                        "DOCKER_CLEANUP_THRESHOLD_GB",
                        Set.of(),
                        "the images of a host are not one fleet's to delete; HostJanitor.Builder.dockerLabel prunes those with a label"));
    }

    private static void gpus(List<EnvironmentVariable> all) {
        String gpu = "which GPUs a runner sees is said by its place in a plan; " + PLAN;
        all.add(refused("RUNNER_ENABLE_GPU", OFF, gpu));
        all.add(refused("RUNNER_INFERENCE_ONLY", OFF, gpu));
        all.add(refused("RUNNER_GPU_VENDOR", Set.of("auto"), gpu));
        all.add(refused("RUNNER_GPU_PER_RUNNER", Set.of("auto"), gpu));
    }
}
