package dev.paddock.spi;

import dev.paddock.RunnerId;
import java.util.Objects;

/**
 * The right of one runner to connect: for GitHub, its JIT configuration. A secret; {@code toString} is redacted. It
 * is handed to one machine, once, and is never journalled.
 */
public final class Registration {
    private final RunnerId runner;
    private final String id;
    private final String secret;

    private Registration(RunnerId runner, String id, String secret) {
        this.runner = runner;
        this.id = id;
        this.secret = secret;
    }

    /**
     * Makes a registration.
     *
     * @param runner whose it is
     * @param id its id at the source; not secret
     * @param secret what the runner program is given
     * @return the registration
     */
    public static Registration of(RunnerId runner, String id, String secret) {
        return new Registration(
                Objects.requireNonNull(runner, "runner"),
                Objects.requireNonNull(id, "id"),
                Objects.requireNonNull(secret, "secret"));
    }

    /**
     * Whose it is.
     *
     * @return the runner's name
     */
    public RunnerId runner() {
        return runner;
    }

    /**
     * Its id at the source.
     *
     * @return not secret
     */
    public String id() {
        return id;
    }

    /**
     * What the runner program is given. Keep it out of logs, arguments and files others can read.
     *
     * @return the secret
     */
    public String secret() {
        return secret;
    }

    @Override
    public String toString() {
        return "Registration[runner=" + runner + ", id=" + id + ", secret=***]";
    }
}
