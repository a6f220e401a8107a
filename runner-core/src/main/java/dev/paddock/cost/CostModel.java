package dev.paddock.cost;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What runners of one kind cost: a job against the same job on GitHub's runners, and a month of machines that come and
 * go against a month of machines that stay.
 *
 * <p>A job on a runner of its own is paid for its boot, its run and the idle time after it; that one ends saves nothing
 * unless its machine ends too. Whether one saves at all hangs on how long jobs are: with a boot of 2 minutes and 5
 * minutes of idling, a machine of 0.1344 an hour saves 59 % against 0.008 a minute on jobs of 15 minutes, and costs 26 %
 * more on jobs of 2.
 *
 * <p>No price comes with it. All are in one currency, and a month has 730 hours. Amounts are rounded half up to 4
 * decimals. Immutable.
 */
public final class CostModel {
    /** A year's hours, by 12. */
    private static final BigDecimal HOURS_OF_MONTH = new BigDecimal(730);

    private static final BigDecimal MILLIS_OF_MINUTE = new BigDecimal(60_000);
    private static final BigDecimal MINUTES_OF_HOUR = new BigDecimal(60);
    private static final MathContext EXACT = MathContext.DECIMAL64;

    private final BigDecimal perHour;
    private final BigDecimal feePerMinute;
    private final BigDecimal controlPerMonth;
    private final @Nullable BigDecimal hostedPerMinute;
    private final Duration boot;
    private final Duration idleTail;

    private CostModel(Builder builder) {
        perHour = builder.machinePerHour.add(builder.diskPerMonth.divide(HOURS_OF_MONTH, EXACT));
        feePerMinute = builder.platformFeePerMinute;
        controlPerMonth = builder.controlPerMonth;
        hostedPerMinute = builder.hostedPerMinute;
        boot = builder.boot;
        idleTail = builder.idleTail;
    }

    /**
     * One job on a runner of one's own and on one of GitHub's.
     *
     * @param own what it costs on a runner that is made for it
     * @param hosted what GitHub takes, which rounds up to whole minutes
     * @param saving what is saved of {@code hosted}, 0.59 for 59 %, to 4 decimals; negative if it costs more
     */
    public record Comparison(BigDecimal own, BigDecimal hosted, BigDecimal saving) {
        /** Checks for nulls. */
        public Comparison {
            Objects.requireNonNull(own, "own");
            Objects.requireNonNull(hosted, "hosted");
            Objects.requireNonNull(saving, "saving");
        }
    }

    /**
     * Begins a model.
     *
     * @param machinePerHour what one runner's machine costs while it exists, at least 0
     * @return a builder
     */
    public static Builder builder(BigDecimal machinePerHour) {
        return new Builder(atLeastZero("machinePerHour", machinePerHour));
    }

    /**
     * What a job costs on a runner that is made for it and then waits {@code idleTail} for another in vain.
     *
     * @param length how long it runs, not negative
     * @return its cost, control machine not included
     */
    public BigDecimal job(Duration length) {
        return rounded(exact(notNegative("length", length)));
    }

    private BigDecimal exact(Duration length) {
        BigDecimal existing = minutes(boot).add(minutes(length)).add(minutes(idleTail));
        return perMinute().multiply(existing).add(feePerMinute.multiply(minutes(length)));
    }

    /**
     * The same job here and on GitHub's runners.
     *
     * @param length how long it runs, positive
     * @return the two prices and what is saved
     * @throws IllegalArgumentException unless the length is positive
     * @throws IllegalStateException without {@link Builder#hostedPerMinute}, or if it is 0, of which nothing can be saved
     */
    public Comparison compare(Duration length) {
        if (notNegative("length", length).isZero()) {
            throw new IllegalArgumentException("length must be positive: " + length);
        }
        if (hosted().signum() == 0) {
            throw new IllegalStateException("nothing can be saved of a job that costs nothing: hostedPerMinute is 0");
        }
        BigDecimal own = exact(length);
        BigDecimal hosted = hosted().multiply(minutes(length).setScale(0, RoundingMode.CEILING));
        return new Comparison(rounded(own), rounded(hosted), saving(own, hosted));
    }

    /**
     * How long jobs have to be for runners of one's own to save something, GitHub's rounding left out.
     *
     * @return the length above which they do, to the second; empty if they never do
     * @throws IllegalStateException without {@link Builder#hostedPerMinute}
     */
    public Optional<Duration> breakEven() {
        return breakEven(BigDecimal.ZERO);
    }

    /**
     * How long jobs have to be for a share of the price of GitHub's runners to be saved, their rounding left out.
     *
     * @param saving from 0 to 1; 0.5 for half
     * @return the length above which it is, to the second; empty if it never is
     * @throws IllegalStateException without {@link Builder#hostedPerMinute}
     */
    public Optional<Duration> breakEven(BigDecimal saving) {
        if (atLeastZero("saving", saving).compareTo(BigDecimal.ONE) > 0) {
            throw new IllegalArgumentException("saving must be at most 1: " + saving);
        }
        BigDecimal allowed = hosted().multiply(BigDecimal.ONE.subtract(saving));
        BigDecimal left = allowed.subtract(perMinute()).subtract(feePerMinute);
        if (left.signum() <= 0) {
            return Optional.empty();
        }
        BigDecimal minutes =
                perMinute().multiply(minutes(boot).add(minutes(idleTail))).divide(left, EXACT);
        BigDecimal seconds = minutes.multiply(MINUTES_OF_HOUR).setScale(0, RoundingMode.CEILING);
        return seconds.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
                ? Optional.empty()
                : Optional.of(Duration.ofSeconds(seconds.longValueExact()));
    }

    /**
     * A month of machines that exist only as long as they are needed.
     *
     * @param runnerHours how many hours they exist in all, boots and idling included
     * @return with the control machine
     */
    public BigDecimal month(BigDecimal runnerHours) {
        return rounded(controlPerMonth.add(perHour.multiply(atLeastZero("runnerHours", runnerHours))));
    }

    /**
     * A month of jobs, each on a runner of its own.
     *
     * @param jobs how many, not negative
     * @param length how long each runs
     * @return with the control machine
     */
    public BigDecimal month(long jobs, Duration length) {
        if (jobs < 0) {
            throw new IllegalArgumentException("jobs must not be negative: " + jobs);
        }
        return rounded(controlPerMonth.add(exact(notNegative("length", length)).multiply(BigDecimal.valueOf(jobs))));
    }

    /**
     * A month of machines that always run, which need no control machine.
     *
     * @param runners how many, not negative
     * @return what they cost, used or not
     */
    public BigDecimal alwaysOn(int runners) {
        if (runners < 0) {
            throw new IllegalArgumentException("runners must not be negative: " + runners);
        }
        return rounded(perHour.multiply(HOURS_OF_MONTH).multiply(BigDecimal.valueOf(runners)));
    }

    /**
     * How many hours machines that come and go may exist in a month before they cost as much as another way of doing it.
     *
     * @param otherPerMonth what the other way costs in a month
     * @return the hours, rounded down; 0 if the control machine alone costs more; empty if machines cost nothing
     */
    public Optional<BigDecimal> breakEvenHours(BigDecimal otherPerMonth) {
        BigDecimal left = atLeastZero("otherPerMonth", otherPerMonth)
                .subtract(controlPerMonth)
                .max(BigDecimal.ZERO);
        return perHour.signum() == 0
                ? Optional.empty()
                : Optional.of(left.divide(perHour, EXACT).setScale(0, RoundingMode.DOWN));
    }

    /**
     * How many minutes of GitHub's runners cost as much in a month as machines that always run.
     *
     * @param runners how many machines, not negative
     * @return the minutes, rounded up; empty if GitHub's cost nothing
     * @throws IllegalStateException without {@link Builder#hostedPerMinute}
     */
    public Optional<BigDecimal> breakEvenMinutes(int runners) {
        return hosted().signum() == 0
                ? Optional.empty()
                : Optional.of(alwaysOn(runners).divide(hosted(), EXACT).setScale(0, RoundingMode.CEILING));
    }

    /**
     * What one way saves of another.
     *
     * @param cost what is paid
     * @param instead what would be paid otherwise, positive
     * @return 0.897 for 89.7 %, to 4 decimals; negative if it costs more
     */
    public static BigDecimal saving(BigDecimal cost, BigDecimal instead) {
        if (atLeastZero("instead", instead).signum() == 0) {
            throw new IllegalArgumentException("what would be paid otherwise must be positive: " + instead);
        }
        return BigDecimal.ONE
                .subtract(atLeastZero("cost", cost).divide(instead, EXACT))
                .setScale(4, RoundingMode.HALF_UP);
    }

    private BigDecimal perMinute() {
        return perHour.divide(MINUTES_OF_HOUR, EXACT);
    }

    private BigDecimal hosted() {
        if (hostedPerMinute == null) {
            throw new IllegalStateException("what GitHub takes for a minute is not known; set hostedPerMinute");
        }
        return hostedPerMinute;
    }

    private static BigDecimal minutes(Duration duration) {
        return BigDecimal.valueOf(duration.toMillis()).divide(MILLIS_OF_MINUTE, EXACT);
    }

    private static BigDecimal rounded(BigDecimal amount) {
        return amount.setScale(4, RoundingMode.HALF_UP);
    }

    private static BigDecimal atLeastZero(String name, BigDecimal amount) {
        if (Objects.requireNonNull(amount, name).signum() < 0) {
            throw new IllegalArgumentException(name + " must not be negative: " + amount);
        }
        return amount;
    }

    private static Duration notNegative(String name, Duration duration) {
        if (Objects.requireNonNull(duration, name).isNegative()) {
            throw new IllegalArgumentException(name + " must not be negative: " + duration);
        }
        return duration;
    }

    @Override
    public String toString() {
        List<String> parts = new ArrayList<>(List.of(
                perHour.stripTrailingZeros().toPlainString() + " an hour", "boot " + boot, "idle tail " + idleTail));
        if (hostedPerMinute != null) {
            parts.add("hosted " + hostedPerMinute + " a minute");
        }
        if (controlPerMonth.signum() > 0) {
            parts.add("control " + controlPerMonth + " a month");
        }
        if (feePerMinute.signum() > 0) {
            parts.add("fee " + feePerMinute + " a minute");
        }
        return "CostModel[" + String.join(", ", parts) + "]";
    }

    /** Builds a {@link CostModel}. Not thread-safe; reusable. */
    public static final class Builder {
        private final BigDecimal machinePerHour;
        private BigDecimal diskPerMonth = BigDecimal.ZERO;
        private BigDecimal controlPerMonth = BigDecimal.ZERO;
        private BigDecimal platformFeePerMinute = BigDecimal.ZERO;
        private @Nullable BigDecimal hostedPerMinute;
        private Duration boot = Duration.ZERO;
        private Duration idleTail = Duration.ZERO;

        private Builder(BigDecimal machinePerHour) {
            this.machinePerHour = machinePerHour;
        }

        /**
         * Sets the time from a machine's creation until its runner waits for jobs.
         *
         * @param boot not negative; default 0
         * @return this
         */
        public Builder boot(Duration boot) {
            this.boot = notNegative("boot", boot);
            return this;
        }

        /**
         * Sets how long a machine exists after its job: the pool's idle timeout, and the time it takes to end.
         *
         * @param idleTail not negative; default 0
         * @return this
         */
        public Builder idleTail(Duration idleTail) {
            this.idleTail = notNegative("idleTail", idleTail);
            return this;
        }

        /**
         * Sets what a machine's disks cost in a month, where its price does not include them.
         *
         * @param diskPerMonth at least 0, which is the default
         * @return this
         */
        public Builder diskPerMonth(BigDecimal diskPerMonth) {
            this.diskPerMonth = atLeastZero("diskPerMonth", diskPerMonth);
            return this;
        }

        /**
         * Sets what the machine costs in a month on which the coordinator runs.
         *
         * @param controlPerMonth at least 0, which is the default: it runs somewhere anyway
         * @return this
         */
        public Builder controlPerMonth(BigDecimal controlPerMonth) {
            this.controlPerMonth = atLeastZero("controlPerMonth", controlPerMonth);
            return this;
        }

        /**
         * Sets what GitHub takes for a minute of a job on a runner of one's own. It announced 0.002 US dollars from March
         * 2026 and then postponed it.
         *
         * @param platformFeePerMinute at least 0, which is the default
         * @return this
         */
        public Builder platformFeePerMinute(BigDecimal platformFeePerMinute) {
            this.platformFeePerMinute = atLeastZero("platformFeePerMinute", platformFeePerMinute);
            return this;
        }

        /**
         * Sets what GitHub takes for a minute on the runner of its own that would do.
         *
         * @param hostedPerMinute at least 0
         * @return this
         */
        public Builder hostedPerMinute(BigDecimal hostedPerMinute) {
            this.hostedPerMinute = atLeastZero("hostedPerMinute", hostedPerMinute);
            return this;
        }

        /**
         * Makes the model.
         *
         * @return the model
         */
        public CostModel build() {
            return new CostModel(this);
        }
    }
}
