package dev.paddock.gpu.internal;

import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuSource;
import dev.paddock.host.internal.AskedOnce.Answer;
import java.util.List;

/** A source that is not trusted to answer. */
final class AskedSource {
    private final GpuSource source;
    private final SharedQuestion<GpuReport> inventory;
    private final SharedQuestion<List<GpuSample>> sample;

    AskedSource(GpuSource source) {
        this.source = source;
        inventory = new SharedQuestion<>("paddock-gpus-" + source.name(), source::inventory);
        sample = new SharedQuestion<>("paddock-gpus-" + source.name(), source::sample);
    }

    GpuSource source() {
        return source;
    }

    SharedQuestion<GpuReport> inventory() {
        return inventory;
    }

    SharedQuestion<List<GpuSample>> sample() {
        return sample;
    }

    /** The source's report, or one that says why it gave none. */
    GpuReport report(Answer<GpuReport> answer) {
        GpuReport report = answer.value();
        if (report != null) {
            return report;
        }
        boolean late = answer.why().equals(Reading.timedOut());
        return GpuReport.none(
                source.name(),
                late ? GpuReport.State.TIMED_OUT : GpuReport.State.FAILED,
                source.name()
                        + (late
                                ? " has not answered in time"
                                : ": " + answer.why().detail()),
                "");
    }
}
