package dev.paddock.examples;

import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As much of GitHub's workflow files as the examples use: jobs with labels in brackets and steps of one line. */
final class WorkflowYaml {
    private static final Pattern NAME = Pattern.compile("name: (\\S+)");
    private static final Pattern JOB = Pattern.compile("  ([a-z0-9-]+):");
    private static final Pattern LABELS = Pattern.compile("    runs-on: \\[(.+)]");
    private static final Pattern RUN = Pattern.compile("      - run: (.+)");
    private static final Pattern CONDITION = Pattern.compile("    if: (.+)");
    private static final Pattern SCHEDULE = Pattern.compile("    - cron: '(.+)'");
    private static final Pattern NOTHING =
            Pattern.compile("#.*|on:( workflow_dispatch)?|  workflow_dispatch:|  schedule:"
                    + "|permissions: \\{}|jobs:| {4}steps:| {4}timeout-minutes: \\d+|");

    private WorkflowYaml() {}

    /** The file and nothing else. */
    static Workflow read(Path file) throws IOException {
        return read(file, job -> Optional.empty());
    }

    /** A line that is not understood fails it, so that nothing of a file is passed over. */
    static Workflow read(Path file, Function<String, Optional<Step>> lastStepOf) throws IOException {
        List<String> lines = Files.readAllLines(file);
        var workflow = Workflow.builder(first(NAME, lines).orElseThrow()).repository("acme/engine");
        List<String> names = new ArrayList<>();
        List<WorkflowJob.Builder> jobs = new ArrayList<>();
        for (String line : lines) {
            Optional<String> job = first(JOB, List.of(line));
            Optional<String> condition = first(CONDITION, List.of(line));
            Optional<String> schedule = first(SCHEDULE, List.of(line));
            Optional<String> labels = first(LABELS, List.of(line));
            Optional<String> run = first(RUN, List.of(line));
            if (NOTHING.matcher(line).matches()) {
                continue;
            } else if (job.isPresent()) {
                names.add(job.get());
                jobs.add(WorkflowJob.builder(job.get()));
            } else if (schedule.isPresent()) {
                workflow.schedule(schedule.get());
            } else if (condition.isPresent()) {
                jobs.get(jobs.size() - 1).condition(condition.get());
            } else if (labels.isPresent()) {
                jobs.get(jobs.size() - 1).labels(labels.get().split(", "));
            } else if (run.isPresent()) {
                jobs.get(jobs.size() - 1).step(Step.run("run", run.get()));
            } else if (!NAME.matcher(line).matches()) {
                throw new IllegalArgumentException(file + ": this is not understood: " + line);
            }
        }
        for (int i = 0; i < jobs.size(); i++) {
            lastStepOf.apply(names.get(i)).ifPresent(jobs.get(i)::step);
            workflow.add(jobs.get(i).build());
        }
        return workflow.build();
    }

    private static Optional<String> first(Pattern pattern, List<String> lines) {
        return lines.stream()
                .map(pattern::matcher)
                .filter(Matcher::matches)
                .map(found -> found.group(1))
                .findFirst();
    }
}
