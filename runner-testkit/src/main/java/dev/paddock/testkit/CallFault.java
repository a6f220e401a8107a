package dev.paddock.testkit;

import dev.paddock.error.RunnerException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong with one call to a {@link FakeRunnerProvider} or {@link FakeJobSource}. Immutable.
 *
 * <p>A call has an effect and an answer; each fault says which of the two are missing or late.
 */
public final class CallFault {
    enum Answer {
        VALUE,
        FAILURE,
        NEVER,
        THROWN
    }

    static final CallFault NONE = new CallFault(true, Answer.VALUE, Duration.ZERO, Duration.ZERO, null);

    final boolean effect;
    final Answer answer;
    final Duration beforeEffect;
    final Duration beforeAnswer;
    final RuntimeException failure;

    private CallFault(
            boolean effect,
            Answer answer,
            Duration beforeEffect,
            Duration beforeAnswer,
            @Nullable RuntimeException failure) {
        this.effect = effect;
        this.answer = answer;
        this.beforeEffect = beforeEffect;
        this.beforeAnswer = beforeAnswer;
        this.failure = failure != null ? failure : new RunnerException("the answer was lost on its way", true, null);
    }

    /**
     * Nothing goes wrong: a place holder in a row of faults.
     *
     * @return no fault
     */
    public static CallFault none() {
        return NONE;
    }

    /**
     * The call fails and has no effect.
     *
     * @param failure what the answer fails with
     * @return the fault
     */
    public static CallFault fail(RuntimeException failure) {
        return new CallFault(
                false, Answer.FAILURE, Duration.ZERO, Duration.ZERO, Objects.requireNonNull(failure, "failure"));
    }

    /**
     * The call throws where it stands, instead of returning a stage, and has no effect.
     *
     * @param failure what is thrown
     * @return the fault
     */
    public static CallFault throwAtOnce(RuntimeException failure) {
        return new CallFault(
                false, Answer.THROWN, Duration.ZERO, Duration.ZERO, Objects.requireNonNull(failure, "failure"));
    }

    /**
     * The call takes effect, and then fails as if the connection had dropped.
     *
     * @return the fault
     */
    public static CallFault loseReply() {
        return new CallFault(true, Answer.FAILURE, Duration.ZERO, Duration.ZERO, null);
    }

    /**
     * The call takes effect and is never answered.
     *
     * @return the fault
     */
    public static CallFault effectWithoutAnswer() {
        return new CallFault(true, Answer.NEVER, Duration.ZERO, Duration.ZERO, null);
    }

    /**
     * The call has no effect and is never answered.
     *
     * @return the fault
     */
    public static CallFault noAnswer() {
        return new CallFault(false, Answer.NEVER, Duration.ZERO, Duration.ZERO, null);
    }

    /**
     * The call takes effect later, and is answered then.
     *
     * @param by how much later
     * @return the fault
     */
    public static CallFault delay(Duration by) {
        return new CallFault(true, Answer.VALUE, notNegative(by), Duration.ZERO, null);
    }

    /**
     * The call takes effect in time and is answered later.
     *
     * @param by how much later
     * @return the fault
     */
    public static CallFault delayReply(Duration by) {
        return new CallFault(true, Answer.VALUE, Duration.ZERO, notNegative(by), null);
    }

    private static Duration notNegative(Duration by) {
        if (Objects.requireNonNull(by, "by").isNegative()) {
            throw new IllegalArgumentException("a delay must not be negative: " + by);
        }
        return by;
    }

    @Override
    public String toString() {
        return "CallFault[effect=" + effect + " after " + beforeEffect + ", answer=" + answer + " after " + beforeAnswer
                + "]";
    }
}
