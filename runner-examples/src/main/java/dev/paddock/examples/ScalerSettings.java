package dev.paddock.examples;

import dev.paddock.github.GitHubCredentials;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that {@code gcp-scaler} was told.
 *
 * @param fleet whose the VMs are; empty for what the scale set is called
 * @param pools at least one
 * @param credentials who asks GitHub
 * @param journal where the fleet is remembered; empty for nowhere
 * @param httpPort where health and metrics are, 0 for any free port; empty for nowhere
 * @param cleanupInterval how often all there is is listed
 * @param endpoint where Compute Engine is
 */
public record ScalerSettings(
        Optional<String> fleet,
        List<ScalerPool> pools,
        GitHubCredentials credentials,
        Optional<Path> journal,
        Optional<Integer> httpPort,
        Duration cleanupInterval,
        URI endpoint) {
    /** Copies the list. */
    public ScalerSettings {
        pools = List.copyOf(pools);
    }

    /**
     * Reads what was given. For each setting counts the first of: the flag, the pool's entry in the file, the file's entry
     * for all, the environment variable, the default. Blank counts as absent.
     *
     * @param flags what stood on the command line
     * @param environment the environment's variables
     * @return the settings
     * @throws IllegalArgumentException naming all that is wrong, and where it stood
     */
    public static ScalerSettings of(Map<ScalerSetting, String> flags, Map<String, String> environment) {
        return new ScalerReader(flags, environment).read();
    }
}
