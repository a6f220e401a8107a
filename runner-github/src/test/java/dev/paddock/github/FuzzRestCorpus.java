package dev.paddock.github;

import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.ScriptedHttpClient.Sent;
import java.time.Duration;
import java.util.List;

/** Right answers of the REST API. */
final class FuzzRestCorpus {
    static final String API = FuzzCorpus.URL + "/api/v3";
    static final String REPO = "/api/v3/repos/my-org/engine/actions";
    private static final String RUNNERS = "/api/v3/orgs/my-org/actions/runners";
    private static final String STORAGE = "/storage/log";

    private FuzzRestCorpus() {}

    /** What has not changed since it was asked for is not repeated. */
    static Answer unlessKnown(Sent sent, Answer right) {
        String known = sent.headers().get("If-None-Match");
        boolean unchanged =
                known != null && List.of(known).equals(right.headers().get("ETag"));
        return unchanged ? limits(Answer.of(304, "")) : right;
    }

    private static void right(String line, int status, String body) {
        FuzzCorpus.right(line, limits(Answer.of(status, body)));
        if (line.startsWith("GET ") && status == 200) {
            FuzzCorpus.right(line, tagged(body));
        }
    }

    private static Answer tagged(String body) {
        return limits(Answer.of(200, body)).with("ETag", "W/\"" + Integer.toHexString(body.hashCode()) + "\"");
    }

    private static Answer limits(Answer answer) {
        long reset = ManualTime.START.plus(Duration.ofMinutes(50)).getEpochSecond();
        return answer.with("x-ratelimit-limit", "5000")
                .with("x-ratelimit-remaining", "4990")
                .with("x-ratelimit-reset", Long.toString(reset))
                .with("x-ratelimit-resource", "core")
                .with("Date", "Tue, 05 May 2026 10:00:01 GMT");
    }

    static void add() {
        runners();
        groups();
        rest();
        workflows();
        logs();
        variables();
        app();
    }

    private static void runners() {
        String token = "{\"token\":\"" + PlantedSecrets.REGISTRATION + "\",\"expires_at\":\"2026-05-05T11:00:00Z\"}";
        right("POST " + RUNNERS + "/remove-token", 201, token);
        right(
                "POST " + RUNNERS + "/generate-jitconfig",
                201,
                "{\"runner\":" + runner(901) + ",\"encoded_jit_config\":\"" + PlantedSecrets.RUNNER + "\"}");
        right("GET " + RUNNERS + "?", 200, list(0, "runners", ""));
        right("GET " + RUNNERS + "?", 200, list(1, "runners", runner(901)));
        Answer first = tagged(list(3, "runners", runner(901) + "," + runner(902)));
        FuzzCorpus.right(
                "GET " + RUNNERS + "?per_page=100",
                first.with(
                        "Link",
                        "<" + FuzzCorpus.URL + RUNNERS + "?per_page=100&page=2>; rel=\"next\", <" + FuzzCorpus.URL
                                + RUNNERS + "?per_page=100&page=2>; rel=\"last\""));
        right("GET " + RUNNERS + "?per_page=100&page=2", 200, list(3, "runners", runner(903)));
        right("GET " + RUNNERS + "?per_page=1", 200, list(1, "runners", runner(901)));
        right("GET " + RUNNERS + "/901", 200, runner(901));
        right("GET " + RUNNERS + "/901", 404, "{\"message\":\"Not Found\"}");
        right("DELETE " + RUNNERS + "/901", 204, "");
        right("DELETE " + RUNNERS + "/901", 404, "{\"message\":\"Not Found\"}");
        for (String method : List.of("GET", "POST", "PUT", "DELETE")) {
            right(
                    method + " " + RUNNERS + "/901/labels",
                    200,
                    list(
                            2,
                            "labels",
                            "{\"id\":1,\"name\":\"self-hosted\",\"type\":\"read-only\"},"
                                    + "{\"id\":2,\"name\":\"gpu\",\"type\":\"custom\"}"));
        }
        right("GET " + RUNNERS + "/downloads", 200, """
                [{"os":"linux","architecture":"x64","download_url":"https://h/actions-runner-2.336.0.tar.gz",
                  "filename":"actions-runner-2.336.0.tar.gz","temp_download_token":"%s","sha256_checksum":"AB12"}]""".formatted(PlantedSecrets.DOWNLOAD));
    }

    private static String runner(long id) {
        return """
                {"id":%d,"name":"r%d","os":"linux","status":"offline","busy":false,"ephemeral":true,
                 "runner_group_id":1,"labels":[{"id":5,"name":"gpu","type":"custom"}]}""".formatted(id, id - 900);
    }

    private static String list(int count, String key, String elements) {
        return "{\"total_count\":" + count + ",\"" + key + "\":[" + elements + "]}";
    }

    private static void groups() {
        right("GET /api/v3/orgs/my-org/actions/runner-groups", 200, list(1, "runner_groups", """
                {"id":7,"name":"gpu","visibility":"selected","default":false,"inherited":false,
                 "allows_public_repositories":false,"restricted_to_workflows":true,
                 "selected_workflows":["my-org/engine/.github/workflows/ci.yml@refs/heads/main"]}"""));
    }

    private static void rest() {
        long reset = ManualTime.START.plus(Duration.ofMinutes(50)).getEpochSecond();
        right("GET /api/v3/rate_limit", 200, """
                {"resources":{"core":{"limit":5000,"used":10,"remaining":4990,"reset":%d},
                 "search":{"limit":30,"used":30,"remaining":0,"reset":%d}},"rate":{}}""".formatted(reset, reset));
        FuzzCorpus.right(
                "GET /api/v3/rate_limit",
                limits(Answer.of(200, "{\"resources\":{},\"rate\":{}}")).with("X-OAuth-Scopes", "repo, admin:org"));
        right("GET /api/v3/rate_limit", 404, "{\"message\":\"Rate limiting is not enabled.\"}");
        right("GET /api/v3/repos/actions/runner/releases/latest", 200, """
                {"tag_name":"v2.336.0","published_at":"2026-05-01T10:00:00Z","assets":[
                 {"name":"actions-runner-linux-x64-2.336.0.tar.gz","size":200000000,"digest":"sha256:AB12",
                  "browser_download_url":"https://h/actions-runner-linux-x64-2.336.0.tar.gz"}]}""");
    }

    private static void workflows() {
        right(
                "GET /api/v3/repos/my-org/engine",
                200,
                "{\"id\":8,\"full_name\":\"my-org/engine\",\"default_branch\":\"main\",\"private\":true,\"visibility\":\"private\"}");
        String dispatches = "POST " + REPO + "/workflows/ci.yml/dispatches";
        right(dispatches, 204, "");
        right(dispatches, 200, "{\"workflow_run_id\":30,\"run_url\":\"https://h/r\",\"html_url\":\"https://h/30\"}");
        right(dispatches, 422, "{\"message\":\"\\\"return_run_details\\\" is not permitted\"}");
        right("GET " + REPO + "/workflows/ci.yml/runs", 200, runs(30));
        right("GET " + REPO + "/runs?", 200, runs(30));
        right("GET " + REPO + "/runs/30", 200, run(30));
        right("GET " + REPO + "/runs/30", 404, "{\"message\":\"Not Found\"}");
        right("GET " + REPO + "/runs/30/jobs", 200, jobs(7, "train"));
        right("GET " + REPO + "/jobs/7", 200, job(7, "train"));
        right("GET " + REPO + "/runs/30", 200, over(run(30)));
        right("GET " + REPO + "/runs/30/jobs", 200, over(jobs(7, "train")));
        right("POST " + REPO + "/runs/30/cancel", 202, "{}");
        right(
                "POST " + REPO + "/runs/30/cancel",
                409,
                "{\"message\":\"Cannot cancel a workflow run that is completed\"}");
        right("POST " + REPO + "/runs/30/force-cancel", 202, "{}");
        right("POST " + REPO + "/runs/30/rerun", 201, "{}");
        right("POST " + REPO + "/runs/30/rerun-failed-jobs", 201, "{}");
    }

    private static String over(String queued) {
        return queued.replace("\"status\":\"queued\"", "\"status\":\"completed\"")
                .replace("\"conclusion\":null", "\"conclusion\":\"success\"");
    }

    static String runs(long id) {
        return list(1, "workflow_runs", run(id));
    }

    private static String run(long id) {
        return """
                {"id":%d,"name":"CI","display_title":"Fix","workflow_id":3,"path":".github/workflows/ci.yml",
                 "run_number":8,"run_attempt":1,"event":"push","status":"queued","conclusion":null,
                 "head_branch":"main","head_sha":"ab12","actor":{"login":"octocat"},
                 "created_at":"2026-05-05T10:00:00Z","updated_at":"2026-05-05T10:00:00Z",
                 "run_started_at":"2026-05-05T10:00:00Z","html_url":"https://h/30"}""".formatted(id);
    }

    static String jobs(long id, String name) {
        return list(1, "jobs", job(id, name));
    }

    private static String job(long id, String name) {
        return """
                {"id":%d,"run_id":30,"run_attempt":1,"name":"%s","workflow_name":"CI","status":"queued",
                 "conclusion":null,"head_branch":"main","labels":["gpu"],"runner_id":0,"runner_name":"",
                 "runner_group_id":0,"runner_group_name":"","created_at":"2026-05-05T10:00:00Z",
                 "started_at":"2026-05-05T10:00:00Z","completed_at":null,"html_url":"https://h/30/7",
                 "steps":[{"number":1,"name":"Set up job","status":"queued","conclusion":null,
                  "started_at":null,"completed_at":null}]}""".formatted(id, name);
    }

    private static void logs() {
        Answer found = limits(Answer.of(302, ""));
        FuzzCorpus.right(
                "GET " + REPO + "/jobs/7/logs",
                found.with("Location", FuzzCorpus.URL + STORAGE + "?sig=" + PlantedSecrets.LOG_SIGNATURE));
        right("GET " + REPO + "/jobs/7/logs", 200, "2026-05-05T10:00:00Z ready");
        FuzzCorpus.right("GET " + STORAGE, 200, "2026-05-05T10:00:00Z ready\n");
        FuzzCorpus.right("GET " + STORAGE, 403, "<Error>?sig=" + PlantedSecrets.LOG_SIGNATURE + "</Error>");
    }

    private static void variables() {
        String variable = """
                {"name":"SIZE","value":"4","created_at":"2026-05-05T10:00:00Z","updated_at":"2026-05-05T10:00:00Z"}""";
        right("GET " + REPO + "/variables?", 200, list(1, "variables", variable));
        right("GET /api/v3/orgs/my-org/actions/variables?", 200, list(1, "variables", variable));
        right("GET " + REPO + "/variables/SIZE", 200, variable);
        right("PATCH " + REPO + "/variables/SIZE", 204, "");
        right("PATCH " + REPO + "/variables/SIZE", 404, "{\"message\":\"Not Found\"}");
        right("POST " + REPO + "/variables", 201, "{}");
        right("POST " + REPO + "/variables", 409, "{\"message\":\"Already exists - Variable already exists\"}");
        right("DELETE " + REPO + "/variables/SIZE", 204, "");
    }

    private static void app() {
        String line = "POST /api/v3/app/installations/77/access_tokens";
        right(line, 201, """
                {"token":"%s","expires_at":"2026-05-05T11:00:00Z","permissions":{"administration":"write"},
                 "repository_selection":"all"}""".formatted(PlantedSecrets.INSTALLATION));
        Answer late = limits(Answer.of(
                401,
                "{\"message\":\"'Expiration time' claim ('exp') must be a numeric value representing the future\"}"));
        FuzzCorpus.right(line, late.with("Date", "Tue, 05 May 2026 10:20:00 GMT"));
    }
}
