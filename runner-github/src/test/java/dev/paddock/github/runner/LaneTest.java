package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class LaneTest {
    @Test
    void whateverATaskThrowsIsItsResultAndTheNextTaskRuns() {
        var lane = new Lane(Runnable::run);
        var failure = new StackOverflowError("the task's own");
        Supplier<String> task = () -> {
            throw failure;
        };
        assertThat(LocalFixture.failure(lane.run(task))).isSameAs(failure);
        assertThat(lane.run(() -> "next")).isCompletedWithValue("next");
        assertThat(lane.idle()).isCompleted();
    }
}
