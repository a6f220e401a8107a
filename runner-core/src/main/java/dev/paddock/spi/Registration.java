package dev.paddock.spi;

import dev.paddock.RunnerId;
import dev.paddock.error.ProvisioningException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The right of one runner to connect. A secret; {@code toString} is redacted. It is handed to one machine, once, and is
 * never journalled.
 *
 * <p>There are two kinds. Most are ready: for GitHub, a JIT configuration, which the runner program is given. With the
 * other the runner has yet to register itself, with a token: {@link #self} says how. A provider that does not do that
 * need not know of it: it asks for the {@link #secret}, and that fails.
 */
public final class Registration {
    private final RunnerId runner;
    private final String id;
    private final String secret;
    private final @Nullable SelfRegistration self;

    private Registration(RunnerId runner, String id, String secret, @Nullable SelfRegistration self) {
        this.runner = runner;
        this.id = id;
        this.secret = secret;
        this.self = self;
    }

    /**
     * Makes a registration that is ready.
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
                Objects.requireNonNull(secret, "secret"),
                null);
    }

    /**
     * Makes one with which the runner registers itself.
     *
     * @param runner whose it is
     * @param token the secret it does that with
     * @param self how
     * @return the registration, which has no id yet
     */
    public static Registration byToken(RunnerId runner, String token, SelfRegistration self) {
        return new Registration(
                Objects.requireNonNull(runner, "runner"),
                "",
                Objects.requireNonNull(token, "token"),
                Objects.requireNonNull(self, "self"));
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
     * @return not secret; empty where the runner has yet to register itself
     */
    public String id() {
        return id;
    }

    /**
     * What the runner program is given. Keep it out of logs, arguments and files others can read.
     *
     * @return the secret
     * @throws ProvisioningException if the runner has yet to register itself
     */
    public String secret() {
        if (self != null) {
            throw new ProvisioningException(
                    runner,
                    "its source has it register itself with a token, by the runner's config.sh, and this provider only"
                            + " knows registrations that are ready; use a provider that runs config.sh, such as a"
                            + " LocalRunnerProvider with a RunnerInstaller, or have the source make JIT configurations",
                    false,
                    null);
        }
        return secret;
    }

    /**
     * How the runner registers itself.
     *
     * @return empty if the registration is ready
     */
    public Optional<SelfRegistration> self() {
        return Optional.ofNullable(self);
    }

    /**
     * What the runner registers itself with. Keep it out of logs, arguments and files.
     *
     * @return the token
     * @throws IllegalStateException if the registration is ready and there is no token
     */
    public String token() {
        if (self == null) {
            throw new IllegalStateException("the registration of " + runner + " is ready; it has no token");
        }
        return secret;
    }

    /**
     * Whether the runner takes one job after another, instead of one.
     *
     * @return false for those that are ready
     */
    public boolean isPersistent() {
        return self != null && !self.ephemeral();
    }

    @Override
    public String toString() {
        return "Registration[runner=" + runner + ", id=" + id + ", secret=***" + (self == null ? "" : ", self=" + self)
                + "]";
    }
}
