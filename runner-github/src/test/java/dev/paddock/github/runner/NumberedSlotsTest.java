package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import org.junit.jupiter.api.Test;

class NumberedSlotsTest {
    private static final RunnerId A = new RunnerId("a");
    private static final RunnerId B = new RunnerId("b");
    private static final RunnerId C = new RunnerId("c");

    @Test
    void theLowestFreeSlotIsLeasedOnceARunner() {
        var slots = new NumberedSlots(2);
        assertThat(slots.lease(A)).hasValue(0);
        assertThat(slots.lease(B)).hasValue(1);
        assertThat(slots.lease(A)).hasValue(0);
        assertThat(slots.lease(C)).isEmpty();
        slots.release(A);
        assertThat(slots.lease(C)).hasValue(0);
        assertThat(slots.free()).isZero();
    }

    @Test
    void aRunnerFoundAgainKeepsItsSlotThoughThereAreFewerNow() {
        var slots = new NumberedSlots(1);
        slots.restore(A, Place.any(3));
        slots.restore(A, Place.any(3));
        assertThat(slots.lease(A)).hasValue(3);
        assertThat(slots.free()).isZero();
        assertThat(slots.lease(C)).isEmpty();
        slots.restore(B, Place.any(3));
        assertThat(slots.lease(B)).hasValue(4);
        slots.release(A);
        assertThat(slots.free()).isZero();
        slots.release(B);
        assertThat(slots.free()).isOne();
    }
}
