package dev.paddock.gpu.internal;

import dev.paddock.capacity.Reading;

/**
 * Asks one device, and turns codes into readings. Once the device is lost it is asked nothing more: each call to a dead
 * device may take long, and its answers would be the same. Not thread-safe.
 */
final class Asker {
    /** One function of NVML that is asked of a device. */
    interface Question {
        int ask(Nvml nvml, long device, Nvml.Out out);
    }

    private final Nvml nvml;
    private final long device;
    private final Nvml.Out out = new Nvml.Out();
    private int verdict;

    Asker(Nvml nvml, long device) {
        this.nvml = nvml;
        this.device = device;
    }

    Nvml nvml() {
        return nvml;
    }

    long device() {
        return device;
    }

    Nvml.Out out() {
        return out;
    }

    /** The code; {@link #out} holds the answer if it is 0. */
    int code(Question question) {
        if (verdict == NvmlCode.GPU_IS_LOST) {
            return verdict;
        }
        int code = question.ask(nvml, device, out);
        if (NvmlCode.condemns(code)) {
            verdict = code;
        }
        return code;
    }

    /** The first number of the answer. */
    Reading read(Question question) {
        int code = code(question);
        return code == NvmlCode.SUCCESS ? Reading.of(out.value) : NvmlCode.reading(code);
    }

    /** The same from another function where the first is not told. */
    Reading read(Question question, Question other) {
        Reading first = read(question);
        return first.state() == Reading.State.NOT_SUPPORTED ? read(other) : first;
    }

    /** The number that a function tells. */
    Reading read(NvmlFunction function) {
        return read(number(function));
    }

    Reading read(NvmlFunction function, NvmlFunction other) {
        return read(number(function), number(other));
    }

    private static Question number(NvmlFunction function) {
        return (nvml, device, out) -> nvml.number(function, device, out);
    }

    /** Empty if it is not told. */
    String text(Question question) {
        return code(question) == NvmlCode.SUCCESS ? out.text : "";
    }

    /** What condemned the device as a whole; 0 if nothing did. */
    int verdict() {
        return verdict;
    }
}
