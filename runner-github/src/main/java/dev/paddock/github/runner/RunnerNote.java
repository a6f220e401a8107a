package dev.paddock.github.runner;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.error.RefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the configuration of a runner's folder was before it was taken away: from its {@code .runner}, or from a note that
 * an earlier call has left in the folder since it was not through.
 *
 * @param name what the runner is called; empty if it was never configured
 * @param id GitHub's id
 * @param workFolder where its jobs work
 * @param disableUpdate whether it never updates itself
 * @param hadService whether a service keeps it
 * @param ran whether that service ran
 * @param again whether an earlier call has left a note
 */
record RunnerNote(
        Optional<String> name,
        OptionalLong id,
        String workFolder,
        boolean disableUpdate,
        boolean hadService,
        boolean ran,
        boolean again) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FILE = ".paddock_reconfigure";
    private static final int LONGEST = 65_536;

    static RunnerNote of(Path folder) throws IOException {
        Optional<JsonNode> noted = read(folder.resolve(FILE));
        JsonNode settings = read(folder.resolve(ConfigScript.SETTINGS)).orElse(JSON.createObjectNode());
        JsonNode note = noted.orElse(JSON.createObjectNode());
        return new RunnerNote(
                value(settings, "agentName").or(() -> value(note, "agentName")),
                id(settings),
                value(settings, "workFolder")
                        .or(() -> value(note, "workFolder"))
                        .orElse("_work"),
                value(settings, "disableUpdate")
                        .or(() -> value(note, "disableUpdate"))
                        .map(Boolean::parseBoolean)
                        .orElse(false),
                Files.exists(folder.resolve(ServiceName.FILE))
                        || value(note, "hadService").map(Boolean::parseBoolean).orElse(false),
                value(note, "ran").map(Boolean::parseBoolean).orElse(false),
                noted.isPresent());
    }

    /** Once it is known to have run it is to run again, though it may be stopped by now. */
    RunnerNote withRunning(boolean running) {
        return new RunnerNote(name, id, workFolder, disableUpdate, hadService, ran || running, again);
    }

    void write(Path folder) throws IOException {
        var node = JSON.createObjectNode();
        name.ifPresent(text -> node.put("agentName", text));
        node.put("workFolder", workFolder)
                .put("disableUpdate", disableUpdate)
                .put("hadService", hadService)
                .put("ran", ran);
        ServiceFiles.replaceInside(folder, FILE, JSON.writeValueAsString(node), "rw-------");
    }

    static void forget(Path folder) throws IOException {
        Files.deleteIfExists(folder.resolve(FILE));
    }

    private static Optional<JsonNode> read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = in.readNBytes(LONGEST + 1);
            if (bytes.length > LONGEST) {
                throw new RefusedException(file + " is longer than " + LONGEST + " bytes: see what it is");
            }
            String text = new String(bytes, StandardCharsets.UTF_8).replaceFirst("^\uFEFF", "");
            return Optional.of(JSON.readTree(text));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (com.fasterxml.jackson.core.JsonProcessingException malformed) {
            throw new RefusedException(file + " is no JSON (" + malformed.getOriginalMessage()
                    + "): move it away, and give name and labels");
        }
    }

    private static Optional<String> value(JsonNode node, String key) {
        return node.properties().stream()
                .filter(one -> one.getKey().equalsIgnoreCase(key))
                .map(one -> one.getValue().asText(""))
                .filter(text -> !text.isBlank())
                .findFirst();
    }

    private static OptionalLong id(JsonNode settings) {
        return value(settings, "agentId")
                .filter(text -> text.matches("[1-9][0-9]{0,17}"))
                .map(text -> OptionalLong.of(Long.parseLong(text)))
                .orElse(OptionalLong.empty());
    }
}
