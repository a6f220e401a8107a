package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** A runner's JIT configuration: base64 of a JSON map of file names to base64 of their contents. */
final class JitConfig {
    private JitConfig() {}

    static String encode(AgentEntry agent, String serverUrl, String gitHubUrl, String workFolder) {
        var runner = Json.object();
        runner.put("AgentId", agent.id);
        runner.put("AgentName", agent.name);
        runner.put("PoolId", 0);
        runner.put("PoolName", "Default");
        runner.put("ServerUrl", serverUrl);
        runner.put("GitHubUrl", gitHubUrl);
        runner.put("WorkFolder", workFolder.isEmpty() ? "_work" : workFolder);
        runner.put("Ephemeral", true);
        runner.put("DisableUpdate", true);
        var credentials = Json.object().put("Scheme", "OAuth");
        credentials.putObject("Data").put("token", agent.token.text());
        var files = Json.object();
        files.put(".runner", base64(runner.toString()));
        files.put(".credentials", base64(credentials.toString()));
        files.put(".credentials_rsaparams", base64("{}"));
        return base64(files.toString());
    }

    /** The runner's token; empty if this is no JIT configuration. */
    static Optional<String> token(String encoded) {
        try {
            JsonNode files = Json.parse(text(encoded));
            JsonNode credentials = Json.parse(text(files.path(".credentials").asText()));
            return Optional.ofNullable(credentials.path("Data").path("token").textValue());
        } catch (IllegalArgumentException | JsonProcessingException undecodable) {
            return Optional.empty();
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }
}
