package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulator's own interface: what another process can see and do. */
class ControlSimulatorTest {
    private static final Workflow CI = Workflow.builder("ci")
            .repository("acme/engine")
            .add(WorkflowJob.builder("build")
                    .labels("cpu")
                    .step(new Step("make", "make all", Duration.ofSeconds(3), 2))
                    .build())
            .add(WorkflowJob.builder("test").labels("gpu").needs("build").build())
            .build();

    /** What the faults take that must not be left out. */
    private static final Map<String, String> TAKEN = Map.of(
            "status", ",\"status\":503",
            "retry-after", ",\"pause\":\"PT1S\"",
            "delay", ",\"delay\":\"PT1S\"",
            "slow-body", ",\"pause\":\"PT1S\"",
            "replace-body", ",\"body\":\"\"");

    /** How another process does what a method of {@link Faults} does. */
    private static final Map<String, String> ROUTES = Map.ofEntries(
            Map.entry("next", "POST /simulator/faults"),
            Map.entry("seeded", "POST /simulator/faults/seeded"),
            Map.entry("clear", "DELETE /simulator/faults"),
            Map.entry("latency", "POST /simulator/latency"),
            Map.entry("clockSkew", "POST /simulator/clock-skew"),
            Map.entry("evictSession", "POST /simulator/scale-sets/*/evict-session"),
            Map.entry("expireQueueToken", "POST /simulator/scale-sets/*/expire-queue-token"),
            Map.entry("removeScaleSet", "POST /simulator/scale-sets/*/remove"),
            Map.entry("expireAdminTokens", "POST /simulator/expire-admin-tokens"),
            Map.entry("expireInstallationTokens", "POST /simulator/expire-installation-tokens"),
            Map.entry("limitRest", "POST /simulator/limit-rest"),
            Map.entry("moveService", "POST /simulator/move-service"));

    /** Takes a function, which no other process can send. */
    private static final Set<String> WITHOUT_ROUTE = Set.of("decide");

    private static final Pattern ROUTE = Pattern.compile("(?:GET|POST|DELETE) /simulator/[^,\\]`\"]+");

    private static SimulatorWorld open(Face face) {
        return SimulatorWorld.open(face, ActionsServiceSimulator.builder().longPoll(Duration.ofMillis(100)));
    }

    private static Answer control(SimulatorWorld world, String method, String path, String body) {
        return world.call(method, world.simulator.url() + "/simulator/" + path, body);
    }

    private static JsonNode state(SimulatorWorld world) {
        Answer state = control(world, "GET", "state", "");
        assertThat(state.status()).isEqualTo(200);
        return state.json();
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void workflowsAreQueuedAndJobsAreSeen(Face face) {
        try (var world = open(face)) {
            Answer queued = control(world, "POST", "workflows", CI.toJson());
            assertThat(queued.status()).isEqualTo(201);
            assertThat(world.simulator.jobs()).extracting(JobRecord::name).containsExactly("build", "test");
            JsonNode jobs = state(world).get("jobs");
            assertThat(jobs.get(0).get("runId")).isEqualTo(queued.json().get("runId"));
            assertThat(jobs.get(0).get("state").textValue()).isEqualTo("QUEUED");
            assertThat(jobs.get(0).get("labels").get(0).textValue()).isEqualTo("cpu");
            assertThat(jobs.get(1).get("state").textValue()).isEqualTo("BLOCKED");
            assertThat(jobs.get(1).has("queuedAt")).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aJobIsCanceledAndRunAgain(Face face) {
        try (var world = open(face)) {
            world.simulator.submit(CI);
            String id = world.job("build").id();
            assertThat(control(world, "POST", "jobs/" + id + "/rerun", "").status())
                    .isEqualTo(409);
            assertThat(control(world, "POST", "jobs/" + id + "/cancel", "").status())
                    .isEqualTo(204);
            assertThat(state(world).get("jobs").get(0).get("result").textValue())
                    .isEqualTo("canceled");
            Answer again = control(world, "POST", "jobs/" + id + "/rerun", "");
            assertThat(again.status()).isEqualTo(201);
            assertThat(again.json().get("attempt").intValue()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void scaleSetsSessionsAndRegistrationsAreSeen(Face face) {
        try (var world = open(face)) {
            long set = world.register().createScaleSet("linux", "gpu");
            world.openSession(set).poll(0, 3);
            world.runner(set, "linux-1");
            JsonNode state = state(world);
            assertThat(state.get("scaleSets").get(0).get("capacity").intValue()).isEqualTo(3);
            assertThat(state.get("scaleSets").get(0).get("registered").intValue())
                    .isEqualTo(1);
            assertThat(state.get("sessions").get(0).get("scaleSet").textValue()).isEqualTo("linux");
            assertThat(state.get("registrations").get(0).get("name").textValue())
                    .isEqualTo("linux-1");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void faultsArePlannedAndForgotten(Face face) {
        try (var world = open(face)) {
            world.register();
            String fault = """
                    {"route": "LIST_SCALE_SETS", "times": 2, "fault": "status", "status": 503, "body": "busy",
                     "headers": {"Retry-After": "7"}}""";
            assertThat(control(world, "POST", "faults", fault).status()).isEqualTo(204);
            Answer struck = world.admin("GET", "runtime/runnerscalesets", "");
            assertThat(struck.status()).isEqualTo(503);
            assertThat(struck.body()).isEqualTo("busy");
            assertThat(struck.response().headers().firstValue("retry-after")).contains("7");
            assertThat(control(world, "DELETE", "faults", "").status()).isEqualTo(204);
            assertThat(world.admin("GET", "runtime/runnerscalesets", "").status())
                    .isEqualTo(200);
        }
    }

    @Test
    void everyFaultHasAName() {
        try (var world = open(Face.IN_MEMORY).register()) {
            for (Class<?> type : Fault.class.getPermittedSubclasses()) {
                String name =
                        type.getSimpleName().replaceAll("(?<=.)([A-Z])", "-$1").toLowerCase(Locale.ROOT);
                String fault =
                        "\"route\":\"LIST_SCALE_SETS\",\"fault\":\"" + name + "\"" + TAKEN.getOrDefault(name, "");
                assertThat(fault(world, fault).status()).as(name).isEqualTo(204);
                int before = world.simulator.requests().size();
                world.send("GET", world.adminUrl("runtime/runnerscalesets"), "", world.adminHeaders());
                world.awaitTrue(() -> world.simulator.requests().size() > before);
                assertThat(world.simulator.requests().get(before).fault()).get().isInstanceOf(type);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void theServicesErrorsAreNamedByTheirType(Face face) {
        try (var world = open(face).register()) {
            String fault = """
                    {"route": "LIST_SCALE_SETS", "fault": "status", "status": 404, "typeName": "ANotFoundException",
                     "message": "gone"}""";
            assertThat(control(world, "POST", "faults", fault).status()).isEqualTo(204);
            Answer struck = world.admin("GET", "runtime/runnerscalesets", "");
            assertThat(struck.status()).isEqualTo(404);
            assertThat(struck.json().get("typeName").textValue()).isEqualTo("ANotFoundException");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void faultsStrikeByChanceFromASeed(Face face) {
        try (var world = open(face).register()) {
            String all = """
                    {"seed": 1, "share": 1, "faults": [{"fault": "status", "status": 502}]}""";
            assertThat(control(world, "POST", "faults/seeded", all).status()).isEqualTo(204);
            assertThat(world.admin("GET", "runtime/runnerscalesets", "").status())
                    .isEqualTo(502);
            assertThat(state(world).get("requests").get("struck").intValue()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void whatHappensBehindAClientsBackIsAskedFor(Face face) {
        try (var world = open(face).register()) {
            long set = world.createScaleSet("linux gpu");
            var session = world.openSession(set);
            String path = "scale-sets/linux%20gpu/";
            assertDone(control(world, "POST", path + "expire-queue-token", ""));
            assertThat(session.poll(0, 1).status()).isEqualTo(401);
            assertDone(control(world, "POST", path + "evict-session", ""));
            assertThat(world.simulator.sessions()).isEmpty();
            assertRefused(control(world, "POST", path + "expire-queue-token", ""), 409, "has no session");
            assertDone(control(world, "POST", path + "remove", ""));
            assertThat(world.simulator.scaleSets()).isEmpty();
            assertRefused(control(world, "POST", path + "remove", ""), 400, "no scale set named");
            assertDone(control(world, "POST", "expire-admin-tokens", ""));
            assertThat(world.admin("GET", "runtime/runnerscalesets", "").status())
                    .isEqualTo(401);
            String before = world.register().service;
            assertDone(control(world, "POST", "move-service", ""));
            assertThat(world.register().service).isNotEqualTo(before);
            assertDone(control(world, "POST", "clock-skew", "{\"skew\":\"PT1H\"}"));
            assertThat(world.admin("GET", "runtime/runnerscalesets", "").status())
                    .as("expired by the service's clock")
                    .isEqualTo(401);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void restIsLimitedAndTheTokensOfInstallationsExpire(Face face) {
        try (var rest = RestWorld.open(face)) {
            String expiry = "expire-installation-tokens";
            rest.token = AppTokenSimulatorTest.installationToken(rest, face);
            assertThat(rest.get("rate_limit").status()).isEqualTo(200);
            assertDone(control(rest.world, "POST", expiry, ""));
            assertThat(rest.get("orgs/acme/actions/runners").status()).isEqualTo(401);
            rest.token = "ghp_x";
            assertDone(control(rest.world, "POST", "limit-rest", "{\"length\":\"PT1M\"}"));
            Answer limited = rest.get("orgs/acme/actions/runners");
            assertThat(limited.status()).isEqualTo(403);
            assertThat(limited.response().headers().firstValue("retry-after")).isPresent();
            assertRefused(control(rest.world, "POST", "limit-rest", "{}"), 400, "length");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aWorkflowIsMadeDispatchable(Face face) {
        try (var rest = RestWorld.open(face)) {
            String body = "{\"workflow\":" + CI.toJson() + ",\"inputs\":[\"target\"]}";
            assertDone(control(rest.world, "POST", "dispatchable", body));
            String place = "repos/acme/engine/actions/workflows/ci.yml/dispatches";
            assertDone(rest.post(place, "{\"ref\":\"main\",\"inputs\":{\"target\":\"all\"}}"));
            assertThat(rest.post(place, "{\"ref\":\"main\",\"inputs\":{\"other\":\"all\"}}")
                            .status())
                    .isEqualTo(422);
            assertThat(rest.simulator.jobs()).extracting(JobRecord::name).containsExactly("build", "test");
            String text = body.replace("[\"target\"]", "\"target\"");
            assertRefused(control(rest.world, "POST", "dispatchable", text), 400, "inputs");
            assertRefused(control(rest.world, "POST", "dispatchable", "{}"), 400, "the workflow");
        }
    }

    @Test
    void aWebhookTellsAUrl() throws IOException {
        List<String> signatures = Collections.synchronizedList(new ArrayList<>());
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
        server.createContext("/hook", exchange -> {
            signatures.add(exchange.getRequestHeaders().getFirst("X-Hub-Signature-256"));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        try (var world = open(Face.LOOPBACK)) {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
            String hook = "{\"url\":\"" + url + "\",\"secret\":\"s\"}";
            assertDone(control(world, "POST", "webhooks", hook));
            world.awaitTrue(() -> !signatures.isEmpty());
            assertThat(signatures.get(0)).startsWith("sha256=");
            assertRefused(control(world, "POST", "webhooks", "{\"url\":\"ftp://x/\"}"), 400, "ftp");
            assertRefused(control(world, "POST", "webhooks", "{\"secret\":\"s\"}"), 400, "url");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aWebhookReachesNoUrlInVirtualTime() {
        try (var world = open(Face.IN_MEMORY)) {
            assertRefused(
                    control(world, "POST", "webhooks", "{\"url\":\"http://127.0.0.1:1/\"}"), 409, "in virtual time");
        }
    }

    @Test
    void everyMethodOfFaultsHasARoute() {
        Set<String> methods =
                Arrays.stream(Faults.class.getMethods()).map(Method::getName).collect(Collectors.toSet());
        Set<String> told = new TreeSet<>(ROUTES.keySet());
        told.addAll(WITHOUT_ROUTE);
        assertThat(told).containsExactlyInAnyOrderElementsOf(methods);
        assertThat(served()).containsAll(ROUTES.values());
    }

    @Test
    void thePageListsEveryRoute() throws IOException {
        String page = Files.readString(Path.of("../docs/testing.md")).replaceAll("/(?:ID|NAME)/", "/*/");
        Set<String> listed = page.lines()
                .filter(line -> line.startsWith("| `"))
                .flatMap(line -> ROUTE.matcher(line).results())
                .map(MatchResult::group)
                .collect(Collectors.toSet());
        assertThat(listed).containsExactlyInAnyOrderElementsOf(served());
    }

    /** The routes there are, as the answer to a wrong one lists them. */
    private static Set<String> served() {
        try (var world = open(Face.IN_MEMORY)) {
            return ROUTE.matcher(control(world, "GET", "nothing", "").body())
                    .results()
                    .map(MatchResult::group)
                    .collect(Collectors.toSet());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'fault':'status','status':503,'times':2,'retries':1 | unknown key \\'retries\\'",
                "'fault':'reset','status':503 | unknown key \\'status\\'",
                "'fault':'reset','times':'2' | \\'times\\' must be a whole number",
                "'fault':'reset','times':1.5 | \\'times\\' must be a whole number",
                "'fault':'reset','times':3000000000 | \\'times\\' must be a whole number",
                "'fault':'status','status':'503' | \\'status\\' must be a whole number",
                "'fault':'status','status':503.5 | \\'status\\' must be a whole number",
                "'fault':'status' | \\'status\\' must be a whole number",
                "'fault':'status','status':404,'message':'gone' | \\'message\\' does not go without",
                "'fault':'status','status':404,'typeName':'A','body':'gone' | \\'body\\' does not go with",
                "'fault':'status','status':404,'body':{} | \\'body\\' must be a string",
                "'fault':'status','status':404,'headers':[] | \\'headers\\' must be a JSON object",
                "'fault':'status','status':404,'headers':{'Retry-After':7} | \\'Retry-After\\' must be a string",
                "'fault':'retry-after','pause':'PT1S','asDate':'yes' | \\'asDate\\' must be true or false",
                "'fault':'wrong-count','by':'2' | \\'by\\' must be a whole number",
                "'fault':'replace-body' | \\'body\\' must be a string",
                "'fault':'replace-body','body':null | \\'body\\' must be a string"
            },
            quoteCharacter = '`')
    void aFaultThatIsNotMeantSoIsRefused(String fault, String reason) {
        try (var world = open(Face.IN_MEMORY).register()) {
            Answer refused = fault(world, "\"route\":\"LIST_SCALE_SETS\"," + fault.replace('\'', '"'));
            assertRefused(refused, 400, reason.replace('\'', '"'));
            assertThat(world.admin("GET", "runtime/runnerscalesets", "").status())
                    .as("nothing is planned")
                    .isEqualTo(200);
        }
    }

    @Test
    void keysThatNobodyReadsAreRefused() {
        try (var world = open(Face.IN_MEMORY)) {
            assertRefused(control(world, "POST", "clock-skew", "{\"skew\":\"PT1S\",\"by\":1}"), 400, "by");
            String latency = "{\"route\":\"POLL\",\"latency\":\"PT1S\",\"from\":\"PT1S\"}";
            assertRefused(control(world, "POST", "latency", latency), 400, "from");
            String times = "{\"seed\":1,\"share\":1,\"faults\":[{\"fault\":\"reset\",\"times\":2}]}";
            assertRefused(control(world, "POST", "faults/seeded", times), 400, "times");
            String route = "{\"seed\":1,\"share\":1,\"faults\":[{\"fault\":\"reset\"}],\"route\":\"POLL\"}";
            assertRefused(control(world, "POST", "faults/seeded", route), 400, "route");
        }
    }

    private static void assertDone(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(204);
    }

    @Test
    void aLatencyIsSet() {
        try (var world = open(Face.IN_MEMORY).register()) {
            assertDone(control(world, "POST", "latency", "{\"route\":\"LIST_SCALE_SETS\",\"latency\":\"PT3S\"}"));
            var before = world.time.now();
            world.admin("GET", "runtime/runnerscalesets", "");
            assertThat(Duration.between(before, world.time.now())).isGreaterThan(Duration.ofSeconds(3));
            String range = "{\"route\":\"LIST_SCALE_SETS\",\"from\":\"PT2S\",\"to\":\"PT1S\"}";
            assertRefused(control(world, "POST", "latency", range), 400, "PT2S to PT1S");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void settingsAndCountsOfRequestsAreSeen(Face face) {
        var builder =
                ActionsServiceSimulator.builder().ghes("3.14").dropLabel("old").sessionTtl(Duration.ofMinutes(9));
        try (var world = SimulatorWorld.open(face, builder).register()) {
            world.createScaleSet("linux");
            JsonNode state = state(world);
            assertThat(state.get("settings").get("ghes").textValue()).isEqualTo("3.14");
            assertThat(state.get("settings").get("flow").textValue()).isEqualTo("ACQUIRE");
            assertThat(state.get("settings").get("sessionTtl").textValue()).isEqualTo("PT9M");
            assertThat(state.get("settings").get("droppedLabels").get(0).textValue())
                    .isEqualTo("old");
            assertThat(state.get("requests").get("total").intValue()).isEqualTo(3);
            assertThat(state.get("requests").get("struck").intValue()).isZero();
            assertThat(state.get("requests")
                            .get("routes")
                            .get("CREATE_SCALE_SET")
                            .intValue())
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void itsOwnRequestsAreNeitherRecordedNorStruck(Face face) {
        try (var world = open(face)) {
            world.simulator.faults().decide(request -> Optional.of(Fault.status(500)));
            assertThat(state(world).get("simulator").textValue()).isEqualTo("actions");
            assertThat(world.simulator.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aBreachOfTheProtocolIsSeen(Face face) {
        try (var world = open(face)) {
            world.call("GET", world.simulator.url() + "/nowhere", "");
            JsonNode violation = state(world).get("violations").get(0);
            assertThat(violation.get("path").textValue()).isEqualTo("/nowhere");
            assertThat(violation.get("violation").textValue()).contains("no such route");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void whatIsWrongIsRefusedWithTheReason(Face face) {
        try (var world = open(face)) {
            assertRefused(control(world, "POST", "workflows", "{"), 400, "not JSON");
            assertRefused(control(world, "POST", "workflows", "{\"name\":\"ci\"}"), 400, "it has no job");
            assertRefused(control(world, "POST", "jobs/7/cancel", ""), 400, "no job with id 7");
            assertRefused(control(world, "GET", "jobs", ""), 404, "POST /simulator/workflows");
            assertRefused(control(world, "POST", "faults", "[]"), 400, "JSON object");
            assertRefused(fault(world, "\"route\":\"POL\""), 400, "no route \\\"POL\\\"");
            assertRefused(fault(world, "\"route\":\"POLL\""), 400, "no fault");
            assertRefused(fault(world, "\"route\":\"POLL\",\"fault\":\"status\",\"status\":9"), 400, "100 to 599");
            assertRefused(fault(world, "\"route\":\"POLL\",\"fault\":\"delay\",\"delay\":\"2\""), 400, "PT2S");
            assertRefused(control(world, "POST", "clock-skew", "{}"), 400, "PT2S");
            assertRefused(control(world, "POST", "faults/seeded", "{}"), 400, "seed");
            assertRefused(fault(world, "\"route\":\"POLL\",\"times\":0,\"fault\":\"reset\""), 400, "1 or more");
        }
    }

    private static Answer fault(SimulatorWorld world, String content) {
        return control(world, "POST", "faults", "{" + content + "}");
    }

    private static void assertRefused(Answer answer, int status, String reason) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains(reason);
    }
}
