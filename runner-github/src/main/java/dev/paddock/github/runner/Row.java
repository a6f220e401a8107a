package dev.paddock.github.runner;

import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Severity;
import dev.paddock.spi.HostCheckResult.Status;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;

/** A check whose answer comes by itself, and the words for it. */
record Row(
        String id,
        Severity severity,
        Duration deadline,
        BiFunction<Row, Executor, CompletionStage<HostCheckResult>> looking)
        implements HostCheck {
    /** Of a check by default; what is looked up ends sooner, so that the check can say what it has. */
    static final Duration DEADLINE = Duration.ofSeconds(10);

    static Row mandatory(String id, BiFunction<Row, Executor, CompletionStage<HostCheckResult>> looking) {
        return new Row(id, Severity.MANDATORY, DEADLINE, looking);
    }

    static Row recommended(String id, BiFunction<Row, Executor, CompletionStage<HostCheckResult>> looking) {
        return new Row(id, Severity.RECOMMENDED, DEADLINE, looking);
    }

    static Row info(String id, BiFunction<Row, Executor, CompletionStage<HostCheckResult>> looking) {
        return new Row(id, Severity.INFO, DEADLINE, looking);
    }

    @Override
    public CompletionStage<HostCheckResult> begin(Executor executor) {
        return looking.apply(this, executor);
    }

    @Override
    public HostCheckResult check() {
        return begin(Runnable::run).toCompletableFuture().join();
    }

    HostCheckResult pass(String observed, String required) {
        return new HostCheckResult(id, severity, Status.PASS, observed, required, "");
    }

    HostCheckResult warn(String observed, String required, String remedy) {
        return new HostCheckResult(id, severity, Status.WARN, observed, required, remedy);
    }

    HostCheckResult fail(String observed, String required, String remedy) {
        return new HostCheckResult(id, severity, Status.FAIL, observed, required, remedy);
    }

    HostCheckResult skipped(String why) {
        return new HostCheckResult(id, severity, Status.SKIPPED, why, "", "");
    }

    /** That something cannot be told makes no host unfit: a row that stands for more says so itself. */
    HostCheckResult untold(String observed, String required, String remedy) {
        Severity less = severity == Severity.MANDATORY ? Severity.RECOMMENDED : severity;
        return new HostCheckResult(id, less, Status.UNKNOWN, observed, required, remedy);
    }
}
