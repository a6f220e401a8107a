package dev.paddock.gpu.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for the events of GPUs on a daemon thread of its own. A wait cannot be interrupted, so it is made in slices, and
 * each that returns is an answer: whoever looks at {@link #silence} from another thread sees a driver that hangs.
 * Thread-safe.
 */
public final class XidWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(XidWatch.class);

    static final Duration SLICE = Duration.ofSeconds(2);

    /** Nanoseconds of a time that nobody sets, unlike a host's clock. */
    static final LongSupplier EVEN_TIME = System::nanoTime;

    private static final long DOUBLE_BIT_ERROR = 0x2;
    private static final long XID = 0x8;
    private static final long UNAVAILABLE = 0x4000;
    private static final long RECOVERY_ACTION = 0x8000;
    private static final long WANTED = DOUBLE_BIT_ERROR | XID | UNAVAILABLE | RECOVERY_ACTION;

    private final NvmlSession session;
    private final List<NvmlDevice.Known> gpus;
    private final LongSupplier nanos;
    private final Duration slice;
    private final Consumer<XidEvent> listener;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile long lastAnswer;
    private volatile List<String> watched = List.of();
    private boolean lost;

    private XidWatch(
            NvmlSession session,
            List<NvmlDevice.Known> gpus,
            LongSupplier nanos,
            Duration slice,
            Consumer<XidEvent> listener) {
        this.session = session;
        this.gpus = gpus;
        this.nanos = nanos;
        this.slice = slice;
        this.listener = listener;
        lastAnswer = nanos.getAsLong();
        thread = new Thread(this::run, "paddock-nvml-events");
        thread.setDaemon(true);
    }

    static XidWatch start(
            NvmlSession session,
            List<NvmlDevice.Known> gpus,
            LongSupplier nanos,
            Duration slice,
            Consumer<XidEvent> listener) {
        XidWatch watch = new XidWatch(session, gpus, nanos, slice, listener);
        watch.thread.start();
        return watch;
    }

    /**
     * How long the driver has not answered. More than a few slices of 2 s mean that it hangs, or that it refuses: then
     * no event comes, and events say nothing about health.
     *
     * @return from the start of the watch until there is a first answer
     */
    public Duration silence() {
        long answered = lastAnswer;
        return Duration.ofNanos(nanos.getAsLong() - answered);
    }

    /**
     * Which GPUs deliver events.
     *
     * @return ids; empty until they are registered, and where none can
     */
    public List<String> watched() {
        return watched;
    }

    /** Ends it within a slice; does not wait for that. */
    @Override
    public void close() {
        closed.countDown();
    }

    /** Whether its thread has ended. */
    boolean awaitEnd(Duration most) throws InterruptedException {
        thread.join(most.toMillis());
        return !thread.isAlive();
    }

    private void run() {
        if (session.enter() != NvmlCode.SUCCESS) {
            return;
        }
        try {
            Nvml.Out out = new Nvml.Out();
            int code = session.nvml().eventSetCreate(out);
            if (code != NvmlCode.SUCCESS) {
                LOG.info("GPUs deliver no events here: {}", NvmlCode.words(code));
                return;
            }
            long set = out.value;
            try {
                if (register(set)) {
                    waitFor(set);
                }
            } finally {
                session.nvml().eventSetFree(set);
            }
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("The watch for GPU events ended", e);
        } finally {
            watched = List.of();
            session.leave();
        }
    }

    /** Whether there is something to wait for; after 999 a set is not to be used any more. */
    private boolean register(long set) {
        List<String> registered = new ArrayList<>();
        for (NvmlDevice.Known gpu : gpus) {
            if (gpu.handle() != 0) {
                Asker asker = new Asker(session.nvml(), gpu.handle());
                long types = asker.read(Nvml::supportedEvents).orElse(0) & WANTED;
                int code = types == 0
                        ? NvmlCode.NOT_SUPPORTED
                        : asker.code((nvml, device, out) -> nvml.registerEvents(device, types, set));
                if (code == NvmlCode.UNKNOWN) {
                    return false;
                }
                if (code == NvmlCode.SUCCESS) {
                    registered.add(gpu.device().id());
                }
            }
        }
        watched = List.copyOf(registered);
        return !registered.isEmpty();
    }

    private void waitFor(long set) {
        Nvml.Out out = new Nvml.Out();
        while (closed.getCount() > 0 && !session.isClosed()) {
            int code = session.nvml().eventSetWait(set, (int) slice.toMillis(), out);
            switch (code) {
                case NvmlCode.SUCCESS -> {
                    answered();
                    lost = false;
                    tell(event(out));
                }
                case NvmlCode.TIMEOUT -> {
                    answered();
                    lost = false;
                }
                case NvmlCode.GPU_IS_LOST -> {
                    answered();
                    if (!lost) {
                        lost = true;
                        tell(new XidEvent("", XidEvent.Kind.WATCH_LOST, code));
                    }
                    pause();
                }
                default -> pause();
            }
        }
    }

    private void answered() {
        lastAnswer = nanos.getAsLong();
    }

    /** A wait that fails returns at once. */
    private void pause() {
        try {
            closed.await(slice.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            closed.countDown();
        }
    }

    private void tell(XidEvent event) {
        try {
            listener.accept(event);
        } catch (RuntimeException e) {
            LOG.error("A listener for GPU events failed on {}", event, e);
        }
    }

    private XidEvent event(Nvml.Out out) {
        String gpu = "";
        for (NvmlDevice.Known known : gpus) {
            if (known.handle() == out.value) {
                gpu = known.device().id();
            }
        }
        XidEvent.Kind kind;
        if ((out.second & XID) != 0) {
            kind = XidEvent.Kind.XID;
        } else if ((out.second & DOUBLE_BIT_ERROR) != 0) {
            kind = XidEvent.Kind.DOUBLE_BIT_ERROR;
        } else if ((out.second & UNAVAILABLE) != 0) {
            kind = XidEvent.Kind.UNAVAILABLE;
        } else {
            kind = XidEvent.Kind.RECOVERY_ACTION;
        }
        return new XidEvent(gpu, kind, out.third);
    }
}
