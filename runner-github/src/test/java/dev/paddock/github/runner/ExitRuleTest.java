package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.runner.ExitRule.Action;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of exit codes, row by row. */
class ExitRuleTest {
    private static final ExitRule RULE = new ExitRule(LocalDeadlines.USUAL);

    @DisplayName("RL-A17 to RL-A23, GHS-P1, GHS-P2 what each exit code means and what follows")
    @ParameterizedTest(
            name = "code {0}, persistent {1}, job {2}, connected {3}, retries {4}, updates {5}: {6} {7} {8} s")
    @CsvSource({
        // code, persistent, job seen, connected, retries, updates -> cause, action, seconds
        "0, false, true, true, 0, 0, JOB_DONE, OVER, 0",
        "0, false, false, true, 0, 0, GONE, OVER, 0",
        "0, false, false, false, 0, 0, GONE, OVER, 0",
        "0, true, true, true, 0, 0, GONE, OVER, 0",
        "0, true, false, true, 0, 0, GONE, OVER, 0",
        "1, false, false, false, 0, 0, TERMINATED, OVER, 0",
        "1, false, true, true, 0, 0, TERMINATED, OVER, 0",
        "1, true, false, false, 0, 0, TERMINATED, OVER, 0",
        "1, true, true, true, 0, 0, TERMINATED, OVER, 0",
        "2, false, false, false, 0, 0, RETRYABLE, AGAIN, 5",
        "2, false, false, false, 2, 3, RETRYABLE, AGAIN, 5",
        "2, false, false, false, 3, 0, RETRYABLE, OVER, 0",
        "2, false, false, true, 0, 0, RETRYABLE, OVER, 0",
        "2, false, true, true, 0, 0, RETRYABLE, OVER, 0",
        "2, true, false, false, 0, 0, RETRYABLE, AGAIN, 5",
        "2, true, true, true, 1, 0, RETRYABLE, AGAIN, 10",
        "2, true, true, true, 4, 0, RETRYABLE, AGAIN, 80",
        "2, true, false, false, 8, 0, RETRYABLE, AGAIN, 80",
        "2, true, false, false, 9, 0, RETRYABLE, OVER, 0",
        "3, false, false, true, 3, 0, UPDATING, AGAIN_UPDATED, 0",
        "3, false, false, false, 0, 2, UPDATING, AGAIN_UPDATED, 0",
        "3, false, false, false, 0, 3, UPDATING, OVER, 0",
        "3, false, true, true, 0, 0, UPDATING, OVER, 0",
        "3, true, true, true, 0, 0, UPDATING, AGAIN_UPDATED, 0",
        "3, true, true, true, 0, 3, UPDATING, OVER, 0",
        "4, false, false, true, 0, 0, UPDATING, AGAIN_UPDATED, 0",
        "4, false, true, true, 0, 0, UPDATING, OVER, 0",
        "4, true, true, true, 0, 0, UPDATING, AGAIN_UPDATED, 0",
        "5, false, false, false, 0, 0, SESSION_CONFLICT, OVER_LATER, 60",
        "5, false, true, true, 0, 0, SESSION_CONFLICT, OVER_LATER, 60",
        "5, true, false, false, 3, 0, SESSION_CONFLICT, OVER_LATER, 60",
        "6, false, false, false, 0, 0, UNKNOWN, OVER, 0",
        "6, true, false, false, 0, 0, UNKNOWN, AGAIN, 5",
        "7, false, false, false, 0, 0, VERSION_DEPRECATED, OVER, 0",
        "7, true, true, true, 0, 0, VERSION_DEPRECATED, OVER, 0",
        "100, false, true, true, 0, 0, JOB_DONE, OVER, 0",
        "105, false, true, true, 0, 0, JOB_DONE, OVER, 0",
        "102, false, false, true, 0, 0, UNKNOWN, OVER, 0",
        "106, false, true, true, 0, 0, UNKNOWN, OVER, 0",
        "137, false, false, false, 0, 0, UNKNOWN, OVER, 0",
        "137, false, true, true, 0, 0, UNKNOWN, OVER, 0",
        "137, true, true, true, 0, 0, UNKNOWN, AGAIN, 5",
        "143, true, false, true, 2, 0, UNKNOWN, AGAIN, 20",
        "143, true, false, true, 9, 0, UNKNOWN, OVER, 0",
        "143, false, false, true, 0, 0, UNKNOWN, OVER, 0",
        "9, false, false, false, 0, 0, UNKNOWN, OVER, 0",
    })
    void eachRow(
            int code,
            boolean persistent,
            boolean jobSeen,
            boolean connected,
            int retries,
            int updates,
            ExitCause cause,
            Action action,
            long seconds) {
        var end = new ExitRule.End(code, persistent, jobSeen, connected, retries, updates);
        assertThat(RULE.after(end)).isEqualTo(new ExitRule.Verdict(cause, action, Duration.ofSeconds(seconds)));
    }

    @ParameterizedTest
    @CsvSource({"2, RETRYABLE", "137, UNKNOWN"})
    @DisplayName("RL-A18 the tenth end in a row of a runner that stays is its last, and the waits before have grown")
    void theTenthEndInARowIsTheLast(int code, ExitCause cause) {
        Duration waited = Duration.ZERO;
        Duration last = Duration.ZERO;
        int ends = 0;
        ExitRule.Verdict verdict;
        do {
            verdict = RULE.after(new ExitRule.End(code, true, true, true, ends++, 0));
            assertThat(verdict.cause()).isEqualTo(cause);
            if (verdict.action() == Action.AGAIN) {
                assertThat(verdict.pause()).isGreaterThanOrEqualTo(last);
                last = verdict.pause();
                waited = waited.plus(last);
            }
        } while (verdict.action() == Action.AGAIN);
        assertThat(ends).isEqualTo(10);
        assertThat(last).isEqualTo(Duration.ofSeconds(80));
        assertThat(waited).as("within the time for a lost connection").isLessThan(Duration.ofMinutes(10));
    }
}
