package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Step;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a job's steps went. Runners report only how the job went, so it is told from the exit codes the workflow gives
 * them: of a failed job the first step with another code than 0 failed, or the last one if there is none.
 */
final class StepResults {
    /** One step in REST's words. */
    record StepResult(
            int number,
            String name,
            String status,
            @Nullable String conclusion) {}

    private StepResults() {}

    static List<StepResult> of(JobEntry job) {
        if (job.startedAt == null) {
            return List.of();
        }
        List<Step> steps = job.spec.steps();
        var results = new ArrayList<StepResult>();
        int ended = job.isDone() ? ended(job) : 0;
        for (int i = 0; i < steps.size(); i++) {
            String name = steps.get(i).name();
            if (!job.isDone()) {
                results.add(new StepResult(i + 1, name, i == 0 ? "in_progress" : "queued", null));
            } else {
                results.add(new StepResult(i + 1, name, "completed", conclusion(job, i, ended)));
            }
        }
        return results;
    }

    /** The step that the job ended with. */
    private static int ended(JobEntry job) {
        List<Step> steps = job.spec.steps();
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i).exitCode() != 0) {
                return i;
            }
        }
        return steps.size() - 1;
    }

    private static String conclusion(JobEntry job, int step, int ended) {
        if ("succeeded".equals(job.result) || step < ended) {
            return "success";
        }
        if (step > ended) {
            return "skipped";
        }
        String conclusion = job.conclusion();
        return conclusion == null ? "failure" : conclusion;
    }
}
