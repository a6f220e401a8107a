package dev.paddock.testkit;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The job of a {@link StandInRunner}: its steps, one child process after another. */
final class StandInJob {
    private static final long RENEWAL_SECONDS = 1;
    private static final long GRACE_SECONDS = 2;

    private final Map<String, Object> assignment;
    private final File work;
    private final StandInService service;
    private volatile @Nullable Process step;
    private volatile @Nullable String result;
    private volatile boolean ended;

    StandInJob(Map<String, Object> assignment, File work, StandInService service) {
        this.assignment = assignment;
        this.work = work;
        this.service = service;
    }

    String id() {
        return StandInJson.text(assignment, "jobId");
    }

    /** How it went, in the protocol's words, once that is known and was not our own doing. */
    @Nullable
    String result() {
        return result;
    }

    String run() throws IOException, InterruptedException {
        String outcome = runSteps();
        if (!ended) {
            result = outcome;
        }
        return outcome;
    }

    /** Runs the steps until one fails. */
    private String runSteps() throws IOException, InterruptedException {
        try {
            if (!work.isDirectory() && !work.mkdirs()) {
                return "failed";
            }
            int number = 0;
            for (Object each : StandInJson.list(assignment, "steps")) {
                number++;
                Process process = start(StandInJson.text(StandInJson.object(each), "command"), number);
                step = process;
                if (ended) {
                    end();
                }
                while (!process.waitFor(RENEWAL_SECONDS, TimeUnit.SECONDS)) {
                    if (service.renew(id())) {
                        end();
                        return "canceled";
                    }
                }
                if (process.exitValue() != 0) {
                    return "failed";
                }
            }
            return "succeeded";
        } catch (StandInService.Refused gone) {
            end();
            throw gone;
        }
    }

    private Process start(String command, int number) throws IOException {
        var process = new ProcessBuilder("sh", "-c", command);
        Map<String, String> environment = process.environment();
        for (Iterator<String> names = environment.keySet().iterator(); names.hasNext(); ) {
            if (names.next().startsWith("ACTIONS_RUNNER_INPUT_")) {
                names.remove();
            }
        }
        environment.put("CI", "true");
        environment.put("GITHUB_ACTIONS", "true");
        environment.put("GITHUB_JOB", StandInJson.text(assignment, "name"));
        environment.put("GITHUB_REPOSITORY", StandInJson.text(assignment, "repository"));
        process.directory(work);
        process.redirectInput(new File("/dev/null"));
        process.redirectErrorStream(true);
        process.redirectOutput(
                new File(work, "step-".concat(String.valueOf(number)).concat(".log")));
        return process.start();
    }

    /** Ends the step and what it has started: asks, waits a little for the step, and ends the rest by force. */
    void end() {
        ended = true;
        Process running = step;
        if (running == null) {
            return;
        }
        List<ProcessHandle> tree = new ArrayList<>();
        for (Iterator<ProcessHandle> below = running.descendants().iterator(); below.hasNext(); ) {
            tree.add(below.next());
        }
        tree.add(running.toHandle());
        for (ProcessHandle process : tree) {
            process.destroy();
        }
        try {
            running.waitFor(GRACE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        for (ProcessHandle process : tree) {
            process.destroyForcibly();
        }
    }
}
