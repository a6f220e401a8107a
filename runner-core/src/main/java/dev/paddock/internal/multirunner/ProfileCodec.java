package dev.paddock.internal.multirunner;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.time.Duration;

/** Profiles that are not among the standard ones, in the file of the pool that has such runners. */
final class ProfileCodec {
    private ProfileCodec() {}

    static RunnerProfile read(String name, Fields from) {
        RunnerProfile.Builder profile = RunnerProfile.builder(name)
                .cores((int) from.number("cores", 0, 0, Integer.MAX_VALUE))
                .memory(new ByteSize(from.number("memory_bytes", 0, 0, Long.MAX_VALUE)))
                .disk(new ByteSize(from.number("disk_bytes", 0, 0, Long.MAX_VALUE)))
                .gpus((int) from.number("gpus", 0, 0, Integer.MAX_VALUE))
                .gpuMemory(new ByteSize(from.number("gpu_memory_bytes", 0, 0, Long.MAX_VALUE)))
                .processes((int) from.number("processes", 1, 1, Integer.MAX_VALUE))
                .weight(from.decimal("weight", 1, 0, Double.MAX_VALUE))
                .timeout(Duration.ofMillis(from.number("timeout_ms", 0, 0, Long.MAX_VALUE)))
                .labels(from.texts("labels"))
                .examples(from.texts("examples"));
        String mig = from.text("mig");
        if (mig != null) {
            profile.mig(mig);
        }
        if (from.flag("exclusive")) {
            profile.exclusive();
        }
        return profile.build();
    }

    static void write(RunnerProfile profile, ObjectNode profiles) {
        ObjectNode to = profiles.withObjectProperty(profile.name());
        to.put("cores", profile.cores())
                .put("memory_bytes", profile.memory().bytes())
                .put("disk_bytes", profile.disk().bytes())
                .put("gpus", profile.gpus())
                .put("gpu_memory_bytes", profile.gpuMemory().bytes())
                .put("processes", profile.processes())
                .put("weight", profile.weight())
                .put("timeout_ms", profile.timeout().isZero() ? 0 : Cell.millis(profile.timeout()));
        ArrayNode labels = to.putArray("labels");
        profile.labels().forEach(labels::add);
        ArrayNode examples = to.putArray("examples");
        profile.examples().forEach(examples::add);
        if (!profile.mig().isEmpty()) {
            to.put("mig", profile.mig());
        }
        if (profile.exclusive() && profile.mig().isEmpty()) {
            to.put("exclusive", true);
        }
    }
}
