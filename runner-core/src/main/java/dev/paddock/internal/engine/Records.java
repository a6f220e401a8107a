package dev.paddock.internal.engine;

import dev.paddock.error.JournalException;
import dev.paddock.event.FleetEvent;
import dev.paddock.spi.JournalEntry;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What the fleet has its journal remember. State moves at once; effects, stages, answers and events wait until all that
 * was appended before them is durable. In the serial section.
 */
final class Records {
    private record Held(FleetEvent event, CompletableFuture<Void> until) {}

    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private final FleetLoop loop;
    private CompletableFuture<Void> last = DONE;
    private @Nullable CompletionStage<Void> lastAnswer;
    /** Answers of the journal that have not come, in order. */
    private final ArrayDeque<CompletableFuture<Void>> unanswered = new ArrayDeque<>();
    /** Events of what is not durable yet, in order. */
    private final ArrayDeque<Held> heldEvents = new ArrayDeque<>();

    private boolean released;

    Records(FleetLoop loop) {
        this.loop = loop;
    }

    /** Appends, and runs {@code then} in the section once that is durable. */
    void append(List<JournalEntry> entries, Runnable then) {
        write(entries);
        awaitLast(then);
    }

    /** Appends an entry on which nothing but events, stages and answers depends. */
    void append(JournalEntry entry) {
        append(List.of(entry));
    }

    /** As {@link #append(JournalEntry)}, all or, if power is lost, the first ones. */
    void append(List<JournalEntry> entries) {
        write(entries);
        if (notYetDurable() != null) {
            awaitLast(() -> {});
        }
    }

    private void write(List<JournalEntry> entries) {
        try {
            CompletionStage<Void> answer = Objects.requireNonNull(loop.journal.append(entries), "the journal's answer");
            if (!answer.equals(lastAnswer)) {
                lastAnswer = answer;
                last = answer.toCompletableFuture();
                if (!last.isDone()) {
                    forgetWhatIsAnswered();
                    unanswered.add(last);
                }
            }
        } catch (Throwable failure) {
            lastAnswer = null;
            last = CompletableFuture.failedFuture(failure);
        }
    }

    private void awaitLast(Runnable then) {
        TimerHeap.Timeout deadline = loop.timers.after(
                Deadlines.JOURNAL,
                () -> loop.closing.journalLost(
                        new JournalException("the journal gave no answer within " + Deadlines.JOURNAL, null)));
        CompletionStage<Void> written = last;
        written.whenComplete((done, failure) -> loop.section.post(() -> {
            deadline.cancel();
            publishWhatIsDurable();
            if (failure != null) {
                loop.closing.journalLost(failure);
            } else {
                then.run();
            }
        }));
    }

    /** Completes when everything appended so far is durable. */
    CompletionStage<Void> durable() {
        return last;
    }

    /** What an answer has to wait for; null if everything appended so far is durable. */
    @Nullable
    CompletableFuture<Void> notYetDurable() {
        return last.isDone() && !last.isCompletedExceptionally() ? null : last;
    }

    /**
     * Runs the task outside once everything appended so far is durable; if that fails, the stage does. What has to wait
     * runs apart from the journal's answer: others wait for that too, and a task of the host's may take long.
     */
    void whenDurable(Runnable task, CompletableFuture<?> orFail) {
        CompletionStage<Void> written = notYetDurable();
        if (written == null) {
            loop.section.afterwards(task);
        } else {
            loop.section.afterwards(() -> written.whenCompleteAsync(
                    (done, failure) -> {
                        if (failure == null) {
                            task.run();
                        } else {
                            orFail.completeExceptionally(failure);
                        }
                    },
                    loop.scheduler.effects()));
        }
    }

    /** Tells subscribers, once what has been appended so far is durable. */
    void publish(FleetEvent event) {
        if (released || (heldEvents.isEmpty() && last.isDone())) {
            loop.hub.publish(event);
        } else {
            heldEvents.add(new Held(event, last));
        }
    }

    private void forgetWhatIsAnswered() {
        while (!unanswered.isEmpty() && unanswered.peek().isDone()) {
            unanswered.remove();
        }
    }

    private void publishWhatIsDurable() {
        forgetWhatIsAnswered();
        Held next = heldEvents.peek();
        while (next != null && next.until.isDone()) {
            heldEvents.remove();
            loop.hub.publish(next.event);
            next = heldEvents.peek();
        }
    }

    /**
     * Holds back nothing from now on: the fleet ends, and what its journal did not take is told none the less. Who waits
     * for an answer of the journal waits no more: it may never come.
     */
    void release(JournalException noAnswer) {
        released = true;
        List<CompletableFuture<Void>> given = List.copyOf(unanswered);
        unanswered.clear();
        loop.section.afterwards(() -> given.forEach(answer -> answer.completeExceptionally(noAnswer)));
        heldEvents.forEach(held -> loop.hub.publish(held.event));
        heldEvents.clear();
    }
}
