package dev.paddock.gpu;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.gpu.GpuReport.State;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The wait for what a driver reports by itself. A wait is for GPUs that answered when it began: one that was reset, or
 * came later, it knows nothing of. So it is begun anew when others answer than before. Thread-safe.
 */
final class EventWatch implements AutoCloseable {
    /** What a driver answers that is there; after anything but these and doubt there is nobody to wait for. */
    private static final Set<State> ANSWERS = EnumSet.of(State.FOUND, State.NO_GPUS);

    private static final Set<State> DOUBT = EnumSet.of(State.TIMED_OUT, State.FAILED);

    private final GpuSource gpus;
    private final Consumer<? super GpuEvent> sink;
    private volatile @Nullable GpuWatch wait;
    private volatile List<String> awaited = List.of();
    private boolean closed;

    EventWatch(GpuSource gpus, Consumer<? super GpuEvent> sink) {
        this.gpus = gpus;
        this.sink = sink;
    }

    /** To be told of each inventory, of one after another. */
    void follow(GpuReport report) {
        if (DOUBT.contains(report.state())) {
            return;
        }
        List<String> answering = ANSWERS.contains(report.state())
                ? report.devices().stream()
                        .filter(device -> device.state() == GpuDevice.State.AVAILABLE || GpuJudge.isLate(device))
                        .map(device -> device.id() + " " + report.driverVersion())
                        .sorted()
                        .toList()
                : List.of();
        if (answering.isEmpty()) {
            replace(null);
        } else if (wait == null || !answering.equals(awaited)) {
            // Before the other ends, so that nothing is missed in between.
            replace(gpus.watch(sink::accept).orElse(null));
        }
        awaited = answering;
    }

    /** The next inventory begins it anew, whoever answers. */
    void renew() {
        awaited = List.of();
    }

    private synchronized void replace(@Nullable GpuWatch next) {
        GpuWatch before = wait;
        wait = next;
        if (before != null) {
            before.close();
        }
        if (closed && next != null) {
            next.close();
        }
    }

    /** For how long the driver has not answered; nothing if it is not waited for. */
    Duration silence() {
        GpuWatch waiting = wait;
        return waiting == null ? Duration.ZERO : waiting.silence();
    }

    @Override
    public synchronized void close() {
        closed = true;
        replace(null);
    }
}
