package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MailboxTest {
    private final List<Throwable> failures = new ArrayList<>();
    private final Mailbox mailbox = new Mailbox(failures::add);

    @Test
    void aTaskPostedByATaskRunsAfterIt() {
        List<String> ran = new ArrayList<>();
        mailbox.post(() -> {
            mailbox.post(() -> ran.add("second"));
            ran.add("first");
        });
        assertThat(ran).containsExactly("first", "second");
    }

    @Test
    void whateverATaskThrowsTheNextOneRuns() {
        List<String> ran = new ArrayList<>();
        for (Throwable thrown : List.of(
                new IllegalStateException("one"),
                new AssertionError("two"),
                new StackOverflowError("three"),
                new OutOfMemoryError("four"),
                new IOException("five"))) {
            mailbox.post(() -> MailboxTest.<RuntimeException>sneak(thrown));
            mailbox.post(() -> ran.add(thrown.getMessage()));
        }
        assertThat(ran).containsExactly("one", "two", "three", "four", "five");
        assertThat(failures).extracting(Throwable::getMessage).isEqualTo(ran);
    }

    @Test
    void aFailureThatCannotBeDealtWithLeavesItUsable() {
        List<String> ran = new ArrayList<>();
        var strict = new Mailbox(failure -> {
            throw new IllegalStateException(failure);
        });
        strict.post(() -> {
            throw new IllegalStateException("one");
        });
        strict.post(() -> ran.add("two"));
        assertThat(ran).containsExactly("two");
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> void sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    void tasksOfManyThreadsRunOneAtATime() throws InterruptedException {
        int threads = 4;
        int each = 5_000;
        var inside = new AtomicInteger();
        var most = new AtomicInteger();
        var ran = new CountDownLatch(threads * each);
        for (int i = 0; i < threads; i++) {
            new Thread(() -> {
                        for (int j = 0; j < each; j++) {
                            mailbox.post(() -> {
                                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                                inside.decrementAndGet();
                                ran.countDown();
                            });
                        }
                    })
                    .start();
        }
        assertThat(ran.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(most).hasValue(1);
        assertThat(failures).isEmpty();
    }
}
