package dev.paddock.host.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class BoundedCallsTest {
    private final BoundedCalls calls = new BoundedCalls("paddock-bounded-test", 1);

    @Test
    @DisplayName("a call that has answered is not under way any more, though its thread may be")
    void answered() throws Exception {
        for (int i = 0; i < 5000; i++) {
            int answer = i;
            assertThat(calls.start(() -> answer).get()).isEqualTo(i);
        }
    }

    @Test
    @DisplayName("neither is one that has failed; one that hangs is")
    void failed() throws Exception {
        for (int i = 0; i < 100; i++) {
            assertThatThrownBy(() -> calls.start(() -> {
                                throw new IllegalStateException("broken");
                            })
                            .get())
                    .isInstanceOf(ExecutionException.class);
        }
        CountDownLatch never = new CountDownLatch(1);
        var hanging = calls.start(() -> {
            never.await();
            return 1;
        });
        assertThatThrownBy(() -> calls.start(() -> 2)).isInstanceOf(TimeoutException.class);
        never.countDown();
        assertThat(hanging.get()).isEqualTo(1);
    }
}
