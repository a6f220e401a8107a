package dev.paddock.github.runner;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A look at runners' folders as text and as JSON. */
final class RunnerFolderSheet {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ROW = "%-18s %-10s %-14s %-6s %-8s %-6s %s%n";

    private final RunnerFolders.Report report;

    RunnerFolderSheet(RunnerFolders.Report report) {
        this.report = report;
    }

    String text() {
        var text = new StringBuilder(
                String.format(Locale.ROOT, ROW, "Name", "AgentID", "Status", "Busy", "PID", "GPU", "Labels"));
        for (RunnerFolder runner : report.runners()) {
            text.append(String.format(
                    Locale.ROOT,
                    ROW,
                    runner.name(),
                    runner.id().isPresent() ? String.valueOf(runner.id().getAsLong()) : "-",
                    runner.status(),
                    runner.busy() ? "yes" : "no",
                    runner.pid().isPresent() ? String.valueOf(runner.pid().getAsLong()) : "-",
                    runner.gpus().isEmpty()
                            ? "-"
                            : runner.gpus().stream().map(String::valueOf).collect(Collectors.joining(",")),
                    String.join(",", runner.labels())));
        }
        text.append(report.runners().size())
                .append(" folders, ")
                .append(report.alive())
                .append(" with a process");
        report.registered()
                .ifPresent(number -> text.append(", ").append(number).append(" runners registered at GitHub"));
        return text.append(System.lineSeparator()).toString();
    }

    String json() {
        ObjectNode sheet = JSON.createObjectNode();
        if (report.registered().isPresent()) {
            sheet.put("total_registered_github", report.registered().getAsLong());
        } else {
            sheet.putNull("total_registered_github");
        }
        sheet.put("total_local_directories", report.runners().size());
        ArrayNode runners = sheet.putArray("runners");
        report.runners().forEach(runner -> add(runners.addObject(), runner));
        sheet.put("all_online", report.allOnline());
        sheet.put("processes_running", report.alive());
        strings(sheet.putArray("problems"), report.problems());
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(sheet);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static void add(ObjectNode json, RunnerFolder runner) {
        json.put("name", runner.name());
        json.put("directory", runner.folder().toString());
        if (runner.id().isPresent()) {
            json.put("agent_id", runner.id().getAsLong());
        } else {
            json.putNull("agent_id");
        }
        json.put("status", runner.status());
        json.put("busy", runner.busy());
        if (runner.pid().isPresent()) {
            json.put("pid", runner.pid().getAsLong());
        } else {
            json.putNull("pid");
        }
        strings(json.putArray("labels"), runner.labels());
        if (runner.gpus().size() == 1) {
            json.put("gpu_id", runner.gpus().get(0));
        } else {
            json.putNull("gpu_id");
        }
        runner.gpus().forEach(json.putArray("gpus")::add);
        json.put("process_alive", runner.isAlive());
        strings(json.putArray("problems"), runner.problems());
    }

    private static void strings(ArrayNode array, List<String> values) {
        values.forEach(array::add);
    }
}
