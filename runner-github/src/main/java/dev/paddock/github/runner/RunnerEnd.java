package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.spi.RunnerDiagnostics;
import dev.paddock.spi.RunnerObservation;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Why a runner's program ended, and what is said of it. Confined to the runner's lane. */
final class RunnerEnd {
    private final RunnerId id;
    private final Host host;
    private ExitCause cause = ExitCause.UNKNOWN;
    private boolean forced;

    RunnerEnd(RunnerId id, Host host) {
        this.id = id;
        this.host = host;
    }

    /** It did not end within the grace. */
    void byForce() {
        forced = true;
    }

    /** Says everything there is to say of it. */
    void tell(ExitCause why, String pool, OptionalInt code, int times, ProgramOutput output) {
        cause = why;
        String detail = detail(code, times, output);
        host.context().publish(new RunnerExited(host.scheduler().instant(), pool, id, cause, code, forced, detail));
        host.context().observe(new RunnerObservation(id, RunnerObservation.Kind.EXITED, code, detail));
    }

    /** The log's last lines included. */
    private String detail(OptionalInt code, int times, ProgramOutput output) {
        List<String> words = new ArrayList<>();
        if (times > 0) {
            words.add("started again " + times + " times");
        }
        if (forced) {
            words.add("ended by force, since it did not end within "
                    + host.settings().grace());
        }
        if (code.isPresent() && cause != ExitCause.JOB_DONE && cause != ExitCause.REMOVED) {
            words.add(cause + ": " + cause.meaning());
        }
        words.add(host.program().ended(cause));
        words.add(output.reason());
        words.add(output.end());
        words.removeIf(String::isEmpty);
        return String.join("; ", words);
    }

    RunnerDiagnostics diagnostics(String pool, OptionalInt code, ProgramOutput output) {
        return new RunnerDiagnostics(
                host.scheduler().instant(),
                id,
                pool,
                cause + (forced ? ", ended by force" : ""),
                code,
                output.end(),
                host.files().folder(id),
                host.files().diagnostics(id),
                output.mask()::apply);
    }
}
