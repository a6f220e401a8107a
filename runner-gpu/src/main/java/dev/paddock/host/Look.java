package dev.paddock.host;

import dev.paddock.ByteSize;
import dev.paddock.capacity.Reading;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Severity;
import dev.paddock.spi.HostCheckResult.Status;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;

/** A check made of a function, and the words for its results. */
record Look(String id, Severity severity, Duration deadline, Function<Look, HostCheckResult> looking)
        implements HostCheck {
    /** A driver that is not kept loaded starts its GPUs when asked. */
    static final Duration ASKING_GPUS = Duration.ofSeconds(10);

    /** Of a row about GPUs: the samples are read after the inventory, and each may take as long as a probe waits. */
    static final Duration GPU_ROW = Duration.ofSeconds(25);

    static Look mandatory(String id, Function<Look, HostCheckResult> looking) {
        return new Look(id, Severity.MANDATORY, Duration.ofSeconds(10), looking);
    }

    static Look recommended(String id, Function<Look, HostCheckResult> looking) {
        return new Look(id, Severity.RECOMMENDED, Duration.ofSeconds(10), looking);
    }

    static Look info(String id, Function<Look, HostCheckResult> looking) {
        return new Look(id, Severity.INFO, Duration.ofSeconds(10), looking);
    }

    /** Looks only if it is asked for. */
    Look onlyIf(boolean asked, String what) {
        return asked ? this : new Look(id, severity, deadline, look -> look.skipped(what));
    }

    Look within(Duration longer) {
        return new Look(id, severity, longer, looking);
    }

    @Override
    public HostCheckResult check() {
        return looking.apply(this);
    }

    HostCheckResult pass(String observed, String required) {
        return result(Status.PASS, observed, required, "");
    }

    HostCheckResult warn(String observed, String required, String remedy) {
        return result(Status.WARN, observed, required, remedy);
    }

    HostCheckResult fail(String observed, String required, String remedy) {
        return result(Status.FAIL, observed, required, remedy);
    }

    HostCheckResult unknown(String observed, String required, String remedy) {
        return result(Status.UNKNOWN, observed, required, remedy);
    }

    /** It is asked for and cannot be told on many a host, which alone must not make it unfit for ever. */
    HostCheckResult untold(String observed, String required, String remedy) {
        return new HostCheckResult(id, Severity.RECOMMENDED, Status.UNKNOWN, observed, required, remedy);
    }

    HostCheckResult skipped(String why) {
        return result(Status.SKIPPED, why, "", "");
    }

    /** Compares an amount with a minimum and a recommendation; 0 is none. */
    HostCheckResult amount(
            Reading have, long minimum, long recommended, Function<Long, String> words, Supplier<String> remedy) {
        String required =
                words.apply(minimum) + (recommended > minimum ? ", recommended " + words.apply(recommended) : "");
        if (!have.isKnown()) {
            return minimum == 0 && recommended == 0
                    ? pass(have.toString(), "any")
                    : unknown(
                            have.toString(),
                            required,
                            "Find out why this could not be read; it does not count as enough.");
        }
        long amount = have.orElse(0);
        if (amount < minimum) {
            return fail(words.apply(amount), required, remedy.get());
        }
        return amount < recommended
                ? warn(words.apply(amount), required, remedy.get())
                : pass(words.apply(amount), required);
    }

    /** Compares a version with the lowest one wanted. */
    HostCheckResult version(String have, String wanted, String remedy) {
        String required = wanted.isEmpty() ? "any" : ">= " + wanted;
        if (wanted.isEmpty()) {
            return pass(have.isEmpty() ? "not told" : have, required);
        }
        var version = DottedVersion.parse(have);
        if (version.isEmpty()) {
            return unknown(have.isEmpty() ? "not told" : "not a version: " + have, required, remedy);
        }
        return version.get().isAtLeast(DottedVersion.parse(wanted).orElseThrow())
                ? pass(have, required)
                : fail(have, required, remedy);
    }

    /** Decimal gigabytes, rounded down, so that what is too little never reads as enough. */
    static String gigabytes(long bytes) {
        return BigDecimal.valueOf(bytes)
                        .divide(BigDecimal.valueOf(ByteSize.ofGB(1).bytes()), 1, RoundingMode.DOWN)
                        .stripTrailingZeros()
                        .toPlainString()
                + " GB";
    }

    private HostCheckResult result(Status status, String observed, String required, String remedy) {
        return new HostCheckResult(id, severity, status, observed, required, remedy);
    }
}
