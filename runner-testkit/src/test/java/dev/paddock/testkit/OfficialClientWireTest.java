package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.GoConnection.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The requests of GitHub's own clients in Go, as they stand on the wire. Those of {@code actions/scaleset} v0.1.0 and of
 * {@code actions/actions-runner-controller} v0.27.6 are as both sent them to the simulator; those of other versions and
 * of other clients are derived from their source. No client is run here: what is asserted of an answer is what its types
 * and its checks of the status demand, without which it fails or panics.
 */
class OfficialClientWireTest {
    private static final String OFFICIAL = "{\"system\":\"demo\",\"version\":\"1.0\",\"commit_sha\":\"abc\","
            + "\"scale_set_id\":0,\"subsystem\":\"listener\",\"build_version\":\"v0.1.0\","
            + "\"build_commit_sha\":\"v0.1.0\",\"kind\":\"scaleset\"}";
    private static final String ZERO = "\"createdOn\":\"0001-01-01T00:00:00Z\"";
    private static final String VERSION = "api-version=6.0-preview";

    private ActionsServiceSimulator simulator;
    private GoConnection go;
    private String service = "";
    private String admin = "";
    private JsonNode session;
    private long set;

    private void begin(String userAgent, ActionsServiceSimulator.Builder builder) {
        simulator = builder.longPoll(Duration.ofMillis(100)).start();
        go = new GoConnection(simulator.url(), userAgent);
    }

    @AfterEach
    void end() {
        go.close();
        assertThat(simulator.violations()).isEmpty();
        simulator.close();
    }

    // ---- the calls -----------------------------------------------------------------------------------------

    private void connect() {
        connect(Map.of("Authorization", "Bearer ghp_x"));
    }

    private void connect(Map<String, String> credentials) {
        String api = simulator.url() + "/api/v3/";
        var headers = new LinkedHashMap<>(credentials);
        headers.put("Content-Type", "application/vnd.github.v3+json");
        Answer token = go.send("POST", api + "orgs/my-org/actions/runners/registration-token", "", headers);
        assertThat(token.status()).isEqualTo(201);
        Instant.parse(text(token.json(), "expires_at"));
        Answer connection = go.send(
                "POST",
                api + "actions/runner-registration",
                "{\"url\":\"" + simulator.configUrl("my-org") + "\",\"runner_event\":\"register\"}\n",
                Map.of(
                        "Authorization",
                        "RemoteAuth " + text(token.json(), "token"),
                        "Content-Type",
                        "application/json"));
        assertThat(connection.status()).isBetween(200, 299);
        service = text(connection.json(), "url").replaceAll("/+$", "") + "/_apis/";
        admin = text(connection.json(), "token");
        assertParsesInGo(admin);
    }

    /** Go looks the algorithm up, reads exp without asking whether it is there, and jti only as a string. */
    private static void assertParsesInGo(String jwt) {
        String[] parts = jwt.split("\\.", -1);
        assertThat(parts).hasSize(3);
        assertThat(text(decoded(parts[0]), "alg")).isEqualTo("RS256");
        JsonNode claims = decoded(parts[1]);
        assertThat(claims.get("exp").isIntegralNumber()).isTrue();
        for (String claim : new String[] {"jti", "iss", "sub"}) {
            assertThat(claims.path(claim).isMissingNode() || claims.get(claim).isTextual())
                    .as("%s of %s", claim, claims)
                    .isTrue();
        }
        Base64.getUrlDecoder().decode(parts[2]);
    }

    private static JsonNode decoded(String base64) {
        return SimulatorWorld.parse(new String(Base64.getUrlDecoder().decode(base64), StandardCharsets.UTF_8));
    }

    /** Query parameters stand in the order of their names. */
    private Answer admin(String method, String path, String body) {
        return go.send(
                method,
                service + path,
                body,
                Map.of("Authorization", "Bearer " + admin, "Content-Type", "application/json"));
    }

    private Answer queue(String method, String url) {
        return queue(method, url, "4");
    }

    private Answer queue(String method, String url, String capacity) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Authorization", "Bearer " + text(session, "messageQueueAccessToken"));
        if (method.equals("GET")) {
            headers.put("Accept", "application/json; api-version=6.0-preview");
            headers.put("X-Scalesetmaxcapacity", capacity);
            headers.values().removeIf(String::isEmpty);
        } else {
            headers.put("Content-Type", "application/json");
        }
        return go.send(method, url, "", headers);
    }

    private Answer poll(long lastMessageId) {
        return poll(lastMessageId, "4");
    }

    private Answer poll(long lastMessageId, String capacity) {
        String url = text(session, "messageQueueUrl");
        String cursor = lastMessageId > 0 ? "lastMessageId=" + lastMessageId + "&" : "";
        return queue("GET", url.replace("?", "?" + cursor), capacity);
    }

    private void delete(long message) {
        Answer deleted = queue("DELETE", text(session, "messageQueueUrl").replace("?", "/" + message + "?"));
        assertThat(deleted.status()).isEqualTo(204);
        assertThat(deleted.body()).isEmpty();
    }

    private void open(String body) {
        Answer opened = admin("POST", "runtime/runnerscalesets/" + set + "/sessions?" + VERSION, body);
        assertThat(opened.status()).isEqualTo(200);
        session = opened.json();
        UUID.fromString(text(session, "sessionId"));
        assertStatistics(session.get("statistics"));
        assertThat(session.get("runnerScaleSet").get("id").longValue()).isEqualTo(set);
    }

    private static void assertStatistics(JsonNode statistics) {
        assertThat(statistics.isObject()).as("not null: Go would panic").isTrue();
        assertThat(statistics)
                .hasSize(7)
                .allSatisfy(counter -> assertThat(counter.isInt()).isTrue());
    }

    private static String text(JsonNode json, String key) {
        assertThat(json.path(key).isTextual()).as("%s of %s", key, json).isTrue();
        return json.get(key).textValue();
    }

    private static JsonNode element(JsonNode message, String type) {
        assertThat(text(message, "messageType")).isEqualTo("RunnerScaleSetJobMessages");
        assertThat(message.get("messageId").isIntegralNumber()).isTrue();
        assertStatistics(message.get("statistics"));
        JsonNode only = SimulatorWorld.parse(text(message, "body")).get(0);
        assertThat(text(only, "messageType")).isEqualTo(type);
        assertThat(only.get("runnerRequestId").isIntegralNumber()).isTrue();
        assertThat(only.get("workflowRunId").isIntegralNumber()).isTrue();
        for (String time : new String[] {"queueTime", "scaleSetAssignTime", "runnerAssignTime", "finishTime"}) {
            Instant.parse(text(only, time));
        }
        return only;
    }

    private Answer acquire(String root, JsonNode offer) {
        return go.send(
                "POST",
                root + "runtime/runnerscalesets/" + set + "/acquirejobs?" + VERSION,
                "[" + offer.get("runnerRequestId") + "]",
                Map.of(
                        "Authorization",
                        "Bearer " + text(session, "messageQueueAccessToken"),
                        "Content-Type",
                        "application/json"));
    }

    private void submit() {
        simulator.submit(SimulatorWorld.one("gpu-test", "gpu-h200"));
    }

    // ---- the clients ---------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-10.5 the official client: from the token to the end of the scale set, on github.com")
    void theOfficialClient() {
        begin(OFFICIAL, ActionsServiceSimulator.builder().runnerGroup("gpu"));
        connect();
        Answer groups = admin("GET", "runtime/runnergroups/?" + VERSION + "&groupName=gpu", "");
        assertThat(groups.json().get("count").intValue()).isEqualTo(1);
        long group = groups.json().get("value").get(0).get("id").longValue();
        String byName = "runtime/runnerscalesets?" + VERSION + "&name=gpu-h200&runnerGroupId=" + group;
        assertThat(admin("GET", byName, "").json().get("count").intValue()).isZero();
        createAndUpdate(group);
        assertThat(admin("GET", byName, "").json().get("count").intValue()).isEqualTo(1);

        open("{\"sessionId\":\"00000000-0000-0000-0000-000000000000\",\"ownerName\":\"host\"}");
        assertParsesInGo(text(session, "messageQueueAccessToken"));
        Answer nothing = poll(0);
        assertThat(nothing.status()).isEqualTo(202);
        submit();
        Answer message = poll(0);
        assertThat(message.status()).isEqualTo(200);
        element(message.json(), "JobAssigned");
        long id = message.json().get("messageId").longValue();
        delete(id);

        simulator.faults().expireQueueToken("gpu-h200");
        Answer expired = poll(id);
        assertThat(expired.status()).isEqualTo(401);
        String sessionPath = "runtime/runnerscalesets/" + set + "/sessions/" + text(session, "sessionId");
        Answer refreshed = admin("PATCH", sessionPath + "?" + VERSION, "");
        assertThat(refreshed.status()).isEqualTo(200);
        session = refreshed.json();
        assertThat(poll(id).status()).isEqualTo(202);

        runners();
        Answer conflict =
                admin("POST", "runtime/runnerscalesets/" + set + "/sessions?" + VERSION, "{\"ownerName\":\"b\"}");
        assertThat(conflict.status()).isEqualTo(409);
        assertThat(text(conflict.json(), "typeName")).contains("SessionConflictException");
        assertThat(conflict.headers()).containsKey("activityid");
        assertThat(admin("DELETE", sessionPath + "?" + VERSION, "").status()).isEqualTo(204);
        assertThat(admin("DELETE", "runtime/runnerscalesets/" + set + "?" + VERSION, "")
                        .status())
                .isEqualTo(204);
    }

    private void createAndUpdate(long group) {
        Answer created = admin(
                "POST",
                "runtime/runnerscalesets?" + VERSION,
                "{\"name\":\"gpu-h200\",\"runnerGroupId\":" + group
                        + ",\"labels\":[{\"type\":\"System\",\"name\":\"gpu-h200\"}],"
                        + "\"RunnerSetting\":{\"disableUpdate\":true}," + ZERO + "}");
        assertThat(created.status()).isEqualTo(200);
        set = created.json().get("id").longValue();
        Instant.parse(text(created.json(), "createdOn"));
        Answer updated = admin(
                "PATCH",
                "runtime/runnerscalesets/" + set + "?" + VERSION,
                "{\"runnerGroupId\":1,\"RunnerSetting\":{}," + ZERO + "}");
        assertThat(updated.status()).isEqualTo(200);
        assertThat(updated.json().get("RunnerSetting").get("disableUpdate").booleanValue())
                .as("what is not sent stays")
                .isTrue();
        Answer back = admin(
                "PATCH",
                "runtime/runnerscalesets/" + set + "?" + VERSION,
                "{\"runnerGroupId\":" + group + ",\"RunnerSetting\":{}," + ZERO + "}");
        assertThat(back.status()).isEqualTo(200);
        Answer byId = admin("GET", "runtime/runnerscalesets/" + set + "?" + VERSION, "");
        assertThat(byId.json().get("runnerGroupId").longValue()).isEqualTo(group);
    }

    private void runners() {
        String agents = "distributedtask/pools/0/agents";
        Answer jit = admin(
                "POST",
                "runtime/runnerscalesets/" + set + "/generatejitconfig?" + VERSION,
                "{\"name\":\"r1\",\"workFolder\":\"\"}");
        assertThat(jit.status()).isEqualTo(200);
        assertThat(Base64.getDecoder().decode(text(jit.json(), "encodedJITConfig")))
                .isNotEmpty();
        long runner = jit.json().get("runner").get("id").longValue();
        Answer byName = admin("GET", agents + "?agentName=r1&" + VERSION, "");
        assertThat(byName.json().get("count").intValue()).isEqualTo(1);
        Answer byId = admin("GET", agents + "/" + runner + "?" + VERSION, "");
        assertThat(byId.json().get("runnerScaleSetId").longValue()).isEqualTo(set);
        assertThat(admin("DELETE", agents + "/" + runner + "?" + VERSION, "").status())
                .isEqualTo(204);
        Answer gone = admin("DELETE", agents + "/" + runner + "?" + VERSION, "");
        assertThat(gone.status()).isEqualTo(404);
        assertThat(text(gone.json(), "typeName")).contains("AgentNotFoundException");
        Answer none = admin("GET", agents + "?agentName=r1&" + VERSION, "");
        assertThat(none.json().get("count").intValue()).isZero();
    }

    @Test
    @DisplayName("GHS-10.5 the official client, where it acquires: jobs on an Enterprise Server")
    void theOfficialClientAcquires() {
        begin(OFFICIAL, ActionsServiceSimulator.builder().ghes("3.14"));
        connect();
        createAndUpdate(1);
        open("{\"sessionId\":\"00000000-0000-0000-0000-000000000000\",\"ownerName\":\"host\"}");
        submit();
        JsonNode message = poll(0).json();
        JsonNode offer = element(message, "JobAvailable");
        assertThat(message.get("messageId").longValue()).isEqualTo(1);
        delete(1);
        Answer acquired = acquire(service, offer);
        assertThat(acquired.status()).isEqualTo(200);
        assertThat(acquired.json().get("count").intValue()).isEqualTo(1);
        element(poll(1).json(), "JobAssigned");
    }

    @Test
    @DisplayName("GHS-10 the controller before it used the official client: no session id, another User-Agent")
    void theControllerBefore() {
        begin(
                "actions-runner-controller/0.9.3 (abc; listener) ScaleSetID/1 (Proxy/disabled)",
                ActionsServiceSimulator.builder());
        connect();
        createAndUpdate(1);
        open("{\"ownerName\":\"host\"}");
        submit();
        JsonNode message = poll(0).json();
        element(message, "JobAssigned");
        delete(message.get("messageId").longValue());
    }

    @Test
    @DisplayName(
            "GHS-10 the controller of 2023: Basic, an empty chunk, no capacity, and two slashes before it acquires")
    void theControllerOf2023() {
        begin(
                "actions-runner-controller/NA CommitSHA/NA ScaleSetID/NA",
                ActionsServiceSimulator.builder().ghes("3.14").acceptToken("ghp_x"));
        String pair = Base64.getEncoder().encodeToString("github:ghp_x".getBytes(StandardCharsets.UTF_8));
        connect(Map.of("Authorization", "Basic " + pair, GoConnection.TRANSFER_ENCODING, "chunked"));
        createAndUpdate(1);
        open("{\"ownerName\":\"host\"}");
        submit();
        Answer acquirable = admin("GET", "runtime/runnerscalesets/" + set + "/acquirablejobs?" + VERSION, "");
        assertThat(acquirable.json().get("count").intValue()).isEqualTo(1);
        JsonNode offer = element(poll(0, "").json(), "JobAvailable");
        Answer acquired = acquire(service.replace("/_apis/", "//_apis/"), offer);
        assertThat(acquired.status()).isEqualTo(200);
        assertThat(acquired.json().get("value").get(0)).isEqualTo(offer.get("runnerRequestId"));
        delete(1);
        element(poll(1, "").json(), "JobAssigned");
    }

    @Test
    @DisplayName("GHS-10 a client that lists everything and names its work folder")
    void aClientThatListsEverything() {
        begin("garm/1.0", ActionsServiceSimulator.builder());
        connect();
        createAndUpdate(1);
        Answer sets = admin("GET", "runtime/runnerscalesets?" + VERSION, "");
        assertThat(sets.json().get("count").intValue()).isEqualTo(1);
        Answer jit = admin(
                "POST",
                "runtime/runnerscalesets/" + set + "/generatejitconfig?" + VERSION,
                "{\"name\":\"r1\",\"workFolder\":\"_work\"}");
        assertThat(jit.status()).isEqualTo(200);
        Answer agents = admin("GET", "distributedtask/pools/0/agents?" + VERSION, "");
        assertThat(agents.json().get("count").intValue()).isEqualTo(1);
        assertThat(text(agents.json().get("value").get(0), "status")).isEqualTo("offline");
        assertThat(admin("GET", "runtime/runnerscalesets/" + set + "/acquirablejobs?" + VERSION, "")
                        .status())
                .isEqualTo(204);
    }
}
