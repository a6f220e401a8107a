package dev.paddock.github;

import dev.paddock.github.ScriptedHttpClient.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** Right answers by the beginning of the request line, and refusals the service has been seen to give. */
final class FuzzCorpus {
    static final String URL = "http://127.0.0.1:8080";
    private static final String TENANT = ScriptedService.TENANT;
    static final String SETS = ScriptedService.SETS;
    static final String AGENTS = ScriptedService.AGENTS;
    static final String QUEUE = "/scalesets/message";
    private static final String NONE = "{\"count\":0,\"value\":[]}";

    private static final List<Answer> NOWHERE = List.of(Answer.of(404, "<html>Not Found</html>"));
    private static final Map<String, List<Answer>> RIGHT = new TreeMap<>();
    private static final List<Answer> REFUSALS = new ArrayList<>();

    private FuzzCorpus() {}

    /** Whose line begins so may be answered so; of several such beginnings the longest counts. */
    static void right(String line, int status, String body) {
        right(line, Answer.of(status, body));
    }

    static void right(String line, Answer answer) {
        RIGHT.computeIfAbsent(line, key -> new ArrayList<>()).add(answer);
    }

    private static void refusal(int status, String body, String... headers) {
        Answer answer = Answer.of(status, body);
        for (int i = 0; i < headers.length; i += 2) {
            answer = answer.with(headers[i], headers[i + 1]);
        }
        REFUSALS.add(answer);
    }

    /** An address that went wrong leads to the same service, or nowhere. */
    static Answer answer(String line, RandomGenerator random) {
        int api = line.indexOf("/_apis/");
        String asked = api < 0 ? line : line.substring(0, line.indexOf(' ') + 1) + TENANT + line.substring(api);
        String best = "";
        for (String begin : RIGHT.keySet()) {
            if (asked.startsWith(begin) && begin.length() > best.length()) {
                best = begin;
            }
        }
        List<Answer> answers = RIGHT.getOrDefault(best, NOWHERE);
        return answers.get(random.nextInt(answers.size()));
    }

    static Answer refusal(RandomGenerator random) {
        return REFUSALS.get(random.nextInt(REFUSALS.size()));
    }

    static String jwt(String payload, String signature) {
        var base64 = Base64.getUrlEncoder().withoutPadding();
        return base64.encodeToString("{\"alg\":\"RS256\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64.encodeToString(payload.getBytes(StandardCharsets.UTF_8)) + "." + signature;
    }

    private static String expiring(Duration life, String signature) {
        Instant end = ManualTime.START.plus(life);
        return jwt("{\"exp\":" + end.getEpochSecond() + ",\"nbf\":1}", signature);
    }

    static {
        right(ScriptedService.TOKENS, 201, """
                {"token":"%s","expires_at":"2026-05-05T11:00:00Z"}""".formatted(PlantedSecrets.REGISTRATION));
        for (Duration life : List.of(Duration.ofMinutes(10), Duration.ofHours(8))) {
            right(ScriptedService.REGISTRATION, 200, """
                    {"url":"%s/tenant/123/","token":"%s","token_schema":"OAuthAccessToken","use_v2_flow":true}""".formatted(
                            URL, expiring(life, PlantedSecrets.SERVICE_SIGNATURE)));
        }
        right("GET /tenant/123/_apis/runtime/runnergroups/", 200, """
                {"count":1,"value":[{"id":7,"name":"gpu","size":0,"isDefaultGroup":false}]}""");
        scaleSets();
        sessions();
        runners();
        FuzzRestCorpus.add();
        refusals();
    }

    private static void scaleSets() {
        String set = """
                {"id":42,"name":"gpu-h200","runnerGroupId":7,"runnerGroupName":"gpu",
                 "labels":[{"type":"System","name":"gpu-h200"}],"RunnerSetting":{"disableUpdate":true},
                 "createdOn":"2026-05-05T10:00:00.1234567Z","runnerJitConfigUrl":"%s%s/42/generatejitconfig",
                 "statistics":%s}""".formatted(URL, SETS, statistics(2));
        String other = set.replace("gpu-h200\"}", "other\"}").replace(statistics(2), "null");
        right("GET " + SETS + "?", 200, NONE);
        right("GET " + SETS + "?", 200, "{\"count\":1,\"value\":[" + set + "]}");
        right("GET " + SETS + "?", 200, "{\"count\":1,\"value\":[" + other + "]}");
        right("GET " + SETS + "/42", 200, set);
        right("GET " + SETS + "/42", 200, "null");
        right("POST " + SETS + "?", 200, set);
        right("PATCH " + SETS + "/42", 200, set);
        right("DELETE " + SETS + "/42", 204, "");
        right("GET " + SETS + "/42/acquirablejobs", 204, "");
        right("GET " + SETS + "/42/acquirablejobs", 200, "{\"count\":1,\"value\":[" + job("JobAvailable", 11) + "]}");
    }

    /** A session; its token says when it ends, or does not. */
    static String session(boolean ending) {
        return """
                {"sessionId":"4f6f1f0e-1f5e-4c0a-9d8a-0f2b3c4d5e6f","ownerName":"orchestrator-1",
                 "runnerScaleSet":{"id":42,"name":"gpu-h200"},"messageQueueUrl":"%s%s?sessionId=4f6f1f0e",
                 "messageQueueAccessToken":"%s","statistics":%s}""".formatted(
                        URL,
                        QUEUE,
                        ending
                                ? expiring(Duration.ofMinutes(50), PlantedSecrets.QUEUE_SIGNATURE)
                                : PlantedSecrets.QUEUE_SIGNATURE,
                        statistics(0));
    }

    private static void sessions() {
        for (boolean ending : new boolean[] {true, false}) {
            right("POST " + SETS + "/42/sessions", 200, session(ending));
            right("PATCH " + SETS + "/42/sessions/", 200, session(ending));
        }
        right("DELETE " + SETS + "/42/sessions/", 204, "");
        right("POST " + SETS + "/42/acquirejobs", 200, "{\"count\":2,\"value\":[11,12]}");
        right("GET " + QUEUE, 202, "");
        for (Answer news : messages()) {
            right("GET " + QUEUE, 200, new String(news.body(), StandardCharsets.UTF_8));
        }
        right("DELETE " + QUEUE + "/", 204, "");
    }

    /** What a queue brings in the life of a job. */
    static List<Answer> messages() {
        return List.of(
                Answer.of(200, message(100_000_171, "[]")),
                Answer.of(200, message(100_000_172, "[" + job("JobAvailable", 11) + "," + job("JobAssigned", 0) + "]")),
                Answer.of(
                        200,
                        message(
                                100_000_173,
                                "[" + job("JobStarted", 0) + "," + job("JobCompleted", 12) + "," + job("JobRequeued", 1)
                                        + "]")));
    }

    static String message(long id, String body) {
        return """
                {"messageId":%d,"messageType":"RunnerScaleSetJobMessages","body":%s,"statistics":%s}""".formatted(id, com.fasterxml.jackson.databind.node.TextNode.valueOf(body), statistics(1));
    }

    static String webhook() {
        return """
                {"action":"in_progress","workflow_job":{"id":29679449526,"run_id":11,"run_attempt":2,
                 "status":"in_progress","conclusion":null,"created_at":"2026-05-05T10:00:00Z",
                 "started_at":"2026-05-05T10:00:05Z","completed_at":null,"name":"train","workflow_name":"CI",
                 "labels":["self-hosted","gpu"],"runner_id":1,"runner_name":"gpu-k3"},
                 "repository":{"id":1,"full_name":"my-org/engine"},"sender":{"login":"octocat"}}""";
    }

    static String job(String kind, long request) {
        return """
                {"messageType":"%s","runnerRequestId":%d,"repositoryName":"repo","ownerName":"my-org",
                 "jobId":"b2d9","jobWorkflowRef":"my-org/repo/.github/workflows/ci.yml@refs/heads/main",
                 "jobDisplayName":"gpu-test","workflowRunId":123,"eventName":"push","requestLabels":["gpu"],
                 "queueTime":"2026-05-05T10:00:00.1234567Z","scaleSetAssignTime":"2026-05-05T10:00:01Z",
                 "runnerAssignTime":"0001-01-01T00:00:00Z","finishTime":"2026-05-05T10:00:03+00:00",
                 "acquireJobUrl":"%s/acquire","result":"succeeded","runnerId":901,"runnerName":"gpu-k3"}""".formatted(kind, request, URL);
    }

    private static String statistics(int assigned) {
        return """
                {"totalAvailableJobs":0,"totalAcquiredJobs":0,"totalAssignedJobs":%d,"totalRunningJobs":0,\
                "totalRegisteredRunners":3,"totalBusyRunners":1,"totalIdleRunners":0}""".formatted(assigned);
    }

    private static void runners() {
        String runner = """
                {"id":901,"name":"r1","runnerScaleSetId":42,"os":"linux","createdOn":"2026-05-05T10:00:00Z",
                 "runnerGroupId":7,"version":"2.336.0","enabled":true,"ephemeral":true,"status":"offline","busy":false,
                 "labels":[{"id":1,"name":"gpu","type":"System"}]}""";
        right(
                "POST " + SETS + "/42/generatejitconfig",
                200,
                "{\"runner\":" + runner + ",\"encodedJITConfig\":\"" + PlantedSecrets.RUNNER + "\"}");
        right("GET " + AGENTS + "/901", 200, runner);
        right("GET " + AGENTS + "/901", 200, "null");
        right("GET " + AGENTS + "?", 200, NONE);
        right("GET " + AGENTS + "?", 200, "{\"count\":1,\"value\":[" + runner + "]}");
        right("DELETE " + AGENTS + "/901", 204, "");
    }

    /** The shapes in which errors come, some of which repeat what was sent. */
    private static void refusals() {
        for (String name : List.of(
                "GitHub.Actions.Runtime.WebApi.RunnerScaleSetSessionConflictException, GitHub.Actions.Runtime.WebApi",
                "GitHub.Actions.Runtime.WebApi.RunnerScaleSetNotFoundException, GitHub.Actions.Runtime.WebApi",
                "GitHub.Actions.Runtime.WebApi.RunnerScaleSetSessionExpiredException, GitHub.Actions.Runtime.WebApi",
                "GitHub.DistributedTask.WebApi.TaskAgentExistsException, GitHub.DistributedTask.WebApi",
                "GitHub.DistributedTask.WebApi.TaskAgentNotFoundException, GitHub.DistributedTask.WebApi",
                "JobStillRunningException",
                "RunnerAdminException",
                "NeverSeenException")) {
            for (int status : new int[] {400, 404, 409}) {
                refusal(status, """
                        {"$id":"1","innerException":null,"message":"The scale set already has an active session.",
                         "typeName":"%s","typeKey":"X","errorCode":0,"eventId":3000}""".formatted(name), "ActivityId", "0f2b3c4d-1f5e-4c0a-9d8a-4f6f1f0e5e6f");
            }
        }
        refusal(401, "");
        refusal(401, "{\"message\":\"Bad credentials: " + PlantedSecrets.ACCESS + "\"}", "X-GitHub-Request-Id", "A:1");
        refusal(403, "{\"message\":\"token " + PlantedSecrets.REGISTRATION + " lacks a right\"}");
        refusal(403, "", "x-ratelimit-remaining", "0", "x-ratelimit-reset", "1778000000");
        refusal(
                403,
                "{\"message\":\"You have exceeded a secondary rate limit\",\"documentation_url\":"
                        + "\"https://docs.github.com/rest/overview/secondary-rate-limits\"}");
        refusal(400, "capacity error", "Content-Type", "text/plain");
        refusal(400, "{\"message\":\"Runner scale set gpu already exists in runner group Default.\"}");
        refusal(
                400,
                "{\"source\":\"actions-broker-listener\",\"errorKind\":\"RunnerSessionInvalid\","
                        + "\"statusCode\":400,\"errorMessage\":\"invalid\"}");
        refusal(404, "");
        refusal(429, "", "Retry-After", "7");
        refusal(503, "busy", "Retry-After", "Tue, 05 May 2026 10:00:30 GMT");
        refusal(500, "Authorization: Bearer " + PlantedSecrets.QUEUE_SIGNATURE);
        refusal(501, "");
        refusal(502, "<html><body>" + "Bad Gateway ".repeat(100) + "</body></html>", "Content-Type", "text/html");
        refusal(504, "");
        refusal(301, "", "Location", "https://example.com/");
    }
}
