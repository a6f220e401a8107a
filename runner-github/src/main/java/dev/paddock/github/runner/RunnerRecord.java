package dev.paddock.github.runner;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.RunnerId;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * What is written of a runner beside its folder: first that it is about to exist, then which process it is. Without
 * secrets.
 *
 * @param fleet whose it is
 * @param pool the pool it was made for
 * @param epoch the coordinator's life that made it
 * @param runner its name
 * @param slot the slot it holds
 * @param process its process; empty between the intent and the start
 */
record RunnerRecord(String fleet, String pool, long epoch, RunnerId runner, int slot, Optional<Birth> process) {
    private static final ObjectMapper JSON = new ObjectMapper();

    RunnerRecord with(Birth process) {
        return new RunnerRecord(fleet, pool, epoch, runner, slot, Optional.of(process));
    }

    RunnerRecord withoutProcess() {
        return new RunnerRecord(fleet, pool, epoch, runner, slot, Optional.empty());
    }

    byte[] toBytes() throws IOException {
        ObjectNode node = JSON.createObjectNode();
        node.put("fleet", fleet).put("pool", pool).put("epoch", epoch);
        node.put("runner", runner.value()).put("slot", slot);
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
                    node.required("slot").intValue(),
                    process);
        } catch (IllegalArgumentException | DateTimeException | NullPointerException incomplete) {
            throw new IOException("not the record of a runner: " + incomplete.getMessage(), incomplete);
        }
    }
}
