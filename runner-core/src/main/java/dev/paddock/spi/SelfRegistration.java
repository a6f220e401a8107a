package dev.paddock.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How a runner registers itself, with the token that its {@link Registration} holds: for GitHub, what its
 * {@code config.sh} is told. Holds no secret.
 *
 * @param url where it belongs: the URL of a repository, organization or enterprise
 * @param labels exactly the labels that it gets, at least one
 * @param group the runner group that it is put into; empty for the default one
 * @param workFolder the folder in which its jobs work, below the runner's own
 * @param ephemeral whether it is for one job; otherwise it is persistent: it stays registered and takes one after another
 * @param replace whether a registration of its name is there, is not connected and is to be replaced
 * @param disableUpdate whether the runner never updates itself
 * @param tokenMade when the token was made
 * @param tokenExpires when it expires; empty if that is not known
 */
public record SelfRegistration(
        String url,
        List<String> labels,
        Optional<String> group,
        String workFolder,
        boolean ephemeral,
        boolean replace,
        boolean disableUpdate,
        Instant tokenMade,
        Optional<Instant> tokenExpires) {
    /** A token is used at most this long after it was made; the next runner gets another. */
    public static final Duration FRESH = Duration.ofSeconds(60);

    /** A token whose end is nearer than this is not used: the registration may take a while. */
    public static final Duration NEAR_ITS_END = Duration.ofMinutes(5);

    /** Copies the labels and checks for nulls. */
    public SelfRegistration {
        Objects.requireNonNull(url, "url");
        labels = List.copyOf(labels);
        Objects.requireNonNull(group, "group");
        Objects.requireNonNull(workFolder, "workFolder");
        Objects.requireNonNull(tokenMade, "tokenMade");
        Objects.requireNonNull(tokenExpires, "tokenExpires");
        if (labels.isEmpty()) {
            throw new IllegalArgumentException("a runner needs at least one label");
        }
    }

    /**
     * Whether the token is too old to be used now.
     *
     * @param now the moment of its use
     * @return why, in words; empty if it may be used
     */
    public Optional<String> whyStale(Instant now) {
        Duration age = Duration.between(tokenMade, now);
        if (age.compareTo(FRESH) > 0) {
            return Optional.of("its registration token is " + age.toSeconds() + " s old, and is to be used within "
                    + FRESH.toSeconds() + " s");
        }
        return tokenExpires
                .filter(end -> now.isAfter(end.minus(NEAR_ITS_END)))
                .map(end -> "its registration token expires at " + end + ", which is less than "
                        + NEAR_ITS_END.toMinutes() + " minutes from now");
    }
}
