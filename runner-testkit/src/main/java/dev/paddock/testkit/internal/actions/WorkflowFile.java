package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads workflows from JSON, writes them, and says what is wrong with them. */
public final class WorkflowFile {
    private WorkflowFile() {}

    public static Workflow read(Path file) {
        try {
            return read(Json.parse(Files.readString(file)));
        } catch (JsonProcessingException malformed) {
            throw new IllegalArgumentException(file + " is not JSON: " + malformed.getMessage(), malformed);
        } catch (IllegalArgumentException bad) {
            throw new IllegalArgumentException(file + ": " + bad.getMessage(), bad);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + file, failure);
        }
    }

    static Workflow read(JsonNode json) {
        try {
            return workflow(json);
        } catch (IllegalStateException bad) {
            throw new IllegalArgumentException(bad.getMessage(), bad);
        }
    }

    private static Workflow workflow(JsonNode json) {
        Fields.only(json, "the workflow", Set.of("name", "repository", "schedule", "jobs"));
        var workflow = Workflow.builder(Fields.text(json, "name", "the workflow"));
        if (json.has("repository")) {
            workflow.repository(Fields.text(json, "repository", "the workflow"));
        }
        if (json.has("schedule")) {
            workflow.schedule(Fields.text(json, "schedule", "the workflow"));
        }
        json.path("jobs").forEach(job -> workflow.add(job(job)));
        return workflow.build();
    }

    public static String write(Workflow workflow) {
        var json = Json.object().put("name", workflow.name()).put("repository", workflow.repository());
        workflow.schedule().ifPresent(cron -> json.put("schedule", cron));
        var jobs = json.putArray("jobs");
        for (WorkflowJob job : workflow.jobs()) {
            var one = jobs.addObject().put("name", job.name());
            job.condition().ifPresent(condition -> one.put("if", condition));
            job.labels().forEach(one.putArray("labels")::add);
            job.needs().forEach(one.putArray("needs")::add);
            var steps = one.putArray("steps");
            for (Step step : job.steps()) {
                steps.addObject()
                        .put("name", step.name())
                        .put("command", step.command())
                        .put("duration", step.duration().toString())
                        .put("exitCode", step.exitCode());
            }
        }
        return json.toString();
    }

    private static WorkflowJob job(JsonNode json) {
        String name = Fields.text(json, "name", "a job");
        String where = "job \"" + name + "\"";
        Fields.only(json, where, Set.of("name", "if", "labels", "needs", "steps"));
        var job = WorkflowJob.builder(name);
        if (json.has("if")) {
            job.condition(Fields.text(json, "if", where));
        }
        job.labels(Fields.texts(json, "labels", where));
        job.needs(Fields.texts(json, "needs", where));
        json.path("steps").forEach(step -> job.step(step(step, where)));
        return job.build();
    }

    private static Step step(JsonNode json, String job) {
        String where = "a step of " + job;
        Fields.only(json, where, Set.of("name", "command", "duration", "exitCode"));
        String name = Fields.text(json, "name", where);
        Duration duration = Duration.ofSeconds(1);
        try {
            if (json.has("duration")) {
                duration = Duration.parse(Fields.text(json, "duration", where));
            }
        } catch (DateTimeParseException bad) {
            throw new IllegalArgumentException(where + ": duration must be like PT3S: " + json.get("duration"), bad);
        }
        String command = json.has("command") ? Fields.text(json, "command", where) : "true";
        return new Step(name, command, duration, json.path("exitCode").asInt(0));
    }

    /** What is wrong with these jobs taken together. */
    public static List<String> problems(List<WorkflowJob> jobs) {
        var problems = new ArrayList<String>();
        Map<String, WorkflowJob> byName = new LinkedHashMap<>();
        for (WorkflowJob job : jobs) {
            if (byName.put(job.name(), job) != null) {
                problems.add("two jobs are named \"" + job.name() + "\"");
            }
        }
        if (jobs.isEmpty()) {
            problems.add("it has no job");
        }
        for (WorkflowJob job : jobs) {
            for (String need : job.needs()) {
                if (!byName.containsKey(need)) {
                    problems.add("job \"" + job.name() + "\" needs \"" + need + "\", which is not there");
                }
            }
            if (needsItself(job, byName)) {
                problems.add("job \"" + job.name() + "\" needs itself");
            }
        }
        return problems;
    }

    private static boolean needsItself(WorkflowJob start, Map<String, WorkflowJob> byName) {
        Set<String> seen = new LinkedHashSet<>();
        var open = new ArrayList<>(start.needs());
        while (!open.isEmpty()) {
            String name = open.remove(open.size() - 1);
            WorkflowJob job = byName.get(name);
            if (name.equals(start.name())) {
                return true;
            }
            if (job != null && seen.add(name)) {
                open.addAll(job.needs());
            }
        }
        return false;
    }
}
