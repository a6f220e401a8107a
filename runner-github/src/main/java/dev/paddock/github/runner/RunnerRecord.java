package dev.paddock.github.runner;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.RunnerId;
import dev.paddock.spi.RunnerHandle;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What is written of a runner beside its folder: first that it is about to exist, then which process it is. Without
 * secrets.
 *
 * @param fleet whose it is
 * @param pool the pool it was made for
 * @param epoch the coordinator's life that made it
 * @param runner its name
 * @param place where it is
 * @param process its process; empty between the intent and the start
 * @param persistent whether it takes one job after another
 */
record RunnerRecord(
        String fleet,
        String pool,
        long epoch,
        RunnerId runner,
        Place place,
        Optional<Birth> process,
        boolean persistent) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of a runner that takes one job. */
    RunnerRecord(String fleet, String pool, long epoch, RunnerId runner, Place place, Optional<Birth> process) {
        this(fleet, pool, epoch, runner, place, process, false);
    }

    RunnerRecord with(Birth process) {
        return new RunnerRecord(fleet, pool, epoch, runner, place, Optional.of(process), persistent);
    }

    RunnerRecord withoutProcess() {
        return new RunnerRecord(fleet, pool, epoch, runner, place, Optional.empty(), persistent);
    }

    /** The runner as its provider will know it again. */
    RunnerHandle handle(Path folder) {
        Map<String, String> data = new TreeMap<>();
        data.put("folder", folder.toString());
        data.put("slot", String.valueOf(place.slot()));
        if (place.isPlanned()) {
            data.put(RunnerHandle.DEVICES, String.join(",", place.devices()));
            place.devices().stream().findFirst().ifPresent(first -> data.put(RunnerHandle.GPU, first));
            place.gpuFree().ifPresent(free -> data.put(RunnerHandle.GPU_FREE, String.valueOf(free)));
        }
        if (persistent) {
            data.put(RunnerHandle.PERSISTENT, "true");
        }
        process.ifPresent(birth -> {
            data.put("pid", String.valueOf(birth.pid()));
            data.put("started", birth.started().toString());
            data.put("ticks", birth.ticks());
        });
        return new RunnerHandle(runner, pool, "slot " + place.slot(), data);
    }

    byte[] toBytes() throws IOException {
        ObjectNode node = JSON.createObjectNode();
        node.put("fleet", fleet).put("pool", pool).put("epoch", epoch);
        node.put("runner", runner.value()).put("slot", place.slot());
        if (place.isPlanned()) {
            node.put("profile", place.profile());
            place.devices().forEach(node.putArray("devices")::add);
            place.gpuFree().ifPresent(free -> node.put("gpuFree", free));
        }
        if (!place.bounds().cpus().isEmpty()) {
            node.put("cpus", place.bounds().cpus().toString());
        }
        if (persistent) {
            node.put("persistent", true);
        }
        process.ifPresent(birth -> node.put("pid", birth.pid())
                .put("started", birth.started().toString())
                .put("ticks", birth.ticks()));
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(node);
    }

    static RunnerRecord of(byte[] bytes) throws IOException {
        JsonNode node = JSON.readTree(bytes);
        try {
            Optional<Birth> process = node.has("pid")
                    ? Optional.of(new Birth(
                            node.required("pid").longValue(),
                            Instant.parse(node.required("started").textValue()),
                            node.path("ticks").asText()))
                    : Optional.empty();
            return new RunnerRecord(
                    node.required("fleet").textValue(),
                    node.required("pool").textValue(),
                    node.required("epoch").longValue(),
                    new RunnerId(node.required("runner").textValue()),
                    place(node),
                    process,
                    node.path("persistent").asBoolean());
        } catch (IllegalArgumentException | DateTimeException | NullPointerException incomplete) {
            throw new IOException("not the record of a runner: " + incomplete.getMessage(), incomplete);
        }
    }

    private static Place place(JsonNode node) {
        List<String> devices = new ArrayList<>();
        node.path("devices").forEach(device -> devices.add(device.asText()));
        JsonNode free = node.path("gpuFree");
        return new Place(
                        node.required("slot").intValue(),
                        node.path("profile").asText(),
                        devices,
                        free.isNumber() ? OptionalLong.of(free.longValue()) : OptionalLong.empty(),
                        Map.of())
                .within(new Bounds(CpuSet.parse(node.path("cpus").asText()), 0));
    }
}
