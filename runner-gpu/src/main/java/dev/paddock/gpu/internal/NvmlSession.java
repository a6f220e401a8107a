package dev.paddock.gpu.internal;

import java.util.concurrent.locks.ReentrantLock;

/**
 * NVML from its one start to its one end: started by the first who enters, ended by whoever leaves last once it is
 * closed, so never under a call. A call that hangs never leaves, and NVML then is not ended; to end it would hang too.
 * Thread-safe; only {@link #enter} and the end itself may block.
 */
final class NvmlSession {
    private final Nvml nvml;
    private final ReentrantLock starting = new ReentrantLock();
    private int inside;
    private boolean started;
    private boolean closed;

    NvmlSession(Nvml nvml) {
        this.nvml = nvml;
    }

    Nvml nvml() {
        return nvml;
    }

    /** Must be followed by {@link #leave} if, and only if, the code is 0. */
    int enter() {
        synchronized (this) {
            if (closed) {
                return NvmlCode.UNINITIALIZED;
            }
            inside++;
        }
        int code = start();
        if (code != NvmlCode.SUCCESS) {
            leave();
        }
        return code;
    }

    private int start() {
        starting.lock();
        try {
            synchronized (this) {
                if (started) {
                    return NvmlCode.SUCCESS;
                }
            }
            int code = nvml.init();
            if (code == NvmlCode.ALREADY_INITIALIZED) {
                code = NvmlCode.SUCCESS;
            }
            synchronized (this) {
                started = code == NvmlCode.SUCCESS;
            }
            return code;
        } finally {
            starting.unlock();
        }
    }

    void leave() {
        end(false);
    }

    /** Nobody enters any more; whoever leaves last ends NVML. */
    synchronized void forbid() {
        closed = true;
    }

    /** The same, and ends NVML now if nobody is inside. */
    void close() {
        end(true);
    }

    private void end(boolean close) {
        synchronized (this) {
            if (close) {
                closed = true;
            } else {
                inside--;
            }
            if (!closed || inside > 0 || !started) {
                return;
            }
            started = false;
        }
        nvml.shutdown();
    }

    synchronized boolean isClosed() {
        return closed;
    }
}
