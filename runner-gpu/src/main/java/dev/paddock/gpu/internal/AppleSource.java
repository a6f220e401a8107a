package dev.paddock.gpu.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuMemory.Source;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuSample;
import dev.paddock.host.CommandRunner;
import dev.paddock.host.CommandRunner.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Asks macOS: the GPU of an Apple processor has no number, no memory of its own and no tool that tells its load. */
public final class AppleSource extends ToolSource {
    /**
     * A source that asks macOS.
     *
     * @param commands what runs {@code system_profiler}
     * @param deadline how long it may take
     */
    public AppleSource(CommandRunner commands, Duration deadline) {
        super("system_profiler", commands, deadline);
    }

    @Override
    List<Told> ask(long end, Problem problem) {
        Result result = run(end, "system_profiler", "SPDisplaysDataType", "-json");
        List<Told> told = parse(result.output());
        if (told.isEmpty()) {
            problem.is(result);
        }
        return told;
    }

    static List<Told> parse(String text) {
        List<Told> told = new ArrayList<>();
        for (JsonNode each : ToolJson.get(ToolJson.parse(text), "SPDisplaysDataType")) {
            String name = ToolJson.text(ToolJson.get(each, "sppci_model", "_name"));
            if (name.isEmpty() || told.size() >= 64) {
                continue;
            }
            Reading none = Reading.notSupported();
            boolean apple = name.startsWith("Apple");
            GpuMemory memory = new GpuMemory(none, none, none, none, apple ? Source.UNIFIED : Source.NONE);
            String id = (apple ? "apple-" : "mac-") + told.size();
            GpuDevice device = GpuDevice.builder(id, name)
                    .vendor(apple ? GpuVendor.APPLE : GpuVendor.OTHER)
                    .index(told.size())
                    .memory(memory)
                    .build();
            told.add(new Told(device, GpuSample.Activity.unknown(none), ""));
        }
        return told;
    }
}
