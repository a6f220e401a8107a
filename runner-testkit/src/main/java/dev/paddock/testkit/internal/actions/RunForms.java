package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.actions.StepResults.StepResult;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Runs, jobs and what belongs to them as REST and webhooks write them. */
final class RunForms {
    private final Urls urls;
    private final String defaultBranch;

    RunForms(Urls urls, String defaultBranch) {
        this.urls = urls;
        this.defaultBranch = defaultBranch;
    }

    ObjectNode run(RunEntry run) {
        String repository = run.workflow().repository();
        String url = runUrl(run);
        var json = Json.object();
        json.put("id", run.id());
        json.put("name", run.workflow().name());
        json.put("node_id", "WFR_" + run.id());
        json.put("display_title", run.workflow().name());
        json.put("head_branch", run.trigger.branch());
        json.put("head_sha", sha(run));
        json.put("path", run.file.path());
        json.put("run_number", run.number);
        json.put("run_attempt", run.attempt);
        json.put("event", run.trigger.event());
        json.put("status", run.status());
        json.put("conclusion", run.conclusion());
        json.put("workflow_id", run.file.id);
        json.put("url", url);
        json.put("html_url", runPage(run));
        json.putArray("pull_requests");
        json.put("created_at", Json.seconds(run.createdAt));
        json.put("updated_at", Json.seconds(run.updatedAt()));
        json.put("run_started_at", Json.seconds(run.attemptAt));
        json.set("actor", user(run.trigger.actor()));
        json.set("triggering_actor", user(run.trigger.actor()));
        json.put("jobs_url", url + "/jobs");
        json.put("logs_url", url + "/logs");
        json.put("cancel_url", url + "/cancel");
        json.put("rerun_url", url + "/rerun");
        json.put("workflow_url", repositoryUrl(repository) + "/actions/workflows/" + run.file.id);
        json.set("repository", repository(repository));
        return json;
    }

    ObjectNode job(JobEntry job) {
        RunEntry run = job.run;
        String repository = repositoryUrl(run.workflow().repository());
        var json = Json.object();
        json.put("id", job.number);
        json.put("run_id", run.id());
        json.put("workflow_name", run.workflow().name());
        json.put("head_branch", run.trigger.branch());
        json.put("run_url", runUrl(run));
        json.put("run_attempt", job.attempt);
        json.put("node_id", "CR_" + job.number);
        json.put("head_sha", sha(run));
        json.put("url", repository + "/actions/jobs/" + job.number);
        json.put("html_url", runPage(run) + "/job/" + job.number);
        json.put("status", job.status());
        json.put("conclusion", job.conclusion());
        json.put("created_at", Json.seconds(job.createdAt));
        json.put("started_at", Json.seconds(job.startedAt == null ? job.createdAt : job.startedAt));
        json.put("completed_at", time(job.finishedAt));
        json.put("name", job.spec.name());
        var steps = json.putArray("steps");
        StepResults.of(job).forEach(step -> steps.add(step(step, job)));
        json.put("check_run_url", repository + "/check-runs/" + job.number);
        job.spec.labels().forEach(json.putArray("labels")::add);
        if (job.runner == null) {
            json.putNull("runner_id").putNull("runner_name");
        } else {
            json.put("runner_id", job.runnerId).put("runner_name", job.runner);
        }
        if (job.runnerGroup == null) {
            json.putNull("runner_group_id").putNull("runner_group_name");
        } else {
            json.put("runner_group_id", job.runnerGroup.id()).put("runner_group_name", job.runnerGroup.name());
        }
        return json;
    }

    private static ObjectNode step(StepResult step, JobEntry job) {
        return Json.object()
                .put("name", step.name())
                .put("status", step.status())
                .put("conclusion", step.conclusion())
                .put("number", step.number())
                .put("started_at", step.status().equals("queued") ? null : time(job.startedAt))
                .put("completed_at", step.status().equals("completed") ? time(job.finishedAt) : null);
    }

    private static @Nullable String time(@Nullable Instant instant) {
        return instant == null ? null : Json.seconds(instant);
    }

    /** As much of a repository as a client needs to know it by. */
    ObjectNode repository(String fullName) {
        int slash = fullName.indexOf('/');
        var json = Json.object();
        json.put("id", id(fullName));
        json.put("node_id", "R_" + id(fullName));
        json.put("name", fullName.substring(slash + 1));
        json.put("full_name", fullName);
        json.put("private", true);
        json.set("owner", organization(fullName.substring(0, slash)).put("type", "Organization"));
        json.put("html_url", urls.base() + "/" + fullName);
        json.put("url", repositoryUrl(fullName));
        json.put("default_branch", defaultBranch);
        json.put("visibility", "private");
        return json;
    }

    ObjectNode organization(String login) {
        return Json.object()
                .put("login", login)
                .put("id", id(login))
                .put("node_id", "O_" + id(login))
                .put("url", urls.api("orgs/" + login));
    }

    ObjectNode user(String login) {
        return Json.object()
                .put("login", login)
                .put("id", id(login))
                .put("node_id", "U_" + id(login))
                .put("type", login.endsWith("[bot]") ? "Bot" : "User")
                .put("url", urls.api("users/" + login))
                .put("site_admin", false);
    }

    String runUrl(RunEntry run) {
        return repositoryUrl(run.workflow().repository()) + "/actions/runs/" + run.id();
    }

    /** Where people look at a run. */
    String runPage(RunEntry run) {
        return urls.base() + "/" + run.workflow().repository() + "/actions/runs/" + run.id();
    }

    private String repositoryUrl(String fullName) {
        return urls.api("repos/" + fullName);
    }

    /** The same for the same name, whenever and wherever asked. */
    static long id(String name) {
        return Integer.toUnsignedLong(name.toLowerCase(Locale.ROOT).hashCode());
    }

    /** The commit at the head of a run's branch: always the same one. */
    static String sha(RunEntry run) {
        String branch = run.workflow().repository() + "@" + run.trigger.branch();
        String hex = UUID.nameUUIDFromBytes(branch.getBytes(StandardCharsets.UTF_8))
                .toString()
                .replace("-", "");
        return hex + hex.substring(0, 8);
    }
}
